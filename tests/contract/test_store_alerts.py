"""Series, notices and digests."""

import asyncio
from datetime import timedelta

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
    match,
    notice,
    pending,
    polled,
    read_entry,
    reading,
    told_article,
    waiting,
)
from watcher.model import DigestId, NoticeId, Problem, Reason, SeriesState, SourcesHealth, StoryId
from watcher.store import SqlStore


async def test_a_new_series_starts_now_and_tells_nothing_stored_before(store: SqlStore) -> None:
    await told_article(store, "one")
    await store.sync_series([SERIES, "morning"], [TOPIC], NOW + HOUR)
    assert await store.series() == (
        SeriesState(name=SERIES, pending=1, first_pending=NOW, number=0, last_period=None, last_end=None, started=NOW),
        SeriesState(
            name="morning",
            pending=0,
            first_pending=None,
            number=0,
            last_period=None,
            last_end=None,
            started=NOW + HOUR,
        ),
    )
    assert await store.pending_notices("morning") == ()
    assert await store.pending_notices("nobody") == ()


async def test_a_notice_goes_to_the_series_that_exist_among_those_named(store: SqlStore) -> None:
    await store.sync_series([SERIES, "morning", "evening"], [TOPIC], NOW)
    (one,) = await polled(store, await feed_of(store), "one")
    told = notice(article("one"), series=("evening", "removed", SERIES))
    assert await read_entry(store, one, "one", notices=(told,)) == (SERIES, "evening")
    assert {state.name: state.pending for state in await store.series()} == {SERIES: 1, "evening": 1, "morning": 0}


async def test_waiting_notices_of_removed_topics_and_series_are_dropped_and_counted(store: SqlStore) -> None:
    await store.sync_series([SERIES, "morning"], [TOPIC, "refugees", "turkey"], NOW)
    ids = await polled(store, await feed_of(store), "one", "two")
    both = (SERIES, "morning")
    one, two = article("one"), article("two")
    told = (notice(one, series=both), notice(one, topic="refugees", series=both), notice(one, topic="turkey"))
    await read_entry(store, ids[0], "one", notices=told)
    await read_entry(store, ids[1], "two", notices=(notice(two, topic="refugees", series=("morning",)),))

    dropped = await store.sync_series([SERIES, "morning"], [TOPIC, "turkey"], NOW)
    assert dropped == (("refugees", 2),)
    assert [n.topic for n in await store.pending_notices("morning")] == [TOPIC]
    assert await store.sync_series([SERIES], [TOPIC, "turkey"], NOW) == ((TOPIC, 1),)
    assert [n.topic for n in await store.pending_notices(SERIES)] == [TOPIC, "turkey"]
    assert await store.sync_series([SERIES], [TOPIC, "turkey"], NOW) == ()


async def test_what_was_told_is_no_loss_when_its_topic_goes(store: SqlStore) -> None:
    await told_article(store, "one")
    await store.record_digest(digest("1"), await waiting(store), [])
    assert await store.sync_series([], [], NOW) == ()
    stored = await store.stored("id-one")
    assert stored is not None
    assert [name for _, name, _ in stored.digests] == [SERIES]


async def test_a_series_that_comes_back_starts_anew_but_numbers_on(store: SqlStore) -> None:
    await told_article(store, "one", "two")
    first, _ = await waiting(store)
    await store.record_digest(digest("1"), [first], [])
    assert await store.sync_series([], [TOPIC], NOW) == ((TOPIC, 1),)
    assert await store.series() == ()
    await store.sync_series([SERIES], [TOPIC], NOW + DAY)
    (state,) = await store.series()
    assert (state.pending, state.number, state.started) == (0, 1, NOW + DAY)


async def test_pending_notices_come_as_recorded_with_all_that_a_digest_says(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC, "other"], NOW)
    feed = await feed_of(store, also=(OTHER_FEED,))
    other = await feed_of(store, OTHER_FEED, also=(FEED,))
    one, two = await polled(store, feed, "one", "two")
    (again,) = await polled(store, other, "two")
    late, early = article("one", published=NOW), article("two", published=NOW - DAY)
    matches = (match(), match("other", "found"))
    told = (notice(late), notice(late, topic="other"))
    await store.record_read(reading(await pending(store, one), late, matches=matches, notices=told))
    await store.record_read(reading(await pending(store, two), early, at=NOW + HOUR))
    await store.record_read(reading(await pending(store, again), early, at=NOW + 2 * HOUR))

    found = await store.pending_notices(SERIES)
    assert [(n.article.id, n.topic, n.recorded) for n in found] == [
        ("id-one", TOPIC, NOW),
        ("id-one", "other", NOW),
        ("id-two", TOPIC, NOW + HOUR),
    ]
    first, second, third = found
    assert (first.reason, first.story, first.origins, first.lead) == (Reason.NEW, "story-id-one", 1, True)
    assert (first.article.title, first.article.text, first.article.author) == ("Title of one", "", "A. Writer")
    assert (first.match, second.match) == matches
    assert (first.feed, third.feed) == (FEED, FEED)
    assert first.earlier == ()
    assert first.id < second.id < third.id


async def test_a_story_has_its_first_article_as_lead_and_names_what_was_told(store: SqlStore) -> None:
    await told_article(store, "one")
    await store.record_digest(digest("1"), await waiting(store), [])
    story = StoryId("story-id-one")
    two, three = await polled(store, await feed_of(store), "two", "three")
    for number, (entry, name, text_hash) in enumerate([(two, "two", "hash-2"), (three, "three", "hash-2")], 1):
        told = notice(article(name), story=story)
        changes = {"story": story, "text_hash": text_hash, "notices": (told,), "at": NOW + number * HOUR}
        await read_entry(store, entry, name, **changes)
    found = await store.pending_notices(SERIES)
    assert [(n.article.id, n.lead, n.origins) for n in found] == [("id-two", False, 1), ("id-three", False, 1)]
    earlier = (("id-one", "https://news.example/one", "Title of one"),)
    assert [n.earlier for n in found] == [earlier, earlier]

    in_window = await store.window([TOPIC], NOW)
    assert [(n.article.id, n.lead, n.earlier) for n in in_window] == [
        ("id-one", True, ()),
        ("id-two", False, ()),
        ("id-three", False, ()),
    ]


async def test_an_edited_article_is_not_named_as_its_own_predecessor(store: SqlStore) -> None:
    await told_article(store, "one")
    await store.record_digest(digest("1"), await waiting(store), [])
    (entry,) = await polled(store, await feed_of(store), "again")
    edited = article("one", text="edited")
    told = notice(edited, reason=Reason.EDITED, revision="2")
    await store.record_read(reading(await pending(store, entry), edited, notices=(told,), at=NOW + HOUR))
    (found,) = await store.pending_notices(SERIES)
    assert (found.reason, found.earlier) == (Reason.EDITED, ())


async def test_a_notice_whose_match_was_lost_in_an_edit_has_none(store: SqlStore) -> None:
    await told_article(store, "one")
    (entry,) = await polled(store, await feed_of(store), "again")
    edited = article("one", text="edited")
    await store.record_read(reading(await pending(store, entry), edited, notices=(), matches=()))
    (found,) = await store.pending_notices(SERIES)
    assert found.match is None


async def test_the_window_holds_what_was_recorded_since_told_or_not(store: SqlStore) -> None:
    await told_article(store, "one", "two")
    first, second = await waiting(store)
    await store.record_digest(digest("1"), [first], [])
    assert [n.id for n in await store.window([TOPIC, "other"], NOW)] == [first, second]
    assert await store.window([TOPIC], NOW + timedelta(microseconds=1)) == ()
    assert await store.window(["other"], NOW) == ()
    assert await store.window([], NOW) == ()


async def test_a_digest_is_written_with_its_deliveries_and_its_notices_are_told(store: SqlStore) -> None:
    await told_article(store, "one", "two", "three")
    first, second, third = await waiting(store)
    health = SourcesHealth(total=2, healthy=1, problems=(Problem(feed="Wire", problem="silent for 14 h"),))
    made = digest("1", sources=health, truncated="and 14 more")
    assert await store.record_digest(made, [first, second], [delivery("d1"), delivery("d2", channel="desk")])
    assert await waiting(store) == (third,)
    assert await store.digest(made.id) == made
    assert await store.digest(DigestId("none")) is None
    assert set(await store.due_deliveries(NOW, 10)) == {"d1", "d2"}
    (state,) = await store.series()
    assert (state.number, state.last_period, state.last_end, state.pending) == (1, "1", NOW, 1)


async def test_a_period_is_closed_once(store: SqlStore) -> None:
    await told_article(store, "one", "two")
    first, second = await waiting(store)
    assert await store.record_digest(digest("1"), [first], [delivery("d1")])
    before = await store.series(), await waiting(store), await store.deliveries(10), await store.digests(10)
    again = digest("1", id=DigestId("another"))
    assert not await store.record_digest(again, [second], [delivery("d2")])
    assert (await store.series(), await waiting(store), await store.deliveries(10), await store.digests(10)) == before


async def test_a_digest_of_notices_that_wait_no_more_is_refused(store: SqlStore) -> None:
    await told_article(store, "one", "two")
    first, second = await waiting(store)
    assert await store.record_digest(digest("1"), [first], [])
    before = await store.series()
    assert not await store.record_digest(digest("2"), [first, second], [delivery("d2")])
    assert not await store.record_digest(digest("3"), [NoticeId(99)], [])
    assert (await store.series(), await waiting(store), await store.deliveries(10)) == (before, (second,), ())
    assert await store.digest(digest("2").id) is None
    assert await store.record_digest(digest("4"), [second, second], [])


async def test_two_that_close_the_same_period_at_once_write_one_digest(store: SqlStore) -> None:
    await told_article(store, "one")
    told = await waiting(store)
    made = [digest("1", id=DigestId(f"by-{name}")) for name in "abcde"]
    written = await asyncio.gather(*(store.record_digest(one, told, [delivery(f"delivery-{one.id}")]) for one in made))
    assert sorted(written) == [False, False, False, False, True]
    assert len(await store.digests(10)) == len(await store.deliveries(10)) == 1


async def test_a_period_with_nothing_to_tell_is_skipped(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    await store.skip_period(SERIES, "2016-10-20T07:00", NOW + HOUR)
    (state,) = await store.series()
    assert (state.last_period, state.last_end, state.number) == ("2016-10-20T07:00", NOW + HOUR, 0)
    assert await store.digests(5) == ()


async def test_an_empty_digest_can_be_written(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    assert await store.record_digest(digest("1"), [], [delivery("d1")])
    assert await store.due_deliveries(NOW, 5) == ("d1",)


async def test_the_latest_digests_come_newest_first(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)
    for number in range(4):
        await store.record_digest(digest(str(number), created=NOW + number * HOUR), [], [])
    assert [one.period for one in await store.digests(3)] == ["3", "2", "1"]


async def test_hundreds_of_notices_wait_and_go_as_one(store: SqlStore) -> None:
    names = [f"n{number}" for number in range(520)]
    await store.sync_series([SERIES], [TOPIC], NOW)
    feed = await feed_of(store)
    entries = await polled(store, feed, *names)
    waits = await asyncio.gather(*(pending(store, entry) for entry in entries))
    records = [reading(one, article(name)) for one, name in zip(waits, names, strict=True)]
    await asyncio.gather(*map(store.record_read, records))
    found = await store.pending_notices(SERIES)
    assert [one.article.id for one in found] == [f"id-{name}" for name in names]
    assert await store.record_digest(digest("1"), [one.id for one in found], [])
    assert await store.pending_notices(SERIES) == ()
