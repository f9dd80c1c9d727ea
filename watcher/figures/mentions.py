"""From a sentence to its mentions: who is counted, what is said of them, what they inherit from their neighbours."""

from dataclasses import dataclass, replace
from typing import Final

from watcher.figures import agents, levels, links, neighbours, topics
from watcher.figures.after import after
from watcher.figures.before import before
from watcher.figures.heads import Head, Standing, head
from watcher.figures.levels import Told
from watcher.figures.lexicon import Form, Frame, Noun
from watcher.figures.links import Link, Mention, Strength
from watcher.figures.masks import masked
from watcher.figures.quantities import Quantity, quantities
from watcher.figures.sentence import Sentence
from watcher.figures.settle import homes_again, settle, unit_of_neighbour
from watcher.model import Modality, Qualifier, Subject, Unit

_OWN: Final = frozenset({Subject.KILLED, Subject.INJURED, Subject.MISSING})
"""What a noun says for itself (`300 fatalities`), whatever is said of its neighbour."""
_UNDERGONE: Final = _OWN | {Subject.DETAINED, Subject.ABDUCTED, Subject.TRAPPED}
_PLAIN: Final = frozenset({None, Subject.RESIDENTS, Subject.TROOPS, Subject.MILITANTS})
_PEOPLED: Final = 1000
_LARGE: Final = 100
_APPOSED: Final = 8
_CAPACITY: Final = 3
_SITE: Final = 8
_GROUP_UNITS: Final = {Subject.TROOPS: Unit.TROOPS, Subject.MILITANTS: Unit.FIGHTERS}
_LESS: Final = frozenset({Subject.INJURED, Subject.AFFECTED, Subject.MISSING})
_PASSIVE: Final = frozenset({Frame.VERB, Frame.STATE, Frame.ANY})


@dataclass(frozen=True, slots=True)
class Carried:
    """What the figure before told, for a number that leans on it: `Of these, 300 …`."""

    unit: Unit
    subject: Subject | None


def mentions(sentence: Sentence, carried: Carried | None = None) -> list[Mention]:
    """The mentions that are figures, in order, each with unit, subject and link decided."""
    alone = not sentence.said and sentence.words.nouns.words.isdisjoint(sentence.norms)
    if alone and not (carried and ":" in sentence.norms):
        return []
    found = [mention for quantity in quantities(sentence) if (mention := _mention(sentence, quantity))]
    stops = {mention.begin for mention in found if mention.head.standing is not Standing.UNKNOWN}
    for earlier, mention in zip((None, *found), found, strict=False):
        if earlier and earlier.end >= mention.end and mention.head.standing is Standing.NOUN:
            mention.after = _of_the_whole(sentence, mention, stops)
            mention.link = mention.after
            continue  # `10 of the 25 residents`: what follows is said of the ten
        mention.before = before(sentence, mention, earlier.end if earlier else 0)
        mention.after = after(sentence, mention, stops)
        mention.link = _own(mention)
    found = [mention for mention in found if not _unknown(sentence, mention)]
    neighbours.share(sentence, found)
    kept: list[Mention] = []
    for mention, following in zip(found, (*found[1:], None), strict=False):
        if _resolve(sentence, mention, kept, following, _last(kept) or carried):
            kept.append(mention)
    return kept


def _of_the_whole(sentence: Sentence, mention: Mention, stops: set[int]) -> Link | None:
    """Only a participle at once is said of the whole too: `40 of the 50 people affected`."""
    if mention.end not in sentence.said_at:
        return None
    link = after(sentence, mention, stops)
    close = link is not None and link.first == mention.end and link.said.frame is Frame.VERB
    return link if close else None


def _unknown(sentence: Sentence, mention: Mention) -> bool:
    """Whether a word not known is counted, of which nothing is said that makes it people."""
    if mention.head.standing is not Standing.UNKNOWN:
        return False
    return mention.link is None or not links.licensed(sentence, mention, mention.link)


def _last(kept: list[Mention]) -> Carried | None:
    """What the last figure of this sentence told."""
    return Carried(kept[-1].unit, kept[-1].subject) if kept and kept[-1].unit else None


def _mention(sentence: Sentence, quantity: Quantity) -> Mention | None:
    if masked(sentence, quantity):
        return None
    found = head(sentence, quantity)
    if found is None or _is_name(sentence, found):
        return None
    noun = found.noun
    mention = Mention(quantity, found, noun.unit if noun else None, noun.subject if noun else None)
    _set_group(sentence, mention)
    return mention


def _is_name(sentence: Sentence, found: Head) -> bool:
    """`House` with a capital and nothing plural about it names something else."""
    single = found.noun is not None and found.noun.singular and found.noun.unit is Unit.HOMES
    return single and sentence.capitalised(found.end - 1) and not sentence.text.istitle()


def _set_group(sentence: Sentence, mention: Mention) -> None:
    """`a city of 200,000`, `an estimated population of 1.3 million`, `a demonstration of several thousand`."""
    found = sentence.words.groups.longest(sentence.norms, mention.begin)
    if not found:
        at, noun = mention.begin - 1, mention.head.noun
        owned = sentence.norm(at) == "'s" and (sentence.capitalised(at - 1) or sentence.has("of_place", at - 1))
        with_them = sentence.norm(at) == "with" and sentence.norm(at - 1) == "," and sentence.capitalised(at - 2)
        owned = owned or sentence.norm(mention.begin) == "its" or (with_them and mention.quantity.low >= _PEOPLED)
        if owned and noun and noun.unit is Unit.PEOPLE and sentence.has("folk", mention.end - 1):
            mention.group = Subject.RESIDENTS  # the village's three hundred people
        return
    men = sentence.has("comrades", mention.end - 1) and not sentence.has("folk", mention.end - 1)
    if found[0][0] is Subject.RESIDENTS and men and mention.head.noun:
        return  # took the city with 1,500 men
    mention.group = found[0][0]
    said = sentence.words.qualifiers.longest(sentence.norms, found[1])
    if said and Qualifier.APPROX in said[0] and mention.quantity.qualifier is Qualifier.EXACT:
        mention.quantity = replace(mention.quantity, qualifier=Qualifier.APPROX)


def _own(mention: Mention) -> Link | None:
    """The predicate said of a mention itself: directly before, then after, then farther off."""
    left, right = mention.before, mention.after
    if left and right and right.said.subject is Subject.KILLED and left.said.subject in _LESS | {Subject.KILLED}:
        return right  # burned five to death, shot two dead
    if left and right and left.said.subject is Subject.HOMES and mention.unit is None:
        return right  # lost 300 dead
    if left and left.strength is Strength.DIRECT and not left.said.weak:
        return left
    if right and not right.said.weak:
        return right
    return left or right


def _resolve(
    sentence: Sentence, mention: Mention, kept: list[Mention], following: Mention | None, carried: Carried | None
) -> bool:
    """Decides unit and subject of a mention; whether it is a figure at all."""
    mention.parent = neighbours.parent(sentence, mention, kept)
    mention.apposed = sentence.norm(mention.begin - 1) == ","
    standing, noun, link = mention.head.standing, mention.head.noun, mention.link
    if standing is Standing.NOUN and noun:
        return not _only_one(sentence, mention) and _with_noun(sentence, mention, noun)
    if standing is Standing.GUESS and noun and mention.parent and mention.parent.subject in _UNDERGONE:
        return _with_noun(sentence, mention, noun)  # 24 patients and four caretakers
    if mention.apposed and mention.unit is None and standing in {Standing.BARE, Standing.PART}:
        named = _noun_before(sentence, mention)
        mention.unit = named.unit if named and named.unit in _GROUP_UNITS.values() else None
    alone = link is not None and links.fits(link.said, mention.unit)
    if _pronoun(sentence, mention) or (standing is Standing.PART and not _told_of_part(mention, carried)):
        return False
    if standing is Standing.BARE and _room(sentence, mention):
        mention.link, sheltered = None, mention.parent.subject if mention.parent else None
        mention.noun_subject = Subject.REFUGEES if sheltered is Subject.REFUGEES else Subject.DISPLACED
        settle(mention, Unit.PEOPLE)
        return True
    if alone and link and (homes_again(mention) or links.licensed(sentence, mention, link)):
        settle(mention, unit_of_neighbour(mention) or mention.unit)
        return True
    return standing not in {Standing.GUESS, Standing.UNKNOWN} and _leaning(sentence, mention, following, carried)


def _told_of_part(mention: Mention, carried: Carried | None) -> bool:
    """Whether `two of them` has somebody to be a part of, or something said that is said of people alone."""
    link = mention.link
    if mention.head.standing is Standing.PART and mention.apposed:
        return True
    people = link is not None and link.said.subject in links.OF_PEOPLE and link.strength is Strength.DIRECT
    return mention.parent is not None or carried is not None or people


def _only_one(sentence: Sentence, mention: Mention) -> bool:
    """Whether `one` only says of what others are part: five members of one family."""
    if mention.quantity.high == 1 and sentence.has("said", mention.end) and mention.end not in sentence.said_at:
        return True  # one official said
    part = sentence.has("preposition", mention.begin - 1) and not sentence.has("aside", mention.begin - 1)
    return mention.quantity.high == 1 and mention.before is None and part


def _with_noun(sentence: Sentence, mention: Mention, noun: Noun) -> bool:
    if (mention.link is None or mention.link.said.weak) and noun.subject not in _OWN:
        shared = neighbours.inherited(sentence, mention)
        mention.link = shared if shared and links.fits(shared.said, noun.unit) else mention.link
    if mention.link is None and mention.group is None:
        told = levels.level(sentence, mention) or _colon(sentence, mention)
        mention.link = told.link if told else None
        mention.noun_subject = mention.noun_subject or (told.subject if told and not told.link else None)
    settle(mention, noun.unit)
    hosted = mention.link and mention.link.left and _hosted(sentence, mention.link)
    if noun.national and hosted and mention.subject is Subject.DISPLACED:
        mention.subject = Subject.REFUGEES
    if mention.subject is None and mention.link is None and noun.national and _abroad(sentence, mention):
        mention.subject = Subject.REFUGEES
    if mention.parent and mention.link is None:
        _lean(sentence, mention, mention.parent)
    if mention.subject is None and mention.link is None:
        mention.subject = topics.streaming(sentence, mention, national=noun.national)
    agents.told(sentence, mention)
    return noun.needs is None or mention.subject is noun.needs


def _hosted(sentence: Sentence, link: Link) -> bool:
    """Whether a verb says that people are hosted: shelters, has taken in."""
    taken = sentence.has("taken_in", link.first) and sentence.norm(link.last - 1) == "in"
    return taken or sentence.has("hosting", link.last - 1)


def _abroad(sentence: Sentence, mention: Mention) -> bool:
    """`2.7 million Syrians in Turkey`: a people in another's country, in numbers that no visit explains."""
    at = mention.end
    country = sentence.has("locative", at) and sentence.has("countries", at + 1)
    return mention.quantity.low >= _PEOPLED and (sentence.norm(at) == "abroad" or country)


def _lean(sentence: Sentence, mention: Mention, parent: Mention) -> None:
    """What is told of the whole is told of its parts: `14 deaths: 9 rebels and 5 soldiers`."""
    told = parent.subject in _UNDERGONE and mention.subject in _PLAIN and mention.unit is not Unit.HOMES
    part = neighbours.leans(sentence, mention) or neighbours.breaks_down(sentence, parent, mention)
    if told and (part or (parent.part and mention.begin > parent.end)):
        mention.subject, mention.part = parent.subject, True
    elif mention.subject is None and neighbours.leans(sentence, mention):
        mention.subject = parent.subject


def _colon(sentence: Sentence, mention: Mention) -> Told | None:
    return levels.label(sentence, mention) if sentence.norm(mention.begin - 1) == ":" else None


def _pronoun(sentence: Sentence, mention: Mention) -> bool:
    """Whether `one` (or a bare 1) is a pronoun: it counts only what a passive or a verb before it says."""
    quantity, link, at = mention.quantity, mention.link, mention.quantity.first - 1
    if quantity.low != 1 or quantity.vague or quantity.qualified:
        return False
    if sentence.has("determiner", at) or sentence.has("negation", at) or sentence.norm(at) == "each":
        return True
    place = sentence.has("locative", mention.end) or not sentence.is_word(mention.end)
    if mention.parent and mention.parent.link and place and sentence.has("conjunction", at):
        return False  # four died in Homs and one in Daraa
    if link and link.first == mention.end and link.said.form & Form.PARTICIPLE:
        return sentence.norm(link.first) == "shot"  # suffered one killed, two wounded; but fired one shot
    told = quantity.first in sentence.said_before or sentence.has("conjunction", at) or sentence.has("preposition", at)
    if sentence.is_word(at) and not told:
        return True
    return link is None or link.said.frame not in _PASSIVE or link.strength < Strength.NEAR


def _leaning(sentence: Sentence, mention: Mention, following: Mention | None, carried: Carried | None) -> bool:
    """A number without noun or predicate of its own: by its neighbour, by a level, by a label, by what came before."""
    if following and _shares_noun(sentence, mention, following):
        mention.link = mention.link or following.link
        mention.noun_subject = following.noun_subject
        settle(mention, following.unit)
        return True
    if mention.group:
        settle(mention, _GROUP_UNITS.get(mention.group))
        return True
    if _apposed(sentence, mention) or _bracketed(sentence, mention) or _at_a_rate(sentence, mention):
        return True
    return _belonging(sentence, mention, carried)


def _belonging(sentence: Sentence, mention: Mention, carried: Carried | None) -> bool:
    """By the band it is a number of, by a noun after *be*, by its neighbour, by what is told around it."""
    if sentence.has("of", mention.begin - 1) and sentence.has("band", mention.begin - 2):
        settle(mention, Unit.PEOPLE)
        return True
    if _told_by_noun(sentence, mention, carried):
        return True
    if mention.parent:
        if mention.head.standing is Standing.PART and mention.parent.subject is not None:
            mention.noun_subject = None  # 60 were killed, 25 of them soldiers
        if mention.link and (mention.link.said.weak or not links.fits(mention.link.said, mention.parent.unit)):
            mention.link = None
        settle(mention, mention.unit or mention.parent.unit)
        mention.subject = mention.subject or mention.parent.subject
        mention.link = mention.link or mention.parent.link
        return True
    return mention.head.standing is not Standing.OTHER and _told_around(sentence, mention, carried)


def _apposed(sentence: Sentence, mention: Mention) -> bool:
    """`the population, some 9,800, left`, `every dwelling, 1,925 of them, is marked`: after its noun and a comma."""
    noun = _noun_before(sentence, mention)
    if noun is None:
        return False
    mention.noun_subject = noun.subject
    settle(mention, noun.unit)
    return True


def _noun_before(sentence: Sentence, mention: Mention) -> Noun | None:
    """The noun that a number after a comma is a number of."""
    part = mention.head.standing is Standing.PART
    whole = any(sentence.has("total", at) for at in range(mention.begin, mention.end + 2))
    told = mention.quantity.qualified or not mention.quantity.bare or part or whole
    comma = mention.begin - 1
    if sentence.norm(comma) != "," or not told or mention.parent is not None:
        return None
    ends = sentence.norm(mention.end) in {",", ".", "", ")", "at", "in"}
    if not (ends or whole or part):
        return None
    for at in range(comma - 1, max(-1, comma - _APPOSED), -1):
        noun = levels.ending(sentence, at)
        if noun:
            return None if noun.needs else noun
        verb = sentence.has("be", at) or at in sentence.said_at
        if verb or sentence.norm(at) == "," or at + 1 in sentence.number_before:
            return None
    return None


def _bracketed(sentence: Sentence, mention: Mention) -> bool:
    """`more civilians (118,000) than`: a number in brackets after what it counts."""
    at = mention.begin - 1
    closed = sentence.norm(at) in {"(", "["} and sentence.norm(mention.end) in {")", "]"}
    noun = levels.ending(sentence, at - 1) if closed and mention.quantity.low >= _LARGE else None
    if noun is None or noun.singular or noun.needs:
        return False
    mention.noun_subject = noun.subject
    settle(mention, noun.unit)
    return True


def _room(sentence: Sentence, mention: Mention) -> bool:
    """`its camps can hold only 60,000`: what shelters people holds people."""
    at = mention.begin
    while sentence.has("adverb", at - 1):
        at -= 1
    told = any(
        (hit := sentence.words.modality.longest(sentence.norms, index)) and Modality.CAPACITY in hit[0] and hit[1] == at
        for index in range(max(0, at - _CAPACITY), at)
    )
    sites = range(max(0, at - _CAPACITY - _SITE), at)
    bare = sentence.norm(mention.end) in {",", ".", ";", "", ")"} or sentence.has("conjunction", mention.end)
    return told and bare and any(sentence.has("sites", index) for index in sites)


def _at_a_rate(sentence: Sentence, mention: Mention) -> bool:
    """`They left at a rate of 10,000 an hour`: what was said before is said of the number."""
    at = mention.begin - 1
    if not (sentence.has("of", at) and sentence.norm(at - 1) == "rate"):
        return False
    mention.link = mention.link or _link_before(sentence, mention, at)
    if mention.link is None or mention.link.said.subject is Subject.HOMES:
        return False
    settle(mention, None)
    return True


def _shares_noun(sentence: Sentence, mention: Mention, following: Mention) -> bool:
    """`at least 105 and as many as 141 people`: two numbers, one noun."""
    if following.head.standing is not Standing.NOUN or mention.head.standing is not Standing.BARE:
        return False
    gap = range(mention.quantity.end, following.begin)
    joined = len(gap) in {1, 2} and all(sentence.has("conjunction", at) for at in gap)
    return joined and not (mention.quantity.bare and sentence.has("preposition", mention.begin - 1))


def _told_by_noun(sentence: Sentence, mention: Mention, carried: Carried | None) -> bool:
    """`Of the dead, 14 were soldiers`: the noun stands after *be*, what happened to them before."""
    at = mention.end
    if not sentence.has("be", at) or sentence.has("preposition", mention.begin - 1):
        return False
    while sentence.has("be", at) or sentence.has("adverb", at) or sentence.has("determiner", at):
        at += 1
    found = sentence.words.nouns.longest(sentence.norms, at)
    opened = (sentence.has("of", 0) or sentence.norm(0) == "among") and _link_before(sentence, mention, mention.begin)
    if not found or not (opened or mention.parent or carried):
        return False
    mention.link = opened or mention.link
    mention.noun_subject = found[0][0].subject or (carried.subject if carried else None)
    settle(mention, found[0][0].unit)
    return True


def _link_before(sentence: Sentence, mention: Mention, stop: int, start: int = 0) -> Link | None:
    """The last predicate between two tokens, whatever its frame."""
    said = next((one for one in reversed(sentence.said) if start <= one.first and one.last < stop), None)
    meaning = links.choose(said.meanings, mention.unit, set(Frame)) if said else None
    return Link(meaning, said.first, said.last, Strength.FAR, left=True) if said and meaning else None


def _told_around(sentence: Sentence, mention: Mention, carried: Carried | None) -> bool:
    if mention.quantity.high == 0:
        return False
    told = levels.level(sentence, mention)
    said = told.link.said if told and told.link else None
    if said and said.subject is Subject.HOMES and said.frame is not Frame.EVENT:
        return False
    again = carried and sentence.norm(mention.begin - 1) == ":" and sentence.has("locative", 0)
    if not told and carried and carried.subject and (again or levels.bare_level(sentence, mention)):
        told = Told(None, carried.subject, carried.unit)
    told = told or levels.label(sentence, mention) or _named_in_list(sentence, mention, carried)
    told = told or topics.leaning(sentence, mention, Told(None, carried.subject, carried.unit) if carried else None)
    if told is None:
        return False
    mention.link, mention.noun_subject = told.link, told.subject
    settle(mention, told.unit)
    return True


def _named_in_list(sentence: Sentence, mention: Mention, carried: Carried | None) -> Told | None:
    """`those came from Syria (5.5 million), …`: names of places with numbers, after a word for the people meant."""
    at = mention.begin - 1
    closed = sentence.norm(at) in {"(", "["} and sentence.norm(mention.end) in {")", "]"}
    if not closed or not sentence.capitalised(at - 1) or mention.quantity.low < _LARGE:
        return None
    start = max(0, at - neighbours.LIST_GAP)
    nouns = [
        found[0][0] for index in range(start, at) if (found := sentence.words.nouns.longest(sentence.norms, index))
    ]
    if not nouns and not {"those", "them"} & set(sentence.norms[start:at]):
        return None
    link = _link_before(sentence, mention, at, start)
    if link and (link.said.weak or link.said.subject is Subject.HOMES):
        link = None
    if nouns:
        return Told(link, nouns[-1].subject, nouns[-1].unit)
    return Told(link, carried.subject if carried else None, None)
