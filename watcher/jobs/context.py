"""What the jobs are given: the ports, and the config that is in force."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Generic, Self, TypeVar

from watcher.alerts import Takers, takers
from watcher.digest import Look
from watcher.jobs.yields import Yields
from watcher.matching import Reader
from watcher.model import DeliveryId, EntryId
from watcher.pipeline import Carrier
from watcher.ports import Channel, Clock, Fetcher, Robots, Store, Workers
from watcher.settings import AppriseChannel, Channel as ChannelSettings, DigestPolicy, Feed, Settings, Topic

K = TypeVar("K")


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """What a job's commit made ready for the next ones."""

    entries: tuple[EntryId, ...] = ()
    series: tuple[str, ...] = ()
    deliveries: tuple[DeliveryId, ...] = ()
    channels: tuple[str, ...] = ()


class Live:
    """The config in force, indexed for the jobs. A reload makes a new one; jobs under way keep theirs."""

    def __init__(
        self,
        settings: Settings,
        *,
        rules: str = "",
        channels: Mapping[str, Channel] | None = None,
        renderers: Mapping[tuple[str, str], Channel] | None = None,
        looks: Mapping[str, Look] | None = None,
    ) -> None:
        self.settings = settings
        self.rules = rules  # where workers read the topics
        self.channels = channels or {}
        self.renderers = renderers or {}  # by digest and channel: each digest has its own look
        self.looks = looks or {}  # of digests with a template of their own
        self.feeds: Mapping[str, Feed] = {feed.url: feed for feed in settings.feeds}
        queues = settings.queues()
        self.policies: Mapping[str, DigestPolicy] = {policy.name: policy for policy in queues}
        self.topics_of = {policy.name: settings.digest_topics(policy) for policy in queues}
        self.takers: Takers = takers(queues, self.topics_of)
        self.reader = Reader.of(settings.topics, settings.terms)
        self.rated: Mapping[str, Topic] = {topic.name: topic for topic in settings.topics if topic.rated}
        self._channels = {channel.name: channel for channel in settings.channels}

    def after(self, old: "Live") -> Self:
        """This config with the services of the one before that stay as they were: they know what is under way."""
        for name in self.channels.keys() & old.channels.keys():
            if isinstance(self.channel(name), AppriseChannel) and self.channel(name) == old.channel(name):
                self.channels = {**self.channels, name: old.channels[name]}
        return self

    def channel(self, name: str) -> ChannelSettings | None:
        """A channel as the config has it; None where it has none, or has it disabled."""
        return self._channels.get(name)

    def carrier(self, feed_url: str) -> Carrier:
        """A feed as topics see it; one that has left the config goes by its URL."""
        feed = self.feeds.get(feed_url)
        return Carrier(name=feed.name, tags=feed.tags, language=feed.language) if feed else Carrier(name=feed_url)

    def feed_name(self, feed_url: str) -> str:
        """What people call the feed."""
        feed = self.feeds.get(feed_url)
        return feed.name if feed else feed_url


class KeyedLocks(Generic[K]):
    """One lock a key, forgotten when nobody holds or awaits it."""

    def __init__(self) -> None:
        self._held: dict[K, tuple[asyncio.Lock, int]] = {}

    @asynccontextmanager
    async def hold(self, key: K) -> AsyncIterator[bool]:
        """Hold the key's lock; gives whether somebody else held it first."""
        lock, users = self._held.get(key, (asyncio.Lock(), 0))
        self._held[key] = (lock, users + 1)
        try:
            async with lock:
                yield users > 0
        finally:
            lock, users = self._held[key]
            if users == 1:
                del self._held[key]
            else:
                self._held[key] = (lock, users - 1)

    @asynccontextmanager
    async def hold_all(self, keys: Iterable[K]) -> AsyncIterator[None]:
        """Hold several keys' locks; taken in one order, so that nobody waits for one who waits for him."""
        async with AsyncExitStack() as held:
            for key in sorted(set(keys), key=str):
                await held.enter_async_context(self.hold(key))
            yield


@dataclass(slots=True, kw_only=True)
class Context:
    """The ports and the live config. `noise` gives numbers in [0, 1): randomness as an argument."""

    store: Store
    fetcher: Fetcher
    robots: Robots
    workers: Workers
    clock: Clock
    noise: Callable[[], float]
    live: Live
    yields: Yields = field(default_factory=Yields)
    large: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(2))  # held while a large feed is read
    pages: KeyedLocks[str] = field(default_factory=KeyedLocks)
    lines: KeyedLocks[str] = field(default_factory=KeyedLocks)  # one delivery at a time to a channel
    ledgers: KeyedLocks[str] = field(default_factory=KeyedLocks)  # one reading at a time under a rule on figures
    pace: KeyedLocks[str] = field(default_factory=KeyedLocks)  # one decision at a time on what a channel takes
