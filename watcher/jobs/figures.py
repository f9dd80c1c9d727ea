"""What the jobs ask of the ledger of figures: which readings are told, and what a digest says of its series."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import structlog

from watcher.charts import Points, sparklines
from watcher.digest import words
from watcher.errors import WorkFailed
from watcher.figures.notify import Arrival, by_figures, outcome
from watcher.figures.rules import Demand
from watcher.figures.series import by_series, disagreeing, likely, relevance, said, standing
from watcher.jobs.context import Context, Live
from watcher.model import (
    Alert,
    Digest,
    DigestTopic,
    Flow,
    Modality,
    Observation,
    ReadRecord,
    Reason,
    SeriesKey,
)
from watcher.ports import Store, Workers

log = structlog.get_logger()
_DRAWING = timedelta(seconds=30)
_SERIES = 20  # of a topic that are looked at for a digest
_SHOWN = 8  # of them in a digest


async def recorded(context: Context, live: Live, record: ReadRecord) -> tuple[str, ...] | None:
    """Record a reading whose notices heed the rules on figures of the topics it matched; see `Store.record_read`.

    One at a time under a topic with such a rule, so that of articles that come together each is held against those
    before it.
    """
    topics = [match.topic for match in record.matches if match.topic not in live.rated]
    demands = {topic: live.reader.demands.get(topic) for topic in topics}
    ruled = {topic: demand for topic, demand in demands.items() if demand is not None}
    if not ruled or not record.tell:
        return await context.store.record_read(record)
    async with context.ledgers.hold_all(ruled):
        return await context.store.record_read(await _weighed(context.store, live, record, ruled))


async def _weighed(store: Store, live: Live, record: ReadRecord, ruled: Mapping[str, Demand]) -> ReadRecord:
    """A reading whose notices heed these rules."""
    arrival = Arrival(
        article=record.article.id,
        story=record.story,
        figures=_observations(record),
        edited=record.edited,
        tell=record.tell,
    )
    outcomes = {}
    for topic, demand in ruled.items():
        keys = [SeriesKey.of(figure) for figure in demand.chosen(record.figures)]
        known = await store.ledger(topic, keys, record.article.id)
        outcomes[topic] = outcome(demand, arrival, known)
    return replace(record, notices=by_figures(record.notices, outcomes, arrival, live.takers))


def _observations(record: ReadRecord) -> tuple[Observation, ...]:
    at = record.at if record.edited else min(record.article.published, record.at)
    return tuple(
        Observation(article=record.article.id, story=record.story, at=at, figure=figure, url=record.article.url)
        for figure in record.figures
    )


async def with_moves(store: Store, live: Live, made: Digest) -> Digest:
    """A digest that says of each topic how the series stand of which its articles tell."""
    policy = live.policies.get(made.series)
    zone = policy.timezone if policy else live.settings.timezone
    return replace(made, topics=tuple([await _topic(store, live, topic, zone) for topic in made.topics]))


async def _topic(store: Store, live: Live, topic: DigestTopic, zone: ZoneInfo) -> DigestTopic:
    articles = [article for story in topic.stories for article in story.articles]
    demand = live.reader.demands.get(topic.topic)
    read = [figure for article in articles for figure in article.figures if figure.flow is Flow.TOTAL]
    if demand is None:
        asked = [one for one in read if one.subject is not None and one.modality is Modality.REPORTED]
    else:
        asked = [one for one in read if demand.takes(one)]
    keys = list(dict.fromkeys(map(SeriesKey.of, asked)))[:_SERIES]
    if not keys:
        return topic
    known = await store.ledger(topic.topic, keys)
    here = frozenset(article.id for article in articles)
    names = {one.feed: live.feed_name(one.feed) for one in known}
    wanted = [one for one in known if demand is None or demand.takes(one.figure)]
    series = {key: members for key, members in by_series(wanted).items() if key in keys}
    moves = [move for members in series.values() if (move := standing(members, here, names)) is not None]
    shown = sorted((move for move in moves if demand is not None or likely(move)), key=relevance)[:_SHOWN]
    alerts = _alerts(demand, series.values(), here, names, zone) if demand is not None else ()
    return replace(topic, figures=tuple(shown), alerts=(*topic.alerts, *alerts))


def _alerts(
    demand: Demand,
    series: Iterable[Sequence[Observation]],
    here: frozenset[str],
    names: Mapping[str, str],
    zone: ZoneInfo,
) -> tuple[Alert, ...]:
    """Which sources disagree, by what these articles tell."""
    limit = demand.rule.disagree
    if limit is None:
        return ()
    pairs = [pair for members in series for pair in disagreeing(limit, members, here)]
    told = [(SeriesKey.of(pair.one.figure), said(pair.one, names), said(pair.other, names)) for pair in pairs]
    return tuple(Alert(reason=Reason.FIGURE, text=words.disagreement(*each, zone)) for each in told)


async def drawn(workers: Workers, made: Digest) -> Digest:
    """A digest with its sparklines, drawn in a worker process; without them where that fails."""
    series = series_of(made)
    if not any(series):
        return made
    try:
        return with_sparklines(made, await workers.run(sparklines, _DRAWING, series))
    except WorkFailed as failed:
        log.warning("no sparklines in this digest", reason=str(failed))
        return made


def series_of(made: Digest) -> tuple[Points, ...]:
    """What is to be drawn of a digest's moves, in their order: nothing where there is one level alone."""
    moves = [move for topic in made.topics for move in topic.figures]
    return tuple(tuple((one.at, one.value) for one in move.points) if len(move.points) > 1 else () for move in moves)


def with_sparklines(made: Digest, pictures: Sequence[str]) -> Digest:
    """A digest with the pictures of its moves, in their order."""
    left = iter(pictures)
    topics = [
        replace(topic, figures=tuple(replace(move, sparkline=next(left)) for move in topic.figures))
        for topic in made.topics
    ]
    return replace(made, topics=tuple(topics))
