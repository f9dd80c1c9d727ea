"""What a topic, as written now, would have matched in the archive, held against what was recorded. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from watcher.model import Article, ArticleId, Match, StoredArticle, StoryId

SAMPLE = 5


@dataclass(slots=True, kw_only=True)
class Tally:
    """Grows by one article at a time; memory grows with the days and with what changed, not with the archive."""

    topic: str
    zone: ZoneInfo
    read: int = 0
    matched: int = 0
    kept: int = 0
    first: datetime | None = None
    last: datetime | None = None
    days: Counter[date] = field(default_factory=Counter)
    gained: dict[ArticleId, Match] = field(default_factory=dict)
    lost: list[ArticleId] = field(default_factory=list)
    gained_sample: list[Article] = field(default_factory=list)
    lost_sample: list[Article] = field(default_factory=list)
    arrivals: dict[StoryId, tuple[ArticleId, datetime]] = field(default_factory=dict)
    watched: datetime | None = None  # since when the archive grows
    _old: set[StoryId] = field(default_factory=set)

    def count(self, stored: StoredArticle, found: Match | None) -> None:
        """Count an article's story by when it arrived: its date, where it has one, and no later than it was first seen.

        A story does not count of which something was kept quiet as older than the watch.
        """
        seen = stored.first_seen or stored.read_at
        self.watched = min(self.watched or seen, seen)
        if found is None:
            return
        article = stored.article
        at = min(article.published, seen) if article.dated else seen
        if not stored.told:
            self._old.add(stored.story)
        if stored.story not in self.arrivals or at < self.arrivals[stored.story][1]:
            self.arrivals[stored.story] = article.id, at

    @property
    def stories(self) -> dict[StoryId, tuple[ArticleId, datetime]]:
        """The stories that count: by which article, and when they arrived."""
        return {story: one for story, one in self.arrivals.items() if story not in self._old}

    def add(self, article: Article, recorded: tuple[Match, ...], found: Match | None) -> None:
        """Count an article: what the record says of it, and what the topic finds now."""
        self.read += 1
        self.first = min(self.first or article.published, article.published)
        self.last = max(self.last or article.published, article.published)
        before = any(match.topic == self.topic for match in recorded)
        if found is not None:
            self.matched += 1
            self.days[article.published.astimezone(self.zone).date()] += 1
            if before:
                self.kept += 1
            else:
                self.gained[article.id] = found
                _sample(self.gained_sample, article)
        elif before:
            self.lost.append(article.id)
            _sample(self.lost_sample, article)


def _sample(sample: list[Article], article: Article) -> None:
    """Keep the newest few; articles come oldest first."""
    sample.append(article)
    del sample[:-SAMPLE]
