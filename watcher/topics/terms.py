"""The words of a query as they meet the words of a text: split and folded alike, with wildcards and exact spelling."""

import re
import unicodedata
from typing import Final

from watcher.text.fold import is_unspaced
from watcher.text.words import Words
from watcher.topics.faults import Notes
from watcher.topics.syntax import Element, Inflected, Kind, Term

_ENDS: Final = "a * stands at the start or at the end of a word"


def written(text: str) -> str:
    """A word as exact terms compare it: composed (NFC), without characters that are not seen."""
    return "".join(c for c in unicodedata.normalize("NFC", text) if unicodedata.category(c) != "Cf")


def read_term(notes: Notes, inner: tuple[int, int], outer: tuple[int, int], *, exact: bool = False) -> Term | None:
    """The words at `inner` as a term whose text is at `outer`; None, with a fault noted, where there are none."""
    start, end = inner
    segment = notes.query[start:end]
    words = Words(segment)
    if not words.tokens and "*" not in segment:
        notes.fault(*outer, f"`{notes.query[slice(*outer)]}` has no letters or digits to look for", "leave it out")
        return None
    kinds = _wildcards(notes, words, start)
    if kinds is None:
        return None
    elements = tuple(
        Element(kind=kinds.get(number, Kind.WORD), folded=token, written=written(segment[span.start : span.end]))
        for number, (token, span) in enumerate(zip(words.tokens, words.spans, strict=True))
    )
    return Term(text=notes.query[slice(*outer)], start=outer[0], end=outer[1], elements=elements, exact=exact)


def _wildcards(notes: Notes, words: Words, base: int) -> dict[int, Kind] | None:
    """Which words are prefixes and suffixes; None where a `*` cannot be meant."""
    ends = {span.end: number for number, span in enumerate(words.spans)}
    starts = {span.start: number for number, span in enumerate(words.spans)}
    kinds: dict[int, Kind] = {}
    good = True
    for star in (found.start() for found in re.finditer(r"\*", words.text)):
        before, after = ends.get(star), starts.get(star + 1)
        message = cure = ""
        if before is None and after is None:
            message, cure = (
                "a bare * stands for nothing",
                "put it at one end of a word: retak*, or use NEAR/3 for a gap",
            )
        elif before is not None and after is not None:
            message, cure = f"{_ENDS}, not inside it", "use a regex such as /mo.?sul/"
        elif kinds.get(before if before is not None else after or 0):
            message, cure = f"{_ENDS}, not at both", "leave one out, or use a regex such as /stan/"
        if message:
            notes.fault(base + star, base + star + 1, message, cure)
            good = False
        elif before is not None:
            kinds[before] = Kind.PREFIX
        elif after is not None:
            kinds[after] = Kind.SUFFIX
    return kinds if good else None


def read_inflected(notes: Notes, start: int, end: int) -> Inflected | None:
    """`~word` between `start` (of the tilde) and `end`; None, with a fault noted, where it is not one word."""
    text = notes.query[start:end]
    words = Words(text[1:])
    if len(words.tokens) != 1 or "*" in text or is_unspaced(words.tokens[0]):
        notes.fault(start, end, "~ takes one word, without * and spaces", "write ~retreat; other words beside it")
        return None
    span = words.spans[0]
    word = written(text[1 + span.start : 1 + span.end]).lower()
    return Inflected(text=text, start=start, end=end, word=word)
