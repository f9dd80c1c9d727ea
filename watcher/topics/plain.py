"""Query trees as the config has them: a string, or the plain form `{any, all, none, at_least, of}` whose items nest."""

from collections.abc import Mapping
from difflib import get_close_matches
from typing import Final, NamedTuple

from watcher.errors import QueryFault
from watcher.settings import QueryTree
from watcher.topics.faults import TopicFault, Where
from watcher.topics.parse import parse, parse_item
from watcher.topics.syntax import DEPTH, And, Node, Not, Or, Some

_KEYS: Final = ("any", "all", "none", "at_least", "of")


class Written(NamedTuple):
    """One query as written, and where it stands."""

    where: Where
    query: str
    node: Node


class Read(NamedTuple):
    """A query tree as a node, None where it is faulty; `written` are the queries it is made of."""

    node: Node | None
    faults: tuple[TopicFault, ...]
    written: tuple[Written, ...]


class TreeReader:
    """Reads the query trees of one config; `lists` are the names that `$name` may have."""

    def __init__(self, lists: frozenset[str]) -> None:
        self.lists = lists
        self._faults: list[TopicFault] = []
        self._written: list[Written] = []

    def read(self, tree: QueryTree, where: Where, *, item: bool = False) -> Read:
        """One query tree; `item`: it stands in a list, so that mere words are a phrase."""
        self._faults, self._written = [], []
        node = self._tree(tree, where, 0, item=item)
        broken = any(not each.fault.warning for each in self._faults)
        return Read(None if broken else node, tuple(self._faults), tuple(self._written))

    def _tree(self, tree: object, where: Where, depth: int, *, item: bool) -> Node | None:
        if isinstance(tree, str):
            parsed = (parse_item if item else parse)(tree, self.lists)
            self._faults += [TopicFault(where=where, fault=fault) for fault in parsed.faults]
            if parsed.node is not None:
                self._written.append(Written(where, tree, parsed.node))
            return parsed.node
        if not isinstance(tree, Mapping):
            cure = (
                f'write "{tree}"' if isinstance(tree, int | float) else "write text, or any, all, none, at_least and of"
            )
            return self._fault(where, str(tree), "this is no query", cure)
        if depth >= DEPTH:
            return self._fault(where, "", f"nested deeper than {DEPTH}", "use a list in terms")
        return self._mapping(tree, where, depth)

    def _mapping(self, tree: Mapping[str, object], where: Where, depth: int) -> Node | None:
        for key in tree:
            if key not in _KEYS:
                close = get_close_matches(str(key), _KEYS, 1)
                cure = f"write {close[0]}" if close else "the keys are any, all, none, at_least and of"
                self._fault((*where, key), str(key), f"there is no key `{key}` in a query", cure)
        if not tree:
            return self._fault(where, "{}", "the query is empty", "write any, all, none, or at_least and of")
        parts = [
            part
            for key in ("all", "any", "at_least", "none")
            if key in tree or (key == "at_least" and "of" in tree)
            for part in [self._part(key, tree, where, depth)]
            if part is not None
        ]
        if len(parts) == 1:
            return parts[0]
        text = ", ".join(part.text for part in parts)
        return And(text=text, start=0, end=0, items=tuple(parts)) if parts else None

    def _part(self, key: str, tree: Mapping[str, object], where: Where, depth: int) -> Node | None:
        if key == "at_least":
            return self._some(tree, where, depth)
        items = self._items(tree[key], (*where, key), depth)
        if not items:
            return None
        text = f"{key}: [{', '.join(each.text for each in items)}]"
        if len(items) == 1:
            return Not(text=text, start=0, end=0, item=items[0]) if key == "none" else items[0]
        if key == "all":
            return And(text=text, start=0, end=0, items=items)
        either = Or(text=text, start=0, end=0, items=items)
        return either if key == "any" else Not(text=text, start=0, end=0, item=either)

    def _some(self, tree: Mapping[str, object], where: Where, depth: int) -> Node | None:
        if "of" not in tree:
            return self._fault((*where, "at_least"), "at_least", "at_least needs the items it counts", "add of: [ … ]")
        items = self._items(tree["of"], (*where, "of"), depth)
        count = tree.get("at_least")
        if count is None:
            return self._fault((*where, "of"), "of", "of needs a number beside it", "add at_least: 2")
        given = len(_listed(tree["of"]))
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= max(1, given):
            message = f"at_least needs a whole number from 1 to the number of items, {given}"
            return self._fault((*where, "at_least"), str(count), message, "change the number, or add items")
        if not items:
            return None
        text = f"at_least {count} of [{', '.join(each.text for each in items)}]"
        return Some(text=text, start=0, end=0, count=count, items=items)

    def _items(self, value: object, where: Where, depth: int) -> tuple[Node, ...]:
        listed = _listed(value)
        if not listed:
            self._fault(where, "[]", "the list is empty", "write what to look for, or remove it")
        nodes = [self._tree(each, (*where, number), depth + 1, item=True) for number, each in enumerate(listed)]
        return tuple(node for node in nodes if node is not None)

    def _fault(self, where: Where, written: str, message: str, cure: str = "") -> Node | None:
        fault = QueryFault(message=message, query=written, start=0, end=len(written), cure=cure)
        self._faults.append(TopicFault(where=where, fault=fault))
        return None


def _listed(value: object) -> list[object]:
    """A single value stands for a list of one."""
    return list(value) if isinstance(value, list | tuple) else [value]
