"""Where a character of a scalar's value stands in its file, and the line with a caret under it."""

import re

from watcher.config.nodes import Scalar, Source

_AROUND = 60  # characters shown on either side of the place
_ESCAPE = re.compile(r"\\(x[0-9A-Fa-f]{2}|u[0-9A-Fa-f]{4}|U[0-9A-Fa-f]{8}|\r?\n[ \t]*|.)", re.DOTALL)


def locate(node: Scalar, offset: int) -> tuple[int, int]:
    """The 1-based line and column in the file of `node.text[offset]`."""
    raw = node.source.text[node.start : node.end]
    at = _raw_offset(raw, node, max(0, min(offset, len(node.text))))
    before = node.source.text[: node.start + at]
    lines = re.split(r"\r\n|\r|\n", before)
    return len(lines), len(lines[-1]) + 1


def sketch(source: Source, line: int, column: int, length: int = 1) -> str:
    """The line of the file without its indentation, cut where it is long, and carets under the place."""
    lines = re.split(r"\r\n|\r|\n", source.text)
    text = lines[line - 1].rstrip() if line <= len(lines) else ""
    at = column - 1
    begin = max(len(text) - len(text.lstrip()), at - _AROUND)
    end = max(at + _AROUND, begin + 2 * _AROUND)
    before, after = ("…" if text[:begin].strip() else ""), ("…" if text[end:] else "")
    width = max(1, min(length, len(text[:end]) - at))
    return f"{before}{text[begin:end]}{after}\n{' ' * (len(before) + max(0, at - begin))}{'^' * width}"


def _raw_offset(raw: str, node: Scalar, offset: int) -> int:
    """Walks the value and the text as written side by side: what is no blank stands in both, in the same order."""
    at = raw.find("\n") + 1 if node.style in {"|", ">"} else len(node.style)
    last = at
    for index in range(offset + 1):
        char = node.text[index] if index < len(node.text) else ""
        at, width = _escaped(raw, at) if node.style == '"' else (at, 1)
        if width == 1:
            at = _next(raw, at, char)
        last = at
        at += 2 if node.style == "'" and char == "'" else width
    return min(last, len(raw))


def _escaped(raw: str, at: int) -> tuple[int, int]:
    """Past escaped line breaks; the width of the escape that stands there, 1 for none."""
    while found := _ESCAPE.match(raw, at):
        if not found[1].startswith(("\n", "\r")):
            return at, len(found[0])
        at = found.end()
    return at, 1


def _next(raw: str, at: int, char: str) -> int:
    """Where the character comes next; a blank may stand for a whole fold of the line."""
    if char and not char.isspace():
        found = raw.find(char, at)
        return found if found >= 0 else at
    return at
