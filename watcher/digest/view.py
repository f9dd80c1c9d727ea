"""What a digest says to people, in words and in order, before it takes the shape of HTML or plain text."""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal
from zoneinfo import ZoneInfo

from watcher.digest import words
from watcher.digest.clean import Direction, direction, line, safe_url
from watcher.digest.quotes import Passage, Piece, headline_pieces, passages
from watcher.model import (
    Alert,
    AlertStory,
    Digest,
    DigestArticle,
    DigestStory,
    DigestTopic,
    EarlierArticle,
    FigureMove,
    FigureSaid,
    Reason,
    Severity,
)

_UTC = ZoneInfo("UTC")
_FULL = 20  # stories of a digest told in full; those after them get one line
_OTHERS = 5
_EARLIER = 2
_FIGURES = 4
_ALERTS = 20
_PROBLEMS = 10
_HEADLINE = 220
_PREHEADER = 180
_SENTENCE = 260


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """How a digest is rendered.

    `public_url` is where the page is reached from outside; `max_stories` is how many stories are shown;
    `template` is a user's own Jinja2 source for the HTML, None for the built-in one. `pictures` says how the HTML holds
    them: in itself, or by content id (RFC 2392) where they are parts of the same mail.
    """

    timezone: ZoneInfo = _UTC
    public_url: str | None = None
    max_stories: int = 30
    template: str | None = None
    pictures: Literal["data", "cid"] = "data"
    fault: str = ""  # why the built-in template stands in, for the foot


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """An article in one line. `url` is None where its link is none that may be followed."""

    title: str
    url: str | None
    direction: Direction
    language: str | None = None
    feed: str = ""
    when: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryView:
    """A story told in full."""

    headline: tuple[Piece, ...]
    url: str | None
    direction: Direction
    language: str | None
    feed: str
    author: str
    when: str
    reason: str
    update: bool
    voices: str
    event: str  # the headline above under which the same event is told; '' where there is none
    passages: tuple[Passage, ...]
    figures: tuple[str, ...]
    note: str
    others: tuple[Line, ...]
    others_more: int
    earlier: tuple[Line, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class MoveView:
    """How a figure's series stands: in one line, with who told the latest level and the one before, each in a line.

    `picture` is where the sparkline is to be had; None where there is none.
    """

    words: str
    latest: str
    previous: str
    url: str | None
    picture: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertView:
    """An alert of a topic as a whole; written out it is its words. `over`: it tells of an end."""

    words: str
    over: bool
    stories: tuple[Line, ...]  # that made it

    def __str__(self) -> str:
        return self.words


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicView:
    """One topic: alerts, stories in full, figures that moved, then one line each; `more` are not shown at all."""

    title: str
    severity: Severity
    tally: str
    alerts: tuple[AlertView, ...]
    stories: tuple[StoryView, ...]
    figures: tuple[MoveView, ...]
    figures_title: str
    lines: tuple[Line, ...]
    more: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestView:
    """A whole digest."""

    subject: str
    preheader: str
    series: str
    made: str
    since: str
    zone: str
    topics: tuple[TopicView, ...]
    more: int
    truncated: str
    link: str | None
    health: str
    well: bool
    problems: tuple[tuple[str, str], ...]
    problems_more: int


def view(digest: Digest, look: Look) -> DigestView:
    """Say the digest: the weightiest `max_stories` stories, shared fairly among its topics."""
    counts = [len(topic.stories) for topic in digest.topics]
    shown = shares(counts, look.max_stories)
    full = shares(shown, _FULL)
    topics = tuple(
        _topic(topic, told, listed, digest, look)
        for topic, told, listed in zip(digest.topics, full, shown, strict=True)
    )
    problems = digest.sources.problems
    return DigestView(
        subject=words.subject(digest),
        preheader=_preheader(digest),
        series=line(digest.series, 80),
        made=words.day(digest.created, look.timezone),
        since=words.day(digest.start, look.timezone),
        zone=look.timezone.key,
        topics=topics,
        more=sum(topic.more for topic in topics),
        truncated=line(digest.truncated or ""),
        link=words.digest_link(look.public_url, digest.id),
        health=words.health(digest.sources),
        well=digest.sources.healthy >= digest.sources.total,
        problems=tuple((line(item.feed, 80), line(item.problem, 160)) for item in problems[:_PROBLEMS]),
        problems_more=max(0, len(problems) - _PROBLEMS),
    )


def shares(counts: Sequence[int], limit: int) -> tuple[int, ...]:
    """Deal `limit` places out one by one, so that a long topic never crowds out a short one."""
    given = [0] * len(counts)
    left = max(0, limit)
    while left and any(have < want for have, want in zip(given, counts, strict=True)):
        for index, want in enumerate(counts):
            if left and given[index] < want:
                given[index] += 1
                left -= 1
    return tuple(given)


def _topic(topic: DigestTopic, full: int, shown: int, digest: Digest, look: Look) -> TopicView:
    stories, alerts = topic.stories, topic.alerts
    tally = [words.count(len(stories), "story")] if stories else []
    tally += [words.count(len(alerts), "alert")] if alerts else []
    return TopicView(
        title=line(topic.title or topic.topic, 120),
        severity=topic.severity,
        tally=", ".join(tally),
        alerts=_alerts(alerts[:_ALERTS], digest, look),
        stories=tuple(_story(story, event, digest, look) for story, event in _events(stories[:full])),
        figures=tuple(_move(moved, digest, look) for moved in topic.figures),
        figures_title="Figures that moved" if any(map(_has_moved, topic.figures)) else "Figures",
        lines=tuple(_story_line(story, digest, look) for story in stories[full:shown]),
        more=len(stories) - shown,
    )


def _alerts(alerts: Sequence[Alert], digest: Digest, look: Look) -> tuple[AlertView, ...]:
    """The alerts of a topic; a story that made several of them stands under the first."""
    shown: set[str] = set()
    views = []
    for alert in alerts:
        stories = tuple(_linked(story, digest, look) for story in alert.stories if story.id not in shown)
        shown.update(story.id for story in alert.stories)
        views.append(AlertView(words=line(alert.text, 300), over=alert.ended, stories=stories))
    return tuple(views)


def _linked(story: AlertStory | DigestArticle, digest: Digest, look: Look) -> Line:
    """A story or an article in one line."""
    title = story.headline if isinstance(story, AlertStory) else story.title
    url = safe_url(story.url)
    return Line(
        title=line(title, _HEADLINE) or url or "Untitled",
        url=url,
        direction=direction(title, story.language),
        language=_language(story.language),
        feed=line(story.feed, 60),
        when=words.when(story.published, look.timezone, digest.created),
    )


def _events(stories: Sequence[DigestStory]) -> Iterator[tuple[DigestStory, str]]:
    """Each story, with the headline of the first above it that reports the same event."""
    first: dict[str, str] = {}
    for story in stories:
        event = first.get(story.group or story.id, "")
        first.setdefault(story.group or story.id, story.headline)
        yield story, event


def _story(story: DigestStory, event: str, digest: Digest, look: Look) -> StoryView:
    lead = story.articles[0]
    quoted = next((found for article in story.articles if (found := passages(article))), ())
    others = tuple(_linked(article, digest, look) for article in story.articles[1 : 1 + _OTHERS])
    return StoryView(
        headline=headline_pieces(_headline(story), lead, mark=not quoted),
        url=safe_url(lead.url),
        direction=direction(story.headline, lead.language),
        language=_language(lead.language),
        feed=line(lead.feed, 60),
        author=line(lead.author or "", 60),
        when=words.when(lead.published, look.timezone, digest.created),
        reason=words.reason(story.reason),
        update=story.reason is not Reason.NEW,
        voices=words.voices(story),
        event=line(event, _HEADLINE),
        passages=quoted,
        figures=_figures(story),
        note=_note(story),
        others=others,
        others_more=len(story.articles) - 1 - len(others),
        earlier=tuple(_earlier_line(article) for article in story.earlier[:_EARLIER]),
    )


def _note(story: DigestStory) -> str:
    notes = [] if story.articles[0].full_text else ["from the feed’s summary"]
    return ", ".join([*notes, *words.lead(story.lead_reason)])


def _has_moved(move: FigureMove) -> bool:
    return move.previous is not None and move.previous != move.latest


def _move(moved: FigureMove, digest: Digest, look: Look) -> MoveView:
    changed = moved.previous_said if moved.previous != moved.latest else None
    return MoveView(
        words=words.move(moved),
        latest=_said(moved.latest_said, digest, look),
        previous=_said(changed, digest, look),
        url=safe_url(moved.latest_said.url) if moved.latest_said else None,
        picture=_picture(moved, look),
    )


def _said(said: FigureSaid | None, digest: Digest, look: Look) -> str:
    """The sentence that told a level, and who said so when."""
    if said is None:
        return ""
    return f"“{line(said.quote, _SENTENCE)}” — {words.told(said, look.timezone, digest.created)}"


def _picture(moved: FigureMove, look: Look) -> str | None:
    if not moved.sparkline:
        return None
    return f"cid:{content_id(moved)}" if look.pictures == "cid" else f"data:image/png;base64,{moved.sparkline}"


def content_id(moved: FigureMove) -> str:
    """The content id of a sparkline within a mail (RFC 2045): made from its bytes."""
    return f"{hashlib.sha256(moved.sparkline.encode()).hexdigest()[:24]}@sparkline"


def _headline(story: DigestStory) -> str:
    """The headline as it is where it fits, so that what was found in it can be marked."""
    text = story.headline if len(story.headline) <= _HEADLINE else line(story.headline, _HEADLINE)
    return text if line(text) else (safe_url(story.articles[0].url) or "Untitled")


def _figures(story: DigestStory) -> tuple[str, ...]:
    said = dict.fromkeys(words.figure(read) for article in story.articles for read in article.figures)
    return tuple(said)[:_FIGURES]


def _story_line(story: DigestStory, digest: Digest, look: Look) -> Line:
    return _linked(story.articles[0], digest, look)


def _earlier_line(article: EarlierArticle) -> Line:
    url = safe_url(article.url)
    return Line(title=line(article.title, _HEADLINE) or url or "Untitled", url=url, direction=direction(article.title))


def _language(language: str | None) -> str | None:
    """A language tag fit for an attribute."""
    return language if language and language.isascii() and language.replace("-", "").isalnum() else None


def _preheader(digest: Digest) -> str:
    """What mail clients show beside the subject: what moved, then the first headlines, and what alerts are made of."""
    headlines = [words.move(move) for topic in digest.topics for move in topic.figures if _has_moved(move)][:2]
    for topic in digest.topics:
        headlines += [line(story.headline, 90) for story in topic.stories[:2]]
        headlines += [line(story.headline, 90) for alert in topic.alerts for story in alert.stories[:2]]
    return line(" · ".join(dict.fromkeys(text for text in headlines if text)), _PREHEADER)
