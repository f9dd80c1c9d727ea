"""The page to read first: what happens to the bytes of feeds and pages, in order. Pure; runs in worker processes.

    bytes of a feed  ──parse──▶ entries ──split──▶ new, changed, seen
    bytes of a page  ──extract──▶ text ──match──▶ matches with their evidence, figures

A worker gets the compiled topics by the path of a rules file: it is read and compiled once per process and version.
"""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from watcher import dedupe, extract, feeds
from watcher.matching import Found, Matcher
from watcher.model import Entry, Figure, Match, ParsedFeed
from watcher.settings import QueryTree, Topic
from watcher.topics import Document

RulesPath = str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """What a ruleset is compiled from; travels to the workers as a file."""

    topics: tuple[Topic, ...]
    terms: Mapping[str, tuple[QueryTree, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carrier:
    """A feed that carries the article, as topics see it."""

    name: str
    tags: tuple[str, ...] = ()
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PageBytes:
    """A fetched page."""

    url: str  # after redirects
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """All that judging an article needs. `page` is None where only the feed's own text is to be had."""

    entry: Entry
    url: str
    carriers: tuple[Carrier, ...]
    page: PageBytes | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What an article says, and which topics it satisfies.

    `aliases` are further canonical URLs it goes by. `figures` are read only where the query of some topic holds.
    """

    title: str
    text: str
    author: str | None
    published: datetime | None  # of the page, for where the feed gives none
    language: str | None
    full_text: bool
    text_hash: str
    fault: str | None
    aliases: tuple[str, ...] = ()
    matches: tuple[Match, ...] = ()
    figures: tuple[Figure, ...] = ()


def write_rules(rules: Rules, path: Path) -> None:
    """Put a rules file where workers read it."""
    path.write_bytes(pickle.dumps(rules))


@lru_cache(maxsize=2)
def matcher(path: RulesPath) -> Matcher:
    """The compiled topics of a rules file of our own writing; two versions are kept while a reload is under way."""
    rules: Rules = pickle.loads(Path(path).read_bytes())  # noqa: S301 - written by this program in a folder of its own
    return Matcher.compile(rules.topics, rules.terms)


@dataclass(frozen=True, slots=True, kw_only=True)
class Unusable:
    """Why bytes are no feed; `challenge`: a bot wall stands before it."""

    why: str
    challenge: bool


def read_feed(body: bytes, headers: Mapping[str, str], url: str) -> ParsedFeed | Unusable:
    """A feed's entries, or why these bytes are no feed."""
    try:
        return feeds.parse(body, headers, url)
    except feeds.NotAFeed as error:
        return Unusable(why=str(error), challenge=error.challenge)


def judge(case: Case, rules: RulesPath) -> Judged:
    """Extract, then match and read figures: the whole of reading one article."""
    judged = _extracted(case)
    document = document_of(judged.title, judged.text, case.url, judged.author, judged.language, case.carriers)
    found = matcher(rules).match(document)
    return replace(judged, matches=found.matches, figures=found.figures)


def rematch(document: Document, rules: RulesPath) -> Found:
    """Match an article whose text we have already."""
    return matcher(rules).match(document)


def document_of(
    title: str, text: str, url: str, author: str | None, language: str | None, carriers: tuple[Carrier, ...]
) -> Document:
    """An article as the query language sees it."""
    return Document(
        title=title,
        text=text,
        url=url,
        author=author or "",
        feeds=tuple(carrier.name for carrier in carriers),
        tags=tuple(dict.fromkeys(tag for carrier in carriers for tag in carrier.tags)),
        language=language,
    )


def _extracted(case: Case) -> Judged:
    entry = case.entry
    page: extract.Page | None = None
    hint = next((carrier.language for carrier in case.carriers if carrier.language), entry.language)
    if case.page is not None:
        page = extract.page(
            case.page.body,
            url=case.page.url,
            headers=case.page.headers,
            feed_title=entry.title or None,
            feed_language=hint,
        )
    told = extract.feed_text(entry.html)
    full = page is not None and bool(page.text)
    text = page.text if page is not None and full else told
    title = entry.title or (page.title if page else "") or text[:120]
    return Judged(
        title=title,
        text=text,
        author=entry.author or (page.author if page else None),
        published=page.published if page else None,
        language=(page.language if page and full else None) or extract.detect(f"{title}\n{text}", hint),
        full_text=full,
        text_hash=dedupe.text_hash(text),
        fault=page.fault or (None if full else "no text found") if page else None,
        aliases=_aliases(case, page),
    )


def _aliases(case: Case, page: extract.Page | None) -> tuple[str, ...]:
    """Where redirects led and what the page calls itself; the latter only within its own site, for pages lie.

    A front page, and a page that gave no article, is nobody's address: dead links often lead there.
    """
    if case.page is None or page is None or page.fault or not page.text:
        return ()
    final = _canonical(case.page.url)
    own = _canonical(page.canonical)
    if own and final and _host(own) != _host(final):
        own = None
    return tuple(dict.fromkeys(url for url in (final, own) if url and url != case.url))


def _canonical(url: str | None) -> str | None:
    """The canonical form of an article's address; None for none, for a front page, and for what is no http(s) URL."""
    try:
        found = dedupe.canonical_url(url or "")
    except ValueError:
        return None
    parts = urlsplit(found)
    return found if parts.path.strip("/") or parts.query else None


def _host(url: str) -> str:
    return (urlsplit(url).hostname or "").removeprefix("www.")
