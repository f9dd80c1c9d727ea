"""Which story an article belongs to and how it was told so far: asked of the store, decided by pure functions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from watcher import pipeline, stories
from watcher.errors import WorkFailed
from watcher.jobs.context import Context
from watcher.model import ArticleId, EventLeaders, Kin, PendingNotice, Reason, Sight, StoryId, Voice
from watcher.settings import Stories

PLACE_LIMIT = timedelta(seconds=20)
TRIES = 5
"""How often a story is decided anew because others came meanwhile; then it is recorded as decided."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An article's story. `leader` is the story that reported its event first, where the article founds another."""

    story: StoryId
    gains: Mapping[str, Reason] = field(default_factory=dict)
    own: Kin
    leader: Kin | None = None
    event: StoryId | None = None
    sight: Sight | None = None

    @property
    def confirms(self) -> Mapping[str, StoryId]:
        """The topics under which the event was told and nothing of it waits, and as which story."""
        noticed = self.leader.noticed if self.leader else ()
        return {one.topic: one.story for one in noticed if not one.waits}

    def voices(self, own: Voice | None) -> frozenset[str]:
        """The keys of all who tell the event. A copy brings no voice of its own."""
        if self.own.voices or own is None:
            return self.own.voices
        return (self.leader.voices if self.leader else frozenset()) | {own.key}


async def kept(context: Context, story: StoryId) -> Place:
    """The story of an article that the store has: it stays in it."""
    return Place(story=story, own=await context.store.kin(story))


async def find(context: Context, judged: pipeline.Judged, founder: StoryId, settings: Stories, now: datetime) -> Place:
    """The story of a new article: that of a text like its own, else one that it founds."""
    since = now - settings.window
    near = await context.store.story_candidates(judged.signature, since)
    placed = pipeline.Placed()
    if near.likely:
        try:
            placed = await context.workers.run(pipeline.place, PLACE_LIMIT, judged, near.likely, now, settings.window)
        except WorkFailed:  # told twice is better than not at all
            placed = pipeline.Placed()
    if placed.story is not None:
        sight = Sight(since=since, articles=near.seen)
        return Place(story=placed.story, gains=placed.gains, own=await context.store.kin(placed.story), sight=sight)
    topics = [match.topic for match in judged.matches]
    told = await _leaders(context, judged, topics, now)
    event = stories.find_event(stories.load(judged.gist), told.leaders, now) if told and judged.gist else None
    return Place(
        story=founder,
        own=Kin(event=event or founder),
        leader=await context.store.kin(event) if event else None,
        event=event,
        sight=Sight(since=since, articles=near.seen, notice=told.notice if told else None),
    )


async def _leaders(
    context: Context, judged: pipeline.Judged, topics: Sequence[str], now: datetime
) -> EventLeaders | None:
    return await context.store.event_leaders(topics, now - stories.APART) if topics and judged.gist else None


def led(notices: Sequence[PendingNotice], prefer: Sequence[str]) -> list[PendingNotice]:
    """The notices, with the article marked that stands for each story here, and why. Feeds have their names already."""
    members: dict[tuple[str, StoryId], dict[ArticleId, stories.Member]] = {}
    for notice in notices:
        members.setdefault((notice.topic, notice.story), {})[notice.article.id] = _member(notice)
    leads = {key: stories.lead(list(among.values()), prefer) for key, among in members.items()}
    marked = []
    for notice in notices:
        article, why = leads[notice.topic, notice.story]
        is_lead = notice.article.id == article
        shown = why if is_lead and why is not stories.LeadReason.ONLY else None
        marked.append(replace(notice, lead=is_lead, lead_reason=shown))
    return marked


def _member(notice: PendingNotice) -> stories.Member:
    article, site = notice.article, stories.site(notice.article.url)
    return stories.Member(
        article=article.id,
        published=article.published,
        size=notice.size,
        full_text=article.full_text,
        names=(notice.feed, site.name),
        original=site.name in notice.voices and len(notice.voices) == 1,
    )
