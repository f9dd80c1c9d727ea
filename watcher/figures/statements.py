"""What one article says of a level at a time, who says so, and how numbers compare. Pure."""

from collections.abc import Iterable, Iterator
from datetime import timedelta
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit

from watcher.figures.places import key as name_key
from watcher.figures.rules import bound
from watcher.model import Figure, Flow, Modality, Observation, Qualifier
from watcher.settings import Change

NEAR: Final = timedelta(days=2)
"""Two sources that are further apart in time do not disagree: things have changed."""

HEARD: Final = 7 * NEAR
"""How far back one listens: for who disagrees with whom, and for numbers that are old news."""

_SMALL: Final = frozenset(
    {"the", "of", "for", "and", "on", "in", "to", "s", "de", "des", "du", "la", "le", "les", "el"}
)
_LONG: Final = 3
"""Words of a name by whose initials it goes as well."""

ROUNDING: Final = 0.025
"""How far an approximate number may lie from a level and still say the same."""


def voice(observation: Observation) -> str:
    """Who says so: the source that the text names, else the site it stands on."""
    named = _one_name(observation.figure.source or "")
    return named or (urlsplit(observation.url).hostname or observation.article).removeprefix("www.")


def _one_name(source: str) -> str:
    """One name of a source: the initials of a long one, as in *IOM*; *ministry of health* as *health ministry*."""
    words = [word for word in name_key(source).split() if word not in _SMALL]
    if len(words) < _LONG:
        return " ".join(sorted(words))
    initials, given = "".join(word[0] for word in words[:-1]), words[-1]
    return given if given == initials else initials + given[0]


def in_time(one: Observation) -> tuple[float, str, int]:
    """The order in which observations are looked at, whatever the order in which they were read."""
    return one.at.timestamp(), one.article, one.figure.start


def statements(observations: Iterable[Observation]) -> Iterator[Observation]:
    """What each article says of a level at a time: the largest total of the first sentence that tells one.

    What a number was before is no level. A number whose sentence names no place counts only in articles that tell none
    for the place itself.
    """
    totals = sorted(
        (one for one in observations if one.figure.flow is Flow.TOTAL and not one.figure.former), key=in_time
    )
    for _, said in groupby(totals, key=lambda one: (one.at, one.article)):
        members = list(said)
        placed = [one for one in members if one.figure.home is None] or members
        lead = [one for one in placed if one.figure.quote == placed[0].figure.quote]
        yield max(lead, key=lambda one: bound(one.figure))


def stand(observations: Iterable[Observation]) -> tuple[Observation, ...]:
    """The observations without those that were taken back: their article was edited, and says less now."""
    seen = tuple(observations)
    if all(one.current for one in seen):
        return seen
    latest = {one.article: bound(one.figure) for one in statements(seen)}
    return tuple(one for one in seen if one.current or bound(one.figure) <= latest.get(one.article, float("inf")))


def says_no_more(figure: Figure, level: float) -> bool:
    """Whether a figure is consistent with a level, and so does not move it."""
    if figure.qualifier is Qualifier.APPROX and not figure.vague:
        return abs(figure.value - level) <= ROUNDING * level
    low = figure.low if figure.low is not None else 0
    high = figure.high if figure.high is not None else float("inf")
    return low <= level <= high


def confirms(figure: Figure, other: Figure) -> bool:
    """Whether a figure says no more than another; *up to* moves what was *up to* less, and what is only expected."""
    if not says_no_more(figure, bound(other)):
        return False
    if figure.qualifier is not Qualifier.AT_MOST or figure.high is None:
        return True
    asked = other.qualifier is Qualifier.AT_MOST or figure.modality is Modality.EXPECTED
    return not asked or figure.high <= (bound(other) if other.high is None else other.high)


def exceeds(change: Change | None, old: float, new: float) -> bool:
    """Whether two numbers are at least so far apart; without a `change`, whether they differ."""
    distance = abs(new - old)
    if change is None:
        return distance > 0
    return distance > 0 and distance >= (change.amount / 100 * abs(old) if change.percent else change.amount)


def apart(limit: Change, one: Figure, other: Figure) -> bool:
    """Whether the nearest bounds of two figures are too far apart; percent of the smaller."""
    lower, upper = sorted((one, other), key=bound)
    top = float("inf") if lower.high is None else lower.high
    floor = 0.0 if upper.low is None else upper.low
    return floor > top and exceeds(limit, top, floor)
