"""Which notices are not told, and which silences a story's update ends: pure decisions."""

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from types import MappingProxyType

from watcher.model import AlertId, ArticleId, PendingNotice, Reason, Silence, Silenced, StoryId, WaitingAlert
from watcher.settings import QueryTree, SilenceRule
from watcher.text.words import fold

UPDATES = frozenset({Reason.FIGURE, Reason.PLACE, Reason.ACTOR, Reason.HAPPENED})
"""What a silenced story is told of again: it gained something. Another voice for the same is none of them."""

Names = Mapping[str, frozenset[str]]
"""A folded name to all the names that one `terms` list has for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Sorted:
    """`ended` are silences of a story, and when its update came."""

    told: tuple[PendingNotice, ...]
    silenced: tuple[Silenced, ...]
    ended: Mapping[int, datetime]


def of_rule(rule: SilenceRule, now: datetime) -> Silence:
    """A silence of the config, as it is stored: the same rule is the same silence at every start."""
    origin = hashlib.blake2b(rule.model_dump_json().encode(), digest_size=16).hexdigest()
    return Silence(
        topic=rule.topic,
        starts=now,
        ends=rule.until,
        why=rule.why,
        by=rule.by,
        story=StoryId(rule.story) if rule.story else None,
        place=rule.place,
        origin=origin,
    )


def names_of(terms: Mapping[str, Sequence[QueryTree]]) -> Names:
    """The lists of the config as names for places."""
    lists = (frozenset(fold(item) for item in items if isinstance(item, str)) for items in terms.values())
    return {name: names for names in lists for name in names}


def sort_out(
    notices: Sequence[PendingNotice],
    silences: Iterable[Silence],
    now: datetime,
    names: Names,
    openings: Mapping[ArticleId, str] = MappingProxyType({}),
) -> Sorted:
    """Part what is told now from what is silenced. `openings` are how the articles' texts begin.

    A notice is silenced where it was recorded while a silence held, or would be told while it holds. The update of a
    silenced story is told, and ends the silence for that story from then on.
    """
    ended: dict[int, datetime] = {}
    silenced: dict[int, Silenced] = {}
    for silence in silences:
        said = tuple(notice for notice in notices if _concerns(silence, notice, names, openings))
        if silence.story is not None:
            updates = [one.recorded for one in said if one.reason in UPDATES and one.recorded >= silence.starts]
            if updates and min(updates) < silence.ends:
                ended[silence.id] = min(updates)
        held = replace(silence, ends=min(silence.ends, ended.get(silence.id, silence.ends)))
        for notice in said:
            if _holds(held, notice.recorded) or _holds(held, now):
                silenced.setdefault(notice.id, Silenced(notice=notice.id, silence=silence.id))
    return Sorted(
        told=tuple(notice for notice in notices if notice.id not in silenced),
        silenced=tuple(silenced.values()),
        ended=ended,
    )


def hush(alerts: Sequence[WaitingAlert], silences: Iterable[Silence], now: datetime) -> Mapping[AlertId, int]:
    """The alerts of a topic as a whole that its silences keep from being told, and which silence does.

    As with notices: recorded while it held, or to be told while it holds. One of a story or a place holds no alert.
    """
    found: dict[AlertId, int] = {}
    for silence in silences:
        if silence.story is not None or silence.place is not None:
            continue
        for alert in alerts:
            if silence.topic == alert.topic and (_holds(silence, alert.recorded) or _holds(silence, now)):
                found.setdefault(alert.id, silence.id)
    return found


def _holds(silence: Silence, moment: datetime) -> bool:
    return silence.starts <= moment < silence.ends


def _concerns(silence: Silence, notice: PendingNotice, names: Names, openings: Mapping[ArticleId, str]) -> bool:
    if silence.topic and silence.topic != notice.topic:
        return False
    if silence.story is not None and silence.story != notice.story:
        return False
    if silence.place is None:
        return True
    return _stands_in(_all_names(silence.place, names), notice, openings.get(notice.article.id, ""))


def _all_names(place: str, names: Names) -> Collection[str]:
    folded = fold(place)
    return names.get(folded, frozenset({folded}))


def _stands_in(places: Collection[str], notice: PendingNotice, opening: str) -> bool:
    """Whether the headline, the text's opening or a sentence that matched names the place, or all figures are there."""
    located = {fold(figure.place) for figure in notice.figures if figure.place}
    if located and located <= set(places):
        return True
    quotes = (one.quote for one in notice.match.evidence) if notice.match else ()
    texts = [f" {fold(text)} " for text in (notice.article.title, opening, *quotes)]
    return any(f" {place} " in text for place in places for text in texts)
