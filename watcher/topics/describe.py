"""What a topic will look for, in words."""

from collections.abc import Mapping, Sequence
from typing import Final

from watcher.settings import QueryTree, Topic
from watcher.topics.book import read_needed
from watcher.topics.faults import TopicsError
from watcher.topics.syntax import (
    And,
    AtLeast,
    Element,
    Inflected,
    Kind,
    ListRef,
    Near,
    Node,
    Not,
    Or,
    Place,
    Regex,
    Some,
    Term,
    Within,
)

_SHOWN: Final = 5  # items of a list

_WHERE: Final = {
    Place.TITLE: "in the title",
    Place.TEXT: "in the text",
    Place.URL: "in the address",
    Place.AUTHOR: "in the author",
    Place.FEED: "in the feed's name",
    Place.TAG: "as a tag",
    Place.LANG: "as the language",
}


def describe(topic: Topic, terms: Mapping[str, Sequence[QueryTree]]) -> str:
    """One line for each thing an article must have; TopicsError where the query cannot be meant."""
    book = read_needed([topic], terms)
    broken = [each for each in book.faults if not each.fault.warning]
    if broken:
        raise TopicsError(broken)
    node = book.topics[0][1]
    parts = node.items if isinstance(node, And) else (node,)
    words = _Words(book.lists)
    lines = [words.of(part, top=len(parts) == 1 or not isinstance(part, Or)) for part in parts]
    if topic.feeds:
        lines.append(f"in feeds {_either([f'{feed}' for feed in topic.feeds])}")
    if topic.languages:
        lines.append(f"in language {_either(list(topic.languages))}, or unknown")
    return "\nand ".join(lines)


class _Words:
    def __init__(self, lists: Mapping[str, Or]) -> None:
        self._lists = lists
        self._spelled: set[str] = set()

    def of(self, node: Node, *, top: bool = False) -> str:  # noqa: PLR0911 - one for each kind of node
        """A node in words, in brackets where it would run into its neighbours."""
        match node:
            case Term(elements=elements, exact=exact):
                return _term(elements, exact=exact)
            case Inflected(word=word):
                return f"any form of “{word}”"
            case Regex(pattern=pattern):
                return f"text like /{pattern}/"
            case ListRef(name=name):
                return self._list(name)
            case And(items=items):
                return _brackets(" and ".join(map(self.of, items)), top=top)
            case Or(items=items):
                return _brackets(_either([self.of(item) for item in items]), top=top)
            case Some(items=items, count=count):
                return f"at least {count} of ({', '.join(map(self.of, items))})"
            case _:
                return self._one(node, top=top)

    def _one(self, node: Node, *, top: bool) -> str:
        match node:
            case Not(item=item):
                return f"not {self.of(item)}"
            case AtLeast(item=item, count=count):
                return f"at least {count} mention{'' if count == 1 else 's'} of {self.of(item)}"
            case Within(item=item, place=place):
                return f"{self.of(item)} {_WHERE[place]}"
            case Near(left=left, right=right, distance=distance, ordered=ordered):
                unit = "word" if distance == 1 else "words"
                how = f"at most {distance} {unit} before" if ordered else f"within {distance} {unit} of"
                return _brackets(f"{self.of(left)} {how} {self.of(right)}", top=top)
            case _:
                return node.text

    def _list(self, name: str) -> str:
        if name in self._spelled:  # it stands above
            return f"any of ${name}"
        self._spelled.add(name)
        items = self._lists[name].items
        shown = ", ".join(item.text for item in items[:_SHOWN])
        more = f", … {len(items)} in all" if len(items) > _SHOWN else ""
        return f"any of ${name} ({shown}{more})"


def _term(elements: tuple[Element, ...], *, exact: bool) -> str:
    word = " ".join((each.written if exact else each.folded) for each in elements)
    kinds = elements[0].kind, elements[-1].kind
    how = ", exactly so written" if exact else ""
    if len(elements) == 1 and kinds[0] is not Kind.WORD:
        return f"a word {'beginning' if kinds[0] is Kind.PREFIX else 'ending'} with “{word}”{how}"
    stars = " ".join(_starred(each, exact=exact) for each in elements)
    return f"“{stars}”{how}"


def _starred(element: Element, *, exact: bool) -> str:
    word = element.written if exact else element.folded
    return {Kind.WORD: word, Kind.PREFIX: f"{word}*", Kind.SUFFIX: f"*{word}"}[element.kind]


def _either(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} or {words[-1]}"


def _brackets(text: str, *, top: bool) -> str:
    return text if top else f"({text})"
