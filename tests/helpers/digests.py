"""Digests made for tests: short to write, every part can be set."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from watcher.model import (
    Article,
    ArticleId,
    Digest,
    DigestArticle,
    DigestId,
    DigestStory,
    DigestTopic,
    Evidence,
    Figure,
    FigureMove,
    FigurePoint,
    FigureSaid,
    Flow,
    Match,
    Modality,
    NoticeId,
    PendingNotice,
    Problem,
    Qualifier,
    Reason,
    Severity,
    SourcesHealth,
    StoryId,
    Subject,
    Unit,
)

MORNING = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
SENTENCE = "Iraqi forces began the long-awaited Mosul offensive on Monday with roughly 700 troops."


def evidence(found: str = "Mosul offensive", quote: str = SENTENCE, *, field: str = "text", at: int = 0) -> Evidence:
    """`found` in its sentence, which starts at character `at` of the field."""
    start = at + quote.index(found)
    return Evidence(
        clause="$mosul NEAR/15 offensive",
        found=found,
        field=field,
        start=start,
        end=start + len(found),
        quote=quote,
        quote_start=at,
    )


def article(name: str = "a1", title: str = "The battle for Mosul begins", **changes: Any) -> DigestArticle:
    fields: dict[str, Any] = {
        "id": ArticleId(name),
        "url": f"https://news.example.org/{name}",
        "title": title,
        "feed": "Tigris Wire",
        "author": None,
        "published": MORNING - timedelta(hours=2),
        "language": "en",
        "lead": True,
        "full_text": True,
        "matches": (evidence(),),
    }
    return DigestArticle(**fields | changes)


def story(name: str = "s1", *articles: DigestArticle, **changes: Any) -> DigestStory:
    told = articles or (article(f"{name}-a"),)
    fields: dict[str, Any] = {
        "id": StoryId(name),
        "headline": told[0].title,
        "reason": Reason.NEW,
        "origins": 1,
        "articles": told,
    }
    return DigestStory(**fields | changes)


def topic(name: str = "mosul-offensive", *stories: DigestStory, **changes: Any) -> DigestTopic:
    fields: dict[str, Any] = {
        "topic": name,
        "title": name.replace("-", " ").capitalize(),
        "severity": Severity.WARNING,
        "stories": stories,
    }
    return DigestTopic(**fields | changes)


def digest(*topics: DigestTopic, **changes: Any) -> Digest:
    fields: dict[str, Any] = {
        "id": DigestId("d-1"),
        "series": "morning",
        "period": "2016-10-20",
        "start": MORNING - timedelta(days=1),
        "end": MORNING,
        "created": MORNING,
        "sources": SourcesHealth(
            total=45, healthy=42, problems=(Problem(feed="Plains Herald", problem="silent for 14 h"),)
        ),
        "topics": topics,
    }
    return Digest(**fields | changes)


def figure(value: float = 700, **changes: Any) -> Figure:
    fields: dict[str, Any] = {
        "value": value,
        "low": value,
        "high": value,
        "vague": False,
        "qualifier": Qualifier.APPROX,
        "unit": Unit.TROOPS,
        "subject": Subject.TROOPS,
        "modality": Modality.REPORTED,
        "flow": Flow.TOTAL,
        "place": None,
        "source": None,
        "quote": SENTENCE,
        "start": 75,
        "end": 78,
    }
    return Figure(**fields | changes)


def told_move(**changes: Any) -> FigureMove:
    """A move with who told it, and its points."""
    before = FigureSaid(
        value=54_000,
        at=MORNING - timedelta(days=1),
        quote="It counted 54,000.",
        source="IOM",
        feed="Tigris Wire",
        url="https://news.example.org/before",
    )
    now = replace(before, value=68_000, at=MORNING, quote="It is 68,000 now.", source=None, url="https://n.example/now")
    points = tuple(FigurePoint(at=said.at, value=said.value) for said in (before, now))
    fields: dict[str, Any] = {"latest_said": now, "previous_said": before, "points": points}
    return move(**fields | changes)


def move(**changes: Any) -> FigureMove:
    fields: dict[str, Any] = {
        "subject": Subject.DISPLACED,
        "unit": Unit.PEOPLE,
        "place": "Mosul",
        "modality": Modality.REPORTED,
        "latest": 68_000,
        "previous": 54_000,
        "highest": 68_000,
        "sources": 3,
    }
    return FigureMove(**fields | changes)


def notice(number: int = 1, **changes: Any) -> PendingNotice:
    """A notice; `article_id`, `title` and `published` reach into its article, `evidence` into its match."""
    name = changes.pop("article_id", f"a{number}")
    found = changes.pop("evidence", (evidence(),))
    about = changes.get("topic", "mosul-offensive")
    read = Article(
        id=ArticleId(name),
        url=f"https://news.example.org/{name}",
        title=changes.pop("title", f"Headline of {name}"),
        text=SENTENCE,
        author=None,
        published=changes.pop("published", MORNING - timedelta(minutes=number)),
        dated=True,
        language="en",
        full_text=True,
    )
    fields: dict[str, Any] = {
        "id": NoticeId(number),
        "topic": about,
        "reason": Reason.NEW,
        "recorded": MORNING - timedelta(minutes=number),
        "story": StoryId(f"s-{name}"),
        "origins": 1,
        "article": read,
        "feed": "Tigris Wire",
        "match": Match(topic=about, evidence=found) if found else None,
        "lead": True,
    }
    return PendingNotice(**fields | changes)
