"""Who does it tells what is done: gunmen who hold people have abducted them, police have detained them; whose men."""

from typing import Final

from watcher.figures.links import Mention
from watcher.figures.sentence import Sentence
from watcher.model import Modality, Subject, Unit

_REACH: Final = 24
_SHORT: Final = 3
_AWAY: Final = frozenset({"from", "out", "off", "across"})
_ROOM: Final = 6
_PLAIN: Final = frozenset({None, Subject.RESIDENTS, Subject.TROOPS, Subject.MILITANTS, Subject.PROTESTERS})
_ENDS: Final = frozenset({";", ":", "."})
_STEPS: Final = frozenset({"to", "from", ","})
_FORCES: Final = {Unit.TROOPS: Subject.TROOPS, Unit.FIGHTERS: Subject.MILITANTS}


def held(sentence: Sentence, mention: Mention) -> Subject | None:
    """What happened to people whom somebody holds, takes or frees, by who that is; None where it does not tell."""
    at = mention.begin - 1
    while sentence.has("adverb", at):
        at -= 1
    holding, taking = sentence.has("holding", at), sentence.has("taking", at)
    stopping = sentence.has("stopping", at)
    taking = taking or (sentence.has("freeing", at) and mention.unit is Unit.PEOPLE)
    link = mention.link
    plain = mention.subject in _PLAIN and (link is None or link.said.weak)
    if not (plain and (holding or taking or stopping)) and not (stopping and mention.subject is Subject.ABDUCTED):
        return None
    captor = _captor(sentence, at)
    if captor is Subject.DETAINED and not (holding or stopping):
        return None  # the government released, took 300 people
    return captor


def _captor(sentence: Sentence, verb: int) -> Subject | None:
    """Who stands before the verb: those who detain, or those who abduct."""
    for at in range(verb - 1, max(-1, verb - _REACH), -1):
        if sentence.norm(at) in _ENDS:
            return None
        if sentence.has("captors", at):
            return Subject.ABDUCTED
        if sentence.has("authorities", at):
            return Subject.DETAINED
        found = sentence.words.nouns.longest(sentence.norms, at)
        unit = found[0][0].unit if found else None
        if unit in _FORCES:
            return Subject.ABDUCTED if unit is Unit.FIGHTERS else Subject.DETAINED
    return None


def force(sentence: Sentence, mention: Mention) -> Unit | None:
    """Whose men are counted: `the garrison had 300 men`, `M23 lost nine men`, `a company of infantry, 112 men`."""
    if not sentence.has("men", mention.end - 1) or mention.unit is not Unit.PEOPLE:
        return None
    at = mention.begin - 1
    while sentence.has("adverb", at) or sentence.has("determiner", at):
        at -= 1
    leading = sentence.has("leading", at)
    if not leading and sentence.norm(at) not in _STEPS and not (sentence.has("have", at) and mention.link is None):
        return None
    comma = sentence.norm(at) == ","
    if mention.link and mention.link.left and not (leading or comma):
        return None
    return _whose(sentence, at, _SHORT if comma else _REACH)


def _whose(sentence: Sentence, stop: int, reach: int) -> Unit | None:
    for at in range(stop - 1, max(-1, stop - 1 - reach), -1):
        if sentence.norm(at) in _ENDS:
            return None
        if sentence.has("armies", at):
            return Unit.TROOPS
        found = sentence.words.nouns.longest(sentence.norms, at)
        counted = any(before in sentence.number_before for before in (at, at - 1))  # killed 30 insurgents, lost 2 men
        if found and found[0][0].unit in _FORCES and (not counted or stop - at <= _SHORT):
            return found[0][0].unit
    return None


def told(sentence: Sentence, mention: Mention) -> None:
    """Amends unit and subject of a mention by who does what is done."""
    unit = force(sentence, mention)
    if unit is not None:
        mention.unit = unit
        if mention.subject in {None, Subject.RESIDENTS}:
            mention.subject = _FORCES[unit]
    mention.subject = held(sentence, mention) or mention.subject
    if mention.subject in {None, Subject.RESIDENTS} and mention.link is None and _driven(sentence, mention):
        mention.subject = Subject.DISPLACED
    if mention.subject is None and mention.link is None and _sheltered(sentence, mention):
        mention.subject = Subject.DISPLACED
    if mention.unit in {Unit.PEOPLE, Unit.FAMILIES} and stayed(sentence, mention):
        mention.subject, mention.link = Subject.RESIDENTS, None


def _driven(sentence: Sentence, mention: Mention) -> bool:
    """`drove 3,000 herders from the district`: whom somebody drives from a place."""
    return sentence.has("driving", mention.begin - 1) and sentence.norm(mention.end) in _AWAY


def _sheltered(sentence: Sentence, mention: Mention) -> bool:
    """Whether a camp or tents have room for those counted."""
    first = max(0, mention.begin - _SHORT)
    room = any(
        (hit := sentence.words.modality.longest(sentence.norms, at))
        and Modality.CAPACITY in hit[0]
        and hit[1] == mention.begin
        for at in range(first, mention.begin)
    )
    return room and any(sentence.has("roomy", at) for at in range(max(0, first - _ROOM), mention.begin))


def stayed(sentence: Sentence, mention: Mention) -> bool:
    """Who is left somewhere, or was there: `there are 700 left`, `40 families are left`, `1,600 people remain`."""
    link, end = mention.link, mention.end
    if link is not None and not link.left and link.said.weak and sentence.norm(link.first) == "left":
        be = any(sentence.has("be", at) and sentence.norm(at - 1) != "have" for at in (link.first - 1, link.first - 2))
        return link.last - link.first == 1 and (be or _there(sentence, mention))
    if link is not None or mention.subject is not None:
        return False
    if sentence.norm(end) in {"remain", "remained"} and sentence.norm(end + 1) in {"", ".", ",", ";", "in", "there"}:
        return True
    place = any(sentence.has("settled", at) for at in range(end + 1, end + _SHORT + 1))
    return _there(sentence, mention) and sentence.norm(end) == "in" and place


def _there(sentence: Sentence, mention: Mention) -> bool:
    """Whether it is only said that there are so many."""
    near = range(max(0, mention.begin - _SHORT), mention.begin)
    return any(sentence.norm(at) == "there" and sentence.has("be", mention.begin - 1) for at in near)
