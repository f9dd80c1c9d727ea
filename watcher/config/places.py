"""Paths and the storage URL: relative ones start at the config's folder, and stand absolute in the settings."""

import os
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from watcher.config.kinds import Context, Missing, Schema, Text, WrongError
from watcher.config.nodes import Node

_STORAGE_HINT = "sqlite:///path, or postgresql://user@host/db"


@dataclass(frozen=True, slots=True, kw_only=True)
class Placed:
    """A text whose meaning depends on the config's folder."""

    text: Text
    place: Callable[[str, Path], Any]
    watched: bool = False  # a changed file is a changed config

    def read(self, node: Node, ctx: Context) -> Any:
        """The value, placed."""
        text = self.text.read(node, ctx)
        if isinstance(text, Missing):
            return text
        try:
            placed = self.place(text, ctx.folder)
        except WrongError as wrong:
            return ctx.fault(node, str(wrong), wrong.hint)
        if self.watched:
            ctx.files.append(placed)
        return placed

    def schema(self) -> Schema:
        """The text's."""
        return self.text.schema()


def absolute(text: str, folder: Path) -> Path:
    """The path from the config's folder on."""
    if "\0" in text or text.startswith("~"):
        raise WrongError("`~` is not expanded in paths", "write ${HOME}/…")
    return Path(os.path.normpath(folder / text.strip()))


def file(text: str, folder: Path) -> Path:
    """A file that can be read."""
    path = absolute(text, folder)
    try:
        with path.open("rb"):
            pass
    except OSError as error:
        raise WrongError(f"`{text}` cannot be read: {error.strerror}", f"it is looked for at {path}") from error
    return path


def directory(text: str, folder: Path) -> Path:
    """A folder, or a place for one."""
    path = absolute(text, folder)
    if path.exists() and not path.is_dir():
        raise WrongError(f"`{text}` is a file", "name a folder")
    return path


def storage(text: str, folder: Path) -> str:
    """A storage URL with an absolute path."""
    value = text.strip()
    scheme, colon, rest = value.partition("://")
    if scheme in {"postgres", "postgresql+psycopg", "postgresql+psycopg2", "postgresql+asyncpg", "postgresql+pg8000"}:
        raise WrongError(f"the scheme `{scheme}` is not served", f"did you mean postgresql://{'…' if rest else ''}?")
    if scheme == "postgresql" and colon:
        return _postgresql(value)
    if scheme != "sqlite" or not colon:
        raise WrongError("is no storage that is served", _STORAGE_HINT)
    if not rest.startswith("/"):
        raise WrongError("a path follows three slashes", f"sqlite:///{rest}, or four for an absolute one")
    path = rest[1:]
    if not path or path.endswith("/") or ":memory:" in path:
        raise WrongError("the storage names no file", "such as sqlite:///var/watcher.db")
    if re.search(r"[?#]", path):
        raise WrongError("a storage path takes no options", "such as sqlite:///var/watcher.db")
    return f"sqlite:///{absolute(path, folder)}"


def _postgresql(value: str) -> str:
    try:
        parts = urlsplit(value)
        _ = parts.port
    except ValueError as error:
        raise WrongError("the storage's host or port cannot be read", _STORAGE_HINT) from error
    if not parts.path.strip("/"):
        raise WrongError("the storage names no database", _STORAGE_HINT)
    return value


FILE = Placed(text=Text(what="a file's path"), place=file, watched=True)
FOLDER = Placed(text=Text(what="a folder's path", keep=True), place=directory)
STORAGE = Placed(
    text=Text(what="a storage URL", sensitive=True, examples=("sqlite:///var/watcher.db", "postgresql://user@host/db")),
    place=storage,
)
