"""Who is to be told of figures: what a topic's rule adds to, and takes from, the notices of an article. Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from watcher.figures.rules import Demand
from watcher.figures.series import Verdict, same, weigh
from watcher.model import ArticleId, NewNotice, Observation, Reason, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """An article as it was just read. `figures` are observations of now, all that it says."""

    article: ArticleId
    story: StoryId
    figures: tuple[Observation, ...]
    edited: bool
    tell: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What an arrival is to one topic with a rule: the verdict, and what was told already.

    `heard`: this article was told, or is taken as known; `story_told`: another of its story was.
    """

    verdict: Verdict
    heard: bool
    story_told: bool
    every: bool


def outcome(demand: Demand, arrival: Arrival, ledger: Sequence[Observation]) -> Outcome:
    """Hold an article's figures against what the ledger has of their series, and of the article itself."""
    own = [one for one in ledger if one.article == arrival.article]
    heard = any(one.settled for one in own)
    if heard:
        said = [one.figure for one in own if one.current]
        fresh = [one for one in arrival.figures if not any(same(one.figure, figure) for figure in said)]
        past = [replace(one, current=_still(one, arrival)) if one.article == arrival.article else one for one in ledger]
    else:
        fresh = list(arrival.figures)
        past = [one for one in ledger if one.article != arrival.article]
    return Outcome(
        verdict=weigh(demand, past, fresh),
        heard=heard,
        story_told=any(one.settled and one.story == arrival.story for one in past),
        every=demand.rule.notify == "every",
    )


def _still(one: Observation, arrival: Arrival) -> bool:
    return one.current and any(same(one.figure, now.figure) for now in arrival.figures)


def by_figures(
    notices: Sequence[NewNotice],
    outcomes: Mapping[str, Outcome],
    arrival: Arrival,
    takers: Mapping[str, tuple[str, ...]],
) -> tuple[NewNotice, ...]:
    """The notices of an article after the rules on figures were asked; other articles' notices are left alone.

    A rule that tells only moves drops the rest; a move in a story that was told is `update:figure`, whatever else the
    article is to its story; an article that was told is told again only where an edit brought the move.
    """
    if not arrival.tell:
        return tuple(notices)
    kept = tuple(_kept(notices, outcomes, arrival))
    there = {notice.topic for notice in kept if notice.article == arrival.article}
    missing = {topic: found for topic, found in outcomes.items() if topic not in there and _adds(found, arrival)}
    added = tuple(
        NewNotice(
            topic=topic,
            article=arrival.article,
            story=arrival.story,
            reason=_reason(found),
            revision=found.verdict.revision,
            series=takers.get(topic, ()),
        )
        for topic, found in missing.items()
    )
    return kept + added


def _kept(notices: Sequence[NewNotice], outcomes: Mapping[str, Outcome], arrival: Arrival) -> Iterator[NewNotice]:
    for notice in notices:
        found = outcomes.get(notice.topic) if notice.article == arrival.article else None
        if found is None:
            yield notice
        elif not found.verdict.told:
            continue
        elif found.verdict.moved and notice.reason is not Reason.EDITED and _was_told(notice, found, arrival):
            yield replace(notice, reason=Reason.FIGURE, revision=found.verdict.revision, listed=False)
        else:
            yield notice


def _was_told(notice: NewNotice, found: Outcome, arrival: Arrival) -> bool:
    """Whether the notice's story was told, or waits to be: by another article, or as that of an event told before."""
    return found.story_told or notice.listed or notice.story != arrival.story


def _adds(found: Outcome, arrival: Arrival) -> bool:
    """Whether a notice is made that nothing but the figures asks for."""
    if not found.verdict.told or (found.every and not found.verdict.moved):
        return False
    return not found.heard or (arrival.edited and found.verdict.moved)


def _reason(found: Outcome) -> Reason:
    if found.heard:
        return Reason.EDITED
    return Reason.FIGURE if found.story_told else Reason.NEW
