"""Feeds and the entries that polls bring."""

from dataclasses import fields, replace
from datetime import timedelta

from tests.helpers.storing import DAY, FEED, HOUR, NOW, OTHER_FEED, feed_of, new_entry, pending, polled, read_entry
from watcher.model import Entry, EntryId, FeedId, FeedState, FetchReason, KnownEntry, PollRecord, Validators
from watcher.store import SqlStore


async def test_new_feeds_are_due_now_and_missing_ones_are_kept_but_not_polled(store: SqlStore) -> None:
    ids = await store.sync_feeds([FEED, OTHER_FEED], NOW)
    assert set(ids) == {FEED, OTHER_FEED}
    assert set(await store.due_feeds(NOW, 10)) == set(ids.values())

    assert await store.sync_feeds([OTHER_FEED], NOW) == {OTHER_FEED: ids[OTHER_FEED]}
    assert await store.due_feeds(NOW, 10) == (ids[OTHER_FEED],)
    assert [state.url for state in await store.feeds()] == [OTHER_FEED]
    assert (await store.feed(ids[FEED])) is not None

    assert await store.sync_feeds([FEED, OTHER_FEED, FEED], NOW) == ids


async def test_a_feed_that_comes_back_keeps_what_was_known_of_it(store: SqlStore) -> None:
    feed = await feed_of(store)
    await store.record_poll(PollRecord(state=replace(feed, polls=7, next_check=NOW + HOUR)), NOW)
    await store.sync_feeds([], NOW)
    await store.sync_feeds([FEED], NOW + 2 * HOUR)
    back = await store.feed(feed.id)
    assert back is not None
    assert (back.polls, back.next_check) == (7, NOW + HOUR)


async def test_a_feed_that_was_gone_is_asked_again_once_it_is_named_anew(store: SqlStore) -> None:
    feed = await feed_of(store)
    await store.record_poll(PollRecord(state=replace(feed, gone=True, next_check=NOW + DAY)), NOW)
    await store.sync_feeds([FEED], NOW)
    assert await store.due_feeds(NOW + 9 * DAY, 10) == ()
    await store.sync_feeds([], NOW)
    await store.sync_feeds([FEED], NOW + HOUR)
    assert await store.due_feeds(NOW + HOUR, 10) == (feed.id,)


async def test_due_feeds_come_the_longest_due_first_and_never_gone_or_early(store: SqlStore) -> None:
    ids = await store.sync_feeds(["https://a/", "https://b/", "https://c/", "https://d/"], NOW)
    for url, change in {
        "https://a/": {"next_check": NOW - timedelta(minutes=1)},
        "https://b/": {"next_check": NOW - HOUR},
        "https://c/": {"next_check": NOW + timedelta(microseconds=1)},
        "https://d/": {"next_check": NOW - DAY, "gone": True},
    }.items():
        state = await store.feed(ids[url])
        assert state is not None
        await store.record_poll(PollRecord(state=replace(state, **change)), NOW)  # type: ignore[arg-type]
    assert await store.due_feeds(NOW, 10) == (ids["https://b/"], ids["https://a/"])
    assert await store.due_feeds(NOW, 1) == (ids["https://b/"],)


async def test_a_feeds_state_is_kept_to_the_last_field(store: SqlStore) -> None:
    feed = await feed_of(store)
    state = FeedState(
        id=feed.id,
        url=FEED,
        next_check=NOW + HOUR,
        validators=Validators(etag='W/"x\u00e9"', last_modified="Thu, 20 Oct 2016 07:00:00 GMT"),
        body_hash="b" * 64,
        moved_to="https://new.example/feed",
        moved_times=2,
        last_poll=NOW,
        last_success=NOW - HOUR,
        last_new=NOW - DAY,
        failures=3,
        failing_since=NOW - timedelta(microseconds=1),
        error=FetchReason.RATE_LIMITED,
        error_detail="429 \u2026 \0\ud800",
        not_before=NOW + DAY,
        gone=True,
        polls=2**33,
        unchanged=4,
        entries=5,
        memory='{"gap": 3}',
    )
    unset = [f.name for f in fields(FeedState) if getattr(state, f.name) == f.default]
    assert unset == ["last_listed", "marks"]  # kept by the store itself, and beside
    await store.record_poll(PollRecord(state=state), NOW)
    assert await store.feed(feed.id) == replace(state, error_detail="429 \u2026 \ufffd\ufffd")


async def test_an_unknown_feed_is_none(store: SqlStore) -> None:
    assert await store.feed(FeedId(99)) is None


async def test_recording_a_poll_again_changes_nothing(store: SqlStore) -> None:
    feed = await feed_of(store)
    record = PollRecord(state=replace(feed, polls=1), new=(new_entry("one"), new_entry("two")))
    first = await store.record_poll(record, NOW)
    assert len(first) == 2
    assert await store.record_poll(record, NOW) == first
    assert await store.due_entries(NOW, 10) == first

    await read_entry(store, first[0], "one")
    assert await store.record_poll(record, NOW) == first[1:]
    assert await store.due_entries(NOW, 10) == first[1:]


async def test_known_entries_are_found_by_key_within_their_feed(store: SqlStore) -> None:
    feed = await feed_of(store, also=(OTHER_FEED,))
    (one,) = await polled(store, feed, "one")
    keys = ["one", "two", *(f"more-{number}" for number in range(1200))]
    assert await store.known_entries(feed.id, keys) == {"one": KnownEntry(id=one, key="one", fingerprint="print-one")}
    other = (await store.sync_feeds([FEED, OTHER_FEED], NOW))[OTHER_FEED]
    assert await store.known_entries(other, ["one"]) == {}
    assert await store.known_entries(feed.id, []) == {}


async def test_hostile_keys_keep_entries_apart_and_are_found_again(store: SqlStore) -> None:
    feed = await feed_of(store)
    long = "https://news.example/?" + "é" * 5000
    keys = [long + "1", long + "2", "nul\0key", "lone\ud800surrogate", "emoji 🛰", "", " "]
    new = tuple(
        new_entry(f"n{number}", entry=Entry(key=key, title=f"{key} \0 \udfff")) for number, key in enumerate(keys)
    )
    ids = await store.record_poll(PollRecord(state=feed, new=new), NOW)
    assert len(set(ids)) == len(keys)
    known = await store.known_entries(feed.id, keys)
    assert {key: one.id for key, one in known.items()} == dict(zip(keys, ids, strict=True))
    assert [one.key for one in known.values()] == list(known)
    assert "\0" in (await pending(store, ids[2])).content.entry.title


async def test_entries_of_a_feed_with_thousands_are_all_kept(store: SqlStore) -> None:
    feed = await feed_of(store)
    names = [f"item-{number}" for number in range(2500)]
    ids = await polled(store, feed, *names)
    assert len(ids) == 2500
    assert await store.due_entries(NOW, 3000) == ids


async def test_a_changed_entry_that_was_read_waits_again_but_not_within_the_hour(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    await read_entry(store, one, "one", at=NOW)
    changed = new_entry("one", fingerprint="changed")
    record = PollRecord(state=feed, changed=((one, changed),))

    soon = NOW + timedelta(minutes=10)
    assert await store.record_poll(record, soon) == ()
    assert await store.due_entries(NOW + HOUR - timedelta(microseconds=1), 10) == ()
    assert await store.due_entries(NOW + HOUR, 10) == (one,)
    again = await pending(store, one)
    assert again.edited
    assert again.content == changed
    assert again.article is not None

    assert await store.record_poll(record, NOW + 2 * HOUR) == (one,)  # it waits still, and its hour has come
    await read_entry(store, one, "one", at=NOW + 2 * HOUR)
    assert await store.record_poll(record, NOW + 2 * HOUR) == ()
    assert await store.entry(one) is None


async def test_a_change_long_after_the_reading_is_read_at_once(store: SqlStore) -> None:
    feed = await feed_of(store)
    (one,) = await polled(store, feed, "one")
    await read_entry(store, one, "one", at=NOW)
    record = PollRecord(state=feed, changed=((one, new_entry("one", fingerprint="changed")),))
    assert await store.record_poll(record, NOW + DAY) == (one,)


async def test_an_entry_that_changes_before_it_was_read_keeps_its_turn(store: SqlStore) -> None:
    feed = await feed_of(store)
    one, two = await polled(store, feed, "one", "two")
    changed = new_entry("one", fingerprint="changed")
    record = PollRecord(state=feed, changed=((one, changed),))
    assert await store.record_poll(record, NOW + HOUR) == (one,)
    assert await store.due_entries(NOW + HOUR, 10) == (one, two)
    found = await pending(store, one)
    assert (found.edited, found.content, found.first_seen) == (False, changed, NOW)
    assert (await store.known_entries(feed.id, ["one"]))["one"].fingerprint == "changed"


async def test_a_change_to_an_entry_that_is_not_there_is_passed_over(store: SqlStore) -> None:
    feed = await feed_of(store)
    record = PollRecord(state=feed, changed=((EntryId(99), new_entry("one")),), seen=(EntryId(98),))
    assert await store.record_poll(record, NOW) == ()


async def test_what_the_last_body_held_is_kept_beside_the_state(store: SqlStore) -> None:
    feed = await feed_of(store)
    assert feed.marks == b""
    await store.record_poll(PollRecord(state=feed, new=(new_entry("one"),), marks=b"\0one"), NOW)
    read = await feed_of(store)
    assert (read.marks, read.last_listed) == (b"\0one", NOW)
    later = NOW + HOUR
    await store.record_poll(PollRecord(state=read, new=(new_entry("two"),), marks=b"two", whole=False), later)
    read = await feed_of(store)
    assert (read.marks, read.last_listed) == (b"two", NOW)
    await store.record_poll(PollRecord(state=read), later)
    assert (await feed_of(store)).marks == b"two"
