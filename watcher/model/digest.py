"""A digest as it is stored, rendered and sent: a snapshot, in the shape of the public payload (`data`)."""

from dataclasses import dataclass
from datetime import datetime

from watcher.model.figure import Figure, Modality, Qualifier, Subject, Unit
from watcher.model.news import ArticleId, DigestId, Evidence, Reason, Severity, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestArticle:
    """One article under a story, with why it matched."""

    id: ArticleId
    url: str
    title: str
    feed: str
    author: str | None
    published: datetime
    language: str | None
    lead: bool
    full_text: bool
    matches: tuple[Evidence, ...]
    figures: tuple[Figure, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class EarlierArticle:
    """An article of the story that this series has told already."""

    id: ArticleId
    url: str
    title: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestStory:
    """A story as told here; `articles` holds only those this series has not told yet, the lead first."""

    id: StoryId
    headline: str
    reason: Reason
    origins: int
    articles: tuple[DigestArticle, ...]
    earlier: tuple[EarlierArticle, ...] = ()
    group: str | None = None  # the first story of the event, where several tell it in words of their own
    voices: tuple[str, ...] = ()  # the origins' names
    lead_reason: str | None = None  # why the first of several articles stands for the story


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertStory:
    """One of the stories that made an alert, by its first article."""

    id: StoryId
    headline: str
    url: str
    feed: str
    published: datetime
    language: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """Something about a topic as a whole: a rate, a source that fell silent. `ended`: it tells that this is over."""

    reason: str
    text: str
    ended: bool = False
    stories: tuple[AlertStory, ...] = ()  # that made it, the newest first


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureSaid:
    """Who told a level, when and in which sentence. `source` is whom the sentence names, `feed` who carried it."""

    value: float
    at: datetime
    quote: str
    source: str | None
    feed: str
    url: str
    qualifier: Qualifier = Qualifier.EXACT


@dataclass(frozen=True, slots=True, kw_only=True)
class FigurePoint:
    """A level and when it was told."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class FigureMove:
    """How a figure's series stands. `sources` told the latest level; `points` are its levels, earliest first.

    `disputed`: the latest is what one source says against another, and far less.
    """

    subject: Subject | None
    unit: Unit
    place: str | None
    modality: Modality
    latest: float
    previous: float | None
    highest: float
    sources: int
    latest_said: FigureSaid | None = None
    previous_said: FigureSaid | None = None
    points: tuple[FigurePoint, ...] = ()
    disputed: bool = False
    sparkline: str = ""  # the points as a PNG in base64; empty where none was drawn


@dataclass(frozen=True, slots=True, kw_only=True)
class DigestTopic:
    """One topic's part of a digest."""

    topic: str
    title: str
    severity: Severity
    stories: tuple[DigestStory, ...]
    alerts: tuple[Alert, ...] = ()
    figures: tuple[FigureMove, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """A source that is not well, in words."""

    feed: str
    problem: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcesHealth:
    """How the feeds stand, for the digest's foot."""

    total: int
    healthy: int
    problems: tuple[Problem, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Digest:
    """The stories not yet told in a series. `start` and `end` bound when their notices were recorded."""

    id: DigestId
    series: str
    period: str
    start: datetime
    end: datetime
    created: datetime
    sources: SourcesHealth
    topics: tuple[DigestTopic, ...]
    truncated: str | None = None
