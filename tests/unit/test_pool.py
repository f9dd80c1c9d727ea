import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import psutil
import pytest

from tests.helpers import labour
from watcher.errors import WorkFailed, WorkReason
from watcher.pool import WorkerPool

ROOT = Path(__file__).parents[2]
LONG = timedelta(seconds=60)
SHORT = timedelta(seconds=0.4)
MEMORY = 300_000_000


@pytest.fixture
async def pool() -> AsyncIterator[WorkerPool]:
    running = WorkerPool(1, MEMORY)
    yield running
    await running.aclose()


async def reason_of(pool: WorkerPool, work: Callable[[], object], limit: timedelta = LONG) -> WorkReason:
    with pytest.raises(WorkFailed) as caught:
        await pool.run(work, limit)
    assert caught.value.detail
    return caught.value.reason


async def test_result_comes_back(pool: WorkerPool) -> None:
    assert await pool.run(labour.double, LONG, 21) == 42
    assert await pool.run(labour.join, LONG, "a", "b", by="-") == "a-b"


async def test_processes_start_on_first_use() -> None:
    before = psutil.Process().children()
    pool = WorkerPool(2, MEMORY)
    assert psutil.Process().children() == before
    assert await pool.run(labour.pid, LONG) in {child.pid for child in psutil.Process().children()}
    await pool.aclose()


@pytest.mark.parametrize(
    ("work", "reason"),
    [
        (labour.crash, WorkReason.CRASHED),
        (labour.leave, WorkReason.CRASHED),
        (labour.kill_yourself, WorkReason.CRASHED),
        (labour.swell, WorkReason.MEMORY),
        (labour.swell_slowly, WorkReason.MEMORY),
        (labour.fail, WorkReason.RAISED),
        (labour.fail_unreadably, WorkReason.RAISED),
        (labour.exit_quietly, WorkReason.RAISED),
        (labour.return_unpicklable, WorkReason.RAISED),
    ],
)
async def test_failure_has_its_reason_and_the_pool_goes_on(
    pool: WorkerPool, work: Callable[[], object], reason: WorkReason
) -> None:
    assert await reason_of(pool, work) is reason
    assert await pool.run(labour.double, LONG, 2) == 4


@pytest.mark.parametrize("work", [labour.hang_in_c, labour.hang_in_python])
async def test_hang_is_killed_and_the_worker_replaced(pool: WorkerPool, work: Callable[[], None]) -> None:
    before = await pool.run(labour.pid, LONG)
    assert await reason_of(pool, work, SHORT) is WorkReason.TIMEOUT
    after = await pool.run(labour.pid, LONG)
    assert before != after
    assert not psutil.pid_exists(before)


async def test_detail_is_for_people(pool: WorkerPool) -> None:
    with pytest.raises(WorkFailed, match="raised: ValueError: seven is not enough"):
        await pool.run(labour.fail, LONG)
    with pytest.raises(WorkFailed, match="crashed: the worker was ended by SIGSEGV"):
        await pool.run(labour.crash, LONG)


async def test_limit_counts_from_the_start_of_the_work(pool: WorkerPool) -> None:
    """Three tasks of 0.3 s on one worker: the last waits longer than its limit, and is still done."""
    await pool.run(labour.pid, LONG)
    limit = timedelta(seconds=0.6)
    pids = await asyncio.gather(*(pool.run(labour.pid_after, limit, 0.3) for _ in range(3)))
    assert len(set(pids)) == 1


async def test_one_hang_does_not_hold_up_the_others() -> None:
    pool = WorkerPool(2, MEMORY)
    hang = asyncio.create_task(reason_of(pool, labour.hang_in_python, timedelta(seconds=1)))
    results = [await pool.run(labour.double, LONG, number) for number in range(50)]
    assert results == [number * 2 for number in range(50)]
    assert not hang.done()
    assert await hang is WorkReason.TIMEOUT
    await pool.aclose()


async def test_idle_worker_that_dies_is_replaced(pool: WorkerPool) -> None:
    """As when the system runs out of memory and takes one."""
    for _ in range(2):
        os.kill(await pool.run(labour.pid, LONG), signal.SIGKILL)
        await asyncio.sleep(0.3)
        assert await pool.run(labour.double, LONG, 4) == 8


async def test_cancelled_work_frees_its_worker(pool: WorkerPool) -> None:
    task = asyncio.create_task(pool.run(labour.hang_in_python, LONG))
    waiting = [asyncio.create_task(pool.run(labour.double, LONG, number)) for number in range(5)]
    await asyncio.sleep(0.3)
    task.cancel()
    waiting[3].cancel()
    results = await asyncio.gather(task, *waiting, return_exceptions=True)
    assert [result for result in results if isinstance(result, int)] == [0, 2, 4, 8]


async def test_large_arguments_and_results(pool: WorkerPool) -> None:
    assert await pool.run(labour.size_of, LONG, bytes(20_000_000)) == 20_000_000
    assert len(await pool.run(labour.make, LONG, 20_000_000)) == 20_000_000


async def test_workers_are_replaced_after_their_tasks() -> None:
    pool = WorkerPool(1, MEMORY, max_tasks=2)
    pids = [await pool.run(labour.pid, LONG) for _ in range(6)]
    assert len(set(pids)) == 3
    await pool.aclose()


async def test_workers_leave_signals_to_the_parent_and_inherit_no_sockets(pool: WorkerPool) -> None:
    server = await asyncio.start_server(lambda _reader, writer: writer.close(), "127.0.0.1", 0)
    assert await pool.run(labour.signals_ignored, LONG) == [True, True]
    assert await pool.run(labour.open_sockets, LONG) == 0
    server.close()


async def test_closing_is_quick_and_fails_what_runs() -> None:
    pool = WorkerPool(2, MEMORY)
    tasks = [asyncio.create_task(reason_of(pool, labour.hang_in_c)) for _ in range(10)]
    await asyncio.sleep(0.3)
    async with asyncio.timeout(5):
        await pool.aclose()
        assert set(await asyncio.gather(*tasks)) == {WorkReason.CRASHED}
    assert await reason_of(pool, labour.pid) is WorkReason.CRASHED
    await pool.aclose()


PARENT = """
import asyncio, sys
from datetime import timedelta
from tests.helpers import labour
from watcher.pool import WorkerPool

async def main(folder):
    pool = WorkerPool(2, 300_000_000)
    limit = timedelta(seconds=100)
    await asyncio.gather(*(pool.run(labour.sleep_in, limit, folder, 60) for _ in range(2)))

asyncio.run(main(sys.argv[1]))
"""


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_workers_die_with_their_parent(tmp_path: Path, how: signal.Signals) -> None:
    command = [sys.executable, "-c", PARENT, str(tmp_path)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    parent = subprocess.Popen(command, cwd=ROOT, env=environment, stderr=subprocess.DEVNULL)
    wait_until(lambda: len(list(tmp_path.iterdir())) == 2)
    workers = [int(path.name) for path in tmp_path.iterdir()]
    parent.send_signal(how)
    parent.wait(10)
    wait_until(lambda: not any(psutil.pid_exists(worker) for worker in workers))


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.02)
