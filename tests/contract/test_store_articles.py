"""Reading: entries become articles."""

import asyncio
from dataclasses import replace
from datetime import timedelta

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
    digest,
    feed_of,
    match,
    new_entry,
    notice,
    pending,
    polled,
    read_entry,
    reading,
    told_article,
    waiting,
)
from watcher.model import ArticleId, EntryId, FetchReason, KnownArticle, PollRecord, Reason, StoryId
from watcher.store import SqlStore


@pytest.fixture(autouse=True)
async def series(store: SqlStore) -> None:
    await store.sync_series([SERIES], [TOPIC], NOW)


async def test_due_entries_come_oldest_first_with_those_whose_retry_has_come(store: SqlStore) -> None:
    feed = await feed_of(store)
    one, two = await polled(store, feed, "one", "two")
    (three,) = await polled(store, feed, "three", now=NOW + timedelta(minutes=1))
    await store.postpone_entry(one, NOW + timedelta(minutes=2))
    assert await store.due_entries(NOW, 10) == (two,)
    assert await store.due_entries(NOW + HOUR, 10) == (two, three, one)
    assert await store.due_entries(NOW + HOUR, 2) == (two, three)


async def test_a_waiting_entry_tells_all_that_a_reading_needs(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    found = await pending(store, one)
    assert (found.id, found.feed, found.feed_url) == (one, feed.id, FEED)
    assert found.content == new_entry("one")
    assert (found.edited, found.attempts, found.first_seen, found.article) == (False, 0, NOW, None)
    assert await store.entry(EntryId(99)) is None


async def test_what_was_read_waits_no_more_and_is_found_by_id_and_urls(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    read = article("one")
    assert await read_entry(store, one, "one", urls=("https://amp.example/one",)) == (SERIES,)
    assert await store.entry(one) is None
    assert await store.due_entries(NOW + DAY, 10) == ()
    for ref in (read.id, read.url, "https://amp.example/one"):
        stored = await store.stored(ref)
        assert stored is not None
        assert stored.article == read
        assert (stored.story, stored.feeds, stored.matches) == (StoryId("story-id-one"), (FEED,), (match(),))
        assert (stored.read_at, stored.failure, stored.digests) == (NOW, None, ())
    assert await store.stored("https://news.example/none") is None
    known = await store.article_by_url(["https://nowhere.example/", "https://amp.example/one"])
    assert known == KnownArticle(
        article=read, story=StoryId("story-id-one"), feeds=(FEED,), matches=(match(),), told=True, read_at=NOW
    )
    assert await store.article_by_url([]) is None


async def test_recording_a_reading_again_changes_nothing(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    record = reading(await pending(store, one), article("one"))
    assert await store.record_read(record) == (SERIES,)
    before = await store.stored("id-one"), await store.pending_notices(SERIES)
    assert await store.record_read(record) == ()
    assert (await store.stored("id-one"), await store.pending_notices(SERIES)) == before
    assert await store.entry(one) is None


async def test_one_article_however_many_feeds_carry_the_link(store: SqlStore) -> None:
    feed = await feed_of(store, also=(OTHER_FEED,))
    other = await feed_of(store, OTHER_FEED, also=(FEED,))
    (one,) = await polled(store, feed, "one")
    (again,) = await polled(store, other, "one", now=NOW + HOUR)
    await read_entry(store, one, "one")
    found = await pending(store, again)
    assert found.article is not None
    assert found.article.article == article("one")
    assert found.article.feeds == (FEED,)
    assert await read_entry(store, again, "one", at=NOW + HOUR) == ()
    stored = await store.stored("id-one")
    assert stored is not None
    assert stored.feeds == (FEED, OTHER_FEED)
    assert len(await waiting(store)) == 1


async def test_two_entries_for_one_url_read_at_once_end_in_one_article(store: SqlStore) -> None:
    feed = await feed_of(store)
    names = [f"copy-{number}" for number in range(12)]
    ids = await polled(store, feed, *names)
    records = []
    for number, (name, entry) in enumerate(zip(names, ids, strict=True)):
        read = article(name, url="https://news.example/same")
        record = reading(await pending(store, entry), read, urls=(f"https://news.example/alias-{number % 3}",))
        records.append(replace(record, notices=(notice(read, revision=name),)))
    told = await asyncio.gather(*(store.record_read(record) for record in records))
    assert sum((one or () for one in told), ()) == (SERIES,)
    assert len(await store.recent(100)) == 1
    (one,) = await store.pending_notices(SERIES)
    stored = await store.stored("https://news.example/alias-2")
    assert stored is not None
    assert (one.article.id, one.story) == (stored.article.id, stored.story)
    assert await store.due_entries(NOW + DAY, 100) == ()


async def test_a_further_url_leads_to_the_article_that_has_it(store: SqlStore) -> None:
    feed = await feed_of(store)
    one, two = await polled(store, feed, "one", "two")
    await read_entry(store, one, "one", urls=("https://short.example/1",))
    copy = article("two", url="https://short.example/1", full_text=False)
    await store.record_read(reading(await pending(store, two), copy, at=NOW + HOUR))
    stored = await store.stored("https://short.example/1")
    assert stored is not None
    assert (stored.article.id, stored.article.url) == ("id-one", "https://news.example/one")
    assert stored.article.title == "Title of two"
    assert await store.stored("id-two") is None


async def test_a_page_read_at_last_tells_its_canonical_address(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    await read_entry(store, one, "one", retry_at=NOW + HOUR, failure=FetchReason.TIMEOUT)
    read = article("one", url="https://news.example/one/canonical")
    record = reading(await pending(store, one), read, urls=("https://news.example/one",), at=NOW + HOUR)
    await store.record_read(record)
    for ref in ("https://news.example/one", "https://news.example/one/canonical", "id-one"):
        stored = await store.stored(ref)
        assert stored is not None
        assert stored.article == read


async def test_an_address_of_another_article_is_not_taken_over(store: SqlStore) -> None:
    feed = await feed_of(store)
    one, two, again = await polled(store, feed, "one", "two", "again")
    await read_entry(store, one, "one")
    await read_entry(store, two, "two")
    moved = article("one", url="https://news.example/two")
    await store.record_read(reading(await pending(store, again), moved, at=NOW + HOUR))
    assert {(one.article.id, one.article.url) for one in await store.recent(10)} == {
        ("id-one", "https://news.example/one"),
        ("id-two", "https://news.example/two"),
    }


async def test_matches_are_those_of_the_last_reading(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    await read_entry(store, one, "one", matches=(match("a"), match("b", "old")))
    changed = PollRecord(state=feed, changed=((one, new_entry("one", fingerprint="2")),))
    await store.record_poll(changed, NOW + DAY)
    await read_entry(store, one, "one", matches=(match("b", "new"), match("c")), at=NOW + DAY)
    stored = await store.stored("id-one")
    assert stored is not None
    assert stored.matches == (match("b", "new"), match("c"))
    assert [a.article.id for a in await store.recent(10, topic="b")] == ["id-one"]
    assert await store.recent(10, topic="a") == ()


async def test_a_backtest_rewrites_matches_and_tells_nothing(store: SqlStore) -> None:
    feed = await feed_of(store)
    names = ("one", "two")
    for entry, name in zip(await polled(store, feed, *names), names, strict=True):
        await read_entry(store, entry, name, matches=(match("a"),), notices=())
    gained = {article("one").id: match("b"), ArticleId("gone"): match("b")}
    for _ in range(2):  # the same again changes nothing
        await store.rewrite_matches("b", gained, [], NOW + HOUR)
        await store.rewrite_matches("a", {}, [article("two").id, ArticleId("gone")], NOW + HOUR)
    found = {one.article.id: one.matches for one in await store.recent(5)}
    assert found == {"id-one": (match("a"), match("b")), "id-two": ()}
    assert await store.pending_notices(SERIES) == ()


async def test_an_edited_article_keeps_its_story_and_is_told_once_a_revision(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    await read_entry(store, one, "one")
    for number, revision in enumerate(("r1", "r1", "r2"), 1):
        fingerprint = f"print-{number}"
        changed = PollRecord(state=feed, changed=((one, new_entry("one", fingerprint=fingerprint)),))
        await store.record_poll(changed, NOW + number * DAY)
        edited = article("one", text=f"Edited: {revision}")
        record = reading(await pending(store, one), edited, at=NOW + number * DAY, story=StoryId("another"))
        told = notice(edited, reason=Reason.EDITED, revision=revision, story=StoryId("another"))
        again = notice(edited, revision=revision)  # an article is new once
        await store.record_read(replace(record, notices=(told, again)))
    found = await store.pending_notices(SERIES)
    assert [(one.reason, one.story) for one in found] == [
        (Reason.NEW, "story-id-one"),
        (Reason.EDITED, "story-id-one"),
        (Reason.EDITED, "story-id-one"),
    ]


async def test_a_page_that_failed_for_now_is_matched_and_read_again(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    teaser = article("one", text="Teaser", full_text=False)
    record = reading(
        await pending(store, one),
        teaser,
        retry_at=NOW + HOUR,
        failure=FetchReason.TIMEOUT,
        failure_detail="no answer within 20 s",
    )
    assert await store.record_read(record) == (SERIES,)
    assert await store.record_read(record) == ()
    stored = await store.stored("id-one")
    assert stored is not None
    assert stored.failure == "timeout: no answer within 20 s"
    assert await store.due_entries(NOW + HOUR - timedelta(seconds=1), 10) == ()
    assert await store.due_entries(NOW + HOUR, 10) == (one,)
    found = await pending(store, one)
    assert (found.attempts, found.edited, found.content) == (1, False, new_entry("one"))
    assert found.article is not None
    assert found.article.article == teaser

    await read_entry(store, one, "one", at=NOW + HOUR)
    stored = await store.stored("id-one")
    assert stored is not None
    assert (stored.failure, stored.article.full_text) == (None, True)
    assert await store.entry(one) is None


async def test_an_entry_that_changes_while_it_is_read_is_read_once_more(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    record = reading(await pending(store, one), article("one"))
    changed = new_entry("one", fingerprint="changed")
    await store.record_poll(PollRecord(state=feed, changed=((one, changed),)), NOW)
    await store.record_read(record)
    assert await store.due_entries(NOW, 10) == ()
    assert await store.due_entries(NOW + HOUR, 10) == (one,)
    found = await pending(store, one)
    assert (found.edited, found.content) == (True, changed)


async def test_told_says_whether_any_of_its_entries_was_to_be_told(store: SqlStore) -> None:
    feed = await feed_of(store, also=(OTHER_FEED,))
    other = await feed_of(store, OTHER_FEED, also=(FEED,))
    (one,) = await polled(store, feed, "one")
    (again,) = await polled(store, other, "one")
    await read_entry(store, one, "one", tell=False, notices=())
    known = await store.article_by_url([article("one").url])
    assert known is not None
    assert not known.told
    assert await read_entry(store, again, "one", tell=True) == (SERIES,)
    known = await store.article_by_url([article("one").url])
    assert known is not None
    assert known.told


async def test_recent_articles_come_newest_first(store: SqlStore) -> None:
    feed = await feed_of(store)
    names = ("one", "two", "three")
    for number, entry in enumerate(await polled(store, feed, *names)):
        found = (match("a"),) if number != 1 else (match("b"),)
        await read_entry(store, entry, names[number], at=NOW + number * HOUR, matches=found, notices=())
    assert [one.article.id for one in await store.recent(2)] == ["id-three", "id-two"]
    assert [one.article.id for one in await store.recent(5, topic="a")] == ["id-three", "id-one"]


async def test_what_matched_last_comes_first_whatever_was_read_since(store: SqlStore) -> None:
    feed = await feed_of(store)
    names = ("one", "two", "three", "four")
    for number, entry in enumerate(await polled(store, feed, *names)):
        found = (match("a"), match("b")) if number < 2 else ()
        await read_entry(store, entry, names[number], at=NOW + number * HOUR, matches=found, notices=())
    assert [one.article.id for one in await store.matched(5)] == ["id-two", "id-one"]
    assert [one.article.id for one in await store.matched(1)] == ["id-two"]


async def test_the_archive_streams_every_article_with_text_oldest_first(store: SqlStore) -> None:
    feed = await feed_of(store)
    names = [f"n{number:03}" for number in range(230)]
    ids = await polled(store, feed, *names)
    for number, (name, entry) in enumerate(zip(names, ids, strict=True)):
        read = article(name, published=NOW - (number % 75) * HOUR)
        await store.record_read(reading(await pending(store, entry), read, notices=()))
    found = [one async for one in store.archive(None)]
    assert sorted(one.article.id for one in found) == [f"id-{name}" for name in names]
    times = [one.article.published for one in found]
    assert times == sorted(times)
    assert found[0].matches == (match(),)
    recent = [one.article.published async for one in store.archive(NOW - 10 * HOUR)]
    assert recent == [time for time in times if time >= NOW - 10 * HOUR]


async def test_hostile_text_is_kept_as_far_as_it_can_be(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    url = "https://news.example/?q=" + "ü" * 4000
    read = article("one", url=url, title="nul \0, lone \ud83d, astral 🛰", text="\ud800" + "الموصل " * 1000, author="\0")
    found = match(found="\0\udc00 Mosul")
    await store.record_read(reading(await pending(store, one), read, matches=(found,)))
    stored = await store.stored(url)
    assert stored is not None
    assert stored.article.url == url
    assert stored.article.title == "nul \ufffd, lone \ufffd, astral 🛰"
    assert stored.article.text == "\ufffd" + "الموصل " * 1000
    assert stored.matches[0].topic == TOPIC
    assert await store.article_by_url([url + "x"]) is None


async def test_an_article_says_in_which_digests_it_was_told(store: SqlStore) -> None:
    await told_article(store, "one", "two")
    first, _ = await waiting(store)
    await store.record_digest(digest("1"), [first], [])
    stored = await store.stored("id-one")
    assert stored is not None
    assert stored.digests == (("digest-1", SERIES, NOW),)
    other = await store.stored("id-two")
    assert other is not None
    assert other.digests == ()


async def test_an_article_without_matches_or_notices_is_kept_all_the_same(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    assert await read_entry(store, one, "one", matches=(), notices=()) == ()
    assert (await store.stored(ArticleId("id-one"))) is not None
