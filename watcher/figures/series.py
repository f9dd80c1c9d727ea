"""Figures over time: which observations form levels, how a series stands, and what is worth telling. Pure.

A series is what one topic hears of one subject, unit, place and modality. Only totals form levels; *3,000 more* and
*4,000 a day* are kept beside them. An observation that says no more than what is known (a copy in the same story,
*more than 50,000* where 54,000 stand) confirms the level and makes no new one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit

from watcher.figures.places import key as name_key
from watcher.figures.rules import Demand, bound
from watcher.model import Figure, FigureMove, FigurePoint, FigureSaid, Flow, Observation, Qualifier, SeriesKey
from watcher.settings import Change, FigureRule

NEAR: Final = timedelta(days=2)
"""Two sources that are further apart in time do not disagree: things have changed."""

ROUNDING: Final = 0.025
"""How far an approximate number may lie from a level and still say the same."""

_POINTS: Final = 60  # of a sparkline


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level: the observation that told it first, and who else said the same."""

    first: Observation
    voices: tuple[str, ...]

    @property
    def value(self) -> float:
        """The number it stands at: of *more than* and *up to* the bound given."""
        return bound(self.first.figure)


def voice(observation: Observation) -> str:
    """Who says so: the source that the text names, else the site it stands on."""
    source = observation.figure.source
    return name_key(source) if source else urlsplit(observation.url).hostname or observation.article


def same(one: Figure, other: Figure) -> bool:
    """Whether two figures of an article say the same, wherever they stand in it."""
    return statement(one) == statement(other)


def statement(figure: Figure) -> tuple[object, ...]:
    """What a figure says, without where and in which words."""
    return SeriesKey.of(figure), figure.flow, figure.qualifier, figure.value, figure.low, figure.high


def by_series(observations: Iterable[Observation]) -> Mapping[SeriesKey, tuple[Observation, ...]]:
    """The observations of each series, earliest first."""
    found: dict[SeriesKey, list[Observation]] = {}
    for one in sorted(observations, key=_order):
        found.setdefault(SeriesKey.of(one.figure), []).append(one)
    return {key: tuple(members) for key, members in found.items()}


def _order(one: Observation) -> tuple[float, str, int]:
    return one.at.timestamp(), one.article, one.figure.start


def levels(observations: Iterable[Observation]) -> tuple[Level, ...]:
    """The levels of one series, earliest first: each differs from the one before it."""
    found: list[Level] = []
    told: set[tuple[str, float]] = set()
    for one in _totals(observations):
        number = bound(one.figure)
        copied = (one.story, number) in told
        told.add((one.story, number))
        if found and (copied or says_no_more(one.figure, found[-1].value)):
            same = not copied or number == found[-1].value
            if same and voice(one) not in found[-1].voices:
                found[-1] = replace(found[-1], voices=(*found[-1].voices, voice(one)))
            continue
        found.append(Level(first=one, voices=(voice(one),)))
    return tuple(found)


def _totals(observations: Iterable[Observation]) -> Iterator[Observation]:
    """What each article says of the level at a time: the largest number of the first sentence that tells one."""
    totals = sorted((one for one in observations if one.figure.flow is Flow.TOTAL), key=_order)
    for _, said in groupby(totals, key=lambda one: (one.at, one.article)):
        members = list(said)
        lead = [one for one in members if one.figure.quote == members[0].figure.quote]
        yield max(lead, key=lambda one: bound(one.figure))


def says_no_more(figure: Figure, level: float) -> bool:
    """Whether a figure is consistent with a level, and so does not move it."""
    if figure.qualifier is Qualifier.APPROX and not figure.vague:
        return abs(figure.value - level) <= ROUNDING * level
    low = figure.low if figure.low is not None else 0
    high = figure.high if figure.high is not None else float("inf")
    return low <= level <= high


def exceeds(change: Change | None, old: float, new: float) -> bool:
    """Whether two numbers are at least so far apart; without a `change`, whether they differ."""
    distance = abs(new - old)
    if change is None:
        return distance > 0
    return distance > 0 and distance >= (change.amount / 100 * abs(old) if change.percent else change.amount)


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Two voices within two days, too far apart."""

    one: Observation
    other: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an article's figures are to a topic.

    `told`: the topic's rule says that somebody is to hear of it. `moved`: it brings a level that was not known.
    `revision` names what it brings, so that the same is told once.
    """

    told: bool
    moved: bool
    revision: str = ""
    disagreements: tuple[Disagreement, ...] = ()


def weigh(demand: Demand, before: Sequence[Observation], fresh: Sequence[Observation]) -> Verdict:
    """Whether an article's fresh figures are to be told under a topic's rule, given the ledger before it."""
    known = by_series(before)
    asked = by_series(one for one in fresh if demand.takes(one.figure))
    moved: list[Level] = []
    apart: list[Disagreement] = []
    for key, arrivals in asked.items():
        past = [one for one in known.get(key, ()) if demand.takes(one.figure)]
        moved += _moves(demand.rule, past, arrivals)
        if demand.rule.disagree is not None:
            apart += _disagreements(demand.rule.disagree, past, arrivals)
    told = bool(moved or apart) or (bool(asked) and demand.rule.notify == "every")
    names = sorted(f"{_name(level.first.figure)}={level.value:g}" for level in moved)
    names += sorted(f"{voice(pair.one)}|{bound(pair.one.figure):g}" for pair in apart)
    return Verdict(told=told, moved=bool(moved), revision=";".join(names), disagreements=tuple(apart))


def _name(figure: Figure) -> str:
    return "/".join(str(part or "") for part in (figure.subject, figure.unit, figure.place, figure.modality))


def _moves(rule: FigureRule, past: Sequence[Observation], fresh: Sequence[Observation]) -> list[Level]:
    """The levels that the fresh observations form and the rule wants told."""
    new = {_identity(one) for one in fresh}
    formed = [level for level in levels((*past, *fresh)) if _identity(level.first) in new]
    stood = levels(past)
    if not stood:
        return formed[-1:]
    if rule.notify == "new_high":
        known = levels(one for one in past if one.settled) or stood
        top = max(level.value for level in known)
        return [level for level in formed if level.value > top and exceeds(rule.change, top, level.value)]
    known = levels(one for one in past if one.settled) or stood
    last = known[-1]
    return [
        level
        for level in formed
        if level.first.at >= last.first.at
        and not says_no_more(level.first.figure, last.value)
        and exceeds(rule.change, last.value, level.value)
    ]


def _identity(one: Observation) -> tuple[object, ...]:
    return one.article, one.at, one.figure


def _disagreements(limit: Change, past: Sequence[Observation], fresh: Sequence[Observation]) -> Iterator[Disagreement]:
    """Each pair of voices that came to disagree by what is fresh; what repeats a known number is nothing new."""
    totals = [one for one in past if one.figure.flow is Flow.TOTAL]
    for one in _totals(fresh):
        beside = [other for other in totals if abs(one.at - other.at) <= NEAR]
        if any(bound(other.figure) == bound(one.figure) for other in beside):
            continue
        others = [other for other in beside if voice(other) != voice(one) and _apart(limit, one.figure, other.figure)]
        if others:
            yield Disagreement(one=one, other=others[-1])


def _apart(limit: Change, one: Figure, other: Figure) -> bool:
    """Whether the nearest bounds of two figures are too far apart; percent of the smaller."""
    lower, upper = sorted((one, other), key=bound)
    top = float("inf") if lower.high is None else lower.high
    floor = 0.0 if upper.low is None else upper.low
    return floor > top and exceeds(limit, top, floor)


def apart(limit: Change, members: Sequence[Observation], here: frozenset[str]) -> tuple[Disagreement, ...]:
    """The voices of one series that disagree with an article `here`: each pair of numbers once, the latest other."""
    totals = list(_totals(members))
    found: dict[tuple[float, float], Disagreement] = {}
    for one in totals:
        if one.article not in here:
            continue
        for other in totals:
            numbers = bound(one.figure), bound(other.figure)
            near = abs(one.at - other.at) <= NEAR and voice(one) != voice(other)
            if near and numbers[::-1] not in found and _apart(limit, one.figure, other.figure):
                found[numbers] = Disagreement(one=one, other=other)
    return tuple(found.values())


def has_moved(move: FigureMove) -> bool:
    """Whether a series stands elsewhere than it did."""
    return move.previous is not None and move.previous != move.latest


def relevance(move: FigureMove) -> tuple[bool, float]:
    """Where a move stands in a table: what moved before what is new, the larger numbers first."""
    return not has_moved(move), -move.latest


def standing(observations: Sequence[Observation], here: frozenset[str], feeds: Mapping[str, str]) -> FigureMove | None:
    """How one series stands, seen from a digest that tells the articles `here`; None where it has no level.

    `previous` is the last level before these articles told theirs. `feeds` gives the names of feeds by their URLs.
    """
    stood = levels(observations)
    if not stood:
        return None
    first = next((place for place, level in enumerate(stood) if level.first.article in here), len(stood) - 1)
    previous = stood[first - 1] if first else None
    key = SeriesKey.of(stood[-1].first.figure)
    return FigureMove(
        subject=key.subject,
        unit=key.unit,
        place=key.place,
        modality=key.modality,
        latest=stood[-1].value,
        previous=previous.value if previous else None,
        highest=max(level.value for level in stood),
        sources=len(stood[-1].voices),
        latest_said=said(stood[-1].first, feeds),
        previous_said=said(previous.first, feeds) if previous else None,
        points=tuple(FigurePoint(at=level.first.at, value=level.value) for level in stood[-_POINTS:]),
    )


def said(one: Observation, feeds: Mapping[str, str]) -> FigureSaid:
    """An observation as a digest quotes it."""
    return FigureSaid(
        value=bound(one.figure),
        at=one.at,
        quote=one.figure.quote,
        source=one.figure.source,
        feed=feeds.get(one.feed, one.feed),
        url=one.url,
    )
