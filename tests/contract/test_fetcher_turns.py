import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from itertools import pairwise

import pytest

from tests.helpers.hostile import BODY, HostileServer, Page
from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher, RobotsTxt
from watcher.model import Fetched, Request
from watcher.settings import Fetch

SETTINGS = Fetch(timeout=timedelta(seconds=5), host_delay=timedelta(0))


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer() as running:
        running.pages["/page"] = Page(body=BODY, delay=0.02)
        yield running


async def fetch_all(server: HostileServer, settings: Fetch, number: int) -> None:
    fetcher = HttpFetcher(settings, SystemClock())
    outcomes = await asyncio.gather(
        *(fetcher.get(Request(url=server.url("/page"), trusted=True)) for _ in range(number))
    )
    assert all(isinstance(outcome, Fetched) for outcome in outcomes)
    await fetcher.aclose()


async def test_host_sees_so_many_at_once(server: HostileServer) -> None:
    await fetch_all(server, SETTINGS.model_copy(update={"per_host": 3}), 12)
    assert server.most_running == 3


async def test_all_hosts_see_so_many_at_once(server: HostileServer) -> None:
    await fetch_all(server, SETTINGS.model_copy(update={"per_host": 50, "concurrency": 4}), 12)
    assert server.most_running == 4


async def test_feeds_pages_and_robots_share_the_spacing(server: HostileServer) -> None:
    delay = timedelta(seconds=0.05)
    allow = {"allow_private": ("127.0.0.0/8",)}
    settings = Fetch.model_validate(SETTINGS.model_dump() | allow | {"host_delay": delay, "per_host": 5})
    fetcher = HttpFetcher(settings, SystemClock())
    robots = RobotsTxt(fetcher, settings.user_agent, SystemClock())
    server.pages["/robots.txt"] = Page(body=b"User-agent: Watcher\nDisallow: /private", content_type="text/plain")
    allowed, *_ = await asyncio.gather(
        robots.allows(server.url("/private/page")),
        fetcher.get(Request(url=server.url("/redirect?to=/page"), trusted=True)),
        fetcher.get(Request(url=server.url("/page"))),
    )
    assert allowed is False
    times = [seen.time for seen in server.seen]
    assert len(times) == 4
    assert all(later - earlier > 0.03 for earlier, later in pairwise(times))
    await fetcher.aclose()


async def test_waiting_for_ones_turn_is_no_time_out(server: HostileServer) -> None:
    await fetch_all(server, SETTINGS.model_copy(update={"per_host": 1, "timeout": timedelta(seconds=0.3)}), 30)


async def test_cancelled_request_frees_its_turn(server: HostileServer) -> None:
    fetcher = HttpFetcher(SETTINGS.model_copy(update={"per_host": 1}), SystemClock())
    hanging = asyncio.create_task(fetcher.get(Request(url=server.url("/hang"), trusted=True)))
    waiting = asyncio.create_task(fetcher.get(Request(url=server.url("/page"), trusted=True)))
    await asyncio.sleep(0.05)
    hanging.cancel()
    assert isinstance(await waiting, Fetched)
    await fetcher.aclose()
