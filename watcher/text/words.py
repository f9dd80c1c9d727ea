"""Words of a text: runs of letters and digits, folded, each knowing where it stands in the text as written."""

import re
import unicodedata
from functools import cache
from itertools import accumulate, chain, repeat
from typing import Final

from watcher.text.fold import marks, table
from watcher.text.sentences import Span

_NON_ASCII: Final = re.compile(r"([^\x00-\x7f]+)")
_FOLDED_WORD: Final = re.compile(r"[^ ]+")
_MIXED: Final = 8  # up to one non-ASCII character in so many, the ASCII stretches are folded by themselves
_ATTACHED: Final = frozenset("وفبلك")
_OPENING: Final = frozenset("وفبلكا")  # what a word with further forms begins with
_REMAIN: Final = 3


class Words:
    """The words of one text in order: `tokens[i]` is folded and stands at `text[spans[i].start:spans[i].end]`.

    In scripts written without spaces each character is a word. Folding takes time linear in the text.
    """

    __slots__ = ("_bounds", "_folded", "_spans", "_units", "text", "tokens")

    def __init__(self, text: str) -> None:
        self.text = text
        self._units: tuple[list[str], list[int]] | None = None  # folded pieces, and where each begins; for spans
        self._folded = self._fold()
        self.tokens: list[str] = self._folded.split()
        self._bounds: list[tuple[int, int]] | None = None
        self._spans: list[Span] | None = None

    @property
    def bounds(self) -> list[tuple[int, int]]:
        """Where each word starts and ends, in characters of the text as written."""
        if self._bounds is None:
            self._bounds = self._find_bounds()
        return self._bounds

    @property
    def spans(self) -> list[Span]:
        """The same with names."""
        if self._spans is None:
            self._spans = [Span(*bounds) for bounds in self.bounds]
        return self._spans

    @property
    def may_be_attached(self) -> bool:
        """Whether any word may have further forms (see `attached_forms`)."""
        return not self._folded.isascii() and any(letter in self._folded for letter in _OPENING)

    def _fold(self) -> str:
        text = self.text
        if text.isascii():
            return text.translate(table())
        parts = _NON_ASCII.split(text)
        if _needs_composing(text, "".join(parts[1::2])):
            self._units = _clusters(text)
            return "".join(self._units[0])
        if len(parts) * _MIXED < len(text):
            folding = table()
            return "".join([part.translate(folding) for part in parts])
        return text.translate(table())

    def _find_bounds(self) -> list[tuple[int, int]]:
        if self._units is None and (self.text.isascii() or _is_one_to_one(self.text)):
            return [found.span() for found in _FOLDED_WORD.finditer(self._folded)]
        pieces, starts = self._units or _characters(self.text)
        owners = list(chain.from_iterable(map(repeat, range(len(pieces)), map(len, pieces))))
        bounds = []
        for found in _FOLDED_WORD.finditer(self._folded):
            last = owners[found.end() - 1] + 1
            while last < len(pieces) and not pieces[last] and unicodedata.combining(self.text[starts[last]]):
                last += 1
            bounds.append((starts[owners[found.start()]], starts[last]))
        return bounds


def fold(text: str) -> str:
    """The words of a text, folded, with one space between them."""
    return " ".join(Words(text).tokens)


def attached_forms(token: str) -> tuple[str, ...]:
    """What an Arabic word is also found as: without an attached و ف ب ل ك, with or without its article ال.

    `token` is folded. Three letters remain in each form. A conjunction before a preposition (`وبالموصل`) is taken off
    only where the article follows, so that no word is cut to pieces.
    """
    first = token[:1]
    if first not in _OPENING:
        return ()
    forms = [token]
    if first in _ATTACHED:
        forms.append(token[1:])
        if first in "وف" and token[1:4] in {"بال", "كال"} and len(token) >= len("وبال") + _REMAIN:
            forms.append(token[2:])
    for form in tuple(forms):
        if form.startswith("لل"):
            forms += ["ال" + form[2:], form[2:]]
        elif form.startswith("ال"):
            forms.append(form[2:])
    return tuple(form for form in dict.fromkeys(forms[1:]) if len(form) >= _REMAIN)


@cache
def _composing() -> re.Pattern[str]:
    return re.compile(f"[{marks()}\u1160-\u11ff\uff9e\uff9f]")


@cache
def _composing_run() -> re.Pattern[str]:
    return re.compile(f"[{marks()}]{{32}}|[\uff9e\uff9f]")


@cache
def _cluster() -> re.Pattern[str]:
    return re.compile(f"(?s:.)[{marks()}\u1160-\u11ff\uff9e\uff9f]{{0,32}}")


def _needs_composing(text: str, foreign: str) -> bool:
    """Whether letters are written as base and mark where one character would do.

    Python's normal forms take quadratic time in long runs of marks, so those are told apart first.
    """
    if not _composing().search(foreign):
        return False
    return _composing_run().search(text) is not None or not unicodedata.is_normalized("NFC", text)


def _is_one_to_one(text: str) -> bool:
    """Whether each character becomes one."""
    folding = table()
    return all(len(folding[ord(character)]) == 1 for character in set(text))


def _clusters(text: str) -> tuple[list[str], list[int]]:
    """The folded piece of each base with its marks, and where each begins (and the text ends)."""
    clusters = _cluster().findall(text)
    folding = table()
    pieces = [unicodedata.normalize("NFKC", cluster).translate(folding) for cluster in clusters]
    return pieces, list(accumulate(map(len, clusters), initial=0))


def _characters(text: str) -> tuple[list[str], list[int]]:
    folding = table()
    return [folding[ord(character)] for character in text], list(range(len(text) + 1))
