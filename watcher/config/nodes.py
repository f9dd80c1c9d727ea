"""YAML text → nodes that know their place.

The C parser's events are composed here, not by PyYAML: scalars are YAML 1.2's (PyYAML's are 1.1's), duplicate keys are
seen, and what grows without bound (nesting, aliases that multiply) is refused before anything walks it.
"""

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from watcher.config import syntax
from watcher.errors import Fault

MAX_DEPTH = 60
MAX_ALIASED = 100_000  # nodes that aliases may add to a document
MAX_BYTES = 50_000_000
_LARGE = 1_000_000  # characters; behind a syntax error in more than that nothing is looked for
_SHOWN = 8  # parts of a key path; nothing right goes deeper

_PARSER: type = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INT = re.compile(r"[-+]?[0-9]{1,100}|0o[0-7]{1,100}|0x[0-9a-fA-F]{1,100}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_CONSTANTS: dict[str, bool | float | None] = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL")),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf", "+.Inf", "+.INF"), math.inf),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), -math.inf),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), math.nan),
}


@dataclass(frozen=True, slots=True)
class Source:
    """A config file's name, as shown, and its text."""

    name: str
    text: str


@dataclass(slots=True)
class Node:
    """What all nodes know: the file, and the place of their first character, 1-based; `start` and `end` are 0-based."""

    source: Source
    line: int
    column: int
    start: int
    end: int
    size: int = 1  # nodes below, aliases counted as often as they are used
    depth: int = 1


@dataclass(slots=True)
class Scalar(Node):
    """A scalar as written. `style` is empty for plain, else one of `'`, `"`, `|`, `>`."""

    text: str = ""
    style: str = ""

    def value(self) -> str | bool | int | float | None:
        """The value by YAML 1.2's core schema."""
        if self.style:
            return self.text
        if self.text in _CONSTANTS:
            return _CONSTANTS[self.text]
        if _INT.fullmatch(self.text):
            return int(self.text, 0 if self.text[:2] in {"0o", "0x"} else 10)
        return float(self.text) if _FLOAT.fullmatch(self.text) else self.text


@dataclass(slots=True)
class Listing(Node):
    """A sequence."""

    items: list[Node] = field(default_factory=list)
    flow: bool = False


@dataclass(slots=True)
class Mapping(Node):
    """A mapping; each name once."""

    entries: dict[str, tuple[Scalar, Node]] = field(default_factory=dict)
    flow: bool = False


def is_null(node: Node) -> bool:
    """Whether nothing is written where a value may stand."""
    return isinstance(node, Scalar) and not node.style and _CONSTANTS.get(node.text, "") is None


def fault_at(node: Node, message: str, *, path: str = "", hint: str = "", warning: bool = False) -> Fault:
    """A fault at a node."""
    return Fault(
        message=message,
        file=node.source.name,
        line=node.line,
        column=node.column,
        path=path,
        hint=hint,
        warning=warning,
    )


def read_source(path: Path, name: str) -> Source | Fault:
    """A file's text: UTF-8 with or without a BOM, and no control characters."""
    try:
        if path.stat().st_size > MAX_BYTES:
            return Fault(message=f"is larger than {MAX_BYTES // 10**6} MB", file=name, line=1, column=1)
        data = path.read_bytes()
    except OSError as error:
        return Fault(message=f"cannot be read: {error.strerror or error}", file=name, line=1, column=1)
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line, column = _position(data[: error.start].decode("utf-8", "replace"))
        return Fault(message="is not UTF-8 text", file=name, line=line, column=column, hint="save the file as UTF-8")
    control = re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ufffe\uffff]", text)
    if control:
        line, column = _position(text[: control.start()])
        message = f"holds the control character U+{ord(control[0]):04X}"
        return Fault(message=message, file=name, line=line, column=column, hint="remove it")
    return Source(name, text)


def _position(before: str) -> tuple[int, int]:
    lines = re.split(r"\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1


def compose(source: Source) -> tuple[Node | None, tuple[Fault, ...]]:
    """The document's root (None where empty) and its faults; after a fault of syntax the rest is still looked at."""
    composer = _Composer(source)
    faults: list[Fault] = []
    text = source.text
    for _ in range(syntax.MAX_REPAIRS):
        try:
            root = composer.document(text)
        except yaml.MarkedYAMLError as error:
            fault, mended = syntax.explain(source.name, text, error)
            faults.append(fault)
            if mended is None or len(text) > _LARGE:
                return None, tuple(faults)
            text = mended
        except _RefusedError as refused:
            return None, (*faults, refused.fault)
        except yaml.YAMLError as error:
            return None, (*faults, Fault(message=f"is no YAML: {error}", file=source.name, line=1, column=1))
        else:
            return root, (*faults, *composer.faults)
    return None, tuple(faults)


class _RefusedError(Exception):
    def __init__(self, fault: Fault) -> None:
        self.fault = fault


class _Composer:
    """One document's events to nodes."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.faults: list[Fault] = []
        self._events: Iterator[Any] = iter(())
        self._anchors: dict[str, Node | None] = {}
        self._aliased = 0
        self._path: list[str | int] = []

    def document(self, text: str) -> Node | None:
        """The only document of the text."""
        self.faults, self._anchors, self._aliased, self._path = [], {}, 0, []
        self._events = iter(yaml.parse(text, Loader=_PARSER))
        next(self._events)  # the stream's start
        if isinstance(next(self._events), yaml.StreamEndEvent):
            return None
        root = self._node(next(self._events), 1)
        next(self._events)  # the document's end
        following = next(self._events)
        if not isinstance(following, yaml.StreamEndEvent):
            raise self._refuse(following, "a second document starts here", "keep one YAML document in a file")
        return root

    def _refuse(self, event: Any, message: str, hint: str) -> _RefusedError:
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        return _RefusedError(
            Fault(
                message=message,
                file=self.source.name,
                line=line,
                column=column,
                path=syntax.dotted(self._path[:_SHOWN]),
                hint=hint,
            )
        )

    def _node(self, event: Any, depth: int) -> Node:
        if depth > MAX_DEPTH:
            raise self._refuse(event, f"is nested deeper than {MAX_DEPTH} levels", "nothing in a config goes so deep")
        if isinstance(event, yaml.AliasEvent):
            return self._alias(event, depth)
        anchor = event.anchor
        if anchor:
            self._anchors[anchor] = None
        if event.tag and event.tag not in {"!", "tag:yaml.org,2002:str"}:
            self._tagged(event)
        node = self._untagged(event, depth)
        if anchor:
            self._anchors[anchor] = node
        return node

    def _untagged(self, event: Any, depth: int) -> Node:
        start, end = event.start_mark, event.end_mark
        place = (self.source, start.line + 1, start.column + 1, start.index, end.index)
        if isinstance(event, yaml.ScalarEvent):
            style = event.style or ""
            if not style and event.tag:
                style = '"'  # `!!str 5` is text
            return Scalar(*place, text=event.value, style=style)
        if isinstance(event, yaml.SequenceStartEvent):
            return self._listing(Listing(*place, flow=bool(event.flow_style)), depth)
        return self._mapping(Mapping(*place, flow=bool(event.flow_style)), depth)

    def _tagged(self, event: Any) -> None:
        mark = event.start_mark
        self.faults.append(
            Fault(
                message=f"the tag `{event.tag}` is not known",
                file=self.source.name,
                line=mark.line + 1,
                column=mark.column + 1,
                path=syntax.dotted(self._path),
                hint="a text that starts with `!` stands in quotes",
            )
        )

    def _alias(self, event: Any, depth: int) -> Node:
        name = event.anchor
        node = self._anchors.get(name)
        if node is None:
            if name in self._anchors:
                raise self._refuse(event, f"`*{name}` stands inside what it names", "write it out")
            raise syntax.UnknownAliasError(f"`*{name}` names no anchor", event.start_mark)
        self._aliased += node.size
        if self._aliased > MAX_ALIASED or depth + node.depth > MAX_DEPTH:
            raise self._refuse(event, "aliases multiply beyond what a config can need", "write it out")
        return node

    def _listing(self, node: Listing, depth: int) -> Listing:
        while not isinstance(event := next(self._events), yaml.SequenceEndEvent):
            self._path.append(len(node.items))
            node.items.append(self._node(event, depth + 1))
            self._path.pop()
        node.end = getattr(event.end_mark, "index", node.start)
        _measure(node, node.items)
        return node

    def _mapping(self, node: Mapping, depth: int) -> Mapping:
        merged: list[tuple[Scalar, Node]] = []
        while not isinstance(event := next(self._events), yaml.MappingEndEvent):
            key = self._node(event, depth + 1)
            self._path.append(key.text if isinstance(key, Scalar) else "?")
            value = self._node(next(self._events), depth + 1)
            path = syntax.dotted(self._path)
            self._path.pop()
            if not isinstance(key, Scalar):
                self.faults.append(fault_at(key, "a list or mapping cannot be a key", path=path, hint="keys are names"))
            elif key.text == "<<" and not key.style:
                merged.append((key, value))
            elif key.text in node.entries:
                self.faults.append(twice(key, node.entries[key.text][0], path))
            else:
                node.entries[key.text] = (key, value)
        for key, value in merged:
            self._merge(node, key, value)
        node.end = getattr(event.end_mark, "index", node.start)
        _measure(node, [value for _, value in node.entries.values()])
        return node

    def _merge(self, node: Mapping, key: Scalar, value: Node) -> None:
        """YAML 1.1's merge key: what the mapping itself says wins, then the first of the list."""
        for other in value.items if isinstance(value, Listing) else [value]:
            if not isinstance(other, Mapping):
                path = syntax.dotted([*self._path, "<<"])
                self.faults.append(fault_at(key, "`<<` merges mappings only", path=path, hint="write `<<: *name`"))
                return
            for name, entry in other.entries.items():
                node.entries.setdefault(name, entry)


def _measure(node: Node, below: Sequence[Node]) -> None:
    node.size = 1 + sum(child.size for child in below)
    node.depth = 1 + max((child.depth for child in below), default=0)


def twice(again: Node, first: Node, path: str) -> Fault:
    """The fault of a name that is set in two places; it names both."""
    message = f"is set twice, first at {first.source.name}:{first.line}:{first.column}"
    return fault_at(again, message, path=path, hint="keep one of them")
