"""Stories that count for topics with a rate, and what was decided on them."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import BigInteger, Connection, delete, exists, select, type_coerce, update

from watcher.model import AlertStory, Arrival, ArticleId, RateRecord, ReadRecord, StoryId
from watcher.store.articles import carriers
from watcher.store.rate_tables import arrivals, rates
from watcher.store.rows import chunks, insert_new
from watcher.store.schema import articles, matches
from watcher.store.sources import record_alerts

KEPT = timedelta(days=100)
"""How long it is kept at least what a story counted for; longer than any rate looks back."""


def count(connection: Connection, record: ReadRecord, article: str, story: str) -> None:
    """Let the story count for these topics, unless another of its articles satisfied them before."""
    at = min(record.arrived or record.at, record.at)
    for topic in record.counts:
        others = select(articles.c.id).where(
            articles.c.story == story,
            articles.c.id != article,
            exists().where(matches.c.article == articles.c.id, matches.c.topic == topic),
        )
        if connection.execute(others.limit(1)).first() is None:
            row = {"topic": topic, "story": story, "at": at, "article": article}
            connection.execute(insert_new(connection, arrivals), row)


def arrived(connection: Connection, topic: str, since: datetime) -> tuple[Arrival, ...]:
    """The stories that count for a topic and arrived since then, and any that no decision has seen; earliest first."""
    columns = select(arrivals.c.story, arrivals.c.at, arrivals.c.weighed)
    rows = {row.story: row for row in connection.execute(columns.where(arrivals.c.topic == topic, _fresh()))}
    recent = columns.where(arrivals.c.topic == topic, arrivals.c.at >= since)
    rows |= {row.story: row for row in connection.execute(recent)}
    found = (Arrival(story=StoryId(row.story), at=row.at, fresh=row.weighed is None) for row in rows.values())
    return tuple(sorted(found, key=lambda one: (one.at, one.story)))


def _fresh() -> Any:
    return arrivals.c.weighed.is_(None)


def newest(connection: Connection, topic: str, until: datetime, limit: int) -> tuple[AlertStory, ...]:
    """The stories of a topic that arrived last up to then, newest first; `feed` is the URL of their first carrier."""
    query = (
        select(arrivals.c.story, articles.c.id, articles.c.title, articles.c.url)
        .add_columns(articles.c.published, articles.c.language)
        .join(articles, articles.c.id == arrivals.c.article)
        .where(arrivals.c.topic == topic, arrivals.c.at <= until)
        .order_by(arrivals.c.at.desc())
        .limit(limit)
    )
    rows = connection.execute(query).all()
    feeds = carriers(connection, [row.id for row in rows])
    return tuple(
        AlertStory(
            id=StoryId(row.story),
            headline=row.title,
            url=row.url,
            feed=next(iter(feeds[row.id]), ""),
            published=row.published,
            language=row.language,
        )
        for row in rows
    )


def state(connection: Connection, topic: str) -> str | None:
    """What was decided so far; None for a topic that was not looked at yet."""
    return connection.scalar(select(rates.c.state).where(rates.c.topic == topic))


def _keep_state(connection: Connection, record: RateRecord) -> bool:
    row = {"topic": record.topic, "state": record.after}
    if record.before is None:
        return connection.execute(insert_new(connection, rates, "topic"), row).first() is not None
    same = update(rates).where(rates.c.topic == record.topic, rates.c.state == record.before)
    return connection.execute(same.values(state=record.after)).rowcount == 1


def record_rate(connection: Connection, record: RateRecord, now: datetime) -> bool:
    """Keep a decision with its alerts; False, and nothing kept, where another came before it."""
    if not _keep_state(connection, record):
        return False
    for run in chunks(record.weighed):
        seen = update(arrivals).where(arrivals.c.topic == record.topic, arrivals.c.story.in_(run))
        connection.execute(seen.values(weighed=now))
    record_alerts(connection, record.alerts, now)
    return True


def recount(
    connection: Connection, record: RateRecord, found: Mapping[StoryId, tuple[ArticleId, datetime]], now: datetime
) -> bool:
    """Make the stories that count for a topic these (their article, and when it arrived); nothing is told of them."""
    if not _keep_state(connection, record):
        return False
    connection.execute(delete(arrivals).where(arrivals.c.topic == record.topic))
    rows = [
        {"topic": record.topic, "story": story, "at": at, "article": article, "weighed": now}
        for story, (article, at) in found.items()
    ]
    for run in chunks(rows):
        connection.execute(insert_new(connection, arrivals), run)
    return True


def counted(connection: Connection, story: str) -> tuple[tuple[str, ArticleId, datetime], ...]:
    """Where a story counts: topic, the article that brought it, when."""
    query = select(arrivals.c.topic, arrivals.c.article, arrivals.c.at).where(arrivals.c.story == story)
    return tuple(
        (row.topic, ArticleId(row.article), row.at) for row in connection.execute(query.order_by(arrivals.c.topic))
    )


def forget(connection: Connection, before: datetime) -> None:
    """Forget what arrived before then."""
    connection.execute(delete(arrivals).where(arrivals.c.at < before))


def pull_back(connection: Connection, now: datetime, by: timedelta) -> None:
    """Let what arrived by a clock since set back have arrived as much earlier, or now."""
    step = by // timedelta(microseconds=1)
    column = arrivals.c.at
    connection.execute(update(arrivals).where(column > now, column <= now + by).values({column: now}))
    earlier = type_coerce(type_coerce(column, BigInteger) - step, column.type)
    connection.execute(update(arrivals).where(column > now + by).values({column: earlier}))
