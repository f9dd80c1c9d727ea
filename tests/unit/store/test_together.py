"""Look-ups that come while one is under way share the next one."""

import asyncio
from collections.abc import Mapping, Sequence

import pytest

from watcher.errors import StoreError
from watcher.store.together import Together


class Store:
    def __init__(self) -> None:
        self.asked: list[tuple[int, ...]] = []
        self.open = asyncio.Event()
        self.values = {1: "one", 2: "two", 3: "three"}

    async def look_up(self, keys: Sequence[int]) -> Mapping[int, str]:
        self.asked.append(tuple(keys))
        await self.open.wait()
        if 9 in keys:
            raise StoreError("the disk is full")
        return {key: self.values[key] for key in keys if key in self.values}


async def breathe() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def test_what_is_asked_meanwhile_is_asked_together_and_once() -> None:
    store = Store()
    ask = Together[int, str](store.look_up)
    asking = [asyncio.ensure_future(ask(1))]
    await breathe()
    asking += [asyncio.ensure_future(ask(key)) for key in (2, 3, 2, 8, 1)]
    await breathe()
    store.values[1] = "changed"  # whoever asks later sees it
    store.open.set()
    assert await asyncio.gather(*asking) == ["changed", "two", "three", "two", None, "changed"]
    assert store.asked == [(1,), (2, 3, 8, 1)]
    assert await ask(3) == "three"


async def test_no_more_than_so_many_at_once() -> None:
    store = Store()
    store.open.set()
    ask = Together[int, str](store.look_up, most=2)
    assert await asyncio.gather(*(ask(key) for key in (1, 2, 3))) == ["one", "two", "three"]
    assert [len(keys) for keys in store.asked] == [2, 1]


async def test_a_failure_is_everybodys_who_asked_and_the_next_is_asked_anew() -> None:
    store = Store()
    store.open.set()
    ask = Together[int, str](store.look_up)
    answers = await asyncio.gather(ask(9), ask(1), return_exceptions=True)
    assert [type(answer) for answer in answers] == [StoreError, StoreError]
    assert await ask(1) == "one"


async def test_one_who_goes_away_takes_nothing_from_the_others() -> None:
    store = Store()
    ask = Together[int, str](store.look_up)
    first, second = asyncio.ensure_future(ask(1)), asyncio.ensure_future(ask(1))
    await breathe()
    first.cancel()
    store.open.set()
    assert await second == "one"
    with pytest.raises(asyncio.CancelledError):
        await first
