"""Single terms: each finds its positions in one field."""

from collections.abc import Sequence
from typing import Protocol

from watcher.text.sentences import Span
from watcher.text.words import attached_forms
from watcher.topics.document import Pair, View
from watcher.topics.inflect import stems
from watcher.topics.regex import Compiled, find_regex
from watcher.topics.syntax import Element, Kind, Place


class Matcher(Protocol):
    """Finds one term; compared by identity, so that equal terms must be one object."""

    def find(self, view: View) -> list[Pair]:
        """Where it stands, in order of position."""
        ...

    def holds(self, view: View) -> bool:
        """Whether it is found at all."""
        ...

    def characters(self, view: View) -> list[Span]:
        """Where it stands, in characters."""
        ...


class _Positional:
    """What all share that find words."""

    __slots__ = ()

    def find(self, view: View) -> list[Pair]:
        """See Matcher."""
        raise NotImplementedError(f"{type(self).__name__} finds nothing in {view.place}")

    def holds(self, view: View) -> bool:
        """See Matcher."""
        return bool(view.found(self))

    def characters(self, view: View) -> list[Span]:
        """See Matcher."""
        return [view.characters(pair) for pair in view.found(self)]


class WordMatcher(_Positional):
    """A single word, prefix or suffix."""

    __slots__ = ("element",)

    def __init__(self, element: Element) -> None:
        self.element = element

    def find(self, view: View) -> list[Pair]:
        """See Matcher."""
        element = self.element
        return view.prefixed(element.folded) if element.kind is Kind.PREFIX else places_of(view, element)


class PhraseMatcher(_Positional):
    """Words in a row."""

    __slots__ = ("elements",)

    def __init__(self, elements: Sequence[Element]) -> None:
        self.elements = tuple(elements)

    def find(self, view: View) -> list[Pair]:
        """See Matcher."""
        pivot = self._pivot(view)
        if pivot is None:
            return []
        elements, extent = self.elements, len(self.elements) - 1
        found = []
        for position, _ in places_of(view, elements[pivot]):
            start = position - pivot
            if start < 0 or start + extent >= len(view.tokens):
                continue
            if all(accepts(view.tokens[start + number], each) for number, each in enumerate(elements)):
                found.append((start, start + extent))
        return found

    def _pivot(self, view: View) -> int | None:
        """The word that stands in the fewest places; None where one stands in none."""
        best, fewest = 0, len(view.tokens) + 1
        for number, element in enumerate(self.elements):
            if element.kind is Kind.WORD:
                places = len(view.index.get(element.folded, ()))
                if not places:
                    return None
                if places < fewest:
                    best, fewest = number, places
        return best


class ExactMatcher(_Positional):
    """Words in a row exactly as written."""

    __slots__ = ("elements", "folded")

    def __init__(self, elements: Sequence[Element]) -> None:
        self.elements = tuple(elements)
        self.folded = PhraseMatcher(elements)

    def find(self, view: View) -> list[Pair]:
        """See Matcher."""
        return [
            pair
            for pair in self.folded.find(view)
            if all(_spells(view.written(pair[0] + number), each) for number, each in enumerate(self.elements))
        ]


class StemMatcher(_Positional):
    """A word in any inflection."""

    __slots__ = ("word",)

    def __init__(self, word: str) -> None:
        self.word = word

    def find(self, view: View) -> list[Pair]:
        """See Matcher."""
        return sorted({pair for stem in stems(view.algorithm, self.word) for pair in view.inflected(stem)})


class RegexMatcher:
    """A regex on a field as written. Where a find touches no word it has no position, but it is found."""

    __slots__ = ("compiled",)

    def __init__(self, compiled: Compiled) -> None:
        self.compiled = compiled

    def find(self, view: View) -> list[Pair]:
        """See Matcher."""
        pairs = (view.positions(span) for span in self.characters(view))
        return [pair for pair in pairs if pair is not None]

    def holds(self, view: View) -> bool:
        """See Matcher."""
        return next(find_regex(self.compiled, view), None) is not None

    def characters(self, view: View) -> list[Span]:
        """See Matcher."""
        return list(find_regex(self.compiled, view))


class WholeMatcher:
    """A value that is as a whole what the term says; `lang:ar` takes `ar-IQ`."""

    __slots__ = ("inner",)

    def __init__(self, inner: Matcher) -> None:
        self.inner = inner

    def find(self, view: View) -> list[Pair]:
        """See Matcher."""
        return [(0, len(view.tokens) - 1)] if view.tokens and self._is(view) else []

    def holds(self, view: View) -> bool:
        """See Matcher."""
        return bool(view.found(self))

    def characters(self, view: View) -> list[Span]:
        """See Matcher."""
        return [Span(0, len(view.text))] if self.holds(view) else []

    def _is(self, view: View) -> bool:
        match self.inner:
            case RegexMatcher(compiled=compiled):
                searched = view.guarded if compiled.guarded else view.readable
                return compiled.engine.fullmatch(searched) is not None
            case ExactMatcher(elements=elements):
                tokens = [view.written(position) for position in range(len(view.tokens))]
                return _is_whole(tokens, elements, view.place, exact=True)
            case WordMatcher(element=element):
                return _is_whole(view.tokens, (element,), view.place)
            case PhraseMatcher(elements=elements):
                return _is_whole(view.tokens, elements, view.place)
            case _:
                return len(view.tokens) == 1 and self.inner.holds(view)


def places_of(view: View, element: Element) -> list[Pair]:
    """Where one word of a term stands."""
    match element.kind:
        case Kind.WORD:
            return view.index.get(element.folded, [])
        case Kind.PREFIX:
            return view.prefixed(element.folded)
        case Kind.SUFFIX:
            return view.suffixed(element.folded)


def accepts(token: str, element: Element) -> bool:
    """Whether a folded word of a text, or a form it is also found as, is what an element asks for."""
    return _meets(token, element.folded, element.kind) or any(
        _meets(form, element.folded, element.kind) for form in attached_forms(token)
    )


def _spells(word: str, element: Element) -> bool:
    return _meets(word, element.written, element.kind)


def _meets(word: str, wanted: str, kind: Kind) -> bool:
    match kind:
        case Kind.WORD:
            return word == wanted
        case Kind.PREFIX:
            return word.startswith(wanted)
        case Kind.SUFFIX:
            return word.endswith(wanted)


def _is_whole(tokens: list[str], elements: tuple[Element, ...], place: Place, *, exact: bool = False) -> bool:
    """A * at the open end of the term, and a language's subtags, may stand for further words of the value."""
    open_right = place is Place.LANG or elements[-1].kind is Kind.PREFIX
    open_left = elements[0].kind is Kind.SUFFIX and len(elements) == 1
    if len(tokens) < len(elements) or (len(tokens) > len(elements) and not (open_left or open_right)):
        return False
    tail = tokens[-len(elements) :] if open_left and not open_right else tokens
    pairs = zip(tail, elements, strict=False)
    return all(_meets(token, each.written if exact else each.folded, each.kind) for token, each in pairs)
