"""Feeds, and the entries that polls bring."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, bindparam, func, select, update

from watcher.model import EntryId, FeedId, FeedState, FetchReason, KnownEntry, NewEntry, PollRecord, Validators
from watcher.store.codec import entry_json
from watcher.store.rows import chunks, insert_new
from watcher.store.schema import articles, entries, feeds
from watcher.store.source_tables import feed_marks
from watcher.store.sources import keep_marks, record_alerts
from watcher.store.types import Moment, key_of

SEEN_EVERY = timedelta(hours=12)
"""How stale `last_seen` may get: it tells days apart, and is not worth a write a poll."""

REREAD = timedelta(hours=1)
"""At most one re-read of a page in this time."""


def sync_feeds(connection: Connection, urls: Sequence[str], now: datetime) -> Mapping[str, FeedId]:
    """Make the stored feeds those of the config."""
    known = {row.url: row for row in connection.execute(select(feeds.c.id, feeds.c.url, feeds.c.active))}
    wanted = dict.fromkeys(urls)
    new = [{"url": url, "active": True, "next_check": now} for url in wanted if url not in known]
    if new:
        connection.execute(insert_new(connection, feeds), new)
    for active in (True, False):
        turned = [row.id for row in known.values() if (row.url in wanted) is active and row.active is not active]
        for run in chunks(turned):
            connection.execute(update(feeds).where(feeds.c.id.in_(run)).values(active=active))
            if active:  # named anew, one that was gone is asked again
                again = update(feeds).where(feeds.c.id.in_(run), feeds.c.gone.is_(True))
                connection.execute(again.values(gone=False, next_check=now, not_before=None))
    rows = connection.execute(select(feeds.c.url, feeds.c.id).where(feeds.c.active.is_(True)))
    return {url: FeedId(number) for url, number in rows if url in wanted}


def due_feeds(connection: Connection, now: datetime, limit: int) -> tuple[FeedId, ...]:
    """Active feeds to poll, the longest due first."""
    query = (
        select(feeds.c.id)
        .where(feeds.c.active.is_(True))
        .where(feeds.c.gone.is_(False))
        .where(feeds.c.next_check <= now)
        .order_by(feeds.c.next_check)
        .limit(limit)
    )
    return tuple(FeedId(number) for number in connection.scalars(query))


_SOME = select(feeds, feed_marks.c.marks).outerjoin(feed_marks, feed_marks.c.feed == feeds.c.id)
_BY_ID = _SOME.where(feeds.c.id.in_(bindparam("numbers", expanding=True)))


def some_feeds(connection: Connection, numbers: Sequence[FeedId]) -> Mapping[FeedId, FeedState]:
    """The states of some feeds; those that are unknown are left out."""
    rows = connection.execute(_BY_ID, {"numbers": numbers})
    return {FeedId(row.id): _state(row, row.marks or b"") for row in rows}


def active_feeds(connection: Connection) -> tuple[FeedState, ...]:
    """All active feeds, in the order in which they were first named."""
    query = select(feeds).where(feeds.c.active.is_(True)).order_by(feeds.c.id)
    return tuple(_state(row) for row in connection.execute(query))


def _state(row: Row[Any], marks: bytes = b"") -> FeedState:
    return FeedState(
        id=FeedId(row.id),
        url=row.url,
        next_check=row.next_check,
        validators=Validators(etag=row.etag, last_modified=row.last_modified),
        body_hash=row.body_hash,
        moved_to=row.moved_to,
        moved_times=row.moved_times,
        last_poll=row.last_poll,
        last_success=row.last_success,
        last_new=row.last_new,
        failures=row.failures,
        failing_since=row.failing_since,
        error=None if row.error is None else FetchReason(row.error),
        error_detail=row.error_detail,
        not_before=row.not_before,
        gone=row.gone,
        polls=row.polls,
        unchanged=row.unchanged,
        entries=row.entries,
        memory=row.memory,
        last_listed=row.last_listed,
        marks=marks,
    )


def known_entries(connection: Connection, feed_id: FeedId, keys: Sequence[str]) -> Mapping[str, KnownEntry]:
    """Which of these keys the feed has brought before, under the keys as they were asked."""
    asked = {key_of(key): key for key in keys}
    found: dict[str, KnownEntry] = {}
    for run in chunks(tuple(asked)):
        query = select(entries.c.id, entries.c.key, entries.c.fingerprint).where(
            entries.c.feed == feed_id, entries.c.key.in_(run)
        )
        for row in connection.execute(query):
            key = asked[row.key]
            found[key] = KnownEntry(id=EntryId(row.id), key=key, fingerprint=row.fingerprint)
    return found


_KEEP_STATE = (
    update(feeds)
    .where(feeds.c.id == bindparam("feed_id"))
    .values(last_listed=func.coalesce(bindparam("listed", type_=Moment), feeds.c.last_listed))
)


def record_poll(connection: Connection, record: PollRecord, now: datetime) -> tuple[EntryId, ...]:
    """Keep the feed's next state and what it brought; the entries that are to be read now."""
    listed = now if record.whole and (record.new or record.changed or record.seen) else None
    connection.execute(_KEEP_STATE, _state_values(record.state) | {"listed": listed})
    if record.marks is not None and record.marks != record.state.marks:
        keep_marks(connection, record.state.id, record.marks)
    if record.alerts:
        record_alerts(connection, record.alerts, now)
    if record.seen:
        _see(connection, record.seen, now)
    waiting: list[int] = []
    if record.new:
        waiting += _insert_entries(connection, record.state.id, record.new, now)
    for number, entry in record.changed:
        _change_entry(connection, number, entry, now)
    for run in chunks([number for number, _ in record.changed]):
        waiting += connection.scalars(select(entries.c.id).where(entries.c.id.in_(run), entries.c.due <= now))
    return tuple(EntryId(number) for number in sorted(waiting))


def _state_values(state: FeedState) -> dict[str, Any]:
    return {
        "feed_id": state.id,
        "next_check": state.next_check,
        "etag": state.validators.etag,
        "last_modified": state.validators.last_modified,
        "body_hash": state.body_hash,
        "moved_to": state.moved_to,
        "moved_times": state.moved_times,
        "last_poll": state.last_poll,
        "last_success": state.last_success,
        "last_new": state.last_new,
        "failures": state.failures,
        "failing_since": state.failing_since,
        "error": state.error,
        "error_detail": state.error_detail,
        "not_before": state.not_before,
        "gone": state.gone,
        "polls": state.polls,
        "unchanged": state.unchanged,
        "entries": state.entries,
        "memory": state.memory,
    }


def _see(connection: Connection, seen: Sequence[EntryId], now: datetime) -> None:
    for run in chunks(seen):
        stale = select(entries.c.id, entries.c.article).where(
            entries.c.id.in_(run), entries.c.last_seen < now - SEEN_EVERY
        )
        rows = connection.execute(stale).all()
        if not rows:
            continue
        connection.execute(update(entries).where(entries.c.id.in_([row.id for row in rows])).values(last_seen=now))
        of = [row.article for row in rows if row.article is not None]
        connection.execute(update(articles).where(articles.c.id.in_(of)).values(last_seen=now))


def _insert_entries(connection: Connection, feed_id: FeedId, new: Sequence[NewEntry], now: datetime) -> Iterable[int]:
    """Insert what is not there yet; the ids of all that wait to be read now."""
    rows = [
        {
            "feed": feed_id,
            "key": entry.entry.key,
            "fingerprint": entry.fingerprint,
            "due": now,
            "content": entry_json(entry),
            "first_seen": now,
            "last_seen": now,
        }
        for entry in new
    ]
    inserted = connection.scalars(insert_new(connection, entries, "id"), rows).all()
    if len(inserted) == len(rows):
        return inserted
    waiting: list[int] = []  # some are there: this poll was recorded before
    for run in chunks([key_of(entry.entry.key) for entry in new]):
        of_feed = select(entries.c.id).where(entries.c.feed == feed_id, entries.c.key.in_(run))
        waiting += connection.scalars(of_feed.where(entries.c.due <= now))
    return waiting


def _change_entry(connection: Connection, number: EntryId, entry: NewEntry, now: datetime) -> None:
    """Make an entry wait again, with what it says now; one that waits already keeps its turn."""
    query = (
        select(entries.c.due, entries.c.fingerprint, entries.c.article, articles.c.read_at)
        .outerjoin_from(entries, articles, entries.c.article == articles.c.id)
        .where(entries.c.id == number)
    )
    row = connection.execute(query).first()
    if row is None or row.fingerprint == entry.fingerprint:
        return
    due = row.due
    if due is None:
        due = now if row.read_at is None else max(now, row.read_at + REREAD)
    changes = {
        "fingerprint": entry.fingerprint,
        "content": entry_json(entry),
        "due": due,
        "edited": row.article is not None,
        "last_seen": now,
    }
    connection.execute(update(entries).where(entries.c.id == number).values(changes))
