"""record_read: the article as it now stands, what matched, and who is to be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from watcher.model import NewNotice, ReadRecord, Reason
from watcher.store.articles import article_of_urls
from watcher.store.codec import match_json
from watcher.store.feeds import REREAD
from watcher.store.rows import insert
from watcher.store.schema import (
    article_feeds,
    article_urls,
    article_versions,
    articles,
    entries,
    matches,
    notices,
    series,
    series_notices,
    stories,
)
from watcher.store.types import key_of


def record_read(connection: Connection, record: ReadRecord) -> tuple[str, ...]:
    """Keep what was read; the series that have something to tell which they had not.

    The article stays the one that its URLs (the canonical one first) or its id lead to already, and in its story.
    """
    article, story = _article(connection, record)
    _carry(connection, record, article)
    _replace_matches(connection, record, article)
    _settle_entry(connection, record, article)
    told: dict[str, None] = {}
    for notice in record.notices:
        own = notice.article == record.article.id
        of = (article if own else notice.article, story if notice.story == record.story else notice.story)
        told |= dict.fromkeys(_notify(connection, notice, *of, record.at))
    return tuple(told)


def _article(connection: Connection, record: ReadRecord) -> tuple[str, str]:
    """Insert or rewrite the article; its id and story as they stand in the store."""
    known = _find(connection, record)
    if known is None:
        known = _insert(connection, record)
    if known is not None:
        _rewrite(connection, record, known)
    article = record.article.id if known is None else known.id
    urls = sorted({key_of(url) for url in (record.article.url, *record.urls)})
    connection.execute(
        insert(connection, article_urls).on_conflict_do_nothing(), [{"url": url, "article": article} for url in urls]
    )
    return article, (record.story if known is None else known.story)


def _find(connection: Connection, record: ReadRecord) -> Row[Any] | None:
    found = article_of_urls(connection, (record.article.url, *record.urls)) or record.article.id
    return connection.execute(select(articles).where(articles.c.id == found).with_for_update()).first()


def _insert(connection: Connection, record: ReadRecord) -> Row[Any] | None:
    """A new article; where another process was faster, its row instead."""
    article = record.article
    connection.execute(insert(connection, stories).on_conflict_do_nothing(), {"id": record.story, "founded": record.at})
    values = _values(record) | {
        "id": article.id,
        "story": record.story,
        "told": record.tell,
        "first_seen": record.at,
        "last_seen": record.at,
    }
    statement = insert(connection, articles).on_conflict_do_nothing().returning(articles.c.id)
    if connection.execute(statement, values).first() is None:
        return _find(connection, record)
    url = {"url": article.url, "article": article.id}
    claim = insert(connection, article_urls).on_conflict_do_nothing().returning(article_urls.c.url)
    if connection.execute(claim, url).first() is None:
        connection.execute(delete(articles).where(articles.c.id == article.id))
        return _find(connection, record)
    return None


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
        connection.execute(insert(connection, article_versions).on_conflict_do_nothing(), version)
    values = _values(record) | {
        "told": known.told or record.tell,
        "last_seen": max(known.last_seen, record.at),
        "read_at": max(known.read_at, record.at),
    }
    if not article.full_text or article_of_urls(connection, [article.url]) not in {None, known.id}:
        del values["url"]  # the page itself was not read, so its canonical address is not known better than before
    connection.execute(update(articles).where(articles.c.id == known.id).values(values))


def _carry(connection: Connection, record: ReadRecord, article: str) -> None:
    row = {"article": article, "feed": record.feed, "at": record.at}
    connection.execute(insert(connection, article_feeds).on_conflict_do_nothing(), row)


def _replace_matches(connection: Connection, record: ReadRecord, article: str) -> None:
    connection.execute(delete(matches).where(matches.c.article == article))
    rows = [
        {"article": article, "topic": match.topic, "evidence": match_json(match), "at": record.at}
        for match in record.matches
    ]
    if rows:
        connection.execute(insert(connection, matches), rows)


def _settle_entry(connection: Connection, record: ReadRecord, article: str) -> None:
    """The entry is read, waits for `retry_at`, or, where it changed meanwhile, waits to be read once more."""
    query = select(entries.c.due, entries.c.attempts, entries.c.fingerprint).where(entries.c.id == record.entry)
    row = connection.execute(query.with_for_update()).first()
    if row is None:
        return
    values: dict[str, Any] = {"article": article}
    if row.due is None:
        pass  # another reading settled it
    elif record.fingerprint is not None and record.fingerprint != row.fingerprint:
        values |= {"due": max(row.due, record.at + REREAD), "edited": True, "attempts": 0}
    elif record.retry_at is None:
        values |= {"due": None, "content": None, "edited": False, "attempts": 0}
    elif row.due != record.retry_at:
        values |= {"due": record.retry_at, "attempts": row.attempts + 1}
    connection.execute(update(entries).where(entries.c.id == record.entry).values(values))


def _notify(connection: Connection, notice: NewNotice, article: str, story: str, at: datetime) -> Sequence[str]:
    """Record a notice once and hand it to its series; those that took it."""
    row = {
        "topic": notice.topic,
        "article": article,
        "story": story,
        "reason": notice.reason,
        "revision": "" if notice.reason is Reason.NEW else notice.revision,  # an article is new to a topic once
        "recorded": at,
    }
    number = connection.scalar(insert(connection, notices).on_conflict_do_nothing().returning(notices.c.id), row)
    if number is None:
        return ()
    query = select(series.c.name).where(series.c.name.in_(notice.series), series.c.active.is_(True))
    takers = list(connection.scalars(query.order_by(series.c.name)))
    if takers:
        connection.execute(insert(connection, series_notices), [{"notice": number, "series": name} for name in takers])
    return takers
