"""What is learned of a feed, what of that is a trouble, and that a trouble is told once, and once when it is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from watcher import schedule
from watcher.model import FeedId, FeedState, Fetched, FetchFailed, FetchOutcome, FetchReason, Gone, NotModified
from watcher.schedule import Body, Memory, Rhythm, learned

NOW = datetime(2016, 10, 20, 12, 0, tzinfo=UTC)  # a Thursday
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
POLICY = schedule.Policy(interval=timedelta(minutes=15), min_interval=timedelta(minutes=5), max_interval=6 * HOUR)
FIXED = replace(POLICY, fixed=True)
HOURLY = tuple(NOW - HOUR * ago for ago in range(72))
FEED = FeedState(id=FeedId(1), url="https://news.example/feed", next_check=NOW)
BROKEN = FetchFailed(reason=FetchReason.SERVER, detail="the server answered 500")
PAGE = FetchFailed(reason=FetchReason.NOT_A_FEED, detail="a consent page titled 'Before you continue'")
WALL = FetchFailed(reason=FetchReason.CHALLENGE, detail="a bot wall of Cloudflare stands before the page (403)")


def fetched() -> Fetched:
    return Fetched(url=FEED.url, status=200, headers={}, body=b"")


def polled(  # noqa: PLR0913 - a poll is all of these
    state: FeedState,
    outcome: FetchOutcome,
    now: datetime,
    *dates: datetime | None,
    items: int | None = None,
    dated: int | None = None,
    language: str | None = None,
    textless: str = "",
    policy: schedule.Policy = POLICY,
) -> tuple[FeedState, schedule.Trouble | None]:
    told = sum(date is not None for date in dates)
    body = Body(
        dates=dates,
        items=len(dates) if items is None else items,
        dated=told if dated is None else dated,
        language=language,
    )
    after = schedule.after(
        state,
        outcome,
        now,
        noise=0.5,
        policy=policy,
        hints=None,
        brought=len(dates),
        body_hash=None,
        body=body if isinstance(outcome, Fetched) else None,
        textless=textless,
    )
    return schedule.watch(after, now)


def told_over(
    state: FeedState, outcome: FetchOutcome, times: int, every: timedelta = HOUR
) -> tuple[list[str], FeedState]:
    """The reasons told over so many polls."""
    reasons = []
    for number in range(times):
        state, trouble = polled(state, outcome, NOW + every * (number + 1))
        reasons += [trouble.reason] if trouble else []
    return reasons, state


def test_a_first_body_teaches_the_past() -> None:
    rhythm = learned(Rhythm(), HOURLY, NOW)
    assert rhythm.known
    assert rhythm.longest == HOUR
    assert rhythm.expected(NOW, NOW + 6 * HOUR) == pytest.approx(6, rel=0.35)


def test_the_night_is_learned() -> None:
    days = [NOW - DAY * ago + HOUR * hour for ago in range(1, 15) for hour in range(-4, 8)]
    rhythm = learned(Rhythm(), days, NOW)
    assert rhythm.rate(NOW) > 10 * rhythm.rate(NOW - 10 * HOUR)


def test_what_comes_together_is_one_arrival() -> None:
    rhythm = learned(Rhythm(), [NOW - timedelta(minutes=ago) for ago in range(10)], NOW)
    assert rhythm.arrivals == 1
    assert not rhythm.known


def test_a_rhythm_survives_being_written() -> None:
    memory = Memory(rhythm=learned(Rhythm(), HOURLY, NOW), turned=NOW, language="ar", told="source:silent")
    assert Memory.read(memory.write()) == Memory.read(Memory.read(memory.write()).write())
    assert Memory.read(memory.write()).rhythm.expected(NOW, NOW + DAY) == pytest.approx(
        memory.rhythm.expected(NOW, NOW + DAY), rel=0.01
    )


def wait(state: FeedState, *dates: datetime, policy: schedule.Policy = POLICY) -> timedelta:
    first, _ = polled(state, fetched(), NOW - timedelta(minutes=1), *dates, policy=policy)
    return polled(first, NotModified(), NOW, policy=policy)[0].next_check - NOW


def test_a_busy_feed_is_asked_more_often_than_a_quiet_one() -> None:
    busy = wait(FEED, *(NOW - timedelta(minutes=20) * ago for ago in range(1, 90)))
    quiet = wait(FEED, *(NOW - DAY * ago for ago in range(1, 30)))
    assert busy < POLICY.interval < quiet
    assert POLICY.min_interval <= busy
    assert quiet <= POLICY.max_interval * 1.1


def test_an_interval_of_the_feeds_own_is_kept_to() -> None:
    busy = wait(FEED, *(NOW - timedelta(minutes=20) * ago for ago in range(1, 60)), policy=FIXED)
    assert busy == POLICY.interval


def test_silence_is_told_once_and_once_when_it_is_over() -> None:
    state, _ = polled(FEED, fetched(), NOW, *HOURLY)
    assert schedule.health(state, NOW) is None
    reasons, state = told_over(state, NotModified(), 30)
    assert reasons == ["source:silent"]
    assert schedule.health(state, NOW + 100 * HOUR) == "silent for 30 h"  # as long as it was looked at
    state, trouble = polled(state, fetched(), NOW + 31 * HOUR, NOW + 31 * HOUR)
    assert trouble
    assert trouble.reason == "source:recovered"
    assert "silent for" in trouble.words
    assert polled(state, NotModified(), NOW + 32 * HOUR)[1] is None


def test_a_nights_rest_is_no_silence() -> None:
    days = [NOW - DAY * ago + HOUR * hour for ago in range(1, 15) for hour in range(-4, 8)]
    state, _ = polled(FEED, fetched(), NOW - 16 * HOUR, *days)
    assert schedule.health(replace(state, last_success=NOW - 5 * HOUR), NOW) is None
    assert schedule.health(replace(state, last_success=NOW + DAY), NOW) is not None


@pytest.mark.parametrize(
    ("outcome", "reason", "polls"),
    [
        (PAGE, "source:not_a_feed", 2),
        (WALL, "source:challenge", 2),
        (BROKEN, "source:failing", 3),
        (Gone(url=FEED.url), "source:gone", 1),
    ],
)
def test_failures_are_told_once_they_lasted(outcome: FetchOutcome, reason: str, polls: int) -> None:
    state, _ = polled(FEED, fetched(), NOW, *HOURLY)
    assert told_over(state, outcome, polls - 1)[0] == []
    reasons, state = told_over(state, outcome, polls + 3)
    assert reasons == [reason]
    assert polled(state, fetched(), NOW + 9 * HOUR, NOW + 9 * HOUR)[1] is not None


def test_items_that_lost_their_dates_are_told() -> None:
    state, _ = polled(FEED, fetched(), NOW, *HOURLY)
    state, trouble = polled(state, fetched(), NOW + HOUR, None, None, None)
    assert trouble
    assert trouble.reason == "source:undated"
    state, trouble = polled(state, fetched(), NOW + 2 * HOUR, NOW + 2 * HOUR)
    assert trouble
    assert trouble.reason == "source:recovered"


def test_a_feed_that_never_had_dates_is_well() -> None:
    state, _ = polled(FEED, fetched(), NOW, *[None] * 20)
    assert polled(state, fetched(), NOW + HOUR, *[None] * 5)[1] is None


def test_another_language_is_told_once_it_stays_and_is_normal_after_a_week() -> None:
    state, _ = polled(FEED, fetched(), NOW, *HOURLY, language="ar")
    found = []
    for hours in (1, 7, 13, 19):
        state, trouble = polled(state, fetched(), NOW + hours * HOUR, NOW + hours * HOUR, language="en")
        found += [trouble.words] if trouble else []
    assert found == ["its language changed from ar to en"]
    state, _ = polled(state, fetched(), NOW + 8 * DAY, NOW + 8 * DAY, language="en")
    assert Memory.read(state.memory).language == "en"


def test_pages_without_text_are_told() -> None:
    state, _ = polled(FEED, fetched(), NOW, *HOURLY)
    state, trouble = polled(state, NotModified(), NOW + HOUR, textless="no text from 9 of 10 pages")
    assert trouble
    assert trouble == schedule.Trouble(reason="source:no_text", words="no text from 9 of 10 pages")
    _, trouble = polled(state, NotModified(), NOW + 2 * HOUR)
    assert trouble
    assert trouble.reason == "source:recovered"


@pytest.mark.parametrize(
    ("ages", "words"),
    [
        (range(900, 930), "silent for 2 years"),  # dead when it was added
        ((40, 41, 43), "silent for 40 d"),
        ((40, 60, 75), None),  # it has paused for 20 days before
        ((29, 30), None),
        ((), None),
    ],
)
def test_a_feed_whose_rhythm_is_not_known_is_silent_after_a_month_or_three_pauses(
    ages: range | tuple[int, ...], words: str | None
) -> None:
    state, trouble = polled(FEED, fetched(), NOW, *(NOW - DAY * age for age in ages))
    assert schedule.health(state, NOW) == words
    assert (trouble.words if trouble else None) == words


def test_what_comes_with_old_dates_comes_all_the_same() -> None:
    old = NOW - 900 * DAY
    state, _ = polled(FEED, fetched(), NOW, old)
    assert schedule.health(state, NOW) == "silent for 2 years"
    state, trouble = polled(state, fetched(), NOW + HOUR, old + DAY)
    assert schedule.health(state, NOW + HOUR) is None
    assert trouble
    assert trouble.reason == "source:recovered"


def test_a_server_that_never_let_us_in_is_told_of_after_a_day() -> None:
    wait = FetchFailed(reason=FetchReason.RATE_LIMITED, detail="429")
    reasons, state = told_over(FEED, wait, 24)
    assert (reasons, schedule.health(state, NOW + HOUR)) == ([], "turned away: 429")
    assert told_over(state, wait, 30)[0] == ["source:turned_away"]


@pytest.mark.parametrize(("span", "words"), [(9 * DAY, "9 d"), (729 * DAY, "729 d"), (800 * DAY, "2 years")])
def test_long_spans_are_told_as_people_do(span: timedelta, words: str) -> None:
    assert schedule.in_words(span) == words


def test_a_feed_that_brings_little_is_soon_asked_less_and_one_that_brings_much_more() -> None:
    quiet = NOW - 40 * DAY, NOW - 70 * DAY
    assert wait(FEED, *quiet) > 4 * timedelta(minutes=15)
    busy = (NOW - timedelta(minutes=20) * ago for ago in range(1, 15))  # of five hours, all it lists
    assert wait(FEED, *busy) < timedelta(minutes=10)
    assert wait(FEED) == pytest.approx(timedelta(minutes=15), rel=0.1)
