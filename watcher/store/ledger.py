"""The ledger of figures: what the articles that matched a topic say, and what is asked of it."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
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

MOST = 1_000
"""Figures of one article that are kept: a page that is one long table fills no ledger."""

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
    figures = record.figures[:MOST]
    if known:
        _retire(connection, article, tuple(match.topic for match in record.matches))
    first = min(record.article.published, record.at)
    noticed = {notice.topic for notice in record.notices if notice.article == record.article.id}
    when = _first({}, record.at if record.edited and known else first)
    for match in record.matches:
        settled = match.topic in noticed or not record.tell
        _merge(connection, match.topic, article, figures, at=when, settled=settled, known=known)


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
    at: Callable[[Figure], datetime],
    settled: bool,
    known: bool,
) -> None:
    """Bring what the ledger has of an article under a topic in line with the figures now read.

    `at` tells when what is new was said.
    """
    left = _stored(connection, article, topic) if known else {}
    rows = []
    for figure in figures:
        same = left.get(statement(figure))
        if same:
            row = same.pop(0)
            renewed = _values(figure) | {"settled": row.settled or settled, "current": True}
            connection.execute(update(observations).where(observations.c.id == row.id).values(renewed))
        else:
            own = {"article": article, "topic": topic, "at": at(figure), "settled": settled, "current": True}
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


def retired(connection: Connection, topic: str, ids: Sequence[ArticleId]) -> Mapping[ArticleId, tuple[Figure, ...]]:
    """What these articles said before they were edited, and say no more."""
    found: dict[ArticleId, tuple[Figure, ...]] = defaultdict(tuple)
    for run in chunks(ids):
        gone = observations.c.topic == topic, observations.c.current.is_(False)
        query = select(observations).where(observations.c.article.in_(run), *gone).order_by(observations.c.id)
        for row in connection.execute(query):
            found[row.article] += (figure_from(row),)
    return found


def rewrite_figures(
    connection: Connection,
    topic: str,
    found: Mapping[ArticleId, tuple[Figure, ...]],
    lost: Sequence[ArticleId],
    earlier: Mapping[ArticleId, Mapping[str, tuple[Figure, ...]]],
) -> None:
    """Make what the ledger has of these articles what is read in them now, at the time of their publication.

    What is said as before, or in a sentence that said something before, keeps its time; what is new counts as known.
    Of the lost ones nothing is kept. `earlier` is what is read now in sentences, by their words, that edits took away.
    """
    for run in chunks(sorted(found)):
        times = select(articles.c.id, articles.c.published, articles.c.read_at).where(articles.c.id.in_(run))
        for row in connection.execute(times).all():
            figures, at = found[ArticleId(row.id)][:MOST], min(row.published, row.read_at)
            said = _drop_other(connection, topic, row.id, {statement(figure) for figure in figures})
            _merge(connection, topic, row.id, figures, at=_first(said, at), settled=True, known=True)
    for run in chunks(sorted(lost)):
        connection.execute(delete(observations).where(observations.c.article.in_(run), observations.c.topic == topic))
    for article, sentences in earlier.items():
        for quote, figures in sentences.items():
            _retell(connection, topic, article, quote, figures)


def _first(said: Mapping[str, datetime], published: datetime) -> Callable[[Figure], datetime]:
    """When a figure was first told: when its sentence told one, else when the article was published."""
    return lambda figure: said.get(figure.quote, published)


def _drop_other(connection: Connection, topic: str, article: str, said: set[object]) -> dict[str, datetime]:
    """Drop what the extractor reads no more in the text as it stands; when each of its sentences said something first.

    What an edit took from the text stays.
    """
    current = [(key, row) for key, rows in _stored(connection, article, topic).items() for row in rows if row.current]
    for run in chunks([row.id for key, row in current if key not in said]):
        connection.execute(delete(observations).where(observations.c.id.in_(run)))
    return {row.quote: row.at for _, row in sorted(current, key=lambda one: one[1].at, reverse=True)}


def _retell(connection: Connection, topic: str, article: str, quote: str, figures: Sequence[Figure]) -> None:
    """Make what a sentence said that an edit took away what is read in it now, at the time when it was said."""
    gone = observations.c.article == article, observations.c.topic == topic, observations.c.current.is_(False)
    rows = connection.execute(select(observations).where(*gone, observations.c.quote == quote)).all()
    if not rows or {statement(figure_from(row)) for row in rows} == {statement(figure) for figure in figures}:
        return
    for run in chunks([row.id for row in rows]):
        connection.execute(delete(observations).where(observations.c.id.in_(run)))
    own = {"article": article, "topic": topic, "at": min(row.at for row in rows), "settled": True, "current": False}
    if figures:
        connection.execute(insert(connection, observations), [own | _values(figure) for figure in figures])
