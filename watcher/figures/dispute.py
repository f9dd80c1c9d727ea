"""When two sources disagree, and when the number has only moved on. Pure.

What two sources say is compared as of one time: each by its latest word within two days. A later number is a move, and
no disagreement, where its source has itself come past the other's number, or where it goes on in the direction in which
some source's own number is moving.
"""

from collections import deque
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from watcher.figures.rules import bound
from watcher.figures.statements import HEARD, NEAR, apart, says_no_more, stand, statements, voice
from watcher.model import Flow, Observation, SeriesKey
from watcher.settings import Change

Pair = frozenset[str]
"""Two voices."""

_STEP: Final = 3
"""A number goes on moving by at most so many times the largest step that a source itself told of late."""

_LOOKED_AT: Final = 60  # steps


@dataclass(frozen=True, slots=True, kw_only=True)
class Disagreement:
    """Two voices within two days, too far apart; `one` came later."""

    one: Observation
    other: Observation


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """A statement with what its own voice said before it: `last` in an earlier article.

    `before` is what the same sentence tells of before, else `last`.
    """

    said: Observation
    voice: str
    before: Observation | None = None
    last: Observation | None = None

    @property
    def number(self) -> float:
        """The number it says."""
        return bound(self.said.figure)


def spoken(members: Sequence[Observation]) -> tuple[Spoken, ...]:
    """The statements of one series, earliest first, each with the word that it replaces."""
    former = {_sentence(one): one for one in members if one.figure.former and one.figure.flow is Flow.TOTAL}
    words: dict[str, Observation] = {}
    tellers: dict[str, str] = {}  # by story, who told it first; its copies on other sites are no further voices
    found = []
    for one in statements(members):
        who = voice(one)
        if one.figure.source is None:
            who = tellers.setdefault(one.story, who)
        last = words.get(who)
        found.append(Spoken(said=one, voice=who, before=former.get(_sentence(one)) or last, last=last))
        words[who] = one
    return tuple(found)


def _sentence(one: Observation) -> tuple[object, ...]:
    return one.article, one.at, one.figure.quote, SeriesKey.of(one.figure)


@dataclass(frozen=True, slots=True, kw_only=True)
class Going:
    """How far the numbers of sources went, up and down, in the last steps that they themselves told."""

    up: float = 0
    down: float = 0

    def leads(self, old: float, new: float) -> bool:
        """Whether the way from one number to another goes on in that direction, and is no leap beside it."""
        went = self.up if new > old else self.down
        return went > 0 and abs(new - old) <= _STEP * went


class Recent:
    """The latest statements of a series, by which a number is seen to move."""

    def __init__(self) -> None:
        self._steps: deque[Spoken] = deque(maxlen=_LOOKED_AT)

    def add(self, one: Spoken) -> None:
        """Note a statement; they come in their order."""
        if one.before is not None and not says_no_more(one.said.figure, bound(one.before.figure)):
            self._steps.append(one)

    def going(self, one: Spoken) -> Going:
        """How other sources' numbers went in the two days up to a statement."""
        steps = [
            step.number - bound(step.before.figure)
            for step in self._steps
            if step.before and step.voice != one.voice and one.said.at - step.said.at <= NEAR
        ]
        return Going(up=max(steps, default=0), down=-min(steps, default=0))


def contradicts(limit: Change, one: Spoken, other: Spoken, going: Going) -> bool:
    """Whether a statement is too far from what another voice said up to two days before, and is no move from it."""
    if one.voice == other.voice or one.said.at - other.said.at > NEAR:
        return False
    if not apart(limit, one.said.figure, other.said.figure):
        return False
    return not (_came_past(limit, one, other.said) or going.leads(other.number, one.number))


def _came_past(limit: Change, one: Spoken, other: Observation) -> bool:
    """Whether the voice's own number stood with the other's at its time, or on its far side."""
    if one.before is None or abs(other.at - one.before.at) > NEAR:
        return False
    start, there = bound(one.before.figure), bound(other.figure)
    return not apart(limit, one.before.figure, other.figure) or (start < there) is (there < one.number)


def disagreements(limit: Change, members: Sequence[Observation]) -> Iterator[Disagreement]:
    """The disagreements in a series, in order, each once: who repeats one, or another's number, brings nothing new."""
    words: dict[str, Spoken] = {}
    feuds: frozenset[Pair] = frozenset()
    recent = Recent()
    said: dict[float, Spoken] = {}  # numbers by who said them first
    for one in spoken(stand(members)):
        first = said.setdefault(one.number, one)
        if first.voice != one.voice and one.said.at - first.said.at <= HEARD:
            continue
        going = recent.going(one)
        words = {who: word for who, word in words.items() if one.said.at - word.said.at <= NEAR}
        against = [word for word in words.values() if _disagrees(limit, one, word, going, feuds)]
        fresh = [word for word in against if not _known(limit, one, word, words, feuds)]
        kept = (pair for pair in feuds if one.voice not in pair)
        feuds = frozenset((*kept, *(frozenset((one.voice, word.voice)) for word in against)))
        words[one.voice] = one
        recent.add(one)
        if fresh:
            yield Disagreement(one=one.said, other=max(fresh, key=lambda word: word.said.at).said)


def _disagrees(limit: Change, one: Spoken, word: Spoken, going: Going, feuds: frozenset[Pair]) -> bool:
    """Whether a statement disagrees with another voice's word: anew, or as the voice's own word did before.

    Of voices of which one has spoken since the other did, it is known whether they disagree, as long as neither changes
    sides.
    """
    feud = frozenset((one.voice, word.voice)) in feuds
    if one.last is not None and (feud or one.last.at > word.said.at):
        side = (bound(one.last.figure) > word.number) is (one.number > word.number)
        if side and (feud or apart(limit, one.last.figure, word.said.figure)):
            return feud and apart(limit, one.said.figure, word.said.figure)
    return contradicts(limit, one, word, going)


def _known(limit: Change, one: Spoken, word: Spoken, words: Mapping[str, Spoken], feuds: frozenset[Pair]) -> bool:
    """Whether it was heard before: from the same voice, or from one that says what this one says."""
    return any(
        frozenset((third.voice, word.voice)) in feuds
        and (third.voice == one.voice or not apart(limit, third.said.figure, one.said.figure))
        for third in words.values()
    )
