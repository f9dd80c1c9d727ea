"""What YAML's own errors mean for somebody who writes a config, and how to go on behind them.

Queries are where YAML bites: a quote, a colon or a star at the wrong place. Such an error names the cure; then the
value is mended with a mark, so that the faults behind it are found in the same run.
"""

import re
from collections.abc import Sequence

import yaml

from watcher.errors import Fault

BROKEN = "\ue000"
"""Stands where a value could not be read and has been reported already."""

MAX_REPAIRS = 50
_KEY = re.compile(r"(?:\"[^\"]*\"|'[^']*'|[^\s#\"'\[\]{},&*!|>%@`-][^\s:#]*)(?=\s*:(?:\s|$))")
_LEAD = re.compile(r"\s*(?:-\s+)*")
_QUERY_CURE = "write `query: >-` and the query on the next line, indented"
_QUOTE_CURE = "put the whole text in single quotes"
_QUERIES = frozenset({"query", "any", "all", "none", "of", "terms"})


class UnknownAliasError(yaml.MarkedYAMLError):
    """`*name` without its `&name`; most often a query or a pattern that starts with a star."""

    def __init__(self, problem: str, mark: yaml.Mark) -> None:
        super().__init__(None, None, problem, mark)


def dotted(path: Sequence[str | int]) -> str:
    """`("feeds", 3, "url")` as people read it: `feeds[3].url`."""
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else part
    return text


def explain(name: str, original: str, text: str, error: yaml.MarkedYAMLError) -> tuple[Fault, str | None]:
    """A fault for a syntax error, and the text with the value mended; None where what follows cannot be trusted."""
    mark = error.problem_mark or error.context_mark
    unclosed = _unclosed(error)
    if error.context_mark and (unclosed or error.context in {"while scanning an alias", "while scanning an anchor"}):
        mark = error.context_mark
    row, col = (mark.line, mark.column) if mark else (0, 0)
    lines = text.split("\n")
    if row >= len(lines):
        row, col = len(lines) - 1, len(lines[-1])
    key, value, inline = _value_at(lines[row], col)
    path = _path(lines, row)
    owner = key or (path[-1] if path else "")
    if inline and key:
        path = [*path[: -1 if path and path[-1] != key else None], key] if path else [key]
    message = unclosed or _message(error, value, lines[row])
    query = owner == "query" or any(part in _QUERIES for part in path[-1:])
    hint = _hint(error, owner, value, query=query, inline=inline, unclosed=bool(unclosed))
    fault = Fault(message=message, file=name, line=row + 1, column=col + 1, path=dotted(path), hint=hint)
    mendable = not inline and not unclosed and bool(value) and original.count("\n") == text.count("\n")
    return fault, _mend(lines, row, value) if mendable else None


def _unclosed(error: yaml.MarkedYAMLError) -> str:
    if "quoted scalar" in (error.context or "") and "end of stream" in (error.problem or ""):
        return "a quote is opened here and not closed"
    opened, found = error.context_mark, error.problem_mark
    if "flow" in (error.context or "") and opened and found and found.line != opened.line:
        return f"a `{'[' if 'sequence' in (error.context or '') else '{'}` is opened here and not closed"
    return ""


def _value_at(line: str, col: int) -> tuple[str, str, bool]:
    """The last key before the column and what is written after it; True where that stands inside brackets."""
    lead = _LEAD.match(line)
    begin = lead.end() if lead else 0
    key, start, inline = "", begin, False
    for found in _KEY.finditer(line, begin):
        colon = line.index(":", found.end())
        if colon >= col:
            break
        if key and not re.search(r"[{,]\s*$", line[: found.start()]):
            continue
        inline = bool(key) or found.start() != begin
        key, start = found[0].strip("\"'"), colon + 1
    return key, line[start:].strip(), inline


def _path(lines: Sequence[str], row: int) -> list[str]:
    """The keys that lead to a line, read from the indentation."""
    path: list[str] = []
    indent = len(lines[row]) + 1
    for line in reversed(lines[: row + 1]):
        lead = _LEAD.match(line)
        begin = lead.end() if lead else 0
        if not line.strip() or line.lstrip().startswith("#") or begin >= indent:
            continue
        found = _KEY.match(line, begin)
        if found or not path:
            indent = begin
        if found:
            path.insert(0, found[0].strip("\"'"))
    return path


def _message(error: yaml.MarkedYAMLError, value: str, line: str) -> str:
    problem = error.problem or error.context or "it cannot be read"
    first = value[:1]
    alias = isinstance(error, UnknownAliasError) or error.context == "while scanning an alias"
    tabbed = "\t" in line[: len(line) - len(line.lstrip())]
    goes_on = "expected key" in problem or "expected ','" in problem
    no_start = "cannot start any token" in problem or "expected node content" in problem
    meanings = (
        (alias, "a value that starts with `*` is a YAML alias"),
        (tabbed and no_start, "a tab stands where spaces indent"),
        (first in {'"', "'"} and goes_on, "text goes on after the closing quote"),
        (first in {"[", "{"} and goes_on, "text goes on after the closing bracket, or a comma is missing"),
        (bool(first) and no_start, f"a plain value cannot start with `{first}`"),
        ("mapping values" in problem, "a colon and a space stand inside a plain value, or a line is indented too far"),
        ("comment or line break" in problem, f"text goes on after `{first}`, which starts a block on the next line"),
        ("expected key" in problem, "this line does not fit the indentation of those above"),
    )
    return next((meaning for holds, meaning in meanings if holds), f"is no YAML: {problem}")


def _hint(error: yaml.MarkedYAMLError, owner: str, value: str, *, query: bool, inline: bool, unclosed: bool) -> str:
    problem = error.problem or ""
    if owner == "query" and not inline and value:
        return _QUERY_CURE
    if owner == "topics" and value == "*":
        return 'write `topics: "*"`'
    if query or isinstance(error, UnknownAliasError) or (value[:1] in {'"', "'", "*", "@", "`", "%"} and not unclosed):
        return _QUOTE_CURE
    if unclosed:
        return "close it"
    if "unknown escape" in problem:
        return "in double quotes a backslash escapes; use single quotes"
    return "indent with spaces, the same for all keys of a mapping; a text that holds `: ` or ` #` stands in quotes"


def _mend(lines: Sequence[str], row: int, value: str) -> str:
    """The text with the value, and the lines that continue it, replaced by a mark."""
    mended = list(lines)
    line = mended[row]
    mended[row] = f"{line[: line.rindex(value)]}'{BROKEN}'"
    lead = _LEAD.match(line)
    indent = lead.end() if lead else 0
    for index in range(row + 1, len(mended)):
        below = mended[index]
        if below.strip() and len(below) - len(below.lstrip()) <= indent:
            break
        mended[index] = ""
    return "\n".join(mended)
