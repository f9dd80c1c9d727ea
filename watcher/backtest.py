"""What a topic, as written now, would have matched in the archive, held against what was recorded. Pure."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime
from zoneinfo import ZoneInfo

from watcher.model import Article, ArticleId, Match

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
