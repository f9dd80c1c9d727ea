"""Every statement that runs per tick, per entry or per article goes by an index, whatever the size of the store."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import Engine, event

from tests.helpers.digests import figure
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
    polled,
    read_entry,
    told_article,
    waiting,
)
from watcher.model import (
    Attempt,
    AttemptOutcome,
    AttemptReason,
    DeliveryId,
    DeliveryState,
    FetchReason,
    NewAlert,
    PollRecord,
    RateRecord,
    Reason,
    SeriesKey,
    StoryId,
)
from watcher.store import SqlStore, open_store
from watcher.store.schema import metadata

BY_INDEX = set(metadata.tables) - {"feeds", "series", "held_notices"}
"""All but the tables that are as long as the config, or as what waits for a second voice: they may be read whole."""

Statement = tuple[str, Any]


@contextmanager
def statements(engine: Engine) -> Iterator[list[Statement]]:
    """What is run meanwhile, with one set of parameters each."""
    seen: dict[str, Any] = {}
    found: list[Statement] = []

    def note(_c: Any, _k: Any, statement: str, parameters: Any, _x: Any, many: bool) -> None:  # noqa: FBT001
        first = parameters[0] if many and isinstance(parameters[0], tuple) else parameters
        seen.setdefault(statement, first)

    event.listen(engine, "before_cursor_execute", note)
    yield found
    event.remove(engine, "before_cursor_execute", note)
    found += [one for one in seen.items() if re.match(r"(SELECT|UPDATE|DELETE|INSERT)\b", one[0])]


def full_scans(store: SqlStore, found: list[Statement]) -> list[str]:
    """The steps that read a whole table, or sort one to find its first rows."""
    wrong = []
    with store._database.writing.connect() as connection:
        for statement, parameters in found:
            plan = connection.exec_driver_sql(f"EXPLAIN QUERY PLAN {statement}", parameters).all()
            for *_, step in plan:
                scan = re.match(r"SCAN (\w+)", step)
                bounded = " USING " in step and " LIMIT " in statement  # an index read in order, as far as asked
                if scan and scan[1] in BY_INDEX and not bounded:
                    wrong.append(f"{step}: {statement}")
                if "TEMP B-TREE FOR ORDER BY" in step and " LIMIT " in statement and " IN (" not in statement:
                    wrong.append(f"{step}: {statement}")
    return wrong


@pytest.fixture
async def store() -> Any:
    """In memory: one engine runs everything."""
    opened = open_store("sqlite:///:memory:")
    yield opened
    await opened.aclose()


async def test_polling_and_reading_go_by_indices(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    with statements(store._database.writing) as found:
        feed = await feed_of(store, also=(OTHER_FEED,))
        await store.due_feeds(NOW, 10)
        one, two = await polled(store, feed, "one", "two")
        known = await store.known_entries(feed.id, ["one", "two", "three"])
        await store.due_entries(NOW, 10)
        await store.postpone_entry(two, NOW)
        await read_entry(store, one, "one", urls=("https://a/",))
        await read_entry(store, two, "two", retry_at=NOW + HOUR, failure=FetchReason.DNS)
        await store.story_candidates([1, 2, 3], NOW - DAY)
        await store.event_leaders([TOPIC], NOW - DAY)
        await store.kin(StoryId("story-id-one"))
        await store.prune_stories(NOW - DAY)
        await store.article_by_url([article("one").url, "https://b/"])
        changed = ((one, new_entry("one", fingerprint="2")),)
        seen = tuple(entry.id for entry in known.values())
        later = NOW + DAY
        await store.record_poll(PollRecord(state=replace(feed, polls=2), changed=changed, seen=seen), later)
        await read_entry(store, one, "one", at=later, story="other", text_hash="2", notices=())
    assert len(found) > 20
    assert full_scans(store, found) == []


async def test_telling_goes_by_indices(store: SqlStore) -> None:
    await told_article(store, "one", "two")
    d1 = DeliveryId("d1")
    with statements(store._database.writing) as found:
        await store.series()
        await store.window([TOPIC], NOW)
        await store.pending_notices(SERIES)
        assert await store.record_digest(digest("1"), await waiting(store), [delivery("d1", recipients=("a@x",))])
        await store.due_deliveries(NOW, 10)
        await store.due_delivery(d1)
        await store.limited_until("hook", NOW)
        await store.begin_attempt(d1, NOW)
        attempt = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.TIMEOUT)
        await store.record_attempt(d1, attempt, NOW, None)
        await store.retry_delivery(d1, NOW)
        await store.release_held("hook", NOW)
        await store.skip_period(SERIES, "2", NOW)
        await store.sync_series([SERIES], [], NOW)
    assert len(found) > 20
    assert full_scans(store, found) == []


async def test_what_people_ask_goes_by_indices(store: SqlStore) -> None:
    await told_article(store, "one", "two")
    with statements(store._database.writing) as found:
        await store.stored("id-one")
        await store.recent(10)
        await store.recent(10, topic=TOPIC)
        await store.matched(10)
        assert len([one async for one in store.archive(NOW - DAY)]) == 2
        await store.deliveries(10)
        await store.deliveries(10, states=[DeliveryState.DEAD])
        await store.digests(10)
        await store.digest(digest("1").id)
        await store.remember("a", "b")
        await store.recall("a")
    assert full_scans(store, found) == []


async def test_retention_goes_by_indices(store: SqlStore) -> None:
    await told_article(store, "one", "two")
    await store.record_digest(digest("1"), await waiting(store), [delivery("d1")])
    with statements(store._database.writing) as found:
        await store.purge(NOW + 400 * DAY, *[timedelta(days=300)] * 3)
    assert len(found) > 8
    assert full_scans(store, found) == []


async def test_the_ledger_of_figures_goes_by_indices(store: SqlStore) -> None:
    feed = await feed_of(store)
    (entry,) = await polled(store, feed, "one")
    figures = figure(54_000), figure(700)
    with statements(store._database.writing) as found:
        await read_entry(store, entry, "one", figures=figures)
        await store.record_poll(
            PollRecord(state=feed, changed=((entry, new_entry("one", fingerprint="2")),)), NOW + DAY
        )
        await read_entry(store, entry, "one", at=NOW + DAY, edited=True, figures=figures[:1], notices=())
        await store.ledger(TOPIC, [SeriesKey.of(one) for one in figures], article("one").id)
        await store.observations(TOPIC)
        await store.rewrite_figures(TOPIC, {article("one").id: figures[1:]}, [], {article("one").id: {"": ()}})
        await store.retired_figures(TOPIC, [article("one").id])
    assert any("observations" in statement for statement, _ in found)
    assert full_scans(store, found) == []


async def test_counting_stories_goes_by_indices(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    (entry,) = await polled(store, await feed_of(store), "one")
    told = NewAlert(topic=TOPIC, reason=Reason.SPIKE, text="many", series=(SERIES,), ended=True)
    with statements(store._database.writing) as found:
        await read_entry(store, entry, "one", counts=(TOPIC,))
        (one,) = await store.arrivals(TOPIC, NOW - DAY)
        await store.newest_stories(TOPIC, NOW, 5)
        await store.record_rate(RateRecord(topic=TOPIC, before=None, after="a", weighed=(one.story,)), NOW)
        await store.record_rate(RateRecord(topic=TOPIC, before="a", after="b", alerts=(told,)), NOW)
        await store.rate_state(TOPIC)
        await store.counted(one.story)
        (alert,) = await store.latest_alerts(TOPIC, 5)
        await store.silenced_beginnings(SERIES, [alert.id])
        await store.queued_alerts(SERIES, [alert.id])
        await store.pull_back(NOW, DAY)
        await store.recount(RateRecord(topic=TOPIC, before="b", after="c"), {one.story: (article("one").id, NOW)}, NOW)
        await store.purge(NOW, DAY, DAY, DAY)
    assert any("arrivals" in statement for statement, _ in found)
    assert full_scans(store, found) == []


async def test_the_check_itself_sees_a_scan(store: SqlStore) -> None:
    assert full_scans(store, [("SELECT * FROM entries WHERE attempts = 3", ())]) != []
    assert full_scans(store, [("SELECT * FROM feeds WHERE url = ?", (FEED,))]) == []
