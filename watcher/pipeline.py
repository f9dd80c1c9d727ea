"""The page to read first: what happens to the bytes of feeds and pages, in order. Pure; runs in worker processes.

    bytes of a feed  ──read──▶ entries not known from the last body ──told──▶ with fingerprints and canonical URLs
    bytes of a page  ──extract──▶ text ──match──▶ matches with their evidence, figures  ──place──▶ its story

A worker gets the compiled topics by the path of a rules file: it is read and compiled once per process and version.
"""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from watcher import dedupe, extract, feeds, figures, stories
from watcher.matching import Found, Matcher
from watcher.model import (
    Entry,
    EventLeader,
    Figure,
    Match,
    ParsedFeed,
    Reason,
    StoryCandidate,
    StoryId,
    Voice,
)
from watcher.settings import QueryTree, Topic
from watcher.topics import Document

RulesPath = str

CHILDREN = 5
"""Sitemaps of an index that are read at a poll."""

MOST_ENTRIES = 10_000
"""Of one body that are read: a feed of a hundred thousand items is none, and costs memory wherever it goes."""

SPEAKING = 5
"""Titles from which on they tell what language a feed is in."""


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
    before: str | None = None  # its text before it was edited


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
    voice: Voice | None = None
    signature: tuple[int, ...] = ()  # by which copies of the text are found
    gist: str | None = None  # what its beginning tells, where the query of some topic holds
    anew: bool = False  # edited, it has figures that it had not


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


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedReading:
    """A feed's body as it was read. `feed` has no entries: they are in `told`, without those that `marks` knew.

    `whole`: nothing was left out. `marks` are what to hand in with the next body. `language` is that of the words of a
    whole reading; None where it is not clear.
    """

    feed: ParsedFeed
    told: tuple[dedupe.Told, ...]
    marks: bytes
    whole: bool
    language: str | None
    children: tuple[str, ...] = ()  # of a sitemap index: where its entries are


def read_feed(
    body: bytes, headers: Mapping[str, str], url: str, feed_url: str, marks: bytes = b""
) -> FeedReading | Unusable:
    """A feed's entries, those aside that stood in the last body just so; or why these bytes are no feed."""
    try:
        reading = feeds.read(body, headers, url, marks)
    except feeds.NotAFeed as error:
        return Unusable(why=str(error), challenge=error.challenge)
    feed = bounded(reading.feed)
    entries = (replace(entry, language=entry.language or feed.language) for entry in feed.entries)
    titles = ". ".join(entry.title for entry in feed.entries) if reading.whole else ""
    return FeedReading(
        feed=replace(feed, entries=()),
        told=dedupe.told(entries, feed_url),
        marks=reading.marks,
        whole=reading.whole,
        language=extract.detect(titles, None) if len(feed.entries) >= SPEAKING else None,
        children=feeds.latest_children(body, CHILDREN) if feed.kind == "sitemap-index" else (),
    )


def bounded(feed: ParsedFeed) -> ParsedFeed:
    """A feed with its latest `MOST_ENTRIES` entries; without dates by place: feeds grow at the top, sitemaps do not."""
    count = len(feed.entries)
    if count <= MOST_ENTRIES:
        return feed
    dates = [entry.published or entry.updated for entry in feed.entries]
    places = sorted(range(count), reverse=feed.kind == "sitemap")
    ranked = sorted(places, key=lambda place: date.timestamp() if (date := dates[place]) else 0.0, reverse=True)
    kept = tuple(feed.entries[place] for place in sorted(ranked[:MOST_ENTRIES]))
    note = f"it lists {count} items, of which the latest {MOST_ENTRIES} are read"
    return replace(feed, entries=kept, fault="; ".join(filter(None, (feed.fault, note))))


def judge(case: Case, rules: RulesPath) -> Judged:
    """Extract, then match and read figures: the whole of reading one article."""
    judged = _extracted(case)
    document = document_of(judged.title, judged.text, case.url, judged.author, judged.language, case.carriers)
    found = matcher(rules).match(document)
    published = case.entry.published or judged.published
    gist = (
        stories.gist(judged.title, judged.text, judged.language, found.figures, published=published)
        if found.matches
        else None
    )
    return replace(
        judged,
        matches=found.matches,
        figures=found.figures,
        gist=stories.dump(gist) if gist else None,
        anew=case.before is not None and bool(stories.anew(judged.text, found.figures, case.before)),
    )


def rematch(document: Document, rules: RulesPath) -> Found:
    """Match an article whose text we have already."""
    return matcher(rules).match(document)


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """The story whose text an article has, None for one of its own; what each topic's readers have not heard yet.

    `leans` are other stories of which it has so much that it is no voice of its own beside them.
    """

    story: StoryId | None = None
    gains: Mapping[str, Reason] = field(default_factory=dict)
    leans: frozenset[StoryId] = frozenset()


def place(judged: Judged, candidates: tuple[StoryCandidate, ...], now: datetime, window: timedelta) -> Placed:
    """Find an article's story among those that share something of its text, and what it adds to it."""
    article = stories.Arrival(title=judged.title, text=judged.text, language=judged.language, figures=judged.figures)

    def count(text: str) -> tuple[Figure, ...]:
        return figures.find(text, judged.language)

    found = stories.assign(article, candidates, now, window, count)
    if isinstance(found, stories.Founded):
        return Placed(leans=found.leans)
    gains = {
        match.topic: told[0].reason
        for match in judged.matches
        if (told := stories.topic_gains(article, found, candidates, match.topic, count))
    }
    return Placed(story=found.story, gains=gains)


def event(gist: str, leaders: tuple[EventLeader, ...], now: datetime) -> StoryId | None:
    """The story that first reported the event of which an article tells, as far as its gist says."""
    return stories.find_event(stories.load(gist), leaders, now)


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
        voice=stories.origin(text, url=case.url, author=entry.author, canonical=page.canonical if page else None),
        signature=stories.signature(text),
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
