"""record_read: the article as it now stands, what matched, and who is to be told.

The statements of the ordinary case (a new article, read in full) are made once, and are as few as can be.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, select, update

from watcher.model import ArticleId, Match, NewNotice, ReadRecord, Reason
from watcher.store import ledger, rates, stories
from watcher.store.articles import article_of_urls
from watcher.store.codec import match_json
from watcher.store.feeds import REREAD
from watcher.store.rows import chunks, insert, insert_new
from watcher.store.schema import (
    article_feeds,
    article_urls,
    article_versions,
    articles,
    entries,
    held_notices,
    matches,
    notices,
    series,
    series_notices,
)
from watcher.store.types import key_of

_FIND = select(articles).where(articles.c.id == bindparam("article")).with_for_update()
_SETTLED = (
    update(entries)
    .where(entries.c.id == bindparam("entry"), entries.c.due.is_not(None))
    .values(article=bindparam("read_as"), due=None, content=None, edited=False, attempts=0)
)
_SETTLED_UNCHANGED = _SETTLED.where(entries.c.fingerprint == bindparam("read_fingerprint"))
_ENTRY = (
    select(entries.c.due, entries.c.attempts, entries.c.fingerprint)
    .where(entries.c.id == bindparam("entry"))
    .with_for_update()
)
_TAKERS = select(bindparam("number", type_=notices.c.id.type), series.c.name).where(
    series.c.name.in_(bindparam("names", expanding=True)), series.c.active.is_(True)
)


def record_read(connection: Connection, record: ReadRecord) -> tuple[str, ...] | None:
    """Keep what was read; the series that have something to tell which they had not.

    None, and nothing kept, where a new article's story is to be decided anew: `record.sight` has not seen all.

    The article stays the one that its URLs (the canonical one first) or its id lead to already, and in its story.
    """
    known = _known(connection, record)
    if known is None and record.sight is not None and stories.has_changed(connection, record, record.sight):
        return None
    known = known or _insert(connection, record)
    if known is None:
        article, story, seen = str(record.article.id), str(record.story), record.at
    else:
        article, story, seen = known.id, known.story, known.first_seen
        _rewrite(connection, record, known)
        if record.moved and record.story != story:
            stories.move(connection, article, story, record.story)
            story = str(record.story)
    carried = {"article": article, "feed": record.feed, "at": record.at}
    connection.execute(insert_new(connection, article_feeds), carried)
    _insert_matches(connection, record, article)
    ledger.observe(connection, record, article, known=known is not None)
    stories.keep_signature(connection, record, article, seen)
    if record.counts:
        rates.count(connection, record, article, story)
    _settle_entry(connection, record, article)
    told: dict[str, None] = {}
    for notice in record.notices:
        own = notice.article == record.article.id
        of = (article if own else notice.article, story if notice.story == record.story else notice.story)
        told |= dict.fromkeys(_notify(connection, notice, *of, record))
    if record.release:
        told |= dict.fromkeys(stories.release(connection, story, record.release))
    return tuple(sorted(told))


def _known(connection: Connection, record: ReadRecord) -> Row[Any] | None:
    """The article that the record's URLs lead to."""
    found = article_of_urls(connection, (record.article.url, *record.urls))
    return None if found is None else connection.execute(_FIND, {"article": found}).first()


def _insert(connection: Connection, record: ReadRecord) -> Row[Any] | None:
    """Insert the article; where its id, or by now its URL, is one that the store knows: the row of that one instead."""
    article = record.article
    stories.found(connection, record)
    values = _values(record) | {
        "id": article.id,
        "story": record.story,
        "told": record.tell,
        "first_seen": record.at,
        "last_seen": record.at,
    }
    if connection.execute(insert_new(connection, articles, "id"), values).first() is None:
        return connection.execute(_FIND, {"article": article.id}).first()
    if key_of(article.url) in _lead_here(connection, record, article.id):
        return None
    connection.execute(delete(articles).where(articles.c.id == article.id))  # another process was faster
    return _known(connection, record)


def _lead_here(connection: Connection, record: ReadRecord, article: str) -> frozenset[str]:
    """Let those of the record's URLs that lead nowhere yet lead to the article; which."""
    keys = sorted({key_of(url) for url in (record.article.url, *record.urls)})
    rows = [{"url": key, "article": article} for key in keys]
    return frozenset(connection.scalars(insert_new(connection, article_urls, "url"), rows))


def _values(record: ReadRecord) -> dict[str, Any]:
    article = record.article
    return {
        "url": article.url,
        "title": article.title,
        "text": article.text,
        "author": article.author,
        "published": article.published,
        "dated": article.dated,
        "language": article.language,
        "full_text": article.full_text,
        "text_hash": record.text_hash,
        "read_at": record.at,
        "failure": record.failure,
        "failure_detail": record.failure_detail,
    }


def _rewrite(connection: Connection, record: ReadRecord, known: Row[Any]) -> None:
    article = record.article
    edited = (known.title, known.text_hash) != (article.title, record.text_hash)
    if edited and known.full_text >= article.full_text and known.text is not None:  # more than a teaser made full
        version = {"article": known.id, "replaced": record.at, "title": known.title, "text": known.text}
        connection.execute(insert_new(connection, article_versions), version)
    values = _values(record) | {
        "told": known.told or record.tell,
        "last_seen": max(known.last_seen, record.at),
        "read_at": max(known.read_at, record.at),
    }
    if not article.full_text or article_of_urls(connection, [article.url]) not in {None, known.id}:
        del values["url"]  # the page itself was not read, so its canonical address is not known better than before
    connection.execute(update(articles).where(articles.c.id == known.id).values(values))
    connection.execute(delete(matches).where(matches.c.article == known.id))
    _lead_here(connection, record, known.id)


def _insert_matches(connection: Connection, record: ReadRecord, article: str) -> None:
    rows = [
        {"article": article, "topic": match.topic, "evidence": match_json(match), "at": record.at}
        for match in record.matches
    ]
    if rows:
        connection.execute(insert(connection, matches), rows)


def rewrite_matches(
    connection: Connection, topic: str, gained: Mapping[ArticleId, Match], lost: Sequence[ArticleId], now: datetime
) -> None:
    """Record what a topic matches now, telling nothing; an article that has gone meanwhile is passed over."""
    for run in chunks(sorted(gained)):
        there = connection.scalars(select(articles.c.id).where(articles.c.id.in_(run)))
        rows = [
            {"article": article, "topic": topic, "evidence": match_json(gained[ArticleId(article)]), "at": now}
            for article in there
        ]
        if rows:
            connection.execute(insert_new(connection, matches), rows)
    for run in chunks(sorted(lost)):
        connection.execute(delete(matches).where(matches.c.topic == topic, matches.c.article.in_(run)))


def _settle_entry(connection: Connection, record: ReadRecord, article: str) -> None:
    """The entry is read, waits for `retry_at`, or, where it changed meanwhile, waits to be read once more."""
    if record.retry_at is None:
        parameters: dict[str, Any] = {"entry": record.entry, "read_as": article}
        statement = _SETTLED
        if record.fingerprint is not None:
            statement, parameters["read_fingerprint"] = _SETTLED_UNCHANGED, record.fingerprint
        if connection.execute(statement, parameters).rowcount:
            return
    row = connection.execute(_ENTRY, {"entry": record.entry}).first()
    if row is None:
        return
    values: dict[str, Any] = {"article": article}
    if row.due is None:
        pass  # another reading settled it
    elif record.fingerprint is not None and record.fingerprint != row.fingerprint:
        values |= {"due": max(row.due, record.at + REREAD), "edited": True, "attempts": 0}
    elif row.due != record.retry_at:
        values |= {"due": record.retry_at, "attempts": row.attempts + 1}
    connection.execute(update(entries).where(entries.c.id == record.entry).values(values))


def _notify(connection: Connection, notice: NewNotice, article: str, story: str, record: ReadRecord) -> Iterable[str]:
    """Record a notice once and hand it to its series; those that took it."""
    row = {
        "topic": notice.topic,
        "article": article,
        "story": story,
        "reason": notice.reason,
        "revision": "" if notice.reason is Reason.NEW else notice.revision,  # an article is new to a topic once
        "recorded": record.at,
    }
    number = connection.scalar(insert_new(connection, notices, "id"), row)
    names = list(notice.series)
    if notice.listed:
        waiting = stories.waiting_series(connection, notice.topic, story, held=notice.held)
        names = [name for name in names if name in waiting]
    if number is None or not names:
        return ()
    table = held_notices if notice.held else series_notices
    takers = insert(connection, table).from_select(["notice", "series"], _TAKERS)
    took = connection.scalars(takers.returning(table.c.series), {"number": number, "names": names}).all()
    return () if notice.held else took
