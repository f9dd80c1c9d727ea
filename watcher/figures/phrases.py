"""Phrases of words as lexicon files write them, and the tree that finds the longest of them in a sentence."""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final, Generic, TypeVar

T = TypeVar("T")

_PARTS: Final = re.compile(r"\[[^\]]*\]|\S+")
_VOWELS: Final = "aeiou"


def expand(phrase: str) -> Iterator[tuple[str, ...]]:
    """Every sequence of words a phrase stands for: `[the] home|house` is four of them."""
    choices: list[tuple[str, ...]] = []
    for part in _PARTS.findall(phrase):
        optional = part.startswith("[")
        words = tuple(part.strip("[]").split("|"))
        choices.append((*words, "") if optional else words)
    yield from _product(choices)


def _product(choices: Sequence[tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    if not choices:
        yield ()
        return
    for word in choices[0]:
        for rest in _product(choices[1:]):
            yield (*(piece for piece in word.split() if piece), *rest)


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
    """One step in a tree of phrases: the words that may follow, and what ends here."""

    __slots__ = ("after", "values")

    def __init__(self) -> None:
        self.after: dict[str, Node[T]] = {}
        self.values: list[T] = []


class Phrases(Generic[T]):
    """A set of phrases, each with values; finds the longest that begins, or ends, at a word."""

    __slots__ = ("_backward", "_root", "words")

    def __init__(self, *, backward: bool = False) -> None:
        self._root: Node[T] = Node()
        self._backward = backward
        self.words: set[str] = set()

    def add(self, words: Sequence[str], value: T) -> None:
        """Puts a phrase in; the same phrase may carry several values."""
        node = self._root
        self.words.update(words)
        for word in reversed(words) if self._backward else words:
            node = node.after.setdefault(word, Node())
        if value not in node.values:
            node.values.append(value)

    def longest(self, norms: Sequence[str], at: int) -> tuple[list[T], int] | None:
        """The values of the longest phrase that begins at `at` (backward: ends before `at`), and its other end."""
        node, step = self._root, -1 if self._backward else 1
        index = at - 1 if self._backward else at
        best: tuple[list[T], int] | None = None
        while 0 <= index < len(norms):
            following = node.after.get(norms[index])
            if following is None:
                break
            node = following
            index += step
            if node.values:
                best = node.values, index + 1 if self._backward else index
        return best
