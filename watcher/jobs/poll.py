"""poll(feed): ask the server, see what is new or changed, decide when to come back; one commit."""

import hashlib
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watcher import dedupe, pipeline, schedule
from watcher.errors import WorkFailed
from watcher.jobs.context import Context, Ready
from watcher.model import (
    FeedId,
    FeedState,
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    ParsedFeed,
    PollRecord,
    Request,
    Validators,
)
from watcher.ports import Workers
from watcher.settings import Feed

ACCEPT = (
    "application/atom+xml, application/rss+xml, application/feed+json, application/rdf+xml;q=0.9, "
    "application/xml;q=0.8, text/xml;q=0.8, application/json;q=0.7, */*;q=0.1"
)
PARSE_LIMIT = timedelta(seconds=30)


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
    parsed: ParsedFeed | None = None
    digest: str | None = None
    if isinstance(outcome, Fetched):
        digest = hashlib.blake2b(outcome.body, digest_size=16).hexdigest()
        if digest != state.body_hash:
            outcome, parsed = await parse(context.workers, outcome)
    return await _record(context, feed, state, outcome, parsed, digest)


def request_for(feed: Feed, state: FeedState | None, now: datetime) -> Request:
    """The conditional GET: the publisher's own validators, as they came (RFC 9110 §13)."""
    validators = schedule.validators(state, now) if state else Validators()
    url = state.moved_to if state and state.moved_to and state.moved_times >= schedule.MOVED_HOLDS else feed.url
    return Request(
        url=url,
        validators=validators,
        headers=feed.headers,
        accept=ACCEPT,
        trusted=True,
    )


async def parse(workers: Workers, fetched: Fetched) -> tuple[FetchOutcome, ParsedFeed | None]:
    """The entries of a body, parsed in a worker; a body that is no feed is a failed fetch."""
    try:
        parsed = await workers.run(pipeline.read_feed, PARSE_LIMIT, fetched.body, dict(fetched.headers), fetched.url)
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
    parsed: ParsedFeed | None,
    body_hash: str | None,
) -> Polled:
    now = context.clock.now()
    triage = await _triage(context, feed, state, parsed, now) if parsed else dedupe.Triage()
    after = schedule.after(
        state,
        outcome,
        now,
        noise=context.noise(),
        policy=_policy(context, feed),
        hints=parsed.hints if parsed else None,
        brought=len(triage.new),
        body_hash=body_hash,
    )
    record = PollRecord(state=after, new=triage.new, changed=triage.changed, seen=triage.seen)
    entries = await context.store.record_poll(record, now)
    return Polled(
        feed=feed.url,
        outcome=outcome,
        new=len(triage.new),
        changed=len(triage.changed),
        ready=Ready(entries=entries),
    )


async def _triage(context: Context, feed: Feed, state: FeedState, parsed: ParsedFeed, now: datetime) -> dedupe.Triage:
    known = await context.store.known_entries(state.id, [entry.key for entry in parsed.entries])
    entries = tuple(replace(entry, language=entry.language or parsed.language) for entry in parsed.entries)
    backfill = feed.backfill if feed.backfill is not None else context.live.settings.fetch.backfill
    return dedupe.split(
        entries, known, feed_url=feed.url, now=now, first_poll=state.last_success is None, backfill=backfill
    )


def _policy(context: Context, feed: Feed) -> schedule.Policy:
    fetch = context.live.settings.fetch
    return schedule.Policy(
        interval=feed.interval or fetch.interval, min_interval=fetch.min_interval, max_interval=fetch.max_interval
    )
