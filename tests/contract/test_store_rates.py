"""What counts for topics with a rate, and that a decision on it is kept once, with its alerts."""

from datetime import datetime, timedelta
from typing import Any

from tests.helpers.storing import DAY, HOUR, NOW, SERIES, TOPIC, feed_of, match, polled, read_entry
from watcher.model import AlertStory, ArticleId, NewAlert, RateRecord, Reason, Silence, StoryId
from watcher.settings import SOURCES
from watcher.store import SqlStore

MINUTE = timedelta(minutes=1)


async def brought(store: SqlStore, name: str, **changes: Any) -> None:
    """An article is read that counts for the topic, in a story of its own unless it is told otherwise."""
    (entry,) = await polled(store, await feed_of(store), name)
    values: dict[str, Any] = {"counts": (TOPIC,), "notices": (), "story": StoryId(f"story-{name}")}
    await read_entry(store, entry, name, **(values | changes))


def decision(before: str | None, after: str, **changes: Any) -> RateRecord:
    return RateRecord(topic=TOPIC, before=before, after=after, **changes)


def alert(text: str, **changes: Any) -> NewAlert:
    values: dict[str, Any] = {"topic": TOPIC, "reason": Reason.SPIKE, "text": text, "series": (SERIES,)}
    return NewAlert(**(values | changes))


async def counts(store: SqlStore, since: datetime = NOW - DAY) -> list[tuple[str, bool]]:
    return [(one.story, one.fresh) for one in await store.arrivals(TOPIC, since)]


async def test_stories_are_counted_not_their_copies(store: SqlStore) -> None:
    await brought(store, "one")
    await brought(store, "copy", story=StoryId("story-one"))
    await brought(store, "two")
    await brought(store, "other", counts=())
    assert await counts(store) == [("story-one", True), ("story-two", True)]


async def test_a_copy_of_what_was_read_before_it_counted_is_no_new_story(store: SqlStore) -> None:
    await brought(store, "old", counts=(), tell=False)
    await brought(store, "late-copy", story=StoryId("story-old"))
    assert await counts(store) == []


async def test_what_matched_another_topic_before_counts(store: SqlStore) -> None:
    await brought(store, "old", counts=(), matches=(match("elsewhere"),))
    await brought(store, "copy", story=StoryId("story-old"))
    assert await counts(store) == [("story-old", True)]


async def test_a_story_counts_from_when_it_arrived_and_never_later_than_it_was_read(store: SqlStore) -> None:
    await brought(store, "night", arrived=NOW - 8 * HOUR)
    await brought(store, "ahead", arrived=NOW + DAY)
    await brought(store, "plain")
    found = {one.story: one.at for one in await store.arrivals(TOPIC, NOW - DAY)}
    assert found == {"story-night": NOW - 8 * HOUR, "story-ahead": NOW, "story-plain": NOW}


async def test_what_is_fresh_comes_however_old(store: SqlStore) -> None:
    await brought(store, "one", arrived=NOW - 9 * DAY)
    await brought(store, "two")
    assert await counts(store, NOW) == [("story-one", True), ("story-two", True)]
    assert await store.record_rate(decision(None, "a", weighed=(StoryId("story-one"), StoryId("story-two"))), NOW)
    assert await counts(store, NOW) == [("story-two", False)]


async def test_a_decision_is_kept_once_with_its_alerts(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    await brought(store, "one")
    first = decision(None, "a", weighed=(StoryId("story-one"),), alerts=(alert("many"),))
    assert await store.rate_state(TOPIC) is None
    assert await store.record_rate(first, NOW)
    assert not await store.record_rate(first, NOW)
    assert not await store.record_rate(decision("b", "c", alerts=(alert("more"),)), NOW)
    assert await store.record_rate(decision("a", "b"), NOW)
    assert await store.rate_state(TOPIC) == "b"
    assert [one.text for one in await store.pending_alerts(SERIES)] == ["many"]
    assert await counts(store) == [("story-one", False)]


async def test_an_alert_keeps_the_stories_that_made_it(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    for minutes, name in enumerate(["one", "two", "three"]):
        await brought(store, name, arrived=NOW - 3 * HOUR + minutes * MINUTE)
    newest = await store.newest_stories(TOPIC, NOW, 2)
    assert [one.id for one in newest] == ["story-three", "story-two"]
    assert newest[0] == AlertStory(
        id=StoryId("story-three"),
        headline="Title of three",
        url="https://news.example/three",
        feed="https://news.example/feed",
        published=NOW,
        language="en",
    )
    assert [one.id for one in await store.newest_stories(TOPIC, NOW - 3 * HOUR, 5)] == ["story-one"]
    await store.record_alerts([alert("many", stories=newest), alert("over", ended=True)], NOW)
    many, over = await store.pending_alerts(SERIES)
    assert (many.stories, many.ended, over.stories, over.ended) == (newest, False, (), True)


async def test_a_silenced_alert_leaves_its_series_and_its_end_is_known(store: SqlStore) -> None:
    await store.sync_series([SERIES, "other"], [TOPIC], NOW)
    silence = await store.add_silence(
        Silence(topic=TOPIC, starts=NOW, ends=NOW + HOUR, why="known", by="desk", story=None, place=None)
    )
    both = (SERIES, "other")
    await store.record_alerts([alert("many", series=both), alert("over", ended=True, series=both)], NOW)
    many, over = await store.pending_alerts(SERIES)
    await store.silence_alerts(SERIES, {many.id: silence.id}, NOW)
    assert [one.text for one in await store.pending_alerts(SERIES)] == ["over"]
    assert [one.text for one in await store.pending_alerts("other")] == ["many", "over"]
    assert await store.silenced_beginnings(SERIES, [over.id]) == {over.id: silence.id}
    assert await store.silenced_beginnings("other", [over.id]) == {}
    assert await store.queued_alerts("other", [many.id, over.id]) == {many.id, over.id}
    latest = await store.latest_alerts(TOPIC, 5)
    assert [(one.text, [name for name, _ in one.silenced]) for one in latest] == [("over", []), ("many", [SERIES])]
    assert latest[1].silenced[0][1].why == "known"


async def test_alerts_of_a_topic_that_left_the_config_are_dropped_and_counted(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    await store.record_alerts([alert("many"), alert("ill", topic=SOURCES)], NOW)
    assert await store.sync_series([SERIES], ["another"], NOW) == ((TOPIC, 1),)
    assert [one.text for one in await store.pending_alerts(SERIES)] == ["ill"]


async def test_a_recount_replaces_what_counts_and_is_not_fresh(store: SqlStore) -> None:
    await brought(store, "one")
    found = {StoryId("a"): (ArticleId("id-one"), NOW - 5 * DAY), StoryId("b"): (ArticleId("id-one"), NOW)}
    assert not await store.recount(decision("x", "y"), found, NOW)
    assert await store.recount(decision(None, "y"), found, NOW)
    assert await counts(store, NOW - 9 * DAY) == [("a", False), ("b", False)]
    assert await store.counted(StoryId("b")) == ((TOPIC, "id-one", NOW),)


async def test_what_a_fast_clock_counted_is_pulled_back(store: SqlStore) -> None:
    await brought(store, "before")
    await brought(store, "soon", at=NOW + HOUR, arrived=NOW + HOUR)
    await brought(store, "late", at=NOW + 3 * DAY, arrived=NOW + 3 * DAY)
    await store.pull_back(NOW, 2 * DAY)
    found = {one.story: one.at for one in await store.arrivals(TOPIC, NOW - DAY)}
    assert found == {"story-before": NOW, "story-soon": NOW, "story-late": NOW + DAY}


async def test_what_counted_is_forgotten_long_after_any_rate_looks_back(store: SqlStore) -> None:
    await brought(store, "old", arrived=NOW - 99 * DAY)
    await brought(store, "ancient", arrived=NOW - 101 * DAY)
    await store.purge(NOW, 10 * DAY, 10 * DAY, 10 * DAY)
    assert await counts(store, NOW - 200 * DAY) == [("story-old", True)]
