"""A sentence as tokens: words, numbers in digits, punctuation, and what is none of these (`RAV4`, addresses, tags)."""

import re
import unicodedata
from enum import StrEnum
from functools import cache
from typing import Final, NamedTuple


class Kind(StrEnum):
    """What a token is; `OPAQUE` is read as nothing (product names, links), `ORDINAL` is `9th`, `3rd`."""

    WORD = "word"
    DIGITS = "digits"
    PUNCTUATION = "punctuation"
    ORDINAL = "ordinal"
    OPAQUE = "opaque"


class Token(NamedTuple):
    """`text[start:end]` as written, and folded as lexicons hold it; `tight`: no space before it."""

    text: str
    norm: str
    start: int
    end: int
    kind: Kind
    tight: bool = False


_SUFFIXES: Final = frozenset({"k", "m", "mn", "mln", "bn", "b", "bln", "mio", "mrd"})
_ORDINALS: Final = frozenset({"st", "nd", "rd", "th", "s", "e", "er", "eme", "º", "ª", "o", "a"})
_FRACTIONS: Final = frozenset("½¼¾⅓⅔")
_GLUED_LENGTH: Final = 4
_SPACE: Final = " \u00a0\u202f\u2009"

_PATTERN: Final = r"""
    (?P<link>https?://[^\s<>"]+|www\.[^\s<>"]+|[\w.+-]{1,64}@[\w.-]+|[@#][^\W\d]\w*)
  | (?P<abbr>(?:[^\W\d_]\.){2,}|(?:c|ca|approx|no|nr)\.(?=\s?\d))
  | (?P<glued>\b(?:GLUED)(?=\d))
  | (?P<digits>(?:\d{1,3}(?:[SPACE]\d{3})+(?!\d)(?:[.,٫]\d{1,2}(?!\d))?|\d+(?:[.,٫٬’']\d+)*))
    (?P<suffix>[^\W\d_]*)(?P<rest>\w*)
  | (?P<word>[^\W\d_](?:[^\W\d_]|\ufffd(?=[^\W\d_]))*(?:[-‐‑'’\u200c][^\W\d_]+)*)(?P<tail>\w*)
  | (?P<mark>\S)
"""
_CAMEL: Final = re.compile(r"(?P<left>[a-z]{3,})(?P<right>[A-Z][a-z].*)$")
_ELIDED: Final = re.compile(r"(?:[dlnscjDLNSCJ]|[Qq]u)['’](?=\w)")
_POSSESSIVE: Final = re.compile(r"['’]s$")
_MARKS: Final = re.compile(r"[\u0300-\u036f\u064b-\u065f\u0670\u0640\u200c-\u200f]")
_LETTERS: Final = str.maketrans("ıأإآٱىةؤئ“”’‘‐‑،؛", "iاااايهوي\"\"''--,;") | {ord("ö"): "oe", ord("ü"): "ue"}


def fold(word: str) -> str:
    """Lower case, no diacritics, one form for Arabic alef, ya and ta marbuta: as lexicon entries are kept.

    `ö` and `ü` become `oe` and `ue`: in Turkish they tell words apart (öldü, died; oldu, became).
    """
    if word.isascii():
        return word.lower()
    letters = unicodedata.normalize("NFC", word).casefold().translate(_LETTERS)
    return _MARKS.sub("", unicodedata.normalize("NFKD", letters)).translate(_LETTERS)


@cache
def _pattern(glued: tuple[str, ...]) -> re.Pattern[str]:
    words = "|".join(sorted(glued, key=len, reverse=True)) or r"(?!)"
    return re.compile(_PATTERN.replace("GLUED", words).replace("[SPACE]", f"[{_SPACE}]"), re.VERBOSE)


def tokenise(
    sentence: str,
    glued: tuple[str, ...] = (),
    splits: frozenset[str] = frozenset(),
    known: frozenset[str] = frozenset(),
) -> list[Token]:
    """The tokens of one sentence, with character positions in it.

    `glued` are words that bad extraction runs into a number (`about2,700`); `splits` are words that take a hyphenated
    compound apart when it begins with one of them (number words: `twenty-six`, `three-year-old`); `known` are words
    that stand alone though a capital follows without a space (`fledAleppo`).
    """
    found: list[Token] = []
    for match in _pattern(glued).finditer(sentence):
        found.extend(_tokens_of(match, splits, known))
    return [
        token._replace(tight=True) if index and found[index - 1].end == token.start else token
        for index, token in enumerate(found)
    ]


def _tokens_of(match: re.Match[str], splits: frozenset[str], known: frozenset[str]) -> list[Token]:
    start, end, text = match.start(), match.end(), match.group()
    kind = match.lastgroup
    if kind == "mark":
        return [Token(text, fold(text), start, end, Kind.PUNCTUATION)]
    if match["word"] is not None:
        if match["tail"]:
            return [Token(text, fold(text), start, end, Kind.OPAQUE)]
        return _word(text, start, splits, known)
    if match["digits"] is not None:
        return _number(match)
    word = Kind.OPAQUE if kind == "link" else Kind.WORD
    return [Token(text, fold(text), start, end, word)]


def _word(text: str, start: int, splits: frozenset[str], known: frozenset[str]) -> list[Token]:
    possessive = _POSSESSIVE.search(text)
    if possessive:
        cut = start + possessive.start()
        tail = Token(possessive.group(), "'s", cut, start + len(text), Kind.WORD)
        return [*_word(text[: possessive.start()], start, splits, known), tail]
    elided = _ELIDED.match(text)
    if elided:
        cut = start + elided.end()
        return [
            Token(elided.group(), fold(elided.group()), start, cut, Kind.WORD),
            *_word(text[elided.end() :], cut, splits, known),
        ]
    glued = _CAMEL.match(text)
    if glued and glued["left"] in known:
        cut = start + glued.end("left")
        first = Token(glued["left"], glued["left"], start, cut, Kind.WORD)
        return [first, *_word(glued["right"], cut, splits, known)]
    norm = fold(text)
    if "-" not in norm or not _begins_with(norm.split("-"), splits):
        return [Token(text, norm, start, start + len(text), Kind.WORD)]
    parts: list[Token] = []
    at = start
    for piece in re.split(r"([-‐‑])", text):
        kind = Kind.PUNCTUATION if fold(piece) == "-" else Kind.WORD
        parts.append(Token(piece, fold(piece), at, at + len(piece), kind))
        at += len(piece)
    return parts


def _begins_with(parts: list[str], splits: frozenset[str]) -> bool:
    return parts[0] in splits or parts[-1] in splits


def _number(match: re.Match[str]) -> list[Token]:
    """Digits with what is written onto them: a magnitude (`1.2m`), an ordinal (`9th`), a glued word (`40homes`)."""
    text, suffix, start = match["digits"], match["suffix"], match.start()
    end = start + len(text)
    digits = Token(text, text, start, end, Kind.DIGITS)
    if not suffix and not match["rest"]:
        return [digits]
    norm = suffix if suffix in _FRACTIONS else fold(suffix)
    whole = Token(match.group(), fold(match.group()), start, match.end(), Kind.OPAQUE)
    magnitude = suffix in _FRACTIONS or (norm in _SUFFIXES and suffix != "B")
    glued = len(suffix) >= _GLUED_LENGTH and suffix.islower()
    if not match["rest"] and (magnitude or glued):
        return [digits, Token(suffix, norm, end, match.end(), Kind.WORD)]
    return [whole._replace(kind=Kind.ORDINAL) if norm in _ORDINALS and not match["rest"] else whole]
