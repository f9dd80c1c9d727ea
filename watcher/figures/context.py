"""What is told around a figure: whether it is so or may come, level or addition, where, and who says so."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from watcher.figures.lexicon import Frame
from watcher.figures.links import Mention
from watcher.figures.sentence import Sentence
from watcher.figures.tokens import Kind, fold
from watcher.model import Flow, Modality, Subject

_BEFORE: Final = 5
_RATE_REACH: Final = 6
_PLACE_REACH: Final = 14
_SOURCE_LENGTH: Final = 9
_ALIAS_LENGTH: Final = 5
_WORDS: Final = re.compile(r"[^\w]+")


def modality(sentence: Sentence, mention: Mention) -> Modality:
    """`capacity` or `expected` where a word that says so governs the figure, else `reported`."""
    start, stop = _governed(sentence, mention)
    if mention.link and mention.link.left and is_event(mention):
        stop = min(len(sentence.norms), mention.end + 4)
    found = {
        said
        for at in range(start, stop)
        if (hit := sentence.words.modality.longest(sentence.norms, at))
        for said in hit[0]
    }
    if Modality.CAPACITY in found:
        return Modality.CAPACITY
    return Modality.EXPECTED if Modality.EXPECTED in found else Modality.REPORTED


def _governed(sentence: Sentence, mention: Mention) -> tuple[int, int]:
    """The tokens whose words tell the modality: before the verb and its figure, within the clause."""
    link = mention.link
    first = mention.begin
    if link and link.left and link.last <= mention.begin:
        first = link.first
    start = first
    while start > max(0, first - _BEFORE) and sentence.norm(start - 1) not in {
        ",",
        ";",
        ":",
        ".",
        "(",
        ")",
        "and",
        "but",
    }:
        start -= 1
    stop = mention.begin
    if link and not link.left and link.first >= mention.end:
        stop = link.last
    elif link is None:
        stop = min(len(sentence.norms), mention.end + 3)
    return start, stop


def flow(sentence: Sentence, mention: Mention) -> Flow:
    """`rate` with a unit of time, `new` with words of addition, else `total`."""
    if _rate(sentence, mention):
        return Flow.RATE
    inside = range(mention.quantity.end, mention.end)
    if mention.quantity.flow or any(sentence.has("more", at) for at in inside):
        return Flow.NEW
    return Flow.TOTAL


def _rate(sentence: Sentence, mention: Mention) -> bool:
    stop = min(len(sentence.norms), mention.end + _RATE_REACH)
    if mention.link and not mention.link.left:
        stop = min(len(sentence.norms), max(stop, mention.link.last + 4))
    for at in range(mention.end, stop):
        if sentence.norm(at) in {",", ";", ":", "."}:
            break
        if sentence.has("rate_alone", at):
            return True
        if sentence.has("per", at) and sentence.has("rate_unit", at + 1) and not sentence.has("rate_not", at + 2):
            return not (sentence.norm(at) in {"a", "an"} and sentence.has("preposition", at - 1))
    near = range(max(0, mention.begin - 3), mention.begin)
    return any(sentence.has("rate_alone", at) for at in near)


# --- where -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Around:
    """What a sentence tells for all its figures: the places it names, with their tokens, and who says so."""

    places: tuple[tuple[int, str], ...] = ()
    source: str | None = None


def around(sentence: Sentence, places: Mapping[str, str]) -> Around:
    """The places and the source a sentence tells."""
    return Around(tuple(_places(sentence, places)), _source(sentence))


def place(mention: Mention, here: Around, earlier: Around) -> str | None:
    """The place told for a figure: named after it, else before it, else in the sentence before."""
    right = mention.link.last if mention.link and not mention.link.left else mention.end
    stop = right + _PLACE_REACH
    for low, high in ((mention.end, stop), (mention.begin, mention.end)):
        first = next((name for at, name in here.places if low <= at < high), None)
        if first:
            return first
    before = [name for at, name in here.places if at < mention.begin]
    if before:
        return before[-1]
    rest = [name for _, name in (here.places or earlier.places[-1:])]
    return rest[0] if rest else None


def _places(sentence: Sentence, places: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Every place a sentence names, with its token: names of the lists given anywhere, others after *in* or *from*."""
    at = 0
    while at < len(sentence.tokens):
        known = _alias(sentence, at, places) if places else None
        if known:
            yield at, known[0]
            at = known[1]
            continue
        if sentence.has("locative", at):
            first = _name_start(sentence, at + 1)
            last = _name_end(sentence, first)
            if last > first and not _no_place(sentence, first, last):
                if places and _alias(sentence, first, places):
                    at = first
                    continue
                yield first, " ".join(fold(token.text) for token in sentence.tokens[first:last])
                at = last
                continue
        at += 1


def _alias(sentence: Sentence, at: int, places: Mapping[str, str]) -> tuple[str, int] | None:
    for length in range(_ALIAS_LENGTH, 0, -1):
        if at + length > len(sentence.tokens):
            continue
        words = " ".join(sentence.tokens[index].norm for index in range(at, at + length))
        for key in (words, _WORDS.sub(" ", words).strip()):
            if key in places:
                return places[key], at + length
    return None


def _name_start(sentence: Sentence, at: int) -> int:
    """Past *the*, *northern*, *the city of*: where a name may begin."""
    limit = at + 6
    while at < limit and not sentence.capitalised(at):
        if not (sentence.has("determiner", at) or sentence.has("of_place", at) or sentence.has("of", at)):
            return at
        at += 1
    return at


def _name_end(sentence: Sentence, first: int) -> int:
    at = first
    while sentence.capitalised(at) and not sentence.has("month", at) and not sentence.has("weekday", at):
        at += 1
        if sentence.norm(at) == "-" and sentence.capitalised(at + 1):
            at += 1
    return at


def _no_place(sentence: Sentence, first: int, last: int) -> bool:
    """Names of peoples before a noun, of organisations, and acronyms are no places."""
    norms = sentence.norms[first:last]
    if any(norm in sentence.words.classes.get("no_place", ()) for norm in norms):
        return True
    if sentence.words.nouns.longest(sentence.norms, last) and sentence.norm(last - 1).endswith(
        ("i", "n", "h", "ese", "ish")
    ):
        return not sentence.norm(last - 1).endswith(("stan", "an")) or True
    single = sentence.tokens[first].text
    return last - first == 1 and (
        len(single) == 1 or (single.isupper() and norms[0] not in {"us", "u.s.", "uk", "uae", "drc"})
    )


# --- who says so -------------------------------------------------------------------------------------------------


def _source(sentence: Sentence) -> str | None:
    for at in range(len(sentence.norms)):
        found = sentence.words.according.longest(sentence.norms, at)
        if found:
            return _named(sentence, found[1], _phrase_end(sentence, found[1]))
    for at in range(len(sentence.norms)):
        if sentence.has("said", at) and at not in sentence.said_at:
            speaker = _before_said(sentence, at) or _after_said(sentence, at)
            if speaker:
                return speaker
    return None


def _phrase_end(sentence: Sentence, at: int) -> int:
    stop = at
    while stop < min(len(sentence.norms), at + _SOURCE_LENGTH):
        if sentence.norm(stop) in {",", ";", ":", ".", "(", ")", '"', "“", "”"} or sentence.has("said", stop):
            break
        if sentence.has("be", stop) or sentence.has("relative", stop) or sentence.has("have", stop):
            break
        stop += 1
    return stop


def _before_said(sentence: Sentence, said: int) -> str | None:
    start = said
    while start > max(0, said - _SOURCE_LENGTH):
        if sentence.norm(start - 1) in {",", ";", ":", ".", '"', "“", "”", ")"} or sentence.has(
            "subordinator", start - 1
        ):
            break
        if start - 1 in sentence.number_at:
            return None
        start -= 1
    while start < said and (
        sentence.norm(start) in {"and", "but", "as", "while"} or sentence.has("preposition", start)
    ):
        start += 1
    end = said
    while end > start and (
        sentence.has("adverb", end - 1) or sentence.has("have", end - 1) or sentence.has("weekday", end - 1)
    ):
        end -= 1
    return _named(sentence, start, end)


def _after_said(sentence: Sentence, said: int) -> str | None:
    if sentence.norm(said - 1) not in {",", '"', "”", "'", "’"}:
        return None
    return _named(sentence, said + 1, _phrase_end(sentence, said + 1))


def _named(sentence: Sentence, start: int, end: int) -> str | None:
    """The words from start to end where they name somebody: a capitalised name, or a role (officials, police)."""
    while start < end and (sentence.has("determiner", start) or sentence.has("weekday", start)):
        start += 1
    while end > start and (
        sentence.has("weekday", end - 1) or sentence.has("preposition", end - 1) or sentence.has("adverb", end - 1)
    ):
        end -= 1
    if start >= end or sentence.has("pronoun", start) or sentence.tokens[start].kind is not Kind.WORD:
        return None
    names = any(sentence.capitalised(at) or sentence.has("roles", at) for at in range(start, end))
    return sentence.text[sentence.tokens[start].start : sentence.tokens[end - 1].end] if names else None


def is_event(mention: Mention) -> bool:
    """Whether a figure is told by a noun of event."""
    return (
        mention.link is not None and mention.link.said.frame is Frame.EVENT and mention.subject is not Subject.RESIDENTS
    )
