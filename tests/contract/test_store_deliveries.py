"""The outbox."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.helpers.storing import DAY, HOUR, NOW, SERIES, TOPIC, delivery, digest
from watcher.model import (
    Attempt,
    AttemptOutcome,
    AttemptReason,
    AttemptView,
    DeliveryId,
    DeliveryState,
    DueDelivery,
    NewDelivery,
    Recipient,
)
from watcher.store import SqlStore
from watcher.store.deliveries import CUT_OFF, GONE

D1 = DeliveryId("d1")
SENT = Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer="200 OK")
RETRY = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.TIMEOUT, answer="no answer \0")
DEAD = Attempt(outcome=AttemptOutcome.DEAD, reason=AttemptReason.REJECTED)
HELD = Attempt(outcome=AttemptOutcome.HELD, reason=AttemptReason.GONE, answer="410 Gone")


async def write(store: SqlStore, *deliveries: NewDelivery, period: str = "1", age: timedelta = timedelta()) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    assert await store.record_digest(digest(period, created=NOW - age), [], deliveries)


async def state(store: SqlStore, number: DeliveryId = D1) -> tuple[DeliveryState, object]:
    (view,) = [one for one in await store.deliveries(100) if one.id == number]
    return view.state, view.next_attempt


async def test_a_new_delivery_is_due_at_once_with_its_own_bytes(store: SqlStore) -> None:
    body = bytes(range(256)) * 10
    await write(store, delivery("d1", body=body, recipients=("b@x.example", "a@x.example")))
    assert await store.due_deliveries(NOW, 10) == (D1,)
    assert await store.due_deliveries(NOW - timedelta(microseconds=1), 10) == ()
    assert await store.due_delivery(D1) == DueDelivery(
        id=D1,
        channel="hook",
        created=NOW,
        attempts=0,
        body=body,
        recipients=("b@x.example", "a@x.example"),
        digest=digest("1").id,
    )
    assert await store.due_delivery(DeliveryId("none")) is None


async def test_due_deliveries_come_oldest_first(store: SqlStore) -> None:
    await write(store, delivery("new"), period="1")
    await write(store, delivery("old"), period="2", age=DAY)
    await write(store, delivery("older"), period="3", age=2 * DAY)
    assert await store.due_deliveries(NOW, 10) == ("older", "old", "new")
    assert await store.due_deliveries(NOW, 1) == ("older",)


async def test_what_was_sent_is_due_no_more(store: SqlStore) -> None:
    await write(store, delivery("d1"))
    await store.record_attempt(D1, SENT, NOW, None)
    assert await state(store) == (DeliveryState.SENT, None)
    assert await store.due_deliveries(NOW + DAY, 10) == ()
    assert await store.due_delivery(D1) is None
    assert not await store.retry_delivery(D1, NOW)


async def test_a_failed_attempt_waits_for_the_next(store: SqlStore) -> None:
    await write(store, delivery("d1"))
    await store.record_attempt(D1, RETRY, NOW, NOW + HOUR)
    assert await state(store) == (DeliveryState.PENDING, NOW + HOUR)
    assert await store.due_deliveries(NOW, 10) == ()
    due = await store.due_delivery(D1)
    assert due is not None
    assert (due.attempts, due.body) == (1, b"body of d1")
    await store.record_attempt(D1, SENT, NOW + HOUR, None)
    (view,) = await store.deliveries(10)
    assert view.series == SERIES
    assert view.attempts == (
        AttemptView(at=NOW, outcome=AttemptOutcome.RETRY, reason=AttemptReason.TIMEOUT, answer="no answer \ufffd"),
        AttemptView(at=NOW + HOUR, outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer="200 OK"),
    )


@pytest.mark.parametrize(
    ("attempt", "becomes"),
    [(RETRY, DeliveryState.DEAD), (DEAD, DeliveryState.DEAD), (HELD, DeliveryState.HELD)],
    ids=["the last retry", "rejected", "held by the receiver"],
)
async def test_what_gave_up_is_due_again_when_somebody_says_so(
    store: SqlStore, attempt: Attempt, becomes: DeliveryState
) -> None:
    await write(store, delivery("d1"))
    await store.record_attempt(D1, attempt, NOW, None)
    assert await state(store) == (becomes, None)
    assert await store.due_delivery(D1) is None
    assert await store.retry_delivery(D1, NOW + HOUR)
    assert await state(store) == (DeliveryState.PENDING, NOW + HOUR)
    assert await store.due_deliveries(NOW + HOUR, 10) == (D1,)


async def test_a_waiting_delivery_can_be_hurried_and_an_unknown_one_not(store: SqlStore) -> None:
    await write(store, delivery("d1"))
    await store.record_attempt(D1, RETRY, NOW, NOW + DAY)
    assert await store.retry_delivery(D1, NOW)
    assert await store.due_deliveries(NOW, 10) == (D1,)
    assert not await store.retry_delivery(DeliveryId("none"), NOW)


async def test_what_was_sent_stays_sent_whatever_comes_after(store: SqlStore) -> None:
    await write(store, delivery("d1"))
    await store.record_attempt(D1, SENT, NOW, None)
    for attempt in (RETRY, DEAD, HELD):
        await store.record_attempt(D1, attempt, NOW, NOW + HOUR)
        assert await state(store) == (DeliveryState.SENT, None)
    (view,) = await store.deliveries(10)
    assert len(view.attempts) == 4
    await store.record_attempt(DeliveryId("none"), SENT, NOW, None)


async def test_a_retry_goes_only_to_recipients_who_have_not_answered_for_good(store: SqlStore) -> None:
    await write(store, delivery("d1", recipients=("a@x", "b@x", "c@x")))
    answers = (
        Recipient(address="a@x", outcome=AttemptOutcome.SENT, answer="250 OK"),
        Recipient(address="b@x", outcome=AttemptOutcome.RETRY, answer="451 later"),
        Recipient(address="c@x", outcome=AttemptOutcome.DEAD, answer="550 no such user"),
    )
    partial = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.PARTIAL, recipients=answers)
    await store.record_attempt(D1, partial, NOW, NOW + HOUR)
    due = await store.due_delivery(D1)
    assert due is not None
    assert due.recipients == ("b@x",)
    (view,) = await store.deliveries(10)
    assert view.recipients == answers

    await store.record_attempt(D1, DEAD, NOW + HOUR, None)
    await store.retry_delivery(D1, NOW + HOUR)
    due = await store.due_delivery(D1)
    assert due is not None
    assert due.recipients == ("b@x", "c@x")


@pytest.mark.parametrize(
    ("second", "becomes"), [(AttemptOutcome.DEAD, DeliveryState.DEAD), (AttemptOutcome.SENT, DeliveryState.SENT)]
)
async def test_what_everybody_has_answered_is_never_tried_again(
    store: SqlStore, second: AttemptOutcome, becomes: DeliveryState
) -> None:
    await write(store, delivery("d1", recipients=("a@x", "b@x")))
    answers = (Recipient(address="a@x", outcome=AttemptOutcome.SENT), Recipient(address="b@x", outcome=second))
    attempt = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.TIMEOUT, recipients=answers)
    await store.record_attempt(D1, attempt, NOW, NOW + HOUR)
    assert await state(store) == (becomes, None)


async def test_a_channels_held_deliveries_are_released_with_its_new_config(store: SqlStore) -> None:
    await write(store, delivery("d1"), delivery("d2"), delivery("d3", channel="other"), delivery("d4"))
    for number in ("d1", "d2", "d3"):
        await store.record_attempt(DeliveryId(number), HELD, NOW, None)
    await store.record_attempt(DeliveryId("d4"), DEAD, NOW, None)
    assert await store.release_held("hook", NOW + HOUR) == 2
    assert await store.due_deliveries(NOW + HOUR, 10) == ("d1", "d2")
    assert await store.release_held("hook", NOW + HOUR) == 0
    views = {one.id: one.created for one in await store.deliveries(10)}
    assert (views[D1], views[DeliveryId("d4")]) == (NOW + HOUR, NOW)  # its time to give up begins anew


async def test_a_410_holds_all_that_is_written_for_the_channel_until_one_is_taken(store: SqlStore) -> None:
    await write(store, delivery("d1"), delivery("d2"), delivery("d3", channel="other"))
    await store.record_attempt(D1, HELD, NOW, None)
    await write(store, delivery("d4"), period="2")
    assert await store.due_deliveries(NOW + DAY, 10) == ("d3",)
    held = await store.deliveries(10, states=[DeliveryState.HELD])
    assert {one.id: one.note for one in held} == {"d1": "", "d2": GONE, "d4": GONE}
    assert await store.retry_delivery(DeliveryId("d4"), NOW + HOUR)
    assert await store.due_deliveries(NOW + DAY, 10, channel="hook") == ("d4",)
    await store.record_attempt(DeliveryId("d4"), SENT, NOW + HOUR, None)
    assert await store.due_deliveries(NOW + HOUR, 10, channel="hook") == ("d1", "d2")


async def test_a_changed_channel_is_tried_at_once(store: SqlStore) -> None:
    await write(store, delivery("d1"), delivery("d2", channel="other"))
    for number in ("d1", "d2"):
        await store.record_attempt(DeliveryId(number), RETRY, NOW, NOW + HOUR)
    assert await store.release_held("hook", NOW) == 1
    assert await store.due_deliveries(NOW, 10) == ("d1",)


async def test_those_who_refused_for_good_are_told_to_the_next_attempt(store: SqlStore) -> None:
    await write(store, delivery("d1", recipients=("a@x.example", "b@x.example")))
    refused = Recipient(address="a@x.example", outcome=AttemptOutcome.DEAD, answer="550 unknown")
    busy = Recipient(address="b@x.example", outcome=AttemptOutcome.RETRY, answer="450 busy")
    await store.record_attempt(D1, replace(RETRY, recipients=(refused, busy)), NOW, NOW)
    due = await store.due_delivery(D1)
    assert due is not None
    assert (due.recipients, due.refused) == (("b@x.example",), (refused,))


async def test_deliveries_are_listed_newest_first_and_by_state(store: SqlStore) -> None:
    for number in range(4):
        await write(store, delivery(f"d{number}"), period=str(number), age=(4 - number) * HOUR)
    await store.record_attempt(DeliveryId("d1"), DEAD, NOW, None)
    await store.record_attempt(DeliveryId("d3"), SENT, NOW, None)
    assert [one.id for one in await store.deliveries(3)] == ["d3", "d2", "d1"]
    assert [one.id for one in await store.deliveries(3, states=[DeliveryState.DEAD])] == ["d1"]
    both = await store.deliveries(3, states=[DeliveryState.PENDING, DeliveryState.DEAD])
    assert [one.id for one in both] == ["d2", "d1", "d0"]


async def test_what_an_advanced_clock_planned_comes_as_much_earlier(store: SqlStore) -> None:
    await write(store, delivery("d1"), delivery("d2"), delivery("d3"))
    await store.record_attempt(D1, RETRY, NOW, NOW + 2 * DAY + HOUR)
    await store.record_attempt(DeliveryId("d2"), RETRY, NOW, NOW + HOUR)
    await store.pull_back(NOW, 2 * DAY)
    assert await state(store) == (DeliveryState.PENDING, NOW + HOUR)
    assert await state(store, DeliveryId("d2")) == (DeliveryState.PENDING, NOW)
    assert await state(store, DeliveryId("d3")) == (DeliveryState.PENDING, NOW)


async def test_an_attempt_that_was_cut_off_is_shown_and_one_that_ended_says_how(store: SqlStore) -> None:
    await write(store, delivery("d1"))
    await store.begin_attempt(D1, NOW)
    await store.begin_attempt(D1, NOW + HOUR)
    await store.record_attempt(D1, SENT, NOW + HOUR, None)
    (view,) = await store.deliveries(10)
    assert [(one.at, one.outcome, one.answer) for one in view.attempts] == [
        (NOW, AttemptOutcome.RETRY, CUT_OFF),
        (NOW + HOUR, AttemptOutcome.SENT, "200 OK"),
    ]
    await store.begin_attempt(D1, NOW + DAY)
    (after,) = await store.deliveries(10)
    assert after == view


async def test_a_receiver_that_is_asked_too_often_is_left_alone_as_long_as_it_said(store: SqlStore) -> None:
    await write(store, delivery("d1"), delivery("d2"), delivery("d3", channel="other"))
    limited = replace(RETRY, reason=AttemptReason.RATE_LIMITED)
    await store.begin_attempt(D1, NOW)
    await store.record_attempt(D1, limited, NOW, NOW + HOUR)
    await store.record_attempt(DeliveryId("d2"), RETRY, NOW, NOW + DAY)
    assert await store.limited_until("hook", NOW) == NOW + HOUR
    assert await store.limited_until("other", NOW) is None
    assert await store.limited_until("hook", NOW + HOUR) is None
