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
from watcher.topics.plan import AllOf, AnyOf, Leaf, Nearby, Plan, PrefixLeaf, Repeated, SomeOf, WordLeaf
from watcher.topics.syntax import Element, Kind

_GROUPS: Final = 3
_HERE: Final = -1  # a literal that every document has, for plans with fewer groups
_LITERALS: Final = 2_000  # a group with more is no help


class Literal(NamedTuple):
    """Text that must stand in the haystack, or the word of which some inflection must; rarer ones weigh more."""

    text: str
    inflected: bool = False

    @property
    def word(self) -> str:
        """The word, where it is a whole one and nothing else; else nothing."""
        whole = not self.inflected and self.text.startswith(" ") and self.text.endswith(" ")
        return self.text[1:-1] if whole and " " not in self.text[1:-1] else ""


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
            case WordLeaf(word=word, places=places) if set(places) <= set(MAIN):
                groups = [frozenset({Literal(f" {word} ")})]
            case PrefixLeaf(prefix=prefix, places=places) if set(places) <= set(MAIN):
                groups = [frozenset({Literal(f" {prefix}")})]
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
    """Tells which of a sequence of plans a document can satisfy.

    Whole words are looked up in the document's index, all other literals by one automaton. What wakes a plan is its
    rarest group; its further groups are looked at only then.
    """

    def __init__(self, plans: Sequence[Plan]) -> None:
        needs = Needs()
        numbers: dict[Literal, int] = {}
        groups: dict[Group, frozenset[int]] = {}
        waking: defaultdict[int, list[int]] = defaultdict(list)
        nothing = frozenset({_HERE})
        later: list[list[frozenset[int]]] = [[] for _ in range(_GROUPS - 1)]
        self._always: list[int] = []
        for plan, needed in enumerate(map(needs.of, plans)):
            numbered = []
            for group in needed:
                if group not in groups:
                    groups[group] = frozenset(numbers.setdefault(literal, len(numbers)) for literal in group)
                numbered.append(groups[group])
            for literal in numbered[0] if numbered else ():
                waking[literal].append(plan)
            if not numbered:
                self._always.append(plan)
            for place, each in enumerate(later, 1):
                each.append(numbered[place] if place < len(numbered) else nothing)
        self._later = tuple(later)
        self._waking = {literal: tuple(woken) for literal, woken in waking.items()}
        self._words = {each.word: number for each, number in numbers.items() if each.word}
        self._inflected = [(each.text, number) for each, number in numbers.items() if each.inflected]
        rest = {each.text: number for each, number in numbers.items() if not each.word and not each.inflected}
        self._patterns = list(rest.values())
        self.automaton = _automaton(list(rest)) if rest else None
        self._stems: dict[str, dict[str, list[int]]] = {}

    def candidates(self, reading: Reading) -> list[int]:
        """Numbers of the plans to look at, in order."""
        found = self._found(reading)
        found.add(_HERE)
        waking = self._waking
        woken: Iterable[int] = set().union(*[waking[literal] for literal in waking.keys() & found])
        for groups in self._later:
            woken = [plan for plan in woken if not groups[plan].isdisjoint(found)]
        return sorted([*self._always, *woken])

    def _found(self, reading: Reading) -> set[int]:
        """Literals that stand in the document."""
        words = self._words
        found = {words[word] for view in reading.scope(MAIN) for word in view.vocabulary & words.keys()}
        if self.automaton is not None:
            hits = self.automaton.find_matches_as_indexes(haystack(reading), overlapping=True)
            patterns = self._patterns
            found.update([patterns[hit[0]] for hit in hits])
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


def _automaton(texts: list[str]) -> AhoCorasick:
    return AhoCorasick(texts, matchkind=MatchKind.Standard, implementation=Implementation.ContiguousNFA)


def haystack(reading: Reading) -> str:
    """The words of title and text with spaces around them, and the further forms of Arabic words."""
    views = reading.scope(MAIN)
    joined = " \n ".join([" ".join(view.tokens) for view in views])
    if any(view.words.may_be_attached for view in views):
        forms = [form for view in views for token in view.vocabulary for form in attached_forms(token)]
        joined = f"{joined} {' '.join(forms)}"
    return f" {joined} "
