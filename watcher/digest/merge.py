"""Several digests of a series, none of them sent, become one; and one becomes what some of its topics say."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TypeVar

from watcher.digest.assemble import MOST_TELLING, by_severity, by_weight, together
from watcher.model import Digest, DigestArticle, DigestId, DigestStory, DigestTopic, EarlierArticle, FigureMove

T = TypeVar("T")
K = TypeVar("K", bound=Hashable)


def part(digest: Digest, topics: Iterable[DigestTopic], digest_id: DigestId, period: str) -> Digest:
    """A digest of its own that says only this of another."""
    return replace(digest, id=digest_id, period=period, topics=tuple(topics))


def merge(digests: Sequence[Digest], *, digest_id: DigestId, period: str, created: datetime) -> Digest:
    """One digest that says all that these say, each story once; they come in the order in which they were written.

    Where they differ the latest holds, but for a story's reason (the most telling) and what a figure was before.
    """
    last = digests[-1]
    topics = [
        _topic(found)
        for found in _grouped((topic for one in digests for topic in one.topics), lambda topic: topic.topic)
    ]
    return replace(
        last,
        id=digest_id,
        period=period,
        start=min(one.start for one in digests),
        end=max(one.end for one in digests),
        created=created,
        topics=tuple(sorted(topics, key=by_severity)),
        truncated=next((one.truncated for one in digests if one.truncated), None),
    )


def _grouped(values: Iterable[T], key: Callable[[T], K]) -> list[list[T]]:
    found: dict[K, list[T]] = {}
    for value in values:
        found.setdefault(key(value), []).append(value)
    return list(found.values())


def _topic(topics: Sequence[DigestTopic]) -> DigestTopic:
    stories = [_story(found) for found in _grouped((story for one in topics for story in one.stories), lambda s: s.id)]
    moves = _grouped(
        (move for one in topics for move in one.figures), lambda m: (m.subject, m.unit, m.place, m.modality)
    )
    return replace(
        topics[-1],
        stories=together(sorted(stories, key=by_weight)),
        alerts=tuple(dict.fromkeys(alert for one in topics for alert in one.alerts)),
        figures=tuple(_move(found) for found in moves),
    )


def _story(stories: Sequence[DigestStory]) -> DigestStory:
    articles: dict[str, DigestArticle] = {}
    for story in stories:
        articles |= {article.id: article for article in story.articles}
    chosen = sorted(articles.values(), key=lambda article: (not article.lead, article.published, article.id))
    earlier: dict[str, EarlierArticle] = {}
    for story in stories:
        earlier |= {told.id: told for told in story.earlier if told.id not in articles}
    lead, *others = chosen
    return replace(
        stories[-1],
        headline=lead.title,
        lead_reason=_why(lead, others, stories),
        reason=min((story.reason for story in stories), key=MOST_TELLING.index),
        origins=max(story.origins for story in stories),
        articles=(lead, *(replace(article, lead=False) for article in others)),
        earlier=tuple(earlier.values()),
    )


def _why(lead: DigestArticle, others: Sequence[DigestArticle], stories: Sequence[DigestStory]) -> str | None:
    """Why it stands for the story: as its digest said, where that had others too."""
    said = next((story.lead_reason for story in stories if story.articles[0].id == lead.id), None)
    if said is None and others and all(lead.published <= other.published for other in others):
        return "earliest"
    return said


def _move(moves: Sequence[FigureMove]) -> FigureMove:
    """From where the first began to where the last stands; what began the series is where it came from."""
    first, last = moves[0], moves[-1]
    before, said = first.previous, first.previous_said
    if before is None and first.latest != last.latest:
        before, said = first.latest, first.latest_said
    return replace(
        last,
        previous=before,
        previous_said=said,
        highest=max(move.highest for move in moves),
        sources=last.sources if first.latest != last.latest else max(move.sources for move in moves),
    )
