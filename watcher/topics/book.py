"""All topics and lists of a config, read together: lists found by name, and what only shows across queries."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from watcher.errors import QueryFault
from watcher.settings import QueryTree, Topic
from watcher.topics.document import MAIN
from watcher.topics.faults import TopicFault, Where
from watcher.topics.parse import NAMES, forbidden
from watcher.topics.plain import TreeReader, Written
from watcher.topics.syntax import LEVELS, AtLeast, ListRef, Near, Node, Or, Place, Within, children, levels

_NAME: Final = re.compile(r"[\w-]+")
_REFERENCE: Final = re.compile(r"\$([\w-]+)")


class Book(NamedTuple):
    """What a config asks for. `topics` are those without faults, `lists` likewise; `written` are all their queries."""

    lists: Mapping[str, Or]
    topics: tuple[tuple[Topic, Node], ...]
    written: tuple[Written, ...]
    faults: tuple[TopicFault, ...]


def read_book(topics: Sequence[Topic], terms: Mapping[str, Sequence[QueryTree]]) -> Book:
    """Read everything; all faults at once, those of lists first."""
    return _read(topics, terms, frozenset(terms))


def read_needed(topics: Sequence[Topic], terms: Mapping[str, Sequence[QueryTree]]) -> Book:
    """Read topics and only the lists they may lead to."""
    needed: dict[str, Sequence[QueryTree]] = {}
    waiting = [name for topic in topics for name in _names(topic.query)]
    while waiting:
        name = waiting.pop()
        if name in terms and name not in needed:
            needed[name] = terms[name]
            waiting += [each for item in terms[name] for each in _names(item)]
    return _read(topics, {name: needed[name] for name in terms if name in needed}, frozenset(terms))


def _names(tree: object) -> list[str]:
    """What may be names of lists in a query tree; more than are is no harm."""
    if isinstance(tree, str):
        return _REFERENCE.findall(tree)
    parts = tree.values() if isinstance(tree, Mapping) else tree if isinstance(tree, list | tuple) else ()
    return [name for part in parts for name in _names(part)]


def _read(topics: Sequence[Topic], terms: Mapping[str, Sequence[QueryTree]], names: frozenset[str]) -> Book:
    reader = TreeReader(names)
    faults: list[TopicFault] = []
    written: list[Written] = []
    lists: dict[str, Or] = {}
    for name, items in terms.items():
        node = _read_list(reader, name, items, faults, written)
        if node is not None:
            lists[name] = node
    read = []
    for topic in topics:
        result = reader.read(topic.query, ("topics", topic.name, "query"))
        faults += result.faults
        written += result.written
        if result.node is not None:
            read.append((topic, result.node))
    links = _Links(lists)
    faults += [fault for each in written for fault in links.faults(each)]
    return Book(lists, tuple(read), tuple(written), tuple(faults))


def _read_list(
    reader: TreeReader,
    name: str,
    items: Sequence[QueryTree],
    faults: list[TopicFault],
    written: list[Written],
) -> Or | None:
    where: Where = ("terms", name)
    if not _NAME.fullmatch(name):
        faults.append(_fault(where, name, f"`{name}` cannot be written as $name", "use letters, digits, _ and -"))
    if not items:
        faults.append(_fault(where, f"{name}: []", f"the list `{name}` is empty", "write what it stands for"))
    nodes = []
    for number, item in enumerate(items):
        result = reader.read(item, (*where, number), item=True)
        faults += result.faults
        written += result.written
        if result.node is not None:
            nodes.append(result.node)
    return Or(text=f"${name}", start=0, end=0, items=tuple(nodes)) if nodes else None


def _fault(where: Where, query: str, message: str, cure: str) -> TopicFault:
    return TopicFault(where=where, fault=QueryFault(message=message, query=query, start=0, end=len(query), cure=cure))


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it, lists not followed."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting += reversed(children(each))


def walk_places(node: Node, places: tuple[Place, ...] = MAIN) -> Iterator[tuple[Node, tuple[Place, ...]]]:
    """A node and all below it, each with the fields it looks in, lists not followed."""
    waiting = [(node, places)]
    while waiting:
        each, where = waiting.pop()
        yield each, where
        below = (each.place,) if isinstance(each, Within) else where
        waiting += [(child, below) for child in reversed(children(each))]


class _Links:
    """What `$names` lead to."""

    def __init__(self, lists: Mapping[str, Or]) -> None:
        self.lists = lists
        self.references = {
            name: tuple(dict.fromkeys(each.name for each in walk(node) if isinstance(each, ListRef)))
            for name, node in lists.items()
        }
        self.cycles: dict[str, tuple[str, ...]] = {}  # list to the way that leads back to it
        self.depths: dict[str, int] = {}
        for name in lists:
            self._visit(name)
        self._forbidden: dict[str, Node | None] = {}

    def _visit(self, first: str) -> None:
        """Depth of what a list leads to, without recursion: lists may be nested in long chains."""
        path: list[str] = []
        waiting = [(first, False)]
        while waiting:
            name, done = waiting.pop()
            if done:
                path.pop()
                below = (self.depths.get(each, 0) for each in self.references[name])
                self.depths[name] = levels(self.lists[name]) + max(below, default=0)
            elif name in path:
                way = path[path.index(name) :]
                for number, each in enumerate(way):
                    self.cycles.setdefault(each, (*way[number:], *way[:number], each))
            elif name in self.references and name not in self.depths:
                path.append(name)
                waiting.append((name, True))
                waiting += [(each, False) for each in reversed(self.references[name])]

    def faults(self, written: Written) -> Iterator[TopicFault]:
        """What is wrong with the lists that a query names."""
        for node in walk(written.node):
            if isinstance(node, ListRef):
                yield from self._reference(written, node)
            elif isinstance(node, Near | AtLeast):
                operator = "ATLEAST" if isinstance(node, AtLeast) else "BEFORE" if node.ordered else "NEAR"
                for reference in _operands(node):
                    bad = self.forbidden(reference.name)
                    if bad is not None:
                        message = (
                            f"${reference.name} holds {NAMES[type(bad)]} (`{bad.text}`), which {operator} cannot take"
                        )
                        yield _at(written, reference, message, "put the AND or NOT outside, or split the list")

    def _reference(self, written: Written, node: ListRef) -> Iterator[TopicFault]:
        owner = written.where[1] if written.where[0] == "terms" else None
        way = self.cycles.get(str(owner)) if owner is not None else None
        if way and node.name in way:
            route = " → ".join(f"${name}" for name in way)
            yield _at(written, node, f"this list leads back to itself: {route}", f"take ${node.name} out of it")
        elif self.depths.get(node.name, 0) > 2 * LEVELS:
            yield _at(written, node, "the lists that this one leads to are nested too deep", "join some of them")

    def forbidden(self, name: str) -> Node | None:
        """The first thing a list leads to that NEAR cannot take."""
        if name in self._forbidden:
            return self._forbidden[name]
        self._forbidden[name] = None
        node = self.lists.get(name)
        bad = forbidden(node) if node is not None and name not in self.cycles else None
        if bad is None and node is not None and self.depths.get(name, 0) <= 2 * LEVELS:
            found = (self.forbidden(each) for each in self.references[name])
            bad = next((each for each in found if each is not None), None)
        self._forbidden[name] = bad
        return bad


def _operands(node: Near | AtLeast) -> Iterator[ListRef]:
    """The lists a NEAR or ATLEAST takes directly or in OR groups; those of a nested NEAR are its own."""
    waiting = list(children(node))
    while waiting:
        each = waiting.pop()
        if isinstance(each, ListRef):
            yield each
        elif isinstance(each, Or):
            waiting += each.items


def _at(written: Written, node: Node, message: str, cure: str) -> TopicFault:
    fault = QueryFault(message=message, query=written.query, start=node.start, end=node.end, cure=cure)
    return TopicFault(where=written.where, fault=fault)
