"""Leaving out what stood in the last body changes nothing: the same entries, the same fields, by any two bodies."""

import re
from pathlib import Path

import pytest
import yaml
from hypothesis import given, settings, strategies as st

from watcher import feeds
from watcher.feeds import Reading

CASES = Path(__file__).parents[1] / "cases" / "feeds"
URL = "https://feeds.example/a/b.xml"
XHTML = '<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml">x<a href="/r">y</a></div></content>'
MEDIA = (
    '<media:content xmlns:media="http://search.yahoo.com/mrss/" url="/m"><media:title>M</media:title></media:content>'
)
PARTS = (
    "<title>One</title>",
    "<title>Two &amp; &lt;b&gt;three&lt;/b&gt;</title>",
    "<title type='html'>&lt;i&gt;Four&lt;/i&gt; <![CDATA[</item></entry><item>]]></title>",
    "<link>https://news.example/1</link>",
    "<link>/2</link>",
    "<link href='/3'/>",
    "<link rel='alternate' type='text/html' href='4?a=1&amp;b=2'/>",
    "<guid>g1</guid>",
    "<guid>g2</guid>",
    "<guid isPermaLink='false'>https://news.example/1</guid>",
    "<id>g1</id>",
    "<id>tag:news.example,2016:5</id>",
    "<description>&lt;p&gt;A river&lt;/p&gt;</description>",
    "<description><![CDATA[<p>A <a href='/x'>levee</a></p>]]></description>",
    "<summary>Short</summary>",
    XHTML,
    "<content type='text'>1 &lt; 2</content>",
    "<pubDate>Thu, 20 Oct 2016 07:00:00 GMT</pubDate>",
    "<updated>2016-10-20T07:00:00Z</updated>",
    "<dc:date>2016-10-19</dc:date>",
    "<author>a@news.example (Ann)</author>",
    "<author><name>Bob</name></author>",
    "<dc:creator>Cem</dc:creator>",
    "<category>iraq</category>",
    "<dc:language>ar</dc:language>",
    "<language>tr</language>",
    "<source><title>Wire</title><id>g9</id><updated>2015-01-01T00:00:00Z</updated></source>",
    "<source url='https://wire.example/'>Wire</source>",
    "<image><url>/i.png</url><title>An image</title></image>",
    "<textInput><title>Search</title></textInput>",
    MEDIA,
    "<media:title>Not the title</media:title>",
    "<x:odd xmlns:x='http://purl.org/dc/elements/1.1/'>odd</x:odd>",
    "<!-- a > comment -->",
    "<item><title>within</title></item>",
    "<foo xml:base='http://elsewhere.example/'><link>deep</link></foo>",
    "<enclosure url='/a.mp3' type='audio/mpeg' length='1'/>",
)
STARTS = ("", " xml:base='http://base.example/d/'", " xml:lang='ku'", " rdf:about='https://news.example/about'")
RSS = (
    "<?xml version='1.0'?><rss version='2.0' xmlns:media='http://search.yahoo.com/mrss/'"
    " xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<channel><title>T</title>{}<lastBuildDate>{}</lastBuildDate><skipHours><hour>3</hour></skipHours>{}</channel></rss>"
)
ATOM = (
    "<feed xmlns='http://www.w3.org/2005/Atom' xmlns:media='http://search.yahoo.com/mrss/'"
    " xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#'>"
    "<title>T</title>{}<updated>{}</updated>{}</feed>"
)
RDF = (
    "<rdf:RDF xmlns:rdf='http://www.w3.org/1999/02/22-rdf-syntax-ns#' xmlns='http://purl.org/rss/1.0/'"
    " xmlns:dc='http://purl.org/dc/elements/1.1/' xmlns:media='http://search.yahoo.com/mrss/'>"
    "<channel rdf:about='x'><title>T</title>{}<dc:date>{}</dc:date></channel>{}</rdf:RDF>"
)
SURROUNDINGS = (
    "",
    "<language>en</language>",
    "<ttl>5</ttl>",
    "<author>The desk</author>",
    "<dc:language>de</dc:language>",
)
item = st.builds(
    lambda start, parts, name: f"<{name}{start}>{''.join(parts)}</{name}>",
    st.sampled_from(STARTS),
    st.lists(st.sampled_from(PARTS), max_size=6),
    st.just("item"),
)


def told(reading: Reading) -> tuple[object, ...]:
    feed = reading.feed
    return feed.kind, feed.title, feed.language, feed.link, feed.hints, feed.fault


def is_the_same_with_and_without(first: bytes, second: bytes) -> Reading | None:
    """Read `second` knowing `first`; what is left out must be in `first` as it is."""
    try:
        before, whole = feeds.read(first, {}, URL), feeds.read(second, {}, URL)
    except feeds.NotAFeed:
        return None
    known = feeds.read(second, {}, URL, before.marks)
    fresh = set(known.feed.entries)
    assert told(known) == told(whole)
    assert [entry for entry in whole.feed.entries if entry in fresh] == list(known.feed.entries)
    assert set(whole.feed.entries) - fresh <= set(before.feed.entries)
    assert known.whole <= (fresh == set(whole.feed.entries))
    assert _parts(feeds.read(second, {}, URL, known.marks).marks) == _parts(known.marks) <= _parts(whole.marks)
    return known


def _parts(marks: bytes) -> set[bytes]:
    return {marks[at : at + 16] for at in range(0, len(marks), 16)}


@settings(max_examples=600)
@given(st.data())
def test_any_two_bodies_of_a_feed(data: st.DataObject) -> None:
    shape = data.draw(st.sampled_from((RSS, ATOM, RDF)))
    kept = data.draw(st.lists(item, max_size=5))
    around = data.draw(st.sampled_from(SURROUNDINGS))
    first = [*data.draw(st.permutations(kept)), *data.draw(st.lists(item, max_size=2))]
    second = [*data.draw(st.lists(item, max_size=2)), *data.draw(st.permutations(kept))]
    other = data.draw(st.sampled_from((around, around, around, *SURROUNDINGS)))
    blank = data.draw(st.sampled_from(("", "\n ", "\n <ttl>60</ttl>")))
    bodies = [
        shape.format(surrounding, date, between.join(items)).encode()
        for surrounding, date, between, items in ((around, "2016", "", first), (other, "2017", blank, second))
    ]
    if shape is ATOM:
        bodies = [re.sub(rb"(</?)item\b", rb"\1entry", body) for body in bodies]
    is_the_same_with_and_without(bodies[0], bodies[1])


def bodies() -> list[object]:
    found: list[object] = []
    for path in sorted(CASES.glob("*.yaml")):
        for case in yaml.safe_load_all(path.read_text(encoding="utf-8")):
            body = case["body"].encode(case.get("encoding", "utf-8"))
            found.append(pytest.param(body, id=f"{path.stem}: {case['shows']}"))
    return found


@pytest.mark.parametrize("body", bodies())
def test_every_case_grown_shrunk_and_edited(body: bytes) -> None:
    items = re.findall(rb"<item\b.*?</item>|<entry\b.*?</entry>", body, re.DOTALL)
    grown = body.replace(items[0], items[0].replace(b"<title>", b"<title>New ") + items[0]) if items else body
    shrunk = body.replace(items[0], b"") if items else body
    edited = body.replace(items[-1], items[-1].replace(b"<title>", b"<title>Edited ")) if items else body
    for other in (body, grown, shrunk, edited):
        is_the_same_with_and_without(body, other)
        is_the_same_with_and_without(other, body)


def body_of(numbers: range) -> bytes:
    items = (
        f"<item><guid>{number}</guid><title>Title {number}</title><link>/{number}</link></item>" for number in numbers
    )
    return RSS.format("", len(numbers), "\n".join(reversed([*items]))).encode()


def test_of_thirty_items_and_a_new_one_only_that_is_parsed() -> None:
    known = is_the_same_with_and_without(body_of(range(30)), body_of(range(1, 31)))
    assert known is not None
    assert [entry.key for entry in known.feed.entries] == ["30"]
    assert not known.whole
    assert len(known.marks) == 30 * 16


def test_a_guid_used_again_makes_the_whole_be_parsed() -> None:
    again = body_of(range(31)).replace(b"<guid>30</guid>", b"<guid>7</guid>")
    known = is_the_same_with_and_without(body_of(range(30)), again)
    assert known is not None
    assert known.whole
    assert len(known.marks) == 29 * 16
