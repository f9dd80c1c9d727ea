"""Deliveries: the outbox, every attempt, and each recipient's answer."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

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
)
from watcher.store.rows import chunks, insert
from watcher.store.schema import deliveries, delivery_attempts, delivery_recipients, digests

_ANSWERED = (AttemptOutcome.SENT, AttemptOutcome.DEAD)
"""A recipient that said this is not asked again."""


def insert_deliveries(connection: Connection, digest: Digest, new: Sequence[NewDelivery]) -> None:
    """Write a digest's deliveries, due at once."""
    rows = [
        {
            "id": delivery.id,
            "digest": digest.id,
            "channel": delivery.channel,
            "state": DeliveryState.PENDING,
            "body": delivery.body,
            "created": digest.created,
            "next_attempt": digest.created,
        }
        for delivery in new
    ]
    recipients = [
        {"delivery": delivery.id, "address": address, "position": position}
        for delivery in new
        for position, address in enumerate(dict.fromkeys(delivery.recipients))
    ]
    if rows:
        connection.execute(insert(connection, deliveries), rows)
    if recipients:
        connection.execute(insert(connection, delivery_recipients), recipients)


def due_deliveries(connection: Connection, now: datetime, limit: int) -> tuple[DeliveryId, ...]:
    """Pending deliveries whose next attempt has come, oldest first."""
    query = (
        select(deliveries.c.id)
        .where(deliveries.c.next_attempt <= now)
        .order_by(deliveries.c.next_attempt, deliveries.c.created)
        .limit(limit)
    )
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
    )


def record_attempt(
    connection: Connection, delivery: DeliveryId, attempt: Attempt, at: datetime, next_attempt: datetime | None
) -> None:
    """Keep an attempt and move the delivery on; one that was sent stays sent."""
    query = select(deliveries.c.state, deliveries.c.attempts).where(deliveries.c.id == delivery)
    row = connection.execute(query.with_for_update()).first()
    if row is None:
        return
    made = {
        "delivery": delivery,
        "number": row.attempts + 1,
        "at": at,
        "outcome": attempt.outcome,
        "reason": attempt.reason,
        "answer": attempt.answer,
    }
    connection.execute(insert(connection, delivery_attempts), made)
    for one in attempt.recipients:
        of = (delivery_recipients.c.delivery == delivery) & (delivery_recipients.c.address == one.address)
        connection.execute(update(delivery_recipients).where(of).values(outcome=one.outcome, answer=one.answer))
    values: dict[str, Any] = {"attempts": row.attempts + 1}
    if row.state != DeliveryState.SENT:
        state = _state_after(attempt.outcome, next_attempt)
        refused = any(one.outcome is AttemptOutcome.DEAD for one in _recipients(connection, [delivery])[delivery])
        if state is DeliveryState.SENT and refused:  # by an earlier attempt, for good
            state = DeliveryState.DEAD
        values |= {"state": state, "next_attempt": next_attempt if state is DeliveryState.PENDING else None}
    connection.execute(update(deliveries).where(deliveries.c.id == delivery).values(values))


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
    columns = [column for column in deliveries.c if column is not deliveries.c.body]
    query = (
        select(*columns, digests.c.series)
        .join(digests, deliveries.c.digest == digests.c.id)
        .order_by(deliveries.c.created.desc())
        .limit(limit)
    )
    if states:
        query = query.where(deliveries.c.state.in_(states))
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
    """Make an unsent delivery due now, for everybody who has not accepted it."""
    unsent = (deliveries.c.id == delivery) & (deliveries.c.state != DeliveryState.SENT)
    due = update(deliveries).where(unsent).values(state=DeliveryState.PENDING, next_attempt=now)
    if connection.execute(due.returning(deliveries.c.id)).first() is None:
        return False
    refused = (delivery_recipients.c.delivery == delivery) & (delivery_recipients.c.outcome == AttemptOutcome.DEAD)
    connection.execute(update(delivery_recipients).where(refused).values(outcome=AttemptOutcome.RETRY))
    return True


def release_held(connection: Connection, channel: str, now: datetime) -> int:
    """Make a channel's held deliveries due; how many."""
    held = (deliveries.c.state == DeliveryState.HELD) & (deliveries.c.channel == channel)
    count = connection.scalar(select(func.count()).select_from(deliveries).where(held)) or 0
    connection.execute(update(deliveries).where(held).values(state=DeliveryState.PENDING, next_attempt=now))
    return count
