"""Sitemap indexes: their sitemaps are asked as politely as any feed, and one that fails is not forgotten."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.clocks import HandClock
from tests.helpers.hostile import HostileServer, Page
from watcher import jobs
from watcher.app import App, open_app
from watcher.jobs.poll import Polled
from watcher.model import FeedState, FetchFailed, FetchReason
from watcher.settings import Extract, Feed, Fetch, Server, Settings

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


def sitemap(*pages: str) -> bytes:
    return f"<urlset>{''.join(f'<url><loc>http://news.example/{page}</loc></url>' for page in pages)}</urlset>".encode()


class Site:
    """An index of two sitemaps."""

    def __init__(self, server: HostileServer, folder: Path) -> None:
        self.server = server
        self.clock = HandClock(NOW)
        self.settings = Settings(
            folder=folder,
            storage=f"sqlite:///{folder}/w.db",
            server=Server(),
            fetch=Fetch(host_delay=timedelta(0), timeout=timedelta(seconds=2)),
            extract=Extract(workers=1),
            feeds=(Feed(url=server.url("/index.xml"), name="Index", headers={"X-Key": "k"}),),
        )
        children = "".join(f"<sitemap><loc>{server.url(f'/{name}.xml')}</loc></sitemap>" for name in "ab")
        server.pages["/index.xml"] = Page(body=f"<sitemapindex>{children}</sitemapindex>".encode(), etag='"i"')
        server.pages["/a.xml"] = Page(body=sitemap("one"), etag='"a"')
        server.pages["/b.xml"] = Page(status=500)

    async def poll(self, app: App, later: timedelta) -> tuple[Polled, FeedState]:
        self.clock.time += later
        (before,) = await app.store.feeds()
        polled = await jobs.poll(app.context, before.id)
        assert polled is not None
        (after,) = await app.store.feeds()
        return polled, after


async def test_a_sitemap_that_failed_is_asked_again_though_the_index_is_unchanged(tmp_path: Path) -> None:
    async with HostileServer() as server:
        site = Site(server, tmp_path)
        app = await open_app(site.settings, site.clock)
        polled, state = await site.poll(app, HOUR)
        assert (polled.new, state.failures) == (1, 0)
        server.pages["/b.xml"] = Page(body=sitemap("two"))
        polled, _ = await site.poll(app, HOUR)
        await app.aclose()
        assert polled.new == 1
        assert server.asked("/index.xml")[-1].headers["if-none-match"] == '"i"'
        assert server.asked("/a.xml")[-1].headers["if-none-match"] == '"a"'
        assert {seen.headers["x-key"] for seen in server.asked("/a.xml")} == {"k"}, "it is the index's own server"


async def test_an_index_none_of_whose_sitemaps_answers_has_failed(tmp_path: Path) -> None:
    async with HostileServer() as server:
        site = Site(server, tmp_path)
        server.pages["/a.xml"] = Page(body=b"<html><title>Hello</title></html>")
        app = await open_app(site.settings, site.clock)
        polled, state = await site.poll(app, HOUR)
        assert isinstance(polled.outcome, FetchFailed)
        assert state.error is FetchReason.NOT_A_FEED
        assert state.error_detail.startswith("none of the sitemaps that it lists answers: an HTML page titled 'Hello'")
        assert state.last_success is None, "what comes next is still a first poll"
        server.pages["/a.xml"] = Page(body=sitemap("one"))
        polled, state = await site.poll(app, HOUR)
        await app.aclose()
        assert (polled.new, state.failures) == (1, 0)


async def test_a_sitemap_that_asks_for_time_gets_it(tmp_path: Path) -> None:
    async with HostileServer() as server:
        site = Site(server, tmp_path)
        server.pages["/b.xml"] = Page(status=429, headers={"Retry-After": "7200"})
        app = await open_app(site.settings, site.clock)
        for later in (HOUR, HOUR, HOUR / 2, HOUR):
            await site.poll(app, later)
        await app.aclose()
        assert len(server.asked("/a.xml")) == 4
        assert len(server.asked("/b.xml")) == 2


async def test_where_all_of_them_ask_for_time_the_index_waits_too(tmp_path: Path) -> None:
    async with HostileServer() as server:
        site = Site(server, tmp_path)
        for name, seconds in (("/a.xml", "7200"), ("/b.xml", "3600")):
            server.pages[name] = Page(status=429, headers={"Retry-After": seconds})
        app = await open_app(site.settings, site.clock)
        _, state = await site.poll(app, HOUR)
        await app.aclose()
        assert state.error is FetchReason.RATE_LIMITED
        assert state.not_before == site.clock.time + HOUR


@pytest.mark.parametrize(("later", "sent"), [(DAY - HOUR, '"a"'), (DAY, None)])
async def test_a_sitemap_too_is_asked_without_validators_once_a_day(
    tmp_path: Path, later: timedelta, sent: str | None
) -> None:
    async with HostileServer() as server:
        site = Site(server, tmp_path)
        app = await open_app(site.settings, site.clock)
        await site.poll(app, HOUR)
        await site.poll(app, later)
        await app.aclose()
        assert server.asked("/a.xml")[-1].headers.get("if-none-match") == sent
