"""A query ready to run: its tree with lists filled in and equal parts shared, each worked out once a document.

`holds` answers for a document; `spans` tells positions in one field, of what NEAR and ATLEAST can take.
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Final, TypeVar, cast

from watcher.text.sentences import Span
from watcher.topics.document import MAIN, Pair, Reading, View
from watcher.topics.matchers import (
    ExactMatcher,
    Matcher,
    PhraseMatcher,
    RegexMatcher,
    StemMatcher,
    WholeMatcher,
    WordMatcher,
)
from watcher.topics.regex import compile_regex
from watcher.topics.spans import disjoint, near, union
from watcher.topics.syntax import (
    WHOLE,
    And,
    AtLeast,
    Inflected,
    ListRef,
    Near,
    Node,
    Not,
    Or,
    Place,
    Regex,
    Some,
    Term,
    Within,
)

Places = tuple[Place, ...]
T = TypeVar("T")


class Plan:
    """One part of a query. Equal parts are one object, whose answer a Reading remembers."""

    __slots__ = ("by_character", "places")

    def __init__(self, places: Places, *, by_character: bool = False) -> None:
        self.places: Final = places
        self.by_character: Final = by_character  # some of it may be found where no word is

    def holds(self, reading: Reading) -> bool:
        """Whether the document satisfies it."""
        answer = reading.memo.get(self)
        if answer is None:
            answer = reading.memo[self] = self._holds(reading)
        return answer

    def spans(self, view: View) -> list[Pair]:
        """Where it stands in a field, in order; nothing for what has no place."""
        pairs = view.memo.get(self)
        if pairs is None:
            pairs = view.memo[self] = self._spans(view)
        return pairs

    def characters(self, view: View) -> list[Span]:
        """Where it stands in a field, in characters."""
        return [view.characters(pair) for pair in self.spans(view)]

    def _holds(self, reading: Reading) -> bool:
        return any(self.spans(view) for view in reading.scope(self.places))

    def _spans(self, view: View) -> list[Pair]:  # noqa: ARG002 - parts without a place have none in any field
        return []


class Leaf(Plan):
    """A single term."""

    __slots__ = ("matcher",)

    def __init__(self, places: Places, matcher: Matcher) -> None:
        super().__init__(places, by_character=isinstance(matcher, RegexMatcher))
        self.matcher: Final = matcher

    def _holds(self, reading: Reading) -> bool:
        return any(self.matcher.holds(view) for view in reading.scope(self.places))

    def spans(self, view: View) -> list[Pair]:
        """See Plan."""
        return view.found(self.matcher)

    def characters(self, view: View) -> list[Span]:
        """See Plan."""
        return self.matcher.characters(view)


class AnyOf(Plan):
    """One of the parts, in which NEAR may find any."""

    __slots__ = ("parts",)

    def __init__(self, places: Places, parts: Sequence[Plan]) -> None:
        super().__init__(places, by_character=any(part.by_character for part in parts))
        self.parts: Final = tuple(parts)

    def _holds(self, reading: Reading) -> bool:
        return any(part.holds(reading) for part in self.parts)

    def _spans(self, view: View) -> list[Pair]:
        return union([part.spans(view) for part in self.parts])

    def characters(self, view: View) -> list[Span]:
        """See Plan."""
        spans = view.span_memo.get(self)
        if spans is None:
            spans = view.span_memo[self] = sorted({span for part in self.parts for span in part.characters(view)})
        return spans


class AllOf(Plan):
    """All of the parts."""

    __slots__ = ("parts",)

    def __init__(self, places: Places, parts: Sequence[Plan]) -> None:
        super().__init__(places)
        self.parts: Final = tuple(parts)

    def _holds(self, reading: Reading) -> bool:
        return all(part.holds(reading) for part in self.parts)


class NoneOf(Plan):
    """Not the part."""

    __slots__ = ("part",)

    def __init__(self, places: Places, part: Plan) -> None:
        super().__init__(places)
        self.part: Final = part

    def _holds(self, reading: Reading) -> bool:
        return not self.part.holds(reading)


class SomeOf(Plan):
    """At least so many of the parts."""

    __slots__ = ("count", "parts")

    def __init__(self, places: Places, parts: Sequence[Plan], count: int) -> None:
        super().__init__(places)
        self.parts: Final = tuple(parts)
        self.count: Final = count

    def _holds(self, reading: Reading) -> bool:
        return sum(part.holds(reading) for part in self.parts) >= self.count


class Nearby(Plan):
    """Two parts close together."""

    __slots__ = ("distance", "left", "ordered", "right")

    def __init__(self, places: Places, left: Plan, right: Plan, distance: int, ordered: bool) -> None:  # noqa: FBT001 - interned by position
        super().__init__(places)
        self.left: Final = left
        self.right: Final = right
        self.distance: Final = distance
        self.ordered: Final = ordered

    def _spans(self, view: View) -> list[Pair]:
        left = self.left.spans(view)
        right = self.right.spans(view) if left else []
        return near(left, right, self.distance, ordered=self.ordered) if right else []


class Repeated(Plan):
    """At least so many mentions, overlapping ones once, over all fields together."""

    __slots__ = ("count", "part")

    def __init__(self, places: Places, part: Plan, count: int) -> None:
        super().__init__(places)
        self.part: Final = part
        self.count: Final = count

    def _holds(self, reading: Reading) -> bool:
        total = 0
        for view in reading.scope(self.places):
            total += self.count_in(view)
            if total >= self.count:
                return True
        return False

    def mentions(self, view: View) -> list[Span]:
        """The mentions in one field that overlap no other, in characters."""
        if not self.part.by_character:
            return [view.characters(pair) for pair in disjoint(self.part.spans(view))]
        spans = ((start, end - 1) for start, end in self.part.characters(view))
        return [Span(start, end + 1) for start, end in disjoint(spans)]

    def count_in(self, view: View) -> int:
        """How many mentions one field has."""
        if self.part.by_character:
            return len(self.mentions(view))
        return len(disjoint(self.part.spans(view)))


class Planner:
    """Makes plans of nodes. `lists` are the parsed lists, in which there is no cycle."""

    def __init__(self, lists: Mapping[str, Node]) -> None:
        self._lists = lists
        self._made: dict[object, Any] = {}
        self._listed: dict[tuple[str, Places], Plan] = {}

    def plan(self, node: Node, places: Places = MAIN) -> Plan:  # noqa: PLR0911 - one for each kind of node
        """The plan of a node that looks in these fields; equal nodes have one plan."""
        match node:
            case Term() | Inflected() | Regex():
                return self._once(Leaf, places, self._matcher(node, places))
            case ListRef(name=name):
                return self._list(name, places)
            case Or(items=items):
                return self._once(AnyOf, places, self._all(items, places))
            case And(items=items):
                return self._once(AllOf, places, self._all(items, places))
            case Some(items=items, count=count):
                return self._once(SomeOf, places, self._all(items, places), count)
            case Not(item=item):
                return self._once(NoneOf, places, self.plan(item, places))
            case Near(left=left, right=right, distance=distance, ordered=ordered):
                parts = self.plan(left, places), self.plan(right, places)
                return self._once(Nearby, places, *parts, distance, ordered)
            case AtLeast(item=item, count=count):
                return self._once(Repeated, places, self.plan(item, places), count)
            case Within(item=item, place=place):
                return self.plan(item, (place,))
            case _:
                raise TypeError(f"not a query: {type(node).__name__}")

    def _all(self, nodes: Sequence[Node], places: Places) -> tuple[Plan, ...]:
        return tuple(self.plan(node, places) for node in nodes)

    def _list(self, name: str, places: Places) -> Plan:
        plan = self._listed.get((name, places))
        if plan is None:
            plan = self._listed[name, places] = self.plan(self._lists[name], places)
        return plan

    def _once(self, kind: type[T], *parts: object) -> T:
        """The one object of this kind with these parts."""
        made = self._made.get((kind, *parts))
        if made is None:
            made = self._made[kind, *parts] = kind(*parts)
        return cast("T", made)

    def _matcher(self, node: Term | Inflected | Regex, places: Places) -> Matcher:
        matcher: Matcher
        match node:
            case Term(elements=elements, exact=True):
                matcher = self._once(ExactMatcher, elements)
            case Term(elements=elements):
                plain = tuple(replace(element, written="") for element in elements)
                matcher = self._once(WordMatcher, *plain) if len(plain) == 1 else self._once(PhraseMatcher, plain)
            case Inflected(word=word):
                matcher = self._once(StemMatcher, word)
            case Regex(pattern=pattern):
                matcher = self._once(RegexMatcher, compile_regex(pattern))
        return self._once(WholeMatcher, matcher) if set(places) <= WHOLE else matcher
