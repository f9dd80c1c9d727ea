"""The query language by its definition, slow and plain: what the compiled matcher is held against.

Nothing is shared with it but the parsed tree and the folding of words: every span is tried, every pair compared.
"""

import re
from collections.abc import Iterator, Mapping
from itertools import product

from watcher.settings import Topic
from watcher.text.words import Words, attached_forms
from watcher.topics import Document
from watcher.topics.inflect import algorithm, stems
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
from watcher.topics.terms import written

Span = tuple[int, int]
MAIN = (Place.TITLE, Place.TEXT)


class Direct:
    def __init__(self, lists: Mapping[str, Or], document: Document) -> None:
        self.lists = lists
        self.document = document
        self.words: dict[str, Words] = {}

    def takes(self, topic: Topic, node: Node) -> bool:
        named = [*(self.document.feeds or ()), *(self.document.tags or ())]
        says = self.document.feeds is not None or self.document.tags is not None
        if topic.feeds and says and not any(name in topic.feeds for name in named):
            return False
        language = self.document.language
        if topic.languages and language and language.split("-")[0] not in topic.languages:
            return False
        return self.holds(node, MAIN)

    def holds(self, node: Node, places: tuple[Place, ...]) -> bool:  # noqa: PLR0911 - one for each kind of node
        match node:
            case And(items=items):
                return all(self.holds(item, places) for item in items)
            case Or(items=items):
                return any(self.holds(item, places) for item in items)
            case Some(items=items, count=count):
                return sum(self.holds(item, places) for item in items) >= count
            case Not(item=item):
                return not self.holds(item, places)
            case Within(item=item, place=place):
                return self.holds(item, (place,))
            case ListRef(name=name):
                return self.holds(self.lists[name], places)
            case AtLeast(item=item, count=count):
                fields = self.fields(places)
                return sum(most_disjoint(self.characters(item, place, text)) for place, text in fields) >= count
            case _:
                return any(self.characters(node, place, text) for place, text in self.fields(places))

    def fields(self, places: tuple[Place, ...]) -> Iterator[tuple[Place, str]]:
        document = self.document
        values = {
            Place.TITLE: (document.title,),
            Place.TEXT: (document.text,),
            Place.URL: (document.url,),
            Place.AUTHOR: (document.author,),
            Place.FEED: document.feeds or (),
            Place.TAG: document.tags or (),
            Place.LANG: (document.language,) if document.language else (),
        }
        return ((place, text) for place in places for text in values[place])

    def read(self, text: str) -> Words:
        if text not in self.words:
            self.words[text] = Words(text)
        return self.words[text]

    def characters(self, node: Node, place: Place, text: str) -> set[Span]:
        match node:
            case Or(items=items):
                return set().union(*(self.characters(item, place, text) for item in items))
            case ListRef(name=name):
                return self.characters(self.lists[name], place, text)
            case Regex(pattern=pattern):
                found = re.finditer(pattern, text, re.IGNORECASE)
                spans = {match.span() for match in found if match.group()}
                if place in {Place.TAG, Place.LANG}:
                    spans = {(0, len(text))} if text and re.fullmatch(pattern, text, re.IGNORECASE) else set()
                return spans
            case _:
                words = self.read(text).spans
                return {(words[a].start, words[b].end) for a, b in self.positions(node, place, text)}

    def positions(self, node: Node, place: Place, text: str) -> set[Span]:  # noqa: PLR0911 - likewise
        tokens = self.read(text).tokens
        everywhere = range(len(tokens))
        match node:
            case Term(elements=elements):
                starts = range(len(tokens) - len(elements) + 1)
                found = {
                    (start, start + len(elements) - 1)
                    for start in starts
                    if all(self.meets(text, start + n, each, node, place) for n, each in enumerate(elements))
                }
                return self.whole(found, node, place, len(tokens))
            case Inflected(word=word):
                name = algorithm(self.document.language)
                mine = set(stems(name, word))
                found = {(at, at) for at in everywhere if mine & set(stems(name, self.spelled(text, at)))}
                return self.whole(found, node, place, len(tokens))
            case Regex():
                touched = (self.touched(text, span) for span in self.characters(node, place, text))
                return {(min(at), max(at)) for at in touched if at}
            case Or(items=items):
                return set().union(*(self.positions(item, place, text) for item in items))
            case ListRef(name=name):
                return self.positions(self.lists[name], place, text)
            case Near(left=left, right=right, distance=distance, ordered=ordered):
                pairs = product(self.positions(left, place, text), self.positions(right, place, text))
                hulls = {(min(a + b), max(a + b)) for a, b in pairs if close(a, b, distance, ordered=ordered)}
                return {each for each in hulls if not any(inside(other, each) for other in hulls)}
            case _:
                return set()

    def whole(self, found: set[Span], node: Node, place: Place, size: int) -> set[Span]:
        """In `tag:` and `lang:` only what is the whole value."""
        if place not in {Place.TAG, Place.LANG}:
            return found
        elements = node.elements if isinstance(node, Term) else ()
        right = place is Place.LANG or (elements and elements[-1].kind is Kind.PREFIX)
        left = len(elements) == 1 and elements[0].kind is Kind.SUFFIX
        good = {(a, b) for a, b in found if (a == 0 or left) and (b == size - 1 or right)}
        return {(0, size - 1)} if any(a == 0 or b == size - 1 for a, b in good) else set()

    def meets(self, text: str, at: int, element: Element, term: Term, place: Place) -> bool:
        if term.exact:
            return fits(self.spelled(text, at), element.written, element.kind)
        token = self.read(text).tokens[at]
        forms = [token] if place in {Place.TAG, Place.LANG} else [token, *attached_forms(token)]
        return any(fits(form, element.folded, element.kind) for form in forms)

    def spelled(self, text: str, at: int) -> str:
        start, end = self.read(text).spans[at]
        return written(text[start:end])

    def touched(self, text: str, span: Span) -> list[int]:
        spans = self.read(text).spans
        return [at for at, word in enumerate(spans) if word.start < span[1] and span[0] < word.end]


def fits(word: str, wanted: str, kind: Kind) -> bool:
    if kind is Kind.PREFIX:
        return word.startswith(wanted)
    return word.endswith(wanted) if kind is Kind.SUFFIX else word == wanted


def close(left: Span, right: Span, distance: int, *, ordered: bool) -> bool:
    ahead = 1 <= right[0] - left[1] <= distance
    behind = 1 <= left[0] - right[1] <= distance
    return ahead or (behind and not ordered)


def inside(inner: Span, outer: Span) -> bool:
    return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]


def most_disjoint(spans: set[Span]) -> int:
    """The most that stand side by side (ends exclusive), by trying each as the first of them."""
    known: dict[int, int] = {}
    for start in sorted({start for start, _ in spans}, reverse=True):
        best = max((known[later] for later in known), default=0)
        for first, end in spans:
            if first == start:
                best = max(best, 1 + max((known[later] for later in known if later >= end), default=0))
        known[start] = best
    return max(known.values(), default=0)
