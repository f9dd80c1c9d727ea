"""What the store takes a second, beside a bare sqlite3 loop in the same run.

    python benchmarks/store.py [--seconds 2] [--at URL]

Each line is operations a second: alone (each waits for the one before) and with 64 callers at once.
"""

import argparse
import asyncio
import itertools
import random
import sqlite3
import tempfile
import time
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from watcher.model import (
    Article,
    ArticleId,
    Entry,
    EntryId,
    Evidence,
    FeedState,
    Match,
    NewEntry,
    NewNotice,
    PollRecord,
    ReadRecord,
    Reason,
    StoryId,
)
from watcher.store import SqlStore, open_store

START = datetime(2026, 1, 5, tzinfo=UTC)
CALLERS = 64
FEEDS = 1000
ENTRIES = 30

Operation = Callable[[], Awaitable[object]]


async def rate(operation: Operation, callers: int, seconds: float) -> float:
    """Operations a second with so many callers."""
    done = 0
    until = time.perf_counter() + seconds

    async def caller() -> None:
        nonlocal done
        while time.perf_counter() < until:
            await operation()
            done += 1

    began = time.perf_counter()
    await asyncio.gather(*(caller() for _ in range(callers)))
    return done / (time.perf_counter() - began)


def words(count: int, seed: int) -> str:
    """Text that deflates about as news does."""
    source = random.Random(seed)  # noqa: S311 - a text, no secret
    vocabulary = ["".join(source.choices("etaoinshrdlu", k=source.randint(2, 9))) for _ in range(1500)]
    return " ".join(source.choices(vocabulary, weights=[1 / (n + 3) for n in range(1500)], k=count))


BODY = words(700, 1)
TEASER = words(50, 2)


class Load:
    """Operations on a store, each on the next feed, entry or article."""

    def __init__(self, store: SqlStore, states: list[FeedState]) -> None:
        self.store = store
        self.states = states
        self.numbers = itertools.count()
        self.waiting: list[EntryId] = []

    def new(self, feed: FeedState) -> NewEntry:
        """An entry that nobody has seen."""
        number = next(self.numbers)
        url = f"{feed.url}/{number}"
        entry = Entry(key=url, title=f"Headline {number}", url=url, html=TEASER, published=START)
        return NewEntry(entry=entry, fingerprint=f"{number:032}", url=url, published=START, dated=True, tell=True)

    async def unchanged(self) -> None:
        """A poll that brought nothing."""
        number = next(self.numbers)
        state, now = self.states[number % len(self.states)], START + timedelta(milliseconds=number)
        later = replace(state, polls=number, last_poll=now, last_success=now, next_check=now + timedelta(minutes=15))
        await self.store.record_poll(PollRecord(state=later), now)

    async def brought(self) -> None:
        """A poll that brought 30 entries."""
        state = self.states[next(self.numbers) % len(self.states)]
        record = PollRecord(state=state, new=tuple(self.new(state) for _ in range(ENTRIES)))
        self.waiting += await self.store.record_poll(record, START)

    async def read(self) -> None:
        """An article read, one topic matched, one notice."""
        pending = await self.store.entry(self.waiting.pop())
        if pending is None:
            return
        at = START + timedelta(seconds=pending.id)
        article = Article(
            id=ArticleId(f"article-{pending.id:016}"),
            url=pending.content.url,
            title=pending.content.entry.title,
            text=f"{pending.id} {BODY}",
            author=None,
            published=pending.content.published,
            dated=True,
            language="en",
            full_text=True,
        )
        found = Evidence(clause="mosul", found="Mosul", field="text", start=5, end=10, quote=TEASER)
        story = StoryId(article.id)
        notice = NewNotice(
            topic="mosul", article=article.id, story=story, reason=Reason.NEW, revision="", series=("breaking",)
        )
        await self.store.record_read(
            ReadRecord(
                entry=pending.id,
                feed=pending.feed,
                article=article,
                urls=(),
                story=story,
                text_hash=f"{pending.id:032}",
                matches=(Match(topic="mosul", evidence=(found, found)),),
                notices=(notice,),
                tell=True,
                at=at,
            )
        )


async def measure(url: str, seconds: float) -> None:
    """Print what this store takes."""
    store = open_store(url)
    await store.sync_feeds([f"https://news{number}.example/feed" for number in range(FEEDS)], START)
    await store.sync_series(["breaking"], ["mosul"], START)
    load = Load(store, list(await store.feeds()))
    operations: tuple[tuple[str, Operation], ...] = (
        ("record_poll, nothing new", load.unchanged),
        (f"record_poll, {ENTRIES} new", load.brought),
        ("entry + record_read", load.read),
    )
    for name, operation in operations:
        alone = await rate(operation, 1, seconds / 2)
        together = await rate(operation, CALLERS, seconds)
        print(f"{name:28} {alone:9,.0f}/s alone {together:9,.0f}/s with {CALLERS} callers")
    await store.aclose()


def bare(folder: Path, seconds: float) -> None:
    """Print what sqlite3 takes: rows of 5 KB and one-row updates, each committed, WAL, synchronous=FULL."""
    connection = sqlite3.connect(folder / "bare.db", isolation_level=None)
    for pragma in ("journal_mode=WAL", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("CREATE TABLE rows (id INTEGER PRIMARY KEY, text TEXT, number INTEGER)")
    text = "x" * 5000
    statements = (
        ("bare insert of 5 KB", "INSERT INTO rows (text) VALUES (?)", (text,)),
        ("bare update of a row", "UPDATE rows SET number = id + coalesce(number, 0) WHERE id = ?", (1,)),
    )
    for name, statement, values in statements:
        count, began = 0, time.perf_counter()
        while time.perf_counter() - began < seconds:
            connection.execute(statement, values)
            count += 1
        print(f"{name:28} {count / (time.perf_counter() - began):9,.0f}/s alone")
    connection.close()


def main() -> None:
    """Run."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--at", default="", help="measure this store (empty: an SQLite file in a temporary folder)")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=Path.cwd()) as folder:
        bare(Path(folder), arguments.seconds / 2)
        asyncio.run(measure(arguments.at or f"sqlite:///{folder}/store.db", arguments.seconds))


if __name__ == "__main__":
    main()
