"""A document as the matcher reads it: each field as words with their positions, found once and kept."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import itemgetter
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
    detected: str | None = None  # serves inflection alone, where nothing names the language


class View:
    """One field's text: everything that clauses ask of it is worked out once, when first asked for."""

    __slots__ = ("_guarded", "_index", "_prefixed", "_readable", "_reversed", "_sentences", "_sorted", "_stems",
                 "algorithm", "memo", "place", "span_memo", "text", "tokens", "vocabulary", "words")  # fmt: skip

    def __init__(self, place: Place, text: str, stemmer: str) -> None:
        self.place = place
        self.text = text
        self.algorithm = stemmer
        self.words = Words(text)
        self.tokens = self.words.tokens
        self.vocabulary = set(self.tokens)  # with the forms Arabic words are also found as
        if self.words.may_be_attached:
            self.vocabulary.update([form for token in tuple(self.vocabulary) for form in attached_forms(token)])
        self.memo: dict[object, list[Pair]] = {}
        self.span_memo: dict[object, list[Span]] = {}
        self._index: dict[str, list[Pair]] | None = None
        self._sorted: list[str] | None = None
        self._prefixed: dict[str, list[Pair]] = {}
        self._reversed: list[str] | None = None
        self._stems: dict[str, list[Pair]] | None = None
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
    def index(self) -> dict[str, list[Pair]]:
        """Each word, and each form an Arabic word is also found as, with where it stands, in order."""
        index = self._index
        if index is None:
            index = self._index = {}
            for token, pair in zip(self.tokens, _pairs(len(self.tokens)), strict=True):
                if token in index:
                    index[token].append(pair)
                else:
                    index[token] = [pair]
            if self.words.may_be_attached:
                _add_forms(index)
        return index

    def prefixed(self, prefix: str) -> list[Pair]:
        """Where words stand that begin so."""
        words = self._sorted
        if words is None:
            words = self._sorted = sorted(self.vocabulary)
        first = bisect_left(words, prefix)
        if first == len(words) or not words[first].startswith(prefix):
            return []
        found = self._prefixed.get(prefix)
        if found is None:
            last = first + 1
            while last < len(words) and words[last].startswith(prefix):
                last += 1
            found = self._prefixed[prefix] = self._all_of(words[first:last])
        return found

    def suffixed(self, suffix: str) -> list[Pair]:
        """Where words stand that end so."""
        if self._reversed is None:
            self._reversed = sorted([word[::-1] for word in self.vocabulary])
        turned = suffix[::-1]
        first = last = bisect_left(self._reversed, turned)
        while last < len(self._reversed) and self._reversed[last].startswith(turned):
            last += 1
        return self._all_of([word[::-1] for word in self._reversed[first:last]])

    def inflected(self, stem: str) -> list[Pair]:
        """Where words stand with this stem in the document's language."""
        return self.stem_index.get(stem, [])

    @property
    def stem_index(self) -> dict[str, list[Pair]]:
        """Each stem with where it stands, in order."""
        if self._stems is None:
            self._stems = {}
            for position, token in enumerate(self.tokens):
                word = token if self.text.isascii() else self.written(position)
                for stem in stems(self.algorithm, word):
                    self._stems.setdefault(stem, []).append((position, position))
        return self._stems

    def written(self, position: int) -> str:
        """The word at a position as exact terms compare it."""
        start, end = self.words.bounds[position]
        word = self.text[start:end]
        return word if word.isascii() else written(word)

    def characters(self, pair: Pair) -> Span:
        """Where words from first to last stand in the text."""
        bounds = self.words.bounds
        return Span(bounds[pair[0]][0], bounds[pair[1]][1])

    def positions(self, span: Span) -> Pair | None:
        """The words that characters touch; None where they touch none."""
        bounds = self.words.bounds
        first = bisect_right(bounds, span.start, key=itemgetter(1))
        last = bisect_left(bounds, (span.end, 0)) - 1
        return (first, last) if first <= last else None

    def sentence(self, span: Span) -> Span:
        """The sentence, or the sentences, that these characters stand in; a field that is no prose as a whole."""
        if self.place not in MAIN:
            return Span(0, len(self.text))
        if self._sentences is None:
            self._sentences = split(self.text)
        sentences = self._sentences
        first = max(0, bisect_right(sentences, (span.start, len(self.text))) - 1)
        last = max(first, bisect_left(sentences, (span.end, 0)) - 1)
        if not sentences:
            return span
        return Span(min(sentences[first].start, span.start), max(sentences[last].end, span.end))

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

    def _all_of(self, words: Sequence[str]) -> list[Pair]:
        if len(words) == 1:
            return self.index[words[0]]
        return sorted({pair for word in words for pair in self.index[word]})


def _pairs(count: int) -> Iterable[Pair]:
    return zip(range(count), range(count), strict=True)


def _add_forms(index: dict[str, list[Pair]]) -> None:
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

    __slots__ = ("_main", "_scopes", "_views", "document", "memo")

    def __init__(self, document: Document) -> None:
        self.document = document
        self.memo: dict[object, bool] = {}
        self._views: dict[Place, tuple[View, ...]] = {}
        self._scopes: dict[tuple[Place, ...], tuple[View, ...]] = {}
        self._main: tuple[View, ...] | None = None

    def scope(self, places: tuple[Place, ...]) -> tuple[View, ...]:
        """The views of these fields in order."""
        if places is MAIN and self._main is not None:
            return self._main
        views = self._scopes.get(places)
        if views is None:
            views = self._scopes[places] = tuple(view for place in places for view in self._of(place))
            if places is MAIN:
                self._main = views
        return views

    def _of(self, place: Place) -> tuple[View, ...]:
        if place not in self._views:
            stemmer = algorithm(self.document.language or self.document.detected)
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
