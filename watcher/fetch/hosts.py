"""Turns: how many requests a host sees at once and how far apart, whoever asks; how many run in all.

First come, first served at each host; hosts that are ready take turns. Waiting holds no slot, and a host that nobody
waits for is forgotten as soon as its spacing allows.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta


class Turns:
    """At most `per_host` requests to a host at once, starts `delay` apart, `concurrency` in all."""

    def __init__(self, per_host: int, delay: timedelta, concurrency: int) -> None:
        self._per_host = per_host
        self._delay = delay.total_seconds()
        self._concurrency = concurrency
        self._running = 0
        self._hosts: dict[str, _Host] = {}
        self._ready: deque[_Host] = deque()

    def __len__(self) -> int:
        """How many hosts are remembered."""
        return len(self._hosts)

    @asynccontextmanager
    async def turn(self, name: str) -> AsyncIterator[None]:
        """Wait for one's turn at a host, and hold it."""
        host = self._hosts.get(name)
        if host is None:
            host = self._hosts[name] = _Host(name)
        await self._wait(host)
        try:
            yield
        finally:
            self._leave(host)

    async def _wait(self, host: "_Host") -> None:
        loop = asyncio.get_running_loop()
        turn = loop.create_future()
        host.waiting.append(turn)
        self._consider(host, loop)
        self._serve(loop)
        if turn.done():
            return
        try:
            await turn
        except asyncio.CancelledError:
            if turn.done() and not turn.cancelled():
                self._leave(host)  # the turn came together with the cancellation
            else:
                host.drop_cancelled()
                self._consider(host, loop)
                self._serve(loop)
            raise

    def _leave(self, host: "_Host") -> None:
        host.running -= 1
        self._running -= 1
        loop = asyncio.get_running_loop()
        self._consider(host, loop)
        self._serve(loop)

    def _consider(self, host: "_Host", loop: asyncio.AbstractEventLoop) -> None:
        """Line the host up if it is ready, or see to it that somebody looks again when it is."""
        wait = host.next_start - loop.time()
        if wait > 0:
            if host.timer is None and not host.queued and (host.waiting or not host.running):
                host.timer = loop.call_later(wait, self._wake, host, loop)
        elif not host.waiting:
            if not host.running and not host.queued:
                self._hosts.pop(host.name, None)
        elif host.running < self._per_host and not host.queued:
            host.queued = True
            self._ready.append(host)

    def _wake(self, host: "_Host", loop: asyncio.AbstractEventLoop) -> None:
        host.timer = None
        self._consider(host, loop)
        self._serve(loop)

    def _serve(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._ready and self._running < self._concurrency:
            host = self._ready.popleft()
            host.queued = False
            turn = host.next_waiting()
            if turn is not None:
                host.running += 1
                self._running += 1
                host.next_start = loop.time() + self._delay
                turn.set_result(None)
            self._consider(host, loop)


class _Host:
    """What is known of a host while somebody wants it."""

    __slots__ = ("name", "next_start", "queued", "running", "timer", "waiting")

    def __init__(self, name: str) -> None:
        self.name = name
        self.running = 0
        self.next_start = 0.0
        self.queued = False
        self.timer: asyncio.TimerHandle | None = None
        self.waiting: deque[asyncio.Future[None]] = deque()

    def next_waiting(self) -> "asyncio.Future[None] | None":
        while self.waiting:
            turn = self.waiting.popleft()
            if not turn.done():
                return turn
        return None

    def drop_cancelled(self) -> None:
        self.waiting = deque(turn for turn in self.waiting if not turn.done())
