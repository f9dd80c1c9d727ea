"""Clauses that can never be true: what they require they also refuse, or no article can have it."""

import re
from collections.abc import Iterator, Mapping
from typing import Final

from watcher.errors import QueryFault
from watcher.settings import Topic
from watcher.topics.book import Book
from watcher.topics.document import MAIN
from watcher.topics.faults import TopicFault, Where
from watcher.topics.plain import Written
from watcher.topics.plan import Places
from watcher.topics.syntax import (
    WHOLE,
    And,
    AtLeast,
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
    children,
)

Key = tuple[Places, str, object]
"""A term and where it is looked for; equal keys are equal terms."""

_CODE: Final = re.compile(r"[a-z]{2,3}")
_MOST: Final = 1_000  # terms of a list that are looked at


class Impossible:
    """Finds them in all queries of a book."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._lists: Mapping[str, Or] = book.lists
        self._known: dict[str, frozenset[Key]] = {}

    def faults(self) -> Iterator[TopicFault]:
        """One warning for each clause."""
        for each in self._book.written:
            yield from self._walk(each, each.node, MAIN)
        for topic, node in self._book.topics:
            yield from self._languages(topic, node)
            if not isinstance(topic.query, str):
                where: Where = ("topics", topic.name, "query")
                yield from self._plain(Written(where, node.text, node), node)

    def _walk(self, written: Written, node: Node, places: Places) -> Iterator[TopicFault]:
        if isinstance(node, Within):
            places = (node.place,)
        reason = self._reason(node, places)
        if reason:
            yield _never(written, node, *reason)
            return
        for child in children(node):
            yield from self._walk(written, child, places)

    def _plain(self, written: Written, node: Node) -> Iterator[TopicFault]:
        """The plain form's own mappings; their items were looked at as written."""
        if node.end > 0:
            return
        reason = self._reason(node, MAIN)
        if reason:
            yield _never(Written(written.where, node.text, node), node, *reason)
            return
        for child in children(node):
            yield from self._plain(written, child)

    def _reason(self, node: Node, places: Places) -> tuple[str, str] | None:
        """Why a node can never be true, and the cure."""
        match node:
            case And():
                clash = self._required(node, places) & self._refused(node, places)
                if clash:
                    return "this asks for something and for its absence", "leave one of the two out"
            case Near() | AtLeast() if set(places) <= WHOLE and (isinstance(node, Near) or node.count > 1):
                field = places[0].value
                return f"{field}: compares whole values, in which nothing stands near another", "write AND or OR"
            case Term(elements=elements) if places == (Place.LANG,):
                code = elements[0].folded
                if elements[0].kind is Kind.WORD and not _CODE.fullmatch(code):
                    return f"`{node.text}` is no language code", "write a code such as lang:ar"
            case _:
                pass
        return None

    def _languages(self, topic: Topic, node: Node) -> Iterator[TopicFault]:
        """A language the query requires and the topic's `languages` leave out."""
        if not topic.languages:
            return
        allowed = {language.casefold().replace("_", "-").partition("-")[0] for language in topic.languages}
        for places, _, key in sorted(self._required(node, MAIN), key=str):
            if places == (Place.LANG,) and isinstance(key, tuple) and key[0][1] not in allowed:
                message = f"the query asks for lang:{key[0][1]}, which the topic's languages leave out"
                yield _never(Written(("topics", topic.name, "query"), node.text, node), node, message, "add it there")

    def _required(self, node: Node, places: Places) -> frozenset[Key]:  # noqa: PLR0911 - one for each kind of node
        """Terms without which a node cannot be true."""
        match node:
            case Term() | Inflected() | Regex() | ListRef():
                key = _key(node, places)
                wider = {(MAIN, *key[1:])} if set(places) < set(MAIN) else set()
                return frozenset({key, *wider})
            case And(items=items):
                return frozenset().union(*(self._required(item, places) for item in items))
            case Or(items=items):
                return frozenset.intersection(*(self._required(item, places) for item in items))
            case Near(left=left, right=right):
                return self._required(left, places) | self._required(right, places)
            case AtLeast(item=item):
                return self._required(item, places)
            case Within(item=item, place=place):
                return self._required(item, (place,))
            case _:
                return frozenset()

    def _refused(self, node: Node, places: Places) -> frozenset[Key]:
        """Terms with any of which a node cannot be true."""
        match node:
            case Not(item=item):
                return self._enough(item, places)
            case And(items=items):
                return frozenset().union(*(self._refused(item, places) for item in items))
            case Or(items=items):
                return frozenset.intersection(*(self._refused(item, places) for item in items))
            case Within(item=item, place=place):
                return self._refused(item, (place,))
            case _:
                return frozenset()

    def _enough(self, node: Node, places: Places) -> frozenset[Key]:
        """Terms any of which makes a node true."""
        match node:
            case Term() | Inflected() | Regex():
                return frozenset({_key(node, places)})
            case ListRef(name=name):
                return frozenset({_key(node, places)}) | self._enough_of(name, places)
            case Or(items=items):
                return frozenset().union(*(self._enough(item, places) for item in items))
            case Within(item=item, place=place):
                return self._enough(item, (place,))
            case Some(items=items, count=1):
                return frozenset().union(*(self._enough(item, places) for item in items))
            case _:
                return frozenset()

    def _enough_of(self, name: str, places: Places) -> frozenset[Key]:
        memo = f"{name} {places}"
        if memo not in self._known:
            found: frozenset[Key] = frozenset()
            for item in self._lists[name].items[:_MOST]:
                found |= self._enough(item, places)
            self._known[memo] = frozenset(sorted(found, key=str)[:_MOST])
        return self._known[memo]


def _key(node: Node, places: Places) -> Key:
    match node:
        case Term(elements=elements, exact=exact):
            words = tuple((each.kind, each.written if exact else each.folded) for each in elements)
            return places, "exact" if exact else "term", words
        case Inflected(word=word):
            return places, "inflected", word
        case Regex(pattern=pattern):
            return places, "regex", pattern
        case ListRef(name=name):
            return places, "list", name
        case _:
            return places, "other", node.text


def _never(written: Written, node: Node, message: str, cure: str) -> TopicFault:
    start, end = (node.start, node.end) if node.end > 0 else (0, len(written.query))
    text = f"this can never be true: {message}"
    fault = QueryFault(message=text, query=written.query, start=start, end=end, cure=cure, warning=True)
    return TopicFault(where=written.where, fault=fault)
