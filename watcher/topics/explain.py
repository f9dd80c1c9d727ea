"""Why a document satisfies a topic or not: the query as a tree, each clause with what it found."""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, Literal

from watcher.model import Evidence
from watcher.settings import Example, QueryTree, Topic
from watcher.topics.book import Book, read_needed
from watcher.topics.document import MAIN, Document, Reading
from watcher.topics.evidence import Clause, clause_evidence
from watcher.topics.faults import TopicsError
from watcher.topics.plan import Nearby, Places, Planner, Repeated
from watcher.topics.ruleset import exclusions
from watcher.topics.spans import gap
from watcher.topics.syntax import And, AtLeast, ListRef, Near, Node, Not, Or, Some, Within

Role = Literal["term", "list", "near", "all", "any", "not", "at_least", "field"]

_SHOWN: Final = 3  # finds of a clause
_LISTED: Final = 10  # items of a list that were found
_GREEN, _RED, _DIM, _BOLD, _PLAIN = "\x1b[32m", "\x1b[31m", "\x1b[2m", "\x1b[1m", "\x1b[0m"
_CONTROL: Final = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")


@dataclass(frozen=True, slots=True, kw_only=True)
class ExplainedClause:
    """One part of a query: whether it held, what it found (its first finds), and its parts."""

    text: str
    role: Role
    held: bool
    found: tuple[Evidence, ...] = ()
    children: tuple["ExplainedClause", ...] = ()
    note: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Why a topic takes a document or not.

    `held`: the query holds. `missing`: for a query that does not, the smallest set of its clauses that failed.
    `excluded`: what keeps the document out although the query may hold (`feeds`, `languages`).
    """

    topic: str
    title: str
    matched: bool
    held: bool
    missing: tuple[str, ...]
    excluded: tuple[str, ...]
    root: ExplainedClause

    def render(self, color: bool) -> str:  # noqa: FBT001 - callers pass whether they write to a terminal
        """The tree for people, one clause a line; ANSI colours where `color`."""
        paint = _Paint(color=color)
        verdict = paint(_GREEN, "matches") if self.matched else paint(_RED, "does not match")
        lines = [f"{paint(_BOLD, self.topic)} {verdict}"]
        lines += [f"  {paint(_RED, 'left out by')} {reason}" for reason in self.excluded]
        if self.missing:
            lines.append(f"  {paint(_RED, 'missing:')} {', '.join(_tidy(text) for text in self.missing)}")
        lines += [f"  {line}" for line in _tree(self.root, paint)]
        return "\n".join(lines)

    def as_json(self) -> dict[str, object]:
        """The same as plain values."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExampleFailure:
    """An example under a topic's tests that did not come out as `expected` (True: it was to match)."""

    topic: str
    expected: bool
    example: Example
    explanation: Explanation


def explain(topic: Topic, terms: Mapping[str, Sequence[QueryTree]], document: Document) -> Explanation:
    """Explain one topic on one document; TopicsError where its query cannot be meant."""
    explainer = Explainer(_good(read_needed([topic], terms)))
    return next(explainer.explain(document))


def example_document(example: Example) -> Document:
    """An example as a document; what it leaves out it does not say. Its file is the caller's to read."""
    return Document(
        title=example.title,
        text=example.text,
        url=example.url or "",
        feeds=(example.feed,) if example.feed else None,
        tags=example.tags or None,
        language=example.language,
    )


def run_examples(
    topics: Sequence[Topic],
    terms: Mapping[str, Sequence[QueryTree]],
    document_of: Callable[[Example], Document] = example_document,
) -> tuple[ExampleFailure, ...]:
    """The examples under `tests` that fail, in their order; TopicsError where a query cannot be meant."""
    book = _good(read_needed(topics, terms))
    planner = Planner(book.lists)
    return tuple(
        ExampleFailure(topic=topic.name, expected=expected, example=example, explanation=explanation)
        for topic, node in book.topics
        for expected, examples in ((True, topic.tests.match), (False, topic.tests.no_match))
        for example in examples
        for explanation in [_Explainer(book, planner, document_of(example)).topic(topic, node)]
        if explanation.matched is not expected
    )


class Explainer:
    """Explains every topic of a book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._planner = Planner(book.lists)

    def explain(self, document: Document) -> Iterator[Explanation]:
        """Each topic's explanation, in their order."""
        explainer = _Explainer(self._book, self._planner, document)
        return (explainer.topic(topic, node) for topic, node in self._book.topics)


def _good(book: Book) -> Book:
    broken = [each for each in book.faults if not each.fault.warning]
    if broken:
        raise TopicsError(broken)
    return book


class _Explainer:
    def __init__(self, book: Book, planner: Planner, document: Document) -> None:
        self._lists = book.lists
        self._planner = planner
        self._document = document
        self._reading = Reading(document)
        self._within: list[str] = []  # the lists that are open
        self._opened: set[tuple[str, Places]] = set()  # those that were opened inside others

    def topic(self, topic: Topic, node: Node) -> Explanation:
        self._opened.clear()
        held = self._holds(node, MAIN)
        excluded = exclusions(topic, self._document)
        return Explanation(
            topic=topic.name,
            title=topic.title,
            matched=held and not excluded,
            held=held,
            missing=() if held else tuple(dict.fromkeys(self._missing(node, MAIN))),
            excluded=excluded,
            root=self._clause(node, MAIN),
        )

    def _holds(self, node: Node, places: Places) -> bool:
        return self._planner.known(node, places).holds(self._reading)

    def _missing(self, node: Node, places: Places) -> tuple[str, ...]:
        """The fewest clauses that would have to turn for the node to hold."""
        if self._holds(node, places):
            return ()
        match node:
            case And(items=items):
                return tuple(text for item in items for text in self._missing(item, places))
            case Or(items=items):
                return min((self._missing(item, places) for item in items), key=len)
            case Some(items=items, count=count):
                lacking = sorted((each for item in items if (each := self._missing(item, places))), key=len)
                needed = count - (len(items) - len(lacking))
                return tuple(text for each in lacking[:needed] for text in each)
            case Within(item=And() | Or() as item, place=place):
                return self._missing(item, (place,))
            case _:
                return (node.text,)

    def _clause(self, node: Node, places: Places) -> ExplainedClause:  # noqa: PLR0911 - one for each kind of node
        held = self._holds(node, places)
        match node:
            case And(items=items):
                return self._group("all", node, held, items, places)
            case Or(items=items):
                return self._group("any", node, held, items, places)
            case Some(items=items):
                count = sum(self._holds(item, places) for item in items)
                return self._group("at_least", node, held, items, places, f"{count} of {len(items)} hold")
            case Not(item=item):
                return self._group("not", node, held, (item,), places)
            case Within(item=item, place=place):
                return self._group("field", node, held, (item,), (place,))
            case Near(left=left, right=right):
                parts = (left, right)
                return self._group("near", node, held, parts, places, "" if held else self._distance(node, places))
            case AtLeast(item=item):
                return self._group("at_least", node, held, (item,), places, self._mentions(node, places))
            case ListRef(name=name):
                return self._listed(node, held, name, places)
            case _:
                return ExplainedClause(text=node.text, role="term", held=held, found=self._found(node, places))

    def _group(
        self,
        role: Role,
        node: Node,
        held: bool,  # noqa: FBT001
        parts: Iterable[Node],
        places: Places,
        note: str = "",
    ) -> ExplainedClause:
        found = self._found(node, places) if held and isinstance(node, Near | AtLeast) else ()
        children = tuple(self._clause(part, places) for part in parts)
        return ExplainedClause(text=node.text, role=role, held=held, found=found, children=children, note=note)

    def _listed(self, node: Node, held: bool, name: str, places: Places) -> ExplainedClause:  # noqa: FBT001
        items = self._lists[name].items
        hits = [item for item in items if self._holds(item, places)]
        note = f"{len(hits)} of {len(items)} in the list"
        if self._within and hits:
            if (name, places) in self._opened:  # lists that name others twice would be opened without end
                return ExplainedClause(text=node.text, role="list", held=held, note=f"{note}, as above")
            self._opened.add((name, places))
        self._within.append(name)
        children = tuple(self._clause(item, places) for item in hits[:_LISTED])
        self._within.pop()
        return ExplainedClause(text=node.text, role="list", held=held, children=children, note=note)

    def _found(self, node: Node, places: Places) -> tuple[Evidence, ...]:
        clause = Clause(node.text, self._planner.known(node, places), 1)
        return clause_evidence(clause, self._reading, _SHOWN)

    def _distance(self, node: Node, places: Places) -> str:
        """How far apart the two stand that are too far apart."""
        plan = self._planner.known(node, places)
        if not isinstance(plan, Nearby):
            return ""
        views = self._reading.scope(places)
        sides = [(plan.left.spans(view), plan.right.spans(view)) for view in views]
        gaps = [found for left, right in sides if (found := gap(left, right, ordered=plan.ordered)) is not None]
        if gaps:
            return f"nearest: {min(gaps)} apart, at most {plan.distance} asked for"
        if plan.ordered and any(gap(left, right, ordered=False) is not None for left, right in sides):
            return "found only in the other order"
        return ""

    def _mentions(self, node: Node, places: Places) -> str:
        plan = self._planner.known(node, places)
        if not isinstance(plan, Repeated):
            return ""
        count = sum(plan.count_in(view) for view in self._reading.scope(places))
        return f"{count} mention{'' if count == 1 else 's'}, at least {plan.count} asked for"


class _Paint:
    def __init__(self, *, color: bool) -> None:
        self._color = color

    def __call__(self, code: str, text: str) -> str:
        return f"{code}{text}{_PLAIN}" if self._color else text


_HEADINGS: Final = {"all": "all of these", "any": "any of these"}


def _tree(clause: ExplainedClause, paint: _Paint, indent: str = "") -> Iterator[str]:
    tick = paint(_GREEN, "✓") if clause.held else paint(_RED, "✗")
    note = paint(_DIM, f"  ({clause.note})") if clause.note else ""
    text = _HEADINGS.get(clause.role, _tidy(clause.text))
    found = f"  {paint(_DIM, _finds(clause.found))}" if clause.found else ""
    yield f"{indent}{tick} {text}{note}{found}"
    for child in clause.children:
        yield from _tree(child, paint, indent + "  ")


def _finds(found: tuple[Evidence, ...]) -> str:
    return "; ".join(f"“{_tidy(each.found)}” in {each.field}: {_around(each)}" for each in found)


def _around(each: Evidence) -> str:
    """The sentence, or the part of a long one around what was found."""
    start = each.start - each.quote_start
    before, after = each.quote[:start], each.quote[start + len(each.found) :]
    before = before if len(before) <= 60 else f"…{before[-60:]}"  # noqa: PLR2004 - characters on either side
    after = after if len(after) <= 60 else f"{after[:60]}…"  # noqa: PLR2004
    return _tidy(f"{before}{each.found}{after}")


def _tidy(text: str) -> str:
    """On one line, without what would steer a terminal."""
    return " ".join(_CONTROL.sub(" ", text).split())
