"""A store of stories in memory, to measure the assignment on its own: candidates by shared sampled shingles."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from tests.helpers.wire import Item
from watcher.model import ArticleId, StoryCandidate, StoryId
from watcher.stories import Arrival, Joined, assign, signature

CANDIDATES = 8
COMMON = 16


@dataclass(slots=True)
class Shelf:
    """Articles by their sampled shingles."""

    members: dict[ArticleId, StoryCandidate] = field(default_factory=dict)
    index: dict[int, list[ArticleId]] = field(default_factory=lambda: defaultdict(list))

    def put(self, number: int, item: Item) -> StoryId:
        """Give an article its story."""
        name = ArticleId(f"a{number:05}")
        hashes = signature(item.text)
        shared: dict[ArticleId, float] = defaultdict(float)
        for value in hashes:
            for member in self.index[value]:
                shared[member] += 1 / len(self.index[value])
        candidates = [self.members[member] for member in sorted(shared, key=lambda one: -shared[one])[:CANDIDATES]]
        found = assign(Arrival(text=item.text, language="en"), candidates, item.at)
        story = found.story if isinstance(found, Joined) else StoryId(name)
        self.members[name] = StoryCandidate(article=name, story=story, text=item.text, first_seen=item.at)
        for value in hashes:
            if len(self.index[value]) < COMMON:
                self.index[value].append(name)
        return story


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """Pairs of articles put together, and pairs that are copies of one text."""

    right: int
    made: int
    wanted: int

    @property
    def precision(self) -> float:
        return self.right / self.made if self.made else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.wanted if self.wanted else 1.0


def score(items: Iterable[Item], stories: Iterable[StoryId]) -> Score:
    """Count pairs."""
    rows = list(zip(items, stories, strict=True))
    both = Counter((item.family, story) for item, story in rows)
    return Score(
        right=_pairs(both.values()),
        made=_pairs(Counter(story for _, story in rows).values()),
        wanted=_pairs(Counter(item.family for item, _ in rows).values()),
    )


def _pairs(sizes: Iterable[int]) -> int:
    return sum(size * (size - 1) // 2 for size in sizes)
