"""Polls, readings and the way from an item to its webhook, each beside a baseline in the same run.

    python benchmarks/main_job.py [--feeds 1000] [--pages 400] [--rounds 3]

Polls are compared with bare httpx (one client, a queue of workers) asking the same server the same things; readings
with bare trafilatura, the same settings, in as many processes. Ratios are what to quote; walls depend on the machine.
"""

import argparse
import asyncio
import json
import multiprocessing
import resource
import ssl
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx

from benchmarks._site import Site, article_page, start_site
from watcher import extract, jobs
from watcher.app import App, load_config, open_app
from watcher.clock import SystemClock
from watcher.model import FeedId
from watcher.runner import Kind

WORKERS = 100


def config(folder: Path, site: Site, feeds: int) -> Path:
    """A config of so many feeds of the site."""
    value = {
        "storage": f"sqlite:///{folder}/watcher.db",
        "server": "off",
        "fetch": {"per_host": WORKERS, "host_delay": "0ms", "allow_private": ["127.0.0.0/8"], "interval": "15m"},
        "extract": {"workers": 2, "robots": False},
        "feeds": [
            {"url": f"{site.url}/feed/{number}", "name": f"feed {number}", "backfill": "all"} for number in range(feeds)
        ],
        "topics": {
            "flood": {"query": "dambreak NEAR/10 (flood* OR levee)"},
            "vote": {"query": "plebiscite AND ballot*"},
        },
        "channels": {"hook": {"type": "webhook", "url": f"{site.url}/hook"}},
        "digests": {"now": {"topics": ["*"], "to": ["hook"], "wait": "0s", "every": "1s"}},
    }
    file = folder / "watcher.yaml"
    file.write_text(json.dumps(value))
    return file


async def in_a_queue(work: Callable[[int], Awaitable[Any]], numbers: Sequence[int]) -> float:
    """Seconds that a hundred workers take for all."""
    waiting = list(reversed(numbers))

    async def one() -> None:
        while waiting:
            await work(waiting.pop())

    began = time.perf_counter()
    await asyncio.gather(*(one() for _ in range(WORKERS)))
    return time.perf_counter() - began


async def bare_polls(site: Site, feeds: int, etag: str | None) -> float:
    """The same requests by httpx alone, at its best setting."""
    limits = httpx.Limits(max_connections=WORKERS, max_keepalive_connections=10)
    headers = {"If-None-Match": etag} if etag else {}
    async with httpx.AsyncClient(
        limits=limits, trust_env=False, verify=ssl.create_default_context(), timeout=20
    ) as client:

        async def ask(number: int) -> None:
            answer = await client.get(f"{site.url}/feed/{number}", headers=headers)
            assert answer.status_code == (304 if etag else 200), answer.status_code  # noqa: S101

        return await in_a_queue(ask, range(feeds))


async def our_polls(app: App, ids: Sequence[FeedId]) -> float:
    """Polls through the job itself: ask, parse, decide, commit."""

    async def ask(number: int) -> None:
        await jobs.poll(app.context, ids[number])

    return await in_a_queue(ask, range(len(ids)))


async def polls(site: Site, feeds: int, rounds: int) -> None:
    """All new, then unchanged."""
    bare_new = [await bare_polls(site, feeds, None) for _ in range(rounds)]
    bare_same = [await bare_polls(site, feeds, site.etag) for _ in range(rounds)]
    new, same = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory() as folder:
            app = await open_app(load_config(config(Path(folder), site, feeds), {}).settings, SystemClock())
            ids = [state.id for state in await app.store.feeds()]
            new.append(await our_polls(app, ids))
            same.append(await our_polls(app, ids))
            await app.aclose()
    row("polls, unchanged (304)", feeds, same, bare_same, "bare httpx")
    row("polls, 30 new items each, stored", feeds, new, bare_new, "bare httpx")
    print(f"memory of the polling process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB at most")


def row(what: str, count: int, ours: Sequence[float], bare: Sequence[float], peer: str) -> None:
    """One line: rates by the medians, and their ratio."""
    a, b = count / statistics.median(ours), count / statistics.median(bare)
    print(f"{what:<36}{a:>8.0f}/s   {peer} {b:>8.0f}/s   ratio {a / b:.2f}")


def bare_extract(page: bytes) -> int:
    """The same extraction, and no more."""
    return len(extract.page(page, url="https://example.org/x", headers={}).text)


async def readings(site: Site, pages: int) -> None:
    """Articles fetched, extracted, matched and committed, beside the extraction alone in as many processes."""
    bodies = [article_page(number) for number in range(pages)]
    with ProcessPoolExecutor(2, multiprocessing.get_context("spawn")) as pool:
        list(pool.map(bare_extract, bodies[:20]))
        began = time.perf_counter()
        list(pool.map(bare_extract, bodies, chunksize=8))
        bare = time.perf_counter() - began
    with tempfile.TemporaryDirectory() as folder:
        app = await open_app(load_config(config(Path(folder), site, pages // 30 + 1), {}).settings, SystemClock())
        for state in await app.store.feeds():
            await jobs.poll(app.context, state.id)
        entries = await app.store.due_entries(app.clock.now(), pages + 20)
        async with httpx.AsyncClient(trust_env=False) as client:  # the site makes its pages once, not in our time
            for number in range(pages + 60):
                await client.get(f"{site.url}/story/{number // 30 * 1000 + number % 30}")
        app.runner.submit(Kind.READ, entries[:20])
        await app.runner.drain()
        began = time.perf_counter()
        app.runner.submit(Kind.READ, entries[20:])
        await app.runner.drain()
        ours = time.perf_counter() - began
        await app.aclose()
    row("articles read, matched, stored", 1, [ours / len(entries[20:])], [bare / pages], "extraction alone")


async def latency(site: Site, times: int) -> None:
    """From an item's appearance in a feed to its webhook, the poll being due."""
    seconds = []
    with tempfile.TemporaryDirectory() as folder:
        app = await open_app(load_config(config(Path(folder), site, 1), {}).settings, SystemClock())
        (state,) = await app.store.feeds()
        for _ in range(times):
            await site.control("add")
            began = time.perf_counter()
            app.runner.submit(Kind.POLL, (state.id,))
            while await site.control("hooks") == "0":
                await app.dispatch_digests()
                await asyncio.sleep(0.01)
            seconds.append(time.perf_counter() - began)
            await site.control("forget")
            await asyncio.sleep(1.05)
        await app.aclose()
    print(f"item to webhook (wait: 0s), s         median {statistics.median(seconds):.2f}   worst {max(seconds):.2f}")


async def idle(site: Site, feeds: int, seconds: int) -> None:
    """CPU of the ticks and polls in steady state: every feed due once in 15 minutes."""
    with tempfile.TemporaryDirectory() as folder:
        app = await open_app(load_config(config(Path(folder), site, feeds), {}).settings, SystemClock())
        ids = [state.id for state in await app.store.feeds()]
        await our_polls(app, ids)
        await app.runner.drain()
        before, began = time.process_time(), datetime.now(UTC)  # noqa: TID251 - a benchmark has a clock
        for second in range(seconds):
            await app.dispatch_digests()
            await app.store.due_feeds(app.clock.now(), 2000)
            await app.store.due_deliveries(app.clock.now(), 2000)
            share = ids[second * feeds // 900 : (second + 1) * feeds // 900]
            for feed in share:
                await jobs.poll(app.context, feed)
            passed = datetime.now(UTC) - began  # noqa: TID251
            await asyncio.sleep(max(0.0, (timedelta(seconds=second + 1) - passed).total_seconds()))
        used = time.process_time() - before
        await app.aclose()
    print(f"idle, {feeds} feeds at 15 min              {100 * used / seconds:.2f} % of one core over {seconds} s")


def run(work: Coroutine[Any, Any, None]) -> None:
    """One part by itself."""
    asyncio.run(work)


def main() -> None:
    """All parts."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--pages", type=int, default=400)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--idle", type=int, default=20, help="seconds of steady state")
    options = parser.parse_args()
    with start_site() as site:
        run(polls(site, options.feeds, options.rounds))
        run(readings(site, options.pages))
        run(latency(site, 5))
        run(idle(site, options.feeds, options.idle))


if __name__ == "__main__":
    main()
