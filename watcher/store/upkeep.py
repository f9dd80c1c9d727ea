"""Retention, backup, and the few values worth remembering."""

from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path

from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Connection,
    and_,
    delete,
    exists,
    or_,
    select,
    tuple_,
    type_coerce,
    update,
)

from watcher.errors import StoreError
from watcher.model import DeliveryState
from watcher.store.engine import connect_sqlite
from watcher.store.faults import corrupt, translated
from watcher.store.feeds import SEEN_EVERY
from watcher.store.place import Place
from watcher.store.rows import insert
from watcher.store.schema import (
    article_versions,
    articles,
    deliveries,
    digests,
    entries,
    feeds,
    memory,
    notices,
    series_notices,
    stories,
)

BATCH = 200
"""Rows looked at in one transaction, so that other writes are never held up for long."""

Cursor = tuple[datetime, str]
"""How far a sweep has come: last seen, id."""


def remember(connection: Connection, key: str, value: str) -> None:
    """Keep a small value."""
    statement = insert(connection, memory).values(key=key, value=value)
    connection.execute(statement.on_conflict_do_update(index_elements=["key"], set_={"value": value}))


def recall(connection: Connection, key: str) -> str | None:
    """The value kept."""
    return connection.scalar(select(memory.c.value).where(memory.c.key == key))


def _needed(before: datetime) -> ColumnElement[bool]:
    """Whether an old article is not to be touched: something waits for it, or a feed still lists it."""
    waiting_notice = exists().where(
        notices.c.article == articles.c.id,
        series_notices.c.notice == notices.c.id,
        series_notices.c.digest.is_(None),
    )
    last_listed = type_coerce(feeds.c.last_listed, BigInteger) - SEEN_EVERY // timedelta(microseconds=1)
    listed = and_(type_coerce(entries.c.last_seen, BigInteger) >= last_listed, feeds.c.last_success >= before)
    of_entry = exists().where(
        entries.c.article == articles.c.id, feeds.c.id == entries.c.feed, or_(entries.c.due.is_not(None), listed)
    )
    return or_(waiting_notice, of_entry)


def _old_articles(
    connection: Connection, before: datetime, after: Cursor | None, *, with_text: bool
) -> tuple[list[str], Cursor | None]:
    """The next old articles that nothing needs, and how far this came; None at the end."""
    order = (articles.c.last_seen, articles.c.id)
    page = select(*order).where(articles.c.last_seen < before).order_by(*order).limit(BATCH)
    if with_text:
        page = page.where(articles.c.text.is_not(None))
    if after is not None:
        page = page.where(tuple_(*order) > after)
    rows = connection.execute(page).all()
    ids = [row.id for row in rows]
    kept = set(connection.scalars(select(articles.c.id).where(articles.c.id.in_(ids), _needed(before))))
    end = (rows[-1].last_seen, rows[-1].id) if len(rows) == BATCH else None
    return [number for number in ids if number not in kept], end


def blank_texts(connection: Connection, before: datetime, after: Cursor | None) -> tuple[int, Cursor | None]:
    """Take the texts of some articles not seen since `before`; how many, and where to go on."""
    ids, end = _old_articles(connection, before, after, with_text=True)
    connection.execute(delete(article_versions).where(article_versions.c.article.in_(ids)))
    connection.execute(update(articles).where(articles.c.id.in_(ids)).values(text=None))
    return len(ids), end


def drop_articles(connection: Connection, before: datetime, after: Cursor | None) -> tuple[int, Cursor | None]:
    """Remove some articles not seen since `before`, with all that hangs on them; how many, and where to go on."""
    ids, end = _old_articles(connection, before, after, with_text=False)
    of = list(connection.scalars(select(articles.c.story).where(articles.c.id.in_(ids)).distinct()))
    connection.execute(delete(articles).where(articles.c.id.in_(ids)))
    told = exists().where(notices.c.story == stories.c.id)
    alive = exists().where(articles.c.story == stories.c.id)
    connection.execute(delete(stories).where(stories.c.id.in_(of), ~alive, ~told))
    return len(ids), end


def drop_deliveries(connection: Connection, before: datetime) -> int:
    """Remove some deliveries written before then, never pending or waiting ones; how many."""
    kept = (DeliveryState.PENDING, DeliveryState.WAITING)
    old = deliveries.c.created < before, deliveries.c.state.not_in(kept)
    ids = list(connection.scalars(select(deliveries.c.id).where(*old).order_by(deliveries.c.created).limit(BATCH)))
    connection.execute(delete(deliveries).where(deliveries.c.id.in_(ids)))
    return len(ids)


def drop_digests(connection: Connection, before: datetime, after: Cursor | None) -> Cursor | None:
    """Remove some digests written before then whose deliveries are gone; where to go on.

    Where a stored article was told in one, its row stays and says so; only what it said is taken.
    """
    order = (digests.c.created, digests.c.id)
    page = select(*order).where(digests.c.created < before).order_by(*order).limit(BATCH)
    if after is not None:
        page = page.where(tuple_(*order) > after)
    rows = connection.execute(page).all()
    ids = [row.id for row in rows]
    undelivered = ~exists().where(deliveries.c.digest == digests.c.id)
    untold = ~exists().where(series_notices.c.digest == digests.c.id)
    connection.execute(delete(digests).where(digests.c.id.in_(ids), undelivered, untold))
    rest = digests.c.id.in_(ids) & digests.c.snapshot.is_not(None)
    connection.execute(update(digests).where(rest, undelivered).values(snapshot=None))
    return (rows[-1].created, rows[-1].id) if len(rows) == BATCH else None


def pull_back(connection: Connection, now: datetime, by: timedelta) -> None:
    """Let polls, readings and deliveries that were planned by a clock since set back come as much earlier, or now."""
    for table, column in (
        (feeds, feeds.c.next_check),
        (feeds, feeds.c.not_before),
        (entries, entries.c.due),
        (deliveries, deliveries.c.next_attempt),
    ):
        connection.execute(update(table).where(column > now, column <= now + by).values({column: now}))
        earlier = type_coerce(column, BigInteger) - by // timedelta(microseconds=1)
        connection.execute(update(table).where(column > now + by).values({column: type_coerce(earlier, column.type)}))


def copy_file(place: Place, target: Path) -> None:
    """Copy an SQLite file into a new one while others write, and read the copy back; no file where it fails. Blocks."""
    partial = target.with_name(f"{target.name}.partial")
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.touch(exist_ok=False)  # reserves the name
    except FileExistsError as error:
        raise StoreError(f"{target} exists; a backup overwrites nothing, name another file") from error
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror or error}") from error
    done = False
    try:
        partial.unlink(missing_ok=True)
        _copy(place, Place(file=partial))
        partial.replace(target)
        done = True
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror or error}") from error
    finally:
        if not done:
            partial.unlink(missing_ok=True)
            target.unlink(missing_ok=True)


def _copy(place: Place, copy: Place) -> None:
    with translated(copy), closing(connect_sqlite(place)) as source, closing(connect_sqlite(copy)) as made:
        source.backup(made)  # in one step: one snapshot, and in WAL nobody waits for it
        made.execute("PRAGMA journal_mode=DELETE")  # one file, nothing beside it
        (finding,) = made.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise corrupt(place, f"its copy is: {finding}")
