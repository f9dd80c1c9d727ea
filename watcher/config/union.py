"""Which files a config is, and their union: mappings merge, lists are joined, nothing is said twice."""

import os
from collections.abc import Sequence
from pathlib import Path

from watcher.config.nodes import Listing, Mapping, Node, is_null, twice
from watcher.config.syntax import dotted
from watcher.errors import ConfigError, Fault

_SUFFIXES = (".yaml", ".yml")
_JOINED = frozenset({("feeds",), ("fetch", "allow_private")})  # a single value serves there where a list may stand
_NAMED = frozenset({"terms", "topics", "channels", "digests"})


def files(path: Path) -> tuple[Path, ...]:
    """The YAML files of a config, sorted: the file itself, or those of the folder and its sub-folders.

    Hidden files and folders are left out, as a shell's `*.yaml` does. Empty where there is nothing; ConfigError where a
    folder cannot be read.
    """
    try:
        return _found(path)
    except OSError as error:
        raise ConfigError(
            [Fault(message=f"cannot be read: {error.strerror or error}", file=str(error.filename or path))]
        ) from error


def _found(path: Path) -> tuple[Path, ...]:
    if not path.is_dir():
        return (path,) if path.exists() else ()
    found: list[Path] = []
    seen: set[str] = set()
    for root, folders, names in os.walk(path, onerror=_unreadable, followlinks=True):
        real = os.path.realpath(root)
        if real in seen:  # a link that leads back
            folders.clear()
            continue
        seen.add(real)
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        found += [Path(root, name) for name in names if name.endswith(_SUFFIXES) and not name.startswith(".")]
    return tuple(sorted(file for file in found if not file.is_dir()))


def _unreadable(error: OSError) -> None:
    raise error


def union(roots: Sequence[Mapping]) -> tuple[Mapping, tuple[Fault, ...]]:
    """One mapping of several, and what is said twice."""
    faults: list[Fault] = []
    first, *others = roots
    whole: Node = first
    for other in others:
        whole = _join(whole, other, (), faults)
    return (whole if isinstance(whole, Mapping) else first), tuple(faults)


def _join(one: Node, other: Node, path: tuple[str, ...], faults: list[Fault]) -> Node:
    if is_null(other):
        return one
    if is_null(one):
        return other
    if isinstance(one, Mapping) and isinstance(other, Mapping) and path not in _JOINED:
        return _merge(one, other, path, faults)
    if path in _JOINED or (isinstance(one, Listing) and isinstance(other, Listing)):
        items = [item for node in (one, other) for item in (node.items if isinstance(node, Listing) else [node])]
        return Listing(one.source, one.line, one.column, one.start, one.end, items=items)
    faults.append(twice(other, one, dotted(path)))
    return one


def _merge(one: Mapping, other: Mapping, path: tuple[str, ...], faults: list[Fault]) -> Mapping:
    merged = Mapping(one.source, one.line, one.column, one.start, one.end, entries=dict(one.entries))
    for name, (key, value) in other.entries.items():
        if name not in merged.entries:
            merged.entries[name] = (key, value)
        elif path and path[0] in _NAMED and len(path) == 1:
            faults.append(twice(key, merged.entries[name][0], dotted((*path, name))))
        else:
            first_key, first = merged.entries[name]
            merged.entries[name] = (first_key, _join(first, value, (*path, name), faults))
    return merged
