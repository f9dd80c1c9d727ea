"""Which of the languages read here a text is in."""

from collections import Counter
from functools import cache
from typing import Final

from watcher.figures.lexicon import LANGUAGES, load
from watcher.figures.tokens import fold

_SAMPLE: Final = 3000
_FEWEST: Final = 2


def choose(text: str, language: str | None) -> str:
    """The language to read a text in: the one told if it is read here, else the text's own, else English."""
    told = (language or "").replace("_", "-").split("-")[0].lower()
    return told if told in LANGUAGES else detect(text)


def detect(text: str) -> str:
    """By script, then by the small words that a language cannot do without."""
    sample = text[:_SAMPLE]
    arabic = sum("\u0600" <= mark <= "\u06ff" for mark in sample)
    if arabic * 3 > sum(mark.isalpha() for mark in sample):
        return "ar"
    counted = Counter(fold(word.strip(".,;:!?\"'()")) for word in sample.split())
    small = {name: sum(counted[word] for word in load(name).detect) for name in LANGUAGES if name != "ar"}
    telling = {name: sum(counted[word] for word in _telling(name)) for name in small}
    scores = {name: small[name] + telling[name] for name in small} if max(small.values()) >= _FEWEST else telling
    return max(scores, key=lambda name: (scores[name], name == "en"))


@cache
def _telling(language: str) -> frozenset[str]:
    """The words that a table or a headline is made of: who is counted, and what is said of them."""
    words = load(language)
    return frozenset(words.nouns.words | words.predicates.words)
