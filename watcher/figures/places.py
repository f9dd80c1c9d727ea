"""One place under its many names: the lists of `terms` say which names mean the same."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from types import MappingProxyType
from typing import Final

from watcher.settings import FigureRule, QueryTree
from watcher.text.sentences import split
from watcher.text.words import fold

_NAME: Final = re.compile(r"[^\W_][\w'’.\- ]*")
_OPERATOR: Final = re.compile(r"\b(?:AND|OR|NOT|(?:NEAR|BEFORE|ATLEAST)/\d+)\b")
_LEAD: Final = 1_000  # characters of a text in which its lead is looked for
_SENTENCES: Final = 2  # of a lead; the first is often but a dateline
_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})

Terms = Mapping[str, Sequence[QueryTree]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """The names of places.

    `known` maps every folded name in the lists to the one that its list goes by; where several lists have a name, the
    shortest counts. `sought` are those names that rules ask for: they are places wherever they stand in a sentence.
    """

    known: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
    sought: Mapping[str, str] = field(default_factory=lambda: _NOTHING)

    def one(self, name: str) -> str:
        """The name that a place goes by: its list's first, else its own, folded."""
        folded = key(name)
        return self.known.get(folded, folded)

    def home(self, title: str, text: str) -> str | None:
        """The one place of those that rules ask for that an article is about: its title or its lead names it alone.

        None where they name none, or several.
        """
        if not self.sought:
            return None
        lead = [text[start:end] for start, end in islice(split(text[:_LEAD]), _SENTENCES)]
        words = f" {' . '.join(map(key, (title, *lead)))} "
        found = {one for name, one in self.sought.items() if f" {name} " in words}
        return found.pop() if len(found) == 1 else None


def key(name: str) -> str:
    """A name as names are compared: its words, folded."""
    return " ".join(fold(name).split())


def places(terms: Terms, rules: Sequence[FigureRule]) -> Places:
    """The places of a config."""
    lists = {name: tuple(_names(items)) for name, items in terms.items()}
    known: dict[str, str] = {}
    for names in sorted(lists.values(), key=len):
        for name in names:
            known.setdefault(key(name), names[0])
    named = {key(name) for rule in rules for place in rule.place for name in (names_of(place, terms) or (place,))}
    asked = {known.get(name, name) for name in named}
    sought = {name: one for name, one in known.items() if one in asked}
    return Places(known=known, sought=sought | {name: name for name in named if name not in known and name[:1] != "$"})


def names_of(place: str, terms: Terms) -> tuple[str, ...]:
    """The names a rule's place stands for: itself, or for `$name` all of that list and of the lists in it."""
    if not place.startswith("$"):
        return (place,)
    found: dict[str, None] = {}
    waiting, seen = [place[1:]], set[str]()
    while waiting:
        name = waiting.pop()
        if name in seen:
            continue
        seen.add(name)
        items = terms.get(name, ())
        found |= dict.fromkeys(_names(items))
        waiting += [item.strip()[1:] for item in items if isinstance(item, str) and item.strip().startswith("$")]
    return tuple(found)


def _names(items: Sequence[QueryTree]) -> Iterator[str]:
    """Those items of a list that are made only of words; of a prefix its word, as in `Iraq*`."""
    for item in items:
        text = item.strip().strip('"').strip().removesuffix("*") if isinstance(item, str) else ""
        if _NAME.fullmatch(text) and not _OPERATOR.search(text):
            yield text
