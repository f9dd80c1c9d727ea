"""Which stories report one event in words of their own: they share its names and numbers, and little else.

For reading: identity and alerts hang on the story. Where the words of two reports agree more than their names, it is
the same kind of event somewhere else; where a figure, a place or an actor differs, it is another too; and what comes
a day later is what happened next.
"""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import datetime, timedelta
from math import log, sqrt
from typing import Final

from watcher.model import EventLeader, StoryId
from watcher.stories.gist import Count, Gist, load, stem

REACH: Final = timedelta(hours=36)
"""How long ago a story may have been founded that reports the same event."""
APART: Final = timedelta(hours=20)
"""Reports of one event are published no further apart."""
_ALIKE: Final = 0.7  # names, words and numbers together
_CERTAIN: Final = 1.1  # so much alike that places or actors may be others: each report asks its own people
_NUMBERS: Final = 0.7  # what numbers weigh beside names and words
_NAMES: Final = 0.22  # of the names at least
_FEW: Final = 3  # names, or words where a script has no capitals
_WORDS: Final = 0.2  # of the words, where there are no names,
_FIGURES: Final = 0.3  # and of the numbers
_SPREAD: Final = 8  # events that are taken for known besides those compared with
_LOOSE: Final = 1.34  # two counts of the same people, one at most so many times the other

Weigh = Callable[[str], float]


def find_event(told: Gist, leaders: Sequence[EventLeader], now: datetime) -> StoryId | None:
    """The story that first reported the event; of several the one most alike.

    An article must agree with the first report, not just with another of the event, so that no chain is formed. What
    many of the leaders tell counts for little.
    """
    gists = [load(leader.gist) for leader in leaders]
    weigh = _rarity(gists)
    found = [
        (likeness, leader.founded, leader.story)
        for leader, first in zip(leaders, gists, strict=True)
        if abs((told.published or now) - (first.published or leader.founded)) <= APART
        and (likeness := same_event(first, told, weigh))
    ]
    return min(found, key=lambda one: (-one[0], one[1], one[2]))[2] if found else None


def same_event(first: Gist, second: Gist, weigh: Weigh = lambda _: 1.0) -> float:
    """How much alike two reports of one event are; 0 where they report two."""
    if first.language and second.language and first.language != second.language:
        return 0.0
    names = _alike(first.names, second.names, weigh)
    words = _alike(first.words, second.words, weigh)
    numbers = _alike(first.numbers, second.numbers, weigh)
    if not (_agree_in_names if first.names and second.names else _agree_without)(first, second, names, words, numbers):
        return 0.0
    if _differ(first.counts, second.counts):
        return 0.0
    likeness = names + words + _NUMBERS * numbers
    elsewhere = _apart(first.places, second.places, first, second) or _apart(first.actors, second.actors, first, second)
    return 0.0 if elsewhere and likeness < _CERTAIN else likeness


def _agree_in_names(first: Gist, second: Gist, names: float, words: float, numbers: float) -> bool:
    shared = len(set(first.names) & set(second.names))
    return shared >= _FEW and names >= _NAMES and names >= words and names + words + _NUMBERS * numbers >= _ALIKE


def _agree_without(first: Gist, second: Gist, names: float, words: float, numbers: float) -> bool:
    """In scripts without capitals the numbers stand in for names."""
    shared = len(set(first.words) & set(second.words))
    bare = not first.names and not second.names and not names
    return bare and shared >= _FEW and words >= _WORDS and numbers >= _FIGURES


def _rarity(gists: Sequence[Gist]) -> Weigh:
    """What a name, word or number weighs, from 0 to 1: the less, the more reports have it."""
    held = Counter(one for gist in gists for one in {*gist.names, *gist.words, *gist.numbers})
    size = len(gists) + _SPREAD
    most = log(2 * size)
    return lambda one: log(size / (max(0, held[one] - 1) + 0.5)) / most


def _alike(first: Iterable[str], second: Iterable[str], weigh: Weigh) -> float:
    """The cosine of two sets."""
    left, right = set(first), set(second)
    shared = sum(weigh(one) ** 2 for one in left & right)
    if not shared:
        return 0.0
    return shared / sqrt(sum(weigh(one) ** 2 for one in left) * sum(weigh(one) ** 2 for one in right))


def _apart(one: Sequence[str], other: Sequence[str], first: Gist, second: Gist) -> bool:
    """Both name some, and neither's are named anywhere in the other."""
    if not one or not other:
        return False
    told_first, told_second = _all_words(first), _all_words(second)
    here = any(_stands(word, told_second) for name in one for word in name.split())
    there = any(_stands(word, told_first) for name in other for word in name.split())
    return not (here or there)


def _stands(word: str, told: Collection[str]) -> bool:
    return word in told or stem(word) in told


def _all_words(told: Gist) -> set[str]:
    named = (word for names in (told.places, told.actors) for name in names for word in name.split())
    return {*told.names, *told.words, *named}


def _differ(one: Sequence[Count], other: Sequence[Count]) -> bool:
    """They count the same people, and what either says first of any the other does not say at all."""
    differ = False
    for kind in {(count.unit, count.subject) for count in one}:
        left, right = ([count for count in told if (count.unit, count.subject) == kind] for told in (one, other))
        if right and kind[1] is not None and left[0] == right[0]:
            return False  # what both say first is the same; others may be counted at another hour
        if right and not (any(_agree(left[0], two) for two in right) or any(_agree(right[0], two) for two in left)):
            differ = True
    return differ


def _agree(one: Count, other: Count) -> bool:
    return one.low <= other.high * _LOOSE and other.low <= one.high * _LOOSE
