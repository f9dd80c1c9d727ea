"""kill -9 at any moment: what was acknowledged is there, what was not is whole or absent."""

import random
import subprocess
import sys
import time

import pytest

from tests.helpers.command import ROOT
from tests.helpers.storing import FEED, NOW, SERIES
from watcher.store import SqlStore, open_store

WRITER = """
import asyncio, sys
from tests.helpers.storing import (
    FEED, NOW, SERIES, TOPIC, article, delivery, digest, feed_of, pending, polled, read_entry, waiting)
from watcher.store import open_store

async def work(store, feed, run, worker):
    for number in range(10**6):
        name = f"{run}-{worker}-{number}"
        (entry,) = await polled(store, feed, name)
        print("entry", name, flush=True)
        await read_entry(store, entry, name)
        print("article", name, flush=True)
        if number % 5 == 4 and worker == 0:
            told = await waiting(store)
            if await store.record_digest(digest(name), told, [delivery(f"delivery-{name}")]):
                print("digest", name, flush=True)

async def main(url, run):
    store = open_store(url)
    await store.sync_series([SERIES], [TOPIC], NOW)
    feed = await feed_of(store)
    print("started", run, flush=True)
    await asyncio.gather(*(work(store, feed, run, worker) for worker in range(4)))

asyncio.run(main(*sys.argv[1:]))
"""


def killed_writer(url: str, run: int, chance: random.Random) -> list[list[str]]:
    """Write until killed at a random moment; the lines that were whole."""
    process = subprocess.Popen([sys.executable, "-c", WRITER, url, str(run)], stdout=subprocess.PIPE, cwd=ROOT)
    assert process.stdout is not None
    assert process.stdout.readline().startswith(b"started")
    time.sleep(chance.uniform(0.02, 0.4))
    process.kill()
    rest = process.stdout.read()
    process.wait()
    process.stdout.close()
    return [line.decode().split() for line in rest.splitlines(keepends=True) if line.endswith(b"\n")]


async def assert_whole(store: SqlStore, said: list[list[str]], runs: int) -> None:
    names = {kind: {name for what, name in said if what == kind} for kind in ("entry", "article", "digest")}
    feed = (await store.sync_feeds([FEED], NOW))[FEED]
    assert set(await store.known_entries(feed, sorted(names["entry"]))) == names["entry"]
    stored = {one.article.id.removeprefix("id-"): one async for one in store.archive(None)}
    assert names["article"] <= set(stored)
    assert {one.period for one in await store.digests(10**6)} >= names["digest"]

    deliveries = await store.deliveries(10**6)
    assert len(deliveries) == len(await store.digests(10**6))
    pending = [notice.article.id.removeprefix("id-") for notice in await store.pending_notices(SERIES)]
    told = [name for name, one in stored.items() if one.digests]
    assert sorted(told + pending) == sorted(stored)  # each article once: told or waiting, never both or neither
    assert all(len(one.digests) <= 1 for one in stored.values())
    assert (await store.series())[0].number == len(deliveries)
    unread = await store.due_entries(NOW, 10**6)
    assert len(unread) <= 4 * runs


async def kill_loop(url: str, kills: int) -> None:
    chance = random.Random(kills)  # noqa: S311 - moments, no secret
    said: list[list[str]] = []
    for run in range(kills):
        said += killed_writer(url, run, chance)
    store = open_store(url)
    assert len(said) > kills
    await assert_whole(store, said, kills)
    await store.aclose()


async def test_no_acknowledged_row_is_lost_to_kill_9(kept_url: str) -> None:
    await kill_loop(kept_url, 5)


@pytest.mark.slow
async def test_no_acknowledged_row_is_lost_to_many_kills(kept_url: str) -> None:
    await kill_loop(kept_url, 60)
