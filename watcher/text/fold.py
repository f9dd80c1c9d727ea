"""Folding: what makes two spellings of a word one, whatever case, diacritics, width or letter forms it is written in.

Compatibility decomposition and full case folding as Unicode defines them (UAX #15, CaseFolding.txt), then what news
needs beyond: strokes and ligatures that Unicode does not decompose, Turkish i, and the Arabic letter forms that writers
use for one another.
"""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache
from typing import Final

SPACE: Final = " "
"""What every character that is no letter, digit or mark becomes."""

_LETTERS: Final = str.maketrans(
    {
        "ı": "i",
        "ø": "o",
        "ł": "l",
        "đ": "d",
        "ħ": "h",
        "ŧ": "t",
        "ð": "d",
        "þ": "th",
        "æ": "ae",
        "œ": "oe",
        "ŋ": "n",
        "ə": "a",
        "ʹ": "",
        "ʺ": "",
        "ʾ": "",
        "ʿ": "",
        "ʻ": " ",
        "ʼ": " ",
        "ٱ": "ا",
        "ٲ": "ا",
        "ٳ": "ا",
        "ى": "ي",
        "ی": "ي",
        "ې": "ي",
        "ک": "ك",
        "ڪ": "ك",
        "ة": "ه",
        "ہ": "ه",
        "ھ": "ه",
        "ۀ": "ه",
        "ۃ": "ه",
        "ە": "ه",
        "ـ": "",
    }
)

_DIACRITICS: Final = re.compile(
    "[\u0300-\u036f\u0483-\u0489\u0591-\u05bd\u05bf\u05c1\u05c2\u05c4\u05c5\u05c7\u0610-\u061a\u064b-\u065f\u0670"
    "\u06d6-\u06dc\u06df-\u06e4\u06e7\u06e8\u06ea-\u06ed\u0711\u0730-\u074a\u08ca-\u08e1\u08e3-\u08ff"
    "\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe00-\ufe0f\ufe20-\ufe2f\U000e0100-\U000e01ef]"
)
"""Marks that a reader does without. Vowel signs of Indic and Thai scripts and Japanese voicing are not among them."""

_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u1000-\u109f\ua9e0-\ua9ff\uaa60-\uaa7f\u1780-\u17ff\u3005-\u3007\u3040-\u312f\u31a0-\u31bf"
    "\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U0001b000-\U0001b16f\U00020000-\U0003ffff]"
)
"""Letters of scripts written without spaces between words."""


def is_unspaced(character: str) -> bool:
    """Whether a script written without spaces uses this letter, so that each character is a word of its own."""
    return _UNSPACED.match(character) is not None


def fold_letters(word: str) -> str:
    """A word without case, diacritics, width and letter forms; what is no letter, digit or mark stays as it is."""
    plain = _DIACRITICS.sub("", unicodedata.normalize("NFKD", word)).casefold()
    plain = _DIACRITICS.sub("", unicodedata.normalize("NFKD", plain)).translate(_LETTERS)
    return unicodedata.normalize("NFC", _digits(plain))


def _digits(word: str) -> str:
    """Decimal digits of every script as 0-9."""
    if word.isascii():
        return word
    return "".join(str(unicodedata.digit(c)) if unicodedata.category(c) == "Nd" else c for c in word)


def _piece(character: str) -> str:
    """What one character becomes: letters, nothing (an ignorable mark), or a space; unspaced letters stand alone."""
    category = unicodedata.category(character)
    if category == "Cf":  # such as soft hyphens, direction marks and joiners; U+200B parts words
        return SPACE if character == "\u200b" else ""
    if category[0] not in "LMN":
        return SPACE
    folded = "".join(c if unicodedata.category(c)[0] in "LMN" else SPACE for c in fold_letters(character))
    if _UNSPACED.search(folded):
        return "".join(f" {c} " if _UNSPACED.match(c) else c for c in folded)
    return folded


class FoldTable(dict[int, str]):
    """Code point to folded piece, filled as characters are met: what `str.translate` takes."""

    def __missing__(self, code: int) -> str:
        piece = self[code] = _piece(chr(code))
        return piece


@cache
def table() -> FoldTable:
    """The one table of this process, ASCII filled in."""
    filled = FoldTable()
    for code in range(128):
        filled[code]
    return filled


def _ranges(codes: Iterable[int]) -> str:
    """Ascending code points as the inside of a regex class."""
    runs: list[list[int]] = []
    for code in codes:
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"{chr(first)}-{chr(last)}" for first, last in runs)


@cache
def marks() -> str:
    """Every combining mark (Unicode category M), as the inside of a regex class."""
    codes = (*range(0x300, 0x1F000), *range(0xE0100, 0xE01F0))
    return _ranges(code for code in codes if unicodedata.category(chr(code))[0] == "M")
