"""Which story an article belongs to: the texts decide, word by word; the index only brings the candidates."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final

from watcher.model import ArticleId, Figure, StoryCandidate, StoryId
from watcher.stories.gains import Gain, Told, gained
from watcher.stories.overlap import Text, compare_numbers, covered, fraction, read, share

WINDOW: Final = timedelta(days=5)
SHORTEST: Final = 20
"""Words that two texts must share at least, and an article must have, to be told for copies."""
_SAME = 0.8  # of the article is known: a copy, whatever of the story it leaves out
_MUCH = 0.5  # of the article is known, and it holds as much of one of the story's texts; or
_MORE = 0.6  # of the article is known, and
_LESS = 0.35  # it holds so much of one of the story's texts
_EXTENDED = 0.25  # of the article is known, where it begins as one of the story's texts that it holds as a whole
_WHOLE = 0.8
_BEGINNING = 0.25


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """No story has this text: it is one of its own."""


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
    article: Arrival, candidates: Sequence[StoryCandidate], now: datetime, window: timedelta = WINDOW
) -> Assignment:
    """The story that has this text, else its own; candidates first seen before the window do not count.

    Where several would do, the one that knows most of it, then the oldest.
    """
    text = read(article.text)
    by_story: dict[StoryId, list[StoryCandidate]] = {}
    for candidate in candidates:
        if now - candidate.first_seen <= window:
            by_story.setdefault(candidate.story, []).append(candidate)
    found: list[tuple[float, datetime, Joined]] = []
    for story, members in by_story.items():
        joined = _weigh(article, text, story, members)
        if joined is not None:
            found.append((-joined.known, min(member.first_seen for member in members), joined))
    return min(found, key=lambda one: (one[0], one[1], one[2].story))[2] if found else Founded()


def _weigh(article: Arrival, text: Text, story: StoryId, members: Sequence[StoryCandidate]) -> Joined | None:
    """What the article is to one story; None where it is none of it."""
    texts = [read(member.text) for member in members]
    if len(text.words) < SHORTEST:
        return _same(text, texts, story, members)
    union = frozenset().union(*(one.distinct for one in texts))
    marks = covered(text, union)
    counted = marks[text.counted]
    known = fraction(counted)
    if sum(counted) < SHORTEST or known < _EXTENDED:
        return None
    shares = [share(one, text.distinct) for one in texts]
    best = max(range(len(texts)), key=lambda place: shares[place])
    if not _belongs(counted, known, shares[best]):
        return None
    if compare_numbers(text.words, texts[best].words).other_edition:
        return None
    told = [Told(member.text, one.words) for member, one in zip(members, texts, strict=True)]
    gains = () if all(counted) else gained(article.text, article.language, article.figures, marks, told)
    return Joined(
        story=story,
        of=members[best].article,
        kind=Kind.UPDATE if gains else Kind.COPY,
        known=known,
        held=shares[best],
        added=len(marks) - sum(marks),
        gains=gains,
    )


def topic_gains(article: Arrival, joined: Joined, candidates: Sequence[StoryCandidate], topic: str) -> tuple[Gain, ...]:
    """What the article tells that those of the story's texts do not which were noticed under the topic."""
    members = [one for one in candidates if one.story == joined.story]
    noticed = [one.text for one in members if topic in one.topics]
    if len(noticed) == len(members):
        return joined.gains
    texts = [read(one) for one in noticed]
    marks = covered(read(article.text), frozenset().union(*(one.distinct for one in texts)))
    told = [Told(text, one.words) for text, one in zip(noticed, texts, strict=True)]
    return gained(article.text, article.language, article.figures, marks, told)


def _same(text: Text, texts: Sequence[Text], story: StoryId, members: Sequence[StoryCandidate]) -> Joined | None:
    """A text too short to be compared in parts is a copy where it is the same."""
    for one, member in zip(texts, members, strict=True):
        if one.words == text.words:
            return Joined(story=story, of=member.article, kind=Kind.COPY, known=1.0, held=1.0, added=0)
    return None


def _belongs(marks: Sequence[bool], known: float, held: float) -> bool:
    """A copy, a copy with something added, or the first short report carried on at the text's beginning."""
    if known >= _SAME or (known >= _MUCH and held >= _MUCH) or (known >= _MORE and held >= _LESS):
        return True
    beginning = marks[: max(1, int(len(marks) * _BEGINNING))]
    return held >= _WHOLE and fraction(beginning) >= _MUCH
