"""What holds for every poll, whatever came before and whatever it came to."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, strategies as st

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
)
from watcher.settings import Retry

NOW = datetime(2016, 10, 20, 12, 30, tzinfo=UTC)
DAY = timedelta(days=1)
START = FeedState(id=FeedId(1), url="https://feeds.example/", next_check=NOW)

spans = st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=3))
noises = st.floats(min_value=0, max_value=1, exclude_max=True)
headers = st.fixed_dictionaries(
    {},
    optional={
        "cache-control": st.one_of(st.integers(0, 10**7).map(lambda age: f"max-age={age}"), st.text(max_size=20)),
        "expires": st.one_of(st.just("Fri, 21 Oct 2016 02:00:00 GMT"), st.text(max_size=20)),
        "age": st.text(max_size=5),
        "etag": st.sampled_from(['"a"', '"b"']),
    },
)
moves = st.sampled_from([None, "https://new.example/", "https://other.example/", START.url])
outcomes: st.SearchStrategy[FetchOutcome] = st.one_of(
    st.builds(Fetched, url=st.just(START.url), status=st.just(200), headers=headers, body=st.just(b""), moved_to=moves),
    st.builds(NotModified, headers=headers, moved_to=moves),
    st.builds(
        FetchFailed,
        reason=st.sampled_from(FetchReason),
        detail=st.text(max_size=5),
        retry_after=st.none() | st.timedeltas(-DAY, timedelta(days=9)),
    ),
    st.just(Gone(url=START.url)),
)
hinted = st.none() | st.builds(
    PublisherHints,
    ttl=st.none() | spans,
    update_every=st.none() | spans,
    skip_hours=st.frozensets(st.integers(0, 23)),
    skip_days=st.frozensets(st.integers(0, 6)),
)


@st.composite
def policies(draw: st.DrawFn) -> schedule.Policy:
    least, interval, most = sorted(draw(st.tuples(spans, spans, spans)))
    return schedule.Policy(interval=interval, min_interval=least, max_interval=most)


polls = st.lists(
    st.tuples(outcomes, hinted, noises, spans, st.none() | st.sampled_from(["h1", "h2"])), min_size=1, max_size=8
)


@given(polls, policies())
def test_the_next_check_lies_ahead_but_never_far_beyond_what_was_asked(
    steps: list[tuple[FetchOutcome, PublisherHints | None, float, timedelta, str | None]], policy: schedule.Policy
) -> None:
    state, now = START, NOW
    for number, (outcome, hints, noise, passed, body_hash) in enumerate(steps, start=1):
        state = schedule.after(
            state, outcome, now, noise=noise, policy=policy, hints=hints, brought=1, body_hash=body_hash
        )
        assert now < state.next_check
        assert state.next_check - now <= max(DAY, policy.max_interval) * 1.1 + DAY
        assert state.not_before is None or state.next_check >= state.not_before
        assert state.polls == number
        assert schedule.Memory.read(state.memory).write() == state.memory
        if isinstance(outcome, FetchFailed) and outcome.retry_after and outcome.retry_after > timedelta():
            assert state.next_check >= now + min(outcome.retry_after, DAY)
        now += passed


@given(st.sampled_from(FetchReason), noises, policies())
def test_failing_on_never_brings_the_next_check_nearer(
    reason: FetchReason, noise: float, policy: schedule.Policy
) -> None:
    state, before = START, timedelta()
    for _ in range(60):
        outcome = FetchFailed(reason=reason, detail="")
        state = schedule.after(state, outcome, NOW, noise=noise, policy=policy, hints=None, brought=0, body_hash=None)
        assert state.next_check - NOW >= before
        before = state.next_check - NOW
    assert before <= max(DAY, policy.interval * 1.1)


@given(policies(), st.lists(noises, min_size=20, max_size=20, unique=True))
def test_feeds_are_never_in_step(policy: schedule.Policy, drawn: list[float]) -> None:
    for state in (START, replace(START, polls=5, last_success=NOW)):
        states = {
            schedule.after(
                state, NotModified(), NOW, noise=round(noise, 3), policy=policy, hints=None, brought=0, body_hash=None
            ).next_check
            for noise in drawn
        }
        assert len(states) == len({round(noise, 3) for noise in drawn})


@given(
    st.builds(Retry, first=spans, max=spans, give_up=spans),
    st.integers(1, 10_000),
    st.timedeltas(timedelta(), timedelta(days=4)),
    noises,
    st.none() | st.timedeltas(-DAY, timedelta(days=9)),
)
def test_a_delivery_is_never_tried_sooner_than_asked_nor_later_than_promised(
    retry: Retry, attempts: int, passed: timedelta, noise: float, asked: timedelta | None
) -> None:
    now = NOW + passed
    due = schedule.retry_delivery(retry, NOW, attempts, now, noise, asked)
    if due is not None:
        assert now < due <= NOW + retry.give_up
        assert due >= now + min(asked or timedelta(), DAY)
    elif asked is None:
        assert now >= NOW + retry.give_up


@given(st.integers(1, 10_000), st.timedeltas(timedelta(), timedelta(days=2)), noises)
def test_a_page_is_tried_within_its_day_only(attempts: int, passed: timedelta, noise: float) -> None:
    due = schedule.retry_page(NOW, attempts, NOW + passed, noise)
    assert (due is None) == (passed >= DAY)
    assert due is None or NOW + passed < due <= NOW + DAY
