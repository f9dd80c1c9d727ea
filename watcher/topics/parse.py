"""Tokens as a tree: `NOT` binds tightest, then `ATLEAST`, `NEAR` and `BEFORE`, `AND` (or nothing), `OR`."""

from collections.abc import Callable
from dataclasses import replace
from types import MappingProxyType
from typing import Final, NamedTuple

from watcher.errors import QueryFault
from watcher.topics.faults import Notes
from watcher.topics.lex import Lexer, Token, Type
from watcher.topics.syntax import DEPTH, LEVELS, And, AtLeast, Near, Node, Not, Or, Some, Term, Within, levels
from watcher.topics.terms import read_term

_BINARY: Final = frozenset({Type.AND, Type.OR, Type.NEAR, Type.BEFORE})
NAMES: Final = MappingProxyType(
    {And: "AND", Not: "NOT", AtLeast: "ATLEAST", Within: "a field", Some: "at_least", Or: "OR"}
)
_STARTS: Final = frozenset({Type.OPEN, Type.NOT, Type.ATLEAST, Type.FIELD, Type.TERM, Type.NEAR, Type.BEFORE})


class Parsed(NamedTuple):
    """A query as a tree, None where it has faults that are more than warnings."""

    node: Node | None
    faults: tuple[QueryFault, ...]


def parse(query: str, lists: frozenset[str] | None = None) -> Parsed:
    """Read a query; `lists` are the names that `$name` may have, None where any will do."""
    notes = Notes(query)
    return _finish(notes, Lexer(notes, lists).read())


def parse_item(query: str, lists: frozenset[str] | None = None) -> Parsed:
    """Read an item of a list: made only of words it is a phrase, else a query."""
    notes = Notes(query)
    tokens = Lexer(notes, lists).read()
    terms = tokens[:-1]
    if len(terms) > 1 and not notes.broken and all(token.bare for token in terms):
        place = terms[0].start, terms[-1].end
        phrase = Notes(query)
        node = read_term(phrase, place, place)
        warned = [each for each in notes.found if query[each.start : each.end] == "or"]  # "and" is part of many a name
        return Parsed(node, (*phrase.found, *warned))
    exact = terms and isinstance(terms[0].node, Term) and terms[0].node.exact and query.strip()[1:2] != '"'
    if len(terms) > 1 and exact and all(token.bare for token in terms[1:]):
        cure = f'write ="{query.strip()[1:]}" for the phrase'
        notes.warn(terms[0].start, terms[-1].end, "this item asks for its words one by one", cure)
    return _finish(notes, tokens)


def _finish(notes: Notes, tokens: list[Token]) -> Parsed:
    if len(tokens) == 1:
        notes.fault(0, len(notes.query), "the query is empty", "write what to look for")
        return Parsed(None, tuple(notes.found))
    node = _Parser(notes, tokens).parse()
    if node is not None and levels(node) > LEVELS:
        notes.fault(node.start, node.end, f"nested deeper than {LEVELS}", "use a list in terms")
    faults = sorted(notes.found, key=lambda fault: (fault.warning, fault.start))
    return Parsed(None if notes.broken else node, tuple(faults))


def forbidden(node: Node) -> Node | None:
    """The first part that NEAR and ATLEAST cannot take; what lists hold is looked at where they are known."""
    match node:
        case Or(items=items):
            return next((bad for bad in map(forbidden, items) if bad is not None), None)
        case And() | Not() | AtLeast() | Within() | Some():
            return node
        case _:
            return None


class _Parser:
    """Recursive descent; what is faulty becomes None and is left out, as its fault is noted."""

    def __init__(self, notes: Notes, tokens: list[Token]) -> None:
        self.notes = notes
        self.tokens = tokens
        self.at = 0
        self.depth = 0
        self.too_deep = False

    @property
    def token(self) -> Token:
        return self.tokens[self.at]

    def _type(self) -> Type:
        return self.token.type

    def parse(self) -> Node | None:
        node = self._or()
        while self._type() is Type.CLOSE:
            if not self.too_deep:
                self.notes.fault(self.token.start, self.token.end, "this bracket closes nothing", "leave it out")
            self.at += 1
            if self._type() is not Type.END:
                self._or()
        return node

    def _or(self) -> Node | None:
        items = [self._and()]
        while self._type() is Type.OR:
            operator = self._take()
            self._needs_right(operator)
            items.append(self._and())
        return self._many(Or, items)

    def _and(self) -> Node | None:
        if self._type() in {Type.AND, Type.OR}:
            self._needs_left(self.token)
            if self._type() is Type.OR:
                return None
        else:
            first = self._near()
            if self._type() is not Type.AND and self._type() not in _STARTS:
                return first
            return self._and_rest([first])
        return self._and_rest([])

    def _and_rest(self, items: list[Node | None]) -> Node | None:
        while self._type() is Type.AND or self._type() in _STARTS:
            if self._type() is Type.AND:
                self._needs_right(self._take())
                if self._type() not in _STARTS:
                    continue
            items.append(self._near())
        return self._many(And, items)

    def _many(self, kind: type[And | Or], items: list[Node | None]) -> Node | None:
        good = [item for item in items if item is not None]
        if len(good) < 2:  # noqa: PLR2004 - one item is itself
            return good[0] if good else None
        start, end = good[0].start, good[-1].end
        return kind(text=self.notes.query[start:end], start=start, end=end, items=tuple(good))

    def _near(self) -> Node | None:
        if self._type() in {Type.NEAR, Type.BEFORE}:
            self._needs_left(self.token)
            left = None
        else:
            left = self._unary()
        chained = 0
        while self._type() in {Type.NEAR, Type.BEFORE}:
            operator = self._take()
            right = self._unary() if self._needs_right(operator) else None
            chained += 1
            if chained > DEPTH:
                self.notes.fault(
                    operator.start, operator.end, f"more than {DEPTH} NEARs in a row", "use brackets and OR"
                )
                return None
            left = self._join(left, operator, right)
        return left

    def _join(self, left: Node | None, operator: Token, right: Node | None) -> Node | None:
        if left is None or right is None:
            return None
        name = f"{operator.type.value}/{operator.number}"
        if not all(self._may_stand_in(side, name, left, right) for side in (left, right)):
            return None
        start, end = left.start, right.end
        return Near(
            text=self.notes.query[start:end],
            start=start,
            end=end,
            left=left,
            right=right,
            distance=operator.number,
            ordered=operator.type is Type.BEFORE,
        )

    def _may_stand_in(self, side: Node, name: str, left: Node, right: Node) -> bool:
        """Note what NEAR cannot take, and how to write what was meant."""
        bad = forbidden(side)
        if bad is None:
            return True
        what = NAMES[type(bad)]
        cure = "NEAR takes words, phrases, lists, OR groups and NEARs: put the AND or NOT outside"
        if bad is side and isinstance(side, And) and all(isinstance(item, Term) for item in side.items):
            cure = f'write {name} "{" ".join(item.text for item in side.items)}" for the phrase, or put the AND outside'
        if bad is side and isinstance(side, Within):
            inner = [part.item if isinstance(part, Within) else part for part in (left, right)]
            cure = f"write {side.place.value}:({inner[0].text} {name} {inner[1].text})"
        elif bad is left and isinstance(side, Not):
            cure = f"write NOT ({side.item.text} {name} {right.text})"
        elif bad is left and isinstance(side, AtLeast):
            cure = f"write ATLEAST/{side.count} ({side.item.text} {name} {right.text})"
        self.notes.fault(bad.start, bad.end, f"{what} cannot stand in {name}", cure)
        return False

    def _unary(self) -> Node | None:
        token = self.token
        if token.type is Type.NOT:
            self._take()
            item = self._nested(self._unary) if self._needs_right(token) else None
            if item is None:
                return None
            return Not(text=self.notes.query[token.start : item.end], start=token.start, end=item.end, item=item)
        if token.type is Type.ATLEAST:
            return self._at_least(self._take())
        if token.type is Type.FIELD:
            return self._within(self._take())
        return self._primary()

    def _at_least(self, token: Token) -> Node | None:
        item = self._nested(self._unary) if self._needs_right(token) else None
        if item is None:
            return None
        bad = forbidden(item)
        if bad is not None:
            cure = "ATLEAST takes words, phrases, lists, OR groups and NEARs"
            if isinstance(bad, Within):
                cure = f"write {bad.place.value}:(ATLEAST/{token.number} {bad.item.text})"
            self.notes.fault(bad.start, bad.end, f"{NAMES[type(bad)]} cannot stand in ATLEAST", cure)
            return None
        text = self.notes.query[token.start : item.end]
        return AtLeast(text=text, start=token.start, end=item.end, count=token.number, item=item)

    def _within(self, token: Token) -> Node | None:
        following = self.token
        name = token.place.value if token.place else ""
        apart = following.start > token.end
        if apart or following.type not in {Type.OPEN, Type.TERM}:
            cure = f"write {name}:mosul or {name}:(mosul OR musul), without a space"
            operator = not apart and following.type not in {Type.CLOSE, Type.END}
            what = f"{name}: needs brackets around an operator" if operator else f"{name}: needs a term right after it"
            self.notes.fault(token.start, token.end, what, cure)
            if following.type in {Type.NOT, Type.ATLEAST, Type.FIELD, Type.TERM, Type.OPEN}:
                self._nested(self._unary)
            return None
        item = self._primary()
        if item is None or token.place is None:
            return None
        text = self.notes.query[token.start : item.end]
        return Within(text=text, start=token.start, end=item.end, place=token.place, item=item)

    def _primary(self) -> Node | None:
        token = self.token
        if token.type is Type.OPEN:
            return self._bracket(self._take())
        if token.type is Type.TERM:
            return self._take().node
        return None

    def _bracket(self, opening: Token) -> Node | None:
        if self._type() is Type.CLOSE:
            closing = self._take()
            self.notes.fault(
                opening.start, closing.end, "there is nothing between these brackets", "fill or remove them"
            )
            return None
        node = self._nested(self._or)
        if self._type() is not Type.CLOSE:
            if not self.too_deep:
                self.notes.fault(opening.start, opening.end, "this bracket is not closed", "add a )")
            return None
        closing = self._take()
        if node is None:
            return None
        text = self.notes.query[opening.start : closing.end]
        return replace(node, text=text, start=opening.start, end=closing.end)

    def _nested(self, read: Callable[[], Node | None]) -> Node | None:
        """Read one level deeper; where it is too deep, give up the rest of the query."""
        self.depth += 1
        if self.depth > DEPTH:
            if not self.too_deep:
                self.notes.fault(self.token.start, self.token.end, f"nested deeper than {DEPTH}", "use a list in terms")
            self.too_deep = True
            self.at = len(self.tokens) - 1
            return None
        node = read()
        self.depth -= 1
        return node

    def _take(self) -> Token:
        token = self.token
        self.at += 1
        return token

    def _needs_right(self, operator: Token) -> bool:
        if self._type() in _BINARY or self._type() in {Type.CLOSE, Type.END}:
            self._needs(operator, "right")
            return False
        return True

    def _needs_left(self, operator: Token) -> None:
        if self.at == 0 or self.tokens[self.at - 1].type not in _BINARY | {Type.NOT, Type.ATLEAST}:
            self._needs(operator, "left")

    def _needs(self, operator: Token, side: str) -> None:
        name = operator.type.value
        cure = f'put "{name.lower()}" in quotes where the word is meant'
        self.notes.fault(operator.start, operator.end, f"{name} needs a term on its {side}", cure)
