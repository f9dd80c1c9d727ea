"""The embedded runner: bounded, never twice at once, and nothing that fails stops the rest."""

import asyncio
from collections.abc import Hashable
from datetime import UTC, datetime

from structlog.testing import capture_logs

from watcher.errors import StoreError
from watcher.runner import Kind, LocalRunner


class Hand:
    """A clock that is set by hand."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def now(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    def monotonic(self) -> float:
        return self.seconds


class Work:
    """A handler that waits to be let go, and notes what it did."""

    def __init__(self) -> None:
        self.done: list[Hashable] = []
        self.most = 0
        self.running = 0
        self.gate = asyncio.Event()
        self.fails: dict[Hashable, Exception] = {}

    async def __call__(self, job: Hashable) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        try:
            await self.gate.wait()
            if job in self.fails:
                raise self.fails[job]
            self.done.append(job)
        finally:
            self.running -= 1


def runner(work: Work, limit: int = 2) -> tuple[LocalRunner, Hand]:
    hand = Hand()
    return LocalRunner(dict.fromkeys(Kind, work), dict.fromkeys(Kind, limit), hand), hand


async def breathe() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_no_more_run_at_once_than_the_limit_says_and_all_are_done() -> None:
    work = Work()
    made, _ = runner(work)
    made.submit(Kind.POLL, range(10))
    await breathe()
    assert work.running == 2
    work.gate.set()
    await made.drain()
    assert sorted(map(int, map(str, work.done))) == list(range(10))
    assert work.most == 2


async def test_a_job_that_waits_or_runs_is_not_taken_twice() -> None:
    work = Work()
    made, _ = runner(work, limit=1)
    for _ in range(3):
        made.submit(Kind.READ, [1, 2])
        await breathe()
    work.gate.set()
    await made.drain()
    assert work.done == [1, 2]


async def test_a_digest_woken_while_it_is_compiled_is_looked_at_once_more() -> None:
    work = Work()
    made, _ = runner(work)
    made.submit(Kind.COMPILE, ["morning"])
    await breathe()
    made.submit(Kind.COMPILE, ["morning"])
    made.submit(Kind.COMPILE, ["morning"])
    work.gate.set()
    await made.drain()
    assert work.done == ["morning", "morning"]


async def test_a_failing_job_cools_longer_each_time_and_the_others_go_on() -> None:
    work = Work()
    work.gate.set()
    work.fails[1] = ValueError("unexpected")
    made, hand = runner(work)
    made.submit(Kind.READ, [1, 2])
    await made.drain()
    assert work.done == [2]
    assert made.failures == 1
    hand.seconds = made.COOL_FIRST - 0.1
    made.submit(Kind.READ, [1])
    await made.drain()
    assert made.failures == 1, "it was tried before it had cooled"
    hand.seconds = made.COOL_FIRST
    made.submit(Kind.READ, [1])
    await made.drain()
    assert made.failures == 2
    hand.seconds += made.COOL_FIRST
    made.submit(Kind.READ, [1])
    await made.drain()
    assert made.failures == 2, "the second pause is twice the first"
    del work.fails[1]
    hand.seconds += made.COOL_FIRST
    made.submit(Kind.READ, [1])
    await made.drain()
    assert work.done == [2, 1]


async def test_an_expected_failure_is_one_line_and_an_unexpected_one_has_its_traceback() -> None:
    work = Work()
    work.gate.set()
    work.fails = {1: StoreError("the disk is full"), 2: ValueError("odd")}
    made, _ = runner(work)
    with capture_logs() as logs:
        made.submit(Kind.POLL, [1, 2])
        await made.drain()
    expected, unexpected = logs
    assert expected["error"] == "the disk is full"
    assert "exc_info" not in expected
    assert unexpected["exc_info"]
    assert (unexpected["kind"], unexpected["job"]) == ("poll", "2")


async def test_closing_gives_what_is_under_way_its_time_and_drops_what_waits() -> None:
    work = Work()
    made, _ = runner(work, limit=1)
    made.submit(Kind.DELIVER, ["a", "b"])
    await breathe()
    asyncio.get_running_loop().call_soon(work.gate.set)
    await made.aclose(5)
    assert work.done == ["a"]
    made.submit(Kind.DELIVER, ["c"])
    await breathe()
    assert work.done == ["a"]


async def test_closing_cancels_what_hangs() -> None:
    work = Work()
    made, _ = runner(work)
    made.submit(Kind.DELIVER, ["a"])
    await breathe()
    await made.aclose(0.01)
    assert work.running == 0
    assert not work.done


async def test_a_new_limit_holds_at_once() -> None:
    work = Work()
    made, _ = runner(work, limit=1)
    made.submit(Kind.READ, range(6))
    await breathe()
    made.limit(Kind.READ, 3)
    await breathe()
    assert work.running == 3
    work.gate.set()
    await made.drain()
    assert sorted(map(int, map(str, work.done))) == list(range(6))


async def test_draining_what_is_idle_returns_at_once() -> None:
    made, _ = runner(Work())
    await asyncio.wait_for(made.drain(), 1)
    assert made.backlog(Kind.READ) == 0
