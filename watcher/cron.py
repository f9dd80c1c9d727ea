"""Cron expressions and the local times they name. Pure: the present is an argument.

Five fields as in crontab(5): minute, hour, day of month, month, day of week (0 and 7 are Sunday). Where both the day of
the month and the day of the week are restricted, either will do, as crontab has it.

A slot is a local wall-clock time, aware in its zone. Its instant (`instant`) is when it runs: a slot that a clock
change skips runs right after the gap, one that comes twice runs the first time.
"""

import re
from calendar import monthrange
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_WEEKDAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_SHORTHANDS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
}
_EXAMPLE = "five fields: minute hour day month weekday, such as `0 7 * * mon-fri`"
_HORIZON_YEARS = 9  # 29 February skips at most eight years, over 1900 or 2100


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    low: int
    high: int
    names: tuple[str, ...] = ()
    base: int = 0  # the number of the first name

    def number(self, text: str) -> int:
        if text.lower() in self.names:
            return self.names.index(text.lower()) + self.base
        if not re.fullmatch(r"[0-9]{1,4}", text):
            allowed = f"{self.low}-{self.high}" + (f" or {', '.join(self.names)}" if self.names else "")
            raise ValueError(f"the {self.name} `{text}` is not one of {allowed}")
        value = int(text)
        if not self.low <= value <= self.high:
            raise ValueError(f"the {self.name} {value} is not within {self.low}-{self.high}")
        return value


_FIELDS = (
    _Field(name="minute", low=0, high=59),
    _Field(name="hour", low=0, high=23),
    _Field(name="day of the month", low=1, high=31),
    _Field(name="month", low=1, high=12, names=_MONTHS, base=1),
    _Field(name="weekday", low=0, high=7, names=_WEEKDAYS),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Cron:
    """A parsed expression. `weekdays` are crontab's: 0 is Sunday, 6 Saturday (7 is read as 0).

    `either`: both kinds of day are restricted, and a date needs only one of them.
    """

    text: str
    minutes: frozenset[int]
    hours: frozenset[int]
    days: frozenset[int]
    months: frozenset[int]
    weekdays: frozenset[int]
    either: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an expression; ValueError says what is wrong and what is allowed."""
        written = _SHORTHANDS.get(text.strip().lower(), text)
        if written.strip().startswith("@"):
            raise ValueError(f"`{text.strip()}` is not one of {', '.join(_SHORTHANDS)}")
        parts = written.split()
        if len(parts) != len(_FIELDS):
            raise ValueError(f"{len(parts)} field{'' if len(parts) == 1 else 's'} where a schedule has {_EXAMPLE}")
        minutes, hours, days, months, weekdays = (_values(*pair) for pair in zip(_FIELDS, parts, strict=True))
        cron = cls(
            text=text.strip(),
            minutes=minutes,
            hours=hours,
            days=days,
            months=months,
            weekdays=frozenset(day % 7 for day in weekdays),
            either=not parts[2].startswith("*") and not parts[4].startswith("*"),
        )
        if not cron.either and not any(_longest(month) >= min(days) for month in months):
            raise ValueError(f"there is no day {min(days)} in the months it names, so it never comes")
        return cron

    def on(self, day: date) -> bool:
        """Whether the date has slots."""
        if day.month not in self.months:
            return False
        in_month, in_week = day.day in self.days, day.isoweekday() % 7 in self.weekdays
        return (in_month or in_week) if self.either else (in_month and in_week)

    def times(self) -> tuple[time, ...]:
        """The local times of a day that has slots, in order."""
        return tuple(time(hour, minute) for hour in sorted(self.hours) for minute in sorted(self.minutes))


def _longest(month: int) -> int:
    return monthrange(2000, month)[1]


def _values(field: _Field, text: str) -> frozenset[int]:
    return frozenset(value for part in text.split(",") for value in _part(field, part))


def _part(field: _Field, part: str) -> range:
    span, slash, every = part.partition("/")
    if slash and (not re.fullmatch(r"[0-9]{1,4}", every) or int(every) == 0):
        raise ValueError(f"the step `/{every}` of the {field.name} is not a number from 1 on")
    if not span:
        raise ValueError(f"the {field.name} has an empty part; lists are written `1,15`")
    step = int(every) if slash else 1
    if span == "*":
        return range(field.low, field.high + (field.names != _WEEKDAYS), step)
    first, dash, last = span.partition("-")
    low = field.number(first)
    if not dash:
        return range(low, (field.high if slash else low) + 1, step)
    high = field.number(last)
    if high == 0 and low > 0 and field.names == _WEEKDAYS:
        high = 7
    if high < low:
        raise ValueError(f"the range `{span}` of the {field.name} runs backwards; write it as a list")
    return range(low, high + 1, step)


def instant(slot: datetime) -> datetime:
    """When a slot runs, in UTC: the first time where its local time comes twice, right after the gap where never."""
    first = slot.replace(fold=0).astimezone(UTC)
    zone = slot.tzinfo
    if first.astimezone(zone).replace(tzinfo=None) == slot.replace(tzinfo=None, fold=0):
        return first
    before, after = slot.replace(fold=1).astimezone(UTC), first  # in a gap, fold 1 lies before the change
    offset = before.astimezone(zone).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        before, after = (middle, after) if middle.astimezone(zone).utcoffset() == offset else (before, middle)
    return after.replace(microsecond=0)


def last_slot(cron: Cron, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The most recent slot whose instant is not after `now`, aware in `zone`; None where none lies in nine years."""
    local = now.astimezone(zone)
    first_pass = local.replace(fold=0).utcoffset() or timedelta()
    doubled = first_pass - (local.utcoffset() or timedelta())
    upper = local.replace(tzinfo=None, fold=0) + doubled
    times = cron.times()[::-1]
    for day in _days(upper.date(), -1):
        if not cron.on(day):
            continue
        for clock in times:
            slot = datetime.combine(day, clock, zone)
            if slot.replace(tzinfo=None) <= upper and instant(slot) <= now:
                return slot
    return None


def next_slot(cron: Cron, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The first slot whose instant is after `now`, aware in `zone`; None where none lies in nine years."""
    return next(_after(cron, zone, now), None)


def slots(cron: Cron, zone: ZoneInfo, after: datetime, until: datetime) -> Iterator[datetime]:
    """The slots whose instants lie in (after, until], in order."""
    for slot in _after(cron, zone, after):
        if instant(slot) > until:
            return
        yield slot


def _after(cron: Cron, zone: ZoneInfo, now: datetime) -> Iterator[datetime]:
    local = now.astimezone(zone).replace(tzinfo=None, fold=0)
    times = cron.times()
    for day in _days(local.date(), 1):
        if not cron.on(day):
            continue
        for clock in times:
            slot = datetime.combine(day, clock, zone)
            if slot.replace(tzinfo=None) >= local and instant(slot) > now:
                yield slot


def _days(start: date, step: int) -> Iterator[date]:
    for days in range(_HORIZON_YEARS * 366):
        try:
            yield start + timedelta(days=days * step)
        except OverflowError:
            return
