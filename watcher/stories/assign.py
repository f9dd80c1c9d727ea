"""Which story an article belongs to: the texts decide, word by word; the index only brings the candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from watcher.model import ArticleId, Figure, StoryCandidate, StoryId
from watcher.stories.gains import Count, Gain, Told, gained
from watcher.stories.overlap import Text, covered, fraction, is_other_edition, pairs_shared, read
from watcher.stories.signature import words

WINDOW: Final = timedelta(days=5)
SHORTEST: Final = 20
"""Words that two texts must share at least, and an article must have, to be told for copies."""
_SAME = 0.8  # of the article is known: a copy, whatever of the story it leaves out
_MUCH = 0.5  # of the article is known, and it holds as much of one of the story's texts; or
_MORE = 0.6  # of the article is known, and
_LESS = 0.35  # it holds so much of one of the story's texts
_ROUGHLY = 0.35  # of both is in the other, and in runs of two words
_CLOSELY = (0.58, 0.74)  # as much: every sentence was gone over, and no other was put in its place
_COMPARED = 3  # texts of a story with which the numbers are compared
_EXTENDED = 0.25  # of the article is known, and it holds one of the story's texts as a whole; or
_BEGINNING = 0.8  # it begins with that
_HEAD = 0.3
_NOTHING = 0.1
_WHOLE = 0.8
_SHARED = 0.35  # of either is in the other: a text that leans on another's is no voice of its own


class Kind(StrEnum):
    """What an article is to the story that it joins."""

    COPY = "copy"
    UPDATE = "update"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An article to be given a story, with the figures that were read in its text."""

    text: str
    language: str | None = None
    figures: tuple[Figure, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """No story has this text: it is one of its own. `leans` are the stories of which it has much all the same."""

    leans: frozenset[StoryId] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Joined:
    """The article is a copy of a story's text, or brings it on.

    `known` is how much of the article the story has already, `held` how much of one text of the story (`of`) the
    article has; both from 0 to 1. `added` are the words that are not in the story, as places in the folded text;
    `gains` what they tell that the story did not.
    """

    story: StoryId
    of: ArticleId
    kind: Kind
    known: float
    held: float
    added: int
    gains: tuple[Gain, ...] = ()


Assignment = Founded | Joined


def assign(
    article: Arrival,
    candidates: Sequence[StoryCandidate],
    now: datetime,
    window: timedelta = WINDOW,
    count: Count = lambda _: (),
) -> Assignment:
    """The story that has this text, else its own; candidates first seen before the window do not count.

    Where several would do, the one that knows most of it, then the oldest. `count` reads the figures of a text.
    """
    text = read(article.text)
    by_story: dict[StoryId, list[StoryCandidate]] = {}
    for candidate in candidates:
        if now - candidate.first_seen <= window:
            by_story.setdefault(candidate.story, []).append(candidate)
    weighed = {story: _weigh(article, text, story, members, count) for story, members in by_story.items()}
    joined = [one for one in weighed.values() if isinstance(one, Joined)]
    if not joined:
        return Founded(leans=frozenset(story for story, one in weighed.items() if one is not None))
    first = {story: min(member.first_seen for member in members) for story, members in by_story.items()}
    return min(joined, key=lambda one: (-one.known, first[one.story], one.story))


def _weigh(
    article: Arrival, text: Text, story: StoryId, members: Sequence[StoryCandidate], count: Count
) -> Joined | StoryId | None:
    """What the article is to one story: its id where it only leans on it, None where it is none of it."""
    texts = [read(member.text) for member in members]
    if text.size < SHORTEST:
        return _same(article, text, texts, members)
    marks = covered(text, texts[0].distinct.union(*(one.distinct for one in texts[1:])))
    counted = marks[text.counted]
    known = fraction(counted)
    if sum(counted) < SHORTEST:
        return None
    held = [covered(one, text.distinct)[one.counted] for one in texts]
    shares = [fraction(one) for one in held]
    ranked = sorted(range(len(texts)), key=lambda place: -shares[place])
    best = ranked[0]
    belongs = _belongs(counted, known, shares[best]) or _is_rewritten(text, texts[best], known, shares[best])
    appended = known < _SAME and shares[best] < _SAME and _is_new_at_first(counted) and _is_new_at_first(held[best])
    if not belongs or appended or is_other_edition(text, counted, [texts[place] for place in ranked[:_COMPARED]]):
        return story if max(known, shares[best]) >= _SHARED else None
    told = [Told(member.text, one.words) for member, one in zip(members, texts, strict=True)]
    gains = () if all(counted) else gained(article.text, article.language, article.figures, marks, told, count)
    return Joined(
        story=story,
        of=members[best].article,
        kind=Kind.UPDATE if gains else Kind.COPY,
        known=known,
        held=shares[best],
        added=len(marks) - sum(marks),
        gains=gains,
    )


def topic_gains(
    article: Arrival,
    joined: Joined,
    candidates: Sequence[StoryCandidate],
    topic: str,
    count: Count = lambda _: (),
) -> tuple[Gain, ...]:
    """What the article tells that those of the story's texts do not which were noticed under the topic."""
    members = [one for one in candidates if one.story == joined.story]
    noticed = [one.text for one in members if topic in one.topics]
    if len(noticed) == len(members):
        return joined.gains
    texts = [read(one) for one in noticed]
    marks = covered(read(article.text), frozenset().union(*(one.distinct for one in texts)))
    told = [Told(text, one.words) for text, one in zip(noticed, texts, strict=True)]
    return gained(article.text, article.language, article.figures, marks, told, count)


def _same(article: Arrival, text: Text, texts: Sequence[Text], members: Sequence[StoryCandidate]) -> Joined | None:
    """A text too short to be compared in parts, or about the page alone, is a copy where headline and text are one."""
    title = words(article.title)
    for one, member in zip(texts, members, strict=True):
        if one.news == text.news and _one_title(title, words(member.title)):
            return Joined(story=member.story, of=member.article, kind=Kind.COPY, known=1.0, held=1.0, added=0)
    return None


def _one_title(first: list[str], second: list[str]) -> bool:
    """Whether a headline is the other, but for the name of a site before or after it."""
    short, long = sorted((f" {' '.join(title)} " for title in (first, second)), key=len)
    return short in long if short.strip() else not long.strip()


def _belongs(marks: Sequence[bool], known: float, held: float) -> bool:
    """A copy, a copy with something added, or an extract or a first short report that is told in full."""
    if known >= _SAME or (known >= _MUCH and held >= _MUCH) or (known >= _MORE and held >= _LESS):
        return True
    return held >= _WHOLE and (known >= _EXTENDED or fraction(marks[: sum(marks)]) >= _BEGINNING)


def _is_new_at_first(marks: Sequence[bool]) -> bool:
    """Whether what a text begins with is its own: where that holds of two, they share what is appended to both."""
    return fraction(marks[: int(len(marks) * _HEAD)]) < _NOTHING


def _is_rewritten(text: Text, other: Text, known: float, held: float) -> bool:
    """The same report with most sentences recast, which leaves short runs of its words everywhere."""
    if min(known, held) < _ROUGHLY:
        return False
    less, more = sorted(pairs_shared(text, other))
    return less >= _CLOSELY[0] and more >= _CLOSELY[1]
