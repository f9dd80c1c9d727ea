import asyncio
from datetime import timedelta

import pytest

from watcher.fetch.hosts import Turns

NONE = timedelta(0)


class Watch:
    """Runs visits and notes who was inside together, in which order, and when."""

    def __init__(self, turns: Turns) -> None:
        self.turns = turns
        self.order: list[str] = []
        self.starts: list[float] = []
        self.inside = 0
        self.most = 0

    async def visit(self, host: str, name: str = "", hold: float = 0.005) -> None:
        async with self.turns.turn(host):
            self.order.append(name or host)
            self.starts.append(asyncio.get_running_loop().time())
            self.inside += 1
            self.most = max(self.most, self.inside)
            await asyncio.sleep(hold)
            self.inside -= 1


async def test_at_most_so_many_at_one_host() -> None:
    watch = Watch(Turns(2, NONE, 100))
    await asyncio.gather(*(watch.visit("a") for _ in range(10)))
    assert watch.most == 2
    assert len(watch.turns) == 0


async def test_at_most_so_many_in_all() -> None:
    watch = Watch(Turns(2, NONE, 3))
    await asyncio.gather(*(watch.visit(f"host{number}") for number in range(10)))
    assert watch.most == 3


async def test_starts_at_one_host_are_spaced() -> None:
    watch = Watch(Turns(5, timedelta(seconds=0.03), 100))
    await asyncio.gather(*(watch.visit("a", hold=0) for _ in range(4)))
    gaps = [later - earlier for earlier, later in zip(watch.starts, watch.starts[1:], strict=False)]
    assert all(gap >= 0.029 for gap in gaps)


async def test_spacing_outlives_the_visit() -> None:
    watch = Watch(Turns(1, timedelta(seconds=0.05), 100))
    await watch.visit("a", hold=0)
    await watch.visit("a", hold=0)
    assert watch.starts[1] - watch.starts[0] >= 0.049


async def test_first_come_first_served() -> None:
    watch = Watch(Turns(1, NONE, 100))
    names = [str(number) for number in range(20)]
    await asyncio.gather(*(watch.visit("a", name, hold=0) for name in names))
    assert watch.order == names


async def test_busy_host_does_not_hold_up_the_others() -> None:
    watch = Watch(Turns(1, NONE, 2))
    await asyncio.gather(*(watch.visit("busy", hold=0.002) for _ in range(20)), watch.visit("quiet", hold=0))
    assert watch.order.index("quiet") < 3


async def test_waiting_for_spacing_takes_no_slot() -> None:
    watch = Watch(Turns(2, timedelta(seconds=60), 1))
    await watch.visit("slow", hold=0)
    waiting = [asyncio.create_task(watch.visit("slow")) for _ in range(3)]
    await asyncio.sleep(0)
    async with asyncio.timeout(5):
        await watch.visit("other")
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_idle_hosts_are_forgotten() -> None:
    watch = Watch(Turns(2, timedelta(seconds=0.03), 100))
    await asyncio.gather(*(watch.visit(f"host{number}", hold=0) for number in range(50)))
    assert len(watch.turns) == 50
    await asyncio.sleep(0.06)
    assert len(watch.turns) == 0


async def test_cancelled_waiting_leaves_no_trace() -> None:
    watch = Watch(Turns(1, NONE, 1))
    holder = asyncio.create_task(watch.visit("a", hold=0.02))
    await asyncio.sleep(0)
    waiting = [asyncio.create_task(watch.visit(host, hold=0)) for host in ("a", "a", "b", "c", "a")]
    await asyncio.sleep(0)
    for task in (waiting[0], waiting[2], waiting[4]):
        task.cancel()
    await asyncio.gather(holder, *waiting, return_exceptions=True)
    assert sorted(watch.order) == ["a", "a", "c"]
    assert len(watch.turns) == 0


@pytest.mark.parametrize("when", ["granted", "running"])
async def test_cancellation_gives_the_turn_back(when: str) -> None:
    watch = Watch(Turns(1, NONE, 1))
    first = asyncio.create_task(watch.visit("a", hold=0.01 if when == "granted" else 60))
    second = asyncio.create_task(watch.visit("a", hold=60))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    if when == "granted":
        await first  # the second has been given its turn now, and has not run yet
        second.cancel()
        await asyncio.gather(second, return_exceptions=True)
    else:
        first.cancel()
        second.cancel()
        await asyncio.gather(first, second, return_exceptions=True)
    async with asyncio.timeout(5):
        await watch.visit("a", hold=0)
    assert len(watch.turns) == 0


async def test_failure_inside_gives_the_turn_back() -> None:
    turns = Turns(1, NONE, 1)
    for _ in range(3):
        with pytest.raises(ValueError, match="inside"):
            async with turns.turn("a"):
                raise ValueError("inside")
    assert len(turns) == 0


async def test_thousands_of_waiting_are_served() -> None:
    watch = Watch(Turns(3, NONE, 50))
    await asyncio.gather(*(watch.visit(f"host{number % 40}", hold=0) for number in range(4000)))
    assert len(watch.order) == 4000
    assert watch.most <= 50
