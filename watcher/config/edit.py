"""Edits of the user's own files: lines are put in, every other byte stays, comments and layout with it.

The list of feeds is found by its place in the file, and the result is read again before it is written.
"""

import json
import os
import re
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from watcher.config import checks
from watcher.config.crosscheck import url_key
from watcher.config.kinds import WrongError
from watcher.config.languages import language
from watcher.config.nodes import Listing, Mapping, Node, Scalar, Source, compose, fault_at, is_null, read_source
from watcher.config.sources import OpmlFeed
from watcher.config.union import files
from watcher.errors import ConfigError, Fault

_OWN_FILE = "feeds.yaml"
_PLAIN = re.compile(r"https?://[^\s#,\[\]{}'\"&*!|>%@`$]+(?<!:)")


@dataclass(frozen=True, slots=True, kw_only=True)
class _NewFeed:
    url: str
    name: str | None = None
    tags: tuple[str, ...] = ()
    language: str | None = None


def add_feed(
    path: Path, *, url: str, name: str | None = None, tags: Sequence[str] = (), language: str | None = None
) -> tuple[Path, int] | None:
    """Write one feed to the config at `path` (file or folder): its file and line; None where it is listed already.

    Raises ConfigError where the config cannot be read or written, what is said of the feed is not served, or its name
    is another feed's.
    """
    feed = _clean(url, name, tags, language)
    sources = _sources(path)
    listed = [item for _, _, root in sources for item in _listed(root)]
    if any(url_key(feed.url) == key for key, _ in listed):
        return None
    if feed.name is not None and any(feed.name == other for _, other in listed):
        raise ConfigError([Fault(message=f"a feed is named `{feed.name}` already", hint="choose another name")])
    return _write(path, sources, (feed,))[0]


def add_feeds(path: Path, feeds: Sequence[OpmlFeed]) -> tuple[tuple[Path, int], ...]:
    """Write feeds to the config at `path`: file and line of each that is new; those listed already stay as they are.

    Where no file has a list of feeds, a folder gets `feeds.yaml` and a file the key. One file is written, in one step.
    A name that another feed has is left out. Raises ConfigError as `add_feed` does.
    """
    sources = _sources(path)
    listed = [item for _, _, root in sources for item in _listed(root)]
    urls, names = {key for key, _ in listed}, {name for _, name in listed if name is not None}
    new: list[_NewFeed] = []
    for one in feeds:
        feed = _clean(one.url, one.name if one.name != one.url else None, one.tags, None)
        if url_key(feed.url) in urls:
            continue
        new.append(replace(feed, name=None) if feed.name in names else feed)
        urls.add(url_key(feed.url))
        names |= {feed.name} if feed.name is not None else set()
    return _write(path, sources, new) if new else ()


def _clean(url: str, name: str | None, tags: Sequence[str], code: str | None) -> _NewFeed:
    try:
        return _NewFeed(
            url=checks.url(url),
            name=checks.line(" ".join(name.split())) if name and name.strip() else None,
            tags=tuple(dict.fromkeys(checks.tag(tag) for tag in tags if tag.strip())),
            language=language(code) if code else None,
        )
    except WrongError as wrong:
        raise ConfigError([Fault(message=f"{url[:200]}: {wrong}", hint=wrong.hint)]) from wrong


_Sources = list[tuple[Path, Source, Mapping | None]]


def _sources(path: Path) -> _Sources:
    sources: _Sources = []
    found = files(path)
    if not found and not path.is_dir():
        hint = "`watcher init` writes a config to start from"
        raise ConfigError([Fault(message="there is no such file or folder", file=str(path), hint=hint)])
    for file in found:
        source = read_source(file, str(file))
        if isinstance(source, Fault):
            raise ConfigError([source])
        root, faults = compose(source)
        if faults:
            raise ConfigError(faults)
        if root is not None and not isinstance(root, Mapping) and not is_null(root):
            raise ConfigError([fault_at(root, "a config is a mapping")])
        sources.append((file, source, root if isinstance(root, Mapping) else None))
    return sources


def _listed(root: Mapping | None) -> list[tuple[str, str | None]]:
    """The feeds that a file lists: their URL's key, and their name."""
    node = root.entries["feeds"][1] if root and "feeds" in root.entries else None
    items = node.items if isinstance(node, Listing) else [node] if node is not None else []
    found = []
    for item in items:
        url, name = (_text(item, "url"), _text(item, "name")) if isinstance(item, Mapping) else (_plain(item), None)
        with suppress(ValueError):
            if url is not None:
                found.append((url_key(url), name and " ".join(name.split())))
    return found


def _text(item: Mapping, key: str) -> str | None:
    return _plain(item.entries[key][1]) if key in item.entries else None


def _plain(node: Node) -> str | None:
    return node.text.strip() if isinstance(node, Scalar) else None


def _write(path: Path, sources: _Sources, feeds: Sequence[_NewFeed]) -> tuple[tuple[Path, int], ...]:
    """Put the feeds where feeds stand; file and line of each."""
    items = [_item(feed) for feed in feeds]
    with_list = [(file, source, root) for file, source, root in sources if root and "feeds" in root.entries]
    own = [entry for entry in with_list if entry[0].stem == "feeds"]
    for file, source, root in (own or with_list)[:1]:
        key, node = root.entries["feeds"]
        text, line, step = _inserted(source, node, key, items)
        _replace(file, text, source.text, len(items))
        return tuple((file, line + step * index) for index in range(len(items)))
    file, before = _without_list(path, sources)
    head = before + ("" if not before or before.endswith("\n") else "\n") + ("\n" if before.strip() else "")
    _replace(file, f"{head}feeds:\n" + "".join(f"  - {item}\n" for item in items), before, len(items))
    return tuple((file, head.count("\n") + 2 + index) for index in range(len(items)))


def _without_list(path: Path, sources: _Sources) -> tuple[Path, str]:
    """The file that gets the key `feeds`, and its text."""
    if path.is_dir():
        file = path / _OWN_FILE
        return file, next((source.text for known, source, _ in sources if known == file), "")
    file, source, root = sources[0]
    if root is not None and root.flow:
        raise ConfigError([fault_at(root, "the config stands in braces", hint="add the feeds by hand")])
    return file, source.text


def _item(feed: _NewFeed) -> str:
    """An item on one line: the URL alone where nothing else is known."""
    if feed.name is None and not feed.tags and feed.language is None:
        return feed.url if _PLAIN.fullmatch(feed.url) else _quoted(feed.url)
    parts = [f"url: {_quoted(feed.url)}"]
    if feed.name is not None:
        parts.append(f"name: {_quoted(feed.name)}")
    if feed.tags:
        parts.append(f"tags: [{', '.join(_quoted(tag) for tag in feed.tags)}]")
    if feed.language is not None:
        parts.append(f"language: {_quoted(feed.language)}")
    return f"{{{', '.join(parts)}}}"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # a JSON string is a YAML string


def _inserted(source: Source, node: Node, key: Scalar, items: Sequence[str]) -> tuple[str, int, int]:
    """The text with items put behind those of the list, the line of the first, and the lines between two."""
    text = source.text
    if isinstance(node, Listing) and node.source is source and node.items and not node.flow:
        margin = " " * (node.column - 1)
        return *_lines_after(text, max(_ends(node.items[-1])), [f"{margin}- {item}" for item in items]), 1
    if isinstance(node, Listing) and node.flow and node.start >= key.end:
        bracket = node.end - 1
        before = text[:bracket].rstrip()
        comma = "" if before.endswith(("[", ",")) else ", "
        put = before + comma + ", ".join(items)
        return put + text[bracket:], before.count("\n") + 1, 0
    if is_null(node):
        return *_lines_after(text, text.index(":", key.end) + 1, [f"  - {item}" for item in items]), 1
    if isinstance(node, Scalar) and node.start >= key.end:
        put = f"[{text[node.start : node.end]}, {', '.join(items)}]"
        return text[: node.start] + put + text[node.end :], node.line, 0
    raise ConfigError([fault_at(key, "feeds cannot be added here", path="feeds", hint="add them by hand")])


def _lines_after(text: str, end: int, lines: Sequence[str]) -> tuple[str, int]:
    """Lines put behind the one that holds the character before `end`."""
    stop = text.find("\n", end)
    stop = len(text) if stop < 0 else stop
    newline = "\r\n" if text[:stop].endswith("\r") else "\n"
    head = text[:stop].removesuffix("\r")
    put = head + "".join(newline + line for line in lines)
    rest = text[stop:]
    return put + (newline[:-1] + rest if rest else newline), head.count("\n") + 2


def _ends(node: Node) -> list[int]:
    """Where a node's parts end; a block collection's own end lies behind the comments that follow it."""
    if isinstance(node, Listing) and not node.flow:
        return [end for item in node.items for end in _ends(item)] or [node.start]
    if isinstance(node, Mapping) and not node.flow:
        ends = [end for key, value in node.entries.values() for end in (key.end, *_ends(value))]
        return ends or [node.start]
    if isinstance(node, Scalar) and node.style in {"|", ">"}:
        return [node.start + len(node.source.text[node.start : node.end].rstrip())]
    return [node.end]


def _replace(file: Path, text: str, before: str, more: int) -> None:
    """Write a file in one step, after it was read again: it must list so many feeds more."""
    root, faults = compose(Source(str(file), text))
    was, _ = compose(Source(str(file), before))
    if faults or _count(root) != _count(was) + more:
        raise ConfigError([Fault(message="the feeds cannot be added here", file=str(file), hint="add them by hand")])
    target = Path(os.path.realpath(file))  # a link stays one
    try:
        mode = target.stat().st_mode & 0o777 if target.exists() else 0o644
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        with _removed_on_failure(Path(temporary)), os.fdopen(handle, "w", encoding="utf-8", newline="") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
            Path(temporary).chmod(mode)
            Path(temporary).replace(target)
    except OSError as error:
        raise ConfigError([Fault(message=f"cannot be written: {error.strerror or error}", file=str(file))]) from error


@contextmanager
def _removed_on_failure(temporary: Path) -> Iterator[None]:
    try:
        yield
    finally:
        temporary.unlink(missing_ok=True)


def _count(root: Node | None) -> int:
    node = root.entries["feeds"][1] if isinstance(root, Mapping) and "feeds" in root.entries else None
    if isinstance(node, Listing):
        return len(node.items)
    return 0 if node is None or is_null(node) else 1
