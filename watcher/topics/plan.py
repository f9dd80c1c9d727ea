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
from watcher.topics.spans import disjoint, meet, near, union
from watcher.topics.syntax import (
    WHOLE,
    And,
    AtLeast,
    Element,
    Inflected,
    Kind,
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


class WordLeaf(Plan):
    """A single whole word, which the index of a field knows already."""

    __slots__ = ("word",)

    def __init__(self, places: Places, word: str) -> None:
        super().__init__(places)
        self.word: Final = word

    def holds(self, reading: Reading) -> bool:
        """See Plan."""
        word = self.word
        for view in reading.scope(self.places):  # noqa: SIM110 - many times quicker than any() of a generator
            if word in view.vocabulary:
                return True
        return False

    def spans(self, view: View) -> list[Pair]:
        """See Plan."""
        return view.index.get(self.word) or []


class PrefixLeaf(Plan):
    """A single word of which the beginning is known."""

    __slots__ = ("prefix",)

    def __init__(self, places: Places, prefix: str) -> None:
        super().__init__(places)
        self.prefix: Final = prefix

    def holds(self, reading: Reading) -> bool:
        """See Plan."""
        for view in reading.scope(self.places):  # noqa: SIM110 - likewise
            if view.prefixed(self.prefix):
                return True
        return False

    def spans(self, view: View) -> list[Pair]:
        """See Plan."""
        return view.prefixed(self.prefix)


class AnyOf(Plan):
    """One of the parts, in which NEAR may find any. Whole words are looked up together."""

    __slots__ = ("_others", "_words", "parts")

    def __init__(self, places: Places, parts: Sequence[Plan]) -> None:
        super().__init__(places, by_character=any(part.by_character for part in parts))
        self.parts: Final = tuple(parts)
        self._words: Final = frozenset(
            part.word for part in parts if isinstance(part, WordLeaf) and part.places == places
        )
        self._others: Final = tuple(part for part in parts if not isinstance(part, WordLeaf) or part.places != places)

    def _holds(self, reading: Reading) -> bool:
        if self._words:
            for view in reading.scope(self.places):
                if not self._words.isdisjoint(view.vocabulary):
                    return True
        for part in self._others:  # noqa: SIM110 - likewise
            if part.holds(reading):
                return True
        return False

    def _spans(self, view: View) -> list[Pair]:
        words = self._words & view.vocabulary
        lists = [view.index[word] for word in words] if words else []
        for part in self._others:
            spans = part.spans(view)
            if spans:
                lists.append(spans)
        return lists[0] if len(lists) == 1 else union(lists)

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
        for part in self.parts:  # noqa: SIM110 - likewise
            if not part.holds(reading):
                return False
        return True


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

    def _holds(self, reading: Reading) -> bool:
        for view in reading.scope(self.places):
            left = self.left.spans(view)
            right = self.right.spans(view) if left else []
            if right and meet(left, right, self.distance, ordered=self.ordered):
                return True
        return False

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
        views = reading.scope(self.places)
        if not self.part.by_character and sum(len(self.part.spans(view)) for view in views) < self.count:
            return False
        return sum(self.count_in(view) for view in views) >= self.count

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
        self._known: dict[object, tuple[Node, Plan]] = {}
        self._listed: dict[tuple[str, Places], Plan] = {}

    def known(self, node: Node, places: Places = MAIN) -> Plan:
        """`plan`, remembered for this very node: quick for nodes that are asked for again and again."""
        key = id(node) if places is MAIN else (id(node), places)
        known = self._known.get(key)
        if known is None:
            known = self._known[key] = (node, self.plan(node, places))  # the node is kept, so that its id stays its own
        return known[1]

    def plan(self, node: Node, places: Places = MAIN) -> Plan:  # noqa: C901, PLR0911 - one for each kind of node
        """The plan of a node that looks in these fields; equal nodes have one plan."""
        match node:
            case Term(elements=(Element(kind=Kind.WORD, folded=word),), exact=False) if not set(places) <= WHOLE:
                return self._once(WordLeaf, places, word)
            case Term(elements=(Element(kind=Kind.PREFIX, folded=word),), exact=False) if not set(places) <= WHOLE:
                return self._once(PrefixLeaf, places, word)
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
