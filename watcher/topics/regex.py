r"""Regexes of queries on RE2, which takes time linear in the text, with `\b`, `\w`, `\d`, `\s` meaning Unicode.

RE2's own classes are ASCII, so they are written out as Unicode categories. RE2 has no look-around to say `\b` with, so
a pattern that uses it runs over a text in which each character stands between two guards. Guards are ASCII: `_`, a
word character to RE2, and NUL, none; where the next guard after a `_` is NUL, there RE2 finds its own `\b`, and exactly
there a word begins or ends as Unicode has it.

Syntax: https://github.com/google/re2/wiki/Syntax
"""

import re
from collections.abc import Iterator
from functools import cache, lru_cache
from typing import Any, Final, NamedTuple, Protocol

import re2

from watcher.text.fold import marks
from watcher.text.sentences import Span

FINDS: Final = 200_000_000
"""Characters read for one pattern that has no longest find, at most: beyond, its first finds count (200 in 1 MB)."""

FOUND: Final = "found"
"""The group that is the find, where a pattern has it."""
_PARTS: Final = (f"(?P<{FOUND}>", f"(?<{FOUND}>")

_UNDERSCORE: Final = "\ue000"
_NUL: Final = "\ue001"
_MEMORY: Final = 8 << 20  # bytes RE2 may use for one pattern
_WIDTH: Final = 3  # characters of guarded text for one of the text
_LITERAL: Final = 3  # a shorter run of letters is in every text

_INSIDE: Final = {
    "w": r"\pL\pM\pN_",
    "d": r"\p{Nd}",
    "s": r"\s\x0b\x{85}\pZ",
    "W": r"\p{Pd}\p{Ps}\p{Pe}\p{Pi}\p{Pf}\p{Po}\pS\pZ\p{Cc}\p{Cf}\x{e001}-\x{f8ff}‿⁀⁔︳︴﹍﹎﹏＿",  # all but _
    "D": r"\pL\pM\pP\pS\pZ\pC\p{Nl}\p{No}",
    "S": r"\pL\pM\pN\pP\pS\p{Cf}\p{Co}\x00-\x08\x0e-\x1f\x7f",
}
"""What a class escape becomes between square brackets."""

_PIECE: Final = re.compile(
    r"""
      (?P<quoted>\\Q(?s:.*?)(?:\\E|$))
    | (?P<assertion>\\[bBAz]|[\^$])
    | (?P<escape>\\(?:p\{\^?\w+\}|P\{\^?\w+\}|[pP]\w|x\{[0-9A-Fa-f]+\}|x[0-9A-Fa-f]{2}|[0-7]{1,3}|(?s:.)))
    | (?P<set>\[\^?\]?(?:\[:\^?\w+:\]|\\(?s:.)|[^\]\\])*\])
    | (?P<group>\((?:\?(?:P?<\w*>|[a-zA-Z-]*[:)]))?)
    | (?P<close>\)) | (?P<either>\|)
    | (?P<times>(?:[*+?]|\{\d+(?:,\d*)?\})[?]?)
    | (?P<one>(?s:.))
    """,
    re.VERBOSE,
)
_SET_PIECE: Final = re.compile(r"\[:\^?\w+:\]|\\[pP]\{\^?\w+\}|\\[pP]\w|\\(?s:.)|(?s:.)")


class RegexError(ValueError):
    """A pattern that RE2 does not take; the text says why."""


class Compiled(NamedTuple):
    """A pattern ready to run; `literal` is a run of ASCII letters and digits that every find holds, or empty.

    The find is what the group of number `part` took, where it took something, else the whole.
    """

    engine: Any
    part: int
    guarded: bool
    unbounded: bool
    literal: str


@lru_cache(maxsize=4096)
def compile_regex(pattern: str) -> Compiled:
    """Compile a pattern as it stands between slashes; RegexError where it cannot be."""
    pieces = [(str(found.lastgroup), found.group()) for found in _PIECE.finditer(pattern)]
    guarded = any(kind == "assertion" and text in {r"\b", r"\B"} for kind, text in pieces)
    if guarded and any(kind == "group" and re.match(r"\(\?[a-z]*m", text) for kind, text in pieces):
        raise RegexError(r"the flag (?m) does not go together with \b")
    rewritten = "".join(_rewrite(kind, text, guarded=guarded) for kind, text in pieces)
    part = any(kind == "group" and text in _PARTS for kind, text in pieces)
    engine = _engine(rewritten, pattern, part=part)
    if engine.search("") is not None:
        raise RegexError("it matches where there is nothing, so every article would have it")
    unbounded = any(kind == "times" and (text[0] in "*+" or ",}" in text) for kind, text in pieces)
    return Compiled(engine, engine.groupindex[FOUND] if part else 0, guarded, unbounded, _literal(pieces))


class Searchable(Protocol):
    """A text as regexes read it: `readable` and `guarded` are what the functions below make of it."""

    @property
    def readable(self) -> str:
        """Without lone surrogates."""
        ...

    @property
    def guarded(self) -> str:
        """Each character between guards."""
        ...


def find_regex(compiled: Compiled, text: Searchable) -> Iterator[Span]:
    """Where the pattern is found, leftmost first, in characters of the text; empty finds are none."""
    searched = text.guarded if compiled.guarded else text.readable
    width = _WIDTH if compiled.guarded else 1
    limit = max(100, FINDS // max(1, len(text.readable))) if compiled.unbounded else len(searched)
    for count, found in enumerate(compiled.engine.finditer(searched)):
        start, end = found.span(compiled.part if found[compiled.part] else 0)
        if end > start:
            yield Span(start // width, end // width)
        if count >= limit:
            return


def readable(text: str) -> str:
    """The text with lone surrogates replaced, which UTF-8 cannot hold."""
    return text if text.isascii() else re.sub("[\ud800-\udfff]", "\ufffd", text)


def guard(text: str) -> str:
    """A readable text with each character between guards; three times as long."""
    if not text:
        return ""
    runs = [run.replace("_", _UNDERSCORE).replace("\0", _NUL) for run in _runs().findall(text)]
    opening = "_" if _is_word(text[0]) else "\0"
    closing = "_" if _is_word(text[-1]) else "\0"
    return opening + "_\0".join(["__".join(run) for run in runs]) + closing


@cache
def _runs() -> re.Pattern[str]:
    return re.compile(rf"[\w{marks()}]+|[^\w{marks()}]+")


def _is_word(character: str) -> bool:
    found = _runs().match(character + "_")
    return found is not None and len(found.group()) > 1


def _engine(rewritten: str, pattern: str, *, part: bool) -> Any:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.never_capture = not part
    options.max_mem = _MEMORY
    try:
        return re2.compile(rewritten, options)
    except re2.error as error:
        reason = error.args[0]
        text = reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
        raise RegexError(_explain(text, pattern)) from error
    except UnicodeEncodeError as error:
        raise RegexError("it holds half a character (a lone surrogate)") from error


def _explain(reason: str, pattern: str) -> str:
    if re.search(r"\(\?(?:[=!]|<[=!])", pattern):
        return "RE2 has no look-ahead or look-behind"
    if re.search(r"\\[1-9]", pattern):
        return "RE2 has no back-references"
    if "too large" in reason:
        return "it is too large once its repetitions are written out"
    return reason


def _rewrite(kind: str, text: str, *, guarded: bool) -> str:
    """One piece as RE2 is to read it."""
    match kind:
        case "quoted":
            literal = text.removeprefix(r"\Q").removesuffix(r"\E")
            return "".join(_wrap(re2.escape(character), guarded=guarded) for character in literal)
        case "escape":
            if text == r"\C":
                raise RegexError(r"\C (one byte) has no place in a text")
            return _wrap(_escape(text), guarded=guarded)
        case "set":
            return _wrap(_set(text, guarded=guarded), guarded=guarded)
        case "one":
            return _wrap(text, guarded=guarded)
        case _:
            return text


def _wrap(atom: str, *, guarded: bool) -> str:
    if not guarded:
        return atom
    atom = atom.replace("_", _UNDERSCORE) if not atom.startswith("\\p") else atom
    return rf"(?:[_\x00]{atom}[_\x00])"


def _escape(text: str) -> str:
    letter = text[1:]
    if letter in {"w", "d", "s"}:
        return f"[{_INSIDE[letter]}]"
    if letter in {"W", "D", "S"}:
        return f"[^{_INSIDE[letter.lower()]}]"
    return text


def _set(text: str, *, guarded: bool) -> str:
    pieces = [
        _INSIDE.get(piece[1:], piece) if piece.startswith("\\") else piece for piece in _SET_PIECE.findall(text[1:-1])
    ]
    if guarded:
        pieces = [piece if piece.startswith("[:") else piece.replace("_", _UNDERSCORE) for piece in pieces]
    return f"[{''.join(pieces)}]"


def _literal(pieces: list[tuple[str, str]]) -> str:
    """The longest run of ASCII letters and digits outside groups that every find must hold."""
    runs, run, depth = [""], "", 0
    for kind, text in pieces:
        if kind == "either" and depth == 0:
            return ""
        if kind == "one" and depth == 0 and text.isascii() and text.isalnum():
            run += text.lower()
            continue
        if kind == "times":
            run = run[:-1]
        runs.append(run)
        run = ""
        depth += (kind == "group" and not text.endswith(")")) - (kind == "close")
    longest = max([*runs, run], key=len)
    return longest if len(longest) >= _LITERAL else ""
