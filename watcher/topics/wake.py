"""Which topics a document can match at all: one automaton over the literals that queries cannot hold without.

Each query is brought to up to three groups of literals, of each of which one must be there. A document wakes the topics
that have a literal of every group; only those are looked at exactly.
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple

from ahocorasick_rs import AhoCorasick, Implementation, MatchKind

from watcher.text.words import attached_forms
from watcher.topics.document import MAIN, Reading
from watcher.topics.inflect import stems
from watcher.topics.matchers import ExactMatcher, PhraseMatcher, RegexMatcher, StemMatcher, WordMatcher
from watcher.topics.plan import AllOf, AnyOf, Leaf, Nearby, Plan, Repeated, SomeOf
from watcher.topics.syntax import Element, Kind

_GROUPS: Final = 3
_LITERALS: Final = 2_000  # a group with more is no help


class Literal(NamedTuple):
    """Text that must stand in the haystack, or the word of which some inflection must; rarer ones weigh more."""

    text: str
    inflected: bool = False


Group = frozenset[Literal]
"""Literals of which one must be there."""


class Needs:
    """Works out what plans cannot hold without; equal parts once."""

    def __init__(self) -> None:
        self._known: dict[Plan, tuple[Group, ...]] = {}

    def of(self, plan: Plan) -> tuple[Group, ...]:
        """Groups each of which must be met, rarest first; none where nothing is sure."""
        groups = self._known.get(plan)
        if groups is None:
            groups = self._known[plan] = self._rarest(self._work_out(plan))
        return groups

    def _work_out(self, plan: Plan) -> Iterable[Group]:
        groups: Iterable[Group] = ()
        match plan:
            case Leaf(matcher=matcher, places=places) if set(places) <= set(MAIN):
                literal = literal_of(matcher)
                groups = [frozenset({literal})] if literal else []
            case AllOf(parts=parts):
                groups = [group for part in parts for group in self.of(part)]
            case Nearby(left=left, right=right):
                groups = [*self.of(left), *self.of(right)]
            case Repeated(part=part):
                groups = self.of(part)
            case AnyOf(parts=parts):
                groups = self._either([self.of(part) for part in parts])
            case SomeOf(parts=parts, count=count):
                needed = sorted((self.of(part) for part in parts), key=lambda groups: -_weight(groups))
                groups = self._either(needed[: len(parts) - count + 1])
            case _:
                pass
        return groups

    def _either(self, choices: Sequence[tuple[Group, ...]]) -> list[Group]:
        """One of the parts holds: its first group, and its second, and its third."""
        if not all(choices):
            return []
        most = max(map(len, choices))
        joined = [frozenset().union(*(groups[min(n, len(groups) - 1)] for groups in choices)) for n in range(most)]
        return [group for group in joined if len(group) <= _LITERALS]

    def _rarest(self, groups: Iterable[Group]) -> tuple[Group, ...]:
        ranked = sorted(set(groups), key=lambda group: (-_rarity(group), sorted(group)))
        return tuple(ranked[:_GROUPS])


def _weight(groups: tuple[Group, ...]) -> float:
    return _rarity(groups[0]) if groups else 0.0


def _rarity(group: Group) -> float:
    """A guess without a corpus: longer literals are rarer, many alternatives make a group more common."""
    return min(len(literal.text) - 3 * literal.inflected for literal in group) - math.sqrt(len(group))


def literal_of(matcher: object) -> Literal | None:
    """What must be in the haystack for a matcher to find anything; None where nothing sure is known."""
    match matcher:
        case WordMatcher(element=element):
            return Literal(_joined([element]))
        case PhraseMatcher(elements=elements) | ExactMatcher(elements=elements):
            return Literal(_longest(elements))
        case StemMatcher(word=word):
            return Literal(word, inflected=True)
        case RegexMatcher(compiled=compiled) if compiled.literal:
            return Literal(compiled.literal)
        case _:
            return None


def _longest(elements: Sequence[Element]) -> str:
    """The longest stretch of a phrase that stands in the haystack as it is.

    Arabic words may stand there in another form, so of those one word alone is taken.
    """
    if any(not element.folded.isascii() for element in elements):
        return max((_joined([element]) for element in elements), key=len)
    runs: list[list[Element]] = [[]]
    for element in elements:
        if element.kind is Kind.SUFFIX and runs[-1]:
            runs.append([])
        runs[-1].append(element)
        if element.kind is Kind.PREFIX:
            runs.append([])
    return max((_joined(run) for run in runs if run), key=len)


def _joined(run: Sequence[Element]) -> str:
    left = "" if run[0].kind is Kind.SUFFIX else " "
    right = "" if run[-1].kind is Kind.PREFIX else " "
    return f"{left}{' '.join(element.folded for element in run)}{right}"


class Waker:
    """Tells which of a sequence of plans a document can satisfy."""

    def __init__(self, plans: Sequence[Plan]) -> None:
        needs = Needs()
        self._always: list[int] = []
        numbers: dict[Literal, int] = {}
        slots: defaultdict[int, defaultdict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, plan in enumerate(plans):
            groups = needs.of(plan)
            if not groups:
                self._always.append(number)
            first = _first_slot(len(groups))
            for slot, group in enumerate(groups, first):
                for literal in group:
                    slots[numbers.setdefault(literal, len(numbers))][slot].append(number)
        self._slots = [
            tuple((slot, tuple(found)) for slot, found in slots[number].items()) for number in range(len(numbers))
        ]
        self._patterns = [number for literal, number in numbers.items() if not literal.inflected]
        texts = [literal.text for literal in numbers if not literal.inflected]
        self._automaton = _automaton(texts) if texts else None
        self._inflected = [(literal.text, number) for literal, number in numbers.items() if literal.inflected]
        self._stems: dict[str, dict[str, list[int]]] = {}

    def candidates(self, reading: Reading) -> list[int]:
        """Numbers of the plans to look at, in order."""
        woken: list[set[int]] = [set() for _ in range(_first_slot(_GROUPS + 1))]
        for literal in self._found(reading):
            for slot, plans in self._slots[literal]:
                woken[slot].update(plans)
        chosen = set(self._always)
        for groups in range(1, _GROUPS + 1):
            first = _first_slot(groups)
            chosen |= set.intersection(*woken[first : first + groups])
        return sorted(chosen)

    def _found(self, reading: Reading) -> set[int]:
        """Literals that stand in the document."""
        found: set[int] = set()
        if self._automaton is not None:
            hits = self._automaton.find_matches_as_indexes(_haystack(reading), overlapping=True)
            patterns = self._patterns
            found = {patterns[hit[0]] for hit in hits}
        if self._inflected:
            views = reading.scope(MAIN)
            known = self._stems_of(views[0].algorithm)
            for view in views:
                for stem in known.keys() & view.stem_index.keys():
                    found.update(known[stem])
        return found

    def _stems_of(self, algorithm: str) -> dict[str, list[int]]:
        if algorithm not in self._stems:
            known: defaultdict[str, list[int]] = defaultdict(list)
            for word, number in self._inflected:
                for stem in stems(algorithm, word):
                    known[stem].append(number)
            self._stems[algorithm] = dict(known)
        return self._stems[algorithm]


def _first_slot(groups: int) -> int:
    """Plans with so many groups have their slots from here on: 0, then 1 and 2, then 3 to 5."""
    return groups * (groups - 1) // 2


def _automaton(texts: list[str]) -> AhoCorasick:
    return AhoCorasick(texts, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA)


def _haystack(reading: Reading) -> str:
    """The words of title and text with spaces around them, and the further forms of Arabic words."""
    words = [token for view in reading.scope(MAIN) for token in (*view.tokens, "\n")]
    joined = " ".join(words)
    if not joined.isascii():
        forms = {form for token in set(words) for form in attached_forms(token)}
        joined = f"{joined} {' '.join(forms)}"
    return f" {joined} "
