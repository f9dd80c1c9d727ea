"""The one thread that writes: what shares a commit, and what does not wait for others."""

import asyncio
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, event

from watcher.store.engine import writer_engine
from watcher.store.place import place_of
from watcher.store.writer import Writer


class Commits:
    """Counts them."""

    def __init__(self, engine: Engine) -> None:
        self.count = 0
        event.listen(engine, "commit", self._one)

    def _one(self, _: Connection) -> None:
        self.count += 1


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    engine = writer_engine(place_of(f"sqlite:///{tmp_path}/w.db"))
    yield engine
    engine.dispose()


def nothing(connection: Connection, number: int) -> int:
    connection.exec_driver_sql("SELECT 1")
    return number


async def test_operations_that_follow_each_other_closely_share_a_commit(engine: Engine) -> None:
    commits = Commits(engine)
    with closing(Writer(engine, place_of("sqlite:///:memory:"))) as writer:

        async def late(number: int) -> int:
            await asyncio.sleep(0.001 * number)
            return await writer.stream(nothing, number)

        assert await asyncio.gather(*map(late, range(16))) == list(range(16))
    assert commits.count < 10


async def test_an_operation_that_somebody_waits_for_ends_the_wait(engine: Engine) -> None:
    with closing(Writer(engine, place_of("sqlite:///:memory:"))) as writer:
        first = asyncio.ensure_future(writer.stream(nothing, 1))
        await asyncio.sleep(0)
        assert await writer.run(nothing, 2) == 2
        assert first.done(), "both were committed together"
        assert first.result() == 1


async def test_what_waits_when_the_writer_closes_is_committed(engine: Engine) -> None:
    writer = Writer(engine, place_of("sqlite:///:memory:"))
    waiting = asyncio.ensure_future(writer.stream(nothing, 1))
    await asyncio.sleep(0)
    await asyncio.to_thread(writer.close)
    assert await waiting == 1
