"""Feeds for the poll benchmark, in a process of their own: thirty items each, one more on demand, slow on demand."""

import asyncio
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from email.utils import format_datetime
from multiprocessing.connection import Connection

from benchmarks._site import sentence
from watcher.clock import SystemClock

ITEMS = 30
BEGAN = SystemClock().now().replace(minute=0, second=0, microsecond=0) - timedelta(hours=8)


def item(feed: int, number: int) -> str:
    """An item of the make that news sites have: some 500 bytes, with a body, an author and tags."""
    dice = random.Random(feed * 1000 + number)  # noqa: S311 - generated text
    address = f"https://news{feed}.example/2016/10/story-{number}"
    body = "".join(f"&lt;p&gt;{sentence(dice)} {sentence(dice)}&lt;/p&gt;" for _ in range(3))
    when = format_datetime(BEGAN + timedelta(minutes=10 * number))
    return (
        f'<item><title>{sentence(dice)}</title><link>{address}?utm_source=rss</link><guid isPermaLink="true">{address}'
        f"</guid><dc:creator>Reporter {number % 7}</dc:creator><category>{dice.choice(('iraq', 'syria', 'aid'))}"
        f"</category><description>{body}</description><pubDate>{when}</pubDate></item>"
    )


def feed_body(feed: int, extra: int) -> bytes:
    """The latest thirty items."""
    items = "\n".join(item(feed, number) for number in reversed(range(extra, extra + ITEMS)))
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n<rss version="2.0" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        f"<channel><title>News {feed}</title><link>https://news{feed}.example/</link><language>en</language>"
        f"<lastBuildDate>{format_datetime(BEGAN + timedelta(minutes=10 * (extra + ITEMS)))}</lastBuildDate>\n{items}\n"
        "</channel></rss>"
    ).encode()


class _Site:
    def __init__(self, feeds: int) -> None:
        self.extra = 0
        self.delay = 0.0
        self.bodies = {(feed, extra): feed_body(feed, extra) for feed in range(feeds) for extra in (0, 1)}

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                path = head.split(b" ", 2)[1].decode()
                if self.delay and path.startswith("/feed/"):
                    await asyncio.sleep(self.delay)
                writer.write(self._answer(path, head))
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    def _answer(self, path: str, head: bytes) -> bytes:
        kind, _, rest = path.strip("/").partition("/")
        if kind == "extra":
            self.extra = int(rest)
        if kind == "delay":
            self.delay = float(rest)
        if kind != "feed":
            return b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
        etag = f'ETag: "{self.extra}"\r\nLast-Modified: Thu, 20 Oct 2016 07:00:0{self.extra} GMT\r\n'
        if f'"{self.extra}"'.encode() in head:
            return f"HTTP/1.1 304 Not Modified\r\n{etag}\r\n".encode()
        body = self.bodies[int(rest.partition(".")[0]), self.extra]
        kind = "Content-Type: application/rss+xml\r\n"
        return f"HTTP/1.1 200 OK\r\n{etag}{kind}Content-Length: {len(body)}\r\n\r\n".encode() + body


def _run(pipe: Connection, feeds: int) -> None:
    async def main() -> None:
        server = await asyncio.start_server(_Site(feeds).serve, "127.0.0.1", 0, backlog=1000)
        pipe.send(server.sockets[0].getsockname()[1])
        await server.serve_forever()

    asyncio.run(main())


@contextmanager
def poll_site(feeds: int) -> Iterator[str]:
    """Where it listens, for the length of a block. `/extra/1` adds an item to every feed, `/delay/0.2` slows it."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs, feeds), daemon=True)
    process.start()
    try:
        yield f"http://127.0.0.1:{ours.recv()}"
    finally:
        process.terminate()
        process.join()
