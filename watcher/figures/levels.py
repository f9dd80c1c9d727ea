"""Levels and labels: `the death toll rose to N`, `the number of displaced stands at N`, `Number of displaced: N`."""

from dataclasses import dataclass
from typing import Final

from watcher.figures.heads import Standing
from watcher.figures.lexicon import Form, Frame, Noun
from watcher.figures.links import Link, Mention, Strength, choose
from watcher.figures.sentence import Said, Sentence
from watcher.figures.tokens import Kind
from watcher.model import Subject, Unit

_REACH: Final = 20
_LABEL_REACH: Final = 9
_WORDS: Final = 3
_FORCES: Final = frozenset({Subject.TROOPS, Subject.MILITANTS, Subject.RESIDENTS})
_YEARS: Final = range(1800, 2101)
_DASHES: Final = frozenset({"-", "–", "—", "\ufffd"})
_BREAKS: Final = frozenset({";", ",", ".", "|", "/"})
_FRAMES: Final = {Frame.EVENT, Frame.STATE, Frame.VERB, Frame.ACT, Frame.ANY}


@dataclass(frozen=True, slots=True)
class Told:
    """What a level or a label is of: a predicate, or the subject and unit of a noun."""

    link: Link | None = None
    subject: Subject | None = None
    unit: Unit | None = None


def level(sentence: Sentence, mention: Mention) -> Told | None:
    """What a level is of, by the words between it and its noun of number."""
    fallback: Told | None = None
    linked = any(sentence.has("level_links", at) for at in range(mention.begin, mention.quantity.first))
    words = 0
    for at in range(mention.begin - 1, max(-1, mention.begin - 1 - _REACH), -1):
        if sentence.norm(at) in {";", "."} or _clause(sentence, at):
            break
        links = sentence.has("level_links", at)
        said = None if links or not linked else sentence.said_before.get(at + 1)
        found = _said(sentence, said, mention) if said else None
        found = found or (_noun(sentence, at) if linked else None)
        if found and not _weak(found) and not _ruined(found) and (found.link or words <= _WORDS):
            return None if found.subject in _FORCES and _wielded(sentence, mention) else found
        fallback = fallback or found
        linked = linked or links
        if not linked:
            break
        words += not (links or _small(sentence, at))
    counted = _number_of(sentence, mention) if linked and fallback is None else None
    return Told(None, counted.subject, counted.unit) if counted else fallback


def _number_of(sentence: Sentence, mention: Mention) -> Noun | None:
    """What `the number of …` is of, where a level tells it: its first noun."""
    for at in range(mention.begin - 3, max(-1, mention.begin - 1 - _REACH), -1):
        if sentence.has("level_nouns", at) and sentence.has("of", at + 1):
            ahead = range(at + 2, min(at + 2 + _WORDS + 1, mention.begin))
            nouns = (sentence.words.nouns.longest(sentence.norms, index) for index in ahead)
            people = any(index in sentence.said_at for index in ahead)  # the number of dead
            return next((found[0][0] for found in nouns if found), Noun(Unit.PEOPLE) if people else None)
    return None


def _ruined(found: Told) -> bool:
    """Whether what is done to homes was found, which is no level: the death toll from the bombing rose to 45."""
    said = found.link.said if found.link else None
    return said is not None and said.subject is Subject.HOMES and said.frame is not Frame.EVENT


def _wielded(sentence: Sentence, mention: Mention) -> bool:
    """Whether a force does something to what is counted: bombers dropped twelve."""
    near = range(max(0, mention.begin - _REACH), mention.begin - 1)
    told = any(sentence.has("level_nouns", at) for at in near)
    return sentence.has("wielding", mention.begin - 1) and not told


def _clause(sentence: Sentence, at: int) -> bool:
    return sentence.has("subordinator", at) and not sentence.has("preposition", at)


def _small(sentence: Sentence, at: int) -> bool:
    return any(sentence.has(name, at) for name in ("level_nouns", "preposition", "determiner"))


def _weak(found: Told) -> bool:
    return found.link.said.weak if found.link else found.subject is Subject.RESIDENTS


def _said(sentence: Sentence, said: Said, mention: Mention) -> Told | None:
    """A predicate told as an amount: an event, or with a noun of number near it."""
    meaning = choose(said.meanings, mention.unit, _FRAMES)
    if meaning is None or (meaning.subject is Subject.HOMES and meaning.form == Form.BASE):
        return None
    near = range(max(0, said.first - 6), min(mention.begin, said.last + 3))
    event = any(one.frame is Frame.EVENT for one in said.meanings)
    put = sentence.norm(mention.begin - 1) == "at" and said.last == mention.begin - 1
    put = put and sentence.has("determiner", said.first - 1)  # put the wounded at 500
    amount = meaning.weak and meaning.frame is not Frame.ACT
    if not (amount or event or put or any(sentence.has("level_nouns", at) for at in near)):
        return None
    noun = measured(sentence, mention)
    link = Link(meaning, said.first, said.last, Strength.NEAR, left=True)
    return Told(link, noun.subject if noun else None, noun.unit if noun else None)


def _noun(sentence: Sentence, at: int) -> Told | None:
    noun = ending(sentence, at)
    if noun is None or noun.subject is None:
        return None
    suffered = _suffered(sentence, at) if noun.subject in _FORCES else None
    if suffered:
        return Told(None, suffered, noun.unit)
    said = sentence.said_before.get(at)
    meaning = choose(said.meanings, noun.unit, {Frame.STATE, Frame.VERB}) if said else None
    if said and meaning and meaning.form != Form.BASE and sentence.has("determiner", said.first - 1):
        return Told(Link(meaning, said.first, said.last, Strength.NEAR, left=True), noun.subject, noun.unit)
    follows = at + 1
    amount = (
        sentence.has("level_nouns", follows)
        or sentence.has("collective", at)
        or follows in sentence.said_at
        or sentence.has("amounts", follows)
    )
    return Told(None, noun.subject, noun.unit) if amount or not noun.singular else None


def _suffered(sentence: Sentence, at: int) -> Subject | None:
    """What a force suffers by the noun that it belongs to: casualties among government troops."""
    for index in range(at - 1, max(-1, at - _WORDS - 2), -1):
        if sentence.norm(index) in {"among", "amongst"}:
            noun = ending(sentence, index - 1)
            return noun.subject if noun else None
    return None


def measured(sentence: Sentence, mention: Mention) -> Noun | None:
    """The noun a level names: `the number of displaced families is estimated to be N`."""
    return _number_of(sentence, mention) or _nearest(sentence, mention, _REACH - 2)


def _nearest(sentence: Sentence, mention: Mention, reach: int, *, telling: bool = False) -> Noun | None:
    at = mention.begin - 1
    while at > max(-1, mention.begin - reach):
        said = sentence.said_before.get(at + 1)
        if said and said.last - said.first > 1 and not telling:
            at = said.first - 1  # a noun of the predicate itself: those who lost their homes
            continue
        found = sentence.words.nouns.longest(sentence.norms, at)
        if found and (found[0][0].subject or not telling):
            return found[0][0]
        at -= 1
    return None


def bare_level(sentence: Sentence, mention: Mention) -> bool:
    """`increased its count to 1 million`, `the number has risen to 45`: a noun of number, and nothing of what."""
    if mention.quantity.bare and sentence.norm(mention.begin - 1) == "of" and mention.quantity.low in _YEARS:
        return False  # the count of 1997
    near = range(max(0, mention.begin - 8), mention.begin)
    measure = [at for at in near if sentence.has("level_nouns", at)]
    return bool(measure) and all(
        any(sentence.has(name, at) for name in ("level_links", "preposition", "adverb", "to"))
        for at in range(measure[-1] + 1, mention.begin)
    )


def label(sentence: Sentence, mention: Mention) -> Told | None:
    """What a line of a table tells: `Number of displaced: 452`, `IDPs total 122 387`, `Houses destroyed: 146`."""
    end, at = mention.end, mention.begin - 1
    if at < 0 and sentence.norm(end) in _DASHES | {":"}:
        return _explained(sentence, end + 1)
    if sentence.has("determiner", end) and sentence.has("level_nouns", end + 1) and sentence.has("of", end + 2):
        return _explained(sentence, end + 1)
    named = mention.head.standing is Standing.NOUN or sentence.has("locative", end)
    named = named and sentence.norm(at) == ":"
    if not named and end < len(sentence.norms) and sentence.norm(end) not in _BREAKS | {"(", ")"}:
        return None
    colon = sentence.norm(at) in {":", "=", "-", "–", "|"} or sentence.has("level_nouns", at)
    said: Said | None = None
    unit: Unit | None = None
    while at >= max(0, mention.begin - _LABEL_REACH) and not _opens(sentence, at):
        here = sentence.said_before.get(at + 1)
        if here and (said is None or any(one.subject is Subject.HOMES for one in here.meanings)):
            said = here
        unit = unit or _unit(sentence, at)
        at -= 1
    first = at < 0
    window = range(max(0, at + 1), mention.begin)
    if not colon and (
        sentence.has("preposition", mention.begin - 1)
        or any(sentence.has("pronoun", index) for index in window)
        or (said and all(one.form == Form.BASE for one in said.meanings))
    ):
        return None
    starts = first or sentence.norm(at) in _BREAKS or sentence.tokens[at].kind is Kind.DIGITS
    noun = ending(sentence, mention.begin - 1)
    colon = colon or (noun is not None and noun.subject is not None and not noun.singular and unit is noun.unit)
    if not starts or not (
        colon or (said and (first or sentence.norm(at) == ";" or (unit and sentence.norm(at) in _BREAKS)))
    ):
        return None
    return _labelled(sentence, mention, said, unit)


def _explained(sentence: Sentence, at: int) -> Told | None:
    """`120,000 - the number of people forced from their homes`: the label stands after the number."""
    if not any(sentence.has("level_nouns", index) for index in range(at, at + _WORDS)):
        return None
    ahead = range(at, min(at + _REACH, len(sentence.norms)))
    noun = next((found[0][0] for i in ahead if (found := sentence.words.nouns.longest(sentence.norms, i))), None)
    if noun is None:
        return None
    said = next((sentence.said_at[i] for i in ahead if i in sentence.said_at), None)
    meaning = choose(said.meanings, noun.unit, _FRAMES) if said else None
    link = Link(meaning, said.first, said.last, Strength.NEAR) if said and meaning else None
    return Told(link, noun.subject, noun.unit)


def _opens(sentence: Sentence, at: int) -> bool:
    verb = sentence.has("be", at) or sentence.has("have", at)
    joined = sentence.norm(at) == "/" and sentence.tight(at)  # houses/shelters
    return verb or (sentence.norm(at) in _BREAKS and not joined) or at + 1 in sentence.number_before


def _labelled(sentence: Sentence, mention: Mention, said: Said | None, unit: Unit | None) -> Told | None:
    meaning = choose(said.meanings, unit, set(Frame)) if said else None
    if said and meaning:
        return Told(Link(meaning, said.first, said.last, Strength.NEAR, left=True), None, unit)
    noun = _nearest(sentence, mention, _LABEL_REACH - 1, telling=True) if unit else None
    return Told(None, noun.subject, unit) if noun else None


def _unit(sentence: Sentence, at: int) -> Unit | None:
    noun = ending(sentence, at)
    return noun.unit if noun and not (noun.unit is Unit.HOMES and noun.singular) else None


def ending(sentence: Sentence, at: int) -> Noun | None:
    """The noun, of one word or more, that ends with the token at `at`."""
    for first in (at - 2, at - 1, at):
        found = sentence.words.nouns.longest(sentence.norms, first) if first >= 0 else None
        if found and found[1] == at + 1:
            return found[0][0]
    return None
