"""The embedded runner: asyncio tasks in this process, a bounded number of each kind.

It holds ids in memory only. A lost or doubled wake-up is harmless: the tick submits again what is due, and an id that
is queued or under way is not taken twice.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Iterable, Mapping
from enum import StrEnum
from typing import Final

import structlog

from watcher.errors import WatcherError
from watcher.ports import Clock
from watcher.runner.queue import FairQueue, GroupOf

Handler = Callable[[Hashable], Awaitable[None]]
log = structlog.get_logger()
_FAILED: Final = "job failed; it will be tried again"


class Kind(StrEnum):
    """The four jobs; `rate` looks at a topic's counts, `gather` is what becomes of a digest that had to wait."""

    POLL = "poll"
    READ = "read"
    RATE = "rate"
    COMPILE = "compile"
    GATHER = "gather"
    DELIVER = "deliver"


_AGAIN = frozenset({Kind.RATE, Kind.COMPILE, Kind.DELIVER})
"""Kinds whose job may have looked before what it is woken for was there."""


def _one_group(_: Hashable) -> Hashable:
    return None


class _Lane:
    """One kind's queue: what waits, what is under way, and what failed just now and has to cool."""

    def __init__(self, kind: Kind, handler: Handler, limit: int, waiting: FairQueue) -> None:
        self.kind = kind.value
        self.handler = handler
        self.limit = limit
        self.waiting = waiting
        self.known: set[Hashable] = set()
        self.again: set[Hashable] = set()
        self.cooling: dict[Hashable, tuple[float, int]] = {}
        self.active = 0


class LocalRunner:
    """Runs submitted jobs; `limits` says how many of a kind at once.

    `groups` tells the group of a kind's jobs, of which at most `most_of_group()` are under way at once.
    """

    COOL_FIRST = 5.0
    COOL_MAX = 600.0

    def __init__(
        self,
        handlers: Mapping[Kind, Handler],
        limits: Mapping[Kind, int],
        clock: Clock,
        groups: Mapping[Kind, GroupOf] | None = None,
        most_of_group: Callable[[], int] = lambda: 1,
    ) -> None:
        groups = groups or {}
        queues = {kind: FairQueue(groups.get(kind, _one_group), most_of_group) for kind in handlers}
        self._lanes = {kind: _Lane(kind, handler, limits[kind], queues[kind]) for kind, handler in handlers.items()}
        self._clock = clock
        self._tasks: set[asyncio.Task[None]] = set()
        self._idle = asyncio.Event()
        self._idle.set()
        self._closing = False
        self.failures = 0

    def submit(self, kind: Kind, ids: Iterable[Hashable]) -> None:
        """Wake the jobs of these ids; those queued already are passed over, those under way run once more."""
        lane = self._lanes[kind]
        now = self._clock.monotonic()
        for job in ids:
            if self._closing or lane.cooling.get(job, (0.0, 0))[0] > now:
                continue
            if job in lane.known:
                if kind in _AGAIN:
                    lane.again.add(job)
                continue
            lane.known.add(job)
            lane.waiting.add(job)
        self._start(lane)

    def limit(self, kind: Kind, count: int) -> None:
        """How many of a kind at once from now on; those under way go on."""
        self._lanes[kind].limit = count
        self._start(self._lanes[kind])

    def backlog(self, kind: Kind) -> int:
        """How many of a kind wait or are under way."""
        return len(self._lanes[kind].known)

    async def drain(self) -> None:
        """Until nothing waits and nothing is under way."""
        await self._idle.wait()

    async def aclose(self, grace: float) -> None:
        """Start nothing more; give what is under way `grace` seconds, then cancel it: it is done again next time."""
        self._closing = True
        for lane in self._lanes.values():
            lane.known.difference_update(lane.waiting)
            lane.waiting.clear()
        if self._tasks:
            _, late = await asyncio.wait(self._tasks, timeout=grace)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    def _start(self, lane: _Lane) -> None:
        while lane.waiting and lane.active < lane.limit:
            lane.active += 1
            self._idle.clear()
            task = asyncio.create_task(self._work(lane))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _work(self, lane: _Lane) -> None:
        try:
            while lane.waiting and lane.active <= lane.limit:
                job = lane.waiting.take()
                try:
                    await self._one(lane, job)
                finally:
                    lane.waiting.give_back(job)
        finally:
            lane.active -= 1
            if not any(other.active or other.waiting for other in self._lanes.values()):
                self._idle.set()

    async def _one(self, lane: _Lane, job: Hashable) -> None:
        try:
            await lane.handler(job)
        except WatcherError as error:  # a full disk, a lost connection: expected, and said in one line
            self._failed(lane, job)
            log.error(_FAILED, kind=lane.kind, job=str(job), error=str(error))  # noqa: TRY400
        except Exception:  # the one blanket except: a job that fails is recorded, the rest goes on
            self._failed(lane, job)
            log.exception(_FAILED, kind=lane.kind, job=str(job))
        else:
            lane.cooling.pop(job, None)
        finally:
            lane.known.discard(job)
            if job in lane.again:
                lane.again.discard(job)
                lane.known.add(job)
                lane.waiting.add(job)

    def _failed(self, lane: _Lane, job: Hashable) -> None:
        """A job that fails must not spin."""
        self.failures += 1
        times = lane.cooling.get(job, (0.0, 0))[1]
        pause = min(self.COOL_FIRST * 2**times, self.COOL_MAX)
        lane.cooling[job] = (self._clock.monotonic() + pause, times + 1)
