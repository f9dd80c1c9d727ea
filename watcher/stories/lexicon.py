"""The words by which stories read credits, places, actors and what has happened; kept in `lexicon.yaml`."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

from watcher.text.words import fold

_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_ALL = "en"  # what a language lacks is read in English


@dataclass(frozen=True, slots=True)
class Phrases:
    """Phrases of folded words; `longest` is how many words one has at most."""

    phrases: frozenset[tuple[str, ...]]
    longest: int
    firsts: frozenset[str]
    lasts: frozenset[str]

    def before(self, tokens: list[str], end: int) -> bool:
        """Whether one of them ends right before place `end`."""
        if not end or tokens[end - 1] not in self.lasts:
            return False
        return any(tuple(tokens[end - size : end]) in self.phrases for size in range(1, min(self.longest, end) + 1))

    def at(self, tokens: list[str], start: int) -> int:
        """How many words the longest of them has that begins at `start`; 0 where none does."""
        if start >= len(tokens) or tokens[start] not in self.firsts:
            return 0
        for size in range(min(self.longest, len(tokens) - start), 0, -1):
            if tuple(tokens[start : start + size]) in self.phrases:
                return size
        return 0

    def inside(self, tokens: list[str]) -> bool:
        """Whether one of them stands anywhere in these words."""
        return any(token in self.firsts and self.at(tokens, start) for start, token in enumerate(tokens))


def _words(listed: Iterable[str]) -> Phrases:
    phrases = frozenset(tuple(fold(phrase).split()) for phrase in listed) - {()}
    return Phrases(
        phrases,
        longest=max(map(len, phrases), default=0),
        firsts=frozenset(phrase[0] for phrase in phrases),
        lasts=frozenset(phrase[-1] for phrase in phrases),
    )


@cache
def _data() -> Mapping[str, Any]:
    text = files("watcher.stories").joinpath("lexicon.yaml").read_text(encoding="utf-8")
    data: Mapping[str, Any] = yaml.load(text, Loader=_LOADER)  # noqa: S506 - a safe one
    return data


@cache
def section(name: str, language: str | None) -> Phrases:
    """One section in one language; English where the language is unknown or has none of its own."""
    by_language = _data()[name]
    primary = (language or _ALL).replace("_", "-").partition("-")[0].lower()
    return _words(by_language.get(primary, by_language[_ALL] if language is None else ()))


@cache
def every(name: str) -> Phrases:
    """One section in all its languages."""
    return _words(phrase for listed in _data()[name].values() for phrase in listed)


@cache
def agencies() -> Mapping[tuple[str, ...], str]:
    """Folded spelling to the name under which an agency is shown."""
    return {tuple(fold(spelling).split()): name for name, listed in _data()["agencies"].items() for spelling in listed}


@cache
def ambiguous() -> frozenset[str]:
    """Agencies' spellings that are also words: believed only where a credit is certain."""
    return frozenset(_data()["ambiguous"])


@cache
def hosts() -> Mapping[str, str]:
    """Host to the agency whose site it is."""
    return dict(_data()["hosts"])


@cache
def past_forms() -> Mapping[str, str]:
    """Past form to verb, for verbs whose forms do not follow the rule."""
    return {form: verb for verb, forms in _data()["happening"].items() for form in forms}
