"""A fast news site in a process of its own: feeds of 30 items, generated pages, a webhook receiver."""

import asyncio
import multiprocessing
import random
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from functools import cache
from multiprocessing.connection import Connection

import httpx

TEXT = (
    "river flood water levee town council people mayor said rain week farm bridge road school minister report market "
    "election ballot vote court city north south police train winter summer price bread fuel border aid camp"
)
WORDS = tuple(TEXT.split())
ETAG = '"v1"'
ITEMS = 30  # in a feed


@dataclass(frozen=True)
class Site:
    """Where it listens."""

    url: str
    etag: str = ETAG

    async def control(self, what: str) -> str:
        """`add` an item to feed 0, count the `hooks` received, `forget` them."""
        async with httpx.AsyncClient(trust_env=False) as client:
            return (await client.get(f"{self.url}/control/{what}")).text


def sentence(dice: random.Random) -> str:
    """A sentence of common words."""
    words = [dice.choice(WORDS) for _ in range(dice.randint(9, 22))]
    return " ".join(words).capitalize() + "."


def card(dice: random.Random, number: int) -> str:
    """A teaser of another story."""
    return (
        f'<div class="card"><figure><img src="/i/{number}.jpg" alt="{sentence(dice)}">'
        f"<figcaption>{sentence(dice)}</figcaption></figure>"
        f'<div class="body"><h3><a href="/story/{number}">{sentence(dice)}</a></h3><p>{sentence(dice)}</p></div></div>'
    )


@cache
def article_page(number: int) -> bytes:
    """A page of some 700 words of news among all that surrounds them, always the same for a number."""
    dice = random.Random(number)  # noqa: S311 - generated text
    body = "".join(f"<p>{' '.join(sentence(dice) for _ in range(3))}</p>" for _ in range(16))
    if number % 20 == 0 or number % 1000 >= ITEMS:  # one in twenty is news, and all that is added
        body += f"<p>The dambreak at site {number} swept away the levee.</p>"
    links = "".join(
        f'<li class="item"><a class="link" href="/s/{number}"><span>{sentence(dice)}</span></a></li>' for _ in range(90)
    )
    cards = "".join(card(dice, number) for number in range(60))
    comments = "".join(f'<div class="comment"><b>Reader</b><p>{sentence(dice)}</p></div>' for _ in range(40))
    script = "<script>" + "var state = {a: 1, b: [2, 3]}; " * 1500 + "</script>"
    style = "<style>" + ".card{margin:0;padding:1rem} " * 800 + "</style>"
    return (
        f'<!doctype html><html lang="en"><head><title>Story {number} | Site</title>{script}{style}</head><body>'
        f'<nav><ul>{links}</ul></nav><div class="wrap"><main><article><h1>Story {number}</h1>{body}</article></main>'
        f'<aside><div class="grid">{cards}</div></aside></div><section class="comments">{comments}</section>'
        f"<footer><ul>{links}</ul>All rights reserved</footer></body></html>"
    ).encode()


def feed_body(number: int, extra: int) -> bytes:
    """Thirty items and those that were added."""
    when = format_datetime(datetime.now(UTC))  # noqa: TID251 - a publisher has a clock
    items = "".join(
        f"<item><guid>{number}-{item}</guid><title>Story {number * 1000 + item} of the river</title>"
        f"<link>http://HOST/story/{number * 1000 + item}</link>"
        f"<description>&lt;p&gt;The river flood has reached the levee of the town, said the mayor. "
        f"{'More rain is expected this week. ' * 6}&lt;/p&gt;</description><pubDate>{when}</pubDate></item>"
        for item in reversed(range(ITEMS + extra))
    )
    return (
        f'<?xml version="1.0"?><rss version="2.0"><channel><title>Feed {number}</title>{items}</channel></rss>'.encode()
    )


class _Server:
    def __init__(self) -> None:
        self.extra = 0
        self.hooks = 0
        self.host = ""
        self.feeds: dict[tuple[int, int], bytes] = {}

    def answer(self, path: str, headers: bytes) -> tuple[int, bytes, str]:
        kind, _, rest = path.strip("/").partition("/")
        if kind == "feed":
            number = int(rest)
            extra = self.extra if number == 0 else 0
            if ETAG.encode() in headers and not extra:
                return 304, b"", "text/plain"
            body = self.feeds.get((number, extra))
            if body is None:
                body = self.feeds[number, extra] = feed_body(number, extra).replace(b"HOST", self.host.encode())
            return 200, body, "application/rss+xml"
        if kind == "story":
            return 200, article_page(int(rest)), "text/html; charset=utf-8"
        if kind == "hook":
            self.hooks += 1
            return 204, b"", "text/plain"
        return 200, self._control(rest).encode(), "text/plain"

    def _control(self, what: str) -> str:
        if what == "add":
            self.extra += 1
        if what == "forget":
            self.hooks = 0
        return str(self.hooks)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                lower = head.lower()
                if b"content-length:" in lower:
                    await reader.readexactly(int(lower.split(b"content-length:")[1].split(b"\r\n")[0]))
                status, body, kind = self.answer(head.split(b" ", 2)[1].decode(), head)
                etag = f"ETag: {ETAG}\r\n" if status in {200, 304} else ""
                writer.write(
                    f"HTTP/1.1 {status} X\r\n{etag}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode()
                    + body
                )
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()


def _run(pipe: Connection) -> None:
    async def main() -> None:
        site = _Server()
        server = await asyncio.start_server(site.serve, "127.0.0.1", 0, backlog=1000)
        port = server.sockets[0].getsockname()[1]
        site.host = f"127.0.0.1:{port}"
        pipe.send(port)
        await asyncio.Event().wait()

    asyncio.run(main())


@contextmanager
def start_site() -> Iterator[Site]:
    """The site for the length of a block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_run, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Site(f"http://127.0.0.1:{ours.recv()}")
    finally:
        process.terminate()
        process.join()
