"""Feeds: bytes in, entries out. Pure.

    bytes ──inflate, decode──▶ text ──document──▶ root element ──▶ xml │ json │ sitemap ──finish──▶ entries

Whatever the server calls it, what counts is what the bytes are. Every field is hostile and made safe in `entry`.
"""

from collections.abc import Mapping
from dataclasses import replace

from watcher.feeds.charset import decode, inflate
from watcher.feeds.errors import NotAFeed
from watcher.feeds.json import parse_json
from watcher.feeds.sitemap import latest_children, parse_sitemap, sitemap_children
from watcher.feeds.sniff import FEED_ROOTS, document, not_a_feed, refuse_binary
from watcher.feeds.xml import Reading, check_expat, parse_xml
from watcher.model import ParsedFeed

__all__ = ["NotAFeed", "Reading", "check_expat", "latest_children", "parse", "read", "sitemap_children"]


def parse(body: bytes, headers: Mapping[str, str], url: str) -> ParsedFeed:
    """The feed that an answer's body is: RSS, Atom, RDF, JSON Feed or a sitemap.

    Args:
        body: the body, decompressed as its Content-Encoding says.
        headers: of the answer, names in lower case; only hints, for they are often wrong.
        url: where it came from after redirects; relative links are resolved against it (RFC 3986, section 5.1).

    Raises:
        NotAFeed: the body is something else; the message says what.
    """
    return read(body, headers, url).feed


def read(body: bytes, headers: Mapping[str, str], url: str, marks: bytes = b"") -> Reading:
    """As `parse`, but without the items that stood in the last body just so: `marks` are those of its Reading.

    The entries that are left out are unchanged in every field; the others, and the feed itself, are as `parse` tells.
    """
    unpacked = inflate(body)
    refuse_binary(unpacked)
    decoded, charset_fault = decode(unpacked, headers)
    text, root, junk = document(decoded)
    if text.lstrip().startswith(("{", "[")):
        reading = Reading(feed=parse_json(text, url))
    elif root in {"urlset", "sitemapindex"}:
        reading = Reading(feed=parse_sitemap(text, root, url))
    elif root in FEED_ROOTS:
        reading = parse_xml(text, root, url, marks)
    else:
        raise not_a_feed(decoded, root, headers, url)
    faults = (charset_fault, "text before the feed" if junk else None, reading.feed.fault)
    feed = replace(reading.feed, fault="; ".join(fault for fault in faults if fault) or None)
    return replace(reading, feed=feed)
