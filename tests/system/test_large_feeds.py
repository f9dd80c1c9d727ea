"""Feeds that are large but allowed: six hundred items at once, and bodies near the limit, a few at a time in memory."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

from tests.helpers.hostile import HostileServer, Page
from watcher import jobs
from watcher.app import open_app
from watcher.clock import SystemClock
from watcher.jobs.poll import LARGE
from watcher.model import Fetched
from watcher.settings import Extract, Feed, Fetch, Server, Settings


def settings_of(folder: Path, *urls: str) -> Settings:
    return Settings(
        folder=folder,
        storage=f"sqlite:///{folder}/w.db",
        server=Server(),
        fetch=Fetch(host_delay=timedelta(0), per_host=10),
        extract=Extract(workers=1),
        feeds=tuple(Feed(url=url, name=url) for url in urls),
    )


async def test_six_hundred_items_at_once_and_six_hundred_others(tmp_path: Path) -> None:
    def rss(first: int) -> bytes:
        items = "".join(
            f"<item><guid>{n}</guid><title>News {n}</title></item>" for n in reversed(range(first, first + 600))
        )
        return f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()

    async with HostileServer() as server:
        app = await open_app(settings_of(tmp_path, server.url("/feed.xml")), SystemClock())
        (state,) = await app.store.feeds()
        found = []
        for first in (0, 600, 900, 900):
            server.pages["/feed.xml"] = Page(body=rss(first))
            polled = await jobs.poll(app.context, state.id)
            assert polled is not None
            found.append((polled.new, polled.changed))
        await app.aclose()
        assert found == [(600, 0), (600, 0), (300, 0), (0, 0)]


async def test_of_large_bodies_only_two_are_taken_apart_at_once(tmp_path: Path) -> None:
    items = [{"id": str(n), "title": f"News {n}", "content_html": "<p>word</p>" * 900} for n in range(120)]
    body = json.dumps({"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": items}).encode()
    assert len(body) > LARGE
    async with HostileServer() as server:
        urls = [server.url(f"/{n}.json") for n in range(5)]
        for n in range(5):
            server.pages[f"/{n}.json"] = Page(body=body)
        app = await open_app(settings_of(tmp_path, *urls), SystemClock())
        states = await app.store.feeds()
        await app.context.large.acquire()
        await app.context.large.acquire()
        polls = [asyncio.create_task(jobs.poll(app.context, state.id)) for state in states]
        done, _ = await asyncio.wait(polls, timeout=0.7)
        assert not done, "they wait for their turn"
        app.context.large.release()
        app.context.large.release()
        ended = await asyncio.gather(*polls)
        await app.aclose()
        assert [one.new for one in ended if one and isinstance(one.outcome, Fetched)] == [120] * 5
