"""Names to addresses, on threads of our own.

The system's resolver blocks, for half a minute where a name server is silent. Daemon threads of our own keep that away
from the event loop, from its default executor, and from the end of the process.
"""

import asyncio
import queue
import socket
import threading
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress

from watcher.fetch.guard import Address, literal

Resolve = Callable[[str, int], Awaitable[Sequence[Address]]]
"""(host, port) → its addresses, best first; raises OSError."""

Question = tuple[asyncio.AbstractEventLoop, "asyncio.Future[tuple[Address, ...]]", str, int]


class Resolver:
    """Asks the system's resolver, at most `threads` names at once; the others wait their turn."""

    def __init__(self, threads: int = 64) -> None:
        self._threads = threads
        self._started = 0
        self._asked = 0
        self._questions: queue.SimpleQueue[Question | None] = queue.SimpleQueue()

    async def __call__(self, host: str, port: int) -> tuple[Address, ...]:
        """The addresses of a name; raises socket.gaierror where it has none."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[tuple[Address, ...]] = loop.create_future()
        self._asked += 1
        if self._started < min(self._threads, self._asked):
            self._started += 1
            threading.Thread(target=self._work, name="resolver", daemon=True).start()
        self._questions.put((loop, answer, host, port))
        try:
            return await answer
        finally:
            self._asked -= 1

    def close(self) -> None:
        """Let the threads end when they next can."""
        for _ in range(self._started):
            self._questions.put(None)
        self._started = 0

    def _work(self) -> None:
        while (question := self._questions.get()) is not None:
            loop, answer, host, port = question
            if answer.cancelled():
                continue
            result = _look_up(host, port)
            with suppress(RuntimeError):  # the loop has ended meanwhile: nobody waits
                loop.call_soon_threadsafe(_settle, answer, result)


def _look_up(host: str, port: int) -> tuple[Address, ...] | OSError:
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except OSError as error:
        return error
    except UnicodeError:  # a label that is empty or too long for a name
        return socket.gaierror(socket.EAI_NONAME, "it is not a name")
    addresses = (literal(str(entry[4][0])) for entry in found)
    return tuple(dict.fromkeys(address for address in addresses if address is not None))


def _settle(answer: "asyncio.Future[tuple[Address, ...]]", result: tuple[Address, ...] | OSError) -> None:
    if answer.done():
        return
    if isinstance(result, OSError):
        answer.set_exception(result)
    else:
        answer.set_result(result)
