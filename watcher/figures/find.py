"""The figures of a text: sentence by sentence, numbers, masks, nouns, predicates, context. Rules are in `lexicon/`."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Final

from watcher.figures import context
from watcher.figures.around import Around, around, place
from watcher.figures.language import choose
from watcher.figures.lexicon import Words, load
from watcher.figures.links import Mention
from watcher.figures.mentions import Carried, mentions
from watcher.figures.sentence import Sentence, parse
from watcher.model import Figure, Qualifier, Unit
from watcher.text.sentences import split

_NOWHERE: Final[Mapping[str, str]] = MappingProxyType({})


def find(text: str, language: str | None = None, *, places: Mapping[str, str] | None = None) -> tuple[Figure, ...]:
    """The figures in a text, in its order.

    `language` is a tag such as `en` or `ar-IQ`; without it, or where it is none of those read, the text itself tells.
    `places` maps folded names to the one they stand for. Time is linear in the text.
    """
    words = load(choose(text, language))
    return tuple(_figures(text, words, places or _NOWHERE))


def _figures(text: str, words: Words, places: Mapping[str, str]) -> Iterator[Figure]:
    carried: Carried | None = None
    told: Around | None = Around()  # of the sentence before; None where it has no figures, and so nobody who tells them
    earlier = ""
    for start, end in split(text):
        sentence = parse(text[start:end], words)
        found = mentions(sentence, carried) if sentence.numerals else []
        if found:
            before = told or replace(around(parse(earlier, words, wholly=True), places), source=None)
            told = around(sentence, places)
            yield from (_figure(sentence, mention, told, before, start) for mention in found)
            carried = Carried(found[-1].unit or Unit.PEOPLE, found[-1].subject)
        else:
            told = None
        earlier = sentence.text


def _figure(sentence: Sentence, mention: Mention, here: Around, before: Around, offset: int) -> Figure:
    quantity = mention.quantity
    qualifier = quantity.qualifier
    return Figure(
        value=_number(quantity.value),
        low=None if qualifier is Qualifier.AT_MOST else _number(quantity.low),
        high=None if qualifier is Qualifier.AT_LEAST else _number(quantity.high),
        vague=quantity.vague,
        qualifier=qualifier,
        unit=mention.unit or Unit.PEOPLE,
        subject=mention.subject,
        modality=context.modality(sentence, mention),
        flow=context.flow(sentence, mention),
        place=place(mention, here, before),
        source=here.source or before.source,
        quote=sentence.text,
        start=offset + sentence.tokens[quantity.first].start,
        end=offset + sentence.tokens[quantity.last - 1].end,
    )


def _number(value: float) -> float:
    """Whole where it is whole, so that it is written without a fraction."""
    return int(value) if value == int(value) else value
