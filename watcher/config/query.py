"""Queries and examples: their form in YAML. What a query means is read elsewhere, from the same text."""

import re
from dataclasses import dataclass
from typing import Any

from watcher.config.kinds import (
    MISSING,
    Context,
    Kind,
    ListOf,
    Missing,
    Schema,
    Text,
    Values,
    Whole,
    WrongError,
    shape,
    suggestion,
)
from watcher.config.nodes import Listing, Mapping, Node, Scalar, is_null
from watcher.config.syntax import BROKEN

_LISTS = ("any", "all", "none", "of")
_MOST = 10_000


def _written(text: str) -> str:
    control = re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]", text)
    if control:
        message = f"holds the control character U+{ord(control[0]):04X}"
        raise WrongError(message, "in double quotes `\\b` is one: write `query: >-` and the query on the next line")
    return text


_TEXT = Text(what="a query", parse=_written)


@dataclass(frozen=True, slots=True)
class QueryForm:
    """A query as a text, or its plain form `{any, all, none, at_least, of}` whose items nest."""

    def read(self, node: Node, ctx: Context) -> Any:
        """The text, or a dict with lists."""
        if isinstance(node, Mapping):
            return self._plain(node, ctx)
        if isinstance(node, Listing):
            return ctx.fault(
                node,
                "a list stands where a query is wanted",
                "write `{any: […]}`, or a query that starts with `[` as `query: >-` and the query on the next line",
            )
        if is_null(node):
            return ctx.fault(node, "the query is empty", "write `query: >-` and the query on the next line")
        return _TEXT.read(node, ctx)

    def _plain(self, node: Mapping, ctx: Context) -> Any:
        tree: Values = {}
        for name, (key_node, value) in node.entries.items():
            with ctx.at(name):
                if name == "at_least":
                    read = Whole(low=1, high=_MOST).read(value, ctx)
                elif name in _LISTS:
                    read = self._items(value, ctx)
                else:
                    read = ctx.fault(
                        key_node,
                        f"`{name}` is not a part of a query's plain form",
                        suggestion(name, (*_LISTS, "at_least")),
                    )
                if not isinstance(read, Missing):
                    tree[name] = read
        return self._whole(tree, node, ctx)

    def _whole(self, tree: Values, node: Mapping, ctx: Context) -> Any:
        if not node.entries:
            return ctx.fault(node, "the query is empty", "such as `{any: [Mosul, Nineveh]}`")
        if ("at_least" in node.entries) != ("of" in node.entries):
            alone, other = ("at_least", "of") if "at_least" in node.entries else ("of", "at_least")
            return ctx.fault(node, f"`{alone}` stands without `{other}`", "such as `{at_least: 2, of: [a, b, c]}`")
        if "at_least" in tree and len(tree.get("of", ())) < tree["at_least"]:
            with ctx.at("at_least"):
                place = node.entries["at_least"][1]
                return ctx.fault(place, f"fewer than {tree['at_least']} items stand in `of`", "it could never hold")
        return tree or MISSING

    def _items(self, node: Node, ctx: Context) -> Any:
        items = node.items if isinstance(node, Listing) else [node]
        if not items or is_null(node):
            return ctx.fault(node, "the list is empty", "at least one is wanted")
        read = ListOf(item=self).read(node, ctx)
        return list(read) if len(read) == len(items) else MISSING

    def schema(self) -> Schema:
        """A string or an object; the object refers to itself."""
        return {"$ref": "#/$defs/query"}


def query_definition() -> Schema:
    """What `#/$defs/query` stands for."""
    item: Schema = {"$ref": "#/$defs/query"}
    several: Schema = {"anyOf": [item, {"type": "array", "items": item, "minItems": 1}]}
    return {
        "description": "A query, or its plain form: the parts are ANDed, items may nest.",
        "anyOf": [
            {"type": "string", "minLength": 1},
            {
                "type": "object",
                "properties": {
                    **dict.fromkeys(_LISTS, several),
                    "at_least": {"type": "integer", "minimum": 1},
                },
                "additionalProperties": False,
                "minProperties": 1,
                "dependentRequired": {"at_least": ["of"], "of": ["at_least"]},
            },
        ],
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class TextOr:
    """A text in short for a mapping with that text under `key`."""

    key: str
    text: Text
    full: Kind

    def read(self, node: Node, ctx: Context) -> Any:
        """The mapping's values."""
        if isinstance(node, Scalar):
            if node.text == BROKEN:
                return MISSING
            value = self.text.read(node, ctx)
            return value if isinstance(value, Missing) else {self.key: value}
        if isinstance(node, Listing):
            return ctx.fault(node, f"{shape(node)} stands where {self.text.what} or a mapping is wanted")
        return self.full.read(node, ctx)

    def schema(self) -> Schema:
        """Either."""
        return {"anyOf": [self.text.schema(), self.full.schema()]}
