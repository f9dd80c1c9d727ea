"""Silences: what holds when, and what was kept from being told."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, select, update

from watcher.model import ArticleId, Silence, Silenced, StoryId
from watcher.store.articles import article_of_urls
from watcher.store.rows import chunks, insert, insert_new
from watcher.store.schema import articles, notices, series_notices, silenced_notices, silences, stories


def add_silence(connection: Connection, silence: Silence) -> Silence:
    """Store a silence; with its number."""
    row = {
        "topic": silence.topic,
        "story": silence.story,
        "place": silence.place,
        "starts": silence.starts,
        "ends": silence.ends,
        "why": silence.why,
        "author": silence.by,
        "origin": silence.origin,
    }
    return silence_from(connection.execute(insert(connection, silences).values(row).returning(silences)).one())


def all_silences(connection: Connection, since: datetime) -> tuple[Silence, ...]:
    """Those that end, or ended, after then, the first to end first."""
    query = select(silences).where(silences.c.ends > since).order_by(silences.c.ends, silences.c.id)
    return tuple(silence_from(row) for row in connection.execute(query))


def silence_from(row: Row[Any]) -> Silence:
    """A silence of a row of `silences`."""
    return Silence(
        topic=row.topic,
        starts=row.starts,
        ends=row.ends,
        why=row.why,
        by=row.author,
        story=None if row.story is None else StoryId(row.story),
        place=row.place,
        origin=row.origin,
        id=row.id,
    )


def end_silence(connection: Connection, number: int, at: datetime) -> bool:
    """Let a silence end then, if it would end later; False where there is none such."""
    later = update(silences).where(silences.c.id == number, silences.c.ends > at).values(ends=at)
    return connection.execute(later.returning(silences.c.id)).first() is not None


def sync_silences(connection: Connection, wanted: Sequence[Silence], now: datetime) -> None:
    """Make the config's silences those that hold: new ones start, those it has no longer end."""
    there = {one.origin: one for one in all_silences(connection, now) if one.origin}
    for silence in wanted:
        if silence.origin not in there and silence.ends > now:
            add_silence(connection, silence)
    kept = {silence.origin for silence in wanted}
    for origin, silence in there.items():
        if origin not in kept:
            end_silence(connection, silence.id, now)


def record_silenced(
    connection: Connection, series: str, silenced: Sequence[Silenced], ended: Mapping[int, datetime], now: datetime
) -> None:
    """Take notices out of a series, and note which silence did it; end the silences that an update ended."""
    for run in chunks(silenced):
        numbers = [one.notice for one in run]
        waits = series_notices.c.series == series, series_notices.c.digest.is_(None)
        gone = delete(series_notices).where(*waits, series_notices.c.notice.in_(numbers))
        taken = set(connection.scalars(gone.returning(series_notices.c.notice)))
        rows = [
            {"notice": one.notice, "series": series, "silence": one.silence, "at": now}
            for one in run
            if one.notice in taken
        ]
        if rows:
            connection.execute(insert_new(connection, silenced_notices), rows)
    for number, at in ended.items():
        end_silence(connection, number, at)


def silenced_of(connection: Connection, article: ArticleId) -> tuple[tuple[str, str, Silence], ...]:
    """By which silences an article was kept from being told: topic, series, silence."""
    query = (
        select(notices.c.topic, silenced_notices.c.series, silences)
        .join_from(notices, silenced_notices, silenced_notices.c.notice == notices.c.id)
        .join(silences, silences.c.id == silenced_notices.c.silence)
        .where(notices.c.article == article)
        .order_by(notices.c.id, silenced_notices.c.series)
    )
    rows = connection.execute(query).all()
    return tuple((row[0], row.series, silence_from(row)) for row in rows)


def story_of(connection: Connection, ref: str) -> StoryId | None:
    """A story by its id, or by the id or URL of one of its articles."""
    if connection.scalar(select(stories.c.id).where(stories.c.id == ref)) is not None:
        return StoryId(ref)
    article = article_of_urls(connection, [ref]) or ref
    found = connection.scalar(select(articles.c.story).where(articles.c.id == article))
    return None if found is None else StoryId(found)
