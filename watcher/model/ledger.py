"""The ledger of figures: what is observed of a topic, article by article."""

from dataclasses import dataclass
from datetime import datetime

from watcher.model.figure import Figure, Modality, Subject, Unit
from watcher.model.news import ArticleId, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class SeriesKey:
    """What makes figures of one topic comparable."""

    subject: Subject | None
    unit: Unit
    place: str | None
    modality: Modality

    @classmethod
    def of(cls, figure: Figure) -> "SeriesKey":
        """The series that a figure belongs to."""
        place = figure.place or figure.home
        return cls(subject=figure.subject, unit=figure.unit, place=place, modality=figure.modality)


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """A figure of an article that matched a topic.

    `at` is when the article was published; of a figure that an edit brought, when the edit was read. `settled`: it was
    told, or is taken as known. `current`: the article still says so. `feed` is the URL of its first carrier.
    """

    article: ArticleId
    story: StoryId
    at: datetime
    figure: Figure
    settled: bool = False
    current: bool = True
    url: str = ""
    title: str = ""
    feed: str = ""
