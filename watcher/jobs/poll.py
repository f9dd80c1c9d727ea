"""poll(feed): ask the server, see what is new or changed, decide when to come back; one commit."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watcher import dedupe, pipeline, schedule
from watcher.errors import WorkFailed
from watcher.jobs import index
from watcher.jobs.context import Context, Ready
from watcher.model import (
    FeedId,
    FeedState,
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    KnownEntry,
    NewAlert,
    PollRecord,
    Request,
    Validators,
)
from watcher.pipeline import FeedReading
from watcher.ports import Workers
from watcher.settings import SOURCES, Feed

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
PARSE_LIMIT = timedelta(seconds=30)

LARGE = 1_000_000
"""Bytes of a body from which on only a few are taken apart at once: each comes to several times its size."""

WHOLE_EVERY = timedelta(hours=6)
"""How long items may be passed over because they stood in the last body just so."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Polled:
    """What a poll came to, for whoever asked for it (`once`, `check --online`, logs)."""

    feed: str
    outcome: FetchOutcome
    new: int = 0
    changed: int = 0
    ready: Ready = field(default_factory=Ready)


async def poll(context: Context, feed_id: FeedId) -> Polled | None:
    """Poll one feed now; None where the config in force has it no longer."""
    state = await context.store.feed(feed_id)
    feed = context.live.feeds.get(state.url) if state else None
    if state is None or feed is None:
        return None
    outcome = await context.fetcher.get(request_for(feed, state, context.clock.now()))
    if isinstance(outcome, Fetched) and len(outcome.body) > LARGE:
        async with context.large:
            return await _take(context, feed, state, outcome)
    return await _take(context, feed, state, outcome)


async def _take(context: Context, feed: Feed, state: FeedState, outcome: FetchOutcome) -> Polled:
    """What an answer brings, recorded."""
    reading: FeedReading | None = None
    digest: str | None = None
    if isinstance(outcome, Fetched):
        digest = hashlib.blake2b(outcome.body, digest_size=16).hexdigest()
        if digest != state.body_hash:
            outcome, reading = await parse(context.workers, outcome, feed.url, _marks(state, context.clock.now()))
    if children := index.wanted(outcome, reading, state.marks):
        outcome, reading = await _index(context, feed, state, outcome, reading, children)
    return await _record(context, feed, state, outcome, reading, digest)


async def _index(
    context: Context,
    feed: Feed,
    state: FeedState,
    outcome: FetchOutcome,
    reading: FeedReading | None,
    urls: tuple[str, ...],
) -> tuple[FetchOutcome, FeedReading]:
    """A sitemap index with what its children tell."""
    asked = await index.ask(context.fetcher, feed, urls, state.marks, ACCEPT, context.clock.now())

    async def read(child: index.Child) -> index.Child:
        if not isinstance(child.outcome, Fetched):
            return child
        answer, found = await parse(context.workers, child.outcome, feed.url)
        return replace(child, outcome=answer, reading=found)

    children = [await read(child) for child in asked]
    return index.together(outcome, reading, children, context.clock.now())


def request_for(feed: Feed, state: FeedState | None, now: datetime) -> Request:
    """The conditional GET: the publisher's own validators, as they came (RFC 9110 §13)."""
    validators = schedule.validators(state, now) if state else Validators()
    believed = state is not None and state.moved_times >= schedule.MOVED_HOLDS and not dedupe.has_credentials(feed.url)
    moved = state.moved_to if state is not None and believed else None
    named = moved is None or dedupe.same_origin(moved, feed.url)
    return Request(
        url=moved or feed.url,
        validators=validators,
        headers=feed.headers if named else {},  # what a redirect chose gets no secrets, and may not be private
        accept=ACCEPT,
        trusted=named,
    )


def _marks(state: FeedState, now: datetime) -> bytes:
    """What the last body held; nothing from time to time, so that all that a feed lists is looked at again."""
    listed = state.last_listed
    return state.marks if listed is not None and timedelta() <= now - listed < WHOLE_EVERY else b""


async def parse(
    workers: Workers, fetched: Fetched, feed_url: str, marks: bytes = b""
) -> tuple[FetchOutcome, FeedReading | None]:
    """A body read in a worker, without the items that `marks` know; one that is no feed is a failed fetch."""
    try:
        parsed = await workers.run(
            pipeline.read_feed, PARSE_LIMIT, fetched.body, dict(fetched.headers), fetched.url, feed_url, marks
        )
    except WorkFailed as failure:
        return FetchFailed(reason=FetchReason.UNREADABLE, detail=f"could not be parsed: {failure}"), None
    if isinstance(parsed, pipeline.Unusable):
        reason = FetchReason.CHALLENGE if parsed.challenge else FetchReason.NOT_A_FEED
        return FetchFailed(reason=reason, detail=parsed.why, status=fetched.status), None
    return fetched, parsed


async def _record(
    context: Context,
    feed: Feed,
    state: FeedState,
    outcome: FetchOutcome,
    reading: FeedReading | None,
    body_hash: str | None,
) -> Polled:
    now = context.clock.now()
    triage = await _triage(context, feed, state, reading, now) if reading else dedupe.Triage()
    after = schedule.after(
        state,
        outcome,
        now,
        noise=context.noise(),
        policy=_policy(context, feed),
        hints=reading.feed.hints if reading else None,
        brought=len(triage.new),
        body_hash=body_hash,
        body=_seen(reading, triage) if reading else None,
        textless=await context.yields.textless(context.store, state.id, now) if feed.full_text else "",
    )
    after, trouble = schedule.watch(after, now)
    record = PollRecord(
        state=after,
        new=triage.new,
        changed=triage.changed,
        seen=triage.seen,
        marks=reading.marks if reading else None,
        whole=reading is None or reading.whole,
        alerts=(_alert(context, feed, trouble),) if trouble else (),
    )
    entries = await context.store.record_poll(record, now)
    return Polled(
        feed=feed.url,
        outcome=outcome,
        new=len(triage.new),
        changed=len(triage.changed),
        ready=Ready(entries=entries),
    )


async def _triage(context: Context, feed: Feed, state: FeedState, reading: FeedReading, now: datetime) -> dedupe.Triage:
    known: Mapping[str, KnownEntry] = {}
    if state.entries and reading.told:
        known = await context.store.known_entries(state.id, [one.entry.key for one in reading.told])
    backfill = feed.backfill if feed.backfill is not None else context.live.settings.fetch.backfill
    return dedupe.split(
        reading.told,
        known,
        now=now,
        first_poll=state.last_success is None,
        backfill=backfill,
        lacked=state.last_success,
    )


def _seen(reading: FeedReading, triage: dedupe.Triage) -> schedule.Body:
    return schedule.Body(
        dates=tuple(one.published if one.dated else None for one in triage.new),
        items=len(reading.told),
        dated=sum(1 for one in reading.told if one.entry.published or one.entry.updated),
        language=reading.language,
    )


def _alert(context: Context, feed: Feed, trouble: schedule.Trouble) -> NewAlert:
    series = context.live.takers.get(SOURCES, ())
    return NewAlert(topic=SOURCES, reason=trouble.reason, text=f"{feed.name}: {trouble.words}", series=series)


def _policy(context: Context, feed: Feed) -> schedule.Policy:
    fetch = context.live.settings.fetch
    return schedule.Policy(
        interval=feed.interval or fetch.interval,
        min_interval=fetch.min_interval,
        max_interval=fetch.max_interval,
        fixed=feed.interval is not None,
    )
