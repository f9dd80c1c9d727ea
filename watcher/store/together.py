"""Questions that come while one is being answered are asked together, as polls do that ended in one commit."""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Together(Generic[K, V]):
    """Looks keys up, `most` at a time. What `look_up` leaves out is answered with None."""

    def __init__(self, look_up: Callable[[Sequence[K]], Awaitable[Mapping[K, V]]], most: int = 200) -> None:
        self._look_up = look_up
        self._most = most
        self._asked: dict[K, asyncio.Future[V | None]] = {}
        self._task: asyncio.Task[None] | None = None

    async def __call__(self, key: K) -> V | None:
        """What is found under a key; raises what its look-up raises."""
        answer = self._asked.get(key)
        if answer is None:
            answer = self._asked[key] = asyncio.get_running_loop().create_future()
        if self._task is None:
            self._task = asyncio.create_task(self._answer())
        return await asyncio.shield(answer)

    async def _answer(self) -> None:
        try:
            while self._asked:
                keys = tuple(self._asked)[: self._most]
                asked = {key: self._asked.pop(key) for key in keys}
                try:
                    await self._one(asked)
                finally:
                    for answer in asked.values():
                        answer.cancel()  # no effect on those that were answered
        finally:
            self._task = None

    async def _one(self, asked: Mapping[K, "asyncio.Future[V | None]"]) -> None:
        found = (await asyncio.gather(self._look_up(tuple(asked)), return_exceptions=True))[0]
        for key, answer in asked.items():
            if isinstance(found, BaseException):
                answer.set_exception(found)
                answer.exception()  # whoever asked may be gone
            else:
                answer.set_result(found.get(key))
