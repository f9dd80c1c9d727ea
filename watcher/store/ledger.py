"""The ledger of figures: what the articles that matched a topic say, and what is asked of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, bindparam, delete, select, update

from watcher.figures.series import statement
from watcher.model import (
    ArticleId,
    Figure,
    Flow,
    Modality,
    Observation,
    Qualifier,
    ReadRecord,
    SeriesKey,
    StoryId,
    Subject,
    Unit,
)
from watcher.store.articles import carriers
from watcher.store.rows import chunks, insert
from watcher.store.schema import articles, observations

NEWEST = 300
"""Observations of one series that are looked at, besides the highest."""

_SAME = (
    observations.c.topic == bindparam("of_topic", type_=observations.c.topic.type),
    observations.c.unit == bindparam("of_unit"),
    observations.c.subject == bindparam("of_subject"),
    observations.c.place == bindparam("of_place", type_=observations.c.place.type),
    observations.c.modality == bindparam("of_modality"),
)


def _with_articles(*where: ColumnElement[bool]) -> Select[Any]:
    of_article = articles.c.story, articles.c.url, articles.c.title
    joined = select(observations, *of_article).join_from(
        observations, articles, observations.c.article == articles.c.id
    )
    return joined.where(*where)


_NEWEST = _with_articles(*_SAME).order_by(observations.c.at.desc()).limit(NEWEST)
_HIGHEST = (
    _with_articles(*_SAME, observations.c.flow == Flow.TOTAL.value).order_by(observations.c.value.desc()).limit(1)
)


def observe(connection: Connection, record: ReadRecord, article: str, *, known: bool) -> None:
    """Keep the figures of a reading under each topic it matched.

    Of an article that is `known` already, what it says as before keeps its time; what it says no more stays in the
    ledger and is no longer current.
    """
    figures = record.figures
    if known:
        _retire(connection, article, tuple(match.topic for match in record.matches))
    first = min(record.article.published, record.at)
    noticed = {notice.topic for notice in record.notices if notice.article == record.article.id}
    for match in record.matches:
        settled = match.topic in noticed or not record.tell
        at = record.at if record.edited and known else first
        _merge(connection, match.topic, article, figures, at=at, settled=settled, known=known)


def _retire(connection: Connection, article: str, topics: Sequence[str]) -> None:
    """What the article said under topics that it matches no more."""
    gone = observations.c.article == article, observations.c.topic.not_in(topics), observations.c.current.is_(True)
    connection.execute(update(observations).where(*gone).values(current=False))


def _merge(
    connection: Connection,
    topic: str,
    article: str,
    figures: Sequence[Figure],
    *,
    at: datetime,
    settled: bool,
    known: bool,
) -> None:
    """Bring what the ledger has of an article under a topic in line with the figures now read."""
    left = _stored(connection, article, topic) if known else {}
    rows = []
    for figure in figures:
        same = left.get(statement(figure))
        if same:
            row = same.pop(0)
            renewed = _values(figure) | {"settled": row.settled or settled, "current": True}
            connection.execute(update(observations).where(observations.c.id == row.id).values(renewed))
        else:
            own = {"article": article, "topic": topic, "at": at, "settled": settled, "current": True}
            rows.append(own | _values(figure))
    if rows:
        connection.execute(insert(connection, observations), rows)
    silent = [row.id for rest in left.values() for row in rest if row.current]
    for run in chunks(silent):
        connection.execute(update(observations).where(observations.c.id.in_(run)).values(current=False))


def _stored(connection: Connection, article: str, topic: str) -> dict[object, list[Row[Any]]]:
    of = select(observations).where(observations.c.article == article, observations.c.topic == topic)
    found: dict[object, list[Row[Any]]] = defaultdict(list)
    for row in connection.execute(of.order_by(observations.c.id)):
        found[statement(figure_from(row))].append(row)
    return found


def _values(figure: Figure) -> dict[str, Any]:
    return {
        "unit": figure.unit.value,
        "subject": figure.subject.value if figure.subject else "",
        "place": figure.place or figure.home or "",
        "inferred": figure.place is None and figure.home is not None,
        "former": figure.former,
        "modality": figure.modality.value,
        "flow": figure.flow.value,
        "value": figure.value,
        "low": figure.low,
        "high": figure.high,
        "vague": figure.vague,
        "qualifier": figure.qualifier.value,
        "start": figure.start,
        "end": figure.end,
        "source": figure.source,
        "quote": figure.quote,
    }


def figure_from(row: Row[Any]) -> Figure:
    """A figure of a row of `observations`."""
    return Figure(
        value=_number(row.value),
        low=None if row.low is None else _number(row.low),
        high=None if row.high is None else _number(row.high),
        vague=row.vague,
        qualifier=Qualifier(row.qualifier),
        unit=Unit(row.unit),
        subject=Subject(row.subject) if row.subject else None,
        modality=Modality(row.modality),
        flow=Flow(row.flow),
        place=None if row.inferred else row.place or None,
        home=row.place if row.inferred else None,
        former=row.former,
        source=row.source,
        quote=row.quote,
        start=row.start,
        end=row.end,
    )


def _number(value: float) -> float:
    return int(value) if value == int(value) else value


def figures_of(connection: Connection, ids: Sequence[str]) -> Mapping[tuple[str, str], tuple[Figure, ...]]:
    """What each article says now, by article and topic, in the order of its text."""
    found: dict[tuple[str, str], tuple[Figure, ...]] = defaultdict(tuple)
    for run in chunks(ids):
        query = select(observations).where(observations.c.article.in_(run), observations.c.current.is_(True))
        for row in connection.execute(query.order_by(observations.c.article, observations.c.start, observations.c.id)):
            found[row.article, row.topic] += (figure_from(row),)
    return found


def ledger(
    connection: Connection, topic: str, keys: Iterable[SeriesKey], article: ArticleId | None
) -> tuple[Observation, ...]:
    """The newest observations of these series with the highest total of each, and all of an article."""
    rows: dict[int, Row[Any]] = {}
    for key in dict.fromkeys(keys):
        same = {
            "of_topic": topic,
            "of_unit": key.unit.value,
            "of_subject": key.subject.value if key.subject else "",
            "of_place": key.place or "",
            "of_modality": key.modality.value,
        }
        for query in (_NEWEST, _HIGHEST):
            rows |= {row.id: row for row in connection.execute(query, same)}
    if article is not None:
        own = _with_articles(observations.c.article == article, observations.c.topic == topic)
        rows |= {row.id: row for row in connection.execute(own)}
    return _observations(connection, sorted(rows.values(), key=lambda row: (row.at, row.id)))


def history(connection: Connection, topic: str) -> tuple[Observation, ...]:
    """Everything observed of a topic, earliest first."""
    rows = connection.execute(_with_articles(observations.c.topic == topic)).all()
    return _observations(connection, sorted(rows, key=lambda row: (row.at, row.id)))


def _observations(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[Observation, ...]:
    by_feeds = carriers(connection, sorted({row.article for row in rows}))
    return tuple(
        Observation(
            article=ArticleId(row.article),
            story=StoryId(row.story),
            at=row.at,
            figure=figure_from(row),
            settled=row.settled,
            current=row.current,
            url=row.url,
            title=row.title,
            feed=next(iter(by_feeds[row.article]), ""),
        )
        for row in rows
    )


def rewrite_figures(
    connection: Connection, topic: str, found: Mapping[ArticleId, tuple[Figure, ...]], lost: Sequence[ArticleId]
) -> None:
    """Make what the ledger has of these articles what is read in them now, at the time of their publication.

    What is said as before keeps its time; what is new counts as known. Of the lost ones nothing is kept.
    """
    for run in chunks(sorted({*found, *lost})):
        times = select(articles.c.id, articles.c.published, articles.c.read_at).where(articles.c.id.in_(run))
        for row in connection.execute(times).all():
            figures = found.get(ArticleId(row.id), ())
            at = min(row.published, row.read_at)
            _drop_other(connection, topic, row.id, {statement(figure) for figure in figures})
            _merge(connection, topic, row.id, figures, at=at, settled=True, known=True)


def _drop_other(connection: Connection, topic: str, article: str, said: set[object]) -> None:
    """What the extractor reads no more in the text as it stands; what an edit took from the text stays."""
    stored = _stored(connection, article, topic)
    wrong = [row.id for key, rows in stored.items() if key not in said for row in rows if row.current]
    for run in chunks(wrong):
        connection.execute(delete(observations).where(observations.c.id.in_(run)))
