"""What a matched query found: each clause that made it true, where, and in which sentence, the most telling first."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Final, NamedTuple

from watcher.model import Evidence
from watcher.text.sentences import LONGEST, Span
from watcher.topics.document import MAIN, Reading, View
from watcher.topics.plan import Places, Plan, Planner, Repeated
from watcher.topics.syntax import And, AtLeast, Inflected, ListRef, Near, Node, Not, Or, Regex, Some, Term, Within

MOST: Final = 20
"""Pieces of evidence a match carries; every clause has at least one."""

_LOOKED_AT: Final = 100  # finds of one clause in one field
_QUOTED: Final = 2 * LONGEST  # characters


class Clause(NamedTuple):
    """A part of a query that finds something by itself."""

    text: str
    plan: Plan
    weight: int


class Found(NamedTuple):
    """One find of a clause."""

    clause: Clause
    view: View
    order: int  # of the field
    span: Span
    sentence: Span


def evidence(node: Node, planner: Planner, lists: Mapping[str, Node], reading: Reading) -> tuple[Evidence, ...]:
    """What made a query true that holds, ordered by how much meets in the sentence, then as in the article."""
    clauses = Clauses(planner, lists, reading).of(node)
    found = [each for clause in dict.fromkeys(clauses) for each in finds(clause, reading)]
    meeting: defaultdict[tuple[int, Span], set[Clause]] = defaultdict(set)
    for each in found:
        meeting[each.order, each.sentence].add(each.clause)
    weights = {place: sum(clause.weight for clause in met) for place, met in meeting.items()}
    found.sort(key=lambda each: (-weights[each.order, each.sentence], each.order, each.span, -each.clause.weight))
    return tuple(_as_evidence(each) for each in _chosen(found))


def finds(clause: Clause, reading: Reading) -> Iterator[Found]:
    """Where a clause is found, field by field."""
    for order, view in enumerate(reading.scope(clause.plan.places)):
        plan = clause.plan
        spans = plan.mentions(view) if isinstance(plan, Repeated) else plan.characters(view)
        for span in islice(spans, _LOOKED_AT):
            yield Found(clause, view, order, span, view.sentence(span))


def clause_evidence(clause: Clause, reading: Reading, most: int) -> tuple[Evidence, ...]:
    """The first finds of one clause."""
    return tuple(_as_evidence(each) for each in islice(finds(clause, reading), most))


class Clauses:
    """Finds the clauses that made a query true or false on a document."""

    def __init__(self, planner: Planner, lists: Mapping[str, Node], reading: Reading) -> None:
        self._planner = planner
        self._lists = lists
        self._reading = reading
        self._opened: set[tuple[str, Places]] = set()

    def of(self, node: Node, places: Places = MAIN, *, held: bool = True) -> Iterator[Clause]:
        """Clauses that hold and made `node` what it is, `held` or not."""
        match node:
            case Not(item=item):
                yield from self.of(item, places, held=not held)
            case Within(item=Term() | Inflected() | Regex() as item, place=place) if held:
                yield Clause(node.text, self._planner.known(item, (place,)), 1)
            case Within(item=item, place=place):
                yield from self.of(item, (place,), held=held)
            case And(items=items) | Or(items=items) | Some(items=items):
                yield from self._of_items(items, places, held=held)
            case _ if held:
                yield from self._of_clause(node, places)
            case _:
                pass

    def _of_items(self, items: Iterable[Node], places: Places, *, held: bool) -> Iterator[Clause]:
        for item in items:
            if self._planner.known(item, places).holds(self._reading) is held:
                yield from self.of(item, places, held=held)

    def _of_clause(self, node: Node, places: Places) -> Iterator[Clause]:
        plan = self._planner.known(node, places)
        if isinstance(node, ListRef) and not any(plan.characters(view) for view in self._reading.scope(places)):
            if (node.name, places) not in self._opened:  # lists that name others twice would be opened without end
                self._opened.add((node.name, places))
                yield from self.of(self._lists[node.name], places)  # its items stand nowhere as a whole
            return
        yield Clause(node.text, plan, 2 if isinstance(node, Near | AtLeast) else 1)


def _chosen(found: list[Found]) -> Iterator[Found]:
    """The first so many, and the first of each clause."""
    seen: set[Clause] = set()
    for number, each in enumerate(found):
        if number < MOST or each.clause not in seen:
            yield each
        seen.add(each.clause)


def _as_evidence(found: Found) -> Evidence:
    text, span, sentence = found.view.text, found.span, found.sentence
    return Evidence(
        clause=found.clause.text,
        found=text[span.start : span.end],
        field=found.view.place.value,
        start=span.start,
        end=span.end,
        quote=text[sentence.start : min(sentence.end, sentence.start + _QUOTED)],
        quote_start=sentence.start,
    )
