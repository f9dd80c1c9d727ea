"""Judging an article: the page's text or the feed's, what it is called, where it is said to live, and what matches."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.newsroom import noisy_page
from watcher import pipeline
from watcher.model import Entry, ParsedFeed
from watcher.pipeline import (
    Carrier,
    Case,
    FeedReading,
    Judged,
    PageBytes,
    Rules,
    Unusable,
    document_of,
    judge,
    read_feed,
    rematch,
    write_rules,
)
from watcher.settings import Topic

URL = "https://news.example/a"
TEXT = "Iraqi forces pressed the offensive to retake Mosul on Tuesday, taking three villages on the plain. " * 5


@pytest.fixture(scope="module")
def rules(tmp_path_factory: pytest.TempPathFactory) -> str:
    path: Path = tmp_path_factory.mktemp("rules") / "rules-1"
    battle = Topic(name="battle", title="The battle", query="Mosul NEAR/15 offensive")
    iraq = Topic(name="iraq", title="Iraq", query="forces", feeds=("iraq",))
    write_rules(Rules(topics=(battle, iraq), terms={}), path)
    return str(path)


def judged(
    rules: str,
    body: bytes | None,
    *,
    title: str = "Coalition pushes on",
    html: str = "A teaser.",
    at: str = URL,
    carriers: tuple[Carrier, ...] = (Carrier(name="Wire"),),
) -> Judged:
    page = None if body is None else PageBytes(url=at, headers={"content-type": "text/html"}, body=body)
    entry = Entry(key="1", title=title, url=URL, html=html)
    return judge(Case(entry=entry, url=URL, carriers=carriers, page=page), rules)


def topics(found: Judged) -> list[str]:
    return [match.topic for match in found.matches]


def test_the_pages_text_is_read_and_matched_where_the_feed_only_teases(rules: str) -> None:
    found = judged(rules, noisy_page("Coalition pushes on", TEXT))
    assert found.full_text
    assert "retake Mosul" in found.text
    assert "Most read" not in found.text
    assert topics(found) == ["battle"]
    assert found.title == "Coalition pushes on"
    assert found.language == "en"


def test_without_a_page_the_feeds_own_text_is_matched_and_said_to_be_it(rules: str) -> None:
    found = judged(rules, None, html="<p>The <b>offensive</b> on Mosul</p>")
    assert not found.full_text
    assert found.fault is None
    assert found.text == "The offensive on Mosul"
    assert topics(found) == ["battle"]


@pytest.mark.parametrize("body", [b"", b"\0\1\2" * 100, b"<div>" * 40_000, b"<html><body></body></html>"])
def test_a_page_that_gives_no_article_falls_back_with_a_reason(rules: str, body: bytes) -> None:
    found = judged(rules, body, html="The offensive on Mosul")
    assert not found.full_text
    assert found.fault
    assert topics(found) == ["battle"]
    assert found.aliases == ()


def test_an_entry_without_a_title_takes_the_pages_else_the_texts_beginning(rules: str) -> None:
    assert judged(rules, noisy_page("Of the page", TEXT), title="").title == "Of the page"
    assert judged(rules, None, title="", html="Words only.").title == "Words only."


def test_topics_of_some_feeds_match_by_tag_or_name(rules: str) -> None:
    assert "iraq" in topics(judged(rules, None, html="forces", carriers=(Carrier(name="X", tags=("iraq",)),)))
    assert "iraq" in topics(judged(rules, None, html="forces", carriers=(Carrier(name="iraq"),)))
    assert "iraq" not in topics(judged(rules, None, html="forces"))


def with_canonical(url: str) -> bytes:
    return noisy_page("T", TEXT).replace(b"<head>", f'<head><link rel="canonical" href="{url}">'.encode())


@pytest.mark.parametrize(
    ("at", "canonical", "aliases"),
    [
        (URL, URL, ()),
        ("https://news.example/b?utm_source=x", "https://news.example/b", ("https://news.example/b",)),
        (URL, "https://www.news.example/c", ("https://www.news.example/c",)),
        (URL, "https://elsewhere.example/c", ()),  # a page may not claim another site's address
        ("https://news.example/", URL, ()),  # dead links lead to front pages
    ],
)
def test_an_article_goes_by_where_redirects_led_and_by_what_its_own_site_calls_it(
    rules: str, at: str, canonical: str, aliases: tuple[str, ...]
) -> None:
    assert judged(rules, with_canonical(canonical), at=at).aliases == aliases


def test_a_stored_text_is_matched_again_without_its_page(rules: str) -> None:
    document = document_of("T", TEXT, URL, None, "en", (Carrier(name="Wire", tags=("iraq",)),))
    assert [match.topic for match in rematch(document, rules).matches] == ["battle", "iraq"]


def test_a_body_that_is_no_feed_is_told_in_words() -> None:
    found = read_feed(b"<html><body>Hello</body></html>", {}, URL, URL)
    assert isinstance(found, Unusable)
    assert found.why
    assert not found.challenge


def test_a_feed_brings_its_entries_and_the_same_body_none_again() -> None:
    body = b"<rss version='2.0'><channel><title>F</title><item><title>A</title><guid>1</guid></item></channel></rss>"
    first = read_feed(body, {}, URL, URL)
    assert isinstance(first, FeedReading)
    assert len(first.told) == 1
    again = read_feed(body, {}, URL, URL, first.marks)
    assert isinstance(again, FeedReading)
    assert not again.told


def test_the_date_is_the_pages_own(rules: str) -> None:
    stamp = b'<head><meta property="article:published_time" content="2016-10-17T05:00:00Z">'
    found = judged(rules, noisy_page("T", TEXT).replace(b"<head>", stamp))
    assert found.published == datetime(2016, 10, 17, 5, tzinfo=UTC)


def listed(count: int, kind: str, *, dated: bool) -> ParsedFeed:
    first = datetime(2016, 1, 1, tzinfo=UTC)
    entries = tuple(
        Entry(key=str(n), title="t", url=None, published=first + timedelta(minutes=n) if dated else None)
        for n in range(count)
    )
    return ParsedFeed(kind=kind, title="", entries=entries)


@pytest.mark.parametrize(
    ("kind", "dated", "first"), [("rss20", True, 2), ("rss20", False, 0), ("sitemap", False, 2), ("sitemap", True, 2)]
)
def test_of_a_feed_without_end_the_latest_are_read(kind: str, *, dated: bool, first: int) -> None:
    feed = pipeline.bounded(listed(pipeline.MOST_ENTRIES + 2, kind, dated=dated))
    assert [entry.key for entry in feed.entries] == [str(n) for n in range(first, first + pipeline.MOST_ENTRIES)]
    assert feed.fault == "it lists 10002 items, of which the latest 10000 are read"
    usual = listed(600, kind, dated=dated)
    assert pipeline.bounded(usual) is usual
