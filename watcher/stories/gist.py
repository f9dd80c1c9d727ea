"""What an article tells, as far as events are compared by it: its names, other words and numbers."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Final

from pydantic import TypeAdapter

from watcher.model import Figure, Flow, Modality
from watcher.stories.lexicon import every
from watcher.stories.names import names
from watcher.text.sentences import split
from watcher.text.words import Words, attached_forms

_BEGINNING: Final = 3  # sentences in which places, actors and figures are looked for
_LENGTH: Final = 3_000  # characters that are looked at otherwise
_MOST: Final = 150  # of each kind
_STEM: Final = 6  # letters that the forms of a word share
_WORD: Final = 4  # letters of a word that says something
_NAME: Final = 3
_NUMBER: Final = re.compile(r"\d+(?:[.,\u00a0\u202f ]\d{3}(?!\d))*")
_YEAR: Final = re.compile(r"(?:19|20)\d\d")
_STOPS: Final = frozenset('.!?:\n"“”„«»…')  # after these a capital says nothing


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """A figure of a beginning: what is counted, and the bounds."""

    unit: str
    subject: str | None
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gist:
    """Names, stems of other words and numbers of an article; places, actors and counts of its beginning."""

    names: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    actors: tuple[str, ...] = ()
    counts: tuple[Count, ...] = ()
    language: str | None = None
    published: datetime | None = None


_GIST: Final = TypeAdapter(Gist)


def dump(told: Gist) -> str:
    """A gist as the store keeps it."""
    return _GIST.dump_json(told).decode()


def load(text: str) -> Gist:
    """The gist kept."""
    return _GIST.validate_json(text)


def gist(
    title: str,
    text: str,
    language: str | None,
    figures: Sequence[Figure] = (),
    *,
    published: datetime | None = None,
) -> Gist:
    """What of an article events are compared by. `figures` are those of `text`."""
    spans = split(text)[:_BEGINNING]
    end = spans[-1].end if spans else 0
    found = [name for span in spans for name in names(text[span.start : span.end], language)]
    line = f"{title}\n{text[:_LENGTH]}"
    capitals, words = _told(line, len(title))
    return Gist(
        names=capitals,
        words=words,
        numbers=tuple(dict.fromkeys(_numbers(line)))[:_MOST],
        places=tuple(dict.fromkeys(" ".join(name.words) for name in found if name.place))[:_MOST],
        actors=tuple(dict.fromkeys(name.words[-1] for name in found if not name.place))[:_MOST],
        counts=tuple(_count(figure) for figure in figures if figure.end <= end and _is_level(figure))[:_MOST],
        language=(language or "").partition("-")[0].lower() or None,
        published=published,
    )


def _told(line: str, title: int) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The names, and the stems of the other words that say something. In a title all words may have capitals."""
    read, idle = Words(line), every("calendar").firsts | every("common").firsts
    capitals: dict[str, None] = {}
    others: dict[str, None] = {}
    before = 0
    for token, (start, end) in zip(read.tokens, read.bounds, strict=True):
        begins = start <= title or not _STOPS.isdisjoint(line[before:start])
        before = end
        if token in idle or any(character.isdigit() for character in token):
            continue
        if line[start].isupper() and not begins and len(token) >= _NAME:
            capitals[token] = None
        else:
            others[token] = None
    stems = (stem(token) for token in others if token not in capitals)
    return tuple(islice(capitals, _MOST)), tuple(islice(dict.fromkeys(filter(None, stems)), _MOST))


def stem(token: str) -> str:
    """What the forms of a word share, roughly; '' for a short word. Arabic ones without what is attached to them."""
    if forms := attached_forms(token):
        return min(forms, key=len)
    return token[:_STEM] if len(token) >= _WORD or not token.isascii() else ""


def _numbers(line: str) -> Iterator[str]:
    """Numbers that tell one event from another: neither years nor single digits."""
    for found in _NUMBER.finditer(line):
        digits = "".join(str(int(character)) for character in found[0] if character.isdecimal())
        if len(digits) > 1 and not _YEAR.fullmatch(digits):
            yield digits


def _is_level(figure: Figure) -> bool:
    return figure.flow is Flow.TOTAL and figure.modality is Modality.REPORTED


def _count(figure: Figure) -> Count:
    low = figure.value if figure.low is None else figure.low
    high = figure.value if figure.high is None else figure.high
    return Count(unit=figure.unit, subject=figure.subject, low=low, high=high)
