"""Sitemaps as feeds: Google News sitemaps, plain ones, and indexes of them (sitemaps.org protocol 0.9)."""

from collections.abc import Sequence
from typing import Final

from lxml import etree

from watcher.feeds.charset import decode, inflate
from watcher.feeds.dates import parse_date
from watcher.feeds.entry import Draft, finish, http_url
from watcher.feeds.errors import NotAFeed
from watcher.feeds.mend import recovered_tree
from watcher.feeds.sniff import document
from watcher.model import ParsedFeed

MAX_CHILDREN: Final = 50_000
"""What the protocol allows in one index."""


def parse_sitemap(text: str, root: str, url: str) -> ParsedFeed:
    """The pages of a sitemap as entries; an index has none of its own, see `sitemap_children`."""
    tree, fault = _tree(text)
    if root == "sitemapindex":
        return ParsedFeed(kind="sitemap-index", title="", entries=(), fault=fault)
    drafts = [_draft(element) for element in tree if _name(element) == "url"]
    news = any(draft.title for draft in drafts)
    languages = {draft.language for draft in drafts if draft.language}
    return ParsedFeed(
        kind="news-sitemap" if news else "sitemap",
        title="",
        entries=finish(drafts, url),
        language=languages.pop() if len(languages) == 1 else None,
        fault=fault,
    )


def latest_children(body: bytes, limit: int) -> tuple[str, ...]:
    """Of the sitemaps that an index names those to read: of news first, then the last changed, then in its order."""
    ordered = sorted(_children(body), key=lambda child: ("news" not in child[0].lower(), -child[1]))
    return tuple(dict.fromkeys(url for url, _ in ordered))[:limit]


def sitemap_children(body: bytes) -> tuple[str, ...]:
    """The sitemaps that an index names, in its order; empty for anything that is no index."""
    return tuple(dict.fromkeys(url for url, _ in _children(body)))[:MAX_CHILDREN]


def _children(body: bytes) -> Sequence[tuple[str, float]]:
    """Each child of an index, and when it was last changed in seconds since 1970."""
    text, root, _ = document(decode(inflate(body), {})[0])
    if root != "sitemapindex":
        return ()
    try:
        tree, _ = _tree(text)
    except NotAFeed:
        return ()
    found = []
    for element in tree:
        url = http_url(_child(element, "loc")) if _name(element) == "sitemap" else None
        changed = parse_date(_child(element, "lastmod")) if url else None
        found += [(url, changed.timestamp() if changed else 0.0)] if url else []
    return found


def _tree(text: str) -> tuple[etree._Element, str | None]:
    tree, fault = recovered_tree(text)
    if tree is None:
        raise NotAFeed(f"a broken sitemap: {fault or 'nothing in it'}")
    return tree, f"malformed XML: {fault}" if fault else None


def _draft(element: etree._Element) -> Draft:
    loc = _child(element, "loc")
    news = next((child for child in element if _name(child) == "news"), None)
    updated = parse_date(_child(element, "lastmod"))
    if news is None:
        return Draft(url=loc, updated=updated)
    publication = next((child for child in news if _name(child) == "publication"), None)
    keywords = (keyword.strip() for keyword in _child(news, "keywords").split(","))
    return Draft(
        url=loc,
        title=_child(news, "title"),
        published=parse_date(_child(news, "publication_date")),
        updated=updated,
        language=_child(publication, "language") if publication is not None else None,
        tags=tuple(keyword for keyword in keywords if keyword),
    )


def _child(element: etree._Element, name: str) -> str:
    found = next((child for child in element if _name(child) == name), None)
    return " ".join((found.text or "").split()) if found is not None else ""


def _name(element: etree._Element) -> str:
    tag = element.tag
    return tag.rsplit("}", 1)[-1].lower() if isinstance(tag, str) else ""
