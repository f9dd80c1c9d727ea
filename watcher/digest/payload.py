"""The digest as programs read it: the JSON of the public interface, section 4."""

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from typing import Any

from watcher.digest.words import digest_link
from watcher.model import (
    Alert,
    Digest,
    DigestArticle,
    DigestStory,
    DigestTopic,
    Evidence,
    Figure,
    FigureMove,
    FigureSaid,
    SourcesHealth,
)

_FEW_MATCHES = 3
_MEMBERS = 20  # of a story's articles where stories must be left out


def payload(digest: Digest) -> dict[str, Any]:
    """The body of a webhook as plain values: `type`, `timestamp`, `data`.

    Strings are as the feeds told them (offsets count in them). `from` is rounded down and `to` up to whole seconds, so
    that they still bound the times between.
    """
    return {
        "type": "watcher.digest",
        "timestamp": _utc(digest.created),
        "data": {
            "id": digest.id,
            "digest": digest.series,
            "from": _utc(digest.start),
            "to": _utc(_ceiling(digest.end)),
            "sources": _sources(digest.sources),
            "truncated": digest.truncated,
            "topics": [_topic(topic) for topic in digest.topics],
        },
    }


def payload_bytes(digest: Digest, max_bytes: int | None = None, public_url: str | None = None) -> bytes:
    """The payload as UTF-8 JSON, at most `max_bytes` long where that can be had.

    What is too large loses details first (all but the most telling evidence, the figures, what was told earlier), then
    whole stories from the least weighty on; `truncated` says so in words, with a link where `public_url` is known.
    Deterministic: the same digest gives the same bytes.
    """
    whole = _dump(digest)
    if max_bytes is None or len(whole) <= max_bytes:
        return whole
    link = digest_link(public_url, digest.id)
    for words, shrink in _STEPS:
        smaller = _dump(_marked(shrink(digest), f"shortened to fit: {words}", link))
        if len(smaller) <= max_bytes:
            return smaller
    return _fewer_stories(_few_members(_bare(digest)), max_bytes, link)


def _fewer_stories(digest: Digest, max_bytes: int, link: str | None) -> bytes:
    """As many of the weightiest stories as fit."""
    stories = [story for topic in digest.topics for story in topic.stories]
    total = len(stories)

    def body(kept: int) -> bytes:
        left = f"{total - kept:,} of {total:,} stories and " if kept < total else ""
        words = f"shortened to fit: {left}most details left out"
        return _dump(_marked(_first(digest, kept), words, link))

    room = max_bytes - len(body(0))
    sizes = accumulate(len(_encoded(_story(story))) + 1 for story in stories)
    kept = next((place for place, size in enumerate(sizes) if size > room), total)
    return body(kept)


def _first(digest: Digest, count: int) -> Digest:
    kept: list[DigestTopic] = []
    for topic in digest.topics:
        kept.append(replace(topic, stories=topic.stories[:count]))
        count -= len(kept[-1].stories)
    return replace(digest, topics=tuple(kept), sources=replace(digest.sources, problems=digest.sources.problems[:20]))


def _few_matches(digest: Digest) -> Digest:
    return _articles(digest, lambda article: replace(article, matches=article.matches[:_FEW_MATCHES]))


def _one_match(digest: Digest) -> Digest:
    return _articles(digest, lambda article: replace(article, matches=article.matches[:1], figures=()))


def _bare(digest: Digest) -> Digest:
    bare = _articles(digest, lambda article: replace(article, matches=(), figures=()))
    topics = (
        replace(topic, alerts=tuple(replace(alert, stories=()) for alert in topic.alerts)) for topic in bare.topics
    )
    bare = replace(bare, topics=tuple(topics))
    return _stories(bare, lambda story: replace(story, earlier=()))


def _few_members(digest: Digest) -> Digest:
    return _stories(digest, lambda story: replace(story, articles=story.articles[:_MEMBERS]))


_STEPS: tuple[tuple[str, Callable[[Digest], Digest]], ...] = (
    (f"at most {_FEW_MATCHES} matches an article", _few_matches),
    ("one match an article, no figures of articles", _one_match),
    ("no matches, no figures of articles, nothing earlier", _bare),
)


def _articles(digest: Digest, change: Callable[[DigestArticle], DigestArticle]) -> Digest:
    return _stories(digest, lambda story: replace(story, articles=tuple(change(article) for article in story.articles)))


def _stories(digest: Digest, change: Callable[[DigestStory], DigestStory]) -> Digest:
    topics = (replace(topic, stories=tuple(change(story) for story in topic.stories)) for topic in digest.topics)
    return replace(digest, topics=tuple(topics))


def _marked(digest: Digest, words: str, link: str | None) -> Digest:
    parts = [part for part in (digest.truncated, words) if part]
    text = "; ".join(parts)
    return replace(digest, truncated=f"{text}; all of it: {link}" if link else text)


def _dump(digest: Digest) -> bytes:
    return _encoded(payload(digest))


def _encoded(value: Any) -> bytes:
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    return text.encode("utf-8", "replace")


def _topic(topic: DigestTopic) -> dict[str, Any]:
    return {
        "topic": topic.topic,
        "title": topic.title,
        "severity": topic.severity,
        "alerts": [_alert(alert) for alert in topic.alerts],
        "stories": [_story(story) for story in topic.stories],
        "figures": [_move(move) for move in topic.figures],
    }


def _alert(alert: Alert) -> dict[str, Any]:
    return {
        "reason": alert.reason,
        "text": alert.text,
        "ended": alert.ended,
        "stories": [
            {
                "id": story.id,
                "headline": story.headline,
                "url": story.url,
                "feed": story.feed,
                "published": _utc(story.published),
            }
            for story in alert.stories
        ],
    }


def _story(story: DigestStory) -> dict[str, Any]:
    return {
        "id": story.id,
        "headline": story.headline,
        "reason": story.reason,
        "origins": story.origins,
        "group": story.group,
        "voices": list(story.voices),
        "lead_reason": story.lead_reason,
        "earlier": [{"id": article.id, "url": article.url, "title": article.title} for article in story.earlier],
        "articles": [_article(article) for article in story.articles],
    }


def _article(article: DigestArticle) -> dict[str, Any]:
    return {
        "id": article.id,
        "url": article.url,
        "title": article.title,
        "feed": article.feed,
        "author": article.author,
        "published": _utc(article.published),
        "language": article.language,
        "lead": article.lead,
        "full_text": article.full_text,
        "matches": [_match(evidence) for evidence in article.matches],
        "figures": [figure_json(figure) for figure in article.figures],
    }


def _match(evidence: Evidence) -> dict[str, Any]:
    return {
        "clause": evidence.clause,
        "found": evidence.found,
        "field": evidence.field,
        "start": evidence.start,
        "end": evidence.end,
        "quote": evidence.quote,
    }


def figure_json(figure: Figure) -> dict[str, Any]:
    """A figure as payloads and commands have it: whole numbers without a decimal point."""
    return {
        "value": _number(figure.value),
        "low": _number(figure.low),
        "high": _number(figure.high),
        "vague": figure.vague,
        "qualifier": figure.qualifier,
        "unit": figure.unit,
        "subject": figure.subject,
        "modality": figure.modality,
        "flow": figure.flow,
        "place": figure.place,
        "source": figure.source,
        "quote": figure.quote,
        "start": figure.start,
        "end": figure.end,
    }


def _move(move: FigureMove) -> dict[str, Any]:
    return {
        "subject": move.subject,
        "unit": move.unit,
        "place": move.place,
        "modality": move.modality,
        "latest": _number(move.latest),
        "previous": _number(move.previous),
        "highest": _number(move.highest),
        "sources": move.sources,
        "disputed": move.disputed,
        "latest_said": _said(move.latest_said),
        "previous_said": _said(move.previous_said),
        "points": [{"at": _utc(point.at), "value": _number(point.value)} for point in move.points],
    }


def _said(said: FigureSaid | None) -> dict[str, Any] | None:
    if said is None:
        return None
    return {
        "value": _number(said.value),
        "qualifier": said.qualifier,
        "at": _utc(said.at),
        "quote": said.quote,
        "source": said.source,
        "feed": said.feed,
        "url": said.url,
    }


def _sources(sources: SourcesHealth) -> dict[str, Any]:
    problems: Sequence[dict[str, str]] = [
        {"feed": problem.feed, "problem": problem.problem} for problem in sources.problems
    ]
    return {"total": sources.total, "healthy": sources.healthy, "problems": problems}


def _number(value: float | None) -> float | int | None:
    """Whole numbers without a decimal point; nothing that JSON has no word for."""
    if value is None or not math.isfinite(value):
        return None
    return int(value) if value == int(value) else value


def _utc(moment: datetime) -> str:
    return moment.astimezone(UTC).replace(microsecond=0, tzinfo=None).isoformat() + "Z"


def _ceiling(moment: datetime) -> datetime:
    return moment + timedelta(seconds=1) if moment.microsecond else moment
