"""Worker processes with a time and a memory limit: what hangs, crashes or swells costs its own task and nothing else.

Built on pebble, whose workers are killed and replaced one by one. On top of it: work and result travel as bytes that
only we unpickle (a result that cannot be read breaks no pool), a pool that breaks is replaced, and workers die with
their parent, however it ends.
"""

import asyncio
import ctypes
import os
import pickle
import resource
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import contextmanager, suppress
from datetime import timedelta
from multiprocessing.context import SpawnContext, SpawnProcess
from types import ModuleType
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

from pebble import ProcessExpired, ProcessPool

from watcher.errors import WorkFailed, WorkReason

if TYPE_CHECKING:
    from concurrent.futures import Future

P = ParamSpec("P")
T = TypeVar("T")

AHEAD = 2
"""Tasks handed over per worker: one runs, one waits in the pipe, so that no worker idles between two."""

TRIES = 3
"""How often a task is begun anew because a worker that had nothing to do with it was killed from outside."""

GRACE = 10.0
"""Seconds beyond every limit after which a task without an answer is given up as lost."""

PR_SET_PDEATHSIG = 1


class WorkerPool:
    """Implements `ports.Workers`. Starts its processes on first use.

    `workers` processes; each may use `memory` bytes of data and is replaced after `max_tasks` tasks (0: never).
    """

    def __init__(self, workers: int, memory: int, max_tasks: int = 1000) -> None:
        self._workers = workers
        self._memory = memory
        self._max_tasks = max_tasks
        self._slots = asyncio.Semaphore(workers * AHEAD)
        self._pool: ProcessPool | None = None
        self._waiting: set[asyncio.Future[bytes]] = set()
        self._longest = 0.0
        self._closed = False

    async def run(self, work: Callable[P, T], limit: timedelta, /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a picklable, importable function in a worker, within `limit` from when it starts.

        Raises WorkFailed: TIMEOUT (it was killed), MEMORY, CRASHED (the process died), RAISED (`detail` says what).
        """
        task = pickle.dumps((work, args, kwargs), pickle.HIGHEST_PROTOCOL)
        async with self._slots:
            answer = await self._insist(task, limit.total_seconds())
        reason, value = pickle.loads(answer)  # noqa: S301 - our own worker wrote it
        if reason is not None:
            raise WorkFailed(reason, value)
        result: T = value
        return result

    async def aclose(self) -> None:
        """Stop the workers at once; what is running fails as CRASHED."""
        self._closed = True
        for waiting in tuple(self._waiting):
            if not waiting.done():
                waiting.set_exception(WorkFailed(WorkReason.CRASHED, "the pool was closed"))
        pool, self._pool = self._pool, None
        if pool is not None:
            await asyncio.to_thread(_stop, pool)

    async def _insist(self, task: bytes, limit: float) -> bytes:
        """Perform a task; once more where the pool broke under it, which is not the task's fault."""
        for _ in range(TRIES):
            with suppress(BrokenProcessPool):
                return await self._perform(task, limit)
        raise WorkFailed(WorkReason.CRASHED, "workers were killed one after the other")

    async def _perform(self, task: bytes, limit: float) -> bytes:
        self._longest = max(self._longest, limit)
        waiting: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        future = self._schedule(task, limit)
        self._waiting.add(waiting)
        future.add_done_callback(_Settle(waiting))
        try:
            async with asyncio.timeout(self._longest + limit + GRACE) as patience:
                return await waiting
        except ProcessExpired as error:
            raise WorkFailed(WorkReason.CRASHED, _how_it_ended(error.exitcode)) from error
        except TimeoutError as error:
            if patience.expired():
                self._abandon()
                raise BrokenProcessPool from error
            raise WorkFailed(WorkReason.TIMEOUT, f"took longer than {limit:g} s") from error
        finally:
            self._waiting.discard(waiting)
            future.cancel()

    def _schedule(self, task: bytes, limit: float) -> "Future[bytes]":
        if self._closed:
            raise WorkFailed(WorkReason.CRASHED, "the pool was closed")
        if self._pool is not None and not self._pool.active:
            self._abandon()
        if self._pool is None:
            self._pool = ProcessPool(
                max_workers=self._workers,
                max_tasks=self._max_tasks,
                initializer=prepare_worker,
                initargs=(self._memory, os.getpid()),
                context=_Context(),
            )
        future: Future[bytes] = self._pool.schedule(perform, args=(task,), timeout=limit)
        return future

    def _abandon(self) -> None:
        """Give up a pool that broke or lost a task: a worker killed from outside may have held its lock."""
        pool, self._pool = self._pool, None
        if pool is None:
            return
        threading.Thread(target=_stop, args=(pool,), daemon=True).start()
        for waiting in tuple(self._waiting):
            if not waiting.done():
                waiting.set_exception(BrokenProcessPool())


class _Settle:
    """Carries a pool thread's answer over to the event loop."""

    def __init__(self, waiting: "asyncio.Future[bytes]") -> None:
        self._waiting = waiting
        self._loop = waiting.get_loop()

    def __call__(self, future: "Future[bytes]") -> None:
        with suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits
            self._loop.call_soon_threadsafe(self._settle, future)

    def _settle(self, future: "Future[bytes]") -> None:
        if self._waiting.done() or future.cancelled():
            return
        error = future.exception()
        if error is None:
            self._waiting.set_result(future.result())
        else:
            self._waiting.set_exception(error)


class _Worker(SpawnProcess):
    """A worker process: ignores SIGTERM (a whole group may be sent it), so that to end it is to kill it."""

    def terminate(self) -> None:
        self.kill()

    def start(self) -> None:
        with _hidden_main():
            super().start()


class _Context(SpawnContext):
    Process = _Worker


@contextmanager
def _hidden_main() -> Iterator[None]:
    """Start a process without the parent's main module, which would load the whole program into every worker."""
    main = sys.modules["__main__"]
    sys.modules["__main__"] = ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = main


def perform(task: bytes) -> bytes:
    """In the worker: run a pickled (function, args, kwargs); the answer is a pickled (None or WorkReason, value)."""
    try:
        work, args, kwargs = pickle.loads(task)  # noqa: S301 - our own parent wrote it
        return pickle.dumps((None, work(*args, **kwargs)), pickle.HIGHEST_PROTOCOL)
    except MemoryError:
        return pickle.dumps((WorkReason.MEMORY, "needed more memory than it may use"))
    except BaseException as error:  # noqa: BLE001 - whatever the work raises is an answer for the parent to judge
        return pickle.dumps((WorkReason.RAISED, f"{type(error).__name__}: {error}"[:1000]))


def prepare_worker(memory: int, parent: int) -> None:
    """In the worker, before its first task: leave signals to the parent, die with it, keep to `memory` bytes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    die_with(parent)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"):  # each of their threads reserves memory
        os.environ.setdefault(name, "1")
    if memory:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def die_with(parent: int) -> None:
    """End this process when `parent` ends, even by SIGKILL: by prctl(2) on Linux, else by looking."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    else:
        threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    if os.getppid() != parent:
        os._exit(1)


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(1)
    os._exit(1)


def _stop(pool: ProcessPool) -> None:
    pool.stop()  # type: ignore[no-untyped-call] # pebble types it halfway
    pool.join()


def _how_it_ended(exitcode: Any) -> str:
    if isinstance(exitcode, int) and exitcode < 0:
        with suppress(ValueError):
            return f"the worker was ended by {signal.Signals(-exitcode).name}"
    return f"the worker ended with exit code {exitcode}"
