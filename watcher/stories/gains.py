"""What a copy tells that the story did not: figures, places, actors, and that it has happened."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from watcher.model import Figure, Modality, Qualifier, Reason
from watcher.stories.happened import Expectations, deeds, expected, happened
from watcher.stories.lexicon import section
from watcher.stories.names import Name, names
from watcher.stories.signature import LONGEST
from watcher.text.sentences import split
from watcher.text.words import Words

_ORDER = (Reason.FIGURE, Reason.HAPPENED, Reason.PLACE, Reason.ACTOR)
_NEAR = 0.05  # "about 60" and "more than 60" are 62
_NEW = 2  # words of a sentence that must be new before it is read for names and deeds


@dataclass(frozen=True, slots=True, kw_only=True)
class Gain:
    """One thing that is new: why it counts, and the words that say it."""

    reason: Reason
    what: str


@dataclass(frozen=True, slots=True)
class Told:
    """A text of the story, and its folded words."""

    text: str
    words: list[str]


Count = Callable[[str], Sequence[Figure]]
"""Reads the figures of a text."""


class _Known:
    """What the story's texts say."""

    def __init__(self, told: Sequence[Told], count: Count) -> None:
        self.texts = tuple(one.text for one in told)
        self._count = count
        self.words = frozenset().union(*(one.words for one in told))
        self._lines = [f" {' '.join(one.words)} " for one in told]

    def says(self, phrase: Sequence[str]) -> bool:
        """Whether these words stand in a row in one of the texts."""
        wanted = f" {' '.join(phrase)} "
        return any(wanted in line for line in self._lines)

    def counts(self, figure: Figure) -> bool:
        """Whether one of the texts has the figure, written in whatever way."""
        return any(_is_same(figure, other) for other in self._figures)

    @cached_property
    def _figures(self) -> tuple[Figure, ...]:
        return tuple(figure for text in self.texts for figure in self._count(text))


def gained(
    text: str,
    language: str | None,
    figures: Sequence[Figure],
    marks: Sequence[bool],
    told: Sequence[Told],
    count: Count = lambda _: (),
) -> tuple[Gain, ...]:
    """What the words of a text that the story has not (`marks` is False for them) tell of new; most telling first.

    `told` are the story's texts, whose figures `count` reads. Sentences about the page itself (credits, invitations to
    subscribe) tell nothing.
    """
    if all(marks):
        return ()
    found = dict.fromkeys(_gains(text, language, figures, marks, Words(text), _Known(told, count)))
    return tuple(sorted(found, key=lambda gain: _ORDER.index(gain.reason)))


def anew(text: str, figures: Sequence[Figure], before: str) -> tuple[Gain, ...]:
    """The figures of an edited text that it did not have before."""
    line = f" {' '.join(Words(before).tokens)} "
    read = Words(text)
    spans = dict.fromkeys((figure.start, figure.end) for figure in figures)
    return tuple(
        Gain(reason=Reason.FIGURE, what=" ".join(text[start:end].split()))
        for start, end in spans
        if f" {' '.join(_within(read, start, end)[1])} " not in line
    )


def _gains(
    text: str, language: str | None, figures: Sequence[Figure], marks: Sequence[bool], read: Words, known: _Known
) -> Iterator[Gain]:
    boilerplate = section("boilerplate", language)
    expectations: Expectations | None = None
    for start, end in split(text):
        first, tokens = _within(read, start, end)
        if first >= LONGEST or not tokens or boilerplate.inside(tokens):
            continue
        fresh = [not mark for mark in marks[first : first + len(tokens)]]
        if not any(fresh):
            continue
        yield from _figures([one for one in figures if start <= one.start < end], marks, read, known)
        if sum(fresh) >= _NEW:
            for name in names(text[start:end], language):
                if _is_new(name, fresh, known):
                    yield Gain(reason=Reason.PLACE if name.place else Reason.ACTOR, what=name.text)
            if verbs := deeds(tokens, fresh, language):
                expectations = expected(known.texts, language) if expectations is None else expectations
                if (verb := happened(tokens, verbs, expectations, language)) is not None:
                    yield Gain(reason=Reason.HAPPENED, what=verb)


def _figures(figures: Sequence[Figure], marks: Sequence[bool], read: Words, known: _Known) -> Iterator[Gain]:
    """Figures whose number is new, or stands new where it is; what is only expected counts as well."""
    for figure in figures:
        first, number = _within(read, figure.start, figure.end)
        is_fresh = not all(marks[first : first + len(number)])
        if not is_fresh or figure.modality is Modality.CAPACITY:
            continue
        if not known.says(number) and not known.counts(figure):
            yield Gain(reason=Reason.FIGURE, what=" ".join(read.text[figure.start : figure.end].split()))


def _is_same(one: Figure, other: Figure) -> bool:
    if one.subject and other.subject and one.subject is not other.subject:
        return False
    loose = one.qualifier is not Qualifier.EXACT and not one.vague
    return one.value == other.value or (loose and abs(one.value - other.value) <= _NEAR * other.value)


def _is_new(name: Name, fresh: Sequence[bool], known: _Known) -> bool:
    """A place none of whose words was told; an actor whose last name was not."""
    if not any(fresh[name.first : name.first + len(name.words)]):
        return False
    if name.place:
        return not any(word in known.words for word in name.words)
    return name.words[-1] not in known.words


def _within(read: Words, start: int, end: int) -> tuple[int, list[str]]:
    """The words that stand between two places of the text, and the number of the first."""
    spans = read.spans
    low = _first_from(read, start)
    high = low
    while high < len(spans) and spans[high].start < end:
        high += 1
    return low, read.tokens[low:high]


def _first_from(read: Words, start: int) -> int:
    """The first word that begins at this place or after it."""
    low, high = 0, len(read.spans)
    while low < high:
        middle = (low + high) // 2
        if read.spans[middle].start < start:
            low = middle + 1
        else:
            high = middle
    return low
