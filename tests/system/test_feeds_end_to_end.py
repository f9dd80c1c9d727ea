"""Feeds of every kind, polled by the real jobs from a server on loopback, over a clock that jumps."""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.clocks import HandClock
from tests.helpers.inside import inside
from tests.helpers.newsroom import Answer, Item, Newsroom, newsroom
from watcher.app import App, load_config, once, open_app

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
FLOOD = "The flood reached the levee of the town on Monday, and the mayor asked people to leave. " * 8
QUIET = "Nothing at all happened in the town on Monday, and the mayor went home early. " * 8


def config(folder: Path, room: Newsroom, path: str) -> Path:
    file = folder / "watcher.yaml"
    value = {
        "storage": f"sqlite:///{folder}/watcher.db",
        "server": "off",
        "fetch": {"host_delay": "0ms", "backfill": "all", "allow_private": ["127.0.0.0/8"]},
        "extract": {"workers": 1, "robots": False},
        "feeds": [{"url": f"{room.base}{path}", "name": "Example"}],
        "topics": {"flood": {"query": "flood"}, "levee": {"query": "levee"}, "quake": {"query": "earthquake"}},
        "channels": {"hook": {"type": "webhook", "url": f"{room.base}/hook"}},
        "digests": {"now": {"topics": ["*"], "to": ["hook"], "wait": "0s", "every": "1s"}},
    }
    file.write_text(json.dumps(value))
    return file


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with newsroom() as served:
        yield served


async def started(folder: Path, room: Newsroom, path: str, clock: HandClock) -> App:
    return await open_app(load_config(config(folder, room, path), {}).settings, clock)


def told(room: Newsroom) -> list[tuple[str, str, str]]:
    found = []
    for payload in room.payloads():
        data: Any = payload["data"]
        for topic in data["topics"]:
            found += [(topic["topic"], story["reason"], story["headline"]) for story in topic["stories"]]
    return found


async def test_a_json_feed_and_an_item_that_links_nowhere(room: Newsroom, tmp_path: Path) -> None:
    items = [{"id": 1, "title": "Flood news", "content_text": FLOOD}]
    feed = {"version": "https://jsonfeed.org/version/1.1", "title": "J", "items": items}
    room.routes["/feed.json"] = Answer(body=json.dumps(feed).encode(), headers={"Content-Type": "text/html"})
    app = await started(tmp_path, room, "/feed.json", HandClock(NOW))
    await once(app)
    await app.aclose()
    assert sorted(told(room)) == [("flood", "new", "Flood news"), ("levee", "new", "Flood news")]
    data: Any = room.payloads()[0]["data"]
    article = data["topics"][0]["stories"][0]["articles"][0]
    assert article["url"].startswith(f"{room.base}/feed.json#entry-")
    assert article["full_text"] is False


async def test_a_sitemap_index_is_followed_and_asked_politely(room: Newsroom, tmp_path: Path) -> None:
    room.publish("pages", Item(slug="flood", title="Flood news", text=FLOOD))
    room.publish("pages", Item(slug="more", title="More of the flood", text=FLOOD.replace("Monday", "Friday")))
    news = "https://www.google.com/schemas/sitemap-news/0.9"
    head = f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9" xmlns:news="{news}">'

    def sitemap(*slugs: str) -> Answer:
        urls = "".join(
            f"<url><loc>{room.base}/page/{slug}</loc><news:news><news:title>{slug}</news:title>"
            "<news:publication_date>2016-10-20T06:00:00Z</news:publication_date></news:news></url>"
            for slug in slugs
        )
        return Answer(body=f"{head}{urls}</urlset>".encode(), headers={"ETag": f'"{len(slugs)}"'})

    index = f"<sitemapindex><sitemap><loc>{room.base}/news.xml</loc></sitemap></sitemapindex>"
    room.routes["/index.xml"] = Answer(body=index.encode(), headers={"ETag": '"i"'})
    room.routes["/news.xml"] = sitemap("flood")
    clock = HandClock(NOW)
    app = await started(tmp_path, room, "/index.xml", clock)
    assert (await once(app)).articles == 1
    room.routes["/news.xml"] = sitemap("flood", "more")
    room.routes["/index.xml"] = Answer(status=304)
    clock.time += HOUR
    report = await once(app)
    assert [polled.new for polled in report.polled] == [1]
    assert report.articles == 1
    (state,) = await app.store.feeds()
    assert (state.polls, state.unchanged, state.entries, state.last_new) == (2, 1, 2, clock.time)
    await app.aclose()
    assert [asked.headers.get("if-none-match") for asked in room.requests("/news.xml")] == [None, '"1"']
    assert [asked.headers.get("if-none-match") for asked in room.requests("/index.xml")] == [None, '"i"']


async def test_an_edit_is_told_only_under_topics_that_are_new_to_it(room: Newsroom, tmp_path: Path) -> None:
    item = Item(slug="one", title="Flood news", text=FLOOD.replace("levee", "wall"), teaser="first")
    room.publish("a", item)
    clock = HandClock(NOW)
    app = await started(tmp_path, room, "/feed/a", clock)
    await once(app)
    item.teaser = "second"  # it matches nothing more
    clock.time += 2 * HOUR
    report = await once(app)
    assert [polled.changed for polled in report.polled] == [1]
    assert told(room) == [("flood", "new", "Flood news")]
    item.title, item.text = "Flood and earthquake", FLOOD.replace("levee", "wall") + "Then came an earthquake."
    clock.time += 2 * HOUR
    await once(app)
    await app.aclose()
    assert told(room)[1:] == [("quake", "edited", "Flood and earthquake")]


async def test_a_lasting_move_is_shown_once_it_held(room: Newsroom, tmp_path: Path) -> None:
    room.publish("b", Item(slug="one", title="Quiet", text=QUIET))
    room.routes["/old"] = Answer(status=301, headers={"Location": "/feed/b"})
    clock = HandClock(NOW)
    app = await started(tmp_path, room, "/old", clock)
    file = tmp_path / "watcher.yaml"
    shown = []
    for _ in range(4):
        await once(app)
        clock.time += HOUR
        shown.append(json.loads((await inside("-c", file, "feeds", "list", "--json")).out)[0]["moved_to"])
    await app.aclose()
    assert shown == [None, None, f"{room.base}/feed/b", f"{room.base}/feed/b"]
    assert len(room.requests("/old")) == 3, "then the new address is asked"
    table = (await inside("-c", file, "feeds", "list")).out
    assert "/feed/b" in table.replace("\n", "").replace(" ", "")


async def test_discover_asks_and_shows_what_is_there(room: Newsroom, tmp_path: Path) -> None:
    room.publish("a", Item(slug="one", title="Quiet", text=QUIET, published=NOW))
    links = '<link rel="alternate" type="application/rss+xml" href="/feed/a"><a href="/dead.rss">dead</a>'
    room.routes["/"] = Answer(body=f"<html><head>{links}</head></html>".encode(), headers={"Content-Type": "text/html"})
    sitemap = f"<urlset><url><loc>{room.base}/page/one</loc></url></urlset>"
    room.routes["/s.xml"] = Answer(body=sitemap.encode())
    room.routes["/robots.txt"] = Answer(body=f"Sitemap: {room.base}/s.xml\n".encode())
    missing = tmp_path / "none.yaml"
    found = json.loads((await inside("-c", missing, "feeds", "discover", f"{room.base}/", "--json")).out)
    assert [(one["url"], one["kind"], one["items"], one["source"]) for one in found] == [
        (f"{room.base}/feed/a", "rss20", 1, "link"),
        (f"{room.base}/s.xml", "sitemap", 1, "robots"),
    ]
    one = json.loads((await inside("-c", missing, "feeds", "discover", f"{room.base}/feed/a", "--json")).out)
    assert [(feed["source"], feed["title"]) for feed in one] == [("itself", "Newsroom")]
    room.routes["/"] = Answer(body=b"<html></html>")
    del room.routes["/robots.txt"]
    ended = await inside("-c", missing, "feeds", "discover", f"{room.base}/")
    assert (ended.code, ended.out) == (1, "")
    assert "no feed found" in ended.err
