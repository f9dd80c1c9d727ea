"""A small news world on loopback: feeds that can be changed, pages, a webhook receiver; all requests are recorded."""

import asyncio
import hashlib
import html
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime


@dataclass(frozen=True, kw_only=True)
class Asked:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes = b""


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What is answered."""

    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0


@dataclass(kw_only=True)
class Item:
    """An item of a feed, with its page."""

    slug: str
    title: str
    text: str
    teaser: str = ""
    published: datetime | None = None


class Newsroom:
    """Feeds by name, pages by slug; `hooks` are the webhook calls that were accepted."""

    def __init__(self) -> None:
        self.base = ""
        self.feeds: dict[str, list[Item]] = {}
        self.asked: list[Asked] = []
        self.hooks: list[Asked] = []
        self.hook_answer: Callable[[Asked], Answer] = lambda _: Answer(status=204)
        self.routes: dict[str, Answer] = {}

    def publish(self, feed: str, item: Item) -> None:
        """Put an item at the top of a feed."""
        self.feeds.setdefault(feed, []).insert(0, item)

    def requests(self, prefix: str) -> list[Asked]:
        """What was asked under a path."""
        return [asked for asked in self.asked if asked.path.startswith(prefix)]

    def payloads(self) -> list[dict[str, object]]:
        """The bodies of accepted webhook calls."""
        return [json.loads(asked.body) for asked in self.hooks]

    def answer(self, asked: Asked) -> Answer:
        """Route a request."""
        self.asked.append(asked)
        if asked.path in self.routes:
            return self.routes[asked.path]
        if asked.path == "/hook":
            answer = self.hook_answer(asked)
            if 200 <= answer.status < 300:
                self.hooks.append(asked)
            return answer
        if asked.path.startswith("/feed/"):
            return self._feed(asked)
        if asked.path.startswith("/page/"):
            return self._page(asked.path.removeprefix("/page/"))
        return Answer(status=404)

    def _feed(self, asked: Asked) -> Answer:
        items = self.feeds.get(asked.path.removeprefix("/feed/"))
        if items is None:
            return Answer(status=404)
        body = self._rss(items)
        etag = f'W/"{hashlib.sha256(body).hexdigest()[:12]}"'
        if asked.headers.get("if-none-match") == etag:
            return Answer(status=304, headers={"ETag": etag})
        return Answer(body=body, headers={"ETag": etag, "Content-Type": "application/rss+xml; charset=utf-8"})

    def _rss(self, items: list[Item]) -> bytes:
        parts = ['<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Newsroom</title>']
        for item in items:
            when = item.published or datetime.now(UTC)  # noqa: TID251 - a publisher has a clock of its own
            item.published = when
            parts.append(
                f"<item><guid>{item.slug}</guid><title>{html.escape(item.title)}</title>"
                f"<link>{self.base}/page/{item.slug}?utm_source=rss</link>"
                f"<description>{html.escape(item.teaser)}</description>"
                f"<pubDate>{format_datetime(when)}</pubDate></item>"
            )
        return "".join([*parts, "</channel></rss>"]).encode()

    def _page(self, address: str) -> Answer:
        slug = address.partition("?")[0]
        item = next((item for items in self.feeds.values() for item in items if item.slug == slug), None)
        if item is None:
            return Answer(status=404)
        return Answer(body=noisy_page(item.title, item.text), headers={"Content-Type": "text/html; charset=utf-8"})


def noisy_page(title: str, text: str) -> bytes:
    """An article among all that surrounds one."""
    paragraphs = "".join(f"<p>{html.escape(part)}</p>" for part in text.split("\n") if part.strip())
    related = "".join(f'<li><a href="/page/other-{n}">Ten things about subject {n}</a></li>' for n in range(8))
    return f"""<!doctype html><html lang="en"><head><title>{html.escape(title)} | The Newsroom</title>
<meta property="og:title" content="{html.escape(title)}"></head><body>
<div id="cookie">We value your privacy. <button>Accept all</button></div>
<header><nav><ul><li><a href="/">Home</a></li><li><a href="/world">World</a></li></ul></nav></header>
<main><article><h1>{html.escape(title)}</h1><div class="byline">By Our Correspondent</div>
<div class="share">Share this on</div>{paragraphs}</article>
<aside><h2>Most read</h2><ul>{related}</ul></aside></main>
<section id="comments"><h3>Comments</h3><p>First! What a day.</p></section>
<footer>Copyright The Newsroom. All rights reserved. Terms of use.</footer></body></html>""".encode()


@asynccontextmanager
async def newsroom(host: str = "127.0.0.1") -> AsyncIterator[Newsroom]:
    """Serve a Newsroom on a free port of loopback; another address of it is another site."""
    room = Newsroom()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (asked := await _request(reader)) is not None:
                answer = room.answer(asked)
                if answer.delay:
                    await asyncio.sleep(answer.delay)
                head = {"Content-Length": str(len(answer.body)), **answer.headers}
                lines = "".join(f"{name}: {value}\r\n" for name, value in head.items())
                writer.write(f"HTTP/1.1 {answer.status} X\r\n{lines}\r\n".encode() + answer.body)
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError, asyncio.CancelledError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, 0)
    port = server.sockets[0].getsockname()[1]
    room.base = f"http://{host}:{port}"
    try:
        yield room
    finally:
        server.close()


async def _request(reader: asyncio.StreamReader) -> Asked | None:
    try:
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
    except asyncio.IncompleteReadError:
        return None
    first, *lines = head.rstrip().split("\r\n")
    method, path, _ = first.split(" ", 2)
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Asked(method=method, path=path, headers=headers, body=body)
