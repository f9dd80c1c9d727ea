"""What a page says of itself: JSON-LD, OpenGraph, `<meta>`, `<link>`, `<time>`, read in one walk over the tree."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from urllib.parse import urljoin, urlsplit

from lxml import etree

from watcher.extract import dates, titles

Json = Mapping[str, object]

_MAX_JSON = 300_000
_MAX_NODES = 200
_MAX_AUTHOR = 100
_ARTICLES = re.compile(r"(?:Article|NewsArticle|Posting|Report|Review|WebPage|VideoObject)$")
_REPORTS = re.compile(r"(?:Article|Posting|Report|Review)$")
_TITLE_KEYS = ("og:title", "twitter:title", "dc.title", "title", "headline")
_AUTHOR_KEYS = ("author", "article:author", "dc.creator", "parsely-author", "sailthru.author", "byl", "twitter:creator")
_DATE_KEYS = (
    "article:published_time",
    "og:article:published_time",
    "datepublished",
    "og:published_time",
    "parsely-pub-date",
    "sailthru.date",
    "article.published",
    "publish-date",
    "publish_date",
    "publishdate",
    "pubdate",
    "published_time",
    "publication_date",
    "dc.date.issued",
    "dcterms.created",
    "dc.date",
    "dcterms.date",
    "date",
    "displaydate",
)
_LANGUAGE_KEYS = ("content-language", "og:locale", "dc.language", "language", "inlanguage")
_BYLINE_PREFIX = re.compile(r"^(?:by|written by|reported by|text:|yazan:?|بقلم:?|كتب:?|من:)\s+", re.IGNORECASE)
_BYLINE_TAIL = re.compile(
    r"(?:\s*[|·•–—,]|\s-)?\s*(?:\d{1,2}[./]\d|\d{4}-|\d{1,2}:\d{2}|(?:published|updated|posted)\b).*$", re.IGNORECASE
)
_URL = re.compile(r"^(?:https?:)?//|^www\.|^@", re.IGNORECASE)


@dataclass(slots=True)
class Declared:
    """What the walk collects, first mentions first."""

    metas: dict[str, str] = field(default_factory=dict)
    titles: list[str] = field(default_factory=list)
    headings: list[str] = field(default_factory=list)
    times: list[tuple[bool, str]] = field(default_factory=list)
    bylines: list[str] = field(default_factory=list)
    canonical: str | None = None
    base: str | None = None
    language: str | None = None
    nodes: list[Json] = field(default_factory=list)


def read(tree: etree._Element) -> Declared:
    """Walk the tree once."""
    found = Declared(language=tree.get("lang") or tree.get("xml:lang"))
    readers = {
        "meta": _meta,
        "link": _link,
        "script": _script,
        "time": _time,
        "base": _base,
        "title": _title,
        "h1": _h1,
    }
    for element in tree.iter(*readers):
        readers[str(element.tag)](element, found)
    if not (any(_declared_authors(found)) and any(_declared_dates(found))):
        for element in _marked()(tree):  # a search over all elements: only where the cheap places are silent
            _byline(element, found)
    return found


def title(found: Declared, url: str, feed_title: str | None) -> str:
    """The page's headline without the site's name."""
    headlines = [_words(text) for node in found.nodes if _is_report(node) for text in _strings(node.get("headline"))]
    metas = [_words(found.metas[name]) for name in _TITLE_KEYS if name in found.metas]
    headings = found.headings if len(set(found.headings)) == 1 else []
    candidates = [text for text in (*headlines, *metas, *headings, *found.titles, *found.headings) if text]
    sites = [found.metas.get("og:site_name", ""), found.metas.get("application-name", ""), *_publishers(found.nodes)]
    return titles.choose(candidates, [*found.headings, feed_title or ""], sites, urlsplit(url).hostname or "")


def author(found: Declared) -> str | None:
    """Who wrote it: the people first named in JSON-LD, `<meta>` or a byline; several are joined by commas."""
    named = [
        clean
        for node in found.nodes
        if _is_report(node)
        for name in _names(node.get("author"))
        if (clean := _author(name))
    ]
    others = [*_declared_authors(found), *(clean for name in found.bylines if (clean := _author(name)))]
    return ", ".join(dict.fromkeys(named or others[:1])) or None


def published(found: Declared, url: str) -> datetime | None:
    """When it was published: the first readable date of JSON-LD, `<meta>`, `<time>` or the URL."""
    return next((moment for text in _written_dates(found) if (moment := dates.parse(text))), None) or dates.in_url(url)


def canonical(found: Declared, url: str) -> str | None:
    """The absolute URL under which the page wants to be known; a home page named by an article is no such thing."""
    base = _join(url, found.base or "") or url
    for named in (found.canonical, found.metas.get("og:url")):
        absolute = _join(base, named or "")
        if absolute and not (urlsplit(absolute).path in {"", "/"} and urlsplit(url).path not in {"", "/"}):
            return absolute
    return None


def language(found: Declared) -> Iterator[str]:
    """The languages declared, the most telling first."""
    if found.language:
        yield found.language
    yield from (found.metas[name] for name in _LANGUAGE_KEYS if name in found.metas)
    for node in found.nodes:
        yield from _strings(node.get("inLanguage"))


def is_free(found: Declared) -> bool:
    """Whether nothing declares the page to be for subscribers (schema.org isAccessibleForFree)."""
    locked = {"false", "0", "no"}
    tiers = {
        found.metas.get("article:content_tier", "").lower(),
        found.metas.get("og:article:content_tier", "").lower(),
    }
    return not (
        any(str(node.get("isAccessibleForFree", "")).rsplit("/", 1)[-1].lower() in locked for node in found.nodes)
        or tiers & {"locked", "metered"}
    )


def _meta(element: etree._Element, found: Declared) -> None:
    content = (element.get("content") or "").strip()
    name = element.get("property") or element.get("name") or element.get("itemprop") or element.get("http-equiv")
    if content and name:
        found.metas.setdefault(name.strip().lower(), content)


def _link(element: etree._Element, found: Declared) -> None:
    if "canonical" in (element.get("rel") or "").lower().split():
        found.canonical = found.canonical or element.get("href")


def _base(element: etree._Element, found: Declared) -> None:
    found.base = found.base or element.get("href")


def _title(element: etree._Element, found: Declared) -> None:
    found.titles.append(_words(element.text or ""))


def _h1(element: etree._Element, found: Declared) -> None:
    found.headings.append(_text(element))


def _script(element: etree._Element, found: Declared) -> None:
    text = element.text or ""
    if "ld+json" not in (element.get("type") or "").lower() or len(text) > _MAX_JSON:
        return
    try:
        value = json.loads(text.strip().removeprefix("<!--").removesuffix("-->").rstrip("; \n"), strict=False)
    except (ValueError, RecursionError):
        return
    found.nodes.extend(_article_nodes(value))


def _time(element: etree._Element, found: Declared) -> None:
    prop = (element.get("itemprop") or "").lower()
    marked = "datepublished" in prop or element.get("pubdate") is not None
    if "datemodified" not in prop:
        found.times.append((marked, element.get("datetime") or _text(element)))


def _byline(element: etree._Element, found: Declared) -> None:
    if "datepublished" in (element.get("itemprop") or "").lower():
        found.times.append((True, element.get("content") or element.get("datetime") or _text(element)))
    elif element.tag != "meta" and not found.bylines:
        text = _text(element)
        if text and len(text) <= _MAX_AUTHOR:
            found.bylines.append(text)


@cache
def _marked() -> etree.XPath:
    """Elements marked as an author or a date of publication."""
    return etree.XPath(
        "//*[@itemprop='datePublished' or @rel='author' or contains(@itemprop, 'author') or contains(@class, 'byline')"
        " or contains(@class, 'author')][not(self::body or self::html)]"
    )


def _article_nodes(value: object) -> Iterator[Json]:
    """The nodes that describe an article or page, breadth first, bounded."""
    queue: list[object] = [value]
    for _ in range(_MAX_NODES):
        if not queue:
            return
        node = queue.pop(0)
        if isinstance(node, list):
            queue.extend(node[:_MAX_NODES])
        elif isinstance(node, dict):
            if any(_ARTICLES.search(kind) for kind in _strings(node.get("@type"))):
                yield node
            queue.extend(node[name] for name in ("@graph", "mainEntity", "mainEntityOfPage") if name in node)


def _is_report(node: Json) -> bool:
    return any(_REPORTS.search(kind) for kind in _strings(node.get("@type")))


def _declared_authors(found: Declared) -> Iterator[str]:
    names = _writers(found) + [found.metas[name] for name in _AUTHOR_KEYS if name in found.metas]
    yield from (clean for name in names if (clean := _author(name)))


def _writers(found: Declared) -> list[str]:
    return [name for node in found.nodes if _is_report(node) for name in _names(node.get("author"))]


def _declared_dates(found: Declared) -> Iterator[str]:
    reports = sorted(found.nodes, key=lambda node: not _is_report(node))
    for name in ("datePublished", "dateCreated", "uploadDate"):
        for node in reports:
            yield from _strings(node.get(name))
    yield from (found.metas[name] for name in _DATE_KEYS if name in found.metas)


def _written_dates(found: Declared) -> Iterator[str]:
    yield from _declared_dates(found)
    yield from (text for _, text in sorted(found.times, key=lambda time: not time[0]))


def _names(value: object) -> Iterator[str]:
    for item in value if isinstance(value, list) else [value]:
        if isinstance(item, str):
            yield item
        elif isinstance(item, dict):
            yield from _strings(item.get("name"))


def _publishers(nodes: Sequence[Json]) -> list[str]:
    return [name for node in nodes for name in _names(node.get("publisher"))]


def _author(written: str) -> str | None:
    name = _BYLINE_TAIL.sub("", _BYLINE_PREFIX.sub("", _words(written))).strip(" ,|-–·")
    if not name or len(name) > _MAX_AUTHOR or _URL.match(name) or name.isdigit() or name.lower() in {"admin", "null"}:
        return None
    return name


def _strings(value: object) -> list[str]:
    if isinstance(value, list):
        return [item for item in value if isinstance(item, str)]
    return [str(value)] if isinstance(value, (str, int)) and not isinstance(value, bool) else []


def _text(element: etree._Element) -> str:
    return _words("".join(element.itertext()))


def _words(text: str) -> str:
    return " ".join(text.split())


def _join(base: str, target: str) -> str | None:
    try:
        absolute = urljoin(base, target.strip())
        parts = urlsplit(absolute)
    except ValueError:
        return None
    return absolute if target.strip() and parts.scheme in {"http", "https"} and parts.hostname else None
