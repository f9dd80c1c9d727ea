"""What of a digest goes to which channel now, what waits for quiet hours or a rate, and how what waited goes as one."""

import asyncio
import hashlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watcher import cadence, deliver, digest
from watcher.errors import WorkFailed
from watcher.jobs.context import Context, Live, Ready
from watcher.model import (
    Attempt,
    AttemptOutcome,
    AttemptReason,
    DeliveryId,
    Digest,
    DigestId,
    DigestTopic,
    NewDelivery,
    Severity,
    WaitingDelivery,
)
from watcher.ports import Channel
from watcher.settings import Channel as ChannelSettings, Retry

TEMPLATE_LIMIT = timedelta(seconds=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Closed:
    """A digest that was written."""

    digest: Digest
    ready: Ready


@dataclass(slots=True, kw_only=True)
class Planned:
    """The deliveries of a digest, and the parts of it that only some of them tell."""

    deliveries: list[NewDelivery] = field(default_factory=list)
    parts: list[Digest] = field(default_factory=list)

    @property
    def ready(self) -> Ready:
        """The channels that have something to send now."""
        return Ready(
            deliveries=tuple(one.id for one in self.deliveries if not one.waits),
            channels=tuple(one.channel for one in self.deliveries if not one.waits),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Door:
    """How a channel stands now. `passing` severities go through all the same."""

    why: str
    passing: Collection[Severity] = ()


async def plan(context: Context, live: Live, made: Digest, told: Mapping[str, Digest]) -> Planned:
    """One delivery for each channel of `told`: what it is told of `made`, now or, where it does not take it yet, later.

    Where something waits for a channel already, the next joins it: a channel's news come in their order.
    """
    planned = Planned()
    for name, said in told.items():
        if said is not made:
            planned.parts.append(said)
        door = await _door(context, live, name, made.created)
        if not door.why and await context.store.waiting_deliveries(made.series, name):
            door = _Door(why="joins what waits already")
        now = tuple(topic for topic in said.topics if topic.severity in door.passing) if door.why else said.topics
        if not door.why or (now and now == said.topics):
            planned.deliveries.append(await _written(context, live, said, name, made))
        elif not now:
            planned.deliveries.append(_waiting(said, name, door.why))
        else:
            passing = _part(said, now, name, "now")
            rest = _part(said, [topic for topic in said.topics if topic not in now], name, "later")
            planned.parts += (passing, rest)
            planned.deliveries.append(await _written(context, live, passing, name, made))
            planned.deliveries.append(_waiting(rest, name, door.why))
    return planned


def _part(said: Digest, topics: Sequence[DigestTopic], channel: str, which: str) -> Digest:
    period = f"{said.period}/{channel}/{which}"
    return digest.part(said, topics, DigestId(short_hash("part", said.id, channel, which)), period)


async def _door(context: Context, live: Live, name: str, now: datetime) -> _Door:
    channel = live.channel(name)
    if channel is None:
        return _Door(why="")
    quiet = cadence.quiet_until(channel.quiet, now)
    full = await _full_until(context, channel, now)
    passing = channel.quiet.passing if channel.quiet and full is None else ()
    return _Door(why=cadence.in_words(channel, quiet=quiet, full=full), passing=passing)


async def _full_until(context: Context, channel: ChannelSettings, now: datetime) -> datetime | None:
    limit = channel.max_per_hour
    if limit is None:
        return None
    return cadence.full_until(
        limit, await context.store.released_since(channel.name, now - cadence.HOUR, now, limit), now
    )


async def _rendered(
    context: Context, live: Live, renderer: Channel, said: Digest, name: str, delivery: DeliveryId
) -> bytes:
    """A delivery's bytes. A template of one's own runs in a worker process; where that fails, the built-in serves."""
    look, channel = live.looks.get(said.series), live.channel(name)
    if look is None or channel is None:
        return await asyncio.to_thread(renderer.render, said, delivery)
    try:
        return await context.workers.run(deliver.render, TEMPLATE_LIMIT, channel, look, said, delivery)
    except WorkFailed as stopped:
        fault = f"Your own template failed ({stopped}); this is the built-in one."
        plain = replace(look, template=None, fault=fault)
        return await asyncio.to_thread(deliver.render, channel, plain, said, delivery)


async def _written(context: Context, live: Live, said: Digest, name: str, made: Digest) -> NewDelivery:
    channel = live.renderers[made.series, name]
    delivery = _delivery_id(said, name)
    body = await _rendered(context, live, channel, said, name, delivery)
    recipients = tuple(channel.recipients())
    return NewDelivery(id=delivery, channel=name, body=body, recipients=recipients, digest=said.id)


def _waiting(said: Digest, name: str, why: str) -> NewDelivery:
    return NewDelivery(id=_delivery_id(said, name), channel=name, body=b"", digest=said.id, waits=why)


def _delivery_id(said: Digest, channel: str) -> DeliveryId:
    return DeliveryId("msg_" + short_hash("delivery", said.id, channel))


async def gather(context: Context, series: str, name: str) -> Closed | None:
    """Send what waits for a channel in a series as one digest, if the channel takes it now; one commit."""
    live = context.live
    async with context.pace.hold(name):
        waiting = await context.store.waiting_deliveries(series, name)
        now = context.clock.now()
        if not waiting:
            return None
        if live.channel(name) is None:
            await _abandon(context, waiting, name, now)
            return None
        hurried = any(one.hurried for one in waiting)
        if not hurried and (await _door(context, live, name, now)).why:
            return None
        merged = await _merged(context, waiting, name, now)
        renderer = live.renderers.get((series, name)) or live.channels.get(name)
        if merged is None or renderer is None:
            return None
        delivery = _delivery_id(merged, name)
        body = await _rendered(context, live, renderer, merged, name, delivery)
        recipients = tuple(renderer.recipients())
        new = NewDelivery(id=delivery, channel=name, body=body, recipients=recipients, hurried=hurried)
        if not await context.store.release(new, [one.id for one in waiting], now, merged):
            return None
    return Closed(digest=merged, ready=Ready(deliveries=(delivery,), channels=(name,)))


async def _merged(context: Context, waiting: Sequence[WaitingDelivery], name: str, now: datetime) -> Digest | None:
    stored = [await context.store.digest(one.digest) for one in waiting]
    digests = [one for one in stored if one is not None]
    if len(digests) <= 1:
        return digests[0] if digests else None
    number = DigestId(short_hash("merged", name, *(one.id for one in digests)))
    return digest.merge(digests, digest_id=number, period=f"{digests[-1].period}/{name}/merged", created=now)


async def _abandon(context: Context, waiting: Sequence[WaitingDelivery], name: str, now: datetime) -> None:
    """What waits for a channel that has left the config is given up like any delivery, and shown as dead."""
    gone = Attempt(
        outcome=AttemptOutcome.DEAD,
        reason=AttemptReason.CONFIG,
        answer=f"channel {name!r} is not in the config, or is disabled",
    )
    for one in waiting:
        if now - one.created > Retry().give_up:
            await context.store.record_attempt(one.id, gone, now, None)


def short_hash(*parts: str) -> str:
    """The same digest made again after a crash has the same id."""
    return hashlib.blake2b("\0".join(parts).encode(), digest_size=12).hexdigest()
