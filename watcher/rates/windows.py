"""Counting in windows of time, and what is usual in the same hours of the days before."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from watcher.rates.state import State
from watcher.settings import Spike

_DAY: Final = timedelta(days=1)
_WEEK: Final = 7
_LEAST: Final = 2


class Times:
    """When stories arrived, in order."""

    def __init__(self, times: Iterable[datetime]) -> None:
        self._times = sorted(times)

    def count(self, start: datetime, end: datetime) -> int:
        """How many lie after `start` and up to `end`."""
        return max(0, bisect_right(self._times, end) - bisect_right(self._times, start))

    def between(self, start: datetime, end: datetime) -> Sequence[datetime]:
        """Those after `start` and up to `end`."""
        return self._times[bisect_right(self._times, start) : bisect_right(self._times, end)]

    def left(self, within: timedelta, low: int, began: datetime, at: datetime) -> datetime:
        """The first moment since `began` at which no more than `low` were left in the window; `at` at the latest."""
        for time in self._times[bisect_right(self._times, began - within) :]:
            out = time + within
            if out >= at:
                break
            if self.count(time, out) <= low:
                return max(out, began)
        return at


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """How many stories came in the same hours of the days before: `days` of `asked` were seen, `back` the earliest."""

    stories: int
    days: int
    asked: int
    back: int = 0  # how many days ago the earliest of them was

    @property
    def mean(self) -> float:
        """Stories a day."""
        return self.stories / self.days if self.days else 0.0

    @property
    def enough(self) -> bool:
        """Whether as many days were seen as it takes to speak of what is usual."""
        return self.days >= days_needed(self.asked)


def days_asked(rule: Spike) -> int:
    """How many days before a spike is held against."""
    return rule.against // _DAY


def days_needed(asked: int) -> int:
    """How many of them must have been seen: a third, two at least, a week at most."""
    return min(max(_LEAST, -(-asked // 3)), _WEEK)


def usual(times: Times, moment: datetime, rule: Spike, state: State, zone: ZoneInfo) -> Usual:
    """What came in the same hours of the days before `moment`.

    The window's end is shifted by whole local days, so that 07:00 stays 07:00 over a clock change; its length is
    elapsed time. A day counts only where all of its window was watched.
    """
    local = moment.astimezone(zone)
    stories = days = back = 0
    for number in range(1, days_asked(rule) + 1):
        end = (local - number * _DAY).astimezone(UTC)
        start = end - rule.within
        if start < state.since or state.paused(start, end):
            continue
        stories += times.count(start, end)
        days += 1
        back = number
    return Usual(stories=stories, days=days, asked=days_asked(rule), back=back)
