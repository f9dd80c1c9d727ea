"""A sentence made ready for the grammar: tokens, their lexicon forms, its numbers and what is said in it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from watcher.figures.lexicon import Predicate, Words
from watcher.figures.numbers import NumberReader, Numeral
from watcher.figures.phrases import NAME
from watcher.figures.tokens import Kind, Token, tokenise

_CLOSING: Final = {"(": ")", "[": "]"}
_BRACKET_LENGTH: Final = 24


@dataclass(frozen=True, slots=True)
class Said:
    """A predicate found at tokens `first` to `last` (exclusive); one phrase may mean several."""

    first: int
    last: int
    meanings: tuple[Predicate, ...]


@dataclass(frozen=True, slots=True)
class Sentence:
    """One sentence; predicates and numbers are found by the token they begin at (`_at`) or end before (`_before`)."""

    text: str
    tokens: tuple[Token, ...]
    norms: tuple[str, ...]
    marks: tuple[frozenset[str], ...]
    numerals: tuple[Numeral, ...]
    number_at: Mapping[int, Numeral]
    number_before: Mapping[int, Numeral]
    said: tuple[Said, ...]
    said_at: Mapping[int, Said]
    said_before: Mapping[int, Said]
    words: Words

    def norm(self, at: int) -> str:
        """The lexicon form of a token; empty beyond either end."""
        return self.norms[at] if 0 <= at < len(self.norms) else ""

    def has(self, name: str, at: int) -> bool:
        """Whether a token is of a class of function words."""
        return 0 <= at < len(self.marks) and name in self.marks[at]

    def is_word(self, at: int) -> bool:
        """Whether there is a word at this place."""
        return 0 <= at < len(self.tokens) and self.tokens[at].kind is Kind.WORD

    def capitalised(self, at: int) -> bool:
        """Whether the word there begins with a capital."""
        return self.is_word(at) and self.tokens[at].text[:1].isupper()

    def tight(self, at: int) -> bool:
        """Whether no space stands before a token."""
        return 0 <= at < len(self.tokens) and self.tokens[at].tight

    def closing(self, at: int) -> int:
        """The index after the bracket that closes the one at `at`; `at + 1` where none near does."""
        wanted = _CLOSING.get(self.norm(at), "")
        for index in range(at + 1, min(len(self.norms), at + _BRACKET_LENGTH)):
            if self.norms[index] == wanted:
                return index + 1
        return at + 1


_NONE: Final[frozenset[str]] = frozenset()


def parse(text: str, words: Words, *, wholly: bool = False) -> Sentence:
    """Tokens, numbers and predicates of one sentence; without numbers the predicates are left out unless `wholly`."""
    tokens = tuple(tokenise(text, words.glued, words.splits, words.vocabulary))
    norms = _norms(text, tokens, words)
    numerals = tuple(NumberReader(tokens, norms, words).read())
    marks = tuple([words.marks.get(norm, _NONE) for norm in norms])
    said = tuple(_predicates(_named(text, tokens, norms, words), words)) if numerals or wholly else ()
    return Sentence(
        text=text, tokens=tokens, norms=norms, marks=marks, numerals=numerals, said=said,
        number_at={numeral.first: numeral for numeral in numerals},
        number_before={numeral.last: numeral for numeral in numerals},
        said_at={occurrence.first: occurrence for occurrence in said},
        said_before={occurrence.last: occurrence for occurrence in said},
        words=words,
    )  # fmt: skip


def _norms(text: str, tokens: tuple[Token, ...], words: Words) -> tuple[str, ...]:
    """Lexicon forms; a capitalised name that is another word in small letters (US, IS, May) is kept apart."""
    shouting = text.isupper()
    found = []
    for index, token in enumerate(tokens):
        named = words.capitals.get(token.text) if index and not shouting else None
        found.append(named or (words.canon(token.norm) if token.kind is Kind.WORD else token.norm))
    return tuple(found)


def _named(text: str, tokens: tuple[Token, ...], norms: tuple[str, ...], words: Words) -> tuple[str, ...]:
    """The forms in which predicates are sought: names that the lexicon does not know are all one."""
    if text.isupper():
        return norms
    known = words.vocabulary
    return tuple(
        [
            NAME if index and token.kind is Kind.WORD and token.text[0].isupper() and norm not in known else norm
            for index, (token, norm) in enumerate(zip(tokens, norms, strict=True))
        ]
    )


def _predicates(norms: tuple[str, ...], words: Words) -> list[Said]:
    found: list[Said] = []
    at = 0
    while at < len(norms):
        match = words.predicates.longest(norms, at)
        if match is None:
            at += 1
            continue
        meanings, end = match
        found.append(Said(at, end, tuple(meanings)))
        at = end
    return found
