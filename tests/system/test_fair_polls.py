"""One host with many feeds, or many pages, keeps nobody else waiting."""

from datetime import timedelta
from ipaddress import ip_network
from pathlib import Path

from tests.helpers.hostile import HostileServer, Page
from watcher.app import once, open_app
from watcher.clock import SystemClock
from watcher.settings import Extract, Feed, Fetch, Server, Settings


def rss(*links: str) -> Page:
    items = "".join(f"<item><title>News {link[-3:]}</title><link>{link}</link></item>" for link in links)
    body = f"<rss version='2.0'><channel><title>T</title>{items}</channel></rss>".encode()
    return Page(body=body, content_type="application/rss+xml")


def settings_of(folder: Path, *urls: str) -> Settings:
    return Settings(
        folder=folder,
        storage=f"sqlite:///{folder}/w.db",
        server=Server(),
        fetch=Fetch(
            host_delay=timedelta(milliseconds=20),
            concurrency=4,
            per_host=1,
            allow_private=(ip_network("127.0.0.0/8"), ip_network("::1/128")),
        ),
        extract=Extract(workers=1, robots=False),
        feeds=tuple(Feed(url=url, name=url) for url in urls),
    )


async def test_many_feeds_of_one_host_keep_no_other_waiting(tmp_path: Path) -> None:
    async with HostileServer() as server:
        many = [server.url(f"/{number}.xml") for number in range(40)]
        for number in range(40):
            server.pages[f"/{number}.xml"] = rss()
        server.pages["/other.xml"] = rss()
        app = await open_app(settings_of(tmp_path, *many, server.url("/other.xml", "localhost")), SystemClock())
        report = await once(app)
        await app.aclose()
        asked = [seen.path for seen in server.seen]
        assert len(report.polled) == 41
        assert asked.index("/other.xml") < 10


async def test_many_pages_of_one_host_keep_no_other_waiting(tmp_path: Path) -> None:
    async with HostileServer() as server:
        server.pages["/many.xml"] = rss(*(server.url(f"/page/{number:03}") for number in range(60)))
        server.pages["/other.xml"] = rss(server.url("/page/900", "localhost"))
        feeds = (server.url("/many.xml"), server.url("/other.xml", "localhost"))
        app = await open_app(settings_of(tmp_path, *feeds), SystemClock())
        report = await once(app)
        await app.aclose()
        asked = [seen.path for seen in server.seen if seen.path.startswith("/page/")]
        assert report.articles == len(asked) == 61
        assert asked.index("/page/900") < 30
