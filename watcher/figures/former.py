"""What a number was before: in *rose from 120 to 180* and *180, up from 120* only 180 is said of now. Pure."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from typing import Final

from watcher.model import Figure, SeriesKey

_BEFORE: Final = 64  # characters that are looked at ahead of a number
_SMALL: Final = (
    r"(?:(?:about|around|some|nearly|almost|roughly|approximately|an?|the|its|estimated|more|less|fewer|than|over|under|"
    r"at|least|most|just|as|many|up|previous(?:ly)?|earlier|initial|original|first|reported|last|week|month|year|day|"
    r"yesterday|toll|figure|count|number|estimate|level|peak|record|of|high|low|"
    r"environ|quelque|près|plus|moins|les?|la|des?|rund|etwa|knapp|mehr|als|über|zuvor|bisher|unos|unas|casi|más|los|"
    r"las|el|حوالي|نحو|أكثر)(?:['’]s)?\s+){0,5}$"
)
_FROM: Final = re.compile(rf"(?:^|\W)(?:from|von|de|des|desde|depuis|من)\s+{_SMALL}", re.IGNORECASE)
_TO: Final = re.compile(rf"(?:^|\W)(?:to|at|auf|à|a|hasta|إلى|الى)\s+{_SMALL}", re.IGNORECASE)
_ALONE: Final = re.compile(
    r"(?:^|\W)(?:(?:up|down|risen|fallen|rising|falling|revised|corrected) from|compare[sd] (?:with|to)|in place of|"
    rf"instead of|rather than|gegenüber|statt|au lieu de|en lugar de|frente a|en comparación con|بدلا من)\s+{_SMALL}",
    re.IGNORECASE,
)
_BESIDE: Final = re.compile(rf"(?:^|\W)(?:against|versus|vs\.?|contre|مقابل)\s+{_SMALL}", re.IGNORECASE)
_AFTER: Final = re.compile(r"\s*['’](?:den|dan|ten|tan)\b", re.IGNORECASE)  # Turkish says *from* behind the number


def marked(text: str, figures: Sequence[Figure]) -> tuple[Figure, ...]:
    """The figures of a text with those marked that tell what a number was before."""
    found: list[Figure] = []
    for _, sentence in groupby(figures, key=lambda one: one.quote):
        found += _sentence(text, list(sentence))
    return tuple(found)


def _sentence(text: str, figures: Sequence[Figure]) -> Iterator[Figure]:
    keys = [(SeriesKey.of(one), one.flow) for one in figures]
    ahead = [
        text[max(floor, one.start - _BEFORE) : one.start]
        for floor, one in zip((0, *(one.end for one in figures)), figures, strict=False)
    ]
    beside = Counter(keys)
    led = Counter(key for key, words in zip(keys, ahead, strict=True) if beside[key] > 1 and _TO.search(words))
    for one, key, words in zip(figures, keys, ahead, strict=True):
        mate = beside[key] > 1
        to = led[key] - (1 if mate and _TO.search(words) else 0)
        yield replace(one, former=True) if _former(text, one, words, mate=mate, to=to > 0) else one


def _former(text: str, figure: Figure, ahead: str, *, mate: bool, to: bool) -> bool:
    """By the words ahead of a number; `mate`: another of its series is in the sentence; `to`: one behind *to*."""
    if _ALONE.search(ahead):
        return True
    if not mate:
        return False
    if _BESIDE.search(ahead) or _AFTER.match(text, figure.end):
        return True
    return to and bool(_FROM.search(ahead))
