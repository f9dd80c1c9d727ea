"""A counted noun, and how a predicate is tied to it."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from watcher.figures.heads import Head, Standing
from watcher.figures.lexicon import Frame, Predicate
from watcher.figures.quantities import Quantity
from watcher.figures.sentence import Sentence
from watcher.model import Subject, Unit

_PEOPLED: Final = 1000
_MANY: Final = 20
_GOLF: Final = range(55, 100)
_SHOOTER: Final = 8
OF_PEOPLE: Final = frozenset({Subject.KILLED, Subject.INJURED, Subject.DISPLACED, Subject.REFUGEES, Subject.DETAINED})
"""What is said of people alone, so that even a word not known before it names people."""


class Strength(IntEnum):
    """How close a predicate stands to those who are counted."""

    NONE = 0
    INNER = 1
    FAR = 2
    NEAR = 3
    DIRECT = 4


@dataclass(frozen=True, slots=True)
class Link:
    """A predicate said of a mention, the tokens that tell it, and how it is tied."""

    said: Predicate
    first: int
    last: int
    strength: Strength
    left: bool = False


@dataclass(slots=True)
class Mention:
    """A quantity with its noun, and what is found to be said of it. Filled in by `links` and `inheritance`."""

    quantity: Quantity
    head: Head
    unit: Unit | None
    noun_subject: Subject | None
    before: Link | None = None
    after: Link | None = None
    shared: Link | None = None
    group: Subject | None = None
    parent: "Mention | None" = None
    part: bool = False
    apposed: bool = False
    subject: Subject | None = None
    link: Link | None = None

    @property
    def begin(self) -> int:
        """The first token, qualifiers included."""
        return self.quantity.begin

    @property
    def end(self) -> int:
        """The token after the noun phrase."""
        return self.head.end


def fits(said: Predicate, unit: Unit | None) -> bool:
    """Whether a predicate may be said of this unit: homes are damaged, people are not."""
    if said.only is Unit.HOMES or said.subject is Subject.HOMES:
        return unit in {Unit.HOMES, None}
    if unit is Unit.HOMES:
        return said.subject in {Subject.DISPLACED, Subject.AFFECTED} and said.frame is not Frame.STATE
    if said.only is not None:
        return unit is said.only
    return True


def choose(meanings: tuple[Predicate, ...], unit: Unit | None, frames: set[Frame]) -> Predicate | None:
    """The meaning of a phrase that fits the unit and stands in one of these frames; homes first for homes."""
    fitting = [said for said in meanings if said.frame in frames and fits(said, unit)]
    if unit is Unit.HOMES:
        fitting.sort(key=lambda said: said.subject is not Subject.HOMES)
    elif unit is None:
        fitting.sort(key=lambda said: said.subject is Subject.HOMES)
    return fitting[0] if fitting else None


def _shot(sentence: Sentence, link: Link) -> bool:
    """Whether it only says *shot*, as one shoots photographs and golf too, and nobody told of carries arms."""
    if link.last - link.first > 1 or not sentence.has("loose", link.first):
        return False
    near = range(max(0, link.first - _SHOOTER), link.first)
    nouns = (sentence.words.nouns.longest(sentence.norms, at) for at in near)
    return not any(found[0][0].unit in {Unit.TROOPS, Unit.FIGHTERS} for found in nouns if found)


def _names_people(sentence: Sentence, mention: Mention, link: Link) -> bool:
    """Whether a predicate says that a word not known is a word for people."""
    subject = link.said.subject
    if mention.head.standing is Standing.GUESS:
        taken = subject is Subject.ABDUCTED and not sentence.has("stopping", link.first)
        return subject in OF_PEOPLE or taken or (subject is Subject.PROTESTERS and not link.said.weak)
    if subject is Subject.ABDUCTED and not sentence.has("stopping", link.first):
        return link.left or link.strength is Strength.DIRECT
    sure = sentence.has("sure", link.first) and not _shot(sentence, link)
    return sure and subject is Subject.KILLED and (link.left or link.strength is Strength.DIRECT)


def licensed(sentence: Sentence, mention: Mention, link: Link) -> bool:
    """Whether a predicate alone, without a noun, says that people are counted."""
    subject, quantity = link.said.subject, mention.quantity
    if subject is Subject.RESIDENTS and link.said.frame is Frame.ACT:
        return quantity.low >= _PEOPLED
    if subject is Subject.HOMES or (link.said.weak and subject is not Subject.PROTESTERS):
        return False
    if mention.head.standing in {Standing.GUESS, Standing.UNKNOWN}:
        return _names_people(sentence, mention, link)
    round_of_golf = quantity.low in _GOLF and link.left and _shot(sentence, link)
    if round_of_golf or (quantity.low == 0 and link.left):
        return False  # shot 68, return 0
    if subject.value in sentence.words.classes.get("licensing", ()):
        return True
    many = sentence.has("illness", link.first) or quantity.vague or quantity.low >= _MANY or quantity.qualified
    hit = (
        not sentence.has("illness", link.first)
        and link.left
        and subject is Subject.AFFECTED
        and quantity.low < _PEOPLED
    )
    return many and not hit
