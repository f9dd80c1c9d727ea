"""What a quantity counts: the noun after it, with adjectives between; or no noun at all; or something foreign."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from watcher.figures.lexicon import Form, Frame, Noun, Predicate
from watcher.figures.quantities import Quantity
from watcher.figures.sentence import Said, Sentence
from watcher.figures.tokens import Kind
from watcher.model import Flow, Subject, Unit

_REACH: Final = 10
_AFTER_COMMA: Final = 4
_OWNER: Final = 4
_AGENTS: Final = (
    "ers", "ors", "ists", "ians", "ees", "men", "women", "eers", "ants", "goers", "crats", "folk", "mates",
)  # fmt: skip
_AGENT_LENGTH: Final = 6
_NO_WORDS: Final = frozenset({Kind.DIGITS, Kind.PUNCTUATION})
_CLOSING_QUOTES: Final = frozenset({'"', "'", "”", "’", "»"})
_PEOPLE: Final = Noun(Unit.PEOPLE)
_PLAIN: Final = frozenset({None, Subject.RESIDENTS, Subject.TROOPS, Subject.MILITANTS})
"""What a noun tells of those it names, rather than of what happened to them."""


class Standing(StrEnum):
    """How a quantity stands to its noun.

    `NOUN`: the noun follows. `BARE`: none follows, the sentence must tell. `PART`: of whom, of them. `OTHER`: others.
    `GUESS`: a word that looks like people (`beekeepers`); counts only where something is said of them.
    `UNKNOWN`: any other plural (`escorts`); counts only where it is said that they were killed or wounded.
    """

    NOUN = "noun"
    BARE = "bare"
    PART = "part"
    OTHER = "other"
    GUESS = "guess"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Head:
    """The end of the noun phrase (token, exclusive), its noun, and a predicate inside it (`wounded` soldiers)."""

    standing: Standing
    end: int
    noun: Noun | None = None
    inner: Subject | None = None
    strong: bool = False


def head(sentence: Sentence, quantity: Quantity) -> Head | None:
    """The head of a quantity; None where it counts something else."""
    at = quantity.end
    strong = _strong(sentence, at)
    if strong:
        return strong
    if sentence.norm(at) in _CLOSING_QUOTES and sentence.has("of", at + 1):
        at += 1
    if sentence.has("of", at):
        return _after_of(sentence, quantity, at + 1)
    if sentence.norm(at) == "out" and sentence.has("of", at + 1) and at + 3 in sentence.number_at:
        return _after_of(sentence, quantity, at + 2)
    if sentence.has("determiner", at) and not sentence.has("of", at - 1):
        return Head(Standing.BARE, at) if not sentence.has("per", at) or sentence.has("rate_unit", at + 1) else None
    found = _phrase(sentence, at)
    rest = any(sentence.has("rest", index) for index in range(quantity.begin, quantity.first))
    changed = any(sentence.has("range_by", index) for index in range(quantity.begin, quantity.first))
    if quantity.flow is Flow.NEW and not changed and found is not None and not sentence.has("be", found.end):
        rest = rest or not _told_next(sentence, found.end)
    if rest and found and found.standing is Standing.BARE:
        return Head(Standing.OTHER, found.end, inner=found.inner)
    return found


def _told_next(sentence: Sentence, at: int) -> bool:
    """Whether a predicate follows at once, so that `another 12` needs no neighbour: another 12 wounded."""
    while sentence.has("be", at) or sentence.has("have", at) or sentence.has("adverb", at) or sentence.has("modal", at):
        at += 1
    return at in sentence.said_at


def _strong(sentence: Sentence, at: int) -> Head | None:
    """`a 2,000-strong force`: the number says how many the force has."""
    if sentence.norm(at) == "strong" and (at + 1 >= len(sentence.norms) or not sentence.is_word(at + 1)):
        return Head(Standing.NOUN, at + 1, _named_before(sentence, at), strong=True)
    if sentence.norm(at) != "-" or not sentence.tight(at + 1) or not sentence.has("strong", at + 1):
        return None
    if sentence.has("fleet", at + 2):
        return None
    for index in range(at + 2, at + 6):
        found = sentence.words.nouns.longest(sentence.norms, index)
        if found:
            return Head(Standing.NOUN, found[1], found[0][0], strong=True)
    any_group = sentence.norm(at + 1) == "strong"
    return Head(Standing.NOUN, at + 3, Noun(Unit.PEOPLE), strong=True) if any_group else None


def _named_before(sentence: Sentence, at: int) -> Noun:
    """`The garrison, once 1,500 strong`: what the force is called before its number."""
    for index in range(at - 1, max(-1, at - _REACH), -1):
        found = sentence.words.nouns.longest(sentence.norms, index)
        if found:
            return found[0][0]
    return Noun(Unit.PEOPLE)


def _after_of(sentence: Sentence, quantity: Quantity, at: int) -> Head | None:
    if sentence.has("partitive", at):
        noun = sentence.words.nouns.longest(sentence.norms, at + 1)
        if noun and not noun[0][0].singular and at + 1 not in sentence.said_at:
            return Head(Standing.PART, noun[1], noun[0][0])
        return Head(Standing.PART, at + 1)
    if quantity.low == 1 and not quantity.vague:
        return None
    while sentence.has("determiner", at) or sentence.norm(at) in {"own", "some", "estimated", "more", "than", "about"}:
        at += 1
    at = _past_owner(sentence, at)
    numeral = sentence.number_at.get(at)
    if numeral:
        at = numeral.last
    return _those(sentence, at) or _phrase(sentence, at)


def _those(sentence: Sentence, at: int) -> Head | None:
    """`two of the wounded`: a participle that stands for those who are."""
    said = sentence.said_at.get(at)
    meaning = _premodifier(said.meanings) if said else None
    if said is None or meaning is None or said.last - at > 1 or meaning.form & Form.GERUND:
        return None
    of = sentence.has("of", at - 1) and meaning.frame is Frame.STATE
    if (
        not (of or sentence.has("determiner", at - 1))
        or meaning.subject is Subject.HOMES
        or meaning.frame is Frame.EVENT
    ):
        return None
    if _noun_ahead(sentence, said.last) and said.last not in sentence.said_at:
        return None
    return Head(Standing.NOUN, said.last, Noun(meaning.only or Unit.PEOPLE, meaning.subject))


def _past_owner(sentence: Sentence, at: int) -> int:
    """Past `Yarmouk's`, `the town's`."""
    for index in range(at, at + _OWNER):
        if sentence.norm(index) == "'s":
            return index + 1
        if not sentence.is_word(index) or _boundary(sentence, index):
            break
    return at


class _Walk:
    """A walk through a noun phrase: the best noun so far, what was said inside, how many modifiers were passed."""

    __slots__ = ("best", "end", "inner", "passed")

    def __init__(self, start: int) -> None:
        self.best: Noun | None = None
        self.end = start
        self.inner: Subject | None = None
        self.passed = 0


def _deeds(sentence: Sentence, at: int) -> bool:
    """Whether what is done is counted, not who does it: 12 protests, 14 bases."""
    said = sentence.said_at.get(at)
    several = said is not None and said.last - at > 1 and all(one.frame is Frame.ACT for one in said.meanings)
    if several and not sentence.words.nouns.longest(sentence.norms, at) and sentence.norm(at).endswith("s"):
        return True  # 65 camps in the region
    plural = said is not None and said.last - at == 1 and _third_person(sentence, at, said.last)
    noun = plural and (sentence.words.nouns.longest(sentence.norms, at) or _noun_ahead(sentence, at + 1))
    return plural and not noun and not sentence.norm(at).endswith("ss")


def _phrase(sentence: Sentence, start: int) -> Head | None:
    if _deeds(sentence, start):
        return None
    walk = _Walk(start)
    at = start
    for _ in range(_REACH):
        following = _step(sentence, walk, at, start) if at < len(sentence.norms) else 0
        if not following:
            break
        at = following
    if walk.best and walk.best.singular and sentence.has("measure", walk.end):
        return None
    if walk.best:
        return Head(Standing.NOUN, walk.end, walk.best, walk.inner)
    return _without_noun(sentence, walk, start, at)


def _step(sentence: Sentence, walk: _Walk, at: int, start: int) -> int:
    """The next token of the phrase, or 0 where the phrase ends."""
    found = sentence.words.nouns.longest(sentence.norms, at)
    complete = walk.best is not None and not walk.best.singular
    if found and not _verbal(sentence, at, found[1]):
        alone = complete and found[0][0].singular and sentence.words.inflected
        return 0 if alone else _noun(sentence, walk, found[0], found[1])
    if complete:
        return 0
    said = sentence.said_at.get(at)
    if said and (walk.best is not None or not (sentence.has("adverb", at) and said.last - at == 1)):
        return _said(sentence, walk, said)
    return _modifier(sentence, walk, at, start)


def _said(sentence: Sentence, walk: _Walk, said: Said) -> int:
    """A predicate inside the phrase: before the noun it may be a modifier, after it the phrase ends."""
    if walk.best is not None:
        if walk.best.singular and _third_person(sentence, said.first, said.last):
            walk.best, walk.passed = None, walk.passed + 1
        return 0
    inner = _premodifier(said.meanings)
    if inner is None or not _noun_ahead(sentence, said.last):
        return 0
    walk.inner, walk.passed = inner.subject, walk.passed + 1
    return said.last


def _third_person(sentence: Sentence, first: int, last: int) -> bool:
    """Whether a verb's form is a plural noun's too, which only a singular subject could take: police stations."""
    norm = sentence.norm(first)
    return last - first == 1 and norm.endswith("s") and sentence.words.inflected


def _noun(sentence: Sentence, walk: _Walk, nouns: Sequence[Noun], end: int) -> int:
    if walk.best is not None and not sentence.words.inflected:
        walk.inner, walk.end = nouns[0].subject or walk.inner, end  # an adjective after it: familias damnificadas
        return end
    if walk.best is not None and walk.best.subject not in _PLAIN:
        walk.inner = walk.best.subject
    army = walk.best is not None and walk.best.unit is Unit.TROOPS and nouns[0] == _PEOPLE
    walk.best, walk.end = Noun(Unit.TROOPS, Subject.TROOPS) if army else nouns[0], end
    if walk.best.subject is not None and sentence.norm(end) == "of":
        return 0
    return end


def _verbal(sentence: Sentence, at: int, end: int) -> bool:
    """Whether a word that may be a noun is a verb here (`march`, `guards` after `who`)."""
    return sentence.has("relative", at - 1) and end - at == 1


def _premodifier(meanings: tuple[Predicate, ...]) -> Predicate | None:
    """The meaning that may stand before a noun: displaced families, fleeing civilians, homeless people."""
    for meaning in meanings:
        if meaning.frame is Frame.VERB and meaning.form & (Form.PARTICIPLE | Form.GERUND):
            return meaning
        if meaning.frame is Frame.ACT and meaning.form & Form.GERUND:
            return meaning
        if meaning.frame in {Frame.STATE, Frame.ANY, Frame.EVENT}:
            return meaning
    return None


def _noun_ahead(sentence: Sentence, at: int) -> bool:
    for index in range(at, min(at + _AFTER_COMMA, len(sentence.norms))):
        if sentence.words.nouns.longest(sentence.norms, index):
            return True
        if not sentence.is_word(index) or _boundary(sentence, index):
            return False
    return False


def _boundary(sentence: Sentence, at: int) -> bool:
    return any(
        sentence.has(name, at)
        for name in (
            "be", "have", "modal", "negation", "preposition", "relative", "subordinator", "determiner", "pronoun",
            "measure", "to", "month", "weekday", "verb",
        )
    ) or (sentence.has("said", at) and not sentence.has("adverb", at))  # fmt: skip


def _modifier(sentence: Sentence, walk: _Walk, at: int, start: int) -> int:
    """Steps over a word, a bracket or a mark that stands before the noun; 0 where the phrase ends."""
    norm = sentence.norm(at)
    if norm in {"(", "["}:
        end = sentence.closing(at)
        return end if walk.best is None and start < at < end - 1 and _noun_ahead(sentence, end) else 0
    if norm == "," and _plural(sentence, at - 1):
        return 0
    if norm in {",", "/", "&"} or sentence.has("conjunction", at):
        return at + 1 if at > start and walk.best is None and _noun_ahead(sentence, at + 1) else 0
    if norm in {'"', "'", "-"}:
        return at + 1 if at > start or _noun_ahead(sentence, at + 1) else 0
    if norm == "'s" and walk.best is not None:
        walk.best = None
        return at + 1
    return _word(sentence, walk, at)


def _plural(sentence: Sentence, at: int) -> bool:
    """Whether an unknown word looks like a plural, so that a comma ends the phrase: two provinces, officials say."""
    norm = sentence.norm(at)
    plain = sentence.words.inflected and _lower_word(sentence, at) and at not in sentence.said_at
    return plain and norm.endswith("s") and not norm.endswith(("ss", "us"))


def _word(sentence: Sentence, walk: _Walk, at: int) -> int:
    if (
        walk.best is not None
        and walk.best.singular
        and sentence.has("said", at)
        and _third_person(sentence, at, at + 1)
    ):
        walk.best, walk.passed = None, walk.passed + 1
        return 0
    if sentence.tokens[at].kind in _NO_WORDS or at in sentence.number_at or _boundary(sentence, at):
        return 0
    if walk.best is not None and _another_thing(sentence, walk.best, at):
        walk.best, walk.passed = None, walk.passed + 1
        return 0
    if walk.best is not None and not _lower_word(sentence, at):
        return 0
    walk.passed += not any(sentence.has(name, at) for name in ("adverb", "more", "other"))
    return at + 1


def _lower_word(sentence: Sentence, at: int) -> bool:
    return sentence.is_word(at) and sentence.tokens[at].text.islower()


def _another_thing(sentence: Sentence, noun: Noun, at: int) -> bool:
    """Whether an unknown word makes a thing of the noun before it: police stations, refugee camps."""
    norm = sentence.norm(at)
    if not noun.singular or not sentence.words.inflected or not _lower_word(sentence, at):
        return False
    if sentence.has("adverb", at) or at in sentence.said_at:
        return False
    plural = norm.endswith("s") and not norm.endswith(("ss", "us"))
    return plural or (not norm.endswith(("ed", "ing", "ly")) and not _noun_ahead(sentence, at))


def _sites(sentence: Sentence, at: int) -> bool:
    """Whether the places are counted that people are in: 42 relief camps."""
    said = sentence.said_at.get(at)
    states = said is not None and all(one.frame is Frame.STATE for one in said.meanings)
    return states and said is not None and sentence.has("sites", said.last - 1) and not sentence.has("preposition", at)


def _without_noun(sentence: Sentence, walk: _Walk, start: int, at: int) -> Head | None:
    """No noun of ours: others, nothing at all, a word that looks like people, or a foreign noun."""
    if sentence.has("measure", at) or sentence.has("animals", at - 1) or _sites(sentence, start):
        return None
    if sentence.has("milestone", at - 1) and at - start == 1:
        return Head(Standing.BARE, at)
    if walk.passed == 0:
        other = any(sentence.has("other", index) for index in range(start, at + 1))
        return Head(Standing.OTHER if other else Standing.BARE, at, inner=walk.inner)
    return _unknown_noun(sentence, walk, start, at) if sentence.words.inflected else None


def _unknown_noun(sentence: Sentence, walk: _Walk, start: int, at: int) -> Head | None:
    """A noun that the lexicon does not have: people by its form, or whatever else is more than one."""
    last = sentence.norm(at - 1)
    agents = last.endswith(_AGENTS) and len(last) >= _AGENT_LENGTH and not sentence.capitalised(at - 1)
    tribe = sentence.capitalised(at - 1) and last.endswith("s") and at - start == 1
    if agents or tribe:
        return Head(Standing.GUESS, at, Noun(Unit.PEOPLE), walk.inner)
    if last.endswith("s") and not last.endswith("ss") and _lower_word(sentence, at - 1):
        return Head(Standing.UNKNOWN, at, Noun(Unit.PEOPLE), walk.inner)
    return None
