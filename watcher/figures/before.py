"""What is said before a counted noun: verbs with their objects, events with *of*; past phrases and other objects."""

from typing import Final

from watcher.figures.heads import Standing
from watcher.figures.lexicon import Form, Frame, Predicate
from watcher.figures.links import Link, Mention, Strength, choose
from watcher.figures.sentence import Said, Sentence
from watcher.model import Unit

_REACH: Final = 9
_LEVEL: Final = 12
_STOPS: Final = frozenset({",", ";", ":", ".", "-", "–", "—", "(", ")"})
_QUOTES: Final = frozenset({'"', "“", "'", "*"})
_AMONG: Final = frozenset({"among", "amongst"})
_ACTIVE: Final = Form.BASE | Form.PAST | Form.GERUND
_NAMED: Final = {Frame.VERB, Frame.STATE, Frame.EVENT, Frame.ANY, Frame.ACT}


def before(sentence: Sentence, mention: Mention, earlier: int) -> Link | None:
    """The predicate said of a mention in what stands before it.

    `earlier` is where the mention before ends: nothing is taken from beyond it.
    """
    at = mention.begin
    while at > 0 and at not in sentence.said_before and _skipped(sentence, at - 1):
        at -= 1
    if sentence.has("object_mark", at - 1):
        at -= 1
    if sentence.norm(at - 1) == ",":
        at = _before_aside(sentence, at - 1)
    said = sentence.said_before.get(at)
    if said:
        return _object_of(sentence, mention, said, Strength.DIRECT)
    if sentence.has("event_of", at - 1):
        return _of_event(sentence, mention, at - 1)
    return _included(sentence, mention, at, earlier) or _farther(sentence, mention, at, earlier)


def _before_aside(sentence: Sentence, comma: int) -> int:
    """Before an aside in commas, where a verb or *of* leads to it: `the evacuation of, officials said, 300 people`."""
    for at in range(comma - 1, max(0, comma - _REACH), -1):
        if sentence.norm(at) == ",":
            leads = sentence.has("event_of", at - 1) or (at in sentence.said_before and comma - at > 1)
            leads = leads or sentence.has("conjunction", at - 1)
            return at if leads else comma + 1
    return comma + 1


def _skipped(sentence: Sentence, at: int) -> bool:
    return sentence.has("adverb", at) or sentence.norm(at) in _QUOTES


def _object_of(sentence: Sentence, mention: Mention, said: Said, strength: Strength) -> Link | None:
    if _tells_level(sentence, said):
        return None
    verb = choose(said.meanings, mention.unit, {Frame.VERB})
    if verb is None and sentence.has("comrades", mention.end - 1):
        verb = choose(said.meanings, Unit.TROOPS, {Frame.VERB})
    if (
        verb is None
        or not (verb.form & _ACTIVE or _perfect(sentence, said))
        or _is_passive(sentence, said, verb)
        or _is_noun(sentence, mention, said, verb)
    ):
        verb = choose(said.meanings, mention.unit, {Frame.ANY})
    return Link(verb, said.first, said.last, strength, left=True) if verb else None


def _tells_level(sentence: Sentence, said: Said) -> bool:
    """Whether a verb tells a level, not what was done: the number of dead hit 5,000."""
    if said.last - said.first > 1 or not sentence.has("level_links", said.first):
        return False
    return any(sentence.has("level_nouns", at) for at in range(max(0, said.first - _LEVEL), said.first))


def _perfect(sentence: Sentence, said: Said) -> bool:
    """`had already slain nine`: a participle after *have* takes an object too."""
    at = said.first - 1
    while sentence.has("adverb", at):
        at -= 1
    return sentence.has("have", at)


def _is_noun(sentence: Sentence, mention: Mention, said: Said, verb: Predicate) -> bool:
    """Whether a word is a noun before a bare number (`damaged houses 120`), not a verb (`it houses 120 people`)."""
    noun = sentence.words.nouns.longest(sentence.norms, said.first)
    return noun is not None and verb.form == Form.BASE and mention.head.standing is not Standing.NOUN


def _is_passive(sentence: Sentence, said: Said, verb: Predicate) -> bool:
    if Form.PARTICIPLE not in verb.form:
        return False
    at = said.first - 1
    while sentence.has("adverb", at) or sentence.has("negation", at):
        at -= 1
    return sentence.has("be", at)


def _of_event(sentence: Sentence, mention: Mention, of: int) -> Link | None:
    """`the displacement of N`, `the killing of N`."""
    said = sentence.said_before.get(of)
    if said is None:
        return None
    event = choose(said.meanings, mention.unit, {Frame.EVENT, Frame.ANY})
    gerund = choose(said.meanings, mention.unit, {Frame.VERB})
    if event is None and gerund and gerund.form & Form.GERUND:
        event = gerund
    return Link(event, said.first, said.last, Strength.DIRECT, left=True) if event else None


def _farther(sentence: Sentence, mention: Mention, at: int, earlier: int) -> Link | None:
    """Past a phrase (`killed in Mosul 12`), past another object (`killed the mayor and 12`)."""
    joins = sentence.has("conjunction", at - 1) and sentence.norm(at - 1) not in {"but", "or"}
    listed = sentence.norm(mention.end) == "," or sentence.has("conjunction", mention.end)
    joins = joins or (sentence.norm(at - 1) == "," and listed)
    along = sentence.norm(at - 1) in {"with", "as", "like"} and sentence.norm(at - 2) in {"along", "well", "together"}
    index = at - 1 - (1 if joins else 0)
    while index > max(0, at - _REACH, earlier - 1):
        said = sentence.said_before.get(index)
        if said and sentence.has("event_of", index) and joins:
            return _of_event(sentence, mention, index)
        if said:
            reached = joins or along or _past_phrase(sentence, index, at)
            return _object_of(sentence, mention, said, Strength.FAR) if reached else None
        if _stops(sentence, index - 1):
            return None
        index -= 1
    return None


def _past_phrase(sentence: Sentence, index: int, at: int) -> bool:
    """Whether only a phrase stands between a verb and its object; where the verb comes first, its subject may."""
    if sentence.words.has("verb_first", sentence.words.language):
        return True
    return at - index > 1 and sentence.has("preposition", index)


def _stops(sentence: Sentence, at: int) -> bool:
    clause = any(sentence.has(name, at) for name in ("be", "have", "modal", "subordinator", "relative", "verb"))
    return clause or sentence.norm(at) in _STOPS


def _included(sentence: Sentence, mention: Mention, at: int, earlier: int) -> Link | None:
    """`among the dead were 12`, `the dead include 12`, `those killed included 12`."""
    including = sentence.has("including", at - 1)
    if not (including or sentence.has("be", at - 1)):
        return None
    among, found = False, None
    for index in range(at - 1, max(0, at - _REACH - 2, earlier - 1), -1):
        if sentence.norm(index - 1) in {";", ":", "."}:
            break
        among = among or bool({sentence.norm(index), sentence.norm(index - 1)} & _AMONG)
        said = sentence.said_before.get(index)
        meaning = choose(said.meanings, mention.unit, _NAMED) if said and found is None else None
        if said and meaning:
            found = Link(meaning, said.first, said.last, Strength.NEAR, left=True)
    return found if among or including else None
