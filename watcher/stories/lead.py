"""Which article stands for a story, and why."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final

from watcher.model import ArticleId
from watcher.text.words import fold

_FULL: Final = 0.6  # of the longest text: what is shorter is an extract


class LeadReason(StrEnum):
    """Why an article stands for its story."""

    ONLY = "only"
    PREFERRED = "preferred"
    ORIGIN = "origin"
    EARLIEST = "earliest"
    FULLEST = "fullest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """An article of a story. `size` compares the lengths of texts; `names` is what `prefer` may call it by.

    `original`: it stands on the site of the voice that it tells.
    """

    article: ArticleId
    published: datetime
    size: int
    full_text: bool
    names: tuple[str, ...] = ()
    original: bool = False


def lead(members: Sequence[Member], prefer: Collection[str] = ()) -> tuple[ArticleId, LeadReason]:
    """The article that stands for the story: preferred, else of the voice itself, else the earliest that is no extract.

    Where the earliest is an extract, or only the feed's own text, the fullest stands for it. Needs one member at least.
    """
    ranked = sorted(members, key=lambda member: (member.published, member.article))
    if len(ranked) == 1:
        return ranked[0].article, LeadReason.ONLY
    for name in prefer:
        wanted = fold(name)
        chosen = next((one for one in ranked if wanted in {fold(called) for called in one.names}), None)
        if chosen is not None:
            return chosen.article, LeadReason.PREFERRED
    longest = max(member.size for member in ranked)
    whole = [one for one in ranked if one.full_text and one.size >= _FULL * longest]
    original = next((one for one in whole if one.original), None)
    if original is not None:
        return original.article, LeadReason.ORIGIN
    if not whole or whole[0] is ranked[0]:
        return ranked[0].article, LeadReason.EARLIEST
    fullest = max(whole, key=lambda one: one.size)
    return fullest.article, LeadReason.FULLEST
