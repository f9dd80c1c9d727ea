"""Phrases of words as lexicon files write them, and the tree that finds the longest of them in a sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

GAP: Final = "…"
"""In a phrase: up to four words that stop nothing (`in … camps`)."""
NAME: Final = "$name"
"""In a phrase: any capitalised word that the lexicon does not know (`leave $name`)."""

_PARTS: Final = re.compile(r"\[[^\]]*\]|\S+")
_VOWELS: Final = "aeiou"
_LONGEST_GAP: Final = 4
_NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def expand(phrase: str) -> Iterator[tuple[str, ...]]:
    """Every sequence of words a phrase stands for: `[the] home|house` is four of them."""
    choices: list[tuple[str, ...]] = []
    for part in _PARTS.findall(phrase):
        optional = part.startswith("[")
        words = tuple(part.strip("[]").split("|"))
        choices.append((*words, "") if optional else words)
    for chosen in product(*choices):
        yield tuple(" ".join(chosen).split())


def inflect(verb: str, irregular: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
    """The forms of an English verb: `base`, `past`, `participle`, `gerund`; irregular ones by the table given."""
    if verb in irregular:
        third, past, participle, gerund = (tuple(form.split("|")) for form in irregular[verb])
        return {"base": (verb, *third), "past": past, "participle": participle, "gerund": gerund}
    regular = (_past(verb),)
    return {"base": (verb, _third(verb)), "past": regular, "participle": regular, "gerund": (_gerund(verb),)}


def plural(noun: str) -> str:
    """The regular plural of an English noun."""
    return _third(noun)


def _third(verb: str) -> str:
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ies"
    return verb + ("es" if verb.endswith(("s", "x", "z", "ch", "sh", "o")) else "s")


def _past(verb: str) -> str:
    if verb.endswith("e"):
        return verb + "d"
    if verb.endswith("y") and verb[-2] not in _VOWELS:
        return verb[:-1] + "ied"
    return verb + "ed"


def _gerund(verb: str) -> str:
    if verb.endswith("ie"):
        return verb[:-2] + "ying"
    if verb.endswith("e") and not verb.endswith("ee"):
        return verb[:-1] + "ing"
    return verb + "ing"


class Node(Generic[T]):
    """One step in a tree of phrases: the words that may follow, and what ends here; there are a hundred thousand."""

    __slots__ = ("after", "values")

    def __init__(self) -> None:
        self.after: Mapping[str, Node[T]] = _NOTHING
        self.values: tuple[T, ...] = ()

    def follow(self, word: str) -> "Node[T]":
        """A new step after this one."""
        if self.after is _NOTHING:
            self.after = {}
        assert isinstance(self.after, dict)  # noqa: S101 - made above
        made: Node[T] = Node()
        self.after[word] = made
        return made


class Phrases(Generic[T]):
    """A set of phrases, each with values; finds the longest that begins, or ends, at a word.

    `stops` are the words that no gap in a phrase passes.
    """

    __slots__ = ("_backward", "_root", "_stops", "words")

    def __init__(self, *, backward: bool = False, stops: frozenset[str] = frozenset()) -> None:
        self._root: Node[T] = Node()
        self._backward = backward
        self._stops = stops
        self.words: set[str] = set()
        """Every word of a phrase."""

    def add(self, words: Sequence[str], value: T) -> None:
        """Puts a phrase in; the same phrase may carry several values."""
        node = self._end(words)
        if value not in node.values:
            node.values = (*node.values, value)

    def put(self, words: Sequence[str], values: tuple[T, ...]) -> None:
        """Puts a phrase in that is not there yet, with all its values."""
        self._end(words).values = values

    def _end(self, words: Sequence[str]) -> Node[T]:
        node = self._root
        for word in reversed(words) if self._backward else words:
            following = node.after.get(word)
            if following is None:
                following = node.follow(word)
                self.words.add(word)
            node = following
        return node

    def longest(self, norms: Sequence[str], at: int) -> tuple[tuple[T, ...], int] | None:
        """The values of the longest phrase that begins at `at` (backward: ends before `at`), and its other end."""
        index = at - 1 if self._backward else at
        return self._from(self._root, norms, index) if 0 <= index < len(norms) else None

    def _from(self, node: Node[T], norms: Sequence[str], index: int) -> tuple[tuple[T, ...], int] | None:
        step = -1 if self._backward else 1
        best: tuple[tuple[T, ...], int] | None = None
        while 0 <= index < len(norms):
            gap = node.after.get(GAP)
            if gap is not None:
                passed = self._past_gap(gap, norms, index)
                best = passed if passed and (best is None or passed[1] > best[1]) else best
            following = node.after.get(norms[index])
            if following is None:
                break
            node = following
            index += step
            end = index + 1 if self._backward else index
            if node.values and (best is None or self._backward or end >= best[1]):
                best = node.values, end
        return best

    def _past_gap(self, node: Node[T], norms: Sequence[str], index: int) -> tuple[tuple[T, ...], int] | None:
        """The phrase that goes on after the fewest words left out."""
        for start in range(index, min(len(norms), index + _LONGEST_GAP + 1)):
            found = self._from(node, norms, start)
            if found:
                return found
            if norms[start] in self._stops or not (norms[start] == NAME or norms[start][:1].isalnum()):
                return None
        return None
