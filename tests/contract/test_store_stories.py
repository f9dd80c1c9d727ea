"""What a story is decided on, and what of it is kept: candidates, events, voices, what waits for a second voice."""

import asyncio
from dataclasses import replace
from typing import Any

from tests.helpers.storing import (
    DAY,
    HOUR,
    NOW,
    SERIES,
    TOPIC,
    article,
    digest,
    feed_of,
    match,
    notice,
    pending,
    polled,
    reading,
    waiting,
)
from watcher.model import Kin, Noticed, ReadRecord, Reason, Sight, StoryId, Voice
from watcher.store import SqlStore, open_store
from watcher.store.stories import COMMON, LIKELY

AFP = Voice(key="afp", name="AFP", credited=True)
SITE = Voice(key="news example", name="news.example")


async def record(store: SqlStore, name: str, **changes: Any) -> ReadRecord:
    """A reading of a new entry."""
    await store.sync_series([SERIES], [TOPIC], NOW)
    (entry,) = await polled(store, await feed_of(store), name)
    return reading(await pending(store, entry), article(name), **({"voice": SITE} | changes))


async def keep(store: SqlStore, name: str, **changes: Any) -> None:
    assert await store.record_read(await record(store, name, **changes)) is not None


async def test_candidates_are_the_articles_with_the_rarest_shingles_in_common(store: SqlStore) -> None:
    await keep(store, "one", signature=(1, 2, 3, -4))
    await keep(store, "two", signature=(3, 4, 5), notices=())
    await keep(store, "three", signature=(7, 8), at=NOW + HOUR)
    found = await store.story_candidates((1, 2, 3, -4, 99), NOW)
    assert [one.article for one in found.likely] == ["id-one", "id-two"]
    assert found.seen == {"id-one", "id-two"}
    first = found.likely[0]
    assert (first.story, first.first_seen, first.topics) == (StoryId("story-id-one"), NOW, frozenset({TOPIC}))
    assert first.text == article("one").text
    assert found.likely[1].topics == frozenset()
    assert (await store.story_candidates((7,), NOW + HOUR)).seen == {"id-three"}
    assert (await store.story_candidates((1, 3), NOW + HOUR)).seen == frozenset()
    assert (await store.story_candidates((), NOW)).likely == ()


async def test_a_shingle_that_many_have_is_kept_so_often_and_no_more(store: SqlStore) -> None:
    for number in range(COMMON + 3):
        await keep(store, f"n{number}", signature=(1, 1_000 + number), notices=(), matches=())
    found = await store.story_candidates((1,), NOW)
    assert (len(found.seen), len(found.likely)) == (COMMON, LIKELY)
    last = await store.story_candidates((1, 1_000 + COMMON + 2), NOW)
    assert last.likely[0].article == f"id-n{COMMON + 2}"


async def test_old_shingles_are_pruned(store: SqlStore) -> None:
    await keep(store, "one", signature=(1, 2))
    await keep(store, "two", signature=(1, 3), at=NOW + DAY)
    assert await store.prune_stories(NOW + HOUR) == 2
    assert (await store.story_candidates((1, 2, 3), NOW)).seen == {"id-two"}
    assert await store.prune_stories(NOW + HOUR) == 0


async def test_two_that_meet_one_story_at_once_found_one(kept_url: str) -> None:
    stores = [open_store(kept_url), open_store(kept_url)]
    unseen = Sight(since=NOW - DAY, articles=frozenset())
    records = [await record(stores[0], f"n{number}", signature=(1, 2), sight=unseen) for number in range(6)]
    results = await asyncio.gather(*(stores[n % 2].record_read(one) for n, one in enumerate(records)))
    assert sum(result is not None for result in results) == 1
    for number, result in enumerate(results):
        if result is None:
            near = await stores[1].story_candidates((1, 2), NOW - DAY)
            seen = Sight(since=NOW - DAY, articles=near.seen)
            joined = replace(records[number], story=near.likely[0].story, sight=seen, notices=())
            assert await stores[number % 2].record_read(joined) == ()
    found = await stores[0].story_candidates((1, 2), NOW - DAY)
    assert len(found.seen) == len(records)
    assert len({one.story for one in found.likely}) == 1
    for store in stores:
        await store.aclose()


async def test_a_later_notice_of_the_topic_makes_an_event_be_looked_for_anew(store: SqlStore) -> None:
    told = await store.event_leaders([TOPIC], NOW - DAY)
    await keep(store, "one", gist="{}")
    founding = await record(store, "two", sight=Sight(since=NOW, articles=frozenset(), notice=told.notice))
    assert await store.record_read(founding) is None
    assert await store.article_by_url([article("two").url]) is None
    told = await store.event_leaders([TOPIC], NOW - DAY)
    assert [(one.story, one.founded, one.gist) for one in told.leaders] == [("story-id-one", NOW, "{}")]
    again = replace(founding, sight=Sight(since=NOW, articles=frozenset(), notice=told.notice))
    assert await store.record_read(again) == (SERIES,)
    assert (await store.event_leaders([TOPIC], NOW + HOUR)).leaders == ()
    assert (await store.event_leaders(["other"], NOW - DAY)).leaders == ()


async def test_the_stories_of_an_event_share_their_voices(store: SqlStore) -> None:
    await keep(store, "one", gist="{}")
    event = StoryId("story-id-one")
    await keep(store, "two", gist="{}", voice=AFP, event=event)
    (first, second) = await store.pending_notices(SERIES)
    assert [(one.origins, one.voices, one.group) for one in (first, second)] == [
        (2, ("news.example", "AFP"), event),
        (2, ("news.example", "AFP"), event),
    ]
    assert await store.kin(StoryId("story-id-two")) == Kin(
        event=event,
        noticed=(Noticed(topic=TOPIC, story=StoryId("story-id-two"), waits=True),),
        voices=frozenset({"afp", "news example"}),
    )
    assert [one.story for one in (await store.event_leaders([TOPIC], NOW - DAY)).leaders] == [event]
    assert await store.kin(StoryId("none")) == Kin(event=StoryId("none"))


async def test_a_copy_that_credits_somebody_gives_the_story_its_voice(store: SqlStore) -> None:
    await keep(store, "one")
    copy = notice(article("two"), story=StoryId("story-id-one"), listed=True)
    for name, voice in (("two", AFP), ("three", Voice(key="dpa", name="dpa", credited=True))):
        await keep(store, name, story=StoryId("story-id-one"), voice=voice, notices=(copy,) if name == "two" else ())
    assert [(one.origins, one.voices, one.group) for one in await store.pending_notices(SERIES)] == [
        (1, ("AFP",), None),
        (1, ("AFP",), None),
    ]


async def test_the_earliest_published_gives_the_story_its_voice_where_nobody_is_credited(store: SqlStore) -> None:
    story, early = StoryId("story-id-one"), Voice(key="early", name="early.example")
    await keep(store, "one")
    later = await record(store, "two", story=story, voice=Voice(key="late", name="late.example"), notices=())
    await store.record_read(replace(later, article=article("two", published=NOW)))
    assert (await store.kin(story)).voices == {"news example"}
    before = await record(store, "three", story=story, voice=early, notices=())
    await store.record_read(replace(before, article=article("three", published=NOW - DAY)))
    assert (await store.kin(story)).voices == {"early"}
    (told,) = await store.pending_notices(SERIES)
    assert told.voice == "early.example"


async def test_an_article_that_turns_out_to_be_a_copy_leaves_its_story(store: SqlStore) -> None:
    first, teaser = StoryId("story-id-one"), StoryId("story-id-two")
    await keep(store, "one", gist="{}")
    await keep(store, "two", gist="{}", event=first, voice=AFP)
    await keep(store, "three", gist="{}", event=teaser, voice=Voice(key="dpa", name="dpa"))
    full = await record(store, "two-again", notices=())
    moved = replace(full, article=article("two"), story=first, moved=True)
    assert await store.record_read(moved) == ()
    stored = await store.stored("id-two")
    assert stored is not None
    assert stored.story == first
    assert (await store.kin(first)).voices == {"news example", "dpa"}
    assert [(one.article.id, one.story) for one in await store.pending_notices(SERIES)] == [
        ("id-one", first),
        ("id-two", first),
        ("id-three", "story-id-three"),
    ]


async def test_what_waits_of_a_late_copy_that_was_no_copy_yet_is_not_told(store: SqlStore) -> None:
    await keep(store, "one")
    await store.record_digest(digest("1"), await waiting(store), [])
    await keep(store, "two")
    full = await record(store, "two-again", notices=())
    await store.record_read(replace(full, article=article("two"), story=StoryId("story-id-one"), moved=True))
    assert await waiting(store) == ()


async def test_a_copy_is_listed_while_its_story_waits_and_not_told_after(store: SqlStore) -> None:
    story = StoryId("story-id-one")
    await keep(store, "one")
    await keep(store, "two", story=story, notices=(notice(article("two"), story=story, listed=True),))
    told = await waiting(store)
    assert len(told) == 2
    await store.record_digest(digest("1"), told, [])
    late = await record(store, "late", story=story, notices=(notice(article("late"), story=story, listed=True),))
    assert await store.record_read(late) == ()
    assert await waiting(store) == ()
    gained = notice(article("more"), story=story, reason=Reason.FIGURE)
    assert await store.record_read(await record(store, "more", story=story, notices=(gained,))) == (SERIES,)
    (found,) = await store.pending_notices(SERIES)
    assert [told for told, _, _ in found.earlier] == ["id-one", "id-two"]
    assert (await store.kin(story)).noticed == (Noticed(topic=TOPIC, story=story, waits=True),)


async def test_what_is_held_goes_out_when_the_second_voice_comes(store: SqlStore) -> None:
    story = StoryId("story-id-one")
    first = await record(store, "one", notices=(notice(article("one"), held=True),))
    assert await store.record_read(first) == ()
    copy = notice(article("two"), story=story, held=True, listed=True)
    assert await store.record_read(await record(store, "two", story=story, notices=(copy,))) == ()
    assert await waiting(store) == ()
    assert (await store.kin(story)).noticed == (Noticed(topic=TOPIC, story=story, waits=True),)
    second = await record(store, "three", event=story, voice=AFP, release=(TOPIC,), matches=(match(),))
    assert await store.record_read(second) == (SERIES,)
    assert sorted(one.article.id for one in await store.pending_notices(SERIES)) == ["id-one", "id-three", "id-two"]


async def test_what_was_held_longer_than_the_window_is_let_go(store: SqlStore) -> None:
    await keep(store, "one", notices=(notice(article("one"), held=True),))
    await store.prune_stories(NOW + HOUR)
    story = StoryId("story-id-one")
    assert (await store.kin(story)).noticed == (Noticed(topic=TOPIC, story=story, waits=False),)
    second = await record(store, "two", event=story, voice=AFP, release=(TOPIC,), notices=())
    assert await store.record_read(second) == ()
