"""What the store keeps between jobs, as the jobs see it: narrow types for each question and each commit."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from watcher.model.digest import AlertStory
from watcher.model.figure import Figure
from watcher.model.news import (
    AlertId,
    Article,
    ArticleId,
    DeliveryId,
    DigestId,
    Entry,
    EntryId,
    FeedId,
    Match,
    NoticeId,
    Reason,
    StoryId,
)
from watcher.model.outcome import AttemptOutcome, AttemptReason, FetchReason, Recipient, Validators
from watcher.model.silence import Silence


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedState:
    """What we remember of a feed between polls. `schedule.after()` makes the next one; the store only keeps it."""

    id: FeedId
    url: str
    next_check: datetime
    validators: Validators = field(default_factory=Validators)
    body_hash: str | None = None
    moved_to: str | None = None
    moved_times: int = 0
    last_poll: datetime | None = None
    last_success: datetime | None = None
    last_new: datetime | None = None
    failures: int = 0  # in a row
    failing_since: datetime | None = None
    error: FetchReason | None = None
    error_detail: str = ""
    not_before: datetime | None = None  # the server's own Retry-After
    gone: bool = False
    polls: int = 0
    unchanged: int = 0  # of them answered 304
    entries: int = 0  # ever seen
    memory: str = ""  # JSON of what schedule has learned; kept as it is, read by schedule alone
    last_listed: datetime | None = None  # when all items of a body were last compared with what is stored
    marks: bytes = b""  # of the items of the last body; kept as they are, read by feeds alone


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownEntry:
    """An entry that the store has already: enough to see whether it changed."""

    id: EntryId
    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """An entry to be stored. `tell` is False for what `backfill` keeps quiet; `published` falls back to first seen.

    `arrived`: when it came into the feed, as near as that is known: not before the feed's last answer, which lacked it.
    """

    entry: Entry
    fingerprint: str
    url: str  # canonical; for an entry without a link, made from the feed's URL and its key
    published: datetime
    dated: bool
    tell: bool
    arrived: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class NewAlert:
    """Something to be told of a topic as a whole, such as of `sources`, to the series that take it."""

    topic: str
    reason: str
    text: str
    series: tuple[str, ...]
    ended: bool = False  # what an earlier one told of is over
    stories: tuple[AlertStory, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingAlert:
    """An alert that a series has not told yet. `silenced`: in which series, by which silence it was not told."""

    id: AlertId
    topic: str
    reason: str
    text: str
    recorded: datetime
    ended: bool = False
    stories: tuple[AlertStory, ...] = ()
    silenced: tuple[tuple[str, Silence], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PollRecord:
    """One commit of `poll`: the feed's next state, and what it brought.

    `marks`: None where no body was read. `whole`: every item of the body was looked at.
    """

    state: FeedState
    new: tuple[NewEntry, ...] = ()
    changed: tuple[tuple[EntryId, NewEntry], ...] = ()
    seen: tuple[EntryId, ...] = ()
    marks: bytes | None = None
    whole: bool = True
    alerts: tuple[NewAlert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownArticle:
    """An article the store has, with what a further entry for it needs to know."""

    article: Article
    story: StoryId
    feeds: tuple[str, ...]  # URLs of the feeds that carried it
    matches: tuple[Match, ...]
    told: bool  # whether its entries so far were to be told
    read_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingEntry:
    """An entry waiting to be read."""

    id: EntryId
    feed: FeedId
    feed_url: str
    content: NewEntry
    edited: bool  # it was read before and has changed since
    attempts: int  # of fetching its page
    first_seen: datetime
    article: KnownArticle | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Voice:
    """Whose voice an article is: `key` is the same for all spellings, `name` for people.

    `credited`: the text says so (a dateline, a credit line, a byline), or the page links to another site.
    """

    key: str
    name: str
    credited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCandidate:
    """A stored article that shares sampled shingles with another; `topics` are those under which it was noticed."""

    article: ArticleId
    story: StoryId
    text: str
    first_seen: datetime
    topics: frozenset[str] = frozenset()
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryCandidates:
    """Those that share most, and all that share anything: whoever is not among them came later."""

    likely: tuple[StoryCandidate, ...] = ()
    seen: frozenset[ArticleId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLeader:
    """A story that was the first to report its event; `gist` is kept for `stories`, which alone reads it."""

    story: StoryId
    founded: datetime
    gist: str


@dataclass(frozen=True, slots=True, kw_only=True)
class EventLeaders:
    """The latest of them, and the last notice there was: a later one may bring another."""

    leaders: tuple[EventLeader, ...]
    notice: NoticeId


@dataclass(frozen=True, slots=True, kw_only=True)
class Noticed:
    """That a story's articles were noticed under a topic: as which story, and whether some of it still waits."""

    topic: str
    story: StoryId
    waits: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Kin:
    """What a story is part of: how it was noticed, its event, and the keys of the voices that tell the event."""

    event: StoryId
    noticed: tuple[Noticed, ...] = ()
    voices: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sight:
    """What an article's story was decided on: where more has come since, it is to be decided anew."""

    since: datetime
    articles: frozenset[ArticleId]
    notice: NoticeId | None = None  # None where no event was looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class NewNotice:
    """Something that somebody is to be told, fanned out to the series that take its topic.

    `listed`: a copy, told only where its story still waits to be. `held`: it waits for a second voice.
    """

    topic: str
    article: ArticleId
    story: StoryId
    reason: Reason
    revision: str  # fingerprint of what is told: the same notice recorded twice is one
    series: tuple[str, ...]
    listed: bool = False
    held: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadRecord:
    """One commit of `read`: the article as it now stands, what matched, and who is to be told."""

    entry: EntryId
    feed: FeedId
    article: Article
    urls: tuple[str, ...]  # further canonical URLs that lead to it
    story: StoryId
    text_hash: str
    matches: tuple[Match, ...]  # of this reading; replaces those stored
    notices: tuple[NewNotice, ...]
    tell: bool
    at: datetime
    retry_at: datetime | None = None  # the page failed for now: read again then
    failure: FetchReason | None = None
    failure_detail: str = ""
    fingerprint: str | None = None  # of the entry as it was read: where it changed meanwhile, it is read once more
    signature: tuple[int, ...] = ()  # sampled shingles of its text, by which copies are found
    voice: Voice | None = None
    event: StoryId | None = None  # where the story is founded: the earlier story that reports the same event
    gist: str | None = None  # of the story's first article
    release: tuple[str, ...] = ()  # topics under which the event has enough voices now: what was held goes out
    sight: Sight | None = None
    moved: bool = False  # an article known from its feed's text alone turned out to be a copy: it leaves its story
    figures: tuple[Figure, ...] = ()  # read in the text, in its order
    edited: bool = False  # what is new in it was told when it was read, not when it was published
    counts: tuple[str, ...] = ()  # topics with a rate that the story counts for, where none of its articles did before
    arrived: datetime | None = None  # when it counts as come; None: at `at`


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesState:
    """How a digest's series stands. `number` counts its digests so far."""

    name: str
    pending: int
    first_pending: datetime | None  # when the oldest waiting notice was recorded
    number: int
    last_period: str | None
    last_end: datetime | None
    started: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingNotice:
    """A notice with all that a digest says of it."""

    id: NoticeId
    topic: str
    reason: Reason
    recorded: datetime
    story: StoryId
    origins: int  # of the story, now
    article: Article
    feed: str  # name
    match: Match | None
    lead: bool
    earlier: tuple[tuple[ArticleId, str, str], ...] = ()  # id, url, title already told in this series
    figures: tuple[Figure, ...] = ()  # of the article
    voices: tuple[str, ...] = ()  # names of the origins
    voice: str = ""  # of the story itself, where others tell its event too
    group: StoryId | None = None  # the first story of its event, where others report it too
    size: int = 0  # of the article's text, to compare
    lead_reason: str | None = None  # why it stands for its story


@dataclass(frozen=True, slots=True, kw_only=True)
class NewDelivery:
    """One digest to one channel. One that `waits` says why, has no body yet, and is not sent as it stands."""

    id: DeliveryId
    channel: str
    body: bytes
    recipients: tuple[str, ...] = ()
    digest: DigestId | None = None  # where it is a part of the digest that is recorded with it
    waits: str = ""
    hurried: bool = False  # somebody asked for it: quiet hours do not hold it back


class DeliveryState(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"
    SENT = "sent"
    DEAD = "dead"
    HELD = "held"
    WAITING = "waiting"  # for its channel's quiet hours or rate; has no bytes yet
    MERGED = "merged"  # it waited, and went out as a part of another


@dataclass(frozen=True, slots=True, kw_only=True)
class WaitingDelivery:
    """A delivery that its channel does not take yet. `hurried`: somebody asked for it all the same."""

    id: DeliveryId
    digest: DigestId
    created: datetime
    hurried: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class DueDelivery:
    """A delivery to attempt now."""

    id: DeliveryId
    channel: str
    created: datetime
    attempts: int
    body: bytes
    recipients: tuple[str, ...]
    digest: DigestId | None = None
    refused: tuple[Recipient, ...] = ()  # who refused it for good by an earlier attempt
    hurried: bool = False  # somebody asked for it: quiet hours do not hold it back


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptView:
    """One attempt, for people."""

    at: datetime
    outcome: AttemptOutcome
    reason: AttemptReason
    answer: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DeliveryView:
    """A delivery, for people."""

    id: DeliveryId
    digest: DigestId
    series: str
    channel: str
    state: DeliveryState
    created: datetime
    next_attempt: datetime | None
    attempts: tuple[AttemptView, ...]
    recipients: tuple[Recipient, ...]
    note: str = ""  # why it waits, or what it became a part of

    @property
    def fate(self) -> str:
        """Its state in words, such as `dead`, or `dead for 1 of 3` where the other recipients have it."""
        without = sum(one.outcome is not AttemptOutcome.SENT for one in self.recipients)  # refused, or never reached
        part = self.state is DeliveryState.DEAD and 0 < without < len(self.recipients)
        return f"{self.state.value} for {without} of {len(self.recipients)}" if part else self.state.value


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArticle:
    """An article with what became of it, for `explain`, `backtest` and the page."""

    article: Article
    story: StoryId
    feeds: tuple[str, ...]  # URLs
    matches: tuple[Match, ...]
    read_at: datetime
    failure: str | None
    digests: tuple[tuple[DigestId, str, datetime], ...] = ()  # id, series, when
    silenced: tuple[tuple[str, str, Silence], ...] = ()  # topic, series, by which
    counts: tuple[tuple[str, ArticleId, datetime], ...] = ()  # where its story counts: topic, by which article, when
    first_seen: datetime | None = None
    told: bool = True  # whether any of its entries was to be told
    deliveries: tuple[DeliveryView, ...] = ()  # that tell it; only where one article is asked for
    waits: tuple[tuple[str, str, bool], ...] = ()  # topic, series, whether it is held for another voice; likewise


@dataclass(frozen=True, slots=True, kw_only=True)
class Purged:
    """What retention took away."""

    articles: int = 0
    texts: int = 0
    deliveries: int = 0
