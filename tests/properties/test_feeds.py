"""Any bytes: a feed or a named refusal, and whatever a feed says is safe to keep and to show."""

import json
import re
from pathlib import Path
from urllib.parse import urlsplit

import yaml
from hypothesis import example, given, settings, strategies as st

from watcher import feeds
from watcher.model import ParsedFeed

CASES = Path(__file__).parents[1] / "cases" / "feeds"
BODIES = [
    case["body"].encode(case.get("encoding", "utf-8"))
    for path in sorted(CASES.glob("*.yaml"))
    for case in yaml.safe_load_all(path.read_text(encoding="utf-8"))
]
# A tilde stands for the blank inside a tag.
SOUP = """
<rss~version='2.0'> <channel> <item> </item> <title> </title> <link> <link~href='a'/> <guid> </guid> <description>
</description> <content~type='xhtml'> <content~type='html'> </content> <feed~xmlns='http://www.w3.org/2005/Atom'>
</entry> <entry> <author> <name> </author> <source> <image> </image> <textinput> <category/>
<pubDate>2016-10-17</pubDate> <enclosure/> <dc:creator>
<media:content~url='x'/> <svg> <math> <itunes:image/> <georss:point>1~2</georss:point>
<gml:pos>x</gml:pos> <psc:chapter/> <width>x</width> <a:b~c='d'> &lt;b&gt;x&lt;/b&gt; &nbsp; & < <![CDATA[ ]]> <!-- -->
x \u0130 \x00 </rss> <a~xml:base='//['> <p~xml:base='http://['~/> <urlset> <url> <loc> <rdf:RDF>
<validity>start=x;end=y</validity> <dcterms:valid>start=1;x</dcterms:valid>
"""
TOKENS = [token.replace("~", " ") for token in re.findall(r"[^ \n]+", SOUP)]
JSON_FIELDS = ("id", "url", "title", "content_html", "content_text", "summary", "date_published", "authors", "tags")


def tell(body: bytes) -> ParsedFeed | None:
    try:
        return feeds.parse(body, {}, "https://feeds.example/a/b.xml")
    except feeds.NotAFeed as refused:
        message = str(refused)
    assert message
    assert "\n" not in message
    return None


def is_safe(feed: ParsedFeed) -> None:
    keys = [entry.key for entry in feed.entries]
    assert len(set(keys)) == len(keys)
    for entry in feed.entries:
        told = (entry.key, entry.title, entry.html, entry.author or "", entry.url or "", *entry.tags)
        assert not any("\x00" in text for text in told)
        "".join(told).encode("utf-8")
        assert entry.key
        assert not re.search(r"[\x00-\x1f\x7f]|  ", entry.title)
        assert entry.url is None or urlsplit(entry.url).scheme in {"http", "https"}
        assert all(moment is None or moment.utcoffset() is not None for moment in (entry.published, entry.updated))
        assert entry.language is None or re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]+)*", entry.language)


@given(st.binary(max_size=200))
@example(b"\xef\xbb\xbf")
@example(b"\xff\xfe<\x00")
@example(b"\x1f\x8b\x08")
def test_any_bytes(body: bytes) -> None:
    feed = tell(body)
    if feed:
        is_safe(feed)


@settings(max_examples=300)
@given(st.lists(st.sampled_from(TOKENS), max_size=40), st.sampled_from(["", "<rss version='2.0'><channel><item>"]))
def test_any_soup_of_feed_markup(tokens: list[str], opening: str) -> None:
    feed = tell(f"{opening}{''.join(tokens)}".encode())
    if feed:
        is_safe(feed)


@settings(max_examples=300)
@given(st.data())
def test_feeds_with_wounds(data: st.DataObject) -> None:
    body = data.draw(st.sampled_from(BODIES))
    start = data.draw(st.integers(0, len(body)))
    end = data.draw(st.integers(start, min(len(body), start + 20)))
    wound = data.draw(st.binary(max_size=4) | st.sampled_from([b"<", b"&", b"]]>", b'"']))
    feed = tell(body[:start] + wound + body[end:])
    if feed:
        is_safe(feed)


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8), st.lists, max_leaves=4))
def test_any_json_in_any_field(value: object) -> None:
    for field in JSON_FIELDS:
        items = [{field: value, "key": "x"}, value]
        document = {"version": "https://jsonfeed.org/version/1.1", "title": value, "items": items}
        feed = tell(json.dumps(document).encode())
        assert feed is not None
        is_safe(feed)
