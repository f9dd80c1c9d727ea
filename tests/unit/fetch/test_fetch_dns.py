import asyncio
import socket
import threading
from ipaddress import ip_address

import pytest

from watcher.fetch.dns import Resolver


@pytest.fixture
def slow_names(monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Names below .slow are answered only after the event."""
    answer, system = threading.Event(), socket.getaddrinfo

    def getaddrinfo(host: str, port: int, **options: int) -> object:
        if host.endswith(".slow"):
            answer.wait(10)
            host = "127.0.0.1"
        return system(host, port, **options)

    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return answer


async def test_names_are_resolved_by_the_system() -> None:
    resolve = Resolver()
    assert ip_address("127.0.0.1") in await resolve("localhost", 80)
    resolve.close()


@pytest.mark.parametrize("host", ["nowhere.invalid", "a..b", "a" * 64, "\u00ff" * 70])
async def test_what_has_no_address_is_an_os_error(host: str) -> None:
    resolve = Resolver()
    with pytest.raises(OSError, match=r"."):
        await resolve(host, 80)
    resolve.close()


async def test_slow_name_holds_up_no_other(slow_names: threading.Event) -> None:
    resolve = Resolver(threads=2)
    slow = asyncio.create_task(resolve("a.slow", 80))
    await asyncio.sleep(0.02)
    assert await resolve("127.0.0.1", 80) == (ip_address("127.0.0.1"),)
    assert not slow.done()
    slow_names.set()
    assert await slow == (ip_address("127.0.0.1"),)
    resolve.close()


async def test_threads_start_as_needed_and_end(slow_names: threading.Event) -> None:
    resolve = Resolver(threads=3)
    for _ in range(5):
        await resolve("127.0.0.1", 80)
    assert resolve._started == 1
    waiting = [asyncio.create_task(resolve(f"{number}.slow", 80)) for number in range(10)]
    await asyncio.sleep(0.02)
    assert resolve._started == 3
    for task in waiting[5:]:
        task.cancel()
    slow_names.set()
    results = await asyncio.gather(*waiting, return_exceptions=True)
    assert sum(isinstance(result, tuple) for result in results) == 5
    resolve.close()
    for thread in threading.enumerate():
        if thread.name == "resolver":
            thread.join(5)
            assert not thread.is_alive()
