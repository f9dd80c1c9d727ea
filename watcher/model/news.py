"""What a feed tells, what a page holds, and what a topic found in it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NewType

FeedId = NewType("FeedId", int)
EntryId = NewType("EntryId", int)
ArticleId = NewType("ArticleId", str)
StoryId = NewType("StoryId", str)
NoticeId = NewType("NoticeId", int)
AlertId = NewType("AlertId", int)
DigestId = NewType("DigestId", str)
DeliveryId = NewType("DeliveryId", str)


class Severity(StrEnum):
    """How much a topic matters, least first."""

    INFO = "info"
    WARNING = "warning"
    CRITICAL = "critical"


class Reason(StrEnum):
    """Why something is told. Logged, counted, shown by `explain` and sent in the payload."""

    NEW = "new"
    FIGURE = "update:figure"
    PLACE = "update:place"
    ACTOR = "update:actor"
    HAPPENED = "update:happened"
    ORIGIN = "update:origin"
    EDITED = "edited"
    ESCALATED = "escalated"
    FREQUENCY = "rate:frequency"
    SPIKE = "rate:spike"
    FLATLINE = "rate:flatline"


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One item of a feed, as the feed tells it: cleaned of markup where it says so, trusted nowhere.

    `key` is its identity within the feed: the guid, else the link, else a hash of what it says.
    `url` is absolute, http(s), as told (not yet canonical); None where the item links nowhere.
    `html` is the fullest body the item carries, raw and hostile; `title` and `author` are plain text.
    """

    key: str
    title: str
    url: str | None = None
    html: str = ""
    author: str | None = None
    published: datetime | None = None
    updated: datetime | None = None
    language: str | None = None
    tags: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PublisherHints:
    """What a feed's body says of how often to come: RSS `ttl`, `skipHours`, `skipDays`, `sy:update*`."""

    ttl: timedelta | None = None
    skip_hours: frozenset[int] = frozenset()  # 0-23, UTC
    skip_days: frozenset[int] = frozenset()  # 0 is Monday
    update_every: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsedFeed:
    """A feed's body as values. `kind` is such as `rss20`, `atom10`, `json11`; `fault` says what was mended."""

    kind: str
    title: str
    entries: tuple[Entry, ...]
    language: str | None = None
    link: str | None = None
    hints: PublisherHints = field(default_factory=PublisherHints)
    fault: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """What an entry points to.

    `text` is the full text without a repeated headline where `full_text`, else the feed's own.
    `published` is aware UTC; `dated` is False where no source gave a date and it tells when it was first seen.
    """

    id: ArticleId
    url: str
    title: str
    text: str
    author: str | None
    published: datetime
    dated: bool
    language: str | None
    full_text: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """One thing a clause found: `field[start:end]` is `found`; `quote` is its sentence, from `quote_start` on."""

    clause: str
    found: str
    field: str
    start: int
    end: int
    quote: str
    quote_start: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Match:
    """An article satisfies a topic; the evidence is ordered most telling first."""

    topic: str
    evidence: tuple[Evidence, ...]
