"""The kinds of values a config holds: each reads a node, tells every fault, and describes itself as JSON Schema.

A kind returns MISSING where there is no usable value; what is wrong has then been told to the context.
"""

import difflib
from collections.abc import Callable, Iterable, Iterator, Mapping as MappingType
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Literal, Protocol

from watcher.config.interpolate import Expanded, expand
from watcher.config.nodes import Listing, Mapping, Node, Scalar, fault_at, is_null
from watcher.config.syntax import BROKEN, dotted
from watcher.errors import Fault

Schema = dict[str, Any]
Values = dict[str, Any]


class Missing:
    """There is no usable value here."""


MISSING: Final = Missing()
_COMPARED = 100  # characters of a name
_COMPARED_WITH = 5_000  # names


class WrongError(ValueError):
    """A text is not what its key wants: what is wrong, and the cure."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


@dataclass(slots=True, kw_only=True)
class Context:
    """What reading needs and gathers. `unset`: what an unset variable is here; `secrets`: whether they are needed."""

    folder: Path
    env: MappingType[str, str]
    faults: list[Fault] = field(default_factory=list)
    warnings: list[Fault] = field(default_factory=list)
    files: list[Path] = field(default_factory=list)
    path: list[str | int] = field(default_factory=list)
    unset: Literal["error", "warn", "ignore"] = "error"
    secrets: bool = True

    @contextmanager
    def at(self, part: str | int | None) -> Iterator[None]:
        """Within a key or an item; None where a single value stands for a list."""
        if part is None:
            yield
            return
        self.path.append(part)
        yield
        self.path.pop()

    @contextmanager
    def tolerating(self, unset: Literal["error", "warn", "ignore"]) -> Iterator[None]:
        """Where unset variables count for less."""
        before = self.unset
        self.unset = unset
        yield
        self.unset = before

    def fault(self, node: Node, message: str, hint: str = "") -> Missing:
        """Something is wrong at a node."""
        self.faults.append(fault_at(node, message, path=dotted(self.path), hint=hint))
        return MISSING

    def warn(self, node: Node, message: str, hint: str = "") -> None:
        """Something is odd at a node."""
        self.warnings.append(fault_at(node, message, path=dotted(self.path), hint=hint, warning=True))

    def expand(self, node: Scalar) -> Expanded | None:
        """The scalar's text with its references replaced; None where they cannot be."""
        expanded = expand(node.text, self.env, self.folder)
        self.files += expanded.files
        for message, hint in expanded.wrong:
            self.fault(node, message, hint)
        if expanded.missing and self.unset == "error":
            for message, hint in expanded.missing:
                self.fault(node, message, hint)
        if expanded.missing and self.unset == "warn":
            for message, hint in expanded.missing:
                self.warn(node, message, hint)
        return None if expanded.missing or expanded.wrong else expanded


class Kind(Protocol):
    """A kind of value."""

    def read(self, node: Node, ctx: Context) -> Any:
        """The value, or MISSING."""
        ...

    def schema(self) -> Schema:
        """The kind as JSON Schema of what users write."""
        ...


def shape(node: Node) -> str:
    """What a node is, for people."""
    if isinstance(node, Listing):
        return "a list"
    if isinstance(node, Mapping):
        return "a mapping"
    value = node.value() if isinstance(node, Scalar) else None
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"the yes-or-no value {str(value).lower()}"
    return "a text" if isinstance(value, str) else f"the number {node.text}" if isinstance(node, Scalar) else "a value"


def closest(name: str, allowed: Iterable[str], *, least: float = 0.6) -> str | None:
    """The allowed name that was probably meant; None where comparing would take long."""
    folded = {other.casefold(): other for other in allowed}
    if len(name) > _COMPARED or len(folded) > _COMPARED_WITH:
        return folded.get(name.casefold())
    found = difflib.get_close_matches(name.casefold(), folded, n=1, cutoff=least)
    return folded[found[0]] if found else None


def suggestion(name: str, allowed: Iterable[str], *, what: str = "allowed") -> str:
    """`did you mean …?`, else what is allowed."""
    names = sorted(set(allowed))
    found = closest(name, names)
    if found:
        return f"did you mean `{found}`?"
    listed = ", ".join(names[:20]) + (" …" if len(names) > 20 else "")  # noqa: PLR2004 - as many as a line holds
    return f"{what}: {listed}" if names else f"{what}: none"


def same(text: str) -> str:
    """A text as it is."""
    return text


def wanted(node: Node, ctx: Context, what: str) -> Missing:
    """The fault of a node of the wrong shape."""
    if isinstance(node, Scalar) and node.text == BROKEN:
        return MISSING
    hint = f'put it in quotes: "{node.text}"' if isinstance(node, Scalar) and not is_null(node) else ""
    return ctx.fault(node, f"{shape(node)} stands where {what} is wanted", hint)


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A text that `parse` turns into the value; its WrongError is a fault, told without what variables hold.

    `keep`: an unset variable that is tolerated leaves the text as written. `sensitive`: never repeated in a message.
    """

    what: str = "a text"
    parse: Callable[[str], Any] = same
    keep: bool = False
    sensitive: bool = False
    optional: bool = False  # an empty text is no value, but not where a variable unexpectedly holds nothing
    pattern: str = ""
    examples: tuple[str, ...] = ()

    def read(self, node: Node, ctx: Context) -> Any:
        """The parsed text."""
        if not isinstance(node, Scalar) or node.text == BROKEN:
            return wanted(node, ctx, self.what)
        expanded = ctx.expand(node)
        if expanded is None:
            return node.text if self.keep and ctx.unset != "error" else MISSING
        if not expanded.pieces and not isinstance(node.value(), str):
            return self._unquoted(node, ctx)
        return self._parsed(node, expanded, ctx)

    def _unquoted(self, node: Scalar, ctx: Context) -> Any:
        number = node.value()
        if self.examples and isinstance(number, int | float) and not isinstance(number, bool):
            return ctx.fault(node, f"{shape(node)} stands where {self.what} is wanted", f"such as {self.examples[0]}")
        return wanted(node, ctx, self.what)

    def _parsed(self, node: Scalar, expanded: Expanded, ctx: Context) -> Any:
        if not expanded.text.strip():
            if self.optional and (not expanded.pieces or ":-" in node.text):
                return MISSING
            what = "is empty: its variable holds nothing" if expanded.pieces else "is empty"
            return ctx.fault(node, what, f"{self.what} is wanted")
        if self.sensitive and not expanded.pieces and node.text.startswith("$") and node.text[1:].isidentifier():
            ctx.warn(node, f"`{node.text}` is taken as written", f"a variable is written ${{{node.text[1:]}}}")
        try:
            return self.parse(expanded.text)
        except WrongError as wrong:
            message = str(wrong).replace(expanded.text.strip(), node.text) if expanded.pieces else str(wrong)
            return ctx.fault(node, message, wrong.hint)

    def schema(self) -> Schema:
        """A string."""
        schema: Schema = {"type": "string"}
        if self.pattern:
            schema["anyOf"] = [{"pattern": self.pattern}, {"pattern": r"\$\{[^}]+\}"}]
        if self.examples:
            schema["examples"] = list(self.examples)
        return schema


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One of some words."""

    words: tuple[str, ...]

    def read(self, node: Node, ctx: Context) -> Any:
        """The word."""
        return Text(what=f"one of {', '.join(self.words)}", parse=self._word).read(node, ctx)

    def _word(self, text: str) -> str:
        if text.strip() not in self.words:
            raise WrongError(f"`{text.strip()}` is not allowed", f"one of {', '.join(self.words)}")
        return text.strip()

    def schema(self) -> Schema:
        """An enumeration."""
        return {"anyOf": [{"enum": list(self.words)}, {"type": "string", "pattern": r"\$\{[^}]+\}"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Whole:
    """A whole number."""

    low: int
    high: int

    def read(self, node: Node, ctx: Context) -> Any:
        """The number."""
        what = f"a whole number from {self.low} to {self.high}"
        if not isinstance(node, Scalar) or node.text == BROKEN or is_null(node):
            return wanted(node, ctx, what)
        expanded = ctx.expand(node)
        if expanded is None:
            return MISSING
        value = Scalar(node.source, 0, 0, 0, 0, text=expanded.text.strip()).value() if expanded.pieces else node.value()
        if isinstance(value, bool) or not isinstance(value, int):
            hint = "drop the quotes" if node.style and node.text.isdecimal() else ""
            return ctx.fault(node, f"`{node.text}` stands where {what} is wanted", hint)
        if not self.low <= value <= self.high:
            return ctx.fault(node, f"{value} is out of range", f"{what} is wanted")
        return value

    def schema(self) -> Schema:
        """An integer, or a text that holds a variable."""
        number = {"type": "integer", "minimum": self.low, "maximum": self.high}
        return {"anyOf": [number, {"type": "string", "pattern": r"\$\{[^}]+\}"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Flag:
    """True or false."""

    def read(self, node: Node, ctx: Context) -> Any:
        """The truth."""
        if not isinstance(node, Scalar) or node.text == BROKEN or is_null(node):
            return wanted(node, ctx, "true or false")
        expanded = ctx.expand(node)
        if expanded is None:
            return MISSING
        value = Scalar(node.source, 0, 0, 0, 0, text=expanded.text.strip()).value() if expanded.pieces else node.value()
        if isinstance(value, bool):
            return value
        return ctx.fault(node, f"`{node.text}` stands where true or false is wanted", "write true or false, unquoted")

    def schema(self) -> Schema:
        """A boolean, or a text that holds a variable."""
        return {"anyOf": [{"type": "boolean"}, {"type": "string", "pattern": r"\$\{[^}]+\}"}]}


@dataclass(frozen=True, slots=True, kw_only=True)
class ListOf:
    """A list, or a single value in its place."""

    item: Kind
    least: int = 0
    unique: bool = False

    def read(self, node: Node, ctx: Context) -> Any:
        """The values that could be read, as a tuple."""
        items = node.items if isinstance(node, Listing) else [node]
        if isinstance(node, Listing) and len(items) < self.least:
            return ctx.fault(node, "the list is empty", "at least one is wanted")
        values: list[Any] = []
        for index, item in enumerate(items):
            with ctx.at(index if isinstance(node, Listing) else None):
                value = self._item(item, ctx)
                if not isinstance(value, Missing):
                    values.append(value)
        return tuple(dict.fromkeys(values)) if self.unique else tuple(values)

    def _item(self, item: Node, ctx: Context) -> Any:
        if is_null(item):
            return ctx.fault(item, "an item is empty", "remove the dash or write a value")
        return self.item.read(item, ctx)

    def schema(self) -> Schema:
        """One or a list."""
        listed: Schema = {"type": "array", "items": self.item.schema()}
        if self.least:
            listed["minItems"] = self.least
        return {"anyOf": [self.item.schema(), listed]}


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """One key of a section: what it holds, what it is for, and its name in the settings where that differs."""

    name: str
    kind: Kind
    about: str
    required: bool = False
    field: str = ""
    default: Any = None  # as users write it, for the schema only


After = Callable[[Values, Mapping, Context], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A mapping with known keys. `later` are keys of the interface that this version does not serve."""

    about: str
    keys: tuple[Key, ...]
    later: frozenset[str] = frozenset()
    after: After | None = None

    def key(self, name: str) -> Key | None:
        """The key of that name."""
        return next((key for key in self.keys if key.name == name), None)

    def read(self, node: Node, ctx: Context) -> Any:
        """The values that could be read, by their names in the settings."""
        if is_null(node):
            node = Mapping(node.source, node.line, node.column, node.start, node.end)
        if not isinstance(node, Mapping):
            if not (isinstance(node, Scalar) and node.text == BROKEN):
                names = ", ".join(key.name for key in self.keys)
                ctx.fault(node, f"{shape(node)} stands where a mapping is wanted", f"its keys: {names}")
            return MISSING
        disabled = self.key("enabled") and _is_false(node.entries.get("enabled"))
        with ctx.tolerating("ignore" if disabled else ctx.unset):
            return self._values(node, ctx)

    def _values(self, node: Mapping, ctx: Context) -> Values:
        values: Values = {}
        by_name = {key.name: key for key in self.keys}
        for name, (key_node, value_node) in node.entries.items():
            with ctx.at(name):
                key = by_name.get(name)
                if key is None:
                    self._unknown(name, key_node, ctx)
                elif not is_null(value_node):
                    value = key.kind.read(value_node, ctx)
                    if not isinstance(value, Missing):
                        values[key.field or key.name] = value
                elif key.required:
                    ctx.fault(key_node, "is empty", f"wanted: {key.about}")
        for key in self.keys:
            if key.required and key.name not in node.entries:
                ctx.fault(node, f"`{key.name}` is missing", f"wanted: {key.about}")
        if self.after:
            self.after(values, node, ctx)
        return values

    def _unknown(self, name: str, node: Node, ctx: Context) -> None:
        if name in self.later:
            ctx.fault(node, f"`{name}` is not served by this version yet", "remove it")
        else:
            ctx.fault(
                node, f"`{name[:_COMPARED]}` is not a key here", suggestion(name, (key.name for key in self.keys))
            )

    def schema(self) -> Schema:
        """An object; null where the section may be empty."""
        properties: Schema = {}
        for key in self.keys:
            kinds = key.kind.schema()
            if not key.required:  # a key may stand there without a value
                kinds = {"anyOf": [*(kinds["anyOf"] if set(kinds) == {"anyOf"} else [kinds]), {"type": "null"}]}
            properties[key.name] = {**kinds, "description": key.about}
            if key.default is not None:
                properties[key.name]["default"] = key.default
        schema: Schema = {
            "type": "object",
            "description": self.about,
            "properties": properties,
            "additionalProperties": False,
        }
        required = [key.name for key in self.keys if key.required]
        return {**schema, "required": required} if required else {**schema, "type": ["object", "null"]}


def _is_false(entry: tuple[Scalar, Node] | None) -> bool:
    return entry is not None and isinstance(entry[1], Scalar) and entry[1].value() is False


@dataclass(frozen=True, slots=True, kw_only=True)
class Named:
    """A mapping from names that the user chooses to values of one kind."""

    about: str
    item: Kind
    check: Callable[[str], None]

    def read(self, node: Node, ctx: Context) -> Any:
        """The values that could be read, by name."""
        if not isinstance(node, Mapping):
            if not (isinstance(node, Scalar) and node.text == BROKEN):
                ctx.fault(node, f"{shape(node)} stands where a mapping is wanted", "each entry is `name: …`")
            return MISSING
        values: Values = {}
        for name, (key_node, value_node) in node.entries.items():
            with ctx.at(name):
                self._named(name, key_node, ctx)
                value = self.item.read(value_node, ctx)
                if not isinstance(value, Missing):
                    values[name] = value
        return values

    def _named(self, name: str, node: Scalar, ctx: Context) -> None:
        if not isinstance(node.value(), str):
            ctx.fault(node, f"{shape(node)} stands where a name is wanted", f'put it in quotes: "{name}"')
            return
        try:
            self.check(name)
        except WrongError as wrong:
            ctx.fault(node, str(wrong), wrong.hint)

    def schema(self) -> Schema:
        """An object with any names."""
        return {"type": ["object", "null"], "description": self.about, "additionalProperties": self.item.schema()}
