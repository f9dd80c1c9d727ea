"""RSS 0.9 to 2.0, RDF and Atom: what feedparser reads, made into entries. Every field is treated as hostile."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import escape
from typing import Any, Final
from xml.parsers import expat
from xml.sax import SAXException

from watcher.feeds import sax
from watcher.feeds.cut import cut, key_hash, lonely, remember, remembered
from watcher.feeds.dates import parse_date
from watcher.feeds.entry import Draft, distinct, http_url, language_tag, made, title_text
from watcher.feeds.errors import NotAFeed
from watcher.feeds.mend import forbidden, mended
from watcher.model import Entry, ParsedFeed, PublisherHints
from watcher.text.markup import has_tags, plain

SAFE_EXPAT: Final = (2, 4, 1)
"""The first expat that limits what entities may amplify to (CVE-2013-0340)."""

_HTML_TYPES: Final = frozenset({"text/html", "application/xhtml+xml", "html", "xhtml"})
_PERIODS: Final = {
    "hourly": timedelta(hours=1),
    "daily": timedelta(days=1),
    "weekly": timedelta(days=7),
    "monthly": timedelta(days=30),
    "yearly": timedelta(days=365),
}
_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_FIRST_ITEM: Final = re.compile(r"<(?:[\w.-]+:)?(?:item|entry)[\s>]", re.IGNORECASE)
_SKIP_HOURS: Final = re.compile(r"<skiphours\b[^<>]*>(.{0,2000}?)</skiphours", re.IGNORECASE | re.DOTALL)
_SKIP_DAYS: Final = re.compile(r"<skipdays\b[^<>]*>(.{0,2000}?)</skipdays", re.IGNORECASE | re.DOTALL)
_MAIL: Final = re.compile(r"[\w.+-]{1,64}@[\w.-]{1,255}", re.ASCII)
_BRACKETS: Final = re.compile(r"&lt;|&gt;|[<(]\s*[)>]|^\s*\(|\)\s*$")
_LONGEST_AUTHOR: Final = 4_000
_MIDNIGHT: Final = 24
_HEAD: Final = 50_000


def check_expat() -> str | None:
    """What is wrong with this Python's expat; None if it withstands entity bombs."""
    if expat.version_info >= SAFE_EXPAT:
        return None
    found = ".".join(str(part) for part in expat.version_info)
    return f"expat {found} does not limit entity expansion; use a Python with expat 2.4.1 or later"


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A body as it was read. `feed` holds the entries that were not known from the last body; `whole`: that is all.

    `marks` are what to hand in when the next body is read; empty where nothing can be known again.
    """

    feed: ParsedFeed
    marks: bytes = b""
    whole: bool = True


def parse_xml(document: str, root: str, url: str, marks: bytes = b"") -> Reading:
    """A feed's document, from its root element on, as values; NotAFeed where nothing can be read of it.

    Items that are `marks`' own, byte for byte and in the same surroundings, are left out; the feed's fields and the
    entries that remain are what they would be without.
    """
    try:
        return _read(document, root, url, marks)
    except (ValueError, LookupError, TypeError, AttributeError, AssertionError, SAXException) as error:
        raise NotAFeed(f"a broken <{root}> document: {error}") from error


def _read(document: str, root: str, url: str, marks: bytes) -> Reading:
    encoded = b"" if forbidden(document) else document.encode("utf-8")
    parts = cut(encoded) if encoded else None
    if parts is None:
        text, fault = mended(document)
        return Reading(feed=_parsed(text.encode("utf-8"), text, root, url).feed(fault))
    found = parts.marks(url)
    known = remembered(marks)
    fresh = [number for number, mark in enumerate(found) if mark not in known]
    if len(fresh) < len(found):
        body = parts.only(fresh)
        parsed = _parsed(body, document, root, url, whole=False)
        old = {mark: known[mark] for mark in found if mark in known}
        new = dict(lonely(parsed.entries))
        keys = {key_hash(entry.key) for entry in parsed.entries if entry is not None}
        if len(parsed.entries) == len(fresh) and keys.isdisjoint(old.values()):
            kept = [(found[fresh[place]], key) for place, key in new.items()]
            return Reading(feed=parsed.feed(None), marks=remember([*old.items(), *kept]), whole=False)
    parsed = _parsed(encoded, document, root, url)
    alike = len(parsed.entries) == len(found)
    kept = [(found[place], key) for place, key in lonely(parsed.entries)] if alike else []
    return Reading(feed=parsed.feed(None), marks=remember(dict(kept).items()))


@dataclass(frozen=True, slots=True)
class _Parsed:
    """A feed as it was parsed; `entries` are one an item, None for one that says nothing."""

    kind: str
    fields: Any
    text: str
    url: str
    entries: tuple[Entry | None, ...]

    def feed(self, fault: str | None) -> ParsedFeed:
        return ParsedFeed(
            kind=self.kind,
            title=title_text(_text(self.fields, "title")),
            entries=distinct(entry for entry in self.entries if entry),
            language=language_tag(_text(self.fields, "language")),
            link=http_url(_text(self.fields, "link"), self.url),
            hints=_hints(self.fields, self.text),
            fault=fault,
        )


def _parsed(body: bytes, text: str, root: str, url: str, *, whole: bool = True) -> _Parsed:
    """`body` parsed; `text` is the document that it is of, with all its items."""
    parsed = sax.read(body, url, based="base=" in text)
    kind = parsed.version
    if whole and not kind and not parsed.entries and not _text(parsed.feeddata, "title"):
        raise NotAFeed(f"an XML document <{root}> that holds no feed")
    kind = kind or ("rss" if root != "feed" else "atom")
    atom = kind.startswith("atom")
    entries = tuple(made(_draft(item, url, atom=atom), url) for item in parsed.entries)
    return _Parsed(kind, parsed.feeddata, text, url, entries)


def _draft(item: Any, base: str, *, atom: bool) -> Draft:
    published = _date(item, "published") or _date(item, "created")
    updated = _date(item, "updated")
    return Draft(
        guid=_text(item, "id"),
        title=_title(item),
        url=next((link for link in _links(item) if http_url(link, base)), ""),
        html=_body(item, atom=atom),
        authors=tuple(_authors(item)),
        published=published if published or atom else updated,  # dc:date, which feedparser calls `updated`
        updated=updated,
        language=_language(item),
        tags=tuple(tag.get("label") or tag.get("term") or "" for tag in dict.get(item, "tags", ())),
    )


def _title(item: Any) -> str:
    title = _text(item, "title")
    detail = dict.get(item, "title_detail") or {}
    return title if detail.get("type") == "text/plain" or "<" not in title else plain_title(title)


def plain_title(title: str) -> str:
    """A title that is declared to be HTML: all its tags go, known or not; what it says is escaped again."""
    return escape(plain(title), quote=False)


def _links(item: Any) -> Iterator[str]:
    """Where the item may lead, best first: past a counting proxy, then the page for people, then what else there is."""
    yield _text(item, "feedburner_origlink")
    alternates = [link for link in dict.get(item, "links", ()) if link.get("rel") == "alternate" and link.get("href")]
    yield from (link["href"] for link in alternates if link.get("type") in _HTML_TYPES)
    link = _text(item, "link")
    if not dict.get(item, "guidislink") or link.lower().startswith(("http://", "https://")):
        yield link
    yield from (link["href"] for link in alternates)
    yield from (content.get("src", "") for content in dict.get(item, "content", ()))


def _body(item: Any, *, atom: bool) -> str:
    """The fullest of content and summary, as HTML."""
    parts = list(dict.get(item, "content", ()))
    summary = dict.get(item, "summary_detail")
    if summary is None and dict.get(item, "summary"):
        summary = {"value": dict.get(item, "summary"), "type": "text/html"}
    parts += [summary] if summary else []
    bodies = dict.fromkeys(body for body in (_html(part, atom=atom) for part in parts) if body)
    return max(bodies, key=lambda body: len(plain(body)), default="") if len(bodies) > 1 else next(iter(bodies), "")


def _html(part: Any, *, atom: bool) -> str:
    value, kind = part.get("value") or "", part.get("type") or "text/html"
    if kind in _HTML_TYPES:
        return str(value)
    if not kind.startswith("text/"):
        return ""
    return str(value) if not atom or has_tags(value) else escape(value, quote=False)


def _authors(item: Any) -> Iterator[str]:
    """Names as given; RSS writes them as `mail (name)` or `name <mail>`, and where there is only a mail, that."""
    for author in (*dict.get(item, "authors", ()), {"name": _text(item, "author")}):
        told = (author.get("name") or author.get("email") or "")[:_LONGEST_AUTHOR]
        name = _MAIL.sub("", told)
        if name != told:
            name = _BRACKETS.sub("", name).strip()
        if name or told:
            yield name or told


def _language(item: Any) -> str | None:
    details: Sequence[Any] = (dict.get(item, "title_detail"), *dict.get(item, "content", ()))
    return _text(item, "language") or next(
        (found["language"] for found in details if found and found.get("language")), None
    )


def _date(item: Any, name: str) -> datetime | None:
    if moment := parse_date(_text(item, name)):
        return moment
    parsed = sax.parse_date(_text(item, name))
    if parsed is None:
        return None
    year, month, day, hour, minute = parsed
    try:
        return datetime(year, month, day, hour, minute, tzinfo=UTC)
    except ValueError:
        return None


def _text(fields: Any, name: str) -> str:
    """A field as feedparser kept it under exactly this name (its own look-up puts one date in another's place)."""
    value = dict.get(fields, name)
    return value if isinstance(value, str) else ""


def _hints(feed: Any, text: str) -> PublisherHints:
    first = _FIRST_ITEM.search(text)
    head = text[: min(first.start() if first else _HEAD, _HEAD)]
    hours, days = _SKIP_HOURS.search(head), _SKIP_DAYS.search(head)
    return PublisherHints(
        ttl=_minutes(_text(feed, "ttl")),
        skip_hours=_hours(hours[1]) if hours else frozenset(),
        skip_days=frozenset(_DAYS.index(day) for day in re.findall(r"\w+day", days[1].lower()) if day in _DAYS)
        if days
        else frozenset(),
        update_every=_update_every(feed),
    )


def _hours(text: str) -> frozenset[int]:
    """RSS 0.91 counts 1 to 24, later versions 0 to 23; 24 and 0 are the same hour."""
    hours = {int(hour) % _MIDNIGHT for hour in re.findall(r"\d{1,2}", text) if int(hour) <= _MIDNIGHT}
    return frozenset(hours)


def _minutes(text: str) -> timedelta | None:
    return timedelta(minutes=int(text)) if re.fullmatch(r"[1-9]\d{0,6}", text, re.ASCII) else None


def _update_every(feed: Any) -> timedelta | None:
    period = _PERIODS.get(_text(feed, "sy_updateperiod").lower())
    frequency = _text(feed, "sy_updatefrequency") or "1"
    if period is None or not re.fullmatch(r"[1-9]\d{0,5}", frequency, re.ASCII):
        return None
    return period / int(frequency)
