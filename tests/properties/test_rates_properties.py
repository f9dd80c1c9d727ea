"""Whatever comes and whenever one looks: told when crossed, once, and not again before it has fallen to half."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

from hypothesis import given, settings, strategies as st

from watcher.model import Arrival, Reason, StoryId
from watcher.rates import Source, State, Told, look, replay
from watcher.settings import Frequency, Spike, Topic

START = datetime(2016, 10, 20, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
ZONE = ZoneInfo("Europe/Athens")

gaps = st.lists(st.integers(0, 90), min_size=1, max_size=60)
"""Minutes between stories."""


def topic(stories: int, within: timedelta, **rules: object) -> Topic:
    values: dict[str, object] = {"frequency": Frequency(stories=stories, within=within)}
    return Topic(name="t", title="T", query="x", **(values | rules))


def moments(between: list[int]) -> list[datetime]:
    found, now = [], START
    for gap in between:
        now += gap * MINUTE
        found.append(now)
    return found


def step_by_step(rules: Topic, times: list[datetime], looks: list[datetime]) -> list[Told]:
    """What is told where one looks at these times; the state is written and read between."""
    state, told, seen = State.begin("", START), list[Told](), set[datetime]()
    for now in looks:
        known = [
            Arrival(story=StoryId(str(number)), at=at, fresh=at not in seen)
            for number, at in enumerate(times)
            if at <= now
        ]
        found = look(rules, state, known, now=now, zone=ZONE, sources=[Source(answered=now)])
        seen.update(one.at for one in known)
        told += found.told
        state = State.read(found.state.write())
    return told


@given(gaps, st.integers(1, 8), st.integers(1, 300), st.lists(st.integers(1, 200), max_size=40))
@settings(deadline=None, max_examples=150)
def test_crossings_and_ends_take_turns(between: list[int], stories: int, minutes: int, pauses: list[int]) -> None:
    times = moments(between)
    end = times[-1] + 10 * HOUR
    looks = [START]
    for pause in pauses:
        looks.append(looks[-1] + pause * MINUTE)
    looks = [*(one for one in looks if one < end), end]
    told = step_by_step(topic(stories, minutes * MINUTE), times, looks)
    assert [one.ended for one in told] == [number % 2 == 1 for number in range(len(told))]
    assert len(told) % 2 == 0  # in the end nothing is left in any window


@given(gaps, st.integers(1, 8), st.integers(1, 300))
@settings(deadline=None, max_examples=150)
def test_it_is_told_just_when_the_count_says_so(between: list[int], stories: int, minutes: int) -> None:
    times, within = moments(between), minutes * MINUTE
    told = replay(topic(stories, within), times, since=START, now=times[-1], zone=ZONE).told
    expected, on = 0, False
    for at in sorted(set(times)):
        on = on and sum(at - within < one < at for one in times) > stories // 2
        if not on and sum(at - within < one <= at for one in times) >= stories:
            on, expected = True, expected + 1
    assert sum(not one.ended for one in told) == expected


@given(gaps, st.integers(1, 8), st.integers(1, 300), st.lists(st.integers(1, 200), max_size=40))
@settings(deadline=None, max_examples=100)
def test_however_seldom_one_looks_no_crossing_is_lost(
    between: list[int], stories: int, minutes: int, pauses: list[int]
) -> None:
    times, rules = moments(between), topic(stories, minutes * MINUTE)
    end = times[-1] + 10 * HOUR
    looks = [START]
    for pause in pauses:
        looks.append(looks[-1] + pause * MINUTE)
    seldom = step_by_step(rules, times, [*(one for one in looks if one < end), end])
    at_once = step_by_step(rules, times, [end])
    whole = replay(rules, times, since=START, now=end, zone=ZONE).told
    begun = [[one for one in found if not one.ended] for found in (seldom, at_once, whole)]
    assert len(begun[1]) == len(begun[2])
    assert len(begun[0]) >= len(begun[2])  # a look between may see an end that the next story would have hidden


@given(
    st.lists(st.integers(0, 6), min_size=48, max_size=24 * 8),
    st.floats(1.1, 6),
    st.integers(2, 7),
    st.integers(1, 12),
    st.integers(1, 6),
)
@settings(deadline=None, max_examples=100)
def test_a_spike_speaks_of_days_it_has_seen(hourly: list[int], times: float, days: int, hours: int, least: int) -> None:
    rule = Spike(times=times, against=timedelta(days=days), within=hours * HOUR, stories=least)
    rules = Topic(name="t", title="T", query="x", spike=rule)
    arrived = [START + hour * HOUR for hour, count in enumerate(hourly) for _ in range(count)]
    end = START + len(hourly) * HOUR + 20 * HOUR
    told = replay(rules, arrived, since=START, now=end, zone=ZONE).told
    assert [one.ended for one in told] == [number % 2 == 1 for number in range(len(told))]
    for one in told:
        assert one.reason is Reason.SPIKE
        assert one.ended or one.stories >= least
        assert one.ended or one.at - START >= timedelta(days=2)


@given(gaps, st.integers(1, 300))
@settings(deadline=None, max_examples=100)
def test_a_silence_is_told_once_and_ends_with_a_story(between: list[int], minutes: int) -> None:
    times, limit = moments(between), minutes * MINUTE
    rules = Topic(name="t", title="T", query="x", flatline=limit)
    told = replay(rules, times, since=START, now=times[-1], zone=ZONE).told
    marks = [START, *sorted(set(times))]
    silences = sum(later - earlier >= limit for earlier, later in pairwise(marks))
    assert [one.ended for one in told] == [False, True] * silences


@given(gaps, st.integers(1, 6), st.integers(1, 200), st.lists(st.integers(0, 600), min_size=60, max_size=60))
@settings(deadline=None, max_examples=300)
def test_what_is_found_late_and_in_any_order_is_told_all_the_same(
    between: list[int], stories: int, minutes: int, lateness: list[int]
) -> None:
    times, within = moments(between), minutes * MINUTE
    rules = topic(stories, within)
    found = sorted(
        (at + late * MINUTE, at, number) for number, (at, late) in enumerate(zip(times, lateness, strict=False))
    )
    state, told, seen = State.begin("", START), list[tuple[datetime, Told]](), set[int]()
    for now in [*sorted({moment for moment, _, _ in found}), times[-1] + 30 * HOUR]:
        known = [
            Arrival(story=StoryId(str(number)), at=at, fresh=number not in seen)
            for moment, at, number in found
            if moment <= now
        ]
        looked = look(rules, state, known, now=now, zone=ZONE, sources=[Source(answered=now)])
        seen.update(int(one) for one in looked.weighed)
        told += [(now, one) for one in looked.told]
        state = State.read(looked.state.write())
    assert [one.ended for _, one in told] == [number % 2 == 1 for number in range(len(told))]
    assert len(told) % 2 == 0
    spans = list(zip(told[::2], told[1::2], strict=True))
    whole = replay(rules, times, since=START, now=times[-1] + 30 * HOUR, zone=ZONE).told
    for crossed in (one.at for one in whole if not one.ended):
        looks = [moment for moment, at, _ in found if crossed - within < at <= crossed]
        assert any(
            begin.at - within <= crossed <= end.at + within or any(begin.at <= moment <= said for moment in looks)
            for (_, begin), (said, end) in spans
        )  # what is found while another burst is on counts with that
