"""Notices become a digest: one story once a topic, what matters most first."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from watcher.model import (
    Alert,
    Article,
    ArticleId,
    Digest,
    DigestArticle,
    DigestId,
    DigestStory,
    DigestTopic,
    EarlierArticle,
    PendingNotice,
    Reason,
    Severity,
    SourcesHealth,
    StoryId,
    WaitingAlert,
)

_SEVERITIES = tuple(Severity)
MOST_TELLING = (
    Reason.ESCALATED,
    Reason.NEW,
    Reason.FIGURE,
    Reason.HAPPENED,
    Reason.PLACE,
    Reason.ACTOR,
    Reason.SPIKE,
    Reason.FREQUENCY,
    Reason.FLATLINE,
    Reason.ORIGIN,
    Reason.EDITED,
)
_NEWS = frozenset({Reason.ESCALATED, Reason.NEW, Reason.SPIKE, Reason.FREQUENCY, Reason.FLATLINE})


def assemble(  # noqa: PLR0913 - a digest's parts, all named
    notices: Sequence[PendingNotice],
    *,
    digest_id: DigestId,
    series: str,
    period: str,
    start: datetime,
    end: datetime,
    created: datetime,
    topics: Mapping[str, tuple[str, Severity]],
    sources: SourcesHealth,
    alerts: Sequence[WaitingAlert] = (),
) -> Digest:
    """Group the notices of a series by topic and story; `alerts` go to their topics.

    Topics come by severity, then in the order of `topics` (name → title and severity, as configured); stories new
    before updates, then by origins, then the latest published first. A topic without notices is left out, one that
    `topics` does not know goes last under its name. Does not cap anything: that is the rendering's matter.
    """
    by_topic: dict[str, list[PendingNotice]] = {name: [] for name in topics}
    for notice in notices:
        by_topic.setdefault(notice.topic, []).append(notice)
    alarms: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_topic.setdefault(alert.topic, [])
        alarms.setdefault(alert.topic, []).append(
            Alert(reason=alert.reason, text=alert.text, ended=alert.ended, stories=alert.stories)
        )
    made = [
        replace(_topic(name, *topics.get(name, (name, Severity.WARNING)), told), alerts=tuple(alarms.get(name, ())))
        for name, told in by_topic.items()
        if told or name in alarms
    ]
    made.sort(key=lambda topic: (by_severity(topic), topic.topic not in topics))
    return Digest(
        id=digest_id,
        series=series,
        period=period,
        start=start,
        end=end,
        created=created,
        sources=sources,
        topics=tuple(made),
    )


def by_severity(topic: DigestTopic) -> int:
    """Where a topic stands in a digest: the most severe first."""
    return -_SEVERITIES.index(topic.severity)


def _topic(name: str, title: str, severity: Severity, notices: Sequence[PendingNotice]) -> DigestTopic:
    by_story: dict[StoryId, list[PendingNotice]] = {}
    for notice in notices:
        by_story.setdefault(notice.story, []).append(notice)
    stories = together(sorted((_story(story, told) for story, told in by_story.items()), key=by_weight))
    return DigestTopic(topic=name, title=title, severity=severity, stories=stories)


def together(stories: Sequence[DigestStory]) -> tuple[DigestStory, ...]:
    """Stories in order of weight, with those that report one event behind the weightiest of them."""
    by_event: dict[str, list[DigestStory]] = {}
    for story in stories:
        by_event.setdefault(story.group or story.id, []).append(story)
    return tuple(story for told in by_event.values() for story in told)


def by_weight(story: DigestStory) -> tuple[bool, int, float, str]:
    """Where a story stands in its topic: new before updates, then by origins, then the latest published first."""
    latest = max(article.published.timestamp() for article in story.articles)
    return story.reason not in _NEWS, -story.origins, -latest, story.id


def _story(story: StoryId, notices: Sequence[PendingNotice]) -> DigestStory:
    latest: dict[ArticleId, PendingNotice] = {}
    for notice in notices:
        latest[notice.article.id] = _told(latest.get(notice.article.id), notice)
    chosen = sorted(latest.values(), key=lambda notice: (not notice.lead, notice.article.published, notice.article.id))
    return DigestStory(
        id=story,
        headline=chosen[0].article.title,
        reason=min((notice.reason for notice in notices), key=MOST_TELLING.index),
        origins=max(notice.origins for notice in notices),
        articles=tuple(_article(notice.article, notice) for notice in chosen),
        earlier=_earlier(notices, set(latest)),
        group=next((notice.group for notice in notices if notice.group), None),
        voices=max((notice.voices for notice in notices), key=len),
        lead_reason=chosen[0].lead_reason,
    )


def _told(before: PendingNotice | None, notice: PendingNotice) -> PendingNotice:
    """Of two notices for one article the later, unless only the earlier has evidence."""
    return before if before is not None and before.match is not None and notice.match is None else notice


def _article(article: Article, notice: PendingNotice) -> DigestArticle:
    return DigestArticle(
        id=article.id,
        url=article.url,
        title=article.title,
        feed=notice.feed,
        author=article.author,
        published=article.published,
        language=article.language,
        lead=notice.lead,
        full_text=article.full_text,
        matches=notice.match.evidence if notice.match else (),
        figures=notice.figures,
    )


def _earlier(notices: Sequence[PendingNotice], here: set[ArticleId]) -> tuple[EarlierArticle, ...]:
    known: dict[ArticleId, EarlierArticle] = {}
    for notice in notices:
        for article, url, title in notice.earlier:
            if article not in here:
                known.setdefault(article, EarlierArticle(id=article, url=url, title=title))
    return tuple(known.values())
