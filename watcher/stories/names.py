"""Names in a sentence: places after *in* and *near*, actors beside a title or a word of saying.

Read by capitals, so only in languages that write names alone with them; German nouns count only after a title.
"""

from dataclasses import dataclass
from typing import Final

from watcher.stories.lexicon import every, section
from watcher.text.sentences import Span
from watcher.text.words import Words

_REACH: Final = 2  # words between a name and the word of saying
_LONGEST: Final = 5
_NOUNS: Final = frozenset({"de", "lb"})  # every noun has a capital
_JOINING: Final = frozenset(
    {"al", "el", "bin", "ibn", "abu", "de", "del", "di", "da", "van", "von", "der", "of", "the"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Name:
    """A name, its folded words, and the place of the first of them among the sentence's words."""

    text: str
    words: tuple[str, ...]
    first: int
    place: bool


def names(sentence: str, language: str | None) -> tuple[Name, ...]:
    """The places and actors named in a sentence, in its order."""
    read = Words(sentence)
    found: list[Name] = []
    place = 0
    while place < len(read.tokens):
        end = _end(read, sentence, place)
        if end > place:
            name = _judged(read, sentence, place, end, language)
            if name is not None:
                found.append(name)
        place = max(end, place + 1)
    return tuple(found)


def capitalised(text: str) -> tuple[tuple[str, ...], ...]:
    """Runs of capitalised words anywhere in a text, folded; of sentence beginnings only where more words follow."""
    read = Words(text)
    runs: list[tuple[str, ...]] = []
    place = 0
    while place < len(read.tokens):
        end = _end(read, text, place)
        if end > place:
            runs.append(tuple(read.tokens[place:end]))
        place = max(end, place + 1)
    return tuple(runs)


def _end(read: Words, text: str, start: int) -> int:
    """Where the run of capitalised words that begins here ends."""
    end = start
    while end < len(read.tokens) and end - start < _LONGEST and (end == start or _adjacent(read, text, end)):
        if _is_name(text, read.spans[end]) and (read.tokens[end],) not in every("calendar").phrases:
            end += 1
        elif end > start and read.tokens[end] in _JOINING and _continues(read, text, end):
            end += 2
        else:
            break
    return min(end, len(read.tokens))


def _continues(read: Words, text: str, place: int) -> bool:
    after = place + 1
    return after < len(read.tokens) and _adjacent(read, text, after) and _is_name(text, read.spans[after])


def _adjacent(read: Words, text: str, place: int) -> bool:
    """Whether nothing but a space or a hyphen parts the word from the one before."""
    between = text[read.spans[place - 1].end : read.spans[place].start]
    return between.strip() in {"", "-", "’", "'"} and "\n" not in between


def _is_name(text: str, span: Span) -> bool:
    first = text[span.start : span.start + 1]
    return first.isupper() and any(character.isalpha() for character in text[span.start : span.end])


def _judged(read: Words, sentence: str, start: int, end: int, language: str | None) -> Name | None:
    """A place, an actor, or nothing that can be told for certain."""
    tokens = read.tokens
    titles = section("titles", language)
    while start < end and (size := titles.at(tokens[:end], start)):  # a title with a capital is no name
        start += size
    if start >= end:
        return None
    titled = titles.before(tokens, start)
    places = section("locatives", language)
    nouns = (language or "").partition("-")[0] in _NOUNS
    is_place = not titled and not nouns and places.before(tokens, start)
    shown = sentence[read.spans[start].start : read.spans[end - 1].end]
    if not is_place and not titled and (nouns or not _speaks(shown, tokens, start, end, language)):
        return None
    return Name(text=shown, words=tuple(tokens[start:end]), first=start, place=is_place)


def _speaks(shown: str, tokens: list[str], start: int, end: int, language: str | None) -> bool:
    """Whether a name stands by a word of saying; one word at the beginning of a sentence has its capital from that."""
    if end - start < 2 and (len(shown) < 2 or (start == 0 and not shown.isupper())):  # noqa: PLR2004 - initials are nobody
        return False
    says = section("says", language)
    around = range(end, min(len(tokens), end + _REACH))
    return any(says.at(tokens, place) for place in around) or says.before(tokens, start)
