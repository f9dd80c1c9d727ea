"""A query as a tree: what the parser makes and everything else reads.

Every node knows `text`, what was written, and `start` and `end`, where it stands in its query.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

DEPTH: Final = 50
"""Brackets are never nested deeper, nor NEARs in a row longer."""

LEVELS: Final = 60
"""A query's tree is never deeper, and with its lists never deeper than twice that."""


class Kind(StrEnum):
    """How a word of a query meets a word of a text."""

    WORD = "word"
    PREFIX = "prefix"
    SUFFIX = "suffix"


class Place(StrEnum):
    """The parts of an article that a query can name."""

    TITLE = "title"
    TEXT = "text"
    URL = "url"
    AUTHOR = "author"
    FEED = "feed"
    TAG = "tag"
    LANG = "lang"


WHOLE: Final = frozenset({Place.TAG, Place.LANG})
"""Fields whose values are compared whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Element:
    """One word of a term, folded; `written` is its spelling in Unicode's NFC for terms that keep case and marks."""

    kind: Kind
    folded: str
    written: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """What all parts of a query share."""

    text: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Term(Node):
    """Words in a row; a single word is a row of one. `exact`: only so written (`=US`)."""

    elements: tuple[Element, ...]
    exact: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Inflected(Node):
    """`~retreat`: a word in any inflection. `word` is lower case."""

    word: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Regex(Node):
    """`/pattern/`."""

    pattern: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ListRef(Node):
    """`$name`."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class And(Node):
    """All of them."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Or(Node):
    """Any of them."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Not(Node):
    """None of it."""

    item: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Near(Node):
    """Two things at most `distance` positions apart; `ordered`: the left one first."""

    left: Node
    right: Node
    distance: int
    ordered: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AtLeast(Node):
    """At least `count` mentions."""

    count: int
    item: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Within(Node):
    """Only in one field."""

    place: Place
    item: Node


@dataclass(frozen=True, slots=True, kw_only=True)
class Some(Node):
    """At least `count` of the items hold."""

    count: int
    items: tuple[Node, ...]


def children(node: Node) -> tuple[Node, ...]:
    """The parts directly below a node; those of a list are not among them."""
    match node:
        case And(items=items) | Or(items=items) | Some(items=items):
            return items
        case Not(item=item) | AtLeast(item=item) | Within(item=item):
            return (item,)
        case Near(left=left, right=right):
            return (left, right)
        case _:
            return ()


def levels(node: Node) -> int:
    """How deep a tree is, lists not followed."""
    deepest, row = 0, [node]
    while row:
        deepest += 1
        row = [child for each in row for child in children(each)]
    return deepest
