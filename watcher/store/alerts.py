"""Series, the notices that wait in them, and digests."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, select, update

from watcher.model import (
    AlertId,
    ArticleId,
    Digest,
    DigestId,
    Figure,
    Match,
    NewDelivery,
    NoticeId,
    PendingNotice,
    Reason,
    SeriesState,
    StoryId,
)
from watcher.store.articles import article_from, carriers, matches_of
from watcher.store.codec import digest_from
from watcher.store.deliveries import insert_deliveries, insert_digest
from watcher.store.ledger import figures_of
from watcher.store.rows import chunks, insert_new
from watcher.store.schema import articles, digests, notices, series, series_notices, stories
from watcher.store.sources import count_alerts, drop_unwanted_alerts, tell_alerts
from watcher.store.stories import ToldBy, voices_of


def sync_series(
    connection: Connection, names: Sequence[str], topics: Sequence[str], now: datetime
) -> tuple[tuple[str, int], ...]:
    """Make the series those of the config and drop what waits for none of them; (topic, how many) for each."""
    known = {row.name: row.active for row in connection.execute(select(series.c.name, series.c.active))}
    new = [{"name": name, "active": True, "started": now} for name in dict.fromkeys(names) if name not in known]
    if new:
        connection.execute(insert_new(connection, series), new)
    for name, active in known.items():
        if name in names and not active:
            connection.execute(update(series).where(series.c.name == name).values(active=True, started=now))
        if name not in names and active:
            connection.execute(update(series).where(series.c.name == name).values(active=False))
    dropped = drop_unwanted_alerts(connection, names, topics)
    dropped.update(_drop_unwanted(connection, frozenset(names), frozenset(topics)))
    return tuple(sorted(dropped.items()))


def _drop_unwanted(connection: Connection, names: frozenset[str], topics: frozenset[str]) -> Counter[str]:
    query = (
        select(series_notices.c.series, series_notices.c.notice, notices.c.topic)
        .join(notices, series_notices.c.notice == notices.c.id)
        .where(series_notices.c.digest.is_(None))
    )
    doomed: dict[str, set[int]] = defaultdict(set)
    dropped: dict[int, str] = {}
    for row in connection.execute(query):
        if row.series not in names or row.topic not in topics:
            doomed[row.series].add(row.notice)
            dropped[row.notice] = row.topic
    for name, numbers in doomed.items():
        for run in chunks(sorted(numbers)):
            connection.execute(delete(series_notices).where(_waiting(name), series_notices.c.notice.in_(run)))
    return Counter(dropped.values())


def _waiting(name: str) -> ColumnElement[bool]:
    return (series_notices.c.series == name) & series_notices.c.digest.is_(None)


def all_series(connection: Connection, only: str | None = None) -> tuple[SeriesState, ...]:
    """How each configured series stands, by name."""
    states = []
    query = select(series).where(series.c.active.is_(True)).order_by(series.c.name)
    if only is not None:
        query = query.where(series.c.name == only)
    for row in connection.execute(query).all():
        count = select(func.count(), func.min(series_notices.c.notice)).where(_waiting(row.name))
        pending, first = connection.execute(count).one()
        since = connection.scalar(select(notices.c.recorded).where(notices.c.id == first)) if pending else None
        alerts, alerted = count_alerts(connection, row.name)
        states.append(
            SeriesState(
                name=row.name,
                pending=pending + alerts,
                first_pending=min(filter(None, (since, alerted)), default=None),
                number=row.number,
                last_period=row.last_period,
                last_end=row.last_end,
                started=row.started,
            )
        )
    return tuple(states)


def pending_notices(connection: Connection, name: str) -> tuple[PendingNotice, ...]:
    """What a series has not told yet, in the order in which it was recorded; see `ports.AlertStore`."""
    query = _notices().join(series_notices, series_notices.c.notice == notices.c.id).where(_waiting(name))
    return _views(connection, connection.execute(query.order_by(series_notices.c.notice)).all(), name)


def window(connection: Connection, topics: Sequence[str], since: datetime) -> tuple[PendingNotice, ...]:
    """Every notice of these topics recorded since then, told or not."""
    query = _notices().where(notices.c.topic.in_(topics), notices.c.recorded >= since).order_by(notices.c.id)
    return _views(connection, connection.execute(query).all(), None)


def _notices() -> Select[Any]:
    """Notices beside their articles, whose texts stay where they are: no digest shows them."""
    own = [notices.c.id.label("notice"), notices.c.topic, notices.c.reason, notices.c.recorded]
    size = func.coalesce(func.length(articles.c.text), 0).label("size")
    kept = [column for column in articles.c if column is not articles.c.text and column is not articles.c.story]
    return select(*own, size, notices.c.story, *kept).join_from(notices, articles, notices.c.article == articles.c.id)


def _views(connection: Connection, rows: Sequence[Row[Any]], name: str | None) -> tuple[PendingNotice, ...]:
    ids = sorted({row.id for row in rows})
    in_stories = sorted({row.story for row in rows})
    by_feeds = carriers(connection, ids)
    by_matches = {
        (article, match.topic): match for article, found in matches_of(connection, ids).items() for match in found
    }
    by_figures = figures_of(connection, ids)
    told_by, leads = voices_of(connection, in_stories), _leads(connection, in_stories)
    earlier = {} if name is None else _told(connection, in_stories, name)
    return tuple(
        _view(
            row,
            told_by=told_by.get(row.story, ToldBy()),
            feed=next(iter(by_feeds[row.id]), ""),
            match=by_matches.get((row.id, row.topic)),
            figures=by_figures[row.id, row.topic],
            lead=leads.get(row.story) == row.id,
            earlier=tuple(told for told in earlier.get(row.story, {}).values() if told[0] != row.id),
        )
        for row in rows
    )


def _view(
    row: Row[Any],
    *,
    told_by: ToldBy,
    feed: str,
    match: Match | None,
    lead: bool,
    earlier: Any,
    figures: tuple[Figure, ...],
) -> PendingNotice:
    return PendingNotice(
        id=NoticeId(row.notice),
        topic=row.topic,
        reason=Reason(row.reason),
        recorded=row.recorded,
        story=StoryId(row.story),
        origins=max(1, len(told_by.voices)),
        article=article_from(row, text=""),
        feed=feed,
        match=match,
        lead=lead,
        earlier=earlier,
        voices=told_by.voices,
        group=told_by.group,
        voice=told_by.own,
        size=row.size,
        figures=figures,
    )


def _leads(connection: Connection, ids: Sequence[str]) -> Mapping[str, str]:
    """The article of each story that came first."""
    first = (
        select(articles.c.id)
        .where(articles.c.story == stories.c.id)
        .order_by(articles.c.first_seen, articles.c.id)
        .limit(1)
        .scalar_subquery()
    )
    found: dict[str, str] = {}
    for run in chunks(ids):
        query = select(stories.c.id, first.label("first")).where(stories.c.id.in_(run))
        found |= {story: article for story, article in connection.execute(query) if article is not None}
    return found


def _told(
    connection: Connection, ids: Sequence[str], name: str
) -> Mapping[str, Mapping[str, tuple[ArticleId, str, str]]]:
    """The articles of each story that the series has told, in the order in which they were."""
    found: dict[str, dict[str, tuple[ArticleId, str, str]]] = defaultdict(dict)
    for run in chunks(ids):
        query = (
            select(notices.c.story, articles.c.id, articles.c.url, articles.c.title)
            .join_from(notices, series_notices, series_notices.c.notice == notices.c.id)
            .join(articles, notices.c.article == articles.c.id)
            .where(notices.c.story.in_(run), series_notices.c.series == name, series_notices.c.digest.is_not(None))
            .order_by(notices.c.id)
        )
        for row in connection.execute(query):
            found[row.story].setdefault(row.id, (ArticleId(row.id), row.url, row.title))
    return found


def record_digest(
    connection: Connection,
    digest: Digest,
    told: Sequence[NoticeId],
    deliveries: Sequence[NewDelivery],
    *,
    queue: str | None = None,
    parts: Sequence[Digest] = (),
    alert_ids: Sequence[AlertId] = (),
) -> bool:
    """Write a digest with its deliveries and mark its notices as told; False, and nothing written, where it cannot be.

    That is: the series has this period already, or one of the notices does not wait in its queue any more.
    """
    name = queue or digest.series
    numbers = frozenset(told)
    waiting = 0
    for run in chunks(sorted(numbers)):
        query = select(series_notices.c.notice).where(_waiting(name), series_notices.c.notice.in_(run))
        waiting += len(connection.scalars(query.with_for_update()).all())
    if waiting != len(numbers):
        return False
    if not insert_digest(connection, digest):
        return False
    for part in parts:
        insert_digest(connection, part)
    for run in chunks(sorted(numbers)):
        mark = update(series_notices).where(_waiting(name), series_notices.c.notice.in_(run))
        connection.execute(mark.values(digest=digest.id))
    tell_alerts(connection, name, digest.id, alert_ids)
    closed = {"number": series.c.number + 1, "last_period": digest.period, "last_end": digest.end}
    connection.execute(update(series).where(series.c.name == name).values(closed))
    insert_deliveries(connection, digest, deliveries)
    return True


def queued(connection: Connection, queue: str, told: Sequence[NoticeId]) -> frozenset[NoticeId]:
    """Which of these notices a series was handed too."""
    found: set[NoticeId] = set()
    for run in chunks(sorted(told)):
        query = select(series_notices.c.notice).where(series_notices.c.notice.in_(run))
        found.update(NoticeId(one) for one in connection.scalars(query.where(series_notices.c.series == queue)))
    return frozenset(found)


def skip_period(connection: Connection, name: str, period: str, at: datetime) -> None:
    """Close a period that had nothing to tell."""
    closed = {"last_period": period, "last_end": at}
    connection.execute(update(series).where(series.c.name == name).values(closed))


def digest(connection: Connection, number: DigestId) -> Digest | None:
    """A stored digest; None once retention took it."""
    snapshot = connection.scalar(select(digests.c.snapshot).where(digests.c.id == number))
    return None if snapshot is None else digest_from(snapshot)


def latest_digests(connection: Connection, limit: int) -> tuple[Digest, ...]:
    """The latest digests, newest first."""
    query = select(digests.c.snapshot).order_by(digests.c.created.desc(), digests.c.id.desc()).limit(limit)
    return tuple(digest_from(text) for text in connection.scalars(query.where(digests.c.snapshot.is_not(None))))
