"""What surely is a mistake in topics and lists: every fault, and the warnings about what parses but is not meant."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from watcher.errors import QueryFault
from watcher.settings import QueryTree, Topic
from watcher.text.fold import is_unspaced
from watcher.topics.book import Book, read_book, walk_places
from watcher.topics.document import MAIN, Document, Reading
from watcher.topics.faults import TopicFault, Where
from watcher.topics.never import Impossible
from watcher.topics.parse import parse
from watcher.topics.plain import Written
from watcher.topics.plan import Plan, Planner
from watcher.topics.syntax import Inflected, Kind, Near, Node, Regex, Term

WIDEST: Final = 50
"""A NEAR over more words than this says little more than AND."""

_SHORT: Final = 3  # letters a word should have


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_EVERYWHERE: Final = _words(
    "the of and to in a is that for on it with as was at by be from are this an have not or which has but were its "
    "they their he his will who been one all also had said after more about there when than can we you i "
    "der die das und ist von mit den im zu le la les des et est une un du que pour dans el los las del en por con "
    "se una il di che per non een het van op в и на не что с по как في من على الي ان عن و ve bir bu"
)
"""Words that hardly any article is without, in the languages of much news."""

_OPERATOR: Final = re.compile(r"(?:NEAR|BEFORE)/[0-9]+")
_PROBES: Final = tuple(
    Document(title="", text=text)
    for text in (
        "On Monday the minister said the budget would be voted on by the end of the month.",
        "Her new album, recorded in a small studio near the coast, was released to warm reviews.",
        "Researchers have found that the bird flies for weeks without once touching the ground.",
        "The team won its third match in a row when a late goal settled a tense evening.",
    )
)
"""Texts with nothing in common but the language: what finds something in each finds something everywhere."""


def validate(topics: Sequence[Topic], terms: Mapping[str, Sequence[QueryTree]]) -> tuple[TopicFault, ...]:
    """Every fault of every query, and every warning about those without faults; empty where all is well."""
    book = read_book(topics, terms)
    planner = Planner(book.lists)
    found = [*book.faults]
    for each in book.written:
        found += _check_written(each)
    found += [fault for topic in topics for fault in _check_topic(topic)]
    if all(each.fault.warning for each in book.faults):
        found += _check_plans(book, planner)
        found += Impossible(book).faults()
    order = {name: number for number, name in enumerate([*terms, *(topic.name for topic in topics)])}
    return tuple(sorted(found, key=lambda each: _place(each, order)))


def _place(each: TopicFault, order: Mapping[str, int]) -> tuple[object, ...]:
    """Lists first, then topics, each as in the config; within a query from left to right."""
    path = tuple(f"{part:06}" if isinstance(part, int) else part for part in each.where[2:])
    return each.where[0] != "terms", order.get(str(each.where[1]), 0), path, each.fault.start


def _check_written(written: Written) -> Iterator[TopicFault]:
    told = {(fault.start, fault.end) for fault in parse(written.query).faults}
    for node, places in walk_places(written.node):
        if isinstance(node, Near) and node.distance > WIDEST:
            operator = _OPERATOR.search(written.query, node.left.end)
            place = operator.span() if operator else (node.start, node.end)
            message = f"over more than {WIDEST} words NEAR says little more than AND"
            yield _warning(written.where, written.query, place, message, f"write NEAR/{WIDEST} or less, or AND")
        common = _too_common(node) if set(places) <= set(MAIN) else None
        if common and (node.start, node.end) not in told:
            yield _warning(written.where, written.query, (node.start, node.end), *common)


def _too_common(node: Node) -> tuple[str, str] | None:
    """What is wrong with a term that says next to nothing, and the cure."""
    cure = "leave it out, or make it part of a phrase"
    match node:
        case Term(elements=(element,), exact=False):
            return _too_common_word(node.text, element.folded, element.kind)
        case Inflected(word=word) if word in _EVERYWHERE:
            return f"nearly every article has `{node.text}`", cure
        case Regex() if all(Planner({}).plan(node).holds(Reading(probe)) for probe in _PROBES):
            return f"nearly every article has something like `{node.text}`", "make it narrower"
        case _:
            return None


def _too_common_word(text: str, word: str, kind: Kind) -> tuple[str, str] | None:
    if kind is Kind.WORD and word in _EVERYWHERE:
        return f"nearly every article has `{text}`", "leave it out, or make it part of a phrase"
    if is_unspaced(word) or word.isdigit() or len(word) >= _SHORT:
        return None
    if kind is Kind.WORD:
        return f"`{text}` has under {_SHORT} letters and stands for any word so spelled", f"write ={text}"
    return f"nearly every article has a word like `{text}`", f"write {_SHORT} letters or more"


def _check_topic(topic: Topic) -> Iterator[TopicFault]:
    if not topic.tests.match and not topic.tests.no_match:
        cure = "add tests: {match: [...], no_match: [...]}"
        yield _warning(("topics", topic.name, "tests"), "", (0, 0), "the topic has no examples under tests", cure)
    for language in topic.languages:
        if not re.fullmatch(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]+)*", language):
            message = f"`{language}` is no language code, so no article will have it"
            place: Where = ("topics", topic.name, "languages")
            yield _warning(place, language, (0, len(language)), message, "write a code such as en or ar")


def _check_plans(book: Book, planner: Planner) -> Iterator[TopicFault]:
    """What needs the whole query: negation alone, and topics that ask for the same."""
    empty = Reading(Document(title="", text=""))
    seen: dict[tuple[Plan, frozenset[str], frozenset[str]], str] = {}
    for topic, node in book.topics:
        where: Where = ("topics", topic.name, "query")
        plan = planner.plan(node, MAIN)
        place = (node.start, node.end) if isinstance(topic.query, str) else (0, len(node.text))
        query = topic.query if isinstance(topic.query, str) else node.text
        if plan.holds(empty):
            message = "this holds for every article that has none of it: a negation stands alone"
            yield _warning(where, query, place, message, "add what the article must have")
        other = seen.setdefault((plan, frozenset(topic.feeds), frozenset(topic.languages)), topic.name)
        if other != topic.name:
            yield _warning(where, query, place, f"this is the same query as that of `{other}`", "remove one of the two")


def _warning(where: Where, query: str, place: tuple[int, int], message: str, cure: str) -> TopicFault:
    start, end = place
    fault = QueryFault(message=message, query=query, start=start, end=end, cure=cure, warning=True)
    return TopicFault(where=where, fault=fault)
