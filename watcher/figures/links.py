"""From a counted noun to what is said of it: the predicate before it, after it, or around a level (`rose to`)."""

from dataclasses import dataclass
from enum import IntEnum
from typing import Final

from watcher.figures.heads import Head, Standing
from watcher.figures.lexicon import Form, Frame, Predicate
from watcher.figures.quantities import Quantity
from watcher.figures.sentence import Said, Sentence
from watcher.figures.tokens import Kind
from watcher.model import Subject, Unit

_RIGHT_REACH: Final = 28
_LEFT_REACH: Final = 9
_LEVEL_REACH: Final = 20
_COMMAS: Final = 3
_ASIDE: Final = 14
_QUALIFIED: Final = 5
"""A qualifier and its number take no more tokens than this: up to an estimated 12."""
_PEOPLED: Final = 1000
_QUOTES: Final = frozenset({"'", '"', "“", "”", "*"})


class Strength(IntEnum):
    """How close a predicate stands to those who are counted."""

    NONE = 0
    INNER = 1
    FAR = 2
    NEAR = 3
    DIRECT = 4


@dataclass(frozen=True, slots=True)
class Link:
    """A predicate said of a mention, the tokens that tell it, and how it is tied."""

    said: Predicate
    first: int
    last: int
    strength: Strength
    left: bool = False


@dataclass(slots=True)
class Mention:
    """A quantity with its noun, and what is found to be said of it. Filled in by `links` and `inheritance`."""

    quantity: Quantity
    head: Head
    unit: Unit | None
    noun_subject: Subject | None
    before: Link | None = None
    after: Link | None = None
    shared: Link | None = None
    group: Subject | None = None
    parent: "Mention | None" = None
    subject: Subject | None = None
    link: Link | None = None

    @property
    def begin(self) -> int:
        """The first token, qualifiers included."""
        return self.quantity.begin

    @property
    def end(self) -> int:
        """The token after the noun phrase."""
        return self.head.end


def fits(said: Predicate, unit: Unit | None) -> bool:
    """Whether a predicate may be said of this unit: homes are damaged, people are not."""
    if said.only is Unit.HOMES or said.subject is Subject.HOMES:
        return unit in {Unit.HOMES, None}
    if unit is Unit.HOMES:
        return said.subject in {Subject.DISPLACED, Subject.AFFECTED}
    if said.only is not None:
        return unit is said.only
    return True


def choose(meanings: tuple[Predicate, ...], unit: Unit | None, frames: set[Frame]) -> Predicate | None:
    """The meaning of a phrase that fits the unit and stands in one of these frames; homes first for homes."""
    fitting = [said for said in meanings if said.frame in frames and fits(said, unit)]
    if unit is Unit.HOMES:
        fitting.sort(key=lambda said: said.subject is not Subject.HOMES)
    elif unit is None:
        fitting.sort(key=lambda said: said.subject is Subject.HOMES)
    return fitting[0] if fitting else None


# --- what stands after -------------------------------------------------------------------------------------------


class _Path:
    """What was passed on the way from a noun to its predicate."""

    __slots__ = ("commas", "group", "have", "joined", "passive", "preposition", "relative", "told", "verb")

    def __init__(self) -> None:
        self.passive = self.have = self.verb = self.relative = self.joined = self.told = False
        self.commas = 0
        self.preposition = self.group = False


def after(sentence: Sentence, mention: Mention, stops: set[int]) -> Link | None:
    """The predicate said of a mention in what follows it: passive, intransitive, participle or state."""
    path, at = _Path(), mention.end
    if _belongs(sentence, mention):
        return None
    limit = min(len(sentence.norms), mention.end + _RIGHT_REACH)
    while at < limit:
        if at in stops and at > mention.end and not _inside_phrase(sentence, at, path):
            return None
        said = sentence.said_at.get(at)
        if said:
            verdict = _said_after(sentence, mention, said, path)
            if verdict is not None:
                return _more_telling(sentence, mention, verdict) if verdict else None
            at = said.last
            path.passive = path.have = False
            continue
        at = _pass(sentence, at, path, bare=mention.head.standing is Standing.BARE)
        if not at:
            return None
    return None


def _more_telling(sentence: Sentence, mention: Mention, link: Link) -> Link:
    """Of two participles joined, the one that tells more: `were affected and evacuated`."""
    if link.said.weak:
        ahead = (sentence.said_at[at] for at in range(link.last, link.last + 3) if at in sentence.said_at)
        states = ((said, choose(said.meanings, mention.unit, {Frame.STATE})) for said in ahead)
        return next((Link(state, said.first, said.last, link.strength) for said, state in states if state), link)
    if link.said.subject is not Subject.AFFECTED or not sentence.has("conjunction", link.last):
        return link
    joined = sentence.said_at.get(link.last + 1)
    verb = choose(joined.meanings, mention.unit, {Frame.VERB, Frame.STATE}) if joined else None
    if verb is None or joined is None or _object_follows(sentence, joined.last):
        return link
    return Link(verb, joined.first, joined.last, link.strength)


def _belongs(sentence: Sentence, mention: Mention) -> bool:
    """Whether a mention only belongs to another noun, of which the clause tells: relatives of 43 students marched."""
    at = mention.begin - 1
    if not sentence.has("of", at) or mention.group:
        return False
    noun = sentence.words.nouns.longest(sentence.norms, at - 1)
    return noun is not None and noun[1] == at and at not in sentence.said_before


def _inside_phrase(sentence: Sentence, at: int, path: _Path) -> bool:
    """Whether a number on the way belongs to a phrase that may be passed (`by 40 gunmen`, `from two villages`)."""
    return (
        path.preposition
        and not path.commas
        and not sentence.has("conjunction", at - 1)
        and sentence.norm(at - 1) != ","
    )


def _pass(sentence: Sentence, at: int, path: _Path, *, bare: bool) -> int:
    """Steps over one token that is no predicate; 0 where the clause ends."""
    norm = sentence.norm(at)
    if norm in {"(", "["}:
        return sentence.closing(at)
    if norm in {";", ":", ".", "!", "?", "…"}:
        return 0
    if norm in {",", "-", "–", "—"}:
        if sentence.has("aside", at + 1):
            return _pass_aside(sentence, at)
        path.commas += 1
        path.preposition = False
        return at + 1 if path.commas <= _COMMAS else 0
    if norm in _QUOTES:
        return at + 1
    if sentence.has("relative", at):
        path.relative = True
        return at + 1
    if sentence.has("subordinator", at) and not (sentence.has("preposition", at) and not _clause_follows(sentence, at)):
        return 0
    if sentence.has("conjunction", at):
        return 0 if bare and not path.verb else _pass_conjunction(sentence, at, path)
    if sentence.has("be", at):
        path.passive, path.verb = True, True
    elif sentence.has("have", at):
        path.have, path.verb = True, True
    elif sentence.has("pronoun", at) and not path.relative and not sentence.has("determiner", at) and path.verb:
        return 0
    elif sentence.has("preposition", at):
        path.preposition = True
        path.passive = path.passive and sentence.norm(at) in {"at", "in"}
    elif sentence.has("modal", at) or sentence.has("to", at):
        path.verb = True
    elif not sentence.has("adverb", at) and not sentence.has("negation", at):
        return 0 if bare and not path.verb and not path.preposition else _pass_word(sentence, at, path)
    return at + 1


def _pass_aside(sentence: Sentence, at: int) -> int:
    """Past `, including 17 children,` where the verb follows; else the clause ends here."""
    for index in range(at + 2, min(at + _ASIDE, len(sentence.norms) - 1)):
        if sentence.norm(index) == sentence.norm(at):
            told = (
                any(sentence.has(name, index + 1) for name in ("be", "have", "modal")) or index + 1 in sentence.said_at
            )
            return index + 1 if told else 0
    return 0


def _clause_follows(sentence: Sentence, at: int) -> bool:
    """Whether `before`, `since`, `as`, `until` opens a clause, rather than a phrase of time."""
    if sentence.norm(at) in {"as", "so"}:
        told = sentence.has("have", at + 1) or sentence.has("be", at + 1) or at + 1 in sentence.said_at
        return not (told or sentence.has("of", at + 1))
    return sentence.has("pronoun", at + 1)


def _pass_conjunction(sentence: Sentence, at: int, path: _Path) -> int:
    follows = at + 1
    if (path.verb and sentence.has("determiner", follows)) or sentence.has("pronoun", follows):
        return 0 if path.verb or not sentence.has("determiner", follows) else follows
    if sentence.norm(at) == "but" and not sentence.has("be", follows):
        return 0
    path.joined = True
    path.preposition = False
    return at + 1


def _pass_word(sentence: Sentence, at: int, path: _Path) -> int:
    """An ordinary word: after *and*, or after a finished clause, another noun is another subject."""
    noun = sentence.words.nouns.longest(sentence.norms, at)
    if noun and path.joined and path.verb:
        return 0
    if noun and path.commas and path.verb and not path.preposition:
        return 0
    if not path.preposition and path.verb:
        path.passive = False
    return at + 1


def _said_after(sentence: Sentence, mention: Mention, said: Said, path: _Path) -> Link | bool | None:
    """A link; False where the walk ends here; None where it goes on past this predicate."""
    gap = said.first - mention.end
    if _inside_compound(sentence, said):
        return None
    verb = choose(said.meanings, mention.unit, {Frame.VERB})
    act = choose(said.meanings, mention.unit, {Frame.ACT})
    state = choose(said.meanings, mention.unit, {Frame.STATE, Frame.ANY})
    strength = Strength.DIRECT if gap <= 1 or path.passive or path.have else Strength.NEAR
    if verb and verb.form and not _clear_noun(sentence, said, path):
        if _passive(sentence, said, verb, path, gap, mention):
            return Link(verb, said.first, said.last, strength)
        if not path.passive and path.joined and _object_follows(sentence, said.last):
            return False
        if not act and not state and not path.preposition:
            return False if not path.passive or Form.GERUND in verb.form else None
    if act and _active(sentence, said, act, path, gap):
        return Link(act, said.first, said.last, strength)
    if state and state.frame is Frame.ANY and _object_follows(sentence, said.last):
        return False
    if state and (
        path.passive
        or path.verb
        or gap <= 1
        or path.commas
        or said.last - said.first > 1
        or path.relative
        or path.preposition is False
    ):
        return Link(state, said.first, said.last, strength)
    return None


def _inside_compound(sentence: Sentence, said: Said) -> bool:
    """Whether a predicate is part of a name or of another noun (`a displacement camp`, `the missing persons bureau`)."""
    return sentence.norm(said.last) == "-" and sentence.tight(said.last)


def _clear_noun(sentence: Sentence, said: Said, path: _Path) -> bool:
    """Whether a word that may be a verb is a noun here: after a determiner or `of`."""
    return sentence.has("determiner", said.first - 1) or (sentence.has("of", said.first - 1))


def _passive(sentence: Sentence, said: Said, verb: Predicate, path: _Path, gap: int, mention: Mention) -> bool:
    """Whether those counted undergo the verb: after *be*, or as a participle with no object after it."""
    if Form.PARTICIPLE not in verb.form:
        return Form.GERUND in verb.form and path.passive and sentence.norm(said.first - 1) in {"being", "be"}
    if path.passive:
        return True
    if path.have:
        return False
    if _object_follows(sentence, said.last):
        return False
    if path.commas and not path.relative and gap > 2 and not path.joined:  # noqa: PLR2004
        return sentence.norm(said.last) in {"by", "in", "from", "since", "during"} or sentence.norm(said.last) in {
            "",
            ".",
        }
    if path.preposition and gap > 8:  # noqa: PLR2004
        return False
    return not path.relative


def _object_follows(sentence: Sentence, at: int) -> bool:
    """Whether a noun phrase follows, so that the verb is active: `killed 12`, `killed the mayor`, `killed civilians`."""
    while sentence.has("adverb", at) and not sentence.words.qualifiers.longest(sentence.norms, at + 1):
        at += 1
    for index in range(at, at + _QUALIFIED):
        if index in sentence.number_at:
            said = sentence.words.qualifiers.longest(sentence.norms, index)
            return index == at or bool(said and said[1] <= at) or sentence.has("determiner", at)
    if sentence.has("determiner", at) or (sentence.has("pronoun", at) and not sentence.has("relative", at)):
        return True
    return bool(sentence.words.nouns.longest(sentence.norms, at)) and sentence.is_word(at)


def _active(sentence: Sentence, said: Said, act: Predicate, path: _Path, gap: int) -> bool:
    """Whether those counted do it: any finite form, *to* with the base, a gerund or participle after a pause."""
    before = sentence.norm(said.first - 1)
    if sentence.has("determiner", said.first - 1) or sentence.has("of", said.first - 1):
        return False
    if act.form and path.preposition and gap > 1 and act.form & Form.GERUND and not path.verb:
        return before not in {"by", "from", "for", "of", "after", "before", "without"}
    if act.form and act.form == Form.BASE and not path.verb and not path.relative and gap > 1:
        return before == ","
    return True


# --- what stands before ------------------------------------------------------------------------------------------


def before(sentence: Sentence, mention: Mention, earlier: int) -> Link | None:
    """The predicate said of a mention in what stands before it: a verb with its object, an event with *of*.

    `earlier` is where the mention before ends: nothing is taken from beyond it.
    """
    at = mention.begin
    while (
        at > 0
        and (sentence.has("adverb", at - 1) or sentence.norm(at - 1) in {'"', "“", "'", "*"})
        and at not in sentence.said_before
    ):
        at -= 1
    if sentence.has("object_mark", at - 1):
        at -= 1
    said = sentence.said_before.get(at)
    if said:
        return _object_of(sentence, mention, said)
    if sentence.has("of", at - 1) or sentence.has("event_of", at - 1):
        return _of_event(sentence, mention, at - 1)
    return _farther(sentence, mention, at, earlier)


def _object_of(sentence: Sentence, mention: Mention, said: Said) -> Link | None:
    verb = choose(said.meanings, mention.unit, {Frame.VERB})
    if verb and verb.form & (Form.BASE | Form.PAST | Form.GERUND) and not _is_passive(sentence, said, verb):
        return Link(verb, said.first, said.last, Strength.DIRECT, left=True)
    some = choose(said.meanings, mention.unit, {Frame.ANY})
    if some:
        return Link(some, said.first, said.last, Strength.DIRECT, left=True)
    return None


def _is_passive(sentence: Sentence, said: Said, verb: Predicate) -> bool:
    if Form.PARTICIPLE not in verb.form:
        return False
    at = said.first - 1
    while sentence.has("adverb", at) or sentence.has("negation", at):
        at -= 1
    return sentence.has("be", at)


def _of_event(sentence: Sentence, mention: Mention, of: int) -> Link | None:
    """`the displacement of N`, `the killing of N`, `the deaths and injuries of N`."""
    said = sentence.said_before.get(of)
    if said is None:
        return None
    event = choose(said.meanings, mention.unit, {Frame.EVENT, Frame.ANY})
    gerund = choose(said.meanings, mention.unit, {Frame.VERB})
    if event is None and gerund and gerund.form & Form.GERUND:
        event = gerund
    return Link(event, said.first, said.last, Strength.DIRECT, left=True) if event else None


def _farther(sentence: Sentence, mention: Mention, at: int, earlier: int) -> Link | None:
    """Past a phrase (`killed in Mosul 12`), past another object (`killed the mayor and 12`), past *include*, *were*."""
    link = _included(sentence, mention, at, earlier)
    if link:
        return link
    joins = sentence.has("conjunction", at - 1) and sentence.norm(at - 1) not in {"but", "or"}
    along = sentence.norm(at - 1) in {"with", "as", "like"} and sentence.norm(at - 2) in {"along", "well", "together"}
    index = at - 1 - (1 if joins else 0)
    crossed = joins or along
    while index > max(0, at - _LEFT_REACH, earlier - 1):
        said = sentence.said_before.get(index)
        if said:
            return _object_past(sentence, mention, said, index, at, joined=crossed)
        if _stops_left(sentence, index - 1):
            return None
        index -= 1
    return None


def _object_past(sentence: Sentence, mention: Mention, said: Said, index: int, at: int, *, joined: bool) -> Link | None:
    if (
        not joined
        and not sentence.has("preposition", index)
        and not sentence.words.has("verb_first", sentence.words.language)
    ):
        return None
    if at - index < 2 and not sentence.words.has("verb_first", sentence.words.language):  # noqa: PLR2004
        return None
    link = _object_of(sentence, mention, said)
    return Link(link.said, link.first, link.last, Strength.FAR, left=True) if link else None


def _stops_left(sentence: Sentence, at: int) -> bool:
    return (
        sentence.norm(at) in {",", ";", ":", ".", "-", "–", "—", "(", ")"}
        or sentence.has("be", at)
        or sentence.has("have", at)
        or sentence.has("modal", at)
        or sentence.has("subordinator", at)
        or sentence.has("relative", at)
    )


def _included(sentence: Sentence, mention: Mention, at: int, earlier: int) -> Link | None:
    """`among the dead were 12`, `the dead include 12`, `those killed included 12`."""
    if not (sentence.has("including", at - 1) or sentence.has("be", at - 1)):
        return None
    among = False
    found: Link | None = None
    for index in range(at - 1, max(0, at - _LEFT_REACH - 2, earlier - 1), -1):
        if sentence.norm(index - 1) in {";", ":", "."}:
            break
        if sentence.norm(index) in {"among", "amongst"} or index - 1 == 0 and sentence.norm(0) in {"among", "amongst"}:
            among = True
        said = sentence.said_before.get(index)
        if said and found is None:
            meaning = choose(said.meanings, mention.unit, {Frame.VERB, Frame.STATE, Frame.EVENT, Frame.ANY, Frame.ACT})
            found = Link(meaning, said.first, said.last, Strength.NEAR, left=True) if meaning else None
    if found and (among or sentence.has("including", at - 1)):
        return found
    return None


# --- levels and labels -------------------------------------------------------------------------------------------


def level(sentence: Sentence, mention: Mention) -> Link | Subject | None:
    """What a level is of: `the death toll rose to N`, `the number of displaced stands at N`, `refugees now total N`."""
    at = mention.begin - 1
    linked = False
    words = 0
    weak: Link | None = None
    rest: Subject | None = None
    while at >= max(0, mention.begin - _LEVEL_REACH):
        if sentence.norm(at) in {";", "."} or (
            sentence.has("subordinator", at) and not sentence.has("preposition", at)
        ):
            return weak or rest
        said = sentence.said_before.get(at + 1)
        if said and linked and not sentence.has("level_links", at):
            meaning = choose(said.meanings, mention.unit, {Frame.EVENT, Frame.STATE, Frame.VERB, Frame.ACT, Frame.ANY})
            if meaning and meaning.weak:
                weak = Link(meaning, said.first, said.last, Strength.NEAR, left=True)
            elif meaning and _measured(sentence, said, mention):
                return Link(meaning, said.first, said.last, Strength.NEAR, left=True)
        noun = _noun_ending(sentence, at)
        if noun is Subject.RESIDENTS and linked:
            rest = rest or noun
        elif noun and linked and words <= _COMMAS:
            return noun
        if sentence.has("level_links", at):
            linked = True
        elif (
            linked
            and not sentence.has("level_nouns", at)
            and not sentence.has("preposition", at)
            and not sentence.has("determiner", at)
        ):
            words += 1
        elif not linked:
            return weak or rest
        at -= 1
    return weak or rest


def _measured(sentence: Sentence, said: Said, mention: Mention) -> bool:
    """Whether the predicate is told as an amount: an event, or with a noun of number near it."""
    if any(meaning.frame is Frame.EVENT for meaning in said.meanings):
        return True
    near = range(max(0, said.first - 6), min(mention.begin, said.last + 3))
    return any(sentence.has("level_nouns", at) for at in near)


def _noun_ending(sentence: Sentence, at: int) -> Subject | None:
    found = sentence.words.nouns.longest(sentence.norms, at)
    amount = (
        sentence.has("level_nouns", at + 1)
        or at + 1 in sentence.said_at
        or sentence.norm(at + 1) in {"population", "arrivals"}
    )
    plural = found is not None and found[1] == at + 1 and (amount or not found[0][0].singular)
    return found[0][0].subject if found and plural else None


def label(sentence: Sentence, mention: Mention) -> tuple[Unit | None, Link | Subject | None] | None:
    """A line of a table: `Number of displaced: 452`, `IDPs total 122 387`, `Completely destroyed housing: 146`."""
    at, unit, found = mention.begin - 1, None, None
    colon = sentence.norm(at) in {":", "=", "-", "–"} or sentence.has("level_nouns", at) or sentence.norm(at) == "|"
    closing = mention.end >= len(sentence.norms) or sentence.norm(mention.end) in {"(", ";", ",", ".", "|", ")"}
    if not closing:
        return None
    while at >= max(0, mention.begin - _LEFT_REACH):
        if sentence.norm(at) in {";", ",", ".", "|"} or sentence.has("be", at) or sentence.has("have", at):
            break
        if at + 1 in sentence.number_before:
            break
        said = sentence.said_before.get(at + 1)
        if said and (found is None or _of_homes(said)):
            found = said
        noun = _unit_ending(sentence, at)
        unit = unit or noun
        at -= 1
    starts = at < 0 or sentence.norm(at) in {";", ",", ".", "|"} or sentence.tokens[at].kind is Kind.DIGITS
    if not starts or not (found or unit) or not (colon or (at < 0 and found)):
        return None
    meaning = choose(found.meanings, unit, set(Frame)) if found else None
    if meaning and found:
        return unit, Link(meaning, found.first, found.last, Strength.NEAR, left=True)
    return unit, None


def _of_homes(said: Said) -> bool:
    return any(meaning.subject is Subject.HOMES for meaning in said.meanings)


def _unit_ending(sentence: Sentence, at: int) -> Unit | None:
    for first in (at, at - 1, at - 2):
        found = sentence.words.nouns.longest(sentence.norms, first) if first >= 0 else None
        if found and found[1] == at + 1:
            return found[0][0].unit
    return None


def licensed(sentence: Sentence, mention: Mention, link: Link) -> bool:
    """Whether a predicate alone, without a noun, says that people are counted."""
    if link.said.subject is Subject.RESIDENTS and link.said.frame is Frame.ACT:
        return mention.quantity.low >= _PEOPLED
    if link.said.subject is Subject.HOMES or (link.said.weak and link.said.subject is not Subject.PROTESTERS):
        return False
    if sentence.has("licensing", -1) or link.said.subject.value in sentence.words.classes.get("licensing", ()):
        return True
    quantity = mention.quantity
    many = quantity.vague or quantity.low >= 20 or quantity.qualified  # noqa: PLR2004
    return (
        many
        and mention.head.standing is not Standing.GUESS
        and not (link.left and link.said.subject is Subject.AFFECTED)
    )
