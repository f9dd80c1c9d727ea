"""Cron expressions, and their slots across clock changes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, strategies as st

from watcher.cron import Cron, instant, last_slot, next_slot, slots

BERLIN = ZoneInfo("Europe/Berlin")  # 2024-03-31 02:00 → 03:00, 2024-10-27 03:00 → 02:00
LORD_HOWE = ZoneInfo("Australia/Lord_Howe")  # half an hour
APIA = ZoneInfo("Pacific/Apia")  # had no 30 December 2011
BEIRUT = ZoneInfo("Asia/Beirut")  # changes at midnight


def _utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def _local(slot: datetime | None) -> str:
    assert slot is not None
    return f"{slot:%Y-%m-%dT%H:%M}"


@pytest.mark.parametrize(
    ("text", "field", "values"),
    [
        ("*/20 * * * *", "minutes", {0, 20, 40}),
        ("5/20 * * * *", "minutes", {5, 25, 45}),
        ("0-10/5,59 * * * *", "minutes", {0, 5, 10, 59}),
        ("0 7,19 * * *", "hours", {7, 19}),
        ("0 7 * jan,JUL-sep *", "months", {1, 7, 8, 9}),
        ("0 7 * * mon-fri", "weekdays", {1, 2, 3, 4, 5}),
        ("0 7 * * 0", "weekdays", {0}),
        ("0 7 * * 7", "weekdays", {0}),
        ("0 7 * * 5-7", "weekdays", {5, 6, 0}),
        ("0 7 * * fri-sun", "weekdays", {5, 6, 0}),
        ("0 7 * * sun-tue", "weekdays", {0, 1, 2}),
        ("0 7 * * *", "weekdays", {0, 1, 2, 3, 4, 5, 6}),
        ("0 7 * * */2", "weekdays", {0, 2, 4, 6}),
        ("  @weekly ", "weekdays", {0}),
    ],
)
def test_fields_are_crontabs(text: str, field: str, values: set[int]) -> None:
    assert getattr(Cron.parse(text), field) == values


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "0 fields"),
        ("7:00", "1 field where"),
        ("0 0 7 * * *", "6 fields"),
        ("60 * * * *", "the minute 60 is not within 0-59"),
        ("-1 * * * *", "the minute"),
        ("0 24 * * *", "the hour 24 is not within 0-23"),
        ("0 0 0 * *", "the day of the month 0 is not within 1-31"),
        ("0 0 * 13 *", "the month 13 is not within 1-12"),
        ("0 0 * * 8", "the weekday 8 is not within 0-7"),
        ("0 0 * * monday", "the weekday `monday` is not one of 0-7 or sun, mon"),
        ("0 0 * mon *", "the month `mon` is not one of 1-12 or jan"),
        ("0 0 L * *", "the day of the month `L`"),
        ("0 7 * * fri-mon", "the range `fri-mon` of the weekday runs backwards"),
        ("30-10 * * * *", "runs backwards"),
        ("*/0 * * * *", "the step `/0` of the minute"),
        ("*/ * * * *", "the step `/` of the minute"),
        ("1,,2 * * * *", "the minute has an empty part"),
        ("0 0 31 feb,apr *", "there is no day 31 in the months it names"),
        ("0 0 30 2 *", "there is no day 30"),
        ("٣ * * * *", "the minute `٣`"),
        ("99999999999999999999 * * * *", "the minute"),
        ("@reboot", "`@reboot` is not one of @hourly"),
    ],
)
def test_what_is_no_schedule_says_why(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message.replace("(", r"\(").replace("*", r"\*").replace("+", r"\+")):
        Cron.parse(text)


def test_a_leap_day_comes() -> None:
    cron = Cron.parse("0 0 29 2 *")
    assert _local(next_slot(cron, BERLIN, _utc("2097-01-01T00:00"))) == "2104-02-29T00:00"
    assert _local(last_slot(cron, BERLIN, _utc("2027-01-01T00:00"))) == "2024-02-29T00:00"


def test_either_kind_of_day_will_do_where_both_are_given() -> None:
    cron = Cron.parse("0 7 13 * fri")
    assert [_local(slot)[:10] for slot in slots(cron, BERLIN, _utc("2024-09-01T00:00"), _utc("2024-09-21T00:00"))] == [
        "2024-09-06",
        "2024-09-13",
        "2024-09-20",
    ]
    both = Cron.parse("0 7 31 2 fri")
    assert _local(next_slot(both, BERLIN, _utc("2024-02-01T00:00"))) == "2024-02-02T07:00"


def test_a_slot_is_there_from_its_very_instant() -> None:
    cron = Cron.parse("0 7 * * *")
    assert _local(last_slot(cron, BERLIN, _utc("2024-06-10T05:00"))) == "2024-06-10T07:00"
    assert _local(last_slot(cron, BERLIN, _utc("2024-06-10T04:59:59"))) == "2024-06-09T07:00"
    assert _local(next_slot(cron, BERLIN, _utc("2024-06-10T05:00"))) == "2024-06-11T07:00"
    assert _local(next_slot(cron, BERLIN, _utc("2024-06-10T04:59:59"))) == "2024-06-10T07:00"


def test_a_skipped_time_runs_once_right_after_the_gap() -> None:
    cron = Cron.parse("30 2 * * *")
    before = _utc("2024-03-31T00:59:59")
    slot = next_slot(cron, BERLIN, before)
    assert slot is not None
    assert (_local(slot), instant(slot)) == ("2024-03-31T02:30", _utc("2024-03-31T01:00"))
    assert _local(last_slot(cron, BERLIN, before)) == "2024-03-30T02:30"
    assert _local(last_slot(cron, BERLIN, _utc("2024-03-31T01:00"))) == "2024-03-31T02:30"
    assert _local(next_slot(cron, BERLIN, _utc("2024-03-31T01:00"))) == "2024-04-01T02:30"


def test_several_skipped_times_share_one_instant() -> None:
    cron = Cron.parse("*/20 2 * * *")
    found = tuple(slots(cron, BERLIN, _utc("2024-03-30T12:00"), _utc("2024-03-31T12:00")))
    assert {instant(slot) for slot in found} == {_utc("2024-03-31T01:00")}
    assert _local(last_slot(cron, BERLIN, _utc("2024-03-31T01:00"))) == "2024-03-31T02:40"


def test_a_doubled_time_runs_the_first_time_only() -> None:
    cron = Cron.parse("30 2 * * *")
    first, second = _utc("2024-10-27T00:30"), _utc("2024-10-27T01:30")
    slot = last_slot(cron, BERLIN, first)
    assert slot is not None
    assert (_local(slot), instant(slot)) == ("2024-10-27T02:30", first)
    assert _local(last_slot(cron, BERLIN, second)) == "2024-10-27T02:30"
    assert _local(next_slot(cron, BERLIN, first)) == "2024-10-28T02:30"
    assert _local(next_slot(cron, BERLIN, second - timedelta(minutes=5))) == "2024-10-28T02:30"


def test_in_the_second_pass_all_of_the_first_has_run() -> None:
    cron = Cron.parse("*/15 * * * *")
    assert _local(last_slot(cron, BERLIN, _utc("2024-10-27T01:05"))) == "2024-10-27T02:45"
    assert _local(next_slot(cron, BERLIN, _utc("2024-10-27T01:05"))) == "2024-10-27T03:00"


def test_a_change_of_half_an_hour() -> None:
    cron = Cron.parse("15 2 * * *")
    slot = next_slot(cron, LORD_HOWE, _utc("2024-10-05T12:00"))  # 02:00 → 02:30 on the 6th
    assert slot is not None
    assert (_local(slot), instant(slot)) == ("2024-10-06T02:15", _utc("2024-10-05T15:30"))
    doubled = next_slot(Cron.parse("45 1 * * *"), LORD_HOWE, _utc("2024-04-06T12:00"))  # 02:00 → 01:30 on the 7th
    assert doubled is not None
    assert instant(doubled) == _utc("2024-04-06T14:45")


def test_a_day_that_never_was_runs_once_after() -> None:
    cron = Cron.parse("0 7 * * *")
    slot = last_slot(cron, APIA, _utc("2011-12-30T10:00"))
    assert slot is not None
    assert (_local(slot), instant(slot)) == ("2011-12-30T07:00", _utc("2011-12-30T10:00"))
    assert _local(next_slot(cron, APIA, _utc("2011-12-30T10:00"))) == "2011-12-31T07:00"


def test_midnight_that_is_skipped() -> None:
    slot = next_slot(Cron.parse("@daily"), BEIRUT, _utc("2024-03-30T12:00"))  # 00:00 → 01:00 on the 31st
    assert slot is not None
    assert (_local(slot), instant(slot)) == ("2024-03-31T00:00", _utc("2024-03-30T22:00"))


ZONES = st.sampled_from([BERLIN, LORD_HOWE, APIA, BEIRUT, ZoneInfo("UTC"), ZoneInfo("America/St_Johns")])
CRONS = st.sampled_from(
    ["30 2 * * *", "*/15 * * * *", "0 0 * * *", "0 7 * * mon-fri", "15,45 1-3 * * 0", "59 23 31 * *", "0 0 1,15 * fri"]
)
MOMENTS = st.datetimes(datetime(2011, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds


@given(CRONS, ZONES, MOMENTS)
def test_every_slot_is_found_once_from_both_sides(text: str, zone: ZoneInfo, now: datetime) -> None:
    cron = Cron.parse(text)
    before, after = last_slot(cron, zone, now), next_slot(cron, zone, now)
    assert before is not None
    assert after is not None
    assert instant(before) <= now < instant(after)
    assert last_slot(cron, zone, instant(after)) is not None
    between = slots(cron, zone, instant(before), instant(after))
    assert {instant(slot) for slot in between} == {instant(after)}


@given(ZONES, MOMENTS)
def test_instants_never_run_backwards(zone: ZoneInfo, start: datetime) -> None:
    found = [instant(slot) for slot in slots(Cron.parse("*/30 * * * *"), zone, start, start + timedelta(days=2))]
    assert all(one <= other for one, other in pairwise(found))
