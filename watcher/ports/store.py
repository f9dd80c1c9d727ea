"""What the jobs ask of the store; SQL is one that keeps these promises."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Protocol

from watcher.model import (
    AlertId,
    AlertStory,
    Arrival,
    ArticleId,
    Attempt,
    DeliveryId,
    DeliveryState,
    DeliveryView,
    Digest,
    DigestId,
    DueDelivery,
    EntryId,
    EventLeaders,
    FeedId,
    FeedState,
    Figure,
    Kin,
    KnownArticle,
    KnownEntry,
    Match,
    NewAlert,
    NewDelivery,
    NoticeId,
    Observation,
    PendingEntry,
    PendingNotice,
    PollRecord,
    Purged,
    RateRecord,
    ReadRecord,
    SeriesKey,
    SeriesState,
    Silence,
    Silenced,
    StoredArticle,
    StoryCandidates,
    StoryId,
    WaitingAlert,
    WaitingDelivery,
)


class FeedStore(Protocol):
    """Feeds and the entries they bring."""

    async def sync_feeds(self, urls: Sequence[str], now: datetime) -> Mapping[str, FeedId]:
        """Make the stored feeds those of the config: new ones are due now, missing ones are kept but not polled."""
        ...

    async def due_feeds(self, now: datetime, limit: int) -> tuple[FeedId, ...]:
        """Active feeds to poll, the longest due first; never a gone one."""
        ...

    async def feed(self, feed: FeedId) -> FeedState | None:
        """One feed's state."""
        ...

    async def feeds(self) -> tuple[FeedState, ...]:
        """All active feeds."""
        ...

    async def known_entries(self, feed: FeedId, keys: Sequence[str]) -> Mapping[str, KnownEntry]:
        """Which of these keys the feed has brought before."""
        ...

    async def page_yields(self, since: datetime) -> Mapping[FeedId, tuple[int, int]]:
        """For each feed, of the articles read since then: how many, and how many of them gave no full text."""
        ...

    async def record_poll(self, record: PollRecord, now: datetime) -> tuple[EntryId, ...]:
        """One commit; the entries to be read. Recording the same again changes nothing."""
        ...


class ArticleStore(Protocol):
    """Entries waiting to be read, and articles."""

    async def due_entries(self, now: datetime, limit: int) -> tuple[EntryId, ...]:
        """Entries to read, oldest first, those whose retry has come included."""
        ...

    async def entry(self, entry: EntryId) -> PendingEntry | None:
        """One entry that still waits to be read; None where it does not (any more)."""
        ...

    async def article_by_url(self, urls: Sequence[str]) -> KnownArticle | None:
        """The article that any of these canonical URLs leads to."""
        ...

    async def story_candidates(self, signature: Sequence[int], since: datetime) -> StoryCandidates:
        """Articles first read since then that share sampled shingles."""
        ...

    async def event_leaders(self, topics: Sequence[str], since: datetime) -> EventLeaders:
        """The latest stories founded since then and noticed under these topics, each the first of its event."""
        ...

    async def kin(self, story: StoryId) -> Kin:
        """How a story was noticed, its event, and who tells it."""
        ...

    async def postpone_entry(self, entry: EntryId, until: datetime) -> None:
        """Leave an entry for later."""
        ...

    async def record_read(self, record: ReadRecord) -> tuple[str, ...] | None:
        """One commit; the series that now have something to tell. Recording the same again changes nothing.

        None, and nothing changed, where the article's story is to be decided anew: `record.sight` has not seen all.
        """
        ...

    async def rewrite_matches(
        self, topic: str, gained: Mapping[ArticleId, Match], lost: Sequence[ArticleId], now: datetime
    ) -> None:
        """Record what `backtest` found: matches added and taken away in one commit; nothing is told."""
        ...

    async def retired_figures(self, topic: str, ids: Sequence[ArticleId]) -> Mapping[ArticleId, tuple[Figure, ...]]:
        """What these articles said before they were edited, and say no more."""
        ...

    async def rewrite_figures(
        self,
        topic: str,
        found: Mapping[ArticleId, tuple[Figure, ...]],
        lost: Sequence[ArticleId],
        earlier: Mapping[ArticleId, Mapping[str, tuple[Figure, ...]]],
    ) -> None:
        """Make what the ledger has of these articles what is read in them now; nothing is told.

        What is said as before keeps its time, what is new counts as known; of the lost ones nothing is kept. `earlier`
        is what is read now in sentences, by their words, that edits took away.
        """
        ...

    async def ledger(
        self, topic: str, keys: Sequence[SeriesKey], article: ArticleId | None = None
    ) -> tuple[Observation, ...]:
        """The newest observations of these series with the highest total of each, and all of one article."""
        ...

    async def observations(self, topic: str) -> tuple[Observation, ...]:
        """Every figure observed of a topic, earliest first."""
        ...

    async def stored(self, ref: str) -> StoredArticle | None:
        """An article by id or URL, with its fate."""
        ...

    async def matched(self, limit: int) -> tuple[StoredArticle, ...]:
        """The articles that matched last, under whatever topic, newest first."""
        ...

    async def recent(self, limit: int, *, topic: str | None = None) -> tuple[StoredArticle, ...]:
        """The articles read last, newest first."""
        ...

    def archive(self, since: datetime | None) -> AsyncIterator[StoredArticle]:
        """Every stored article with text published since then, oldest first, in bounded memory."""
        ...


class AlertStore(Protocol):
    """Notices, digests, deliveries."""

    async def sync_series(
        self, series: Sequence[str], topics: Sequence[str], now: datetime
    ) -> tuple[tuple[str, int], ...]:
        """Make the series those of the config (a new one starts now).

        Waiting notices of removed topics or series are dropped; returns them as (topic, how many).
        """
        ...

    async def series(self, only: str | None = None) -> tuple[SeriesState, ...]:
        """How each series stands, or one of them."""
        ...

    async def pending_notices(self, series: str) -> tuple[PendingNotice, ...]:
        """What the series has not told yet, in the order in which it was recorded."""
        ...

    async def window(self, topics: Sequence[str], since: datetime) -> tuple[PendingNotice, ...]:
        """Every notice of these topics recorded since then, told or not, for `digest NAME --since`."""
        ...

    async def record_digest(
        self,
        digest: Digest,
        notices: Sequence[NoticeId],
        deliveries: Sequence[NewDelivery],
        *,
        queue: str | None = None,
        parts: Sequence[Digest] = (),
        alert_ids: Sequence[AlertId] = (),
    ) -> bool:
        """One commit of digest, notices, alerts and deliveries (due at once, but for those that wait).

        `queue` is the series whose notices these are, where the digest goes by another name; `parts` are what only
        some of the deliveries tell of it. False where (series, period) exists.
        """
        ...

    async def record_alerts(self, told: Sequence[NewAlert], now: datetime) -> tuple[str, ...]:
        """Keep alerts for the series that take their topic; the series that now have something to tell."""
        ...

    async def pending_alerts(self, series: str) -> tuple[WaitingAlert, ...]:
        """The alerts that the series has not told yet, in the order in which they were recorded."""
        ...

    async def alerts_since(self, topics: Sequence[str], since: datetime) -> tuple[WaitingAlert, ...]:
        """Every alert of these topics recorded since then, told or not."""
        ...

    async def queued(self, queue: str, notices: Sequence[NoticeId]) -> frozenset[NoticeId]:
        """Which of these notices a series was handed too, whether it has told them or not."""
        ...

    async def waiting_lines(self) -> tuple[tuple[str, str], ...]:
        """The (series, channel) pairs for which deliveries wait for quiet hours or a rate."""
        ...

    async def waiting_deliveries(self, series: str, channel: str) -> tuple[WaitingDelivery, ...]:
        """What waits there, in the order in which it was written."""
        ...

    async def release(self, delivery: NewDelivery, waited: Sequence[DeliveryId], now: datetime, merged: Digest) -> bool:
        """One commit: what waited becomes one delivery of `merged`, due at once; the others say that they went in it.

        False, and nothing changed, where one of them waits no more.
        """
        ...

    async def add_silence(self, silence: Silence) -> Silence:
        """Store a silence; with its number."""
        ...

    async def silences(self, since: datetime) -> tuple[Silence, ...]:
        """Those that end, or ended, after then, the first to end first."""
        ...

    async def end_silence(self, number: int, at: datetime) -> bool:
        """Let a silence end then, if it would end later; False where there is none such."""
        ...

    async def sync_silences(self, wanted: Sequence[Silence], now: datetime) -> None:
        """Make the config's silences those that hold: new ones start, those it has no longer end."""
        ...

    async def record_silenced(
        self, series: str, silenced: Sequence[Silenced], ended: Mapping[int, datetime], now: datetime
    ) -> None:
        """Take notices out of a series, noting which silence did it; end the silences that an update ended."""
        ...

    async def openings(self, ids: Sequence[ArticleId]) -> Mapping[ArticleId, str]:
        """How the articles' texts begin: the first paragraph, cut; for those that have a text."""
        ...

    async def silenced_of(self, article: ArticleId) -> tuple[tuple[str, str, Silence], ...]:
        """By which silences an article was kept from being told: topic, series, silence."""
        ...

    async def story_of(self, ref: str) -> StoryId | None:
        """A story by its id, or by the id or URL of one of its articles."""
        ...

    async def released_since(self, channel: str, since: datetime, now: datetime, limit: int) -> tuple[datetime, ...]:
        """When the channel's latest deliveries got their bytes, newest first, at most `limit`."""
        ...

    async def skip_period(self, series: str, period: str, at: datetime) -> None:
        """Close a period that had nothing to tell: `last_period` and `last_end` move on, no digest is written."""
        ...

    async def digest(self, digest: DigestId) -> Digest | None:
        """A stored digest."""
        ...

    async def digests(self, limit: int) -> tuple[Digest, ...]:
        """The latest digests, newest first."""
        ...

    async def due_deliveries(self, now: datetime, limit: int, *, channel: str | None = None) -> tuple[DeliveryId, ...]:
        """Pending deliveries whose next attempt has come, oldest first; of one channel, or of all."""
        ...

    async def due_channels(self, now: datetime) -> tuple[str, ...]:
        """The channels that such deliveries are for."""
        ...

    async def due_delivery(self, delivery: DeliveryId) -> DueDelivery | None:
        """One delivery that is still pending; None where it is not."""
        ...

    async def postpone_delivery(self, delivery: DeliveryId, until: datetime, why: str) -> None:
        """Leave a pending delivery for later; nothing was attempted."""
        ...

    async def limited_until(self, channel: str, now: datetime) -> datetime | None:
        """Until when a channel's receiver asked to be left alone (429)."""
        ...

    async def begin_attempt(self, delivery: DeliveryId, at: datetime) -> None:
        """One commit before an attempt is made, in whose place `record_attempt` writes how it ended."""
        ...

    async def record_attempt(
        self, delivery: DeliveryId, attempt: Attempt, at: datetime, next_attempt: datetime | None
    ) -> None:
        """One commit (synchronous=FULL): the attempt, each recipient's answer, and the delivery's new state.

        An outcome RETRY with `next_attempt` None is the last one: the delivery is dead. HELD holds all that is
        pending for its channel, and what is written for it later, until one is sent or the channel changes.
        """
        ...

    async def deliveries(self, limit: int, *, states: Sequence[DeliveryState] = ()) -> tuple[DeliveryView, ...]:
        """Deliveries for people, newest first."""
        ...

    async def retry_delivery(self, delivery: DeliveryId, now: datetime) -> bool:
        """Make a dead, held or waiting delivery due now; False where there is none such or it was sent."""
        ...

    async def release_held(self, channel: str, now: datetime) -> int:
        """Make a channel's held deliveries due, and those that wait for a retry: its config has changed."""
        ...


class RateStore(Protocol):
    """Counts of stories, what was decided on them, and alerts of topics as a whole."""

    async def rate_state(self, topic: str) -> str | None:
        """What was decided on a topic's rates so far; None where it was not looked at yet."""
        ...

    async def arrivals(self, topic: str, since: datetime) -> tuple[Arrival, ...]:
        """The stories that count for a topic and arrived since then, and any that is fresh; earliest first."""
        ...

    async def newest_stories(self, topic: str, until: datetime, limit: int) -> tuple[AlertStory, ...]:
        """The stories of a topic that arrived last up to then, newest first; `feed` is a URL."""
        ...

    async def record_rate(self, record: RateRecord, now: datetime) -> bool:
        """One commit of a decision with its alerts; False, and nothing changed, where another came before it."""
        ...

    async def recount(
        self, record: RateRecord, found: Mapping[StoryId, tuple[ArticleId, datetime]], now: datetime
    ) -> bool:
        """Make the stories that count for a topic these (their article, and when it arrived); nothing is told."""
        ...

    async def silence_alerts(self, series: str, silenced: Mapping[AlertId, int], now: datetime) -> None:
        """Take alerts out of a series, noting which silence did it."""
        ...

    async def silenced_beginnings(self, series: str, ends: Sequence[AlertId]) -> Mapping[AlertId, int]:
        """Of alerts that tell of an end, those whose beginning a silence kept from the series; by which silence."""
        ...

    async def queued_alerts(self, series: str, wanted: Sequence[AlertId]) -> frozenset[AlertId]:
        """Which of these alerts a series was handed too, whether it has told them or not."""
        ...


class Store(FeedStore, ArticleStore, AlertStore, RateStore, Protocol):
    """All that is kept. Each method is one transaction; what is not committed did not happen."""

    async def purge(self, now: datetime, articles: timedelta, text: timedelta, deliveries: timedelta) -> Purged:
        """Apply retention, in batches; an entry's identity outlives its text."""
        ...

    async def prune_stories(self, before: datetime) -> int:
        """Forget by what articles first read before then are found; how many rows."""
        ...

    async def backup(self, target: Path) -> None:
        """A consistent copy while others write (embedded store only)."""
        ...

    async def pull_back(self, now: datetime, by: timedelta) -> None:
        """The clock was set back `by` so much: what was planned by the old one comes as much earlier, or now."""
        ...

    async def remember(self, key: str, value: str) -> None:
        """Keep a small value (such as a channel's config fingerprint)."""
        ...

    async def recall(self, key: str) -> str | None:
        """The value kept."""
        ...

    async def aclose(self) -> None:
        """Finish what is queued and close."""
        ...
