"""Every key that is served stands in docs/config.md."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel

from watcher.config import schema
from watcher.settings import Settings

DOCS = (Path(__file__).resolve().parents[3] / "docs" / "config.md").read_text()
WORDS = frozenset(re.findall(r"`([a-z_]+)`", DOCS)) | frozenset(re.findall(r"\b([a-z_]+):", DOCS))

MADE_BY_THE_LOADER = {"folder", "host", "sender", "start", "end", "passing", "escalates", "amount", "share", "percent"}
"""Fields that stand for a key of another name, or for the two readings of one value."""


def keys(node: Any) -> Iterator[str]:
    """The names of all properties in a JSON Schema."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == "properties":
                yield from value
            yield from keys(value)
    elif isinstance(node, list):
        for item in node:
            yield from keys(item)


def fields(model: type[BaseModel]) -> Iterator[str]:
    """The names of all fields of a settings model and of those it holds."""
    for name, field in model.model_fields.items():
        yield field.alias or name
        for inner in _models(field.annotation):
            yield from fields(inner)


def _models(kind: Any) -> Iterator[type[BaseModel]]:
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
    for part in get_args(kind):
        yield from _models(part)


def test_every_key_is_in_the_docs() -> None:
    assert not set(keys(schema())) - WORDS


def test_every_setting_is_in_the_docs_under_its_key() -> None:
    assert not set(fields(Settings)) - WORDS - MADE_BY_THE_LOADER


def test_the_docs_name_no_section_that_is_not_served() -> None:
    served = set(schema()["properties"])
    told = set(re.findall(r"^## `([a-z_]+)`$", DOCS, re.MULTILINE))
    assert told <= served
