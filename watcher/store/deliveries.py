"""Deliveries: the outbox, every attempt, and each recipient's answer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, func, literal, select, update

from watcher.model import (
    Attempt,
    AttemptOutcome,
    AttemptReason,
    AttemptView,
    DeliveryId,
    DeliveryState,
    DeliveryView,
    Digest,
    DigestId,
    DueDelivery,
    NewDelivery,
    Recipient,
    WaitingDelivery,
)
from watcher.store.codec import digest_json
from watcher.store.rows import chunks, insert, insert_new
from watcher.store.schema import deliveries, delivery_attempts, delivery_recipients, digests
from watcher.store.types import Moment

_ANSWERED = (AttemptOutcome.SENT, AttemptOutcome.DEAD)
"""A recipient that said this is not asked again."""
_LOOKED_AT = 500  # deliveries that wait for a retry, over all channels
HURRIED = "asked for by `retry`"
"""The note of a delivery that waits no longer."""
CUT_OFF = "cut off before its end was recorded: it may have been taken"
"""The answer of an attempt that was begun and not recorded."""
WENT_IN = "went out as "
"""Stands before the id of the delivery of which a merged one became a part."""
GONE = "the receiver answered 410 to another delivery of this channel"
"""The note of a delivery that is held without having been tried."""


def insert_digest(connection: Connection, digest: Digest) -> bool:
    """Write a digest; False where its series has the period already."""
    row = {
        "id": digest.id,
        "series": digest.series,
        "period": digest.period,
        "start": digest.start,
        "end": digest.end,
        "created": digest.created,
        "snapshot": digest_json(digest),
    }
    return connection.execute(insert_new(connection, digests, "id"), row).first() is not None


def insert_deliveries(connection: Connection, digest: Digest, new: Sequence[NewDelivery]) -> None:
    """Write a digest's deliveries: due at once, but for those that wait and those whose channel a 410 holds."""
    closed = held_channels(connection)
    rows = [_new_row(digest, delivery, gone=delivery.channel in closed) for delivery in new]
    recipients = [
        {"delivery": delivery.id, "address": address, "position": position}
        for delivery in new
        for position, address in enumerate(dict.fromkeys(delivery.recipients))
    ]
    if rows:
        connection.execute(insert(connection, deliveries), rows)
    if recipients:
        connection.execute(insert(connection, delivery_recipients), recipients)


def _new_row(digest: Digest, delivery: NewDelivery, *, gone: bool) -> dict[str, Any]:
    state, note = DeliveryState.PENDING, ""
    if delivery.waits:
        state, note = DeliveryState.WAITING, delivery.waits
    elif gone:
        state, note = DeliveryState.HELD, GONE
    elif delivery.hurried:
        note = HURRIED
    return {
        "id": delivery.id,
        "digest": delivery.digest or digest.id,
        "channel": delivery.channel,
        "state": state,
        "note": note,
        "body": delivery.body,
        "created": digest.created,
        "next_attempt": digest.created if state is DeliveryState.PENDING else None,
    }


def held_channels(connection: Connection) -> frozenset[str]:
    """The channels whose receiver answered 410, so that nothing is sent to it."""
    query = select(deliveries.c.channel).where(deliveries.c.state == DeliveryState.HELD).distinct()
    return frozenset(connection.scalars(query))


def _due(now: datetime) -> ColumnElement[bool]:
    return deliveries.c.next_attempt <= now


def due_channels(connection: Connection, now: datetime) -> tuple[str, ...]:
    """The channels that have a delivery due."""
    return tuple(connection.scalars(select(deliveries.c.channel).where(_due(now)).distinct()))


def due_deliveries(
    connection: Connection, now: datetime, limit: int, channel: str | None = None
) -> tuple[DeliveryId, ...]:
    """Pending deliveries whose next attempt has come, oldest first; of one channel, or of all."""
    query = (
        select(deliveries.c.id).where(_due(now)).order_by(deliveries.c.next_attempt, deliveries.c.created).limit(limit)
    )
    if channel is not None:
        query = query.where(deliveries.c.channel == channel)
    return tuple(DeliveryId(number) for number in connection.scalars(query))


def due_delivery(connection: Connection, delivery: DeliveryId) -> DueDelivery | None:
    """One delivery that is still pending, for those who have not answered for good."""
    query = select(deliveries).where(deliveries.c.id == delivery, deliveries.c.state == DeliveryState.PENDING)
    row = connection.execute(query).first()
    if row is None:
        return None
    recipients = _recipients(connection, [delivery])[delivery]
    return DueDelivery(
        id=DeliveryId(row.id),
        channel=row.channel,
        created=row.created,
        attempts=row.attempts,
        body=row.body,
        recipients=tuple(one.address for one in recipients if one.outcome not in _ANSWERED),
        digest=DigestId(row.digest),
        refused=tuple(one for one in recipients if one.outcome is AttemptOutcome.DEAD),
        hurried=row.note == HURRIED,
    )


def postpone_delivery(connection: Connection, delivery: DeliveryId, until: datetime, why: str) -> None:
    """Leave a pending delivery for later; nothing was attempted."""
    pending = (deliveries.c.id == delivery) & (deliveries.c.state == DeliveryState.PENDING)
    connection.execute(update(deliveries).where(pending).values(next_attempt=until, note=why))


def limited_until(connection: Connection, channel: str, now: datetime) -> datetime | None:
    """Until when a receiver asked to be left alone: its latest 429 that is not over yet."""
    wait = deliveries.c.next_attempt
    query = select(deliveries.c.id, deliveries.c.channel, deliveries.c.attempts, wait).where(wait > now)
    later = connection.execute(query.order_by(wait.desc()).limit(_LOOKED_AT)).all()
    until = {(row.id, row.attempts): row.next_attempt for row in later if row.channel == channel}
    table = delivery_attempts.c
    asked = table.delivery.in_([number for number, _ in until]), table.reason == AttemptReason.RATE_LIMITED
    found = connection.execute(select(table.delivery, table.number).where(*asked)) if until else ()
    return max((until[number, last] for number, last in found if (number, last) in until), default=None)


def begin_attempt(connection: Connection, delivery: DeliveryId, at: datetime) -> None:
    """Note an attempt before it is made: what cannot be written down is not sent, and what is cut off is shown."""
    pending = (deliveries.c.id == delivery) & (deliveries.c.state == DeliveryState.PENDING)
    counted = update(deliveries).where(pending).values(attempts=deliveries.c.attempts + 1)
    number = connection.scalar(counted.returning(deliveries.c.attempts))
    if number is not None:
        made = {"delivery": delivery, "number": number, "at": at, "answer": CUT_OFF}
        made |= {"outcome": AttemptOutcome.RETRY, "reason": AttemptReason.ERROR}
        connection.execute(insert(connection, delivery_attempts), made)


def record_attempt(
    connection: Connection, delivery: DeliveryId, attempt: Attempt, at: datetime, next_attempt: datetime | None
) -> None:
    """Keep an attempt and move the delivery on; one that was sent stays sent."""
    columns = deliveries.c.state, deliveries.c.attempts, deliveries.c.channel, deliveries.c.note
    row = connection.execute(select(*columns).where(deliveries.c.id == delivery).with_for_update()).first()
    if row is None:
        return
    number = _kept(connection, delivery, row.attempts, attempt, at)
    for one in attempt.recipients:
        of = (delivery_recipients.c.delivery == delivery) & (delivery_recipients.c.address == one.address)
        connection.execute(update(delivery_recipients).where(of).values(outcome=one.outcome, answer=one.answer))
    values: dict[str, Any] = {"attempts": number}
    if row.state != DeliveryState.SENT:
        state = _state_after(attempt.outcome, next_attempt)
        asked = {one.outcome for one in _recipients(connection, [delivery])[delivery]}
        if state is DeliveryState.PENDING and asked and asked.issubset(_ANSWERED):  # nobody is left to be asked
            state = DeliveryState.SENT
        if state is DeliveryState.SENT and AttemptOutcome.DEAD in asked:  # by an earlier attempt, for good
            state = DeliveryState.DEAD
        pending = state is DeliveryState.PENDING
        values |= {"state": state, "next_attempt": next_attempt if pending else None}
        values["note"] = HURRIED if pending and row.note == HURRIED else ""
    connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(values))
    if attempt.outcome is AttemptOutcome.HELD:
        _hold(connection, row.channel)
    elif attempt.outcome is AttemptOutcome.SENT:
        _free(connection, row.channel, at)


def _kept(connection: Connection, delivery: DeliveryId, number: int, attempt: Attempt, at: datetime) -> int:
    """Write down how an attempt ended, in the place of its beginning where that was noted; its number."""
    said = {"at": at, "outcome": attempt.outcome, "reason": attempt.reason, "answer": attempt.answer}
    table = delivery_attempts.c
    begun = (table.delivery == delivery) & (table.number == number) & (table.answer == CUT_OFF)
    if connection.execute(update(delivery_attempts).where(begun).values(said)).rowcount:
        return number
    connection.execute(insert(connection, delivery_attempts), {"delivery": delivery, "number": number + 1, **said})
    return number + 1


def _hold(connection: Connection, channel: str) -> None:
    """Send nothing more to a receiver that is gone."""
    others = (deliveries.c.channel == channel) & (deliveries.c.state == DeliveryState.PENDING)
    connection.execute(update(deliveries).where(others).values(state=DeliveryState.HELD, next_attempt=None, note=GONE))


def _free(connection: Connection, channel: str, now: datetime) -> int:
    """Make a channel's held deliveries due, in their order; they have their whole time to be delivered again."""
    held = (deliveries.c.state == DeliveryState.HELD) & (deliveries.c.channel == channel)
    numbers = connection.scalars(select(deliveries.c.id).where(held).order_by(deliveries.c.created)).all()
    for place, number in enumerate(numbers):
        due = {"state": DeliveryState.PENDING, "next_attempt": now, "note": ""}
        created = now + timedelta(microseconds=place)
        connection.execute(update(deliveries).where(deliveries.c.id == number).values(created=created, **due))
    return len(numbers)


def _state_after(outcome: AttemptOutcome, next_attempt: datetime | None) -> DeliveryState:
    match outcome:
        case AttemptOutcome.SENT:
            return DeliveryState.SENT
        case AttemptOutcome.HELD:
            return DeliveryState.HELD
        case AttemptOutcome.DEAD:
            return DeliveryState.DEAD
        case AttemptOutcome.RETRY:
            return DeliveryState.DEAD if next_attempt is None else DeliveryState.PENDING


def latest_deliveries(connection: Connection, limit: int, states: Sequence[DeliveryState]) -> tuple[DeliveryView, ...]:
    """Deliveries for people, newest first."""
    return views(connection, *([deliveries.c.state.in_(states)] if states else []), limit=limit)


def views(connection: Connection, *which: ColumnElement[bool], limit: int | None = None) -> tuple[DeliveryView, ...]:
    """Those deliveries for people, newest first."""
    columns = [column for column in deliveries.c if column is not deliveries.c.body]
    query = (
        select(*columns, digests.c.series)
        .join(digests, deliveries.c.digest == digests.c.id)
        .where(*which)
        .order_by(deliveries.c.created.desc())
        .limit(limit)
    )
    rows = connection.execute(query).all()
    ids = [row.id for row in rows]
    attempts, recipients = _attempts(connection, ids), _recipients(connection, ids)
    return tuple(
        DeliveryView(
            id=DeliveryId(row.id),
            digest=DigestId(row.digest),
            series=row.series,
            channel=row.channel,
            state=DeliveryState(row.state),
            created=row.created,
            next_attempt=row.next_attempt,
            attempts=attempts[row.id],
            recipients=recipients[row.id],
            note=row.note,
        )
        for row in rows
    )


def _attempts(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[AttemptView, ...]]:
    found: dict[str, tuple[AttemptView, ...]] = defaultdict(tuple)
    table = delivery_attempts.c
    for run in chunks(ids):
        query = select(delivery_attempts).where(table.delivery.in_(run)).order_by(table.delivery, table.number)
        for row in connection.execute(query):
            view = AttemptView(
                at=row.at,
                outcome=AttemptOutcome(row.outcome),
                reason=AttemptReason(row.reason),
                answer=row.answer,
            )
            found[row.delivery] += (view,)
    return found


def _recipients(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[Recipient, ...]]:
    """Each delivery's recipients as named; one that was not asked yet stands as to be tried."""
    found: dict[str, tuple[Recipient, ...]] = defaultdict(tuple)
    table = delivery_recipients.c
    for run in chunks(ids):
        query = select(delivery_recipients).where(table.delivery.in_(run)).order_by(table.delivery, table.position)
        for row in connection.execute(query):
            outcome = AttemptOutcome(row.outcome or AttemptOutcome.RETRY)
            found[row.delivery] += (Recipient(address=row.address, outcome=outcome, answer=row.answer),)
    return found


def retry_delivery(connection: Connection, delivery: DeliveryId, now: datetime) -> bool:
    """Make an unsent delivery due now, for everybody who has not accepted it; one that waits, waits no longer.

    One that was given up or held has its whole time to be delivered again.
    """
    unsent = (deliveries.c.id == delivery) & deliveries.c.state.not_in((DeliveryState.SENT, DeliveryState.MERGED))
    state = case((func.length(deliveries.c.body) == 0, DeliveryState.WAITING), else_=DeliveryState.PENDING)
    waits = state == DeliveryState.WAITING
    at_once = literal(now, Moment())
    ended = deliveries.c.state.in_((DeliveryState.DEAD, DeliveryState.HELD))
    values = {
        "created": case((ended, at_once), else_=deliveries.c.created),
        "next_attempt": case((waits, None), else_=at_once),
        "note": HURRIED,
    }
    due = update(deliveries).where(unsent).values(state=state, **values)
    if connection.execute(due.returning(deliveries.c.id)).first() is None:
        return False
    refused = (delivery_recipients.c.delivery == delivery) & (delivery_recipients.c.outcome == AttemptOutcome.DEAD)
    connection.execute(update(delivery_recipients).where(refused).values(outcome=AttemptOutcome.RETRY))
    return True


def release_held(connection: Connection, channel: str, now: datetime) -> int:
    """Make a channel's held deliveries due, and those that are to be tried again; how many."""
    later = (deliveries.c.state == DeliveryState.PENDING) & (deliveries.c.channel == channel)
    hastened = update(deliveries).where(later, deliveries.c.next_attempt > now).values(next_attempt=now, note="")
    return connection.execute(hastened).rowcount + _free(connection, channel, now)


def waiting_lines(connection: Connection) -> tuple[tuple[str, str], ...]:
    """The (series, channel) pairs for which deliveries wait."""
    query = (
        select(digests.c.series, deliveries.c.channel)
        .join(digests, deliveries.c.digest == digests.c.id)
        .where(deliveries.c.state == DeliveryState.WAITING)
        .distinct()
    )
    return tuple((row.series, row.channel) for row in connection.execute(query))


def waiting_deliveries(connection: Connection, series: str, channel: str) -> tuple[WaitingDelivery, ...]:
    """What waits for a channel in a series, in the order in which it was written."""
    query = (
        select(deliveries.c.id, deliveries.c.digest, deliveries.c.created, deliveries.c.note)
        .join(digests, deliveries.c.digest == digests.c.id)
        .where(deliveries.c.state == DeliveryState.WAITING, deliveries.c.channel == channel, digests.c.series == series)
        .order_by(digests.c.end, deliveries.c.created, deliveries.c.id)
    )
    return tuple(
        WaitingDelivery(
            id=DeliveryId(row.id),
            digest=DigestId(row.digest),
            created=row.created,
            hurried=row.note == HURRIED,
        )
        for row in connection.execute(query)
    )


def release(
    connection: Connection, delivery: NewDelivery, waited: Sequence[DeliveryId], now: datetime, merged: Digest
) -> bool:
    """Make one delivery of what waited; False, and nothing changed, where one of them waits no more."""
    there = 0
    for run in chunks(waited):
        query = select(deliveries.c.id).where(deliveries.c.id.in_(run), deliveries.c.state == DeliveryState.WAITING)
        there += len(connection.scalars(query.with_for_update()).all())
    if there != len(waited):
        return False
    for run in chunks(waited):
        gone = update(deliveries).where(deliveries.c.id.in_(run))
        connection.execute(gone.values(state=DeliveryState.MERGED, next_attempt=None, note=f"{WENT_IN}{delivery.id}"))
        connection.execute(delete(delivery_recipients).where(delivery_recipients.c.delivery.in_(run)))
    insert_digest(connection, merged)
    if delivery.id in waited:
        connection.execute(delete(deliveries).where(deliveries.c.id == delivery.id))
    insert_deliveries(connection, replace(merged, created=now), [delivery])
    return True


def released_since(
    connection: Connection, channel: str, since: datetime, now: datetime, limit: int
) -> tuple[datetime, ...]:
    """When the channel's latest deliveries got their bytes, newest first."""
    query = (
        select(deliveries.c.created)
        .where(
            deliveries.c.channel == channel,
            deliveries.c.created > since,
            deliveries.c.created <= now,
            deliveries.c.state.not_in((DeliveryState.WAITING, DeliveryState.MERGED)),
        )
        .order_by(deliveries.c.created.desc())
        .limit(limit)
    )
    return tuple(connection.scalars(query))
