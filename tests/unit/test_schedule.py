from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher import schedule
from watcher.model import (
    FeedId,
    FeedState,
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    Gone,
    NotModified,
    PublisherHints,
    Validators,
)
from watcher.settings import Retry

NOW = datetime(2016, 10, 20, 12, 30, tzinfo=UTC)  # a Thursday
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
POLICY = schedule.Policy(interval=15 * MINUTE, min_interval=5 * MINUTE, max_interval=6 * HOUR)
FRESH = FeedState(id=FeedId(1), url="https://feeds.example/rss.xml", next_check=NOW)
POLLED = replace(FRESH, polls=9, last_poll=NOW - HOUR, last_success=NOW - HOUR, entries=40)
NOTHING_NEW = NotModified()


def fetched(**headers: str) -> Fetched:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Fetched(url=FRESH.url, status=200, headers=named, body=b"x")


def failed(
    reason: FetchReason = FetchReason.REFUSED, detail: str = "", retry_after: timedelta | None = None
) -> FetchFailed:
    return FetchFailed(reason=reason, detail=detail, retry_after=retry_after)


def after(  # noqa: PLR0913 - what it calls takes as many
    state: FeedState,
    outcome: FetchOutcome,
    *,
    noise: float = 0.5,
    now: datetime = NOW,
    policy: schedule.Policy = POLICY,
    hints: PublisherHints | None = None,
    brought: int = 0,
    body_hash: str | None = None,
) -> FeedState:
    return schedule.after(
        state, outcome, now, noise=noise, policy=policy, hints=hints, brought=brought, body_hash=body_hash
    )


def wait(state: FeedState) -> timedelta:
    return state.next_check - NOW


def test_a_poll_that_brings_news() -> None:
    state = after(POLLED, fetched(etag='W/"a"', last_modified="x"), brought=3, body_hash="h")
    assert state.validators == Validators(etag='W/"a"', last_modified="x")
    assert (state.polls, state.unchanged, state.entries, state.body_hash) == (10, 0, 43, "h")
    assert state.last_poll == state.last_success == state.last_new == NOW
    assert wait(state) == 15 * MINUTE


def test_both_validators_are_of_the_last_body() -> None:
    before = replace(POLLED, validators=Validators(etag='"a"', last_modified="x"))
    assert after(before, fetched(last_modified="y")).validators == Validators(last_modified="y")
    assert after(before, fetched()).validators == Validators()
    assert after(before, NotModified(headers={"etag": '"b"'})).validators == before.validators
    assert after(before, failed()).validators == before.validators


def test_a_poll_that_brings_nothing() -> None:
    before = replace(POLLED, last_new=NOW - DAY, body_hash="h")
    state = after(before, NOTHING_NEW)
    assert (state.polls, state.unchanged, state.entries, state.last_new) == (10, 1, 40, NOW - DAY)
    assert (state.last_success, state.body_hash) == (NOW, "h")


@pytest.mark.parametrize(("noise", "minutes"), [(0.0, 13.5), (0.5, 15.0), (1.0, 16.5)])
def test_intervals_are_a_tenth_more_or_less(noise: float, minutes: float) -> None:
    assert wait(after(POLLED, NOTHING_NEW, noise=noise)) == minutes * MINUTE


def test_after_a_first_poll_feeds_spread_over_the_interval() -> None:
    waits = [wait(after(FRESH, fetched(), noise=noise)) for noise in (0.0, 0.5, 1.0)]
    assert waits == [5 * MINUTE, 10.75 * MINUTE, 16.5 * MINUTE]


def test_the_jitter_keeps_to_the_least_interval() -> None:
    policy = replace(POLICY, interval=5 * MINUTE)
    assert [wait(after(POLLED, NOTHING_NEW, noise=noise, policy=policy)) for noise in (0, 1)] == [
        5 * MINUTE,
        6 * MINUTE,
    ]


def test_an_interval_of_its_own_may_be_below_the_least_and_above_the_most() -> None:
    for interval in (MINUTE, 9 * HOUR):
        policy = replace(POLICY, interval=interval)
        assert 0.9 * interval <= wait(after(POLLED, NOTHING_NEW, policy=policy)) <= 1.1 * interval


@pytest.mark.parametrize(
    ("headers", "least"),
    [
        ({"cache_control": "public, max-age=3600"}, HOUR),
        ({"cache_control": 'MAX-AGE="3600"'}, HOUR),
        ({"cache_control": "max-age=3600", "age": "600"}, 50 * MINUTE),
        ({"cache_control": "max-age=3600", "age": "7200"}, None),
        ({"cache_control": "max-age=60"}, None),
        ({"cache_control": "no-cache, max-age=3600"}, None),
        ({"cache_control": "max-age=0", "expires": "Thu, 20 Oct 2016 14:30:00 GMT"}, None),
        ({"cache_control": "max-age=nonsense"}, None),
        ({"cache_control": "max-age=99999999999999999999"}, DAY),
        ({"expires": "Thu, 20 Oct 2016 14:30:00 GMT"}, 2 * HOUR),
        ({"expires": "Thu, 20 Oct 2016 14:30:00 GMT", "date": "Thu, 20 Oct 2016 13:30:00 GMT"}, HOUR),
        ({"expires": "Thu, 20 Oct 2011 14:30:00 GMT"}, None),
        ({"expires": "Thu, 20 Oct 2031 14:30:00 GMT"}, DAY),
        ({"expires": "0"}, None),
        ({"expires": "Thu, 99 Foo 2016 14:30:00 GMT"}, None),
    ],
)
def test_what_an_answer_says_of_its_freshness(headers: dict[str, str], least: timedelta | None) -> None:
    expected = least or 13.5 * MINUTE
    assert wait(after(POLLED, fetched(**headers), noise=0)) == expected
    assert wait(after(POLLED, NotModified(headers=fetched(**headers).headers), noise=0)) == expected


@pytest.mark.parametrize(
    ("hints", "expected"),
    [
        (PublisherHints(ttl=HOUR), HOUR),
        (PublisherHints(ttl=MINUTE), 13.5 * MINUTE),
        (PublisherHints(update_every=2 * HOUR, ttl=HOUR), 2 * HOUR),
        (PublisherHints(update_every=7 * DAY), 6 * HOUR),
        (PublisherHints(skip_hours=frozenset({12, 13})), 90 * MINUTE),
        (PublisherHints(skip_hours=frozenset(range(24))), None),
        (PublisherHints(skip_days=frozenset({3})), 11.5 * HOUR),
        (PublisherHints(skip_days=frozenset({3, 4, 5})), None),
    ],
)
def test_what_a_feed_asks_is_honoured_and_remembered(hints: PublisherHints, expected: timedelta | None) -> None:
    state = after(POLLED, fetched(), noise=0, hints=hints)
    later = after(replace(state, next_check=NOW), NOTHING_NEW, noise=0)
    if expected is None:
        assert timedelta() < wait(state) <= DAY + 15 * MINUTE
    else:
        assert wait(state) == wait(later) == expected
    assert wait(after(later, fetched(), noise=0, hints=PublisherHints())) == 13.5 * MINUTE


def test_temporary_failures_back_off_slowly_hard_ones_fast_neither_beyond_a_day() -> None:
    waits: dict[FetchReason, list[float]] = {}
    for reason in (FetchReason.DNS, FetchReason.NOT_FOUND):
        state = POLLED
        waits[reason] = []
        for _ in range(300):
            state = after(state, failed(reason))
            waits[reason].append(wait(state) / MINUTE)
    assert waits[FetchReason.DNS][:4] == [15, 22.5, 30, 37.5]
    assert waits[FetchReason.NOT_FOUND][:4] == [15, 30, 60, 120]
    assert waits[FetchReason.DNS][-1] == waits[FetchReason.NOT_FOUND][-1] == 0.9 * 24 * 60


def test_a_failure_is_recorded_and_forgotten_when_the_feed_is_back() -> None:
    first = after(POLLED, failed(detail="connection refused by host"))
    second = after(first, failed(FetchReason.DNS), now=NOW + HOUR)
    assert (second.failures, second.failing_since, second.error, second.error_detail) == (2, NOW, FetchReason.DNS, "")
    assert (second.polls, second.last_success) == (11, POLLED.last_success)
    back = after(second, NOTHING_NEW, now=NOW + 2 * HOUR)
    assert (back.failures, back.failing_since, back.error, back.error_detail) == (0, None, None, "")


@pytest.mark.parametrize(
    ("asked", "least"), [(2 * HOUR, 2 * HOUR), (10 * DAY, DAY), (timedelta(0), 13.5 * MINUTE), (-HOUR, 13.5 * MINUTE)]
)
def test_retry_after_is_a_lower_bound_of_at_most_a_day(asked: timedelta, least: timedelta) -> None:
    state = after(POLLED, failed(FetchReason.SERVER, retry_after=asked), noise=0)
    assert wait(state) == least
    assert state.not_before == (NOW + least if asked > timedelta() else None)
    assert after(replace(state, next_check=NOW), NOTHING_NEW).not_before is None


def test_a_retry_after_outlives_a_failure_without_one() -> None:
    state = after(POLLED, failed(FetchReason.RATE_LIMITED, retry_after=8 * HOUR))
    forced = after(state, failed(FetchReason.REFUSED), now=NOW + HOUR)
    assert forced.not_before == NOW + 8 * HOUR
    assert forced.next_check >= NOW + 8 * HOUR


def test_being_asked_to_come_later_is_no_fault_of_the_feed() -> None:
    state = after(POLLED, failed(FetchReason.RATE_LIMITED, "429"))
    assert (state.failures, state.error) == (0, FetchReason.RATE_LIMITED)
    assert schedule.health(state, NOW) is None
    waits = []
    for _ in range(4):
        waits.append(wait(state))
        state = after(state, failed(FetchReason.RATE_LIMITED, "429"))
    assert waits == [15 * MINUTE, 30 * MINUTE, HOUR, 2 * HOUR]
    assert schedule.health(state, NOW + 3 * DAY) == "turned away for 3 d: 429"
    assert wait(after(after(state, NOTHING_NEW), failed(FetchReason.RATE_LIMITED))) == 15 * MINUTE


def test_gone_is_gone() -> None:
    state = after(replace(POLLED, failures=2, error=FetchReason.SERVER, failing_since=NOW - HOUR), Gone(url=FRESH.url))
    assert state.gone
    assert state.next_check > NOW
    assert schedule.health(state, NOW) == "gone (410)"
    assert not after(state, fetched()).gone


def test_a_permanent_redirect_is_believed_after_it_held_three_times() -> None:
    state = POLLED
    for times in (1, 2, 3):
        state = after(state, replace(fetched(), moved_to="https://new.example/"))
        assert (state.moved_to, state.moved_times) == ("https://new.example/", times)
    assert state.moved_times >= schedule.MOVED_HOLDS
    state = after(state, NOTHING_NEW)  # the new address was asked
    assert (state.moved_to, state.moved_times) == ("https://new.example/", 3)


def test_a_redirect_that_does_not_hold_is_forgotten() -> None:
    moved = replace(POLLED, moved_to="https://new.example/", moved_times=2)
    assert after(moved, NOTHING_NEW).moved_to is None
    other = after(moved, replace(NOTHING_NEW, moved_to="https://other.example/"))
    assert (other.moved_to, other.moved_times) == ("https://other.example/", 1)
    assert after(moved, replace(NOTHING_NEW, moved_to=FRESH.url)).moved_to is None


def test_the_old_address_is_asked_again_when_the_new_one_keeps_failing() -> None:
    state = replace(POLLED, moved_to="https://new.example/", moved_times=3)
    for _ in range(3):
        assert state.moved_times == 3
        state = after(state, failed(FetchReason.NOT_FOUND))
    assert state.moved_times == 0


def test_a_server_that_only_says_304_is_asked_without_validators_once_a_day() -> None:
    state = after(POLLED, fetched(etag='"a"'), body_hash="1")
    assert schedule.validators(state, NOW + 0.9 * DAY) == Validators(etag='"a"')
    state = after(state, NOTHING_NEW, now=NOW + 0.9 * DAY)
    assert schedule.validators(state, NOW + DAY) == Validators()
    honest = after(state, fetched(etag='"a"'), now=NOW + DAY, body_hash="1")
    assert schedule.validators(honest, NOW + 2.9 * DAY) == Validators(etag='"a"')
    assert schedule.validators(honest, NOW + 3 * DAY) == Validators()
    liar = after(state, fetched(etag='"a"'), now=NOW + DAY, body_hash="2")
    for day in (2, 3, 4):
        assert schedule.validators(liar, NOW + day * DAY) == Validators()
        liar = after(liar, fetched(etag='"a"'), now=NOW + day * DAY, body_hash="2")
    assert schedule.validators(POLLED, NOW) == POLLED.validators


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"full": "never"}', '{"hints": 3}', '{"hints": {"ttl": "x"}}'])
def test_a_memory_that_cannot_be_read_is_an_empty_one(text: str) -> None:
    assert schedule.Memory.read(text) == schedule.Memory()
    assert wait(after(replace(POLLED, memory=text), NOTHING_NEW)) == 15 * MINUTE


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (FRESH, None),
        (POLLED, None),
        (after(POLLED, failed()), "failing: connection refused"),
        (
            replace(after(POLLED, failed(detail="TLS: expired")), failing_since=NOW - 3 * HOUR),
            "failing for 3 h: TLS: expired",
        ),
        (replace(after(POLLED, failed()), failing_since=NOW - 5 * MINUTE), "failing for 5 min: connection refused"),
        (replace(after(POLLED, failed()), failing_since=NOW - 9 * DAY), "failing for 9 d: connection refused"),
    ],
)
def test_health_is_told_in_words(state: FeedState, words: str | None) -> None:
    assert schedule.health(state, NOW) == words


def test_every_reason_has_words() -> None:
    for reason in set(FetchReason) - {FetchReason.RATE_LIMITED}:
        words = schedule.health(after(POLLED, failed(reason)), NOW)
        assert words is not None
        assert words.removeprefix("failing: ")


def test_a_page_is_tried_for_a_day() -> None:
    now, attempts, waits = NOW, 1, []
    while (due := schedule.retry_page(NOW, attempts, now, 0.5)) is not None:
        waits.append((due - now) / MINUTE)
        now, attempts = due, attempts + 1
    assert waits[:9] == [1, 2, 4, 8, 16, 32, 64, 128, 240]
    assert now == NOW + DAY


def test_a_delivery_is_tried_until_it_is_given_up() -> None:
    retry = Retry(first=timedelta(seconds=5), max=6 * HOUR, give_up=3 * DAY)
    now, attempts, waits = NOW, 1, []
    while (due := schedule.retry_delivery(retry, NOW, attempts, now, 0.5, None)) is not None:
        waits.append((due - now).total_seconds())
        now, attempts = due, attempts + 1
    assert waits[:5] == [5, 10, 20, 40, 80]
    assert max(waits) == 6 * 3600
    assert now == NOW + 3 * DAY


@pytest.mark.parametrize(
    ("retry_after", "expected"),
    [(HOUR, HOUR), (timedelta(seconds=1), timedelta(seconds=5)), (30 * DAY, DAY), (-HOUR, timedelta(seconds=5))],
)
def test_a_receivers_retry_after_is_honoured(retry_after: timedelta, expected: timedelta) -> None:
    assert schedule.retry_delivery(Retry(), NOW, 1, NOW, 0.5, retry_after) == NOW + expected


def test_a_receiver_that_asks_for_longer_than_we_try_is_given_up() -> None:
    retry = Retry(give_up=HOUR)
    assert schedule.retry_delivery(retry, NOW, 1, NOW, 0.5, 2 * HOUR) is None
    assert schedule.retry_delivery(retry, NOW, 99, NOW + 0.5 * HOUR, 0.5, None) == NOW + HOUR
