"""What every format shares: hostile fields made safe, and a key for each entry."""

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from urllib.parse import urljoin, urlsplit

from watcher.model import Entry
from watcher.text.markup import label, plain, storable

MAX_TITLE: Final = 1_000
MAX_AUTHOR: Final = 200
MAX_TAG: Final = 100
MAX_TAGS: Final = 50
MAX_URL: Final = 8_000
MAX_KEY: Final = 500
MAX_BODY: Final = 1_000_000
"""Characters; what is longer is cut (a longer URL is none, a longer key is hashed)."""

_LANGUAGE: Final = re.compile(r"([a-zA-Z]{2,3})(?:[-_]([a-zA-Z]{4}))?(?:[-_]([a-zA-Z]{2}|\d{3}))?(?:[-_.@].*)?$")
_URL_JUNK: Final = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """An item as its format tells it, raw. `url` may be relative; `html` is HTML; `title` may hold markup."""

    guid: str = ""
    title: str = ""
    url: str = ""
    html: str = ""
    authors: tuple[str, ...] = ()
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


def finish(drafts: Iterable[Draft], base: str) -> tuple[Entry, ...]:
    """The entries, each under a key of its own: the guid, else the link, else a hash of what it says.

    A guid (or link) that several different items of the feed carry is no identity; each of them is told apart by its
    link, else its title, else its body. Exact repetitions are dropped. Items that say nothing at all are dropped.
    """
    return distinct(entry for entry in (made(draft, base) for draft in drafts) if entry)


def distinct(entries: Iterable[Entry]) -> tuple[Entry, ...]:
    """Each entry once, and under a key that no other of them has."""
    return _distinct(tuple(dict.fromkeys(entries)))


def http_url(url: str, base: str = "") -> str | None:
    """The URL made absolute; None for what is not http(s), has no host, or is too long."""
    url = _URL_JUNK.sub("", url).strip().replace("&amp;", "&").replace(" ", "%20")
    if not url or len(url) > MAX_URL:
        return None
    try:
        absolute = urljoin(base, url)
        parts = urlsplit(absolute)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return absolute if usable else None


def language_tag(text: str | None) -> str | None:
    """A language as BCP 47 writes it (`ar`, `en-GB`, `zh-Hant-TW`); None where the text is none."""
    found = _LANGUAGE.match((text or "").strip())
    if not found:
        return None
    primary, script, region = found[1].lower(), found[2], found[3]
    return "-".join(part for part in (primary, script and script.title(), region and region.upper()) if part)


def title_text(title: str) -> str:
    """A title as plain text of bounded length."""
    return _cut(label(title[: MAX_TITLE * 20]), MAX_TITLE)


def made(draft: Draft, base: str) -> Entry | None:
    """The entry that a draft comes to, its key not yet compared with the others'; None where it says nothing at all."""
    title = title_text(draft.title)
    url = http_url(draft.url, base) if draft.url else None
    html = storable(draft.html)[:MAX_BODY]
    guid = " ".join(storable(draft.guid).split())
    if not (title or url or html.strip()):
        return None
    return Entry(
        key=_bounded(guid or url or f"hash:{_hash(title, plain(html))}"),
        title=title,
        url=url,
        html=html,
        author=_author(draft.authors),
        published=draft.published,
        updated=draft.updated,
        language=language_tag(draft.language),
        tags=_tags(draft.tags),
    )


def _author(authors: Sequence[str]) -> str | None:
    names = dict.fromkeys(name for name in (label(author[: MAX_AUTHOR * 20]) for author in authors) if name)
    return _cut(", ".join(names), MAX_AUTHOR) or None


def _tags(tags: Sequence[str]) -> tuple[str, ...]:
    found = dict.fromkeys(tag for tag in (_cut(label(tag[: MAX_TAG * 20]), MAX_TAG) for tag in tags) if tag)
    return tuple(found)[:MAX_TAGS]


def _distinct(entries: Sequence[Entry]) -> tuple[Entry, ...]:
    counts = Counter(entry.key for entry in entries)
    if len(counts) == len(entries):
        return tuple(entries)
    shared: dict[str, list[Entry]] = {}
    for entry in entries:
        shared.setdefault(entry.key, []).append(entry)
    keys = {id(entry): key for group in shared.values() for entry, key in _told_apart(group)}
    return tuple(replace(entry, key=keys[id(entry)]) for entry in entries if id(entry) in keys)


_MARKS: Final[tuple[Callable[[Entry], tuple[str, ...]], ...]] = (
    lambda entry: (entry.url or "",),
    lambda entry: (entry.url or "", entry.title),
    lambda entry: (entry.url or "", entry.title, plain(entry.html)),
)


def _told_apart(group: Sequence[Entry]) -> Iterator[tuple[Entry, str]]:
    """Each entry of a group that shares a key, with a key of its own; those that say the same only once."""
    first: dict[tuple[str, ...], Entry] = {}
    for entry in group:
        first.setdefault(_MARKS[-1](entry), entry)
    distinct = tuple(first.values())
    if len(distinct) == 1:
        yield distinct[0], distinct[0].key
        return
    marks = next(mark for mark in _MARKS if len({mark(entry) for entry in distinct}) == len(distinct))
    for entry in distinct:
        yield entry, f"{entry.key}#{_hash(*marks(entry))}"


def _bounded(key: str) -> str:
    return key if len(key) <= MAX_KEY else f"hash:{_hash(key)}"


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def _hash(*parts: str) -> str:
    return hashlib.blake2b("\x00".join(parts).encode("utf-8", "replace"), digest_size=12).hexdigest()
