"""Which stories report one event in words of their own: names, places and figures of their beginnings agree.

For reading: identity and alerts hang on the story. What differs in a figure, a place or an actor is another event.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, TypeVar

from watcher.model import Figure, Flow, Modality
from watcher.stories.names import capitalised, names
from watcher.text.sentences import split
from watcher.text.words import Words

K = TypeVar("K")

APART: Final = timedelta(hours=36)
"""Reports of one event are published no further apart."""
_BEGINNING: Final = 3  # sentences
_NAMES: Final = 2  # names in common
_WORDS: Final = 4  # other words in common
_WORD: Final = 4  # letters of a word that says something
_MANY: Final = 60  # words and names kept of one beginning
_LOOSE: Final = 1.34  # two counts of the same people, one at most so many times the other


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A figure of a beginning: what is counted, and the bounds."""

    unit: str
    subject: str | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """What the beginning of an article tells: title and first sentences."""

    names: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()


def gist(title: str, text: str, language: str | None, figures: Sequence[Figure] = ()) -> Gist:
    """The beginning of an article, as far as events are compared by it. `figures` are those of `text`."""
    spans = split(text)[:_BEGINNING]
    end = spans[-1].end if spans else 0
    lead = text[:end]
    runs = [
        run for sentence in (title, *(text[span.start : span.end] for span in spans)) for run in capitalised(sentence)
    ]
    found = [name for span in spans for name in names(text[span.start : span.end], language)]
    named = dict.fromkeys(word for run in runs for word in run if len(word) > 1)
    plain = dict.fromkeys(word for word in Words(f"{title}\n{lead}").tokens if len(word) >= _WORD and word not in named)
    return Gist(
        names=tuple(named)[:_MANY],
        places=tuple(dict.fromkeys(" ".join(name.words) for name in found if name.place))[:_MANY],
        actors=tuple(dict.fromkeys(name.words[-1] for name in found if not name.place))[:_MANY],
        words=tuple(plain)[:_MANY],
        counts=tuple(_count(figure) for figure in figures if figure.end <= end and _is_level(figure))[:_MANY],
    )


def same_event(first: Gist, second: Gist) -> bool:
    """Whether two beginnings report one event: enough in common, and nothing that differs."""
    if len(set(first.names) & set(second.names)) < _NAMES:
        return False
    shared = sum(any(word[:5] == other[:5] for other in second.words) for word in first.words)
    return shared >= _WORDS and not (
        _apart(first.places, second.places, first, second)
        or _apart(first.actors, second.actors, first, second)
        or _differ(first.counts, second.counts)
    )


def group(stories: Sequence[tuple[K, datetime, Gist]]) -> Mapping[K, K]:
    """Each story that shares its event with an earlier one of these, and that one; the earliest leads.

    A story must agree with the one that leads, not just with another of the group, so that no chain is formed.
    """
    leaders: list[tuple[K, datetime, Gist]] = []
    found: dict[K, K] = {}
    for key, at, told in sorted(stories, key=lambda one: one[1]):
        leader = next((one for one in leaders if at - one[1] <= APART and same_event(one[2], told)), None)
        if leader is None:
            leaders.append((key, at, told))
        else:
            found[key] = leader[0]
    return found


def _is_level(figure: Figure) -> bool:
    return figure.flow is Flow.TOTAL and figure.modality is Modality.REPORTED


def _count(figure: Figure) -> Count:
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    return Count(unit=figure.unit, subject=figure.subject, low=low, high=high)


def _apart(one: Sequence[str], other: Sequence[str], first: Gist, second: Gist) -> bool:
    """Both name some, and neither's are named anywhere in the other."""
    if not one or not other:
        return False
    told_first, told_second = set(first.names), set(second.names)
    here = any(set(name.split()) & told_second for name in one)
    there = any(set(name.split()) & told_first for name in other)
    return not (here or there)


def _differ(one: Sequence[Count], other: Sequence[Count]) -> bool:
    """They count the same people, and no two of these counts can be one."""
    for count in one:
        rivals = [rival for rival in other if (rival.unit, rival.subject) == (count.unit, count.subject)]
        if rivals and not any(_agree(count, rival) for rival in rivals):
            return True
    return False


def _agree(one: Count, other: Count) -> bool:
    return one.low <= other.high * _LOOSE and other.low <= one.high * _LOOSE
