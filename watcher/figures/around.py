"""What a sentence tells around its figures: where, and who says so."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from watcher.figures.lexicon import Frame
from watcher.figures.links import Mention
from watcher.figures.sentence import Sentence
from watcher.figures.tokens import Kind
from watcher.model import Subject
from watcher.text.words import fold

_REACH: Final = 14
_NAME_REACH: Final = 6
_SPEAKER: Final = 9
_ALIAS: Final = 5
_MOVES: Final = frozenset({Subject.DISPLACED, Subject.REFUGEES})
_NATIONS: Final = ("i", "ian", "ish", "ese", "can", "an", "nch", "tch", "ist", "eek", "ean")
_COUNTRIES: Final = frozenset({"us", "u.s.", "uk", "u.k.", "uae", "drc", "usa"})
_QUOTES: Final = frozenset({'"', "“", "”", "'", "’", "»", "«"})
_DASHES: Final = frozenset({"-", "–", "—", "--"})
_BEARING: Final = 9  # tokens between two places
_DATELINE: Final = 3  # letters of its first word, at least
_PAUSES: Final = _QUOTES | {",", ";", ":", ".", "(", ")"}


@dataclass(frozen=True, slots=True)
class Around:
    """What a sentence tells for all its figures: the places it names, with their tokens, and who says so."""

    places: tuple[tuple[int, str], ...] = ()
    source: str | None = None


def around(sentence: Sentence, places: Mapping[str, str]) -> Around:
    """The places and the source a sentence tells; `places` maps folded names to the ones they stand for."""
    return Around(tuple(_places(sentence, places)), _source(sentence))


def place(mention: Mention, here: Around, earlier: Around) -> str | None:
    """The place told for a figure: named after it, else in it, before it, in the sentence before."""
    right = mention.link.last if mention.link and not mention.link.left else mention.end
    for low, high in ((mention.end, right + _REACH), (mention.begin, mention.end)):
        first = next((name for at, name in here.places if low <= at < high), None)
        if first:
            return first
    before = [name for at, name in here.places if at < mention.begin]
    if before:
        return before[-1]
    return next((name for _, name in here.places or earlier.places[-1:]), None)


def _places(sentence: Sentence, places: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """Every place a sentence names, with its token: names of the lists given anywhere, others after *in* or *from*.

    A name that only says where the one before it lies (Bashiqa, 12 km north of Mosul) is left out.
    """
    folded = [fold(token.text) for token in sentence.tokens] if places else []
    at, end = 0, 0  # of the place before
    while at < len(sentence.tokens):
        known = _alias(folded, at, places)
        named = known or _after_preposition(sentence, at, folded, places)
        if named:
            if not (end and _bearing(sentence, end, at if known else at + 1)):
                yield at, named[0]
            end = named[1]
        at = named[1] if named else at + 1


def _bearing(sentence: Sentence, start: int, end: int) -> bool:
    """Whether nothing but a direction or a distance stands between two places."""
    between = range(start, end)
    if end - start > _BEARING or not any(sentence.has("bearing", at) for at in between):
        return False
    return all(
        sentence.has("bearing", at)
        or sentence.has("of", at)
        or sentence.has("locative", at)
        or sentence.norm(at) in {",", "-", "about", "some", "just"}
        or sentence.tokens[at].kind is Kind.DIGITS
        for at in between
    )


def _alias(folded: Sequence[str], at: int, places: Mapping[str, str]) -> tuple[str, int] | None:
    """The longest of the names given that begins at a token."""
    for length in range(min(_ALIAS, len(folded) - at), 0, -1):
        key = " ".join(word for word in folded[at : at + length] if word)
        if key in places:
            return places[key], at + length
    return None


def _after_preposition(
    sentence: Sentence, at: int, folded: Sequence[str], places: Mapping[str, str]
) -> tuple[str, int] | None:
    if not (_left(sentence, at) or (sentence.has("locative", at) and _locates(sentence, at))):
        return None
    first = _name_start(sentence, at + 1)
    last = _name_end(sentence, first)
    if last <= first or _no_place(sentence, first, last):
        return None
    known = next((name for index in range(first, last) if (name := _alias(folded, index, places))), None)
    written = sentence.text[sentence.tokens[first].start : sentence.tokens[last - 1].end]
    return known or (fold(written), last)


def _left(sentence: Sentence, at: int) -> bool:
    """Whether a word ends a verb that takes the place itself: who fled Mosul, fled it."""
    said = sentence.said_before.get(at + 1)
    return said is not None and any(one.frame is Frame.ACT and one.subject in _MOVES for one in said.meanings)


def _locates(sentence: Sentence, at: int) -> bool:
    """Whether a preposition tells where: not *according to*, nor *of* after a name or a thing."""
    if sentence.has("of", at):
        noun = sentence.words.nouns.longest(sentence.norms, at - 1)
        return sentence.has("of_place", at - 1) or (noun is not None and (at == 1 or not sentence.capitalised(at - 1)))
    return not sentence.has("no_locative", at - 1)


def _name_start(sentence: Sentence, at: int) -> int:
    """Past *the*, *northern*, *the city of*: where a name may begin."""
    for index in range(at, at + _NAME_REACH):
        if sentence.capitalised(index):
            return index
        if not any(sentence.has(name, index) for name in ("determiner", "of_place", "of")):
            break
    return len(sentence.tokens)


def _name_end(sentence: Sentence, first: int) -> int:
    at = first
    while sentence.capitalised(at) and not _no_name(sentence, at, first):
        at += 1
        if sentence.norm(at) == "-" and sentence.capitalised(at + 1):
            at += 1
    return at


def _no_name(sentence: Sentence, at: int, first: int) -> bool:
    """Whether a capitalised word is none of a name: a month, and in headlines verbs and small words."""
    if sentence.has("month", at) or sentence.has("weekday", at):
        return True
    small = at in sentence.said_at or at in sentence.number_at
    return at > first and (small or any(sentence.has(name, at) for name in ("level_links", "preposition", "verb")))


def _no_place(sentence: Sentence, first: int, last: int) -> bool:
    """Names of peoples, of organisations, acronyms, and what only describes the noun after it are no places."""
    if any(sentence.has("no_place", at) for at in range(first, last)):
        return True
    if sentence.words.nouns.longest(sentence.norms, first) or sentence.norm(first - 1) in {"a", "an"}:
        return True
    follows = sentence.is_word(last) and sentence.tokens[last].text.islower() and not sentence.marks[last]
    if follows and sentence.norm(last - 1).endswith(_NATIONS) and last not in sentence.said_at:
        return True
    single = sentence.tokens[first].text
    acronym = single.isupper() and sentence.norm(first) not in _COUNTRIES
    return last - first == 1 and (len(single) == 1 or acronym)


# --- who says so -------------------------------------------------------------------------------------------------


def _source(sentence: Sentence) -> str | None:
    for at in range(len(sentence.norms)):
        found = sentence.words.according.longest(sentence.norms, at)
        if found:
            return _named(sentence, found[1], _phrase_end(sentence, found[1]))
    for at in range(len(sentence.norms)):
        if sentence.has("said", at) and at not in sentence.said_at and not sentence.capitalised(at):
            speaker = _before_said(sentence, at) or _after_said(sentence, at)
            if speaker:
                return speaker
    return None


def _phrase_end(sentence: Sentence, at: int) -> int:
    stop = at
    while stop < min(len(sentence.norms), at + _SPEAKER) and not _speech_ends(sentence, stop):
        stop += 1
    return stop


def _speech_ends(sentence: Sentence, at: int) -> bool:
    return sentence.norm(at) in _PAUSES or any(sentence.has(name, at) for name in ("said", "be", "relative", "have"))


def _before_said(sentence: Sentence, said: int) -> str | None:
    if sentence.has("determiner", said - 1) or sentence.norm(said - 1) == "'s":
        return None  # a noun: lowered its estimate, the governor's report
    start = said
    while start > max(0, said - _SPEAKER) and sentence.norm(start - 1) not in _PAUSES:
        if sentence.has("subordinator", start - 1) or start - 1 in sentence.number_at:
            break
        start -= 1
    start = _after_dateline(sentence, start, said)
    while start < said and (sentence.has("conjunction", start) or sentence.has("preposition", start)):
        start += 1
    end = said
    while end > start and any(sentence.has(name, end - 1) for name in ("adverb", "have", "weekday")):
        end -= 1
    return _named(sentence, start, end)


def _after_dateline(sentence: Sentence, start: int, end: int) -> int:
    """Where the sentence itself begins after a dateline, such as `BAGHDAD (Reuters) - `; `start` where it has none."""
    first = sentence.tokens[0]
    if not (first.kind is Kind.WORD and first.text.isupper() and len(first.text) >= _DATELINE):
        return start
    dashes = [at for at in range(start, end) if sentence.norm(at) in _DASHES and _stands_alone(sentence, at)]
    return dashes[0] + 1 if len(dashes) == 1 and dashes[0] + 1 < end else start


def _stands_alone(sentence: Sentence, at: int) -> bool:
    """Whether a dash has blanks around it, unlike the hyphen of `NATO-led`."""
    token = sentence.tokens[at]
    return sentence.text[token.start - 1 : token.start].isspace() and sentence.text[token.end : token.end + 1].isspace()


def _after_said(sentence: Sentence, said: int) -> str | None:
    if sentence.norm(said - 1) not in _QUOTES | {","}:
        return None
    return _named(sentence, said + 1, _phrase_end(sentence, said + 1))


def _named(sentence: Sentence, start: int, end: int) -> str | None:
    """The words from start to end where they name somebody: a capitalised name, or a role (officials, police)."""
    while start < end and (sentence.has("determiner", start) or sentence.has("weekday", start)):
        start += 1
    while end > start and any(sentence.has(name, end - 1) for name in ("weekday", "preposition", "adverb")):
        end -= 1
    inside = range(start, end)
    if start >= end or sentence.has("pronoun", start) or sentence.tokens[start].kind is not Kind.WORD:
        return None
    verbs = any(sentence.has(name, at) for at in inside for name in ("be", "have", "modal", "relative", "verb"))
    if verbs or any(at in sentence.number_at or _verbal(sentence, at) for at in inside):
        return None
    named = any(sentence.capitalised(at) or sentence.has("roles", at) for at in inside)
    return sentence.text[sentence.tokens[start].start : sentence.tokens[end - 1].end] if named else None


def _verbal(sentence: Sentence, at: int) -> bool:
    """Whether a word is a verb of ours rather than a part of a name (`the Coalition`, but not `militants killed`)."""
    said = sentence.said_at.get(at)
    return said is not None and not sentence.capitalised(at) and any(bool(one.form) for one in said.meanings)
