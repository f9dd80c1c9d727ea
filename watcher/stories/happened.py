"""From expected to happened: a verb that the story's texts put in the future, told in the past.

Read in English, Arabic, French, German, Spanish and Turkish: by words before the verb (`is expected to`, `devrait`) or
by its own form (`girecek`, `ستدخل`). Two forms are one verb where their roots, roughly cut, are the same.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any, Final

import snowballstemmer

from watcher.stories.lexicon import past_forms, section
from watcher.text.sentences import split
from watcher.text.words import Words

_BACK: Final = 3  # words before a verb that deny it, or put it off
_SHARED: Final = 2  # words, besides the verb, that the two sentences have in common
_CONTENT: Final = 4  # letters of a word that says what a sentence is about
_STEM: Final = 6
_LONGEST: Final = 50
_NEVER: Final = re.compile(r"(?!)")
_COMMON: Final = frozenset(
    {"have", "been", "that", "this", "with", "from", "they", "their", "were", "which", "said", "will"}
)

Expectations = Mapping[str, tuple[frozenset[str], ...]]
"""Root of a verb to the words about it, for each sentence that expects it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Tense:
    """How a language puts verbs; patterns are of folded words, whose first group, if any, is cut to the root.

    `after` words of expecting the verb stands within `reach`; after words of doing (`a`, `hat`) within `done`.
    """

    root: Callable[[str], str]
    reach: int = 2
    done: int = 0
    verb: re.Pattern[str] = re.compile(r"(\w+)")
    future: re.Pattern[str] = _NEVER
    past: re.Pattern[str] = _NEVER


def expected(texts: Sequence[str], language: str | None) -> Expectations:
    """What the texts say will be, could be, or is planned."""
    found: dict[str, tuple[frozenset[str], ...]] = {}
    tense = _tenses().get(_primary(language))
    if tense is None:
        return found
    for text in texts:
        for start, end in split(text):
            tokens = Words(text[start:end]).tokens
            about = _about(tokens, language)
            for root in dict.fromkeys(_expected(tokens, tense, language)):
                found[root] = (*found.get(root, ()), about)
    return found


def deeds(tokens: list[str], fresh: Sequence[bool], language: str | None) -> tuple[str, ...]:
    """The verbs among the fresh words that stand in the past and are not denied."""
    tense = _tenses().get(_primary(language))
    if tense is None:
        return ()
    markers, denying = section("expecting", _primary(language)), section("denying", _primary(language))
    doing = section("doing", _primary(language))
    found = []
    for place, token in enumerate(tokens):
        before = tokens[max(0, place - _BACK) : place]
        if not fresh[place] or markers.inside(before) or denying.inside(before) or "be" in before:
            continue
        is_done = doing.inside(tokens[max(0, place - tense.done) : place]) and tense.verb.fullmatch(token)
        if token in past_forms() or tense.past.fullmatch(token) or is_done:
            found.append(token)
    return tuple(found)


def happened(
    tokens: list[str], verbs: Sequence[str], expectations: Expectations, language: str | None = None
) -> str | None:
    """The verb of these that was expected in a sentence about the same; None where there is none."""
    tense = _tenses().get(_primary(language))
    if tense is None:
        return None
    about = _about(tokens, language)
    for verb in verbs:
        root = _root(verb, tense.past, tense)
        same = {stem(verb, language), stem(root, language)}
        if any(len((about & other) - same) >= _SHARED for other in expectations.get(root, ())):
            return verb
    return None


def _expected(tokens: list[str], tense: _Tense, language: str | None) -> Iterator[str]:
    markers = section("expecting", _primary(language))
    for place, token in enumerate(tokens):
        size = markers.at(tokens, place)
        for verb in tokens[place + size : place + size + tense.reach] if size else ():
            if tense.verb.fullmatch(verb):
                yield _root(verb, tense.verb, tense)
        if tense.future.fullmatch(token):
            yield _root(token, tense.future, tense)


def _root(verb: str, pattern: re.Pattern[str], tense: _Tense) -> str:
    found = pattern.fullmatch(verb)
    return tense.root(found[1] if found and found.re.groups else verb)


def _about(tokens: Sequence[str], language: str | None) -> frozenset[str]:
    return frozenset(stem(token, language) for token in tokens if len(token) >= _CONTENT and token not in _COMMON)


def stem(token: str, language: str | None) -> str:
    """What the forms of a word share, roughly."""
    if _primary(language) == "en":
        return _stemmed(token, "english")
    bare = re.sub(r"^[وفبلك]?ال", "", token)
    return bare[:_STEM]


@lru_cache(maxsize=20_000)
def _stemmed(token: str, algorithm: str) -> str:
    found: str = _stemmer(algorithm).stemWord(token[:_LONGEST])
    return found


@cache
def _stemmer(algorithm: str) -> Any:
    return snowballstemmer.stemmer(algorithm)


def _english(verb: str) -> str:
    return _stemmed(past_forms().get(verb, verb), "english")


def _romance(verb: str) -> str:
    """Without its endings, of which the accents are gone: `entrer`, `entre(ra)` and `entro` are `entr`."""
    return re.sub(
        r"(?:aron|ieron|ando|ados?|adas?|idos?|idas?|er|ir|re|ar|ees?|es?|ies?|is|it|ues?|us|io|[aeiou])$", "", verb
    )


def _german(verb: str) -> str:
    """Without `ge`, `zu` and endings: `einzumarschieren` and `einmarschiert` are `einmarschi`."""
    core = re.sub(r"^(|ab|an|auf|aus|ein|vor|zuruck|zu|nach|los|fort|um|mit|hin|her)(?:ge|zu)(?=.{4})", r"\1", verb)
    return re.sub(r"(?:en|ten|test|tet|te|et|t|n)$", "", core)


def _arabic(verb: str) -> str:
    """Without what is attached, the letters of the person and the plural: `ستدخل` and `ودخلت` are `دخل`."""
    core = re.sub(r"^[وف](?=.{3})", "", verb)
    return re.sub(r"^ا(?=.{3})|(?:وا|ت)$", "", core)


@cache
def _tenses() -> Mapping[str, _Tense]:
    return {
        "en": _Tense(root=_english, past=re.compile(r"(\w+ed)")),
        "fr": _Tense(
            root=_romance,
            done=3,
            verb=re.compile(r"(\w{4,})"),
            future=re.compile(r"(\w{3,}r)(?:a|ont)"),
        ),
        "es": _Tense(
            root=_romance,
            done=2,
            verb=re.compile(r"(\w{4,})"),
            future=re.compile(r"(\w{3,}r)an?"),
            past=re.compile(r"(\w{3,}(?:o|aron|ieron))"),
        ),
        "de": _Tense(
            root=_german,
            reach=20,
            done=20,
            verb=re.compile(r"(\w{3,}(?:en|t))"),
            past=re.compile(r"(\w*ge\w{3,}(?:t|en)|\w{3,}(?:iert|ierten|ierte))"),
        ),
        "tr": _Tense(
            root=str,
            future=re.compile(r"(\w{2,}?)y?(?:aca[kg]|ece[kg])\w*"),
            past=re.compile(r"(\w{2,}?)[dt][iu](?:lar|ler)?"),
        ),
        "ar": _Tense(
            root=_arabic,
            verb=re.compile(r"[يتن](\w{3,})"),
            future=re.compile(r"[وف]?س[يتن](\w{3,})"),
            past=re.compile(r"([^يس\W]\w{2,})"),
        ),
    }


def _primary(language: str | None) -> str:
    return (language or "en").replace("_", "-").partition("-")[0].lower()
