"""Reads and writes as the rooms of the store see them: functions of a connection, run in threads, in transactions."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Connection

from watcher.store.engine import READERS, reader_engine, writer_engine
from watcher.store.faults import translated
from watcher.store.place import Place
from watcher.store.writer import Writer

P = ParamSpec("P")
T = TypeVar("T")


class Database:
    """One writer, and readers beside it that each see one consistent state."""

    def __init__(self, place: Place) -> None:
        self.place = place
        self.writing = writer_engine(place)
        self._reading = reader_engine(place)
        self._writer = Writer(self.writing, place)
        self._threads = ThreadPoolExecutor(READERS, thread_name_prefix="store-reader")

    async def write(self, operation: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in a transaction; returns after the commit."""
        return await self._writer.run(operation, *args, **kwargs)

    async def stream(self, operation: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Write one of many that follow each other closely; see `Writer.stream`."""
        return await self._writer.stream(operation, *args, **kwargs)

    async def read(self, operation: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        """Run in a transaction that only reads; sees every write that has returned."""
        if self._reading is None:
            return await self._writer.run(operation, *args, **kwargs)
        return await self.aside(partial(self._read, operation, *args, **kwargs))

    async def aside(self, work: Callable[[], T]) -> T:
        """Run blocking work beside the writer."""
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def _read(self, operation: Callable[Concatenate[Connection, P], T], *args: P.args, **kwargs: P.kwargs) -> T:
        assert self._reading is not None  # noqa: S101 - `read` looked
        with translated(self.place), self._reading.begin() as connection:
            return operation(connection, *args, **kwargs)

    def close(self) -> None:
        """Commit what is queued and close every connection. Blocks."""
        self._writer.close()
        self._threads.shutdown()
        if self._reading is not None:
            self._reading.dispose()
        self.writing.dispose()
