"""Looking at the rates of topics: which stories count, what they come to, and the alerts of it; one commit a look."""

import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Final

import structlog

from watcher import rates, silences
from watcher.jobs.context import Context, Live
from watcher.model import (
    AlertStory,
    ArticleId,
    FeedState,
    KnownArticle,
    Match,
    NewAlert,
    PendingEntry,
    RateRecord,
    StoryId,
    WaitingAlert,
)
from watcher.ports import Store
from watcher.rates import Source, State
from watcher.settings import QueryTree, Topic

log = structlog.get_logger()
SHOWN: Final = 5
"""Stories that an alert lists."""

TRIES: Final = 3
KEEP: Final = timedelta(minutes=10)
"""How old the note of the last look may get while nothing happens."""

STUCK: Final = timedelta(hours=1)
_OFTEN, _SELDOM = timedelta(seconds=1), timedelta(minutes=1)
_DAY: Final = timedelta(days=1)
_PARTS: Final = 20  # looks in the shortest window


class Pulse:
    """When each topic's rates are looked at: when a story came, and from time to time, for time alone changes them."""

    def __init__(self) -> None:
        self._stirred: set[str] = set()
        self._looked: dict[str, datetime] = {}

    def stir(self, topics: Iterable[str]) -> None:
        """An article was read that satisfies these topics."""
        self._stirred.update(topics)

    def due(self, live: Live, now: datetime) -> tuple[str, ...]:
        """The topics to look at now."""
        due = tuple(name for name, topic in live.rated.items() if name in self._stirred or self._old(topic, now))
        self._stirred.clear()
        self._looked |= dict.fromkeys(due, now)
        return due

    def _old(self, topic: Topic, now: datetime) -> bool:
        last = self._looked.get(topic.name)
        return last is None or not timedelta() <= now - last < _pause(topic)


def _pause(topic: Topic) -> timedelta:
    windows = [rule.within for rule in (topic.frequency, topic.spike) if rule is not None]
    shortest = min([*windows, *([topic.flatline] if topic.flatline is not None else [])], default=_SELDOM)
    return min(max(shortest / _PARTS, _OFTEN), _SELDOM)


def counted(live: Live, pending: PendingEntry, known: KnownArticle | None, matches: Sequence[Match]) -> tuple[str, ...]:
    """The topics with a rate that an article newly satisfies. What `backfill` keeps quiet does not count."""
    if not pending.content.tell:
        return ()
    before = {match.topic for match in known.matches} if known and (known.told or pending.edited) else set()
    return tuple(match.topic for match in matches if match.topic in live.rated and match.topic not in before)


def mark(topic: Topic, terms: Mapping[str, Sequence[QueryTree]]) -> str:
    """What tells one count from another: the query with the lists that it uses, and what else an article must meet."""
    rule = topic.figures.model_dump(mode="json", exclude={"notify", "change", "disagree"}) if topic.figures else None
    used: dict[str, list[QueryTree]] = {}
    left = [*_lists(topic.query), *_lists({"place": [*topic.figures.place]} if topic.figures else "")]
    while left:
        name = left.pop()
        if name in terms and name not in used:
            used[name] = list(terms[name])
            left += [other for item in terms[name] for other in _lists(item)]
    said = [topic.query, dict(sorted(used.items())), topic.feeds, topic.languages, rule]
    return hashlib.blake2b(json.dumps(said, default=str).encode(), digest_size=12).hexdigest()


def _lists(query: QueryTree) -> Iterator[str]:
    yield from re.findall(r"\$([^\W\d][\w-]*)", json.dumps(query, ensure_ascii=False))


async def begin(context: Context) -> None:
    """Count the topics of the config in force from now on, and anew those whose query has changed."""
    live, now = context.live, context.clock.now()
    for name, topic in live.rated.items():
        before = await context.store.rate_state(name)
        fresh = State.begin(mark(topic, live.settings.terms), now)
        if before is None:
            await context.store.record_rate(RateRecord(topic=name, before=None, after=fresh.write()), now)
        elif State.read(before).mark != fresh.mark:
            record = RateRecord(topic=name, before=before, after=fresh.write())
            if await context.store.recount(record, {}, now):
                log.warning("the topic's query has changed; its stories are counted anew from now on", topic=name)


async def recount(
    store: Store, live: Live, topic: Topic, found: Mapping[StoryId, tuple[ArticleId, datetime]], state: State
) -> bool:
    """Make what counts for a topic what the archive has; nothing is told. False where it is counted just then."""
    for _ in range(TRIES):
        before = await store.rate_state(topic.name)
        after = replace(state, mark=mark(topic, live.settings.terms))
        record = RateRecord(topic=topic.name, before=before, after=after.write())
        if await store.recount(record, found, state.looked):
            return True
    return False


async def look(context: Context, name: str) -> tuple[rates.Told, ...]:
    """Look at a topic's rates now; what was told. Nothing where the config in force has no such topic any more."""
    for _ in range(TRIES):
        live, now = context.live, context.clock.now()
        topic = live.rated.get(name)
        if topic is None:
            return ()
        before = await context.store.rate_state(name)
        state = State.read(before) if before else State.begin(mark(topic, live.settings.terms), now)
        found = await _looked(context.store, live, topic, state, now)
        if before is not None and not _worth(found, state, now):
            return ()
        record = RateRecord(
            topic=name,
            before=before,
            after=found.state.write(),
            weighed=found.weighed,
            alerts=tuple([await _alert(context.store, live, topic, told, now) for told in found.told]),
        )
        if await context.store.record_rate(record, now):
            for told in found.told:
                log.info(
                    "rate is over" if told.ended else "rate crossed", topic=name, reason=told.reason, text=told.text
                )
            return found.told
    return ()


def _worth(found: rates.Look, state: State, now: datetime) -> bool:
    """Whether a look is to be kept: it saw or told something, or the last note of one is old."""
    same = replace(found.state, looked=state.looked) == state
    return bool(found.weighed or found.told or not same) or abs(now - state.looked) >= KEEP


async def _looked(store: Store, live: Live, topic: Topic, state: State, now: datetime) -> rates.Look:
    since = rates.reach(topic, state, (), now)
    arrivals = await store.arrivals(topic.name, since)
    while (more := rates.reach(topic, state, arrivals, now)) < since:  # twice at most: what is late, what is usual
        since = more
        arrivals = await store.arrivals(topic.name, since)
    sources: tuple[Source, ...] = ()
    backlog = False
    if rates.wants_sources(topic, state, now):
        sources = tuple(_source(feed) for feed in await store.feeds() if _takes(live, topic, feed))
        backlog = bool(await store.due_entries(now, 1)) and not await store.due_entries(now - STUCK, 1)
    return rates.look(topic, state, arrivals, now=now, zone=live.settings.timezone, sources=sources, backlog=backlog)


def _source(state: FeedState) -> Source:
    return Source(answered=state.last_success, failing=state.gone or state.failures > 0)


def _takes(live: Live, topic: Topic, state: FeedState) -> bool:
    carrier = live.carrier(state.url)
    return not topic.feeds or bool({carrier.name, *carrier.tags}.intersection(topic.feeds))


async def _alert(store: Store, live: Live, topic: Topic, told: rates.Told, now: datetime) -> NewAlert:
    stories: tuple[AlertStory, ...] = ()
    if told.stories:
        found = await store.newest_stories(topic.name, told.at, min(told.stories, SHOWN))
        stories = tuple(replace(story, feed=live.feed_name(story.feed)) for story in found)
    return NewAlert(
        topic=topic.name,
        reason=told.reason,
        text=rates.dated(told.text, told.at, now, live.settings.timezone),
        series=live.takers.get(topic.name, ()),
        ended=told.ended,
        stories=stories,
    )


async def standing(store: Store, live: Live, name: str, now: datetime) -> tuple[tuple[str, bool], ...]:
    """How a topic's rates stand, in words, each with whether it was told and is not over."""
    topic, kept = live.rated[name], await store.rate_state(name)
    if kept is None:
        return ()
    state = State.read(kept)
    back = max((rule.within for rule in (topic.frequency, topic.spike) if rule is not None), default=timedelta(0))
    days = topic.spike.against + _DAY if topic.spike is not None else timedelta(0)
    known = await store.arrivals(name, now - back - days)
    times = rates.Times(min(one.at, now) for one in known)
    return rates.standing(topic, state, times, now, live.settings.timezone)


async def audible_alerts(context: Context, series: str, now: datetime) -> tuple[WaitingAlert, ...]:
    """The alerts that wait and no silence keeps from being told; with a beginning its end is silent too."""
    waiting = await context.store.pending_alerts(series)
    if not waiting:
        return ()
    kept = await context.store.silences(min(alert.recorded for alert in waiting))
    silent = {
        **await context.store.silenced_beginnings(series, [alert.id for alert in waiting if alert.ended]),
        **silences.hush(waiting, kept, now),
    }
    if silent:
        await context.store.silence_alerts(series, silent, now)
        return await audible_alerts(context, series, now)
    return waiting
