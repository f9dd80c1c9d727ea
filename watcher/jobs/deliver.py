"""deliver(delivery): send, then record. The same id and bytes every time; sent only once the receiver took it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from watcher import cadence, schedule
from watcher.jobs import ailing
from watcher.jobs.context import Context
from watcher.model import Attempt, AttemptOutcome, AttemptReason, DeliveryId, DueDelivery, Outgoing
from watcher.settings import Channel, Retry

AHEAD = 50  # ids asked of the store at a time


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivered:
    """What an attempt came to. `again` is when it is tried next; None where it is sent, held or given up."""

    delivery: DeliveryId
    channel: str
    attempt: Attempt
    again: datetime | None = None

    @property
    def gave_up(self) -> bool:
        """Whether this was the last attempt, and it failed."""
        outcome = self.attempt.outcome
        return outcome is AttemptOutcome.DEAD or (outcome is AttemptOutcome.RETRY and self.again is None)


async def deliver(context: Context, delivery_id: DeliveryId) -> Delivered | None:
    """Attempt one delivery now; None where it is not pending (any more)."""
    first = await context.store.due_delivery(delivery_id)
    if first is None:
        return None
    async with context.lines.hold(first.channel):
        due = await context.store.due_delivery(delivery_id)  # it may have gone out while this waited its turn
        if due is None or await _waits(context, due):
            return None
        await context.store.begin_attempt(due.id, context.clock.now())  # a store that takes no note: nothing is sent
        attempt = _with_refused(due, await _attempt(context, due))
        again = await _record(context, due, attempt)
        return Delivered(delivery=due.id, channel=due.channel, attempt=attempt, again=again)


async def deliver_all(context: Context, channel: str, hear: Callable[[Delivered], None]) -> None:
    """Attempt each delivery that is due to a channel once, the oldest first, one after the other.

    So a receiver that takes its time costs only its own channel's turn, and one body is in memory at a time.
    """
    tried: set[DeliveryId] = set()
    while fresh := [
        one
        for one in await context.store.due_deliveries(context.clock.now(), len(tried) + AHEAD, channel=channel)
        if one not in tried
    ]:
        for delivery in fresh:
            tried.add(delivery)
            delivered = await deliver(context, delivery)
            if delivered is not None:
                hear(delivered)


async def _waits(context: Context, due: DueDelivery) -> bool:
    """Whether it is left for later: its receiver answered 429 to another, or has quiet hours and it may not pass."""
    if due.hurried:
        return False
    now = context.clock.now()
    until, why = await context.store.limited_until(due.channel, now), "the receiver asked to wait (429)"
    channel = context.live.channel(due.channel)
    if until is None and channel is not None and (end := cadence.quiet_until(channel.quiet, now)) is not None:
        until = None if await _passes(context, channel, due) else end
        why = cadence.in_words(channel, quiet=end, full=None)
    if until is None:
        return False
    await context.store.postpone_delivery(due.id, until, why)
    return True


async def _passes(context: Context, channel: Channel, due: DueDelivery) -> bool:
    """Whether all that it tells may pass in quiet hours."""
    passing = channel.quiet.passing if channel.quiet else ()
    said = await context.store.digest(due.digest) if due.digest and passing else None
    return said is not None and bool(said.topics) and all(topic.severity in passing for topic in said.topics)


def _with_refused(due: DueDelivery, attempt: Attempt) -> Attempt:
    """What is sent to the last who waited is not sent to those who had refused it for good before."""
    if attempt.outcome is not AttemptOutcome.SENT or not due.refused:
        return attempt
    first = due.refused[0]
    answer = f"sent to the others; {first.address}: {first.answer}"
    return replace(attempt, outcome=AttemptOutcome.DEAD, reason=AttemptReason.PARTIAL, answer=answer)


async def _attempt(context: Context, due: DueDelivery) -> Attempt:
    channel = context.live.channels.get(due.channel)
    if channel is None:
        return Attempt(
            outcome=AttemptOutcome.RETRY,
            reason=AttemptReason.CONFIG,
            answer=f"channel {due.channel!r} is not in the config, or is disabled",
        )
    outgoing = Outgoing(id=due.id, channel=due.channel, body=due.body, created=due.created, recipients=due.recipients)
    return await channel.send(outgoing)


async def _record(context: Context, due: DueDelivery, attempt: Attempt) -> datetime | None:
    now = context.clock.now()
    next_attempt = None
    if attempt.outcome is AttemptOutcome.RETRY:
        next_attempt = schedule.retry_delivery(
            _retry(context, due.channel), due.created, due.attempts + 1, now, context.noise(), attempt.retry_after
        )
    await context.store.record_attempt(due.id, attempt, now, next_attempt)
    await ailing.note(context, due.channel, attempt, now)
    return next_attempt


def _retry(context: Context, name: str) -> Retry:
    channels: tuple[Channel, ...] = context.live.settings.channels
    return next((channel.retry for channel in channels if channel.name == name), Retry())
