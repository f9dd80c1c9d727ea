"""Inflections: the stem by which a word in any of its forms is known, by language (Snowball)."""

from functools import lru_cache
from types import MappingProxyType
from typing import Final

import snowballstemmer

from watcher.text.words import fold

_ALGORITHMS: Final = MappingProxyType(
    {
        "ar": "arabic",
        "ca": "catalan",
        "cs": "czech",
        "da": "danish",
        "de": "german",
        "el": "greek",
        "en": "english",
        "eo": "esperanto",
        "es": "spanish",
        "et": "estonian",
        "eu": "basque",
        "fa": "persian",
        "fi": "finnish",
        "fr": "french",
        "ga": "irish",
        "hi": "hindi",
        "hu": "hungarian",
        "hy": "armenian",
        "id": "indonesian",
        "it": "italian",
        "lt": "lithuanian",
        "nb": "norwegian",
        "ne": "nepali",
        "nl": "dutch",
        "nn": "norwegian",
        "no": "norwegian",
        "pl": "polish",
        "pt": "portuguese",
        "ro": "romanian",
        "ru": "russian",
        "sr": "serbian",
        "st": "sesotho",
        "sv": "swedish",
        "ta": "tamil",
        "tr": "turkish",
        "yi": "yiddish",
    }
)

_SHIPPED: Final = frozenset(snowballstemmer.algorithms())
_LONGEST: Final = 50  # characters; no word is longer, and stemmers are not made for what is


def algorithm(language: str | None) -> str:
    """The Snowball algorithm of a language tag such as `ar-IQ`; English where there is none."""
    primary = (language or "").replace("_", "-").partition("-")[0].casefold()
    name = _ALGORITHMS.get(primary, "english")
    return name if name in _SHIPPED else "english"


@lru_cache(maxsize=1 << 17)
def stems(name: str, word: str) -> tuple[str, ...]:
    """The folded stems of a word as written: two words are inflections of one where they share a stem.

    Stemmers need the diacritics that people leave out, so the word is stemmed both as written and folded.
    """
    lower = word.lower()
    spellings = dict.fromkeys((lower, fold(lower)))
    return tuple(dict.fromkeys(fold(_stem(name, spelling)) or spelling for spelling in spellings))


def _stem(name: str, word: str) -> str:
    if len(word) > _LONGEST:
        return word
    return str(snowballstemmer.stemmer(name).stemWord(word))
