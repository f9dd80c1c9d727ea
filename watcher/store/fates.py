"""What became of one article's notices: where they still wait, and which deliveries tell them."""

from collections.abc import Iterator

from sqlalchemy import Connection, or_, select

from watcher.model import ArticleId, DeliveryView
from watcher.store.codec import digest_from
from watcher.store.deliveries import WENT_IN, views
from watcher.store.schema import deliveries, digests, held_notices, notices, series_notices


def waits(connection: Connection, article: ArticleId) -> tuple[tuple[str, str, bool], ...]:
    """The (topic, series) in which an article is still to be told, and whether it is held for another voice there."""
    queued = (
        select(notices.c.topic, series_notices.c.series)
        .join_from(notices, series_notices, series_notices.c.notice == notices.c.id)
        .where(notices.c.article == article, series_notices.c.digest.is_(None))
    )
    held = (
        select(notices.c.topic, held_notices.c.series)
        .join_from(notices, held_notices, held_notices.c.notice == notices.c.id)
        .where(notices.c.article == article)
    )
    found = {(row.topic, row.series, False) for row in connection.execute(queued)}
    found |= {(row.topic, row.series, True) for row in connection.execute(held)}
    return tuple(sorted(found))


def deliveries_of(connection: Connection, article: ArticleId) -> tuple[DeliveryView, ...]:
    """The deliveries that tell an article, oldest first; of those that were merged, what they became a part of."""
    ids: set[str] = set()
    for number, note in _telling(connection, article):
        ids.add(note.removeprefix(WENT_IN) if note.startswith(WENT_IN) else number)
    return views(connection, deliveries.c.id.in_(ids))[::-1]


def _telling(connection: Connection, article: ArticleId) -> Iterator[tuple[str, str]]:
    """The deliveries of the digests that told it, and of the parts of those that do: id and note."""
    told = (
        select(digests.c.id, digests.c.series, digests.c.period)
        .join_from(notices, series_notices, series_notices.c.notice == notices.c.id)
        .join(digests, series_notices.c.digest == digests.c.id)
        .where(notices.c.article == article)
        .distinct()
    )
    for digest in connection.execute(told).all():
        parts = (digests.c.series == digest.series) & digests.c.period.startswith(f"{digest.period}/", autoescape=True)
        query = (
            select(deliveries.c.id, deliveries.c.note, digests.c.id.label("digest"), digests.c.snapshot)
            .join(digests, deliveries.c.digest == digests.c.id)
            .where(or_(digests.c.id == digest.id, parts))
        )
        for row in connection.execute(query):
            if row.digest == digest.id or row.snapshot is None or _tells(row.snapshot, article):
                yield row.id, row.note


def _tells(snapshot: str, article: ArticleId) -> bool:
    topics = digest_from(snapshot).topics
    return any(one.id == article for topic in topics for story in topic.stories for one in story.articles)
