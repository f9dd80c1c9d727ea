"""When a digest is due, and who is told: windows across time zones, clock changes and downtime; notices and takers."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from watcher.alerts import Reading, at_once, decide, enough, takers, window
from watcher.model import ArticleId, Match, Reason, SeriesState, StoryId
from watcher.settings import DigestPolicy

ATHENS = ZoneInfo("Europe/Athens")
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def cron(line: str, zone: ZoneInfo = ATHENS) -> DigestPolicy:
    return DigestPolicy(name="morning", topics=("*",), to=("desk",), at=line, timezone=zone)


def rolling(wait: int = 30, every: int = 300) -> DigestPolicy:
    spans = {"wait": timedelta(seconds=wait), "every": timedelta(seconds=every)}
    return DigestPolicy(name="breaking", topics=("*",), to=("hook",), **spans)


def state(
    *, first: datetime | None = None, number: int = 0, period: str | None = None, end: datetime | None = None
) -> SeriesState:
    return SeriesState(
        name="any",
        pending=1 if first else 0,
        first_pending=first,
        number=number,
        last_period=period,
        last_end=end,
        started=BEGIN,
    )


def test_a_rolling_digest_waits_after_its_first_notice() -> None:
    first = at("2026-03-02T10:00:00")
    waiting = state(first=first)
    assert window(rolling(), waiting, first + timedelta(seconds=29)) is None
    due = window(rolling(), waiting, first + timedelta(seconds=30))
    assert due is not None
    assert (due.period, due.start, due.end) == ("1", BEGIN, first + timedelta(seconds=30))


def test_a_rolling_digest_with_nothing_to_tell_is_not_due() -> None:
    assert window(rolling(), state(), at("2026-03-02T10:00:00")) is None


def test_a_rolling_digest_keeps_its_distance_from_the_last_one() -> None:
    end = at("2026-03-02T10:00:00")
    waiting = state(first=end + timedelta(seconds=1), number=7, period="7", end=end)
    assert window(rolling(), waiting, end + timedelta(seconds=299)) is None
    due = window(rolling(), waiting, end + timedelta(seconds=300))
    assert due is not None
    assert (due.period, due.start) == ("8", end)


def test_hurry_skips_the_wait_and_keeps_the_distance() -> None:
    first = at("2026-03-02T10:00:00")
    assert window(rolling(), state(first=first), first, hurry=True) is not None
    close = state(first=first, number=1, period="1", end=first - timedelta(seconds=10))
    assert window(rolling(), close, first, hurry=True) is None


def test_a_cron_digest_is_due_from_its_slot_on_in_its_own_zone() -> None:
    assert window(cron("0 7 * * *"), state(), at("2026-03-01T04:59:59")) is None
    due = window(cron("0 7 * * *"), state(), at("2026-03-01T05:00:00"))
    assert due is not None
    assert due.period == "2026-03-01T07:00"


def test_a_closed_slot_is_not_due_again() -> None:
    closed = state(period="2026-03-02T07:00", end=at("2026-03-02T05:00:01"))
    assert window(cron("0 7 * * *"), closed, at("2026-03-02T05:00:02")) is None
    assert window(cron("0 7 * * *"), closed, at("2026-03-03T04:59:59")) is None
    assert window(cron("0 7 * * *"), closed, at("2026-03-03T05:00:00")) is not None


def test_after_ten_days_of_downtime_one_digest_goes_out_not_ten() -> None:
    closed = state(period="2026-03-02T07:00", end=at("2026-03-02T05:00:01"))
    back = at("2026-03-12T18:00:00")
    due = window(cron("0 7 * * *"), closed, back)
    assert due is not None
    assert (due.period, due.start, due.end) == ("2026-03-12T07:00", at("2026-03-02T05:00:01"), back)
    after = state(period=due.period, end=due.end)
    assert window(cron("0 7 * * *"), after, back + timedelta(seconds=1)) is None


def test_a_slot_before_the_series_began_is_nobodys() -> None:
    assert window(cron("0 1 * * *", ZoneInfo("UTC")), state(), BEGIN + timedelta(minutes=59)) is None


def test_a_slot_that_the_clock_change_skips_runs_right_after_it() -> None:
    line = cron("30 3 * * *")  # 29 March 2026: 03:00 becomes 04:00 in Athens, at 01:00 UTC
    closed = state(period="2026-03-28T03:30", end=at("2026-03-28T01:30:00"))
    assert window(line, closed, at("2026-03-29T00:59:59")) is None
    due = window(line, closed, at("2026-03-29T01:00:00"))
    assert due is not None
    assert due.period == "2026-03-29T03:30"
    after = state(period=due.period, end=at("2026-03-29T01:00:00"))
    assert window(line, after, at("2026-03-29T02:30:00")) is None


def test_a_slot_that_comes_twice_runs_once() -> None:
    line = cron("30 3 * * *")  # 25 October 2026: 04:00 becomes 03:00 in Athens, at 01:00 UTC
    closed = state(period="2026-10-24T03:30", end=at("2026-10-24T00:30:00"))
    due = window(line, closed, at("2026-10-25T00:30:00"))
    assert due is not None
    after = state(period=due.period, end=at("2026-10-25T00:30:00"))
    assert window(line, after, at("2026-10-25T01:30:00")) is None
    assert window(line, after, at("2026-10-26T01:30:00")) is not None


def test_an_hourly_digest_tells_each_local_hour_once_where_one_comes_twice() -> None:
    line = cron("0 * * * *")
    told, current, now = [], state(), at("2026-10-24T21:00:30")
    while now < at("2026-10-25T23:00:00"):
        due = window(line, current, now)
        if due is not None:
            told.append(due.period)
            current = state(period=due.period, end=now)
        now += timedelta(minutes=10)
    assert len(told) == len(set(told)) == 25


def test_a_digest_that_moves_to_a_western_zone_is_not_silent_until_its_local_time_catches_up() -> None:
    closed = state(period="2026-03-10T07:00", end=at("2026-03-09T22:00:01"))  # seven in Tokyo
    due = window(cron("0 19 * * *", ZoneInfo("America/New_York")), closed, at("2026-03-09T23:00:00"))
    assert due is not None
    assert due.period == "2026-03-09T19:00"


def test_a_digest_that_was_rolling_is_due_at_its_first_slot() -> None:
    was = state(number=12, period="12", end=at("2026-03-02T04:00:00"))
    assert window(cron("0 7 * * *"), was, at("2026-03-02T04:30:00")) is None
    assert window(cron("0 7 * * *"), was, at("2026-03-02T05:00:00")) is not None


def test_what_a_clock_that_ran_ahead_recorded_holds_nothing_up() -> None:
    now, ahead = at("2026-03-02T10:00:00"), at("2027-03-02T10:00:00")
    late = state(first=ahead, number=3, period="3", end=ahead)
    due = window(rolling(), late, now)
    assert due is not None
    assert due.start <= due.end == now
    assert window(cron("0 7 * * *"), state(period="2027-03-02T07:00", end=ahead), now) is not None


def test_a_clock_put_back_a_little_tells_no_slot_twice() -> None:
    closed = state(period="2026-03-02T07:00", end=at("2026-03-02T05:00:02"))
    for now in (at("2026-03-02T04:59:58"), at("2026-03-02T05:00:00"), at("2026-03-02T05:00:01")):
        assert window(cron("0 7 * * *"), closed, now) is None


def test_at_once_closes_a_period_of_its_own() -> None:
    now = at("2026-03-02T10:00:07")
    assert at_once(rolling(), state(number=4), now).period == "5"
    forced = at_once(cron("0 7 * * *"), state(), now)
    assert forced.period == "2026-03-02T12:00:07"
    after = state(period=forced.period, end=now)
    assert window(cron("0 7 * * *"), after, at("2026-03-03T05:00:00")) is not None


def reading(
    *topics: str, before: tuple[str, ...] = (), edited: bool = False, tell: bool = True, **more: Any
) -> Reading:
    return Reading(
        article=ArticleId("a"),
        story=StoryId("s"),
        matches=tuple(Match(topic=topic, evidence=()) for topic in topics),
        before=before,
        edited=edited,
        tell=tell,
        fingerprint="f1",
        **more,
    )


def test_each_topic_is_told_to_the_series_that_take_it() -> None:
    notices = decide(reading("mosul", "troops"), {"mosul": ("breaking", "morning")})
    assert [(notice.topic, notice.series, notice.reason) for notice in notices] == [
        ("mosul", ("breaking", "morning"), Reason.NEW),
        ("troops", (), Reason.NEW),
    ]


def test_what_was_told_before_is_not_told_again() -> None:
    assert [notice.topic for notice in decide(reading("mosul", "troops", before=("mosul",)), {})] == ["troops"]


def test_backfill_is_not_told() -> None:
    assert decide(reading("mosul", tell=False), {"mosul": ("breaking",)}) == ()


@pytest.mark.parametrize(("edited", "reason", "revision"), [(True, Reason.EDITED, "f1"), (False, Reason.NEW, "")])
def test_an_edit_is_told_as_one(*, edited: bool, reason: Reason, revision: str) -> None:
    (notice,) = decide(reading("troops", edited=edited), {})
    assert (notice.reason, notice.revision) == (reason, revision)


def test_takers_are_the_digests_of_each_topic() -> None:
    policies = (rolling(), cron("0 7 * * *"))
    found = takers(policies, {"breaking": ("mosul",), "morning": ("mosul", "troops")})
    assert found == {"mosul": ("breaking", "morning"), "troops": ("morning",)}


NOTICED = {"mosul": StoryId("s")}


def test_a_copy_of_a_story_that_was_noticed_is_listed_only() -> None:
    (notice,) = decide(reading("mosul", noticed=NOTICED), {"mosul": ("breaking",)})
    assert (notice.reason, notice.listed, notice.held, notice.story) == (Reason.NEW, True, False, "s")


def test_what_a_story_gained_is_told_as_that_of_the_story_it_was_told_as() -> None:
    noticed = {"mosul": StoryId("first")}
    (notice,) = decide(reading("mosul", noticed=noticed, gains={"mosul": Reason.FIGURE}), {"mosul": ("breaking",)})
    assert (notice.reason, notice.listed, notice.story) == (Reason.FIGURE, False, "first")


def test_a_story_is_new_under_a_topic_that_did_not_have_it() -> None:
    notices = decide(reading("mosul", "troops", noticed=NOTICED), {})
    assert [(notice.topic, notice.listed) for notice in notices] == [("mosul", True), ("troops", False)]


@pytest.mark.parametrize(
    ("before", "voices", "reason"),
    [
        (1, 2, Reason.ORIGIN),
        (2, 3, Reason.ORIGIN),
        (3, 4, Reason.NEW),
        (4, 5, Reason.ORIGIN),
        (5, 6, Reason.NEW),
        (2, 2, Reason.NEW),
    ],
)
def test_a_second_third_and_fifth_voice_confirm_what_was_told(before: int, voices: int, reason: Reason) -> None:
    told = {"mosul": StoryId("first")}
    (notice,) = decide(reading("mosul", confirms=told, voices=voices, voices_before=before), {})
    assert (notice.reason, notice.story) == (reason, "first" if reason is Reason.ORIGIN else "s")


def test_a_story_is_held_until_there_are_voices_enough() -> None:
    wanted = {"mosul": 2, "troops": 1}
    alone = reading("mosul", "troops")
    assert [(notice.topic, notice.held) for notice in decide(alone, {}, wanted)] == [("mosul", True), ("troops", False)]
    assert enough(alone, wanted) == ()
    both = reading("mosul", "troops", voices=2)
    assert [notice.held for notice in decide(both, {}, wanted)] == [False, False]
    assert enough(both, wanted) == ("mosul",)


def test_an_edit_with_new_figures_is_told_again() -> None:
    again = reading("mosul", before=("mosul",), edited=True, anew=True, noticed={"mosul": StoryId("first")})
    (notice,) = decide(again, {"mosul": ("breaking",)})
    assert (notice.reason, notice.revision, notice.story, notice.listed) == (Reason.EDITED, "f1", "first", False)
    assert decide(reading("mosul", before=("mosul",), edited=True), {}) == ()
