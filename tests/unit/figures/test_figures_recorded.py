"""Readings that come together under one rule on figures: each is held against those before it."""

import asyncio
from pathlib import Path
from typing import Any

from tests.helpers.clocks import HandClock
from tests.helpers.digests import figure
from tests.helpers.storing import NOW, SERIES, TOPIC, article, feed_of, pending, polled, reading
from watcher.jobs import Context, Live
from watcher.jobs.figures import recorded
from watcher.model import Subject, Unit
from watcher.ports import Store
from watcher.settings import FigureRule, Settings, Topic
from watcher.store import open_store

FLED = figure(54_000, unit=Unit.PEOPLE, subject=Subject.DISPLACED, place="Mosul")


def context(store: Store, rule: FigureRule | None) -> Context:
    topic = Topic(name=TOPIC, title="T", query="t", figures=rule)
    nothing: Any = None
    return Context(
        store=store,
        fetcher=nothing,
        robots=nothing,
        workers=nothing,
        clock=HandClock(NOW),
        noise=lambda: 0.5,
        live=Live(Settings(folder=Path(), topics=(topic,))),
    )


async def told_of(rule: FigureRule | None, *names: str) -> int:
    """How many of the articles are told that say the same and are recorded at once."""
    store = open_store("sqlite:///:memory:")
    try:
        await store.sync_series([SERIES], [TOPIC], NOW)
        entries = await polled(store, await feed_of(store), *names)
        waiting = [await pending(store, entry) for entry in entries]
        read = [reading(waits, article(name), figures=(FLED,)) for waits, name in zip(waiting, names, strict=True)]
        now = context(store, rule)
        await asyncio.gather(*(recorded(now, now.live, record) for record in read))
        return len(await store.pending_notices(SERIES))
    finally:
        await store.aclose()


async def test_of_readings_that_come_together_one_brings_the_level() -> None:
    assert await told_of(FigureRule(notify="change"), "one", "two", "three") == 1


async def test_without_a_rule_all_are_told() -> None:
    assert await told_of(None, "one", "two", "three") == 3
    assert await told_of(FigureRule(), "one", "two", "three") == 3
