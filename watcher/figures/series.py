"""Figures over time: which observations form levels, how a series stands, and what is worth telling. Pure.

A series is what one topic hears of one subject, unit, place and modality. Only totals form levels; *3,000 more* and
*4,000 a day* are kept beside them. An observation that says no more than what is known (a copy in the same story,
*more than 50,000* where 54,000 stand) confirms the level and makes no new one.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from watcher.figures.dispute import Disagreement, Recent, Spoken, contradicts, disagreements, spoken
from watcher.figures.rules import Demand, bound
from watcher.figures.statements import HEARD, NEAR, confirms, exceeds, in_time, stand, voice
from watcher.model import ArticleId, Figure, FigureMove, FigurePoint, FigureSaid, Observation, SeriesKey
from watcher.settings import Change, FigureRule

_POINTS: Final = 60  # of a sparkline
_DISPUTED: Final = Change(amount=20, percent=True)
"""How far another source's smaller number must lie from a level, within two days, to be a dispute and not a fall."""
_ORDER: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Level:
    """A level: the observation that told it first, and who else said the same.

    `disputed`: a source alone says so much less than another does that it is not taken for a fall. `taken_back`: its
    article was edited and says less now.
    """

    first: Observation
    voices: tuple[str, ...]
    disputed: bool = False
    taken_back: bool = False

    @property
    def value(self) -> float:
        """The number it stands at: of *more than* and *up to* the bound given."""
        return bound(self.first.figure)


def same(one: Figure, other: Figure) -> bool:
    """Whether two figures of an article say the same, wherever they stand in it."""
    return statement(one) == statement(other)


def statement(figure: Figure) -> tuple[object, ...]:
    """What a figure says, without where and in which words."""
    return SeriesKey.of(figure), figure.flow, figure.qualifier, figure.value, figure.low, figure.high


def by_series(observations: Iterable[Observation]) -> Mapping[SeriesKey, tuple[Observation, ...]]:
    """The observations of each series, earliest first."""
    found: dict[SeriesKey, list[Observation]] = {}
    for one in sorted(observations, key=in_time):
        found.setdefault(SeriesKey.of(one.figure), []).append(one)
    return {key: tuple(members) for key, members in found.items()}


def levels(observations: Iterable[Observation]) -> tuple[Level, ...]:
    """The levels of one series, earliest first: each differs from what stood before it, and from its voice's last."""
    return _as_told(stand(observations))


def _as_told(observations: Iterable[Observation]) -> tuple[Level, ...]:
    """The levels with those that were taken back since, for people may have heard of them."""
    found: list[Level] = []
    told: set[tuple[str, float]] = set()
    own: dict[str, Figure] = {}  # the level that each voice told or confirmed last
    recent = Recent()
    latest: dict[str, float] = {}  # by article
    for one in spoken(tuple(observations)):
        latest[one.said.article] = one.number
        copied = (one.said.story, one.number) in told
        told.add((one.said.story, one.number))
        confirmed = _confirmed(found, one, copied=copied)
        if confirmed is not None:
            found[confirmed] = found[confirmed] if copied else _seconded(found[confirmed], one.voice)
            own[one.voice] = found[confirmed].first.figure
        elif not (copied or _old(found, one) or (one.voice in own and confirms(one.said.figure, own[one.voice]))):
            stands = reference(found)
            lower = stands is not None and one.number < stands.value
            disputed = lower and stands is not None and contradicts(_DISPUTED, one, _word(stands), recent.going(one))
            if disputed:
                found, disputed = _joined(found, one)
            found.append(Level(first=one.said, voices=(one.voice,), disputed=disputed))
            own[one.voice] = one.said.figure
        recent.add(one)
    return tuple(
        replace(level, taken_back=not level.first.current and latest[level.first.article] < level.value)
        for level in found
    )


def _old(found: Sequence[Level], one: Spoken) -> bool:
    """Whether a statement only repeats where the series stood lately, by a voice that did not tell where it stands."""
    stands = reference(found)
    return any(
        level.value == one.number and not level.disputed and one.said.at - level.first.at <= HEARD for level in found
    ) and not (stands is not None and one.voice in stands.voices)


def _word(level: Level) -> Spoken:
    return Spoken(said=level.first, voice=level.voices[0])


def reference(found: Sequence[Level]) -> Level | None:
    """Where a series stands: the last level that is not disputed."""
    return next((level for level in reversed(found) if not level.disputed), found[-1] if found else None)


def _confirmed(found: Sequence[Level], one: Spoken, *, copied: bool) -> int | None:
    """The place of the level that a statement is consistent with: where the series stands, or what disputes that."""
    stands = reference(found)
    for at in range(len(found) - 1, -1, -1):
        level = found[at]
        if (level.value == one.number) if copied else confirms(one.said.figure, level.first.figure):
            return at
        if level is stands:
            break
    return None


def _seconded(level: Level, voice_: str) -> Level:
    """A level with one more voice; what two voices say is not disputed."""
    if voice_ in level.voices:
        return level
    return replace(level, voices=(*level.voices, voice_), disputed=False)


def _joined(found: Sequence[Level], one: Spoken) -> tuple[list[Level], bool]:
    """The levels after one more statement below where the series stands, and whether that is in dispute still.

    A second voice that says so much less makes it a fall.
    """
    stands = reference(found)
    after = found[found.index(stands) + 1 :] if stands is not None else []
    near = [level for level in after if one.said.at - level.first.at <= NEAR and one.voice not in level.voices]
    if not near:
        return list(found), True
    return [replace(level, disputed=False) if level in near else level for level in found], False


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


def held_back_by(demand: Demand, article: ArticleId, ledger: Sequence[Observation]) -> tuple[Level, ...]:
    """The levels that stood before an article whose figures were not told, for they brought nothing new.

    None where the article was told, or counts as known, or the ledger does not show that the rule kept it back.
    """
    own = [one for one in ledger if one.article == article]
    fresh = [one for one in own if one.current and demand.takes(one.figure)]
    if not fresh or any(one.settled for one in own):
        return ()
    last = max(one.at for one in fresh)
    past = [one for one in ledger if one.article != article and one.at <= last and demand.takes(one.figure)]
    if weigh(demand, past, fresh).told:
        return ()
    known = by_series(past)
    keys = dict.fromkeys(SeriesKey.of(one.figure) for one in fresh)
    stood = (_barrier(demand.rule, known.get(key, ())) for key in keys)
    return tuple(level for level in stood if level is not None)


def _barrier(rule: FigureRule, past: Sequence[Observation]) -> Level | None:
    """The level that the next one of a series is held against: the highest told, or the last."""
    known = _as_told(one for one in past if one.settled) or _as_told(past)
    if rule.notify == "new_high":
        return max((level for level in known if not level.taken_back), key=lambda level: level.value, default=None)
    return reference(known)


def _name(figure: Figure) -> str:
    return "/".join(str(part or "") for part in (figure.subject, figure.unit, figure.place, figure.modality))


def _moves(rule: FigureRule, past: Sequence[Observation], fresh: Sequence[Observation]) -> list[Level]:
    """The levels that the fresh observations form and the rule wants told."""
    new = {_identity(one) for one in fresh}
    formed = [level for level in _as_told((*past, *fresh)) if _identity(level.first) in new]
    stood = _as_told(past)
    if not stood:
        return formed[-1:]
    known = _as_told(one for one in past if one.settled) or stood
    if rule.notify == "new_high":
        top = max((level.value for level in known if not level.taken_back), default=0)
        higher = [level for level in formed if level.value > top and exceeds(rule.change, top, level.value)]
        return higher or [level for level in formed if _corrects(rule, level, past)]
    own = {one.voice: one.said for one in spoken(past) if one.said.settled}
    return [level for level in formed if _news(rule, level, reference(known), own.get(level.voices[0]))]


def _corrects(rule: FigureRule, level: Level, past: Sequence[Observation]) -> bool:
    """Whether a level takes back what its article was told with."""
    told = [bound(one.figure) for one in past if one.article == level.first.article and one.settled and not one.current]
    return any(number > level.value and exceeds(rule.change, number, level.value) for number in told)


def _news(rule: FigureRule, level: Level, last: Level | None, own: Observation | None) -> bool:
    """Whether a level is as far as the rule asks from the last that was told, and from what its own voice told last."""
    told = [one for one in (last.first if last else None, own) if one is not None]
    return all(
        level.first.at >= one.at
        and not confirms(level.first.figure, one.figure)
        and exceeds(rule.change, bound(one.figure), level.value)
        for one in told
    )


def _identity(one: Observation) -> tuple[object, ...]:
    return one.article, one.at, one.figure


def _disagreements(limit: Change, past: Sequence[Observation], fresh: Sequence[Observation]) -> Iterator[Disagreement]:
    """The disagreements that came about by what is fresh."""
    new = {_identity(one) for one in fresh}
    since = min(one.at for one in fresh) - HEARD
    heard = (one for one in past if one.at >= since)
    for pair in disagreements(limit, (*heard, *fresh)):
        if _identity(pair.one) in new or _identity(pair.other) in new:
            yield pair


def disagreeing(limit: Change, members: Sequence[Observation], here: frozenset[str]) -> tuple[Disagreement, ...]:
    """The disagreements of one series that came about by articles `here`, the later statement first in each."""
    return tuple(pair for pair in disagreements(limit, members) if {pair.one.article, pair.other.article} & here)


def has_moved(move: FigureMove) -> bool:
    """Whether a series stands elsewhere than it did."""
    return move.previous is not None and move.previous != move.latest


def likely(move: FigureMove) -> bool:
    """Whether a move that no rule asked for is one: at a place, and within one order of magnitude.

    Numbers without a place, and those of another order, count other people.
    """
    if move.place is None or move.previous is None or not has_moved(move):
        return False
    low, high = sorted((move.previous, move.latest))
    return high < _ORDER * low


def relevance(move: FigureMove) -> tuple[bool, float]:
    """Where a move stands in a table: what moved before what is new, the larger numbers first."""
    return not has_moved(move), -move.latest


def standing(observations: Sequence[Observation], here: frozenset[str], feeds: Mapping[str, str]) -> FigureMove | None:
    """How one series stands, seen from a digest that tells the articles `here`; None where it has no level.

    `previous` is where it stood before these articles told theirs; where they began the series, what they told first.
    A level is theirs too where they are the copy that was told of it, and an earlier copy, read later, was not.
    `feeds` gives the names of feeds by their URLs.
    """
    stood = levels(observations)
    stands = reference(stood)
    if stands is None:
        return None
    mine = [level for level in stood if _brought(level, observations, here)]
    latest = stood[-1] if stood[-1] in mine else stands
    previous = _before(stood, mine, latest) if mine else latest
    key = SeriesKey.of(latest.first.figure)
    firm = [level for level in stood if not level.disputed or level is latest]
    return FigureMove(
        subject=key.subject,
        unit=key.unit,
        place=key.place,
        modality=key.modality,
        latest=latest.value,
        previous=previous.value if previous else None,
        highest=max(level.value for level in stood),
        sources=len(latest.voices),
        latest_said=said(latest.first, feeds),
        previous_said=said(previous.first, feeds) if previous else None,
        points=tuple(FigurePoint(at=level.first.at, value=level.value) for level in firm[-_POINTS:]),
        disputed=latest.disputed,
    )


def _brought(level: Level, observations: Sequence[Observation], here: frozenset[str]) -> bool:
    """Whether people hear of a level by articles `here`: by its first, or by a copy that was told in its place."""
    first = level.first
    return first.article in here or (
        not first.settled
        and any(
            one.article in here and one.settled and one.story == first.story and bound(one.figure) == level.value
            for one in observations
        )
    )


def _before(stood: Sequence[Level], mine: Sequence[Level], latest: Level) -> Level | None:
    earlier = [level for level in stood[: stood.index(mine[0])] if not level.disputed]
    return earlier[-1] if earlier else mine[0] if mine[0] is not latest else None


def said(one: Observation, feeds: Mapping[str, str]) -> FigureSaid:
    """An observation as a digest quotes it."""
    return FigureSaid(
        value=bound(one.figure),
        at=one.at,
        quote=one.figure.quote,
        source=one.figure.source,
        feed=feeds.get(one.feed, one.feed),
        url=one.url,
        qualifier=one.figure.qualifier,
    )
