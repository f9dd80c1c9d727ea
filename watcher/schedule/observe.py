"""What a feed's body shows of the feed beside its entries: its rhythm, whether its items have dates, its language."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final

from watcher.schedule.memory import Memory
from watcher.schedule.rhythm import learned

_SOME: Final = 3
"""Items from which on their lack of dates says something of the feed."""

_SETTLED: Final = timedelta(days=7)

_TRUSTED: Final = timedelta(days=1)
"""An item that is new and says that it is older than this tells when it was written, not when it came."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Body:
    """What there was to see in a body. `dates`: of the entries that are new, None for one without.

    `dated` of `items` that were read had a date; `language` is that of their words, None where that is not clear.
    """

    dates: tuple[datetime | None, ...] = ()
    items: int = 0
    dated: int = 0
    language: str | None = None


def observed(memory: Memory, body: Body, now: datetime) -> Memory:
    """The memory with what a body shows."""
    rhythm = learned(memory.rhythm, _arrivals(memory, body.dates, now), now)
    return _language(_dates(_newest(replace(memory, rhythm=rhythm), body.dates, now), body), body.language, now)


def _newest(memory: Memory, dates: Iterable[datetime | None], now: datetime) -> Memory:
    told = sorted(date for date in (memory.newest, *dates) if date is not None and date <= now)
    if not told:
        return memory
    pause = max((later - earlier for earlier, later in pairwise(told)), default=timedelta())
    return replace(memory, newest=told[-1], pause=max(memory.pause, pause))


def _arrivals(memory: Memory, dates: Iterable[datetime | None], now: datetime) -> Iterable[datetime]:
    if memory.rhythm.until is None:
        return [date for date in dates if date is not None and date <= now]
    return [now if date is None or not now - _TRUSTED < date <= now else date for date in dates]


def _dates(memory: Memory, body: Body) -> Memory:
    if body.dated:
        return replace(memory, dated=memory.dated + 1, undated=False)
    return replace(memory, undated=memory.undated or memory.dated > 0) if body.items >= _SOME else memory


def _language(memory: Memory, language: str | None, now: datetime) -> Memory:
    """A language is another once two bodies in a row were; a week later that is what the feed is."""
    if language is None:
        return memory
    if memory.language is None or language == memory.language:
        return replace(memory, language=language, other=None, turned=None)
    if memory.turned is not None and now - memory.turned >= _SETTLED:
        return replace(memory, language=language, other=None, turned=None)
    turned = memory.turned or (now if memory.other == language else None)
    return replace(memory, other=language, turned=turned)
