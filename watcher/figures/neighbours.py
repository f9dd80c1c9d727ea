"""What a mention owes to the one beside it: a part of it, an item of its list, its other unit in brackets."""

from itertools import pairwise
from typing import Final

from watcher.figures.heads import Standing
from watcher.figures.lexicon import Frame
from watcher.figures.links import Link, Mention, Strength
from watcher.figures.sentence import Sentence
from watcher.model import Subject, Unit

LIST_GAP: Final = 12
"""Between two items of a list stand no more tokens than this."""
_CONJUNCTIONS: Final = 3
_SHORT: Final = 4
_NEAR_BRACKET: Final = 6
_OPENING: Final = frozenset({"(", "["})
_CLOSING: Final = frozenset({")", "]"})
_COLONS: Final = frozenset({":", "–", "—"})
_AMONG: Final = frozenset({"among", "amongst"})
_ENDS: Final = frozenset({"", ".", ",", ";", ")"})


def share(sentence: Sentence, found: list[Mention]) -> None:
    """What is said after a row of mentions is said of each: `two soldiers, a guard and five civilians were killed`."""
    for mention, following in reversed(list(pairwise(found))):
        said = following.after if following.after and following.link is following.after else following.shared
        own = following.head.standing is Standing.BARE and said is not None and said.first == following.end
        if own and mention.head.standing is Standing.NOUN:
            continue  # 12 soldiers, and 40 wounded
        if said and _in_a_row(sentence, mention, following):
            mention.shared = said


def _in_a_row(sentence: Sentence, mention: Mention, following: Mention) -> bool:
    gap = range(mention.end, following.begin)
    if not 0 < len(gap) <= LIST_GAP:
        return False
    joins = [at for at in gap if sentence.has("conjunction", at)]
    if len(gap) <= _CONJUNCTIONS and all(at in joins or sentence.norm(at) in {",", "/"} for at in gap):
        bare_list = mention.begin == 0 or sentence.norm(mention.begin - 1) == ":"
        own = following.head.standing is Standing.NOUN and mention.head.standing is Standing.NOUN
        if bare_list and own and mention.after is None and sentence.norm(gap[0]) == ",":
            return True  # clashes: 12 rebels, 5 soldiers killed
        return bool(joins or following.shared or sentence.norm(gap[0]) == "/")
    opens = any(sentence.has(name, gap[0]) for name in ("preposition", "conjunction")) or sentence.norm(gap[0]) == ","
    return opens and gap[-1] in joins and _listed(sentence, mention.end, following.begin)


def parent(sentence: Sentence, mention: Mention, kept: list[Mention]) -> Mention | None:
    """The mention before that this one is a part of, stands beside in a list, or repeats in brackets."""
    if not kept:
        return None
    previous = kept[-1]
    bracket = sentence.norm(previous.begin - 1) in _OPENING and sentence.norm(mention.begin - 1) not in _CLOSING
    if len(kept) > 1 and bracket and not _CLOSING.isdisjoint(sentence.norms[previous.end : mention.begin]):
        previous = kept[-2]
    if mention.head.standing is Standing.PART:
        return previous
    if previous.end >= mention.begin or _parted(sentence, previous, mention):
        return None
    tied = (
        _of_which(sentence, mention)
        or _in_brackets(sentence, previous, mention)
        or _of_these(sentence, previous, mention)
    )
    named = sentence.norm(mention.begin - 1) not in _OPENING and leans(sentence, mention)
    if tied or named or _item(sentence, previous, mention):
        return previous
    if breaks_down(sentence, previous, mention) or _another_verb(sentence, previous, mention):
        return previous
    return previous if mention.head.standing is Standing.BARE and _gapped(sentence, previous, mention) else None


def leans(sentence: Sentence, mention: Mention) -> bool:
    """Whether a mention is a part of the one before it: in brackets after it, or included in it."""
    at = mention.begin - 1
    among = sentence.norm(at) in {"them", "whom"} and sentence.norm(at - 1) in _AMONG
    told = sentence.has("including", at) or sentence.has("apposition", at)
    return told or among or sentence.norm(at) in _OPENING | {"/"}


def breaks_down(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """`14 deaths: 9 rebels and 5 soldiers`, `10 dead (7 militants, 3 civilians)`: what it is made of follows."""
    start = max(previous.end, previous.link.last if previous.link else 0)
    gap = range(start, mention.begin)
    opens = next((at for at in gap if sentence.norm(at) in _OPENING | _COLONS | _AMONG), None)
    if opens is None or opens - start > _SHORT:
        return False
    if any(_another_clause(sentence, at, start) for at in range(start, opens)):
        return False
    return all(
        sentence.norm(at) == ","
        or any(sentence.has(name, at) for name in ("conjunction", "determiner", "adverb", "pronoun"))
        or sentence.words.nouns.longest(sentence.norms, at)
        for at in range(opens + 1, mention.begin)
    )


def _another_verb(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """`killed 4 rebels and captured 9`: a second verb, and nobody else named."""
    link = mention.link
    if mention.head.standing is not Standing.BARE or link is None or not link.left or link.strength < Strength.DIRECT:
        return False
    gap = range(previous.end, link.first)
    return len(gap) <= _CONJUNCTIONS and all(
        sentence.norm(at) == "," or sentence.has("conjunction", at) or sentence.has("adverb", at) for at in gap
    )


def _parted(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """Whether a semicolon parts them: a new noun, or a number that nothing is said of, begins something else."""
    gap = sentence.norms[previous.end : mention.begin]
    if gap[-1] == ";" and not sentence.has("locative", mention.end) and mention.after is None:
        return True
    return ";" in gap and mention.head.standing is Standing.NOUN


def _item(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """Whether a mention is the next item of a list; of a number without noun, also after what was said of the first."""
    standing, start = mention.head.standing, previous.end
    if standing is Standing.OTHER and mention.begin - start <= LIST_GAP:
        return True
    if standing is not Standing.NOUN and previous.link and not previous.link.left:
        start = min(max(start, previous.link.last), mention.begin - 1)
    return mention.begin - start <= LIST_GAP and _listed(sentence, start, mention.begin)


def _listed(sentence: Sentence, start: int, stop: int) -> bool:
    """Whether only a phrase of place or time, and a comma or *and*, stand between two items of a list."""
    last = stop - 1
    while last > start and sentence.capitalised(last) and stop - last <= _CONJUNCTIONS:
        last -= 1
    joined = sentence.has("conjunction", last) or sentence.norm(last) in {",", ";", "/", "with"}
    if joined and _told_apart(sentence, start, last):
        return True
    return joined and not any(_another_clause(sentence, at, start) for at in range(start, stop))


def _told_apart(sentence: Sentence, start: int, last: int) -> bool:
    """Whether only who says so stands between: `12, according to the police, and 30`."""
    at = start
    while sentence.norm(at) == "," or sentence.has("conjunction", at):
        at += 1
    found = sentence.words.according.longest(sentence.norms, at) if at < last else None
    verbs = any(sentence.has("be", index) or index in sentence.said_at for index in range(at, last))
    return found is not None and not verbs


def _another_clause(sentence: Sentence, at: int, start: int) -> bool:
    if any(sentence.has(name, at) for name in ("be", "have", "modal", "pronoun")):
        return True
    if sentence.has("subordinator", at) and not sentence.has("preposition", at):
        return True
    said = sentence.said_at.get(at)
    frame = said.meanings[0].frame if said else None
    if frame is Frame.ACT or (frame is Frame.VERB and at > start):
        return True
    if sentence.has("said", at):
        return True
    item = sentence.has("determiner", at - 1) or sentence.has(
        "determiner", at - 2
    )  # 12 soldiers, a guard and two others
    return not (item or sentence.capitalised(at)) and sentence.words.nouns.longest(sentence.norms, at) is not None


def _in_brackets(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """`125 families (800 people)`, and lists of names with numbers: `from Syria (5.5 million), Somalia (1 million)`."""
    at = mention.begin - 1
    if sentence.norm(at) not in _OPENING:
        return False
    away = at - previous.end
    if mention.quantity.last - mention.quantity.first > 1 and away <= _NEAR_BRACKET:
        return True
    if mention.head.standing is Standing.NOUN and away <= 1:
        return True
    return sentence.capitalised(at - 1) and sentence.norm(mention.end) in _CLOSING and away <= LIST_GAP


def _of_which(sentence: Sentence, mention: Mention) -> bool:
    at = mention.begin - 1
    return sentence.has("partitive", at) and sentence.has("of", at - 1)


def _of_these(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """`Of the 1,314 families, 295 are in …`."""
    at = previous.begin - 1
    opened = sentence.has("of", at) or sentence.norm(at) in _AMONG
    return opened and at <= 1 and sentence.norm(mention.begin - 1) == ","


def _gapped(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """Whether a number leaves out the noun, or the verb too, that the mention before has told."""
    at, gap = mention.begin - 1, sentence.norms[previous.end : mention.begin]
    if (
        gap[-2:] == ("it", "was")
        or _elliptic(sentence, previous, mention)
        or _fronted(sentence, mention)
        or joined(sentence, mention)
    ):
        return True
    if sentence.norm(mention.end) in _ENDS and sentence.has("have", at) and sentence.capitalised(at - 1):
        return True
    if gap[-1] == "from" and sentence.norm(at - 1) in {"up", "down"}:
        return True
    if gap[-1] in {":", ","} and sentence.has("locative", mention.end) and len(gap) <= _SHORT:
        return True
    homes = mention.after is not None and mention.after.said.subject is Subject.HOMES
    if homes and previous.unit is Unit.HOMES and len(gap) <= LIST_GAP:
        return True
    return mention.after is not None and _same_subject(sentence, previous, gap)


def _elliptic(sentence: Sentence, previous: Mention, mention: Mention) -> bool:
    """`Chad sent 12,000 soldiers, Niger 3,000 and Benin 750`: another name, and the verb left out."""
    at = mention.begin - 1
    if sentence.norm(mention.end) not in _ENDS and not sentence.has("conjunction", mention.end):
        return False
    if any(at >= mention.begin and sentence.has("said", at) for at in range(mention.begin, mention.quantity.first)):
        return True
    if (sentence.has("said", at) and at not in sentence.said_at) or sentence.has("counting", at):
        return True
    if sentence.has("preposition", at) and sentence.has("preposition", previous.begin - 1):
        at -= 1
    name = at
    while sentence.capitalised(name) and at - name < _CONJUNCTIONS:
        name -= 1
    if name == at or sentence.has("month", at) or sentence.has("label", at):
        return False
    while sentence.has("determiner", name):
        name -= 1
    joined = sentence.norm(name) in {",", ";"} or sentence.has("conjunction", name)
    return joined and mention.begin - max(previous.end, previous.link.last if previous.link else 0) <= LIST_GAP


def joined(sentence: Sentence, mention: Mention) -> bool:
    """`50 rangers joined the 250 already there`: of the kind of those who join or replace them."""
    at = mention.begin - 1
    while sentence.has("determiner", at):
        at -= 1
    left = sentence.norm(at) == "leaving" and sentence.norm(mention.end) in _ENDS
    return (left or sentence.has("joining", at)) and mention.head.standing is Standing.BARE


def _fronted(sentence: Sentence, mention: Mention) -> bool:
    """`On the near bank 40 people drowned; on the far one, 300.`: a place put first, and noun and verb left out."""
    comma = mention.begin - 1
    if sentence.norm(comma) != "," or sentence.norm(mention.end) not in _ENDS - {",", ")"}:
        return False
    for at in range(comma - 1, max(0, comma - _NEAR_BRACKET), -1):
        if sentence.has("locative", at):
            return sentence.norm(at - 1) in {";", ","} or sentence.has("conjunction", at - 1)
        if not sentence.is_word(at) or at in sentence.said_at:
            return False
    return False


def _same_subject(sentence: Sentence, previous: Mention, gap: tuple[str, ...]) -> bool:
    """`40 soldiers were ambushed; 11 were killed`: the clause before has no other noun that could be meant."""
    if len(gap) > LIST_GAP or gap[-1] not in {";", "and", ","} or previous.unit not in {Unit.TROOPS, Unit.FIGHTERS}:
        return False
    return not any(sentence.words.nouns.longest(sentence.norms, previous.end + at) for at in range(len(gap)))


def inherited(sentence: Sentence, mention: Mention) -> Link | None:
    """The predicate shared with a neighbour: `two soldiers and five civilians were killed`, `killed 40 x and 12 y`."""
    if mention.shared:
        return mention.shared
    above = mention.parent
    if above and above.link and not above.link.said.weak and (above.link.left or leans(sentence, mention)):
        return above.link
    return None
