"""Unit and subject of a mention, once it is known what is said of it: a predicate beats the noun, with exceptions."""

from typing import Final

from watcher.figures import links
from watcher.figures.heads import Standing
from watcher.figures.links import Mention
from watcher.model import Subject, Unit

_FADED: Final = frozenset({Subject.AFFECTED, Subject.RESIDENTS})
_MOVED: Final = frozenset({Subject.DISPLACED, Subject.REFUGEES, Subject.RETURNED})
_PLAIN: Final = frozenset({None, Subject.RESIDENTS, Subject.TROOPS, Subject.MILITANTS})
_STRONGER: Final[dict[Subject, frozenset[Subject]]] = {
    Subject.REFUGEES: _FADED | {Subject.DISPLACED},
    Subject.DISPLACED: _FADED | {Subject.REFUGEES},
    Subject.RETURNED: _FADED | {Subject.DISPLACED},
    Subject.TROOPS: _FADED | _MOVED,
    Subject.MILITANTS: _FADED | _MOVED,
    Subject.KILLED: _FADED | {Subject.INJURED, Subject.DISPLACED, Subject.TRAPPED, Subject.MISSING},
    Subject.INJURED: _FADED,
    Subject.PROTESTERS: _FADED | {Subject.DISPLACED},
    Subject.DETAINED: _FADED | {Subject.PROTESTERS, Subject.DISPLACED},
    Subject.ABDUCTED: _FADED | {Subject.DETAINED, Subject.TRAPPED, Subject.DISPLACED},
    Subject.MISSING: _FADED,
}
"""A noun that says this is not overruled by a predicate that says one of these: refugees who fled are refugees."""

_FORCES: Final = {Subject.TROOPS: Unit.TROOPS, Subject.MILITANTS: Unit.FIGHTERS}
_OF_FAMILIES: Final = _MOVED | {Subject.AFFECTED}


def settle(mention: Mention, unit: Unit | None) -> None:
    """Unit and subject from link, group, noun and what is said inside the noun phrase, the strongest first."""
    said = mention.link.said if mention.link else None
    force = _FORCES.get(mention.group) if mention.group and mention.noun_subject is None else None
    mention.unit = (force if unit is Unit.PEOPLE else None) or unit or (said.only if said else None) or Unit.PEOPLE
    told = mention.noun_subject
    if mention.head.inner and told in _PLAIN:
        told = mention.head.inner
    moved = told is Subject.RESIDENTS and said is not None and said.subject is Subject.DISPLACED
    if said is None or (said.weak and told is not None and not moved):
        mention.subject = mention.group if mention.group and told in {None, Subject.RESIDENTS} else told
    else:
        above = mention.parent.noun_subject if mention.parent and mention.head.standing is Standing.PART else None
        told = told or (above if above in {Subject.TROOPS, Subject.MILITANTS, Subject.REFUGEES} else None)
        mention.subject = told if told and said.subject in _STRONGER.get(told, ()) else said.subject


def unit_of_neighbour(mention: Mention) -> Unit | None:
    """The unit of the neighbour before, where what is said may be said of such: families flee, homes do not die."""
    parent, link = mention.parent, mention.link
    while parent is not None and parent.parent is not None and _of_whole(parent, mention):
        parent = parent.parent
    if parent is None or link is None:
        return None
    if parent.unit is Unit.HOMES:
        return Unit.HOMES if link.said.subject is Subject.HOMES else None
    if parent.unit is Unit.FAMILIES and link.said.subject not in _OF_FAMILIES:
        return None
    forces = parent.unit in {Unit.TROOPS, Unit.FIGHTERS} and mention.head.standing is not Standing.PART
    if forces and link.said.subject in _OF_FAMILIES:
        return None
    return parent.unit


def _of_whole(parent: Mention, mention: Mention) -> bool:
    """Whether the mention before is a part of another: killed 15, four of them officers, and wounded 60."""
    return (parent.part or parent.head.standing is Standing.PART) and mention.head.standing in {
        Standing.BARE,
        Standing.OTHER,
    }


def homes_again(mention: Mention) -> bool:
    """Whether a number without a noun is of the homes just told: `300 houses were destroyed and 40 damaged`."""
    said = mention.link.said if mention.link else None
    parent = mention.parent
    return said is not None and parent is not None and parent.unit is Unit.HOMES and links.fits(said, Unit.HOMES)
