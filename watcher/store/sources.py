"""Alerts about sources as a whole, and the series that wait for them; what a feed's last body held."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, exists, func, select, update

from watcher.model import AlertId, DigestId, FeedId, NewAlert, Silence, WaitingAlert
from watcher.settings import SOURCES
from watcher.store.codec import stories_from, stories_json
from watcher.store.rows import chunks, insert, insert_new
from watcher.store.schema import article_feeds, articles, series, silences
from watcher.store.silences import silence_from
from watcher.store.source_tables import alerts, feed_marks, series_alerts, silenced_alerts


def keep_marks(connection: Connection, feed: FeedId, marks: bytes) -> None:
    """What the feed's last body held."""
    statement = insert(connection, feed_marks).values(feed=feed, marks=marks)
    connection.execute(statement.on_conflict_do_update(index_elements=["feed"], set_={"marks": marks}))


def record_alerts(connection: Connection, told: Iterable[NewAlert], now: datetime) -> tuple[str, ...]:
    """Keep alerts for the series that take their topic; those series."""
    waiting: list[str] = []
    for alert in told:
        values = {
            "topic": alert.topic,
            "reason": alert.reason,
            "text": alert.text,
            "recorded": now,
            "ended": alert.ended,
            "stories": stories_json(alert.stories),
        }
        number = connection.execute(alerts.insert().values(values)).inserted_primary_key
        assert number is not None  # noqa: S101 - the table numbers its rows
        known = connection.scalars(select(series.c.name).where(series.c.name.in_(alert.series))).all()
        rows = [{"alert": number[0], "series": name} for name in known]
        if rows:
            connection.execute(insert_new(connection, series_alerts), rows)
        waiting += known
    return tuple(dict.fromkeys(waiting))


def pending_alerts(connection: Connection, name: str) -> tuple[WaitingAlert, ...]:
    """What a series has not told yet, in the order in which it was recorded."""
    query = select(alerts).join(series_alerts, series_alerts.c.alert == alerts.c.id).where(_waiting(name))
    return tuple(_alert(row) for row in connection.execute(query.order_by(alerts.c.id)))


def alerts_since(connection: Connection, topics: Sequence[str], since: datetime) -> tuple[WaitingAlert, ...]:
    """Every alert of these topics recorded since then, told or not."""
    query = select(alerts).where(alerts.c.topic.in_(topics), alerts.c.recorded >= since).order_by(alerts.c.id)
    return tuple(_alert(row) for row in connection.execute(query))


def latest_alerts(connection: Connection, topic: str, limit: int) -> tuple[WaitingAlert, ...]:
    """The latest alerts of a topic, newest first, told or not, with the silences that kept them from being told."""
    query = select(alerts).where(alerts.c.topic == topic).order_by(alerts.c.id.desc()).limit(limit)
    found = tuple(_alert(row) for row in connection.execute(query))
    silenced: dict[int, list[tuple[str, Silence]]] = {}
    kept = (
        select(silenced_alerts.c.alert, silenced_alerts.c.series, silences)
        .join_from(silenced_alerts, silences, silences.c.id == silenced_alerts.c.silence)
        .where(silenced_alerts.c.alert.in_([alert.id for alert in found]))
        .order_by(silenced_alerts.c.series)
    )
    for row in connection.execute(kept):
        silenced.setdefault(row.alert, []).append((row.series, silence_from(row)))
    return tuple(replace(alert, silenced=tuple(silenced.get(alert.id, ()))) for alert in found)


def silence_alerts(connection: Connection, name: str, silenced: Mapping[AlertId, int], now: datetime) -> None:
    """Take alerts out of a series, and note which silence did it."""
    for alert, silence in silenced.items():
        gone = delete(series_alerts).where(_waiting(name), series_alerts.c.alert == alert)
        if connection.execute(gone).rowcount:
            row = {"alert": alert, "series": name, "silence": silence, "at": now}
            connection.execute(insert_new(connection, silenced_alerts), row)


def silenced_beginnings(connection: Connection, name: str, ends: Sequence[AlertId]) -> Mapping[AlertId, int]:
    """Of alerts that tell of an end, those whose beginning a silence kept from the series; by which silence."""
    before = alerts.alias()
    begun = (
        select(func.max(before.c.id))
        .where(before.c.topic == alerts.c.topic, before.c.id < alerts.c.id)
        .where(before.c.reason == alerts.c.reason, before.c.ended.is_(False))
        .scalar_subquery()
    )
    query = (
        select(alerts.c.id, silenced_alerts.c.silence)
        .join_from(alerts, silenced_alerts, silenced_alerts.c.alert == begun)
        .where(alerts.c.id.in_(ends), alerts.c.ended.is_(True), silenced_alerts.c.series == name)
    )
    return {AlertId(row.id): row.silence for row in connection.execute(query)}


def queued_alerts(connection: Connection, name: str, wanted: Sequence[AlertId]) -> frozenset[AlertId]:
    """Which of these alerts a series was handed too."""
    query = select(series_alerts.c.alert).where(series_alerts.c.series == name, series_alerts.c.alert.in_(wanted))
    return frozenset(AlertId(one) for one in connection.scalars(query))


def count_alerts(connection: Connection, name: str) -> tuple[int, datetime | None]:
    """How many wait in a series, and since when."""
    count = select(func.count(), func.min(series_alerts.c.alert)).where(_waiting(name))
    waiting, first = connection.execute(count).one()
    return waiting, connection.scalar(select(alerts.c.recorded).where(alerts.c.id == first)) if waiting else None


def tell_alerts(connection: Connection, name: str, digest: DigestId, told: Sequence[AlertId]) -> None:
    """Mark alerts as told in a digest."""
    for run in chunks(sorted(told)):
        mark = update(series_alerts).where(_waiting(name), series_alerts.c.alert.in_(run))
        connection.execute(mark.values(digest=digest))


def drop_unwanted_alerts(connection: Connection, names: Sequence[str], topics: Sequence[str]) -> Counter[str]:
    """Waiting alerts of series or topics that left the config are not told; how many of each topic."""
    every = select(series.c.name)
    query = (
        select(series_alerts.c.series, series_alerts.c.alert, alerts.c.topic)
        .join_from(series_alerts, alerts, series_alerts.c.alert == alerts.c.id)
        .where(series_alerts.c.digest.is_(None), series_alerts.c.series.in_(list(connection.scalars(every))))
    )
    doomed = [
        row for row in connection.execute(query) if row.series not in names or row.topic not in {*topics, SOURCES}
    ]
    for row in doomed:
        connection.execute(delete(series_alerts).where(_waiting(row.series), series_alerts.c.alert == row.alert))
    return Counter({row.alert: row.topic for row in doomed}.values())


def drop_alerts(connection: Connection, before: datetime) -> None:
    """Forget alerts recorded before then; none that still waits."""
    waits = exists().where(series_alerts.c.alert == alerts.c.id, series_alerts.c.digest.is_(None))
    connection.execute(delete(alerts).where(alerts.c.recorded < before, ~waits))


def page_yields(connection: Connection, since: datetime) -> Mapping[FeedId, tuple[int, int]]:
    """For each feed, of the articles read since then: how many, and how many of them gave no full text."""
    without = func.sum(case((articles.c.full_text.is_(False), 1), else_=0))
    query = (
        select(article_feeds.c.feed, func.count(), without)
        .join_from(articles, article_feeds, article_feeds.c.article == articles.c.id)
        .where(articles.c.read_at >= since)
        .group_by(article_feeds.c.feed)
    )
    return {FeedId(feed): (tried, int(failed)) for feed, tried, failed in connection.execute(query)}


def _waiting(name: str) -> ColumnElement[bool]:
    return (series_alerts.c.series == name) & series_alerts.c.digest.is_(None)


def _alert(row: Any) -> WaitingAlert:
    return WaitingAlert(
        id=AlertId(row.id),
        topic=row.topic,
        reason=row.reason,
        text=row.text,
        recorded=row.recorded,
        ended=row.ended,
        stories=stories_from(row.stories),
    )
