"""Numbers that name nobody, of people just told of: *the displaced came all night; the Red Cross counted 6,412*."""

from typing import Final

from watcher.figures import after, levels
from watcher.figures.heads import Standing
from watcher.figures.levels import Told
from watcher.figures.lexicon import Frame
from watcher.figures.links import Mention
from watcher.figures.sentence import Sentence
from watcher.model import Subject, Unit

_NEAR: Final = 6
_REACH: Final = 80
_ABROAD: Final = 4
_MOVED: Final = frozenset({Subject.DISPLACED, Subject.REFUGEES, Subject.RETURNED})
_FEW: Final = 20
_BAND: Final = 5


def topic(sentence: Sentence, stop: int) -> Told | None:
    """Who was last told of before a token: those who moved, by a noun or a predicate."""
    for at in range(stop - 1, max(-1, stop - _REACH), -1):
        noun = levels.ending(sentence, at)
        if noun and noun.subject in _MOVED:
            return Told(None, noun.subject, noun.unit)
        said = sentence.said_before.get(at + 1)
        meaning = said.meanings[0] if said else None
        if meaning and meaning.subject in _MOVED and meaning.frame is not Frame.EVENT and not meaning.weak:
            return Told(None, meaning.subject, None)
    return None


def moving(sentence: Sentence, mention: Mention) -> bool:
    """Whether those counted come or go: `5,000 arrive each day`, `3,000 a day were still coming`."""
    for at in range(mention.end, mention.end + _NEAR):
        if sentence.has("moving", at):
            return True
        passed = ("adverb", "be", "have", "modal", "to", "more", "per", "rate_unit", "other")
        if not any(sentence.has(name, at) for name in passed):
            return False
    return False


def _personal(sentence: Sentence, mention: Mention) -> bool:
    """`700 were rescued`, `only 48 survived`, `the 120 aboard`: said of people, whoever they are."""
    at = mention.end
    while any(sentence.has(name, at) for name in ("be", "have", "adverb")):
        at += 1
    told = sentence.has("personal", at) and not after.object_follows(sentence, at + 1)
    return told and (mention.quantity.low > 1) and not sentence.has("preposition", mention.begin - 1)


def _those(sentence: Sentence, mention: Mention) -> bool:
    """`The 17 were released`: those told of in the sentence before."""
    opens = mention.begin == 0 and sentence.norm(0) == "the" and mention.quantity.first == 1
    follows = sentence.norm(mention.end) == "," or sentence.has("be", mention.end) or sentence.has("have", mention.end)
    return opens and follows and mention.quantity.low >= _BAND


def streaming(sentence: Sentence, mention: Mention, *, national: bool) -> Subject | None:
    """`1,400 people a day are arriving`: so many at a rate are on the move; those of one people are refugees."""
    ahead = range(mention.end, min(len(sentence.norms), mention.end + _NEAR + _ABROAD))
    rate = any(sentence.has("per", at) and sentence.has("rate_unit", at + 1) for at in ahead)
    arriving = moving(sentence, mention) and any(sentence.has("arriving", at) for at in ahead)
    if not rate or not arriving or not (national or sentence.has("folk", mention.end - 1)):
        return None
    return Subject.REFUGEES if national else Subject.DISPLACED


def leaning(sentence: Sentence, mention: Mention, carried: Told | None) -> Told | None:
    """Whom a number counts that has no noun: who comes or goes, or whom somebody counted, after those told of."""
    if mention.head.standing not in {Standing.BARE, Standing.OTHER} or mention.quantity.high == 0:
        return None
    if _personal(sentence, mention):
        return Told(None, None, Unit.PEOPLE)
    moved = carried if carried and carried.subject in _MOVED else None
    awaited = sentence.has("be", mention.end) and sentence.has("expecting", mention.end + 1)
    if _those(sentence, mention) or awaited:
        return moved if awaited else carried
    counted = sentence.has("counting", mention.begin - 1)
    comes = moving(sentence, mention)
    large = mention.quantity.low >= _FEW or mention.quantity.qualified
    if not (counted or comes) or not large:
        return None
    told = topic(sentence, mention.begin) or moved
    if told is None and comes:
        ahead = range(mention.end, mention.end + _NEAR + _ABROAD)
        verb = next((at for at in ahead if sentence.has("moving", at)), mention.end)
        abroad = sentence.has("locative", verb + 1) and sentence.has("countries", verb + 2)
        return Told(None, Subject.REFUGEES, Unit.PEOPLE) if abroad else None
    return told
