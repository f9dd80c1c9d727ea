"""Quiet hours and rates, as decisions."""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from watcher import cadence
from watcher.settings import Quiet

ATHENS = ZoneInfo("Europe/Athens")
NIGHT = Quiet(start=time(22), end=time(7), timezone=ATHENS)
NOON = Quiet(start=time(12, 30), end=time(13), timezone=ATHENS)
MINUTE = timedelta(minutes=1)


def local(text: str, zone: ZoneInfo = ATHENS) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (NIGHT, "2016-10-20T21:59", None),
        (NIGHT, "2016-10-20T22:00", "2016-10-21T07:00"),
        (NIGHT, "2016-10-21T00:00", "2016-10-21T07:00"),
        (NIGHT, "2016-10-21T06:59", "2016-10-21T07:00"),
        (NIGHT, "2016-10-21T07:00", None),
        (NOON, "2016-10-20T12:29", None),
        (NOON, "2016-10-20T12:30", "2016-10-20T13:00"),
        (NOON, "2016-10-20T13:00", None),
    ],
)
def test_quiet_hours_run_from_to_over_midnight_too(quiet: Quiet, now: str, until: str | None) -> None:
    assert cadence.quiet_until(quiet, local(now)) == (local(until) if until else None)


def test_a_channel_without_quiet_hours_has_none() -> None:
    assert cadence.quiet_until(None, local("2016-10-20T03:00")) is None


def test_an_end_that_comes_twice_ends_the_quiet_once() -> None:
    quiet = Quiet(start=time(23), end=time(3, 30), timezone=ATHENS)  # 03:00-04:00 comes twice on this night
    first = datetime(2016, 10, 30, 0, 30, tzinfo=UTC)
    assert cadence.quiet_until(quiet, first - MINUTE) == first
    for later in range(0, 120, 10):
        assert cadence.quiet_until(quiet, first + later * MINUTE) is None


def test_an_end_that_is_skipped_ends_the_quiet_right_after_the_gap() -> None:
    quiet = Quiet(start=time(23), end=time(3, 30), timezone=ATHENS)  # 03:00-04:00 is skipped on this night
    gap = datetime(2016, 3, 27, 1, 0, tzinfo=UTC)
    assert cadence.quiet_until(quiet, gap - MINUTE) == gap
    assert cadence.quiet_until(quiet, gap) is None


@pytest.mark.parametrize(("day", "hours"), [("2016-10-29", 10), ("2016-03-26", 8), ("2016-06-01", 9)])
def test_a_night_is_longer_and_shorter_by_the_hour_that_the_clock_changes(day: str, hours: int) -> None:
    start = local(f"{day}T22:00")
    assert cadence.quiet_until(NIGHT, start) == start + timedelta(hours=hours)


def test_a_rate_is_full_until_its_first_of_the_hour_is_an_hour_old() -> None:
    now = local("2016-10-20T12:00")
    released = [now - 5 * MINUTE, now - 20 * MINUTE, now - 70 * MINUTE]
    assert cadence.full_until(2, released, now) == now + 40 * MINUTE
    assert cadence.full_until(3, released, now) is None
    assert cadence.full_until(None, released, now) is None
    assert cadence.full_until(1, [], now) is None


def test_what_a_clock_that_was_ahead_recorded_does_not_fill_a_rate() -> None:
    now = local("2016-10-20T12:00")
    assert cadence.full_until(1, [now + timedelta(days=3)], now) is None
