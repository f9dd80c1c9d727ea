"""A query's characters as tokens. A fault is noted and reading goes on, so that all are told at once."""

import re
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import Final

from watcher.text.words import Words
from watcher.topics.faults import Notes
from watcher.topics.habits import HABITS, field_cure
from watcher.topics.regex import RegexError, compile_regex
from watcher.topics.syntax import ListRef, Node, Place, Regex
from watcher.topics.terms import read_inflected, read_term

QUOTES: Final = '"“”„‟«»＂'
"""All of them are quotes: any opens, any closes."""

_LARGEST: Final = 9  # digits of a number

_CHUNK: Final = re.compile(rf"[^\s(){QUOTES}]+")
_FIELD: Final = re.compile(r"([^\W\d_][\w-]*):")
_NUMBERED: Final = re.compile(r"(NEAR|BEFORE|ATLEAST)(?![^\W_])(?:/([0-9]*+))?+")
_NAME: Final = re.compile(r"[\w-]+")
_REGEX: Final = re.compile(r"/((?:\\.|(?>\[\^?\]?(?:\\.|[^\]\\])*+\])|[^/\\\[])*+)/", re.DOTALL)
_PLAIN_REGEX: Final = re.compile(r"/((?:\\.|[^/\\])*+)/", re.DOTALL)
_LOWER: Final = re.compile(r"[Aa]nd|[Oo]r|[Nn]ot|near|before|atleast|(?:[Nn]ear|[Bb]efore|[Aa]tleast)/[0-9]+")
_KNOWN: Final = frozenset(place.value for place in Place)


class Type(StrEnum):
    """What a token is."""

    OPEN = "("
    CLOSE = ")"
    AND = "AND"
    OR = "OR"
    NOT = "NOT"
    NEAR = "NEAR"
    BEFORE = "BEFORE"
    ATLEAST = "ATLEAST"
    FIELD = "field"
    TERM = "term"
    END = "end"


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """One token. `number` is that of NEAR/15; `node` that of a term, None where it was faulty; `bare`: only words."""

    type: Type
    start: int
    end: int
    number: int = 0
    node: Node | None = None
    place: Place | None = None
    bare: bool = False


class Lexer:
    """Reads one query; `lists` are the names that `$name` may have, None where any will do."""

    def __init__(self, notes: Notes, lists: frozenset[str] | None) -> None:
        self.notes = notes
        self.query = notes.query
        self.lists = lists
        self.tokens: list[Token] = []

    def read(self) -> list[Token]:
        """All tokens, an END behind them."""
        at = 0
        while at < len(self.query):
            at = at + 1 if self.query[at].isspace() else self._read_token(at)
        self.tokens.append(Token(type=Type.END, start=len(self.query), end=len(self.query)))
        return self.tokens

    def _read_token(self, at: int) -> int:
        """Read the token at `at`; where the next one may begin."""
        character = self.query[at]
        if character in "()":
            self.tokens.append(Token(type=Type(character), start=at, end=at + 1))
            return at + 1
        if character in QUOTES:
            return self._read_quoted(at, at)
        field = _FIELD.match(self.query, at)
        if field:
            return self._read_field(field)
        readers = {"/": self._read_regex, "=": self._read_exact, "$": self._read_list}
        return readers.get(character, self._read_chunk)(at)

    def _term(self, start: int, end: int, node: Node | None, *, bare: bool = False) -> int:
        self.tokens.append(Token(type=Type.TERM, start=start, end=end, node=node, bare=bare))
        return end

    def _fault(self, start: int, end: int, message: str, cure: str = "") -> int:
        """Note a fault and leave a gap where a term should be."""
        self.notes.fault(start, end, message, cure)
        return self._term(start, end, None)

    def _chunk_end(self, at: int) -> int:
        found = _CHUNK.match(self.query, at)
        return found.end() if found else at

    def _read_quoted(self, at: int, start: int) -> int:
        """A phrase whose quote opens at `at`; the term begins at `start`, before it where it is exact."""
        close = next((i for i in range(at + 1, len(self.query)) if self.query[i] in QUOTES), None)
        if close is None:
            self.notes.fault(at, at + 1, "this quote is not closed", 'add a " at the end of the phrase')
            return self._term(start, len(self.query), None)
        inner, end = (at + 1, close), close + 1
        trailing = re.compile(r"[~^*][\d.]*").match(self.query, end)
        if trailing:
            cure = "write NEAR/10 between two words" if trailing.group()[0] == "~" else "leave it out"
            self.notes.fault(end, trailing.end(), f"`{trailing.group()}` after a phrase means nothing", cure)
            end = trailing.end()
        self._check_quoted(*inner)
        if not self.query[slice(*inner)].strip():
            return self._fault(at, end, "there is nothing between these quotes", "write the words in them")
        return self._term(start, end, read_term(self.notes, inner, (start, end), exact=start < at))

    def _check_quoted(self, start: int, end: int) -> None:
        """Note what looks like an operator and is none between quotes."""
        inner = self.query[start:end]
        for found in re.finditer(r"(?:^|(?<=\s))([~=])(?=\w)|(?<=\w)(\?)(?=\w)", inner):
            mark = found.group(1) or found.group(2)
            place = start + found.start(), start + found.end()
            cure = "use a regex" if mark == "?" else "put words beside one another: ~retreat NEAR/3 troops"
            cure = 'put it before the quotes: ="Islamic State"' if mark == "=" else cure
            self.notes.fault(*place, f"`{mark}` does not work inside quotes", cure)
        for found in re.finditer(r"\$([^\W\d][\w-]*)", inner):
            if found.group(1) in (self.lists or ()):
                place = start + found.start(), start + found.end()
                cure = f"write {found.group()} BEFORE/1 the next word"
                self.notes.fault(*place, "a $list does not work inside quotes", cure)

    def _read_regex(self, at: int) -> int:
        found = _REGEX.match(self.query, at) or _PLAIN_REGEX.match(self.query, at)
        if not found:
            self.notes.fault(at, at + 1, "this regex is not closed", "end it with /, or put words with a / in quotes")
            return self._term(at, len(self.query), None)
        end = found.end()
        flags = re.compile(r"\w+").match(self.query, end)
        if flags:
            self.notes.fault(end, flags.end(), "a regex takes no flags", "leave them out: it ignores case already")
            end = flags.end()
        try:
            compile_regex(found.group(1))
        except RegexError as error:
            return self._fault(at, end, f"this regex cannot be used: {error}", "the syntax is RE2's")
        text = self.query[at : found.end()]
        return self._term(at, end, Regex(text=text, start=at, end=found.end(), pattern=found.group(1)))

    def _read_field(self, found: re.Match[str]) -> int:
        name, end = found.group(1), found.end()
        if name not in _KNOWN:
            self.notes.fault(found.start(), end, f"there is no field `{name}:`", field_cure(name))
            following = self.query[end : end + 1]
            at_end = not following or following.isspace() or following == ")"
            if not at_end and following != "/":
                return end
            return self._term(found.start(), end if at_end else self._chunk_end(end), None)  # `//example.org` is one
        self.tokens.append(Token(type=Type.FIELD, start=found.start(), end=end, place=Place(name)))
        return end

    def _read_exact(self, at: int) -> int:
        following = self.query[at + 1 : at + 2]
        if following and following in QUOTES:
            return self._read_quoted(at + 1, at)
        end = self._chunk_end(at)
        if end == at + 1 or following in "=~$/":
            return self._fault(at, end, "= needs a word or a phrase right after it", 'write =US or ="Islamic State"')
        if self._habit(at + 1, end):
            return end
        return self._term(at, end, read_term(self.notes, (at + 1, end), (at, end), exact=True))

    def _read_list(self, at: int) -> int:
        end = self._chunk_end(at)
        found = _NAME.match(self.query, at + 1)
        if not found:
            return self._fault(at, end, "$ needs the name of a list right after it", "write $name")
        if found.end() < end:
            rest = self.query[found.end() : end]
            if rest.strip(",;"):
                cure = f"write ${found.group()} and the rest apart, with an operator between"
                return self._fault(found.end(), end, f"`{rest}` cannot follow a list", cure)
            self._warn_comma(end)
        if self.lists is not None and found.group() not in self.lists:
            close = get_close_matches(found.group(), sorted(self.lists), 1)
            cure = f"write ${close[0]}" if close else "add it under terms"
            return self._fault(at, found.end(), f"there is no list `{found.group()}` under terms", cure)
        node = ListRef(text=self.query[at : found.end()], start=at, end=found.end(), name=found.group())
        return self._term(at, end, node)

    def _read_chunk(self, at: int) -> int:
        """A run without spaces: an operator, a word, or a habit of another engine."""
        end = self._chunk_end(at)
        chunk = self.query[at:end]
        if chunk in {"AND", "OR", "NOT"}:
            self.tokens.append(Token(type=Type(chunk), start=at, end=end))
            return end
        numbered = _NUMBERED.match(chunk)
        if numbered:
            return self._read_numbered(at, end, numbered)
        if self._habit(at, end):
            return self._after_habit(chunk, end)
        if chunk.startswith("~"):
            return self._term(at, end, read_inflected(self.notes, at, end))
        self._warn_chunk(at, end)
        return self._term(at, end, read_term(self.notes, (at, end), (at, end)), bare=True)

    def _read_numbered(self, at: int, end: int, found: re.Match[str]) -> int:
        name, digits = found.group(1), found.group(2)
        example = f"{name}/{3 if name == 'ATLEAST' else 15}"
        number = int(digits) if digits and len(digits) <= _LARGEST else 0
        if found.end() < end - at and digits:
            cure = f"write {name}/{digits} and a space"
            return self._fault(at, end, f"{name} needs a number and nothing else after its slash", cure)
        if not digits:
            habit = re.match(r"\W?(\d+)$", self.query[at + found.end(1) : end])
            cure = f"write {name}/{habit.group(1)}" if habit else f"write {example}"
            self.notes.fault(at, end, f"{name} needs a number after a slash", cure)
        elif number < 1:
            self.notes.fault(at, end, f"{name} needs a number from 1 to 999999999", f"write {example}")
        self.tokens.append(Token(type=Type(name), start=at, end=end, number=max(1, number)))
        return end

    def _habit(self, at: int, end: int) -> bool:
        """Note the first habit of another engine in a chunk, where there is one."""
        chunk = self.query[at:end]
        if chunk in {"-", "+"} and self.query[end : end + 1] in {*QUOTES, "("}:
            chunk += "x"  # a sign before a phrase or a bracket is meant for it
        for pattern, message, cure in HABITS:
            found = pattern.search(chunk)
            if found:
                self.notes.fault(at + found.start(), min(end, at + found.end()), message, found.expand(cure))
                self._term(at, end, None)
                return True
        return False

    def _after_habit(self, chunk: str, end: int) -> int:
        """`AROUND(5)` is one thing."""
        number = re.compile(r"\(\s*\d+\s*\)").match(self.query, end)
        return number.end() if number and chunk.startswith("AROUND") else end

    def _warn_chunk(self, at: int, end: int) -> None:
        chunk = self.query[at:end]
        if _LOWER.fullmatch(chunk):
            upper = chunk.upper()
            cure = f"write {upper}" if upper in {"AND", "OR", "NOT"} or "/" in upper else f"write {upper}/5"
            case = "lower case" if chunk.islower() else "small letters"
            self.notes.warn(at, end, f"`{chunk}` in {case} is a word like any other", f'{cure}, or "{chunk}"')
        if chunk[-1] in ",;" and Words(chunk).tokens:
            self._warn_comma(end)
        if chunk[0] in "'‘‚":
            self.notes.warn(at, at + 1, "single quotes make no phrase", "write double quotes")

    def _warn_comma(self, end: int) -> None:
        self.notes.warn(end - 1, end, "a comma means nothing here", "write OR, or leave it out for AND")
