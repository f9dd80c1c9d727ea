"""How often a feed brings news, and when: learned from its items' dates, forgotten slowly.

A feed's rate is taken to be the product of a mean, an hour of the day (UTC) and a day of the week, each drawn towards
the mean where little is known. Items that come together count once: what matters is when there is something to fetch.
"""

import math
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Final

HOUR: Final = timedelta(hours=1)
DAY: Final = timedelta(days=1)
HALF_LIFE: Final = timedelta(days=14)
TOGETHER: Final = timedelta(minutes=15)
"""Items so close to one another are one arrival."""

LONGEST_PAST: Final = timedelta(days=60)
ENOUGH: Final = 6.0
"""Arrivals, over at least a day, before anything is concluded."""

_HOURS: Final = 24
_DAYS: Final = 7
_PRIOR: Final = 1.0  # arrivals an hour of the day, and a day of the week, are taken to have had at the mean
_WEEKS: Final = 10.0  # days, before the days of the week are told apart
_LEAN: Final = 3.0  # arrivals that a feed is taken to have had at the usual rate, until it shows its own
_RAREST: Final = 1 / (24 * 14)  # an hour: what is taken of a feed that brings less


@dataclass(frozen=True, slots=True, kw_only=True)
class Rhythm:
    """Arrivals by hour and weekday, the days they were counted over, and the longest time between two of them."""

    hours: tuple[float, ...] = (0.0,) * _HOURS
    days: tuple[float, ...] = (0.0,) * _DAYS
    items: float = 0.0  # that arrived
    span: float = 0.0  # days, forgotten as the arrivals are
    longest: timedelta = timedelta()
    until: datetime | None = None  # learned up to here
    last: datetime | None = None  # the last arrival

    @property
    def arrivals(self) -> float:
        """How many, those long ago counting less."""
        return sum(self.hours)

    @property
    def known(self) -> bool:
        """Whether enough was seen to conclude anything."""
        return self.arrivals >= ENOUGH and self.span >= 1

    def items_a_day(self, now: datetime) -> float | None:
        """How many items come a day lately; None where too little was seen."""
        aged = self.aged(now)
        return aged.items / aged.span if aged.span >= 1 / 24 and self.arrivals > 1 else None

    def rate(self, moment: datetime) -> float:
        """Arrivals an hour that are to be expected about a moment."""
        return self.arrivals / (24 * max(self.span, 1 / 24)) * self.shape(moment)

    def shape(self, moment: datetime) -> float:
        """How much of the mean the hour and the day have."""
        total, hour = self.arrivals, moment.hour
        near = (self.hours[hour - 1] + 2 * self.hours[hour] + self.hours[(hour + 1) % _HOURS]) / 4
        by_hour = (near + _PRIOR) / (total / _HOURS + _PRIOR)
        by_day = (self.days[moment.weekday()] + _PRIOR) / (total / _DAYS + _PRIOR) if self.span >= _WEEKS else 1.0
        return by_hour * by_day

    def expected(self, start: datetime, end: datetime) -> float:
        """Arrivals to be expected between two moments; beyond four weeks by the mean alone."""
        total, moment = 0.0, start
        horizon = min(end, start + 2 * HALF_LIFE)
        while moment < horizon:
            step = min(horizon, moment.replace(minute=0, second=0, microsecond=0) + HOUR)
            total += self.rate(moment) * ((step - moment) / HOUR)
            moment = step
        return total * ((end - start) / (horizon - start)) if end > horizon else total

    def aged(self, now: datetime) -> "Rhythm":
        """As it stands now, nothing having come since it was last learned from."""
        if self.until is None or now <= self.until:
            return self
        passed = now - self.until
        kept = 0.5 ** (passed / HALF_LIFE)
        return replace(
            self,
            hours=tuple(count * kept for count in self.hours),
            days=tuple(count * kept for count in self.days),
            items=self.items * kept,
            span=self.span * kept + passed / DAY,
            longest=self.longest * math.sqrt(kept),
            until=now,
        )

    def wait(self, now: datetime, interval: timedelta, reference: float) -> timedelta:
        """How long until the next look, where a feed of `reference` arrivals an hour is looked at every `interval`.

        The mean delay over many feeds and hours is least, for a number of looks, where each is looked at in proportion
        to the square root of its rate; so that much of it is let pass. The less was seen of the feed, the more it is
        taken to be one of those.
        """
        rhythm = self.aged(now)
        mean = (rhythm.arrivals + _LEAN) / (24 * rhythm.span + _LEAN / reference)
        left, moment = interval / HOUR * math.sqrt(reference), now
        end = now + DAY
        while moment < end:
            density = math.sqrt(max(mean * rhythm.shape(moment), _RAREST))
            step = (moment.replace(minute=0, second=0, microsecond=0) + HOUR - moment) / HOUR
            if density * step >= left:
                return moment + HOUR * (left / density) - now
            left -= density * step
            moment += HOUR * step
        return DAY


def learned(rhythm: Rhythm, arrivals: Iterable[datetime], now: datetime) -> Rhythm:
    """The rhythm with what came, all of it not after `now`. The first time, the past that the items tell is learned."""
    told = tuple(arrivals)
    moments = sorted(moment for moment in told if now - LONGEST_PAST <= moment <= now)
    if not moments:
        return rhythm if rhythm.until is not None else Rhythm(until=now, span=LONGEST_PAST / DAY if told else 0.0)
    first = rhythm.until is None
    start = rhythm if rhythm.until is not None else Rhythm(until=moments[0])
    aged = start.aged(moments[-1] if first else now)
    hours, days = list(aged.hours), list(aged.days)
    last, longest = rhythm.last, aged.longest
    for moment in moments:
        if last is not None and moment - last < TOGETHER:
            last = max(last, moment)
            continue
        hours[moment.hour] += 1
        days[moment.weekday()] += 1
        longest = max(longest, moment - last) if last is not None else longest
        last = moment
    return replace(
        aged, hours=tuple(hours), days=tuple(days), items=aged.items + len(moments), longest=longest, last=last
    )


def written(rhythm: Rhythm) -> dict[str, Any]:
    """As JSON can hold it, compactly."""
    if rhythm.until is None:
        return {}
    return {
        "h": [round(count, 2) for count in rhythm.hours],
        "d": [round(count, 2) for count in rhythm.days],
        "n": round(rhythm.items, 2),
        "s": round(rhythm.span, 3),
        "g": round(rhythm.longest.total_seconds()),
        "u": rhythm.until.isoformat(),
        "l": rhythm.last.isoformat() if rhythm.last else "",
    }


def read(kept: dict[str, Any]) -> Rhythm:
    """What `written` wrote; ValueError, TypeError or KeyError where it did not."""
    if not kept:
        return Rhythm()
    hours, days = tuple(map(float, kept["h"])), tuple(map(float, kept["d"]))
    if len(hours) != _HOURS or len(days) != _DAYS:
        raise ValueError("not a rhythm")
    return Rhythm(
        hours=hours,
        days=days,
        items=float(kept["n"]),
        span=float(kept["s"]),
        longest=timedelta(seconds=kept["g"]),
        until=datetime.fromisoformat(kept["u"]),
        last=datetime.fromisoformat(kept["l"]) if kept["l"] else None,
    )
