"""Where a site's feeds may be: what its page links to, what robots.txt names, and the well-known paths. Pure."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from urllib.parse import urlsplit

from lxml import etree, html as lxml_html

from watcher.feeds.charset import decode
from watcher.feeds.entry import http_url
from watcher.text.markup import label

MAX_HTML: Final = 2_000_000
MAX_ANCHORS: Final = 20

WELL_KNOWN: Final = (
    "/feed", "/feed/", "/rss", "/rss.xml", "/feed.xml", "/atom.xml", "/index.xml", "/rss/index.rss",
    "/feeds/posts/default", "/feed.json", "/index.rdf", "/news-sitemap.xml", "/sitemap-news.xml", "/sitemap_news.xml",
)  # fmt: skip
_TYPES: Final = {
    "application/rss+xml": 0,
    "application/atom+xml": 0,
    "application/rdf+xml": 1,
    "application/feed+json": 1,
    "application/xml": 2,
    "text/xml": 2,
    "application/json": 3,
}
_FEED_LIKE: Final = re.compile(
    r"(?:[/._-](?:rss|atom|feeds?|rdf)(?:[/._-]|$)|\.(?:rss|atom|rdf)$|feed\.json$|[?&]feed=(?:rss|atom|rdf))",
    re.IGNORECASE,
)
_COMMENTS: Final = re.compile(r"comments?|kommentar|yorum", re.IGNORECASE)
_SITEMAP: Final = re.compile(r"^\s*sitemap\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


class Source(StrEnum):
    """How a candidate was found, surest first."""

    LINK = "link"  # <link rel="alternate">
    ANCHOR = "anchor"  # <a href> that looks like a feed
    ROBOTS = "robots"  # a Sitemap line of robots.txt
    WELL_KNOWN = "well-known"  # a path that many sites use


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A URL that may be a feed; only asking tells."""

    url: str
    title: str
    source: Source


def candidates(html: bytes, url: str) -> tuple[Candidate, ...]:
    """What may be the feeds of a site, judging by one of its pages: best first, each URL once.

    Comment feeds come after the others; an empty or broken page leaves the well-known paths.
    """
    text, _ = decode(html[:MAX_HTML], {})
    found: list[Candidate] = []
    tree = _tree(text)
    if tree is not None:
        base = http_url(next(iter(_attributes(tree, "base", "href")), ""), url) or url
        links = sorted(_links(tree, base), key=lambda ranked: ranked[0])
        found += [candidate for _, candidate in links]
        found += [*_anchors(tree, base, url)][:MAX_ANCHORS]
    found += _well_known(url)
    first: dict[str, Candidate] = {}
    for candidate in found:
        first.setdefault(candidate.url, candidate)
    return tuple(first.values())


def robots_sitemaps(robots: bytes) -> tuple[Candidate, ...]:
    """The sitemaps that robots.txt names, those of news first (RFC 9309, section 2.2.4; sitemaps.org)."""
    text, _ = decode(robots[:MAX_HTML], {})
    urls = dict.fromkeys(url for url in (http_url(found) for found in _SITEMAP.findall(text)) if url)
    ordered = sorted(urls, key=lambda url: "news" not in url.lower())
    return tuple(Candidate(url=url, title="", source=Source.ROBOTS) for url in ordered)


def _tree(text: str) -> lxml_html.HtmlElement | None:
    try:
        return lxml_html.document_fromstring(
            text.encode("utf-8", "replace"), parser=lxml_html.HTMLParser(encoding="utf-8")
        )
    except (etree.ParserError, etree.XMLSyntaxError):
        return None


def _attributes(tree: lxml_html.HtmlElement, tag: str, name: str) -> Iterator[str]:
    return (str(value) for value in (element.get(name) for element in tree.iter(tag)) if value)


def _links(tree: lxml_html.HtmlElement, base: str) -> Iterator[tuple[tuple[int, int], Candidate]]:
    for link in tree.iter("link"):
        rel = (link.get("rel") or "").lower().split()
        kind = (link.get("type") or "").split(";")[0].strip().lower()
        href = http_url(link.get("href") or "", base)
        if href and (("alternate" in rel and kind in _TYPES) or "feed" in rel):
            title = label(link.get("title") or "")
            comments = int(bool(_COMMENTS.search(f"{title} {urlsplit(href).path}")))
            yield (comments, _TYPES.get(kind, 0)), Candidate(url=href, title=title, source=Source.LINK)


def _anchors(tree: lxml_html.HtmlElement, base: str, page: str) -> Iterator[Candidate]:
    host = _site(page)
    for anchor in tree.iter("a"):
        href = http_url(anchor.get("href") or "", base)
        if not href or href.split("#")[0] == page:
            continue
        parts = urlsplit(href)
        if _FEED_LIKE.search(f"{parts.path}?{parts.query}" if parts.query else parts.path) and _site(href) == host:
            yield Candidate(url=href, title=label("".join(anchor.itertext())[:500]), source=Source.ANCHOR)


def _well_known(url: str) -> Iterator[Candidate]:
    for path in WELL_KNOWN:
        found = http_url(path, url)
        if found:
            yield Candidate(url=found, title="", source=Source.WELL_KNOWN)


def _site(url: str) -> str:
    """The last two labels of the host: feeds often live on a host of their own (`feeds.example.org`)."""
    return ".".join((urlsplit(url).hostname or "").split(".")[-2:])
