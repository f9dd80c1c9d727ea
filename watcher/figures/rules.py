"""Which figures a topic's rule takes. Pure: the one place where `match`, `test`, `explain` and the jobs ask."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Self

from watcher.figures.places import Places, Terms, key, names_of
from watcher.model import Figure, Modality, Qualifier, Subject
from watcher.settings import Change, FigureRule

_NOUNS = frozenset(
    {Subject.REFUGEES, Subject.PROTESTERS, Subject.TROOPS, Subject.MILITANTS, Subject.RESIDENTS, Subject.HOMES}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Demand:
    """A topic's rule, with the places it asks for under the names that they go by; none means anywhere."""

    rule: FigureRule
    places: frozenset[str] = frozenset()

    @classmethod
    def of(cls, rule: FigureRule, places: Places, terms: Terms) -> Self:
        """The rule made ready. A `$name` that no list has asks for a place of that very name."""
        named = [name for place in rule.place for name in (names_of(place, terms) or (place,))]
        return cls(rule=rule, places=frozenset(key(places.one(name)) for name in named))

    def takes(self, figure: Figure) -> bool:
        """Whether a figure is one that the rule asks for."""
        return next(self.lacks(figure), None) is None

    def lacks(self, figure: Figure) -> Iterator[str]:
        """What a figure is without, by the keys of the rule: such as `unit`, `above`."""
        rule, number = self.rule, bound(figure)
        if rule.subject and figure.subject not in rule.subject:
            yield "subject"
        if rule.unit and figure.unit not in rule.unit:
            yield "unit"
        place = figure.place or figure.home
        if self.places and (place is None or key(place) not in self.places):
            yield "place"
        if figure.modality not in rule.modality:
            yield "modality"
        if rule.above is not None and not number > rule.above:
            yield "above"
        if rule.below is not None and not number < rule.below:
            yield "below"

    def chosen(self, figures: Sequence[Figure]) -> tuple[Figure, ...]:
        """The figures that the rule takes, in their order."""
        return tuple(figure for figure in figures if self.takes(figure))


def describe(rule: FigureRule) -> str:
    """A rule in words: such as `a figure of displaced people at Mosul, above 1,000; told when a level moves by 5 %`."""
    what = " or ".join(rule.unit) if rule.unit else _whom(rule.subject) or "anything counted"
    about = f" ({' or '.join(rule.subject)})" if rule.unit and rule.subject else ""
    where = f" at {' or '.join(rule.place)}" if rule.place else ""
    bounds = [
        f"{word} {number:,g}" for word, number in (("above", rule.above), ("below", rule.below)) if number is not None
    ]
    sure = "" if rule.modality == (Modality.REPORTED,) else ", " + " or ".join(rule.modality)
    return f"a figure of {what}{about}{where}{''.join(f', {one}' for one in bounds)}{sure}; {told_when(rule)}"


def told_when(rule: FigureRule) -> str:
    """What of a rule's figures is told, in words: such as `told at a new high by 5 %`."""
    by = f" by {_change(rule.change)}" if rule.change else ""
    told = {
        "every": "every match is told",
        "change": f"told when a level moves{by}",
        "new_high": f"told at a new high{by}",
    }
    apart = f"; told when sources are {_change(rule.disagree)} apart" if rule.disagree else ""
    return f"{told[rule.notify]}{apart}"


def _whom(subjects: Sequence[Subject]) -> str:
    """Subjects alone in words: such as `refugees or those displaced`."""
    nouns = [subject.value for subject in subjects if subject in _NOUNS]
    done = [subject.value for subject in subjects if subject not in _NOUNS]
    return " or ".join([*nouns, *([f"those {' or '.join(done)}"] if done else [])])


def _change(change: Change) -> str:
    return f"{change.amount:,g}{' %' if change.percent else ''}"


def bound(figure: Figure) -> float:
    """The number that stands against `above` and `below`: the value, of *more than* and *up to* the bound given."""
    if figure.qualifier is Qualifier.AT_LEAST and figure.low is not None:
        return figure.low
    if figure.qualifier is Qualifier.AT_MOST and figure.high is not None:
        return figure.high
    return figure.value


def placed(figures: Sequence[Figure], places: Places) -> tuple[Figure, ...]:
    """The figures with each place under the name that it goes by."""
    return tuple(
        figure if figure.place is None else replace(figure, place=places.one(figure.place)) for figure in figures
    )


def demands(rules: Mapping[str, FigureRule], places: Places, terms: Terms) -> Mapping[str, Demand]:
    """The rules of topics by their names, made ready."""
    return {name: Demand.of(rule, places, terms) for name, rule in rules.items()}
