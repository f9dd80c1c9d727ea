"""Group commit: together where it can be, alone where one fails."""

import asyncio
import threading
from collections.abc import Coroutine, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import IntegrityError, StatementError

from watcher.errors import StoreError
from watcher.store.engine import writer_engine
from watcher.store.faults import in_words
from watcher.store.place import Place
from watcher.store.writer import Writer

MEMORY = Place()


class Counted:
    """A writer on a table, and how often it committed."""

    def __init__(self) -> None:
        self.engine = writer_engine(MEMORY)
        self.commits = 0
        with self.engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept (number INTEGER PRIMARY KEY)"))
        event.listen(self.engine, "commit", self._count)
        self.writer = Writer(self.engine, MEMORY)
        self.gate = threading.Event()
        self.held = threading.Event()

    def _count(self, _: Connection) -> None:
        self.commits += 1

    def wait(self, _: Connection) -> None:
        """Hold the writer, so that what comes meanwhile queues up."""
        self.held.set()
        self.gate.wait(10)


@pytest.fixture
def counted() -> Iterator[Counted]:
    made = Counted()
    yield made
    made.gate.set()
    made.writer.close()
    made.engine.dispose()


def keep(connection: Connection, number: int) -> int:
    connection.execute(text("INSERT INTO kept VALUES (:number)"), {"number": number})
    return number


def kept(connection: Connection) -> list[int]:
    return list(connection.scalars(text("SELECT number FROM kept ORDER BY number")))


def clumsy(connection: Connection, number: int) -> None:
    keep(connection, number)
    raise KeyError(number)


async def queued(counted: Counted, *operations: Coroutine[Any, Any, Any]) -> list[Any]:
    """What becomes of operations that all wait when the writer is free."""
    first = asyncio.create_task(counted.writer.run(counted.wait))
    await asyncio.to_thread(counted.held.wait, 10)
    tasks = [asyncio.create_task(one) for one in operations]
    await asyncio.sleep(0)
    counted.gate.set()
    await first
    return list(await asyncio.gather(*tasks, return_exceptions=True))


async def test_what_queues_up_is_committed_together(counted: Counted) -> None:
    run = counted.writer.run
    results = await queued(counted, *(run(keep, number) for number in range(50)))
    assert results == list(range(50))
    assert counted.commits == 2
    assert await run(kept) == list(range(50))


async def test_more_than_fits_one_commit_takes_several(counted: Counted) -> None:
    run = counted.writer.run
    assert await queued(counted, *(run(keep, number) for number in range(300))) == list(range(300))
    assert counted.commits == 4


async def test_one_that_fails_fails_only_its_own_caller(counted: Counted) -> None:
    run = counted.writer.run
    results = await queued(counted, run(keep, 1), run(clumsy, 2), run(keep, 1), run(keep, 3))
    assert (results[0], results[3]) == (1, 3)
    assert isinstance(results[1], KeyError)
    assert isinstance(results[2], StoreError)
    assert isinstance(results[2].__cause__, IntegrityError)
    assert await run(kept) == [1, 3]
    assert await run(keep, 4) == 4


async def test_an_error_of_the_program_stays_what_it_is(counted: Counted) -> None:
    def wrong(connection: Connection) -> None:
        connection.execute(text("SELECT :missing"))

    with pytest.raises(StatementError):
        await counted.writer.run(wrong)


async def test_results_are_handed_to_the_loop_that_asked(counted: Counted) -> None:
    numbers = await asyncio.gather(
        *(asyncio.to_thread(asyncio.run, counted.writer.run(keep, number)) for number in range(5))
    )
    assert numbers == [0, 1, 2, 3, 4]


async def test_a_caller_that_left_loses_nothing_but_the_answer(counted: Counted) -> None:
    first = asyncio.create_task(counted.writer.run(counted.wait))
    await asyncio.to_thread(counted.held.wait, 10)
    gone = asyncio.create_task(counted.writer.run(keep, 1))
    await asyncio.sleep(0)
    gone.cancel()
    counted.gate.set()
    await first
    with pytest.raises(asyncio.CancelledError):
        await gone
    assert await counted.writer.run(kept) == [1]


async def test_a_closed_writer_takes_no_more(counted: Counted) -> None:
    counted.writer.close()
    with pytest.raises(StoreError, match="closed"):
        await counted.writer.run(kept)


def test_an_error_without_words_is_named_for_its_kind() -> None:
    assert str(in_words(TimeoutError(), MEMORY)) == ":memory:: TimeoutError"
