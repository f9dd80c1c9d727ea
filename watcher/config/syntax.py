"""What YAML's own errors mean for somebody who writes a config, and how to go on behind them.

Queries are where YAML bites: a quote, a colon or a star at the wrong place. Such an error names the cure; then the
value is mended with a mark, so that the faults behind it are found in the same run.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

import yaml

from watcher.errors import Fault

BROKEN = "\ue000"
"""Stands where a value could not be read and has been reported already."""

MAX_REPAIRS = 50
_LOOKED_BACK = 2_000  # characters of a line
_KEY = re.compile(r"(?<![^\s{,])(?:\"[^\"]*+\"|'[^']*+'|[^\s#\"'\[\]{},&*!|>%@`-][^\s:#]*+)(?=\s*+:(?:\s|$))")
_LEAD = re.compile(r"\s*(?:-\s+)*")
_QUERY_CURE = "write `query: >-` and the query on the next line, indented"
_BLOCK_CURE = "put all of it in single quotes, or write `>-` and the text on the next line"
_FLOW_CURE = "inside brackets a text with such characters stands in single quotes"
_LAYOUT_CURE = "indent with spaces, the same for all keys of a mapping; a text that holds `: ` or ` #` stands in quotes"


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


def explain(name: str, text: str, error: yaml.MarkedYAMLError) -> tuple[Fault, str | None]:
    """A fault for a syntax error, and the text with the value mended; None where what follows cannot be trusted."""
    lines = text.split("\n")
    unclosed = _unclosed(error)
    row, col = _place(error, lines, at_start=bool(unclosed))
    keys, value, inline = _value_at(lines[row], col)
    path = _path(lines, row)
    if keys:
        path = [*path[:-1], *keys]
    elif "mapping values" in (error.problem or "") and not lines[row].lstrip().startswith("- "):
        path = path[:-1]  # the line goes on with the value above
    owner = path[-1] if path else ""
    cause = _Cause(error=error, value=value, line=lines[row], col=col, inline=inline)
    message, at_value = (unclosed, False) if unclosed else cause.meaning()
    fault = Fault(
        message=message,
        file=name,
        line=row + 1,
        column=col + 1,
        path=dotted(path),
        hint=cause.cure(owner, at_value=at_value, unclosed=bool(unclosed)),
    )
    return fault, _mend(lines, row, value) if at_value and value and not inline else None


def _place(error: yaml.MarkedYAMLError, lines: Sequence[str], *, at_start: bool) -> tuple[int, int]:
    """Row and column, 0-based: where what is wrong begins."""
    starts = at_start or error.context in {"while scanning an alias", "while scanning an anchor"}
    mark = (error.context_mark if starts else error.problem_mark) or error.problem_mark or error.context_mark
    if mark is None or mark.line >= len(lines):
        return len(lines) - 1, len(lines[-1])
    return mark.line, mark.column


def _unclosed(error: yaml.MarkedYAMLError) -> str:
    context = error.context or ""
    if "quoted scalar" in context and "end of stream" in (error.problem or ""):
        return "a quote is opened here and not closed"
    opened, found = error.context_mark, error.problem_mark
    if "flow" in context and opened and found and found.line != opened.line:
        return f"a `{'[' if 'sequence' in context else '{'}` is opened here and not closed"
    return ""


def _value_at(line: str, col: int) -> tuple[list[str], str, bool]:
    """The keys that lead to a column of a line, what is written after the last, and whether that is in brackets."""
    lead = _LEAD.match(line)
    begin = start = max(lead.end() if lead else 0, col - _LOOKED_BACK)
    chain: list[tuple[int, str]] = []
    for found in _KEY.finditer(line, begin):
        colon = line.index(":", found.end())
        if colon >= col:
            break
        before = re.sub(r"\"[^\"]*\"|'[^']*'", "", line[begin : found.start()])
        depth = len(re.findall(r"[\[{]", before)) - len(re.findall(r"[\]}]", before))
        if chain and not re.search(r"[{,]\s*$", before):
            continue
        chain = [(above, key) for above, key in chain if above < depth]
        chain.append((depth, found[0].strip("\"'")))
        start = colon + 1
    inline = bool(chain) and chain[-1][0] > 0
    return [key for _, key in chain], line[start:].strip(), inline


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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Cause:
    """An error with what stands at its place."""

    error: yaml.MarkedYAMLError
    value: str
    line: str
    col: int
    inline: bool

    def meaning(self) -> tuple[str, bool]:
        """What is wrong, in words; True where it is the value, so that the rest can be read without it."""
        problem = self.error.problem or self.error.context or "it cannot be read"
        first = self.value[:1]
        goes_on = any(f"expected {what}" in problem for what in ("key", "','", "'-'"))
        no_start = "cannot start any token" in problem or "expected node content" in problem
        tabbed = "\t" in self.line[: len(self.line) - len(self.line.lstrip())]
        meanings = (
            (self._alias(), "a value that starts with `*` is a YAML alias", True),
            (tabbed and no_start, "a tab stands where spaces indent", False),
            ("flow" in (self.error.context or "") and goes_on, "a comma or a closing bracket is missing here", True),
            (first in {'"', "'"} and goes_on, "text goes on after the closing quote", True),
            (first in {"[", "{"} and goes_on, "text goes on after the closing bracket", True),
            (bool(first) and no_start, f"a plain value cannot start with `{self.line[self.col : self.col + 1]}`", True),
            ("mapping values" in problem, "a colon and a space stand inside a plain value", bool(first)),
            (
                "comment or line" in problem,
                f"text goes on after `{first}`, which starts a block on the next line",
                True,
            ),
            ("unknown escape" in problem, "a backslash in double quotes starts an escape, and this is none", True),
            (goes_on, "this line does not fit the indentation of those above", False),
        )
        return next(((text, culprit) for holds, text, culprit in meanings if holds), (f"is no YAML: {problem}", False))

    def _alias(self) -> bool:
        return isinstance(self.error, UnknownAliasError) or self.error.context == "while scanning an alias"

    def cure(self, owner: str, *, at_value: bool, unclosed: bool) -> str:
        """What to write instead."""
        if owner == "query" and not self.inline and (at_value or unclosed or not self.value):
            return _QUERY_CURE
        if self._alias() and re.match(r"\*\s*([,\]}#]|$)", self.line[self.col :]):
            return 'a star alone stands in quotes: "*"'
        if unclosed:
            return "close it"
        if at_value:
            return _FLOW_CURE if self.inline else _BLOCK_CURE
        return _LAYOUT_CURE


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
