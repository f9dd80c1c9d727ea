"""From a sentence to its mentions: who is counted, what is said of them, what they inherit from their neighbours."""

from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Final

from watcher.figures import links
from watcher.figures.heads import Head, Standing, head
from watcher.figures.lexicon import Frame, Noun
from watcher.figures.links import Link, Mention, Strength
from watcher.figures.masks import masked
from watcher.figures.quantities import Quantity, quantities
from watcher.figures.sentence import Sentence
from watcher.model import Qualifier, Subject, Unit

_OWN: Final = frozenset({Subject.KILLED, Subject.INJURED, Subject.MISSING})
"""What a noun says for itself (`300 missing`), whatever is said of its neighbour."""
_LIST_GAP: Final = 12
_CONJUNCTIONS: Final = 3
_LARGE: Final = 100
_NEAR_BRACKET: Final = 6
_GROUP_UNITS: Final = {Subject.TROOPS: Unit.TROOPS, Subject.MILITANTS: Unit.FIGHTERS}
_STRONGER: Final[dict[Subject, frozenset[Subject]]] = {
    Subject.REFUGEES: frozenset({Subject.DISPLACED, Subject.AFFECTED, Subject.RESIDENTS}),
    Subject.DISPLACED: frozenset({Subject.AFFECTED, Subject.RESIDENTS, Subject.REFUGEES}),
    Subject.TROOPS: frozenset(
        {Subject.DISPLACED, Subject.AFFECTED, Subject.RESIDENTS, Subject.REFUGEES, Subject.RETURNED}
    ),
    Subject.MILITANTS: frozenset(
        {Subject.DISPLACED, Subject.AFFECTED, Subject.RESIDENTS, Subject.REFUGEES, Subject.RETURNED}
    ),
    Subject.KILLED: frozenset(
        {Subject.AFFECTED, Subject.RESIDENTS, Subject.INJURED, Subject.DISPLACED, Subject.TRAPPED}
    ),
    Subject.INJURED: frozenset({Subject.AFFECTED, Subject.RESIDENTS}),
    Subject.PROTESTERS: frozenset({Subject.AFFECTED, Subject.RESIDENTS, Subject.DISPLACED}),
    Subject.DETAINED: frozenset({Subject.AFFECTED, Subject.RESIDENTS, Subject.PROTESTERS}),
    Subject.ABDUCTED: frozenset({Subject.AFFECTED, Subject.RESIDENTS, Subject.DETAINED, Subject.TRAPPED}),
    Subject.RETURNED: frozenset({Subject.AFFECTED, Subject.RESIDENTS, Subject.DISPLACED}),
    Subject.MISSING: frozenset({Subject.AFFECTED, Subject.RESIDENTS}),
}
"""A noun that says this is not overruled by a predicate that says one of these: refugees who fled are refugees."""


@dataclass(frozen=True, slots=True)
class Carried:
    """What the figure before told, for a number that leans on it: `Of these, 300 …`."""

    unit: Unit
    subject: Subject | None


def mentions(sentence: Sentence, carried: Carried | None = None) -> list[Mention]:
    """The mentions that are figures, in order, each with unit, subject and link decided."""
    if not sentence.said and sentence.words.nouns.words.isdisjoint(sentence.norms):
        return []
    found = [mention for quantity in quantities(sentence) if (mention := _mention(sentence, quantity))]
    stops = {mention.begin for mention in found}
    for earlier, mention in zip((None, *found), found, strict=False):
        mention.before = links.before(sentence, mention, earlier.end if earlier else 0)
        mention.after = links.after(sentence, mention, stops)
        _set_group(sentence, mention)
    for mention in found:
        mention.link = _own(mention)
    _share(sentence, found)
    kept: list[Mention] = []
    for index, mention in enumerate(found):
        following = found[index + 1] if index + 1 < len(found) else None
        if _resolve(sentence, mention, kept, following, _told(kept) or carried):
            kept.append(mention)
    return kept


def _told(kept: list[Mention]) -> Carried | None:
    """What the last figure of this sentence told."""
    return Carried(kept[-1].unit, kept[-1].subject) if kept and kept[-1].unit else None


def _mention(sentence: Sentence, quantity: Quantity) -> Mention | None:
    if masked(sentence, quantity):
        return None
    found = head(sentence, quantity)
    if found is None or (found.noun and _is_name(sentence, found)):
        return None
    noun = found.noun
    return Mention(quantity, found, noun.unit if noun else None, noun.subject if noun else None)


def _is_name(sentence: Sentence, found: Head) -> bool:
    """`House`, `General`, `Home` with a capital and nothing plural about it name something else."""
    at = found.end - 1
    single = found.noun is not None and found.noun.singular and found.noun.unit is Unit.HOMES
    return single and sentence.capitalised(at) and not sentence.text.istitle()


def _set_group(sentence: Sentence, mention: Mention) -> None:
    """`a city of 200,000`, `an estimated population of 1.3 million`, `a demonstration of several thousand`."""
    found = sentence.words.groups.longest(sentence.norms, mention.begin)
    if not found:
        return
    mention.group = found[0][0]
    quantity = mention.quantity
    said = sentence.words.qualifiers.longest(sentence.norms, found[1])
    if said and Qualifier.APPROX in said[0] and quantity.qualifier is Qualifier.EXACT:
        mention.quantity = replace(quantity, qualifier=Qualifier.APPROX)


def _own(mention: Mention) -> Link | None:
    """The predicate said of a mention itself: directly before, then after, then farther off."""
    before, after = mention.before, mention.after
    if before and before.strength is Strength.DIRECT and not before.said.weak:
        return before
    if after and not after.said.weak:
        return after
    return before or after


def _share(sentence: Sentence, found: list[Mention]) -> None:
    """What is said after a row of mentions is said of each: `two soldiers, a guard and five civilians were killed`."""
    for mention, following in reversed(list(pairwise(found))):
        said = following.after if following.link is following.after else following.shared
        gap = range(mention.end, following.begin)
        joined = any(sentence.has("conjunction", at) for at in gap)
        plain = 0 < len(gap) <= _CONJUNCTIONS and all(
            sentence.has("conjunction", at) or sentence.norm(at) == "," for at in gap
        )
        listed = (
            0 < len(gap) <= _LIST_GAP
            and sentence.has("conjunction", following.begin - 1)
            and _listed(sentence, mention.end, following.begin)
        )
        if said and ((plain and (joined or following.shared)) or listed):
            mention.shared = said


# --- which of them are figures -----------------------------------------------------------------------------------


def _resolve(
    sentence: Sentence, mention: Mention, kept: list[Mention], following: Mention | None, carried: Carried | None
) -> bool:
    """Decides unit and subject of a mention; whether it is a figure at all."""
    mention.parent = _parent(sentence, mention, kept)
    standing = mention.head.standing
    if standing is Standing.NOUN and mention.head.noun and _only_one(sentence, mention):
        return False
    if standing is Standing.NOUN and mention.head.noun:
        return _with_noun(sentence, mention, following, mention.head.noun)
    if _pronoun(sentence, mention) or (standing is Standing.PART and mention.parent is None and carried is None):
        return False
    if mention.link and links.fits(mention.link.said, mention.unit) and _may_stand_alone(sentence, mention):
        _settle(mention, _parent_unit(mention))
        return True
    return standing is not Standing.GUESS and _leaning(sentence, mention, following, carried)


def _only_one(sentence: Sentence, mention: Mention) -> bool:
    """Whether `one` only says of what others are part: five members of one family."""
    part = sentence.has("preposition", mention.begin - 1) and not sentence.has("aside", mention.begin - 1)
    return mention.quantity.high == 1 and mention.before is None and part


def _parent_unit(mention: Mention) -> Unit | None:
    """The unit of the neighbour before, where what is said may be said of such: families flee, homes do not die."""
    parent, link = mention.parent, mention.link
    if parent is None or parent.unit is None or link is None:
        return None
    if parent.unit is Unit.HOMES:
        return Unit.HOMES if link.said.subject is Subject.HOMES else None
    if parent.unit is Unit.FAMILIES and link.said.subject not in {
        Subject.DISPLACED,
        Subject.AFFECTED,
        Subject.RETURNED,
        Subject.REFUGEES,
    }:
        return None
    return parent.unit


def _may_stand_alone(sentence: Sentence, mention: Mention) -> bool:
    link = mention.link
    if link is None:
        return False
    if mention.parent and mention.parent.unit is Unit.HOMES and links.fits(link.said, Unit.HOMES):
        return True
    return links.licensed(sentence, mention, link)


def _with_noun(sentence: Sentence, mention: Mention, following: Mention | None, noun: Noun) -> bool:
    inherited = None
    if (mention.link is None or mention.link.said.weak) and noun.subject not in _OWN:
        inherited = _inherited(sentence, mention, following)
    if inherited and links.fits(inherited.said, noun.unit):
        mention.link = inherited
    if mention.link is None and mention.group is None:
        found = links.level(sentence, mention)
        mention.link = found if isinstance(found, Link) else None
        if isinstance(found, Subject) and mention.noun_subject is None:
            mention.noun_subject = found
    _settle(mention, noun.unit)
    if mention.subject is None and mention.parent and _leans(sentence, mention):
        mention.subject = mention.parent.subject
    return noun.needs is None or mention.subject is noun.needs


def _leans(sentence: Sentence, mention: Mention) -> bool:
    """Whether a mention is a part of the one before it: in brackets after it, or included in it."""
    before = sentence.norm(mention.begin - 1)
    among = before in {"them", "whom"} and sentence.norm(mention.begin - 2) in {"among", "amongst"}
    named = sentence.has("including", mention.begin - 1) or sentence.has("apposition", mention.begin - 1)
    return before in {"(", "["} or among or named


def _settle(mention: Mention, unit: Unit | None) -> None:
    """Unit and subject from link, group, noun and what is said inside the noun phrase, the strongest first."""
    link, inner = mention.link, mention.head.inner
    mention.unit = unit or (link.said.only if link else None) or Unit.PEOPLE
    said = link.said if link else None
    noun_subject = mention.noun_subject
    if inner and noun_subject in {None, Subject.RESIDENTS, Subject.TROOPS, Subject.MILITANTS}:
        noun_subject = inner
    if said is None or (said.weak and noun_subject is not None):
        mention.subject = _grouped(mention, noun_subject)
    elif noun_subject is not None and said.subject in _STRONGER.get(noun_subject, ()):
        mention.subject = noun_subject
    else:
        mention.subject = said.subject


def _grouped(mention: Mention, noun_subject: Subject | None) -> Subject | None:
    if mention.group and noun_subject in {None, Subject.RESIDENTS}:
        return mention.group
    return noun_subject


def _pronoun(sentence: Sentence, mention: Mention) -> bool:
    """Whether `one` (or a bare 1) is a pronoun: it counts only what a passive or a verb before it says."""
    quantity = mention.quantity
    if quantity.low != 1 or quantity.vague or quantity.qualified:
        return False
    before = sentence.norm(quantity.first - 1)
    if (
        sentence.has("determiner", quantity.first - 1)
        or sentence.has("negation", quantity.first - 1)
        or before == "each"
    ):
        return True
    at = quantity.first - 1
    told = quantity.first in sentence.said_before or sentence.has("conjunction", at) or sentence.has("preposition", at)
    if sentence.is_word(at) and not told:
        return True
    link = mention.link
    return link is None or link.said.frame not in {Frame.VERB, Frame.STATE, Frame.ANY} or link.strength < Strength.NEAR


# --- what leans on others ----------------------------------------------------------------------------------------


def _leaning(sentence: Sentence, mention: Mention, following: Mention | None, carried: Carried | None) -> bool:
    """A number without noun or predicate of its own: by its neighbour, by a level, by a label, by what came before."""
    shared = _shares_noun(sentence, mention, following)
    if shared and following:
        mention.link = mention.link or following.link
        mention.noun_subject = following.noun_subject
        _settle(mention, following.unit)
        return True
    if mention.group:
        _settle(mention, _GROUP_UNITS.get(mention.group))
        return True
    if _told_by_noun(sentence, mention, carried):
        return True
    if mention.parent:
        _settle(mention, mention.parent.unit)
        mention.subject = mention.subject or mention.parent.subject
        mention.link = mention.link or mention.parent.link
        return True
    if mention.head.standing is Standing.OTHER:
        return False
    return (
        _told_by_level(sentence, mention, carried)
        or _told_by_label(sentence, mention)
        or _named_in_list(sentence, mention, carried)
    )


def _told_by_noun(sentence: Sentence, mention: Mention, carried: Carried | None) -> bool:
    """`Of the dead, 14 were soldiers`: the noun stands after *be*, what happened to them before."""
    at = mention.end
    if not sentence.has("be", at):
        return False
    while sentence.has("be", at) or sentence.has("adverb", at) or sentence.has("determiner", at):
        at += 1
    found = sentence.words.nouns.longest(sentence.norms, at)
    if not found or sentence.has("preposition", mention.begin - 1):
        return False
    noun = found[0][0]
    before = [said for said in sentence.said if said.last < mention.begin]
    meaning = links.choose(before[-1].meanings, noun.unit, set(Frame)) if before else None
    opened = sentence.has("of", 0) or sentence.norm(0) == "among"
    if meaning and opened:
        mention.link = Link(meaning, before[-1].first, before[-1].last, Strength.FAR, left=True)
    elif not mention.parent and not carried:
        return False
    mention.noun_subject = noun.subject or (carried.subject if carried else None)
    _settle(mention, noun.unit)
    return True


def _named_in_list(sentence: Sentence, mention: Mention, carried: Carried | None) -> bool:
    """`those came from Syria (5.5 million), …`: names of places with numbers, after a word for the people meant."""
    at = mention.begin - 1
    closed = sentence.norm(at) in {"(", "["} and sentence.norm(mention.end) in {")", "]"}
    if not closed or not sentence.capitalised(at - 1) or mention.quantity.low < _LARGE:
        return False
    before = range(max(0, at - _LIST_GAP), at)
    nouns = [found[0][0] for index in before if (found := sentence.words.nouns.longest(sentence.norms, index))]
    if not nouns and not any(sentence.norm(index) in {"those", "them"} for index in before):
        return False
    mention.noun_subject = nouns[-1].subject if nouns else (carried.subject if carried else None)
    said = [sentence.said_at[index] for index in before if index in sentence.said_at]
    meaning = links.choose(said[-1].meanings, None, set(Frame)) if said else None
    if meaning and said and not meaning.weak and meaning.subject is not Subject.HOMES:
        mention.link = Link(meaning, said[-1].first, said[-1].last, Strength.FAR, left=True)
    _settle(mention, nouns[-1].unit if nouns else None)
    return True


def _shares_noun(sentence: Sentence, mention: Mention, following: Mention | None) -> bool:
    """`at least 105 and as many as 141 people`: two numbers, one noun."""
    if following is None or following.head.standing is not Standing.NOUN or mention.head.standing is not Standing.BARE:
        return False
    gap = range(mention.quantity.end, following.begin)
    joined = 0 < len(gap) <= 2 and all(sentence.has("conjunction", at) for at in gap)  # noqa: PLR2004
    return joined and not (mention.quantity.bare and sentence.has("preposition", mention.begin - 1))


def _told_by_level(sentence: Sentence, mention: Mention, carried: Carried | None) -> bool:
    found = links.level(sentence, mention)
    if isinstance(found, Link):
        if found.said.subject is Subject.HOMES and found.said.frame is not Frame.EVENT:
            return False
        mention.link = found
        noun = _measured_noun(sentence, mention)
        mention.noun_subject = noun.subject if noun else None
        _settle(mention, noun.unit if noun else None)
        return True
    if isinstance(found, Subject):
        mention.noun_subject = found
        noun = _measured_noun(sentence, mention)
        _settle(mention, noun.unit if noun else None)
        return True
    if carried and carried.subject and _bare_level(sentence, mention):
        mention.noun_subject = carried.subject
        _settle(mention, carried.unit)
        return True
    return False


def _measured_noun(sentence: Sentence, mention: Mention) -> Noun | None:
    """The noun a level names: `the number of displaced families is estimated to be N`."""
    for at in range(mention.begin - 1, max(-1, mention.begin - 18), -1):
        found = sentence.words.nouns.longest(sentence.norms, at)
        if found:
            return found[0][0]
    return None


def _bare_level(sentence: Sentence, mention: Mention) -> bool:
    """`increased its count to 1 million`, `the number has risen to 45`: a noun of number, and nothing of what."""
    near = range(max(0, mention.begin - 8), mention.begin)
    measure = [at for at in near if sentence.has("level_nouns", at)]
    return bool(measure) and all(
        sentence.has("level_links", at)
        or sentence.has("preposition", at)
        or sentence.has("adverb", at)
        or sentence.has("to", at)
        for at in range(measure[-1] + 1, mention.begin)
    )


def _told_by_label(sentence: Sentence, mention: Mention) -> bool:
    found = links.label(sentence, mention)
    if found is None:
        return False
    unit, link = found
    if isinstance(link, Link):
        mention.link = link
    elif unit is None:
        return False
    else:
        mention.noun_subject = _label_noun(sentence, mention)
    _settle(mention, unit)
    return mention.subject is not None


def _label_noun(sentence: Sentence, mention: Mention) -> Subject | None:
    for at in range(mention.begin - 1, max(-1, mention.begin - 8), -1):
        found = sentence.words.nouns.longest(sentence.norms, at)
        if found and found[0][0].subject:
            return found[0][0].subject
    return None


# --- neighbours --------------------------------------------------------------------------------------------------


def _parent(sentence: Sentence, mention: Mention, kept: list[Mention]) -> Mention | None:
    """The mention before that this one is a part of, stands beside in a list, or repeats in brackets."""
    if not kept:
        return None
    previous = kept[-1]
    gap = sentence.norms[previous.end : mention.begin]
    standing = mention.head.standing
    if standing is Standing.PART:
        return previous
    if gap and gap[-1] == ";" and not sentence.has("locative", mention.end) and mention.after is None:
        return None
    if not gap or ";" in gap and standing is Standing.NOUN:
        return None
    if _relative(sentence, mention) or _in_brackets(sentence, previous, mention):
        return previous
    if sentence.norm(mention.begin - 1) not in {"(", "["} and _leans(sentence, mention):
        return previous
    if standing is Standing.OTHER and len(gap) <= _LIST_GAP:
        return previous
    start = previous.end
    if standing is not Standing.NOUN and previous.link and not previous.link.left:
        start = min(max(start, previous.link.last), mention.begin - 1)
    if mention.begin - start <= _LIST_GAP and _listed(sentence, start, mention.begin):
        return previous
    if standing is Standing.BARE and _same_verb(sentence, mention):
        return previous
    if standing is Standing.BARE and mention.after and _same_subject(sentence, previous, gap):
        return previous
    if standing is Standing.BARE and gap[-1] in {":", ","} and sentence.has("locative", mention.end) and len(gap) <= 4:
        return previous
    return previous if _of_these(sentence, previous, mention) else None


def _in_brackets(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """`125 families (800 people)`, and lists of names with numbers: `from Syria (5.5 million), Somalia (1 million)`."""
    at = mention.begin - 1
    if sentence.norm(at) not in {"(", "["}:
        return False
    if at - previous.end <= _NEAR_BRACKET and mention.quantity.last - mention.quantity.first > 1:
        return True
    if at - previous.end <= 1 and (
        mention.head.standing is Standing.NOUN or mention.quantity.last - mention.quantity.first > 1
    ):
        return True
    return sentence.capitalised(at - 1) and sentence.norm(mention.end) in {")", "]"} and at - previous.end <= _LIST_GAP


def _same_verb(sentence: Sentence, mention: Mention) -> bool:
    """`…, while Britain has 500`: the same of another, the noun not said again."""
    at = mention.begin - 1
    ends = mention.end >= len(sentence.norms) or sentence.norm(mention.end) in {".", ",", ";", ")"}
    return ends and sentence.has("have", at) and sentence.capitalised(at - 1)


def _same_subject(sentence: Sentence, previous: Mention, gap: tuple[str, ...]) -> bool:
    """`40 soldiers were ambushed; 11 were killed`: the clause before has no other noun that could be meant."""
    if len(gap) > _LIST_GAP or gap[-1] not in {";", "and", ","} or previous.unit not in {Unit.TROOPS, Unit.FIGHTERS}:
        return False
    start = previous.end
    return not any(sentence.words.nouns.longest(sentence.norms, at) for at in range(start, start + len(gap)))


def _relative(sentence: Sentence, mention: Mention) -> bool:
    at = mention.begin - 1
    return sentence.has("partitive", at) and sentence.has("of", at - 1)


def _of_these(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """`Of the 1,314 families, 295 are in …`."""
    opened = sentence.has("of", previous.begin - 1) or sentence.norm(previous.begin - 1) in {"among", "amongst"}
    return opened and previous.begin <= 2 and sentence.norm(mention.begin - 1) == ","  # noqa: PLR2004


def _listed(sentence: Sentence, start: int, stop: int) -> bool:
    """Whether only a phrase of place or time, and a comma or *and*, stand between two items of a list."""
    last = stop - 1
    while last > start and sentence.capitalised(last) and stop - last <= _CONJUNCTIONS:
        last -= 1
    if not (
        sentence.has("conjunction", last) or sentence.norm(last) in {",", ";", "/"} or sentence.norm(last) == "with"
    ):
        return False
    for at in range(start, stop):
        if (
            sentence.has("be", at)
            or sentence.has("have", at)
            or sentence.has("modal", at)
            or sentence.has("pronoun", at)
        ):
            return False
        if sentence.has("subordinator", at) and not sentence.has("preposition", at):
            return False
        if sentence.words.nouns.longest(sentence.norms, at) and not sentence.capitalised(at):
            return False
        if at in sentence.said_at and sentence.said_at[at].meanings[0].frame is Frame.VERB and at > start:
            return False
    return True


def _inherited(sentence: Sentence, mention: Mention, following: Mention | None) -> Link | None:
    """The predicate shared with a neighbour: `two soldiers and five civilians were killed`, `killed 40 x and 12 y`."""
    shared = mention.shared
    if shared:
        return shared
    parent = mention.parent
    if parent and parent.link and not parent.link.said.weak and (parent.link.left or _leans(sentence, mention)):
        return parent.link
    return None
