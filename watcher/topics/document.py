"""A document as the matcher reads it: each field as words with their positions, found once and kept."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from watcher.text.sentences import Span, split
from watcher.text.words import Words, attached_forms
from watcher.topics.inflect import algorithm, stems
from watcher.topics.regex import guard, readable
from watcher.topics.syntax import Place
from watcher.topics.terms import written

if TYPE_CHECKING:
    from watcher.topics.matchers import Matcher

Pair = tuple[int, int]
"""The first and the last position of something found, in words of a field."""

MAIN: Final = (Place.TITLE, Place.TEXT)
"""Where a clause looks that names no field."""


@dataclass(frozen=True, slots=True)
class Document:
    """What topics are matched against.

    `feeds` are the names of the feeds that carry it and `tags` its own or theirs; None where the input does not say.
    `language` is a tag such as `en` or `ar-IQ`, None where unknown.
    """

    title: str
    text: str
    url: str = ""
    author: str = ""
    feeds: tuple[str, ...] | None = None
    tags: tuple[str, ...] | None = None
    language: str | None = None


class View:
    """One field's text: everything that clauses ask of it is worked out once, when first asked for."""

    __slots__ = ("_guarded", "_index", "_readable", "_reversed", "_sentences", "_stems", "_vocabulary", "algorithm",
                 "memo", "place", "span_memo", "text", "tokens", "words")  # fmt: skip

    def __init__(self, place: Place, text: str, stemmer: str) -> None:
        self.place = place
        self.text = text
        self.algorithm = stemmer
        self.words = Words(text)
        self.tokens = self.words.tokens
        self.memo: dict[object, list[Pair]] = {}
        self.span_memo: dict[object, list[Span]] = {}
        self._index: dict[str, list[int]] | None = None
        self._vocabulary: list[str] | None = None
        self._reversed: list[str] | None = None
        self._stems: dict[str, list[int]] | None = None
        self._sentences: tuple[Span, ...] | None = None
        self._readable: str | None = None
        self._guarded: str | None = None

    def found(self, matcher: "Matcher") -> list[Pair]:
        """Where a matcher finds something, in order of position."""
        pairs = self.memo.get(matcher)
        if pairs is None:
            pairs = self.memo[matcher] = matcher.find(self)
        return pairs

    @property
    def index(self) -> dict[str, list[int]]:
        """Each word, and each form an Arabic word is also found as, with its positions in order."""
        if self._index is None:
            index: dict[str, list[int]] = {}
            for position, token in enumerate(self.tokens):
                if token in index:
                    index[token].append(position)
                else:
                    index[token] = [position]
            if not self.text.isascii():
                _add_forms(index)
            self._index = index
        return self._index

    def prefixed(self, prefix: str) -> list[int]:
        """Positions of words that begin so."""
        if self._vocabulary is None:
            self._vocabulary = sorted(self.index)
        first = bisect_left(self._vocabulary, prefix)
        last = bisect_right(self._vocabulary, prefix + "\U0010ffff")
        return self._positions(self._vocabulary[first:last])

    def suffixed(self, suffix: str) -> list[int]:
        """Positions of words that end so."""
        if self._reversed is None:
            self._reversed = sorted(word[::-1] for word in self.index)
        turned = suffix[::-1]
        first, last = bisect_left(self._reversed, turned), bisect_right(self._reversed, turned + "\U0010ffff")
        return self._positions(word[::-1] for word in self._reversed[first:last])

    def inflected(self, stem: str) -> list[int]:
        """Positions of words with this stem in the document's language."""
        return self.stem_index.get(stem, [])

    @property
    def stem_index(self) -> dict[str, list[int]]:
        """Each stem with its positions in order."""
        if self._stems is None:
            self._stems = {}
            for position, token in enumerate(self.tokens):
                word = token if self.text.isascii() else self.written(position)
                for stem in stems(self.algorithm, word):
                    self._stems.setdefault(stem, []).append(position)
        return self._stems

    def written(self, position: int) -> str:
        """The word at a position as exact terms compare it."""
        start, end = self.words.spans[position]
        return written(self.text[start:end])

    def characters(self, pair: Pair) -> Span:
        """Where words from first to last stand in the text."""
        spans = self.words.spans
        return Span(spans[pair[0]].start, spans[pair[1]].end)

    def positions(self, span: Span) -> Pair | None:
        """The words that characters touch; None where they touch none."""
        spans = self.words.spans
        first = bisect_right(spans, span.start, key=lambda word: word.end)
        last = bisect_left(spans, span.end, key=lambda word: word.start) - 1
        return (first, last) if first <= last else None

    def sentence(self, span: Span) -> Span:
        """The sentence, or the sentences, that these characters stand in; a field that is no prose as a whole."""
        if self.place not in MAIN:
            return Span(0, len(self.text))
        if self._sentences is None:
            self._sentences = split(self.text)
        first = bisect_right(self._sentences, span.start, key=lambda sentence: sentence.end)
        last = max(first, bisect_left(self._sentences, span.end, key=lambda sentence: sentence.start) - 1)
        if first >= len(self._sentences):
            return span
        start, end = self._sentences[first].start, self._sentences[last].end
        return Span(min(start, span.start), max(end, span.end))

    @property
    def readable(self) -> str:
        """The text as regexes read it."""
        if self._readable is None:
            self._readable = readable(self.text)
        return self._readable

    @property
    def guarded(self) -> str:
        r"""The text as regexes with `\b` read it."""
        if self._guarded is None:
            self._guarded = guard(self.readable)
        return self._guarded

    def _positions(self, words: Iterable[str]) -> list[int]:
        lists = [self.index[word] for word in words]
        if len(lists) == 1:
            return lists[0]
        return sorted({position for positions in lists for position in positions})


def _add_forms(index: dict[str, list[int]]) -> None:
    """Let Arabic words be found in the forms they are also found as."""
    touched = set()
    for token in tuple(index):
        for form in attached_forms(token):
            index.setdefault(form, []).extend(index[token])
            touched.add(form)
    for form in touched:
        index[form] = sorted(set(index[form]))


class Reading:
    """A document with its fields as views, made as clauses ask for them."""

    __slots__ = ("_scopes", "_views", "document", "memo")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.memo: dict[object, bool] = {}
        self._views: dict[Place, tuple[View, ...]] = {}
        self._scopes: dict[tuple[Place, ...], tuple[View, ...]] = {}

    def scope(self, places: tuple[Place, ...]) -> tuple[View, ...]:
        """The views of these fields in order."""
        views = self._scopes.get(places)
        if views is None:
            views = self._scopes[places] = tuple(view for place in places for view in self._of(place))
        return views

    def _of(self, place: Place) -> tuple[View, ...]:
        if place not in self._views:
            stemmer = algorithm(self.document.language)
            self._views[place] = tuple(View(place, value, stemmer) for value in self._values(place))
        return self._views[place]

    def _values(self, place: Place) -> tuple[str, ...]:
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
        return values[place]
