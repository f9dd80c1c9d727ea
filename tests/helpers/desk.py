"""A desk without a network: a store in memory, a clock set by hand, channels that note what they were sent."""

import json
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tests.helpers.clocks import HandClock
from tests.helpers.storing import FEED, article, feed_of, match, new_entry, notice, pending, reading
from watcher import digest as rendering
from watcher.alerts import window
from watcher.jobs import Context, Live, begin_rates, close_digest, deliver_all, gather, look_at_rates
from watcher.model import Attempt, AttemptOutcome, AttemptReason, Digest, Match, Outgoing, PollRecord, Reason, StoryId
from watcher.ports import Store
from watcher.settings import DigestPolicy, FolderChannel, Settings, Topic
from watcher.store import open_store

SENT = Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer="taken")


@dataclass(kw_only=True)
class Box:
    """A channel that keeps what it was sent, by id."""

    name: str
    clock: HandClock
    answer: Callable[[Outgoing], Attempt] = lambda _: SENT
    sent: list[tuple[datetime, Outgoing]] = field(default_factory=list)

    def render(self, digest: Digest, delivery_id: str) -> bytes:
        return json.dumps({"delivery": delivery_id, **rendering.payload(digest)["data"]}).encode()

    def recipients(self) -> Sequence[str]:
        return ()

    async def send(self, outgoing: Outgoing) -> Attempt:
        attempt = self.answer(outgoing)
        if attempt.outcome is AttemptOutcome.SENT:
            self.sent.append((self.clock.now(), outgoing))
        return attempt

    async def probe(self) -> Attempt:
        return SENT

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """What was told, in order."""
        return [json.loads(outgoing.body) for _, outgoing in self.sent]

    @property
    def times(self) -> list[datetime]:
        """When."""
        return [when for when, _ in self.sent]

    def titles(self, which: int = -1) -> list[str]:
        """The articles of one of the digests."""
        topics = self.bodies[which]["topics"]
        return [one["title"] for topic in topics for story in topic["stories"] for one in story["articles"]]

    def told(self) -> Counter[tuple[str, str, str]]:
        """How often each article was told: by series, topic and title."""
        return Counter(
            (body["digest"], topic["topic"], one["title"])
            for body in self.bodies
            for topic in body["topics"]
            for story in topic["stories"]
            for one in story["articles"]
        )


class Desk:
    """Topics, channels and digests at work; `news` brings an article, `tick` does all that is due."""

    def __init__(self, store: Store, clock: HandClock) -> None:
        self.store = store
        self.clock = clock
        self.boxes: dict[str, Box] = {}
        self.context: Context

    async def adopt(
        self, topics: Sequence[Topic], channels: Sequence[FolderChannel], digests: Sequence[DigestPolicy]
    ) -> None:
        """Put a config in force."""
        settings = Settings(folder=Path(), topics=tuple(topics), channels=tuple(channels), digests=tuple(digests))
        for channel in channels:
            self.boxes.setdefault(channel.name, Box(name=channel.name, clock=self.clock))
        boxes = {channel.name: self.boxes[channel.name] for channel in channels}
        renderers = {
            (queue.series, name): boxes[name] for queue in settings.queues() for name in queue.to if name in boxes
        }
        live = Live(settings, channels=boxes, renderers=renderers)
        nothing: Any = None
        self.context = Context(
            store=self.store,
            fetcher=nothing,
            robots=nothing,
            workers=nothing,
            clock=self.clock,
            noise=lambda: 0.5,
            live=live,
        )
        await self.store.sync_series(
            [queue.name for queue in settings.queues()], [topic.name for topic in topics], self.clock.now()
        )
        await begin_rates(self.context)

    async def news(
        self, name: str, *topics: str, reason: Reason = Reason.NEW, text: str | None = None, **changes: Any
    ) -> None:
        """An article that matches these topics is read."""
        state = await feed_of(self.store, FEED)
        (entry,) = await self.store.record_poll(PollRecord(state=state, new=(new_entry(name),)), self.clock.now())
        words = {} if text is None else {"text": text}
        read = article(name, published=self.clock.now(), **words)
        takers = self.context.live.takers
        rated = self.context.live.rated
        notices = tuple(
            notice(read, topic=topic, series=takers.get(topic, ()), reason=reason, **changes)
            for topic in topics
            if topic not in rated
        )
        found: tuple[Match, ...] = tuple(match(topic) for topic in topics)
        waits = await pending(self.store, entry)
        story = notices[0].story if notices else StoryId(f"story-{read.id}")
        counts = tuple(topic for topic in topics if topic in rated)
        await self.store.record_read(
            reading(waits, read, at=self.clock.now(), notices=notices, matches=found, story=story, counts=counts)
        )

    async def tick(self) -> None:
        """What the daemon does every second."""
        now, live = self.clock.now(), self.context.live
        for name in live.rated:
            await look_at_rates(self.context, name)
        for state in await self.store.series():
            policy = live.policies.get(state.name)
            if policy is not None and window(policy, state, now) is not None:
                await close_digest(self.context, state.name)
        for series, channel in await self.store.waiting_lines():
            await gather(self.context, series, channel)
        for channel in await self.store.due_channels(now):
            await deliver_all(self.context, channel, lambda _: None)

    async def until(self, moment: datetime, step: timedelta = timedelta(minutes=1)) -> None:
        """Let time pass, doing what is due."""
        while self.clock.now() < moment:
            self.clock.pass_(min(step, moment - self.clock.now()))
            await self.tick()


@asynccontextmanager
async def desk(now: datetime) -> AsyncIterator[Desk]:
    """A desk whose clock stands at `now`."""
    store = open_store("sqlite:///:memory:")
    try:
        yield Desk(store, HandClock(now))
    finally:
        await store.aclose()
