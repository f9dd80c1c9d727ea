"""SqlStore: the port `watcher.ports.Store`, each method one transaction over the functions of the rooms."""

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path

from sqlalchemy import Connection

from watcher.errors import StoreError
from watcher.model import (
    AlertId,
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
from watcher.store import (
    alerts,
    articles,
    deliveries,
    fates,
    feeds,
    ledger,
    rates,
    reading,
    silences,
    sources,
    stories,
    upkeep,
)
from watcher.store.counting import Counting
from watcher.store.database import Database
from watcher.store.together import Together

_Step = Callable[[Connection, datetime, upkeep.Cursor | None], tuple[int, upkeep.Cursor | None]]


class SqlStore(Counting):
    """The store, on SQLite or PostgreSQL. Made by `open_store`; every method may raise StoreError, in words."""

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._feed = Together[FeedId, FeedState](lambda numbers: self._read(feeds.some_feeds, numbers))

    async def sync_feeds(self, urls: Sequence[str], now: datetime) -> Mapping[str, FeedId]:
        """Make the stored feeds those of the config: new ones are due now, missing ones are kept but not polled."""
        return await self._write(feeds.sync_feeds, urls, now)

    async def due_feeds(self, now: datetime, limit: int) -> tuple[FeedId, ...]:
        """Active feeds to poll, the longest due first; never a gone one."""
        return await self._read(feeds.due_feeds, now, limit)

    async def feed(self, feed: FeedId) -> FeedState | None:
        """One feed's state."""
        return await self._feed(feed)

    async def feeds(self) -> tuple[FeedState, ...]:
        """All active feeds."""
        return await self._read(feeds.active_feeds)

    async def known_entries(self, feed: FeedId, keys: Sequence[str]) -> Mapping[str, KnownEntry]:
        """Which of these keys the feed has brought before."""
        return await self._read(feeds.known_entries, feed, keys)

    async def record_poll(self, record: PollRecord, now: datetime) -> tuple[EntryId, ...]:
        """One commit; of the entries brought, those to be read now. Recording the same again changes nothing.

        A changed entry waits until an hour after its article was last read, and is not among them before.
        """
        return await self._database.stream(feeds.record_poll, record, now)

    async def due_entries(self, now: datetime, limit: int) -> tuple[EntryId, ...]:
        """Entries to read, oldest first, those whose retry has come included."""
        return await self._read(articles.due_entries, now, limit)

    async def entry(self, entry: EntryId) -> PendingEntry | None:
        """One entry that still waits to be read; None where it does not (any more)."""
        return await self._read(articles.entry, entry)

    async def article_by_url(self, urls: Sequence[str]) -> KnownArticle | None:
        """The article that the first known of these canonical URLs leads to."""
        return await self._read(articles.article_by_url, urls)

    async def story_candidates(self, signature: Sequence[int], since: datetime) -> StoryCandidates:
        """Articles first read since then that share sampled shingles: the likely ones with their texts, and all."""
        return await self._read(stories.candidates, signature, since)

    async def event_leaders(self, topics: Sequence[str], since: datetime) -> EventLeaders:
        """The latest stories founded since then and noticed under these topics, each the first of its event."""
        return await self._read(stories.event_leaders, topics, since)

    async def kin(self, story: StoryId) -> Kin:
        """How a story was noticed, its event, and who tells it; for one that is not there yet, itself alone."""
        return await self._read(stories.kin, story)

    async def postpone_entry(self, entry: EntryId, until: datetime) -> None:
        """Leave an entry for later; no attempt is counted."""
        await self._write(articles.postpone_entry, entry, until)

    async def record_read(self, record: ReadRecord) -> tuple[str, ...] | None:
        """One commit; the series that now have something to tell. Recording the same again changes nothing.

        None, and nothing changed, where the article is new and more has come than `record.sight` saw: two workers that
        meet one story found one, for the second is to look again.

        Where the canonical URL, a further one or the id leads to a stored article, that one is rewritten, under its own
        id and in its own story, whatever the record calls them. An article is `new` to a topic once, whatever the
        notice's revision; other notices are once a revision.
        """
        return await self._database.stream(reading.record_read, record)

    async def rewrite_matches(
        self, topic: str, gained: Mapping[ArticleId, Match], lost: Sequence[ArticleId], now: datetime
    ) -> None:
        """Record what `backtest` found: matches added and taken away in one commit; nothing is told."""
        await self._write(reading.rewrite_matches, topic, gained, lost, now)

    async def retired_figures(self, topic: str, ids: Sequence[ArticleId]) -> Mapping[ArticleId, tuple[Figure, ...]]:
        """What these articles said before they were edited, and say no more."""
        return await self._read(ledger.retired, topic, ids)

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
        await self._write(ledger.rewrite_figures, topic, found, lost, earlier)

    async def ledger(
        self, topic: str, keys: Sequence[SeriesKey], article: ArticleId | None = None
    ) -> tuple[Observation, ...]:
        """The newest observations of these series with the highest total of each, and all of one article."""
        return await self._read(ledger.ledger, topic, keys, article)

    async def observations(self, topic: str) -> tuple[Observation, ...]:
        """Every figure observed of a topic, earliest first."""
        return await self._read(ledger.history, topic)

    async def stored(self, ref: str) -> StoredArticle | None:
        """An article by id or URL, with its fate."""
        found = await self._read(articles.stored, ref)
        if found is None:
            return None
        number = found.article.id
        return replace(
            found,
            silenced=await self.silenced_of(number),
            counts=await self.counted(found.story),
            deliveries=await self._read(fates.deliveries_of, number),
            waits=await self._read(fates.waits, number),
        )

    async def matched(self, limit: int) -> tuple[StoredArticle, ...]:
        """The articles that matched last, under whatever topic, newest first."""
        return await self._read(articles.matched, limit)

    async def recent(self, limit: int, *, topic: str | None = None) -> tuple[StoredArticle, ...]:
        """The articles read last, newest first."""
        return await self._read(articles.recent, limit, topic)

    async def archive(self, since: datetime | None) -> AsyncIterator[StoredArticle]:
        """Every stored article with text published since then, oldest first, in bounded memory."""
        after: articles.Place | None = None
        while True:
            page, after = await self._read(articles.archive_page, since, after)
            for article in page:
                yield article
            if after is None:
                return

    async def sync_series(
        self, series: Sequence[str], topics: Sequence[str], now: datetime
    ) -> tuple[tuple[str, int], ...]:
        """Make the series those of the config (a new one, or one that comes back, starts now).

        Waiting notices of removed topics or series are dropped; returns them as (topic, how many).
        """
        return await self._write(alerts.sync_series, series, topics, now)

    async def series(self, only: str | None = None) -> tuple[SeriesState, ...]:
        """How each series stands, by name; or one of them."""
        return await self._read(alerts.all_series, only)

    async def pending_notices(self, series: str) -> tuple[PendingNotice, ...]:
        """What the series has not told yet, in the order in which it was recorded.

        `feed` is the URL of the feed that carried the article first; the caller knows its name. The articles come
        without their text, so that ten thousand of them fit in memory.
        """
        return await self._read(alerts.pending_notices, series)

    async def window(self, topics: Sequence[str], since: datetime) -> tuple[PendingNotice, ...]:
        """Every notice of these topics recorded since then, told or not, as `pending_notices` gives them."""
        return await self._read(alerts.window, topics, since)

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
        some of the deliveries tell of it.
        False, and nothing changed, where (series, period) exists or one of the notices waits no more in the series:
        the digest is then to be made anew.
        """
        return await self._write(
            alerts.record_digest, digest, notices, deliveries, queue=queue, parts=parts, alert_ids=alert_ids
        )

    async def record_alerts(self, told: Sequence[NewAlert], now: datetime) -> tuple[str, ...]:
        """Keep alerts for the series that take their topic; the series that now have something to tell."""
        return await self._write(sources.record_alerts, told, now)

    async def pending_alerts(self, series: str) -> tuple[WaitingAlert, ...]:
        """The alerts that the series has not told yet, in the order in which they were recorded."""
        return await self._read(sources.pending_alerts, series)

    async def alerts_since(self, topics: Sequence[str], since: datetime) -> tuple[WaitingAlert, ...]:
        """Every alert of these topics recorded since then, told or not."""
        return await self._read(sources.alerts_since, topics, since)

    async def page_yields(self, since: datetime) -> Mapping[FeedId, tuple[int, int]]:
        """For each feed, of the articles read since then: how many, and how many of them gave no full text."""
        return await self._read(sources.page_yields, since)

    async def queued(self, queue: str, notices: Sequence[NoticeId]) -> frozenset[NoticeId]:
        """Which of these notices a series was handed too, whether it has told them or not."""
        return await self._read(alerts.queued, queue, notices)

    async def waiting_lines(self) -> tuple[tuple[str, str], ...]:
        """The (series, channel) pairs for which deliveries wait for quiet hours or a rate."""
        return await self._read(deliveries.waiting_lines)

    async def waiting_deliveries(self, series: str, channel: str) -> tuple[WaitingDelivery, ...]:
        """What waits there, in the order in which it was written."""
        return await self._read(deliveries.waiting_deliveries, series, channel)

    async def release(self, delivery: NewDelivery, waited: Sequence[DeliveryId], now: datetime, merged: Digest) -> bool:
        """One commit: what waited becomes one delivery of `merged`, due at once; the others say that they went in it.

        False, and nothing changed, where one of them waits no more.
        """
        return await self._write(deliveries.release, delivery, waited, now, merged)

    async def add_silence(self, silence: Silence) -> Silence:
        """Store a silence; with its number."""
        return await self._write(silences.add_silence, silence)

    async def silences(self, since: datetime) -> tuple[Silence, ...]:
        """Those that end, or ended, after then, the first to end first."""
        return await self._read(silences.all_silences, since)

    async def end_silence(self, number: int, at: datetime) -> bool:
        """Let a silence end then, if it would end later; False where there is none such."""
        return await self._write(silences.end_silence, number, at)

    async def sync_silences(self, wanted: Sequence[Silence], now: datetime) -> None:
        """Make the config's silences those that hold: new ones start, those it has no longer end."""
        await self._write(silences.sync_silences, wanted, now)

    async def record_silenced(
        self, series: str, silenced: Sequence[Silenced], ended: Mapping[int, datetime], now: datetime
    ) -> None:
        """Take notices out of a series, noting which silence did it; end the silences that an update ended."""
        await self._write(silences.record_silenced, series, silenced, ended, now)

    async def openings(self, ids: Sequence[ArticleId]) -> Mapping[ArticleId, str]:
        """How the articles' texts begin, for those that have one."""
        return await self._read(articles.openings, ids)

    async def silenced_of(self, article: ArticleId) -> tuple[tuple[str, str, Silence], ...]:
        """By which silences an article was kept from being told: topic, series, silence."""
        return await self._read(silences.silenced_of, article)

    async def story_of(self, ref: str) -> StoryId | None:
        """A story by its id, or by the id or URL of one of its articles."""
        return await self._read(silences.story_of, ref)

    async def released_since(self, channel: str, since: datetime, now: datetime, limit: int) -> tuple[datetime, ...]:
        """When the channel's latest deliveries got their bytes, newest first, at most `limit`."""
        return await self._read(deliveries.released_since, channel, since, now, limit)

    async def skip_period(self, series: str, period: str, at: datetime) -> None:
        """Close a period that had nothing to tell: `last_period` and `last_end` move on, no digest is written."""
        await self._write(alerts.skip_period, series, period, at)

    async def digest(self, digest: DigestId) -> Digest | None:
        """A stored digest."""
        return await self._read(alerts.digest, digest)

    async def digests(self, limit: int) -> tuple[Digest, ...]:
        """The latest digests, newest first."""
        return await self._read(alerts.latest_digests, limit)

    async def due_deliveries(self, now: datetime, limit: int, *, channel: str | None = None) -> tuple[DeliveryId, ...]:
        """Pending deliveries whose next attempt has come, oldest first; of one channel, or of all."""
        return await self._read(deliveries.due_deliveries, now, limit, channel)

    async def due_channels(self, now: datetime) -> tuple[str, ...]:
        """The channels that such deliveries are for."""
        return await self._read(deliveries.due_channels, now)

    async def due_delivery(self, delivery: DeliveryId) -> DueDelivery | None:
        """One delivery that is still pending; None where it is not."""
        return await self._read(deliveries.due_delivery, delivery)

    async def postpone_delivery(self, delivery: DeliveryId, until: datetime, why: str) -> None:
        """Leave a pending delivery for later; nothing was attempted."""
        await self._write(deliveries.postpone_delivery, delivery, until, why)

    async def limited_until(self, channel: str, now: datetime) -> datetime | None:
        """Until when a channel's receiver asked to be left alone (429)."""
        return await self._read(deliveries.limited_until, channel, now)

    async def begin_attempt(self, delivery: DeliveryId, at: datetime) -> None:
        """One commit before an attempt is made, in whose place `record_attempt` writes how it ended."""
        await self._write(deliveries.begin_attempt, delivery, at)

    async def record_attempt(
        self, delivery: DeliveryId, attempt: Attempt, at: datetime, next_attempt: datetime | None
    ) -> None:
        """One commit: the attempt, each recipient's answer, and the delivery's new state; what was sent stays sent."""
        await self._write(deliveries.record_attempt, delivery, attempt, at, next_attempt)

    async def deliveries(self, limit: int, *, states: Sequence[DeliveryState] = ()) -> tuple[DeliveryView, ...]:
        """Deliveries for people, newest first."""
        return await self._read(deliveries.latest_deliveries, limit, states)

    async def retry_delivery(self, delivery: DeliveryId, now: datetime) -> bool:
        """Make a dead, held or waiting delivery due now; False where there is none such or it was sent.

        Recipients that refused it for good are asked once more, those that took it are not.
        """
        return await self._write(deliveries.retry_delivery, delivery, now)

    async def release_held(self, channel: str, now: datetime) -> int:
        """Make a channel's held deliveries due, and those that wait for a retry: its config has changed."""
        return await self._write(deliveries.release_held, channel, now)

    async def purge(self, now: datetime, articles: timedelta, text: timedelta, deliveries: timedelta) -> Purged:
        """Apply retention, in batches between other writes.

        Ages count from when an article was last seen in a feed; one that a feed still lists, or that a notice waits
        for, is not touched. An entry's identity goes with its article, long after the text.
        """
        texts = await self._sweep(upkeep.blank_texts, now - text)
        removed = await self._sweep(upkeep.drop_articles, now - articles)
        await self._write(rates.forget, now - max(articles, rates.KEPT))
        await self._write(sources.drop_alerts, now - deliveries)
        sent = 0
        while batch := await self._write(upkeep.drop_deliveries, now - deliveries):
            sent += batch
        after = await self._write(upkeep.drop_digests, now - deliveries, None)
        while after is not None:
            after = await self._write(upkeep.drop_digests, now - deliveries, after)
        return Purged(articles=removed, texts=texts, deliveries=sent)

    async def prune_stories(self, before: datetime) -> int:
        """Forget by what shingles articles first read before then are found, and notices held for so long."""
        count = 0
        while batch := await self._write(stories.prune, before):
            count += batch
        return count

    async def _sweep(self, step: _Step, before: datetime) -> int:
        count, after = await self._write(step, before, None)
        while after is not None:
            more, after = await self._write(step, before, after)
            count += more
        return count

    async def backup(self, target: Path) -> None:
        """A consistent copy in a new file while others write; StoreError where that exists, or on PostgreSQL."""
        place = self._database.place
        if place.server is not None:
            raise StoreError(f"{place} is PostgreSQL; its own pg_dump makes the backup")
        if place.file is None:
            raise StoreError("a store in memory ends with its process and has no backup")
        await self._database.aside(partial(upkeep.copy_file, place, target))

    async def pull_back(self, now: datetime, by: timedelta) -> None:
        """The clock was set back `by` so much: what was planned by the old one comes as much earlier, or now."""
        await self._write(upkeep.pull_back, now, by)
        await self._write(rates.pull_back, now, by)

    async def remember(self, key: str, value: str) -> None:
        """Keep a small value (such as a channel's config fingerprint)."""
        await self._write(upkeep.remember, key, value)

    async def recall(self, key: str) -> str | None:
        """The value kept."""
        return await self._read(upkeep.recall, key)

    async def aclose(self) -> None:
        """Finish what is queued and close."""
        await asyncio.to_thread(self.close)

    def close(self) -> None:
        """Finish what is queued and close, where no event loop runs. Blocks."""
        self._database.close()
