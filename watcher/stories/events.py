"""Which stories report one event in words of their own: names, places and figures of their beginnings agree.

For reading: identity and alerts hang on the story. What differs in a figure, a place or an actor is another event.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from pydantic import TypeAdapter

from watcher.model import EventLeader, Figure, Flow, Modality, StoryId
from watcher.stories.names import capitalised, names
from watcher.text.sentences import split
from watcher.text.words import Words

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


_GIST: Final = TypeAdapter(Gist)


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


def find_event(told: Gist, leaders: Sequence[EventLeader], now: datetime) -> StoryId | None:
    """The story that first reported the event; of several the earliest.

    An article must agree with the first report, not just with another of the event, so that no chain is formed.
    """
    near = [leader for leader in leaders if now - leader.founded <= APART]
    agreeing = [leader for leader in near if same_event(load(leader.gist), told)]
    return min(agreeing, key=lambda leader: (leader.founded, leader.story)).story if agreeing else None


def dump(told: Gist) -> str:
    """A gist as the store keeps it."""
    return _GIST.dump_json(told).decode()


def load(text: str) -> Gist:
    """The gist kept."""
    return _GIST.validate_json(text)


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
