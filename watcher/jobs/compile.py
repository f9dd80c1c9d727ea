"""compile(series): close a window; its notices become one digest and one delivery a channel, in one commit."""

from collections.abc import Collection, Sequence
from dataclasses import replace
from datetime import datetime

from watcher import alerts, digest, schedule, silences
from watcher.jobs import outbox
from watcher.jobs.context import Context, Live
from watcher.jobs.figures import drawn, with_moves
from watcher.jobs.outbox import Closed
from watcher.jobs.rates import audible_alerts
from watcher.jobs.stories import led
from watcher.model import (
    AlertId,
    Digest,
    DigestId,
    NoticeId,
    PendingNotice,
    Problem,
    Reason,
    SeriesState,
    Severity,
    SourcesHealth,
    StoryId,
    WaitingAlert,
)
from watcher.ports import FeedStore, Store
from watcher.settings import SOURCES, DigestPolicy


async def close_digest(context: Context, series: str, *, hurry: bool = False, force: bool = False) -> Closed | None:
    """Close the series' window if one is due (`force`: in any case); None where there is nothing to write."""
    live = context.live
    policy = live.policies.get(series)
    state = next(iter(await context.store.series(series)), None)
    if policy is None or state is None:
        return None
    now = context.clock.now()
    window = alerts.at_once(policy, state, now) if force else alerts.window(policy, state, now, hurry=hurry)
    if window is None:
        return None
    return await _close(context, live, policy, state, window)


async def _close(
    context: Context, live: Live, policy: DigestPolicy, state: SeriesState, window: alerts.Window
) -> Closed | None:
    if not any((policy.series, name) in live.renderers for name in policy.to):
        return None  # all its channels are disabled: what waits, waits on
    notices = await _audible(context, live, policy, window.end) if state.pending else ()
    waiting = await audible_alerts(context, policy.name, window.end) if state.pending else ()
    if not notices and not waiting and policy.empty == "skip":
        if policy.at is not None:
            await context.store.skip_period(policy.name, window.period, window.end)
        return None
    health = await sources(context.store, live, window.end)
    made = await _figured(context, live, _assemble(live, policy, notices, window, health, waiting))
    told = {name: made for name in policy.to if (policy.series, name) in live.renderers}
    told |= await _without_escalated(context, live, policy, notices, made, waiting)
    told = {name: said for name, said in told.items() if said.topics or not (notices or waiting)}
    async with context.pace.hold_all(told):
        planned = await outbox.plan(context, live, made, told)
        numbers = [notice.id for notice in notices]
        written = await context.store.record_digest(
            made,
            numbers,
            planned.deliveries,
            queue=policy.name,
            parts=planned.parts,
            alert_ids=[alert.id for alert in waiting],
        )
    return Closed(digest=made, ready=planned.ready) if written else None


async def _audible(context: Context, live: Live, policy: DigestPolicy, now: datetime) -> tuple[PendingNotice, ...]:
    """What waits and no silence keeps from being told; what one does is noted, in a commit before the digest's."""
    waiting = await context.store.pending_notices(policy.name)
    since = min((notice.recorded for notice in waiting), default=now)
    kept = await context.store.silences(since)
    if not kept:
        return waiting
    asked = [one.article.id for one in waiting] if any(one.place for one in kept) else []
    openings = await context.store.openings(asked) if asked else {}
    found = silences.sort_out(waiting, kept, now, silences.names_of(live.settings.terms), openings)
    if found.silenced or found.ended:
        await context.store.record_silenced(policy.name, found.silenced, found.ended, now)
    return found.told


async def _without_escalated(
    context: Context,
    live: Live,
    policy: DigestPolicy,
    notices: Sequence[PendingNotice],
    made: Digest,
    waiting: Sequence[WaitingAlert],
) -> dict[str, Digest]:
    """What the digest says in channels that its escalations go to: all but what those were handed."""
    told: dict[str, set[NoticeId]] = {}
    alarmed: dict[str, set[AlertId]] = {}
    for escalation in (other for other in live.policies.values() if other.escalates == policy.name):
        twice = [name for name in escalation.to if name in policy.to and (policy.series, name) in live.renderers]
        handed = await context.store.queued(escalation.name, [one.id for one in notices] if twice else [])
        alarms = await context.store.queued_alerts(escalation.name, [one.id for one in waiting] if twice else [])
        for name in twice:
            told.setdefault(name, set()).update(handed)
            alarmed.setdefault(name, set()).update(alarms)
    parts = {}
    for name, known in told.items():
        if known or alarmed[name]:
            window = alerts.Window(period=f"{made.period}/{name}", start=made.start, end=made.end)
            told_there = {(one.topic, one.story) for one in notices if one.id in known}
            left = [one for one in notices if one.id not in known and not _is_copy(one, told_there)]
            others = [one for one in waiting if one.id not in alarmed[name]]
            parts[name] = await _figured(context, live, _assemble(live, policy, left, window, made.sources, others))
    return parts


def _is_copy(notice: PendingNotice, told: Collection[tuple[str, StoryId]]) -> bool:
    """Whether it only lists a copy of what was told."""
    return notice.reason is Reason.NEW and (notice.topic, notice.story) in told


async def _figured(context: Context, live: Live, made: Digest) -> Digest:
    return await drawn(context.workers, await with_moves(context.store, live, made))


async def preview(store: Store, live: Live, series: str, since: datetime, now: datetime) -> Digest:
    """What the series would say of everything recorded since then; writes nothing. KeyError for no such digest."""
    policy = live.policies[series]
    notices = await store.window(live.topics_of[series], since)
    window = alerts.Window(period="preview", start=since, end=now)
    told = await store.alerts_since(live.topics_of[series], since)
    made = _assemble(live, policy, notices, window, await sources(store, live, now), told)
    return await with_moves(store, live, made)


def _assemble(
    live: Live,
    policy: DigestPolicy,
    notices: Sequence[PendingNotice],
    window: alerts.Window,
    health: SourcesHealth,
    waiting: Sequence[WaitingAlert],
) -> Digest:
    named = {topic.name: (topic.title, topic.severity) for topic in live.settings.topics}
    named[SOURCES] = ("Sources", Severity.WARNING)
    return digest.assemble(
        led([_shown(live, policy, notice) for notice in notices], live.settings.stories.prefer),
        digest_id=DigestId(outbox.short_hash("digest", policy.name, window.period, window.start.isoformat())),
        series=policy.series,
        period=f"{policy.name.removeprefix(policy.series)}{window.period}",
        start=window.start,
        end=window.end,
        created=window.end,
        topics=named,
        sources=health,
        alerts=waiting,
    )


def _shown(live: Live, policy: DigestPolicy, notice: PendingNotice) -> PendingNotice:
    reason = Reason.ESCALATED if policy.escalates else notice.reason
    figures = live.reader.asked_first(notice.topic, notice.figures)
    return replace(notice, feed=live.feed_name(notice.feed), reason=reason, figures=figures)


async def sources(store: FeedStore, live: Live, now: datetime) -> SourcesHealth:
    """How the feeds stand now."""
    states = await store.feeds()
    ailing = [
        Problem(feed=live.feed_name(state.url), problem=problem)
        for state in states
        if (problem := schedule.health(state, now)) is not None
    ]
    return SourcesHealth(total=len(states), healthy=len(states) - len(ailing), problems=tuple(ailing))
