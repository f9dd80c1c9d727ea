"""The one thread that writes: what is asked for meanwhile is committed together.

A commit waits for the disk, so operations that queue up during one commit share the next. Those that come in streams
(`patient`) wait a moment for the next one of their kind; any other ends the wait. Where one fails, the whole is rolled
back and each runs alone, so that it fails only its own caller. Results are handed over once committed.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Sequence
from contextlib import suppress
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from types import TracebackType
from typing import Any, Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine

from watcher.errors import StoreError
from watcher.store.faults import DATABASE_ERRORS, in_words, is_passing
from watcher.store.place import Place

P = ParamSpec("P")
T = TypeVar("T")

_TOGETHER = 128  # operations in one commit
_GAP = 0.012  # seconds in which a patient operation waits for another
_STREAM = 8  # patient operations that are waited for
_TRIES = 5  # of a transaction that another process crossed


class _Outcome:
    """What an operation came to: its value, or the error that its caller is to get."""

    __slots__ = ("error", "value")

    def __init__(self) -> None:
        self.value: Any = None
        self.error: BaseException | None = None

    def __enter__(self) -> None:
        self.value = self.error = None

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> bool:
        self.error = error
        return True


class _Job:
    """One operation that waits for its commit."""

    __slots__ = ("future", "loop", "operation", "outcome", "patient")

    def __init__(
        self, operation: Callable[[Connection], Any], loop: asyncio.AbstractEventLoop, *, patient: bool
    ) -> None:
        self.operation = operation
        self.patient = patient
        self.loop = loop
        self.future: asyncio.Future[Any] = loop.create_future()
        self.outcome = _Outcome()


def _hand_over(jobs: Sequence[_Job]) -> None:
    for job in jobs:
        if job.future.done():  # its caller was cancelled; what was asked for is done all the same
            continue
        if job.outcome.error is None:
            job.future.set_result(job.outcome.value)
        else:
            job.future.set_exception(job.outcome.error)


class Writer:
    """Takes operations from any event loop and commits them in the order in which they came."""

    def __init__(self, engine: Engine, place: Place) -> None:
        self._engine = engine
        self._place = place
        self._queue: SimpleQueue[_Job | None] = SimpleQueue()
        self._gate = Lock()
        self._closed = False
        self._thread = Thread(target=self._run, name="store-writer", daemon=True)
        self._thread.start()

    async def run(self, operation: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run an operation in a transaction and return its result after the commit.

        It runs even if the caller is cancelled meanwhile: what was asked for may have happened outside already.
        """
        return await self._wait_for(lambda connection: operation(connection, *args, **kwargs), patient=False)

    async def stream(self, operation: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The same for one of many that follow each other closely: it waits some milliseconds to share a commit."""
        return await self._wait_for(lambda connection: operation(connection, *args, **kwargs), patient=True)

    async def _wait_for(self, operation: Callable[[Connection], T], *, patient: bool) -> T:
        job = _Job(operation, asyncio.get_running_loop(), patient=patient)
        with self._gate:
            if self._closed:
                raise StoreError(f"{self._place}: the store is closed")
            self._queue.put(job)
        result: T = await job.future
        return result

    def close(self) -> None:
        """Commit what is queued and end the thread; more is refused. Blocks."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._queue.put(None)
        self._thread.join()

    def _run(self) -> None:
        while jobs := self._next():
            self._commit(jobs)
            by_loop: dict[asyncio.AbstractEventLoop, list[_Job]] = defaultdict(list)
            for job in jobs:
                by_loop[job.loop].append(job)
            for loop, its_jobs in by_loop.items():
                with suppress(RuntimeError):  # the loop was closed: nobody waits
                    loop.call_soon_threadsafe(_hand_over, its_jobs)

    def _next(self) -> list[_Job]:
        """Wait for an operation; take those behind it too. Nothing once closed."""
        jobs: list[_Job] = []
        job = self._queue.get()
        while job is not None:
            jobs.append(job)
            if len(jobs) == _TOGETHER:
                return jobs
            linger = len(jobs) < _STREAM and all(waiting.patient for waiting in jobs)
            try:
                job = self._queue.get(timeout=_GAP) if linger else self._queue.get_nowait()
            except Empty:
                return jobs
        if jobs:
            self._queue.put(None)  # the end comes after these
        return jobs

    def _commit(self, jobs: Sequence[_Job]) -> None:
        whole = _Outcome()
        with whole, self._engine.begin() as connection:
            for job in jobs:
                job.outcome.value = job.operation(connection)
        if whole.error is None:
            return
        for job in jobs:
            self._alone(job)

    def _alone(self, job: _Job) -> None:
        for _ in range(_TRIES):
            with job.outcome, self._engine.begin() as connection:
                job.outcome.value = job.operation(connection)
            error = job.outcome.error
            if error is None or not is_passing(error):
                break
        if isinstance(job.outcome.error, DATABASE_ERRORS):
            words = in_words(job.outcome.error, self._place)
            words.__cause__ = job.outcome.error
            job.outcome.error = words
