"""compile(series): close a window; its notices become one digest and one delivery a channel, in one commit."""

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from watcher import alerts, digest, schedule
from watcher.jobs.context import Context, Live, Ready
from watcher.model import (
    DeliveryId,
    Digest,
    DigestId,
    NewDelivery,
    PendingNotice,
    Problem,
    SeriesState,
    SourcesHealth,
)
from watcher.ports import FeedStore, Store
from watcher.settings import DigestPolicy


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A digest that was written."""

    digest: Digest
    ready: Ready


async def close_digest(context: Context, series: str, *, hurry: bool = False, force: bool = False) -> Closed | None:
    """Close the series' window if one is due (`force`: in any case); None where there is nothing to write."""
    live = context.live
    policy = live.policies.get(series)
    state = next((state for state in await context.store.series() if state.name == series), None)
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
    if not any((policy.name, name) in live.renderers for name in policy.to):
        return None  # all its channels are disabled: what waits, waits on
    notices = await context.store.pending_notices(policy.name) if state.pending else ()
    if not notices and policy.empty == "skip":
        if policy.at is not None:
            await context.store.skip_period(policy.name, window.period, window.end)
        return None
    health = await sources(context.store, live, window.end)
    made = _assemble(live, policy, notices, window, health)
    deliveries = await _render(live, policy, made)
    written = await context.store.record_digest(made, [notice.id for notice in notices], deliveries)
    if not written:
        return None
    return Closed(digest=made, ready=Ready(deliveries=tuple(delivery.id for delivery in deliveries)))


async def preview(store: Store, live: Live, series: str, since: datetime, now: datetime) -> Digest:
    """What the series would say of everything recorded since then; writes nothing. KeyError for no such digest."""
    policy = live.policies[series]
    notices = await store.window(live.topics_of[series], since)
    window = alerts.Window(period="preview", start=since, end=now)
    return _assemble(live, policy, notices, window, await sources(store, live, now))


def _assemble(
    live: Live,
    policy: DigestPolicy,
    notices: Sequence[PendingNotice],
    window: alerts.Window,
    health: SourcesHealth,
) -> Digest:
    named = {topic.name: (topic.title, topic.severity) for topic in live.settings.topics}
    return digest.assemble(
        [replace(notice, feed=live.feed_name(notice.feed)) for notice in notices],
        digest_id=DigestId(_short_hash("digest", policy.name, window.period, window.start.isoformat())),
        series=policy.name,
        period=window.period,
        start=window.start,
        end=window.end,
        created=window.end,
        topics=named,
        sources=health,
    )


async def sources(store: FeedStore, live: Live, now: datetime) -> SourcesHealth:
    """How the feeds stand now."""
    states = await store.feeds()
    ailing = [
        Problem(feed=live.feed_name(state.url), problem=problem)
        for state in states
        if (problem := schedule.health(state, now)) is not None
    ]
    return SourcesHealth(total=len(states), healthy=len(states) - len(ailing), problems=tuple(ailing))


async def _render(live: Live, policy: DigestPolicy, made: Digest) -> tuple[NewDelivery, ...]:
    deliveries = []
    for name in policy.to:
        channel = live.renderers.get((policy.name, name))
        if channel is None:  # disabled in the config
            continue
        delivery = DeliveryId("msg_" + _short_hash("delivery", made.id, name))
        body = await asyncio.to_thread(channel.render, made, delivery)
        deliveries.append(NewDelivery(id=delivery, channel=name, body=body, recipients=tuple(channel.recipients())))
    return tuple(deliveries)


def _short_hash(*parts: str) -> str:
    """The same digest made again after a crash has the same id."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
