"""From expected to happened: a verb that the story's texts put in the future, told in the past.

English; other languages are not read for it.
"""

from collections.abc import Mapping, Sequence
from functools import cache, lru_cache
from typing import Any, Final

import snowballstemmer

from watcher.stories.lexicon import past_forms, section
from watcher.text.sentences import split
from watcher.text.words import Words

_REACH: Final = 2  # words between "expected to" and its verb
_BACK: Final = 3  # words before a verb that deny it, or put it off
_SHARED: Final = 2  # words, besides the verb, that the two sentences have in common
_CONTENT: Final = 4  # letters of a word that says what a sentence is about
_COMMON: Final = frozenset(
    {"have", "been", "that", "this", "with", "from", "they", "their", "were", "which", "said", "will"}
)

Expectations = Mapping[str, tuple[frozenset[str], ...]]
"""Stem of a verb to the words about it, for each sentence that expects it."""


def expected(texts: Sequence[str], language: str | None) -> Expectations:
    """What the texts say will be, could be, or is planned."""
    found: dict[str, tuple[frozenset[str], ...]] = {}
    if not _is_english(language):
        return found
    markers = section("expecting", "en")
    for text in texts:
        for start, end in split(text):
            tokens = Words(text[start:end]).tokens
            about = _about(tokens)
            for place in range(len(tokens)):
                size = markers.at(tokens, place)
                for verb in tokens[place + size : place + size + _REACH] if size else ():
                    found[_stem(verb)] = (*found.get(_stem(verb), ()), about)
    return found


def deeds(tokens: list[str], fresh: Sequence[bool], language: str | None) -> tuple[str, ...]:
    """The verbs among the fresh words that stand in the past and are not denied."""
    if not _is_english(language):
        return ()
    markers, denying = section("expecting", "en"), section("denying", "en")
    found = []
    for place, token in enumerate(tokens):
        if fresh[place] and (token in past_forms() or token.endswith("ed")):
            before = tokens[max(0, place - _BACK) : place]
            if not (markers.inside(before) or denying.inside(before) or "be" in before):
                found.append(token)
    return tuple(found)


def happened(tokens: list[str], verbs: Sequence[str], expectations: Expectations) -> str | None:
    """The verb of these that was expected in a sentence about the same; None where there is none."""
    about = _about(tokens)
    for verb in verbs:
        stem = _stem(past_forms().get(verb, verb))
        if any(len((about & other) - {stem}) >= _SHARED for other in expectations.get(stem, ())):
            return verb
    return None


def _about(tokens: Sequence[str]) -> frozenset[str]:
    return frozenset(_stem(token) for token in tokens if len(token) >= _CONTENT and token not in _COMMON)


@lru_cache(maxsize=20_000)
def _stem(token: str) -> str:
    found: str = _stemmer().stemWord(token[:50])
    return found


@cache
def _stemmer() -> Any:
    return snowballstemmer.stemmer("english")


def _is_english(language: str | None) -> bool:
    return language is None or language.partition("-")[0].lower() == "en"
