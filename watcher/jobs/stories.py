"""Which story an article belongs to and how it was told so far: asked of the store, decided by pure functions."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watcher import pipeline, stories
from watcher.errors import WorkFailed
from watcher.jobs.context import Context
from watcher.model import (
    EventLeader,
    EventLeaders,
    Kin,
    KnownArticle,
    NoticeId,
    PendingNotice,
    Reason,
    Sight,
    StoryCandidate,
    StoryId,
    Voice,
)
from watcher.settings import Stories

PLACE_LIMIT = timedelta(seconds=20)
TRIES = 5
"""How often a story is decided anew because others came meanwhile; then it is recorded as decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An article's story. `leader` is the story that reported its event first, where the article founds another.

    `echoes`: it founds another, and yet has much of its text from somebody who is known; it is no further voice.
    """

    story: StoryId
    gains: Mapping[str, Reason] = field(default_factory=dict)
    own: Kin
    leader: Kin | None = None
    event: StoryId | None = None
    echoes: bool = False
    sight: Sight | None = None

    @property
    def heard(self) -> tuple[str, ...]:
        """The topics under which the story or its event was noticed."""
        return tuple(one.topic for kin in (self.own, self.leader) if kin for one in kin.noticed)

    @property
    def confirms(self) -> Mapping[str, StoryId]:
        """The topics under which the event was told and nothing of it waits, and as which story."""
        noticed = self.leader.noticed if self.leader else ()
        return {one.topic: one.story for one in noticed if not one.waits}

    def voices(self, own: Voice | None) -> frozenset[str]:
        """The keys of all who tell the event. A copy brings no voice of its own."""
        if self.own.voices:
            return self.own.voices
        return (self.leader.voices if self.leader else frozenset()) | ({own.key} if own else frozenset())


async def kept(context: Context, story: StoryId) -> Place:
    """The story of an article that the store has: it stays in it."""
    return Place(story=story, own=await context.store.kin(story))


async def settled(
    context: Context, judged: pipeline.Judged, known: KnownArticle, settings: Stories, now: datetime
) -> Place:
    """The story of an article of which the feed's text alone was known: where its own text is a copy, that story."""
    near = await context.store.story_candidates(judged.signature, now - settings.window)
    others = tuple(one for one in near.likely if one.article != known.article.id)
    placed = await _placed(context, judged, others, settings, now)
    if placed.story is None or placed.story == known.story:
        return await kept(context, known.story)
    return Place(story=placed.story, gains=placed.gains, own=await context.store.kin(placed.story))


async def find(context: Context, judged: pipeline.Judged, founder: StoryId, settings: Stories, now: datetime) -> Place:
    """The story of a new article: that of a text like its own, else one that it founds."""
    since = now - settings.window
    near = await context.store.story_candidates(judged.signature, since)
    placed = await _placed(context, judged, near.likely, settings, now)
    if placed.story is not None:
        sight = Sight(since=since, articles=near.seen)
        return Place(story=placed.story, gains=placed.gains, own=await context.store.kin(placed.story), sight=sight)
    topics = [match.topic for match in judged.matches]
    told = await _leaders(context, judged, topics, now)
    event = await _event(context, judged.gist, told.leaders, now) if told and judged.gist else None
    return Place(
        story=founder,
        own=Kin(event=event or founder),
        leader=await context.store.kin(event) if event else None,
        event=event,
        echoes=event is not None and await _leans_on(context, placed.leans, event),
        sight=Sight(since=since, articles=near.seen, notice=told.notice if told else None),
    )


async def _leans_on(context: Context, leans: Collection[StoryId], event: StoryId) -> bool:
    """Whether one of these stories reports the event."""
    return event in leans or any([(await context.store.kin(story)).event == event for story in leans])


async def _placed(
    context: Context,
    judged: pipeline.Judged,
    candidates: tuple[StoryCandidate, ...],
    settings: Stories,
    now: datetime,
) -> pipeline.Placed:
    if not candidates:
        return pipeline.Placed()
    try:
        return await context.workers.run(pipeline.place, PLACE_LIMIT, judged, candidates, now, settings.window)
    except WorkFailed:  # told twice is better than not at all
        return pipeline.Placed()


async def _event(context: Context, gist: str, leaders: tuple[EventLeader, ...], now: datetime) -> StoryId | None:
    if not leaders:
        return None
    try:
        return await context.workers.run(pipeline.event, PLACE_LIMIT, gist, leaders, now)
    except WorkFailed:
        return None


async def _leaders(
    context: Context, judged: pipeline.Judged, topics: Sequence[str], now: datetime
) -> EventLeaders | None:
    return await context.store.event_leaders(topics, now - stories.REACH) if topics and judged.gist else None


def led(notices: Sequence[PendingNotice], prefer: Sequence[str]) -> list[PendingNotice]:
    """The notices, with the article marked that stands for each story here, and why. Feeds have their names already.

    Of a story that was told before, those stand for it that brought it on; a copy beside them is told for their reason.
    """
    by_story: dict[tuple[str, StoryId], list[PendingNotice]] = {}
    for notice in notices:
        by_story.setdefault((notice.topic, notice.story), []).append(notice)
    marked: dict[NoticeId, PendingNotice] = {}
    for found in by_story.values():
        told = _as_told(found) if any(one.earlier for one in found) else found
        brought = [one for one, before in zip(told, found, strict=True) if one.reason is before.reason]
        members = {one.article.id: _member(one) for one in brought or told}
        article, why = stories.lead(list(members.values()), prefer)
        for one in told:
            is_lead = one.article.id == article
            shown = why if is_lead and why is not stories.LeadReason.ONLY else None
            marked[one.id] = replace(one, lead=is_lead, lead_reason=shown)
    return [marked[notice.id] for notice in notices]


def _as_told(notices: Sequence[PendingNotice]) -> list[PendingNotice]:
    """A story that a series has told is new to nobody: its copies are listed with what brought it on."""
    news = next((one.reason for one in notices if one.reason is not Reason.NEW), Reason.NEW)
    return [replace(one, reason=news) if one.reason is Reason.NEW else one for one in notices]


def _member(notice: PendingNotice) -> stories.Member:
    article, site = notice.article, stories.site(notice.article.url)
    return stories.Member(
        article=article.id,
        published=article.published,
        size=notice.size,
        full_text=article.full_text,
        names=(notice.feed, site.name),
        original=stories.stands_on(article.url, notice.voice),
    )
