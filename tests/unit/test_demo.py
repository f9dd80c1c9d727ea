"""The demo's news site: its articles, its pages, its feeds, its server, and the config that watches it."""

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import feedparser
import httpx
import pytest

from watcher.config import load
from watcher.demo import Site, demo_settings, outlets, serve, stories
from watcher.extract import page
from watcher.settings import Settings
from watcher.topics import Document, Ruleset

_NOW = datetime(2016, 10, 21, 12, 0, tzinfo=UTC)


@pytest.fixture(scope="module")
def site() -> Site:
    return Site.build("http://127.0.0.1:8000", _NOW)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for name, text in demo_settings("http://127.0.0.1:8000").items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return load(tmp_path, {}, read_opml=lambda _: ()).settings


def test_it_is_as_rich_as_promised(site: Site) -> None:
    assert len(stories()) >= 30
    assert len(outlets()) == 8
    assert {outlet.format for outlet in outlets()} == {"rss", "atom"}
    assert {outlet.carries for outlet in outlets()} == {"teaser", "summary", "full"}
    assert {outlet.language for outlet in outlets()} == {"en", "tr", "ar"}
    assert sum(len(story.also) for story in stories()) >= 6
    assert len(site.printed) == len(stories()) + sum(len(story.also) for story in stories())


def test_same_arguments_same_bytes(site: Site) -> None:
    assert Site.build("http://127.0.0.1:8000", _NOW) == site


def test_everything_is_fresh_and_in_the_past(site: Site) -> None:
    ages = [_NOW - item.published for item in site.printed]
    assert min(ages) > timedelta(0)
    assert max(ages) < timedelta(days=2)


def _pages(site: Site) -> Iterator[tuple[str, bytes]]:
    return ((item.path, site.resources[item.path].body) for item in site.printed)


def test_pages_are_noisy(site: Site) -> None:
    for path, body in _pages(site):
        assert body.count(b"<a ") > 10, path
        assert b"comment" in body, path


def test_each_page_extracts_to_its_text_and_nothing_else(site: Site) -> None:
    for item in site.printed:
        found = page(
            site.resources[item.path].body,
            url=site.base_url + item.path,
            headers={"content-type": "text/html; charset=utf-8"},
            feed_title=item.title,
        )
        assert found.text == "\n".join(" ".join(paragraph.split()) for paragraph in item.paragraphs), item.path
        assert (found.title, found.author, found.language) == (item.title, item.story.author, item.outlet.language)
        assert found.published is not None
        assert abs(found.published - item.published) < timedelta(minutes=1), item.path


def test_feeds_parse_and_lead_to_pages(site: Site) -> None:
    for slug, url in site.feeds.items():
        path = url.removeprefix(site.base_url)
        parsed = feedparser.parse(io.BytesIO(site.resources[path].body))
        assert not parsed.bozo, slug
        assert len(parsed.entries) >= 4
        for entry in parsed.entries:
            assert entry.title
            assert entry.published_parsed
            assert entry.link.removeprefix(site.base_url).split("?")[0] in site.resources


def test_shipped_topics_find_what_each_story_is_meant_for(settings: Settings, site: Site) -> None:
    ruleset = Ruleset.compile(settings.topics, settings.terms)
    for item in site.printed:
        document = Document(title=item.title, text="\n".join(item.paragraphs), language=item.outlet.language)
        assert set(ruleset.names(document)) == set(item.story.expect), item.path


def test_config_watches_every_feed_and_reaches_loopback(settings: Settings, site: Site) -> None:
    assert [feed.url for feed in settings.feeds] == list(site.feeds.values())
    assert [str(network) for network in settings.fetch.allow_private] == ["127.0.0.0/8"]
    assert [digest.to for digest in settings.digests] == [("files",)]


async def test_server_answers_conditionally_and_counts() -> None:
    async with serve(_NOW) as served, httpx.AsyncClient() as client:
        feed = served.site.feeds["tigris-wire"]
        first = await client.get(feed)
        again = await client.get(feed, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code) == (200, 304)
        assert first.content == served.site.resources["/tigris-wire/feed.xml"].body
        assert again.content == b""
        assert (await client.get(f"{served.base_url}/robots.txt")).text.startswith("User-agent: *")
        assert (await client.get(f"{served.base_url}/nothing")).status_code == 404
        assert (await client.post(feed)).status_code == 405
        assert (await client.head(feed)).headers["content-length"] == str(len(first.content))
        assert served.requests["/tigris-wire/feed.xml", 304] == 1


async def test_server_survives_rubbish_and_closes_what_is_open() -> None:
    async with serve(_NOW) as served:
        async with httpx.AsyncClient() as client:
            with pytest.raises(httpx.HTTPError):
                await client.get(served.base_url, headers={"X-Long": "x" * 20_000})
        kept = httpx.AsyncClient()
        assert (await kept.get(served.base_url)).status_code == 200
    with pytest.raises(httpx.HTTPError):
        await kept.get(served.base_url)
    await kept.aclose()
