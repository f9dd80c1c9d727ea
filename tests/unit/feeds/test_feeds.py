"""Every case of tests/cases/feeds: a body, and what must come of it (fields that a case does not name are free)."""

import dataclasses
import gzip
import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher import feeds
from watcher.model import Entry, ParsedFeed
from watcher.text.markup import plain

CASES = Path(__file__).parents[2] / "cases" / "feeds"


def cases(*names: str) -> list[object]:
    return [*_cases(*names)]


def _cases(*names: str) -> Iterator[object]:
    for name in names:
        for case in yaml.safe_load_all((CASES / f"{name}.yaml").read_text(encoding="utf-8")):
            yield pytest.param(case, id=f"{name}: {case['shows']}")


def parsed(case: dict[str, Any]) -> ParsedFeed:
    body = case["body"].encode(case.get("encoding", "utf-8"))
    return feeds.parse(body, case.get("headers", {}), case.get("url", "https://feeds.example/rss.xml"))


def shown(value: object) -> object:
    match value:
        case datetime():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case frozenset():
            return sorted(value)
        case tuple():
            return list(value)
        case _:
            return value


def named(entry: Entry, wanted: dict[str, object]) -> dict[str, object]:
    fields = {name: shown(value) for name, value in dataclasses.asdict(entry).items()}
    fields["text"] = plain(entry.html)
    return {name: fields[name] for name in wanted}


@pytest.mark.parametrize("case", cases("formats", "fields", "mended", "charsets"))
def test_a_feed_tells(case: dict[str, Any]) -> None:
    feed, expect = parsed(case), dict(case["expect"])
    wanted = expect.pop("entries", None)
    if wanted is not None:
        assert [named(entry, fields) for entry, fields in zip(feed.entries, wanted, strict=True)] == wanted
    if (count := expect.pop("distinct_keys", None)) is not None:
        assert len({entry.key for entry in feed.entries}) == count == len(feed.entries)
    if (hints := expect.pop("hints", None)) is not None:
        told = {name: shown(value) for name, value in dataclasses.asdict(feed.hints).items() if value}
        assert told == hints
    if (fault := expect.pop("fault", "any")) is None:
        assert feed.fault is None
    elif fault != "any":
        assert fault in (feed.fault or "")
    assert {name: getattr(feed, name) for name in expect} == expect


@pytest.mark.parametrize("case", cases("not-feeds"))
def test_what_is_no_feed_is_named(case: dict[str, Any]) -> None:
    with pytest.raises(feeds.NotAFeed, match=case["error"]) as caught:
        parsed(case)
    assert caught.value.challenge is case.get("challenge", False)


ITEM = "<item><title>Item {0}</title><link>https://x.example/{0}</link><guid>{0}</guid></item>"


def rss(inner: str) -> bytes:
    return f'<rss version="2.0"><channel><title>t</title>{inner}</channel></rss>'.encode()


def test_six_hundred_items_at_once() -> None:
    feed = feeds.parse(rss("".join(ITEM.format(n) for n in range(600))), {}, "https://x.example/")
    assert [entry.key for entry in feed.entries] == [str(n) for n in range(600)]


@pytest.mark.parametrize("closed", [True, False])
@pytest.mark.parametrize("tag", ["b", "div", "item", "foo"])
def test_forty_thousand_nested_tags(tag: str, *, closed: bool) -> None:
    nested = f"<{tag}>" * 40_000 + (f"</{tag}>" * 40_000 if closed else "")
    body = rss(ITEM.format(1) + f"<item><title>deep</title><description>{nested}</description></item>" + ITEM.format(2))
    feed = feeds.parse(body, {}, "https://x.example/")
    assert feed.entries[0].title == "Item 1"
    if closed:
        assert "Item 2" in [entry.title for entry in feed.entries]


@pytest.mark.parametrize("opening", ["[", '{"items":'])
def test_forty_thousand_nested_lists(opening: str) -> None:
    body = '{"version": "https://jsonfeed.org/version/1.1", "items": [' + opening * 40_000
    with pytest.raises(feeds.NotAFeed, match="nested too deeply"):
        feeds.parse(body.encode(), {}, "https://x.example/")


@pytest.mark.parametrize(
    "piece",
    ["<", "<!--", "<![CDATA[", "<script>", "<title>", "<item>", "&", '<a b="', "<a 'x\"", "<!", "<?x", "]]>", "{"],
)
def test_what_is_never_closed_takes_no_time_to_speak_of(piece: str) -> None:
    """A quadratic reader would need hours for these; the run would not end."""
    for body in (
        rss(piece * 100_000),
        (piece * 100_000).encode(),
        rss(ITEM.format(1) + f"<item><title>{piece * 50_000}"),
    ):
        try:
            feeds.parse(body, {}, "https://x.example/")
        except feeds.NotAFeed:
            continue


@pytest.mark.parametrize(
    "inner",
    [
        "".join(f"<category>{n}</category>" for n in range(40_000)),
        "<media " + "".join(f" a{n}='x'" for n in range(40_000)) + "/>",
        f"<author>{'x' * 200_000}</author>",
        f"<pubDate>{'1' * 200_000}</pubDate>",
    ],
    ids=["categories", "attributes", "author", "date"],
)
def test_what_feedparser_itself_reads_in_quadratic_time(inner: str) -> None:
    (entry,) = feeds.parse(rss(f"<item><title>t</title>{inner}</item>"), {}, "https://x.example/").entries
    assert entry.title == "t"


def test_fields_are_bounded() -> None:
    long = "x" * 100_000
    item = f"<title>{long}</title><link>https://x.example/{long}</link><guid>{long}</guid><author>{long}</author>"
    item += f"<pubDate>{long}</pubDate><enclosure url='{long}'/><description>{long}</description>"
    tags = "".join(f"<category>{n}{long}</category>" for n in range(60))
    (entry,) = feeds.parse(rss(f"<item>{item}{tags}</item>"), {}, "https://x.example/").entries
    assert len(entry.title) == 1_000
    assert entry.url is None
    assert len(entry.key) < 100
    assert len(entry.author or "") == 200
    assert len(entry.tags) == 50


def test_a_gzip_file_is_unpacked_once_and_bounded() -> None:
    body = rss(ITEM.format(1))
    assert feeds.parse(gzip.compress(body), {}, "https://x.example/").entries[0].title == "Item 1"
    with pytest.raises(feeds.NotAFeed, match="a broken gzip file"):
        feeds.parse(gzip.compress(gzip.compress(body)), {}, "https://x.example/")
    with pytest.raises(feeds.NotAFeed):
        feeds.parse(gzip.compress(bytes(50_000_000)), {}, "https://x.example/")
    with pytest.raises(feeds.NotAFeed):
        feeds.parse(b"\x1f\x8b" + zlib.compress(body), {}, "https://x.example/")


def test_this_python_withstands_entity_bombs_and_an_old_one_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert feeds.check_expat() is None
    monkeypatch.setattr("watcher.feeds.xml.expat.version_info", (2, 4, 0))
    assert "expat 2.4.0" in (feeds.check_expat() or "")


def test_the_children_of_a_sitemap_index() -> None:
    index = b"""<?xml version="1.0"?><!-- x --><sitemapindex xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">
    <sitemap><loc> https://s.example/news.xml </loc></sitemap><sitemap><loc>ftp://s.example/b</loc></sitemap>
    <sitemap><loc>https://s.example/c.xml.gz</loc><lastmod>2016-10-17</lastmod></sitemap></sitemapindex>"""
    assert feeds.sitemap_children(index) == ("https://s.example/news.xml", "https://s.example/c.xml.gz")
    assert feeds.sitemap_children(gzip.compress(index)) == feeds.sitemap_children(index)
    assert feeds.sitemap_children(b"<rss/>") == feeds.sitemap_children(b"") == ()


def test_the_same_items_have_the_same_keys_wherever_the_feed_stands() -> None:
    body = rss(ITEM.format(1) + "<item><title>no link</title></item>")
    here, there = (feeds.parse(body, {}, url).entries for url in ("https://a.example/x", "http://b.example/y"))
    assert here == there
