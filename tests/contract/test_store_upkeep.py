"""Retention, backup, memory, closing."""

import asyncio
import sqlite3
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.storing import (
    DAY,
    FEED,
    HOUR,
    NOW,
    OTHER_FEED,
    SERIES,
    TOPIC,
    article,
    delivery,
    digest,
    feed_of,
    new_entry,
    pending,
    polled,
    read_entry,
    reading,
    told_article,
    waiting,
)
from watcher.errors import StoreError
from watcher.model import (
    Attempt,
    AttemptOutcome,
    AttemptReason,
    DeliveryId,
    DeliveryState,
    FeedState,
    PollRecord,
    Purged,
)
from watcher.store import SqlStore, open_store

YEAR = timedelta(days=365)
QUARTER = timedelta(days=90)
SENT = Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED)


async def purge(store: SqlStore, now: datetime) -> Purged:
    return await store.purge(now, YEAR, QUARTER, YEAR)


async def read_articles(store: SqlStore, *names: str) -> FeedState:
    feed = await feed_of(store)
    for entry, name in zip(await polled(store, feed, *names), names, strict=True):
        await read_entry(store, entry, name, notices=())
    return feed


async def test_a_text_goes_before_its_article(store: SqlStore) -> None:
    await read_articles(store, "one")
    assert await purge(store, NOW + QUARTER) == Purged()
    assert await purge(store, NOW + QUARTER + HOUR) == Purged(texts=1)
    stored = await store.stored("id-one")
    assert stored is not None
    assert stored.article == replace(article("one"), text="")
    assert len(stored.matches) == 1
    assert [one async for one in store.archive(None)] == []
    assert await purge(store, NOW + YEAR) == Purged()
    assert await purge(store, NOW + YEAR + HOUR) == Purged(articles=1)
    assert await store.stored("id-one") is None
    assert await store.recent(10) == ()


async def test_an_entrys_identity_outlives_its_text(store: SqlStore) -> None:
    feed = await read_articles(store, "one")
    await purge(store, NOW + YEAR)
    record = PollRecord(state=feed, new=(new_entry("one"),))
    assert "one" in await store.known_entries(feed.id, ["one"])
    assert await store.record_poll(record, NOW + YEAR) == ()


async def test_the_identity_goes_with_the_article(store: SqlStore) -> None:
    feed = await read_articles(store, "one")
    await purge(store, NOW + YEAR + HOUR)
    assert await store.known_entries(feed.id, ["one"]) == {}


async def test_ages_count_from_when_an_article_was_last_seen_in_a_feed(store: SqlStore) -> None:
    feed = await read_articles(store, "one", "two")
    known = await store.known_entries(feed.id, ["one"])
    later = NOW + 60 * DAY
    await store.record_poll(PollRecord(state=replace(feed, last_success=later), seen=(known["one"].id,)), later)
    assert await purge(store, NOW + QUARTER + DAY) == Purged(texts=1)
    stored = await store.stored("id-one")
    assert stored is not None
    assert stored.article.text
    assert await purge(store, NOW + YEAR + DAY) == Purged(articles=1, texts=1)
    assert await store.stored("id-two") is None


async def test_what_a_feed_lists_unchanged_stays(store: SqlStore) -> None:
    feed = await read_articles(store, "one")
    now = NOW + 2 * YEAR
    await store.record_poll(PollRecord(state=replace(feed, last_success=now, unchanged=9)), now)  # 304 ever since
    assert await purge(store, now) == Purged()
    assert "one" in await store.known_entries(feed.id, ["one"])

    (other,) = await polled(store, replace(feed, last_success=now), "other", now=now)  # the feed lists "one" no more
    assert await purge(store, now) == Purged(articles=1, texts=1)
    assert await store.entry(other) is not None


async def test_an_article_that_a_second_feed_lists_stays(store: SqlStore) -> None:
    await read_articles(store, "one")
    other = await feed_of(store, OTHER_FEED, also=(FEED,))
    (again,) = await polled(store, other, "one")
    await read_entry(store, again, "one", notices=())
    now = NOW + YEAR + DAY
    await store.record_poll(PollRecord(state=replace(other, last_success=now)), now)
    assert await purge(store, now) == Purged()


async def test_what_waits_to_be_told_or_read_stays(store: SqlStore) -> None:
    await told_article(store, "told")
    feed = await read_articles(store, "edited")
    known = await store.known_entries(feed.id, ["edited"])
    changed = ((known["edited"].id, new_entry("edited", fingerprint="2")),)
    await store.record_poll(PollRecord(state=feed, changed=changed), NOW)
    await polled(store, feed, "unread")
    assert await purge(store, NOW + 2 * YEAR) == Purged()
    assert len(await store.pending_notices(SERIES)) == 1
    assert len(await store.due_entries(NOW + YEAR, 10)) == 2

    await store.record_digest(digest("1"), await waiting(store), [])
    assert await purge(store, NOW + 2 * YEAR) == Purged(articles=1, texts=1)


async def test_what_was_told_leaves_with_its_article_and_is_not_told_again(store: SqlStore) -> None:
    await told_article(store, "one")
    await store.record_digest(digest("1"), await waiting(store), [delivery("d1")])
    await store.record_attempt(DeliveryId("d1"), SENT, NOW, None)
    months = timedelta(days=30)
    assert await store.purge(NOW + 2 * months, YEAR, YEAR, months) == Purged(deliveries=1)
    assert await store.digest(digest("1").id) is None
    assert await store.digests(10) == ()
    stored = await store.stored("id-one")
    assert stored is not None
    assert [name for _, name, _ in stored.digests] == [SERIES]
    assert await store.pending_notices(SERIES) == ()
    assert not await store.record_digest(digest("1"), [], [])

    assert await store.purge(NOW + 2 * YEAR, YEAR, YEAR, months) == Purged(articles=1, texts=1)
    assert await store.pending_notices(SERIES) == ()


async def test_deliveries_go_unless_they_are_pending(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    await store.record_digest(digest("1"), [], [delivery("sent", recipients=("a@x",)), delivery("waits")])
    await store.record_digest(digest("2", created=NOW + DAY), [], [delivery("young")])
    for number in ("sent", "young"):
        await store.record_attempt(DeliveryId(number), SENT, NOW, None)
    assert await purge(store, NOW + YEAR + HOUR) == Purged(deliveries=1)
    assert {one.id for one in await store.deliveries(10)} == {"waits", "young"}
    assert await store.digest(digest("1").id) is not None  # one of its deliveries still waits
    assert await store.retry_delivery(DeliveryId("waits"), NOW)
    assert (await store.deliveries(10, states=[DeliveryState.PENDING]))[0].id == "waits"


async def test_retention_takes_thousands_in_batches_while_others_write(store: SqlStore) -> None:
    names = [f"n{number}" for number in range(430)]
    feed = await feed_of(store)
    entries = await polled(store, feed, *names)
    records = [reading(await pending(store, e), article(n), notices=()) for e, n in zip(entries, names, strict=True)]
    await asyncio.gather(*map(store.record_read, records))
    kept = await store.known_entries(feed.id, names[:3])
    later = NOW + YEAR
    await store.record_poll(PollRecord(state=feed, seen=tuple(one.id for one in kept.values())), later)
    results = await asyncio.gather(
        purge(store, NOW + YEAR + DAY), *(store.remember(f"key-{number}", "value") for number in range(50))
    )
    assert results[0] == Purged(articles=427, texts=427)
    assert len(await store.recent(500)) == 3


async def test_small_values_are_remembered(store: SqlStore) -> None:
    assert await store.recall("channel:desk") is None
    await store.remember("channel:desk", "a")
    await store.remember("channel:desk", "b\0")
    assert await store.recall("channel:desk") == "b\ufffd"


async def test_closing_finishes_what_is_queued(new_url: Callable[[str], str]) -> None:
    url = new_url("sqlite")
    store = open_store(url)
    tasks = [asyncio.create_task(store.remember(f"key-{number}", "value")) for number in range(300)]
    await asyncio.sleep(0)
    await store.aclose()
    await asyncio.gather(*tasks)
    await store.aclose()
    with pytest.raises(StoreError, match="closed"):
        await store.remember("late", "value")
    reopened = open_store(url)
    assert [await reopened.recall(f"key-{number}") for number in (0, 299)] == ["value", "value"]
    await reopened.aclose()


async def test_a_cancelled_caller_does_not_undo_what_it_asked_for(store: SqlStore) -> None:
    task = asyncio.create_task(store.remember("key", "value"))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    await store.remember("after", "it")
    assert await store.recall("key") == "value"


async def test_a_backup_is_a_whole_store_taken_while_others_write(
    new_url: Callable[[str], str], tmp_path: Path
) -> None:
    store = open_store(new_url("sqlite"))
    await told_article(store, "one")
    target = tmp_path / "new folder" / "backup.db"
    writes = [asyncio.create_task(store.remember(f"key-{number}", "x" * 1000)) for number in range(500)]
    await store.backup(target)
    await asyncio.gather(*writes)
    await store.aclose()

    assert [path.name for path in target.parent.iterdir()] == ["backup.db"]
    copy = open_store(f"sqlite:///{target}", migrate=False)
    assert (await copy.stored("id-one")) is not None
    assert len(await copy.pending_notices(SERIES)) == 1
    await copy.aclose()


async def test_a_backup_overwrites_nothing(new_url: Callable[[str], str], tmp_path: Path) -> None:
    store = open_store(new_url("sqlite"))
    target = tmp_path / "precious"
    target.write_bytes(b"precious")
    with pytest.raises(StoreError, match="precious exists"):
        await store.backup(target)
    assert target.read_bytes() == b"precious"
    with pytest.raises(StoreError, match="beneath"):
        await store.backup(target / "beneath")
    await store.aclose()


async def test_a_backup_that_fails_leaves_nothing(
    new_url: Callable[[str], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = open_store(new_url("sqlite"))
    source = tmp_path / "watcher.db"
    assert source.exists()
    folder = tmp_path / "target"
    folder.mkdir()
    real = sqlite3.connect

    def full(*args: object, **kwargs: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = real(*args, **kwargs)  # type: ignore[call-overload]
        if str(args[0]).endswith(".partial"):
            connection.execute("PRAGMA max_page_count=2")
        return connection

    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(StoreError, match="disk is full"):
        await store.backup(folder / "backup.db")
    assert list(folder.iterdir()) == []
    await store.aclose()


@pytest.mark.parametrize(
    ("engine", "says"), [pytest.param("postgresql", "pg_dump", marks=pytest.mark.postgres), ("memory", "in memory")]
)
async def test_what_has_no_file_is_not_backed_up(
    engine: str, says: str, new_url: Callable[[str], str], tmp_path: Path
) -> None:
    store = open_store(new_url(engine))
    with pytest.raises(StoreError, match=says):
        await store.backup(tmp_path / "backup")
    await store.aclose()
