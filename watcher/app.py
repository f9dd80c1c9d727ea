"""The composition root: the only file that names concrete adapters. Puts a config, a store and the jobs together."""

import hashlib
import random
import tempfile
from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from pathlib import Path

import structlog

from watcher import config, deliver as channels, jobs, pipeline, schedule, silences
from watcher.digest import Look
from watcher.errors import ConfigError, Fault, WatcherError
from watcher.feeds import check_expat, opml
from watcher.fetch import HttpFetcher, RobotsTxt
from watcher.jobs import Context, Live
from watcher.jobs.deliver import Delivered
from watcher.jobs.outbox import Closed
from watcher.jobs.poll import Polled
from watcher.jobs.read import Read
from watcher.model import EntryId, FeedId, FeedState, StoredArticle
from watcher.pool import WorkerPool
from watcher.ports import Channel, Clock
from watcher.runner import Hosts, Kind, LocalRunner
from watcher.settings import Channel as ChannelSettings, DigestPolicy, Settings
from watcher.store import SqlStore, hold, open_store
from watcher.topics import Document, validate

log = structlog.get_logger()
WORKER_MEMORY = 1_500_000_000  # bytes; a hostile page of 2 MB stays well below
BATCH = 2_000  # ids asked of the store at a time
DUE = 50_000  # feeds, likewise: those of one slow host must not hide the others
DEFAULT_STORIES = 30
ALL_STORIES = 1_000_000
CLOCK_STEP = timedelta(seconds=30)  # less is drift
KEEP_TIME = 60.0  # seconds between two notes of the time, by which a later start sees that the clock was set back
_TIME = "time"
READS_AHEAD = 24  # pages under way at once: fetching hides behind extraction


def load_config(path: Path, env: Mapping[str, str], *, secrets: bool = True) -> config.Loaded:
    """A config whose queries and channels are valid too; ConfigError with every fault."""
    loaded = config.load(path, env, read_opml=opml.parse_opml, secrets=secrets)
    faults = (*query_faults(loaded), *(channel_faults(loaded) if secrets else ()))
    if broken := [fault for fault in faults if not fault.warning]:
        raise ConfigError(broken)
    return loaded


def query_faults(loaded: config.Loaded) -> tuple[Fault, ...]:
    """What is wrong, or surely a mistake, in the queries, with its place in the YAML."""
    found = validate(loaded.settings.topics, loaded.settings.terms)
    return tuple(loaded.query_fault(fault.where, fault.fault) for fault in found)


def channel_faults(loaded: config.Loaded) -> tuple[Fault, ...]:
    """What is wrong in channels beyond their form, with its place in the YAML."""
    found = ((where, fault) for channel in loaded.settings.channels for where, fault in channels.faults(channel))
    places = ((loaded.place(("channels", *where)), fault) for where, fault in found)
    return tuple(replace(place, message=fault.message, hint=fault.hint) for place, fault in places)


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """Who hears what the jobs came to: progress bars, `once`, the demo. Each is called after the commit."""

    polled: Callable[[Polled], None] = lambda _: None
    read: Callable[[Read], None] = lambda _: None
    closed: Callable[[Closed], None] = lambda _: None
    delivered: Callable[[Delivered], None] = lambda _: None


class App:
    """A config at work on a store. Made by `open_app`; `aclose` ends it and frees the store."""

    def __init__(
        self,
        *,
        store: SqlStore,
        clock: Clock,
        settings: Settings,
        lock: AbstractContextManager[None],
        scratch: tempfile.TemporaryDirectory[str],
        events: Events,
    ) -> None:
        self.store = store
        self.clock = clock
        self.events = events
        self._lock = lock
        self._scratch = scratch
        self._versions = 0
        self._timed: tuple[datetime, float] | None = None  # the time, and the monotonic seconds beside it
        self._noted = 0.0
        self._pools = [WorkerPool(settings.extract.workers, WORKER_MEMORY)]
        fetcher = HttpFetcher(settings.fetch, clock)
        self._fetchers = [fetcher]
        self.context = Context(
            store=store,
            fetcher=fetcher,
            robots=RobotsTxt(fetcher, settings.fetch.user_agent, clock),
            workers=self._pools[-1],
            clock=clock,
            noise=random.Random().random,  # noqa: S311 - spreads polls, guards nothing
            live=self._live(settings),
        )
        self.pulse = jobs.Pulse()
        self._hosts = Hosts()
        self.runner = self._runner(settings)

    @property
    def settings(self) -> Settings:
        """The config in force."""
        return self.context.live.settings

    def _runner(self, settings: Settings) -> LocalRunner:
        handlers = {
            Kind.POLL: self._poll,
            Kind.READ: self._read,
            Kind.RATE: self._rate,
            Kind.COMPILE: self._compile,
            Kind.GATHER: self._gather,
            Kind.DELIVER: self._deliver,
        }
        groups = {Kind.POLL: self._hosts.of_feed, Kind.READ: self._hosts.of_entry}
        return LocalRunner(handlers, _limits(settings), self.clock, groups, lambda: 2 * self.settings.fetch.per_host)

    def _live(self, settings: Settings) -> Live:
        """Write the rules for the workers and make the channels. Raises QueryError before anything is changed."""
        self._versions += 1
        path = Path(self._scratch.name) / f"rules-{self._versions}"
        pipeline.write_rules(pipeline.Rules(topics=settings.topics, terms=settings.terms), path)
        return Live(
            settings,
            rules=str(path),
            channels=make_channels(settings, self.clock),
            renderers=make_renderers(settings, self.clock),
            looks={one.name: own_look(settings, one) for one in settings.digests if one.template},
        )

    async def adopt(self) -> None:
        """Bring the store in line with the config in force: feeds, series, channels."""
        settings, now = self.settings, self.clock.now()
        self._hosts.know(await self.store.sync_feeds([feed.url for feed in settings.feeds], now))
        dropped = await self.store.sync_series(
            [policy.name for policy in settings.queues()], [topic.name for topic in settings.topics], now
        )
        for topic, count in dropped:
            log.warning("waiting notices dropped: their topic or digest left the config", topic=topic, notices=count)
        await self.store.sync_silences([silences.of_rule(rule, now) for rule in settings.silences], now)
        await jobs.begin_rates(self.context)
        for channel in settings.channels:
            await self._release(channel.name, channel.model_dump_json())

    async def _release(self, name: str, description: str) -> None:
        """Deliveries that a channel's 410 holds go on once its config has changed."""
        mark = hashlib.blake2b(description.encode(), digest_size=16).hexdigest()
        if await self.store.recall(f"channel:{name}") != mark:
            freed = await self.store.release_held(name, self.clock.now())
            await self.store.remember(f"channel:{name}", mark)
            if freed:
                log.info("deliveries released: the channel's config has changed", channel=name, deliveries=freed)

    async def reload(self, settings: Settings) -> None:
        """Put a new config in force; what is under way finishes under the old one."""
        old = self.context.live
        self.context.live = self._live(settings).after(old)
        if settings.fetch != old.settings.fetch:
            fetcher = HttpFetcher(settings.fetch, self.clock)
            self._fetchers.append(fetcher)  # the old one is still in use by what is under way
            self.context.fetcher = fetcher
            self.context.robots = RobotsTxt(fetcher, settings.fetch.user_agent, self.clock)
        if settings.extract.workers != old.settings.extract.workers:
            self._pools.append(WorkerPool(settings.extract.workers, WORKER_MEMORY))
            self.context.workers = self._pools[-1]
        for kind, limit in _limits(settings).items():
            self.runner.limit(kind, limit)
        await self.adopt()

    async def keep_time(self) -> None:
        """See whether the clock was set back, here or while nobody ran; what it had planned does not wait for it."""
        now, passed = self.clock.now(), self.clock.monotonic()
        if self._timed is None:
            kept = await self.store.recall(_TIME)
            expected = datetime.fromisoformat(kept) if kept else now
        else:
            expected = self._timed[0] + timedelta(seconds=passed - self._timed[1])
        if now < expected - CLOCK_STEP:
            log.warning("the clock was set back; what was planned is pulled forward", by=str(expected - now))
            await self.store.pull_back(now, expected - now)
        if self._timed is None or abs(now - expected) > CLOCK_STEP or passed - self._noted > KEEP_TIME:
            await self.store.remember(_TIME, now.isoformat())
            self._noted = passed
        self._timed = now, passed

    async def dispatch(self) -> None:
        """Submit all that is due and in nobody's hands. Called every second; also mends a lost wake-up."""
        await self.keep_time()
        now = self.clock.now()
        self.runner.submit(Kind.POLL, await self.store.due_feeds(now, DUE))
        if self.runner.backlog(Kind.READ) < BATCH:
            self.runner.submit(Kind.READ, await self.store.due_entries(now, BATCH))
        self.runner.submit(Kind.DELIVER, await self.store.due_channels(now))
        self.runner.submit(Kind.RATE, self.pulse.due(self.context.live, now))
        await self.dispatch_digests()
        await self.dispatch_waiting()

    async def dispatch_waiting(self) -> None:
        """Submit what waits for a channel's quiet hours or rate; whether it takes it now is the job's to see."""
        self.runner.submit(Kind.GATHER, await self.store.waiting_lines())

    async def dispatch_digests(self) -> None:
        """Submit the series that have a digest due."""
        now, live = self.clock.now(), self.context.live
        for state in await self.store.series():
            policy = live.policies.get(state.name)
            if policy is not None and jobs.window(policy, state, now) is not None:
                self.runner.submit(Kind.COMPILE, (state.name,))

    async def _poll(self, job: Hashable) -> None:
        polled = await jobs.poll(self.context, FeedId(int(str(job))))
        if polled is not None:
            self.events.polled(polled)
            self._hosts.brought(job, polled.ready.entries)
            self.runner.submit(Kind.READ, polled.ready.entries)

    async def _read(self, job: Hashable) -> None:
        read = await jobs.read(self.context, EntryId(int(str(job))))
        if read is not None:
            self.events.read(read)
            self.pulse.stir(read.topics)

    async def _rate(self, job: Hashable) -> None:
        await jobs.look_at_rates(self.context, str(job))

    async def _compile(self, job: Hashable) -> None:
        closed = await jobs.close_digest(self.context, str(job))
        if closed is not None:
            self.closed(closed)

    async def _gather(self, job: Hashable) -> None:
        series, channel = job if isinstance(job, tuple) else (str(job), "")
        closed = await jobs.gather(self.context, str(series), str(channel))
        if closed is not None:
            self.closed(closed)

    def closed(self, closed: Closed) -> None:
        """A digest was written: its deliveries go out now."""
        self.events.closed(closed)
        self.runner.submit(Kind.DELIVER, closed.ready.channels)

    async def _deliver(self, job: Hashable) -> None:
        await jobs.deliver_all(self.context, str(job), self.events.delivered)

    async def housekeep(self) -> None:
        """Apply retention."""
        keep = self.settings.retention
        gone = await self.store.purge(self.clock.now(), keep.articles, keep.text, keep.deliveries)
        forgotten = await self.store.prune_stories(self.clock.now() - self.settings.stories.window)
        log.info("stories pruned", shingles=forgotten)
        log.info("retention applied", articles=gone.articles, texts=gone.texts, deliveries=gone.deliveries)

    async def aclose(self, grace: float = 6.0) -> None:
        """Finish or safely leave what is under way, then close everything and free the store."""
        await self.runner.aclose(grace)
        for pool in self._pools:
            await pool.aclose()
        for fetcher in self._fetchers:
            await fetcher.aclose()
        await self.store.aclose()
        with suppress(OSError):
            self._scratch.cleanup()
        self._lock.__exit__(None, None, None)


def _limits(settings: Settings) -> Mapping[Kind, int]:
    """How many jobs of a kind at once."""
    return {
        Kind.POLL: 2 * settings.fetch.concurrency,  # some wait for the store meanwhile
        Kind.READ: max(READS_AHEAD, 4 * settings.extract.workers),
        Kind.RATE: 2,
        Kind.COMPILE: 2,
        Kind.GATHER: 2,
        Kind.DELIVER: 200,  # channels
    }


async def open_app(settings: Settings, clock: Clock, events: Events | None = None) -> App:
    """Open the store under the daemon's lock and make it ready. StoreError where it cannot be used."""
    if old := check_expat():
        raise WatcherError(old)
    lock = hold(settings.storage)
    lock.__enter__()
    try:
        store = open_store(settings.storage)
    except BaseException:
        lock.__exit__(None, None, None)
        raise
    app = App(
        store=store,
        clock=clock,
        settings=settings,
        lock=lock,
        scratch=tempfile.TemporaryDirectory(prefix="watcher-"),
        events=events or Events(),
    )
    await app.keep_time()
    await app.adopt()
    return app


def document_of_stored(live: Live, stored: StoredArticle) -> Document:
    """A stored article as topics see it now."""
    article = stored.article
    carriers = tuple(live.carrier(url) for url in stored.feeds)
    return pipeline.document_of(article.title, article.text, article.url, article.author, article.language, carriers)


def channel_look(settings: Settings, policy: DigestPolicy | None, *, everything: bool = False) -> Look:
    """How a digest is rendered; `everything`: without a cap on its stories."""
    shown = policy.max_stories if policy else DEFAULT_STORIES
    return Look(
        timezone=policy.timezone if policy else settings.timezone,
        public_url=settings.server.public_url if settings.server else None,
        max_stories=ALL_STORIES if everything else shown,
    )


def own_look(settings: Settings, policy: DigestPolicy) -> Look:
    """A digest's look with its own template, which only worker processes are to run."""
    look = channel_look(settings, policy)
    try:
        return replace(look, template=policy.template.read_text() if policy.template else None)
    except (OSError, ValueError) as error:
        return replace(look, fault=f"Your own template cannot be read ({error}); this is the built-in one.")


def make_channels(settings: Settings, clock: Clock) -> dict[str, Channel]:
    """The channels of a config, ready to send."""
    return {channel.name: _channel(settings, channel, None, clock) for channel in settings.channels}


def make_renderers(settings: Settings, clock: Clock) -> dict[tuple[str, str], Channel]:
    """Each digest's channels, ready to render it in its own look."""
    named = {channel.name: channel for channel in settings.channels}
    return {
        (policy.series, name): _channel(settings, named[name], policy, clock)
        for policy in settings.queues()
        for name in policy.to
        if name in named
    }


def _channel(settings: Settings, channel: ChannelSettings, policy: DigestPolicy | None, clock: Clock) -> Channel:
    return channels.make_channel(
        channel, look=channel_look(settings, policy), clock=clock, base=settings.folder, ca=settings.fetch.ca
    )


@dataclass(slots=True, kw_only=True)
class Once:
    """What one pass came to; exit codes and the summary are the command's."""

    polled: list[Polled]
    skipped: list[tuple[str, str]]  # feeds not asked, and why: gone, in backoff, or told to wait
    articles: int
    matched: int
    digests: list[Closed]
    delivered: list[Delivered]

    def hearing(self, others: Events) -> Events:
        """Events that are noted here and passed on."""

        def on_polled(polled: Polled) -> None:
            self.polled.append(polled)
            others.polled(polled)

        def on_read(read: Read) -> None:
            self.articles += 1
            self.matched += bool(read.topics)
            others.read(read)

        def on_closed(closed: Closed) -> None:
            self.digests.append(closed)
            others.closed(closed)

        def on_delivered(delivered: Delivered) -> None:
            self.delivered.append(delivered)
            others.delivered(delivered)

        return Events(polled=on_polled, read=on_read, closed=on_closed, delivered=on_delivered)


async def once(app: App, *, force: bool = False, every_digest: bool = False) -> Once:
    """Poll every feed now, read what is pending, close the digests that are due, try each due delivery once."""
    report = Once(polled=[], skipped=[], articles=0, matched=0, digests=[], delivered=[])
    asked = app.events
    app.events = report.hearing(asked)
    feeds, report.skipped = await _askable(app, force=force)
    app.runner.submit(Kind.POLL, feeds)
    await app.runner.drain()
    await _read_all(app)
    app.runner.submit(Kind.RATE, app.context.live.rated)
    await app.runner.drain()
    for policy in app.settings.queues():
        closed = await jobs.close_digest(app.context, policy.name, hurry=True, force=every_digest)
        if closed is not None:
            app.closed(closed)
    await app.dispatch_waiting()
    await app.runner.drain()
    app.runner.submit(Kind.DELIVER, await app.store.due_channels(app.clock.now()))
    await app.runner.drain()
    app.events = asked
    await app.store.prune_stories(app.clock.now() - app.settings.stories.window)
    return report


async def _read_all(app: App) -> None:
    """Read until nothing more is due; an id that stays due has failed and is left for next time."""
    tried: set[EntryId] = set()
    while fresh := [entry for entry in await app.store.due_entries(app.clock.now(), BATCH) if entry not in tried]:
        tried.update(fresh)
        app.runner.submit(Kind.READ, fresh)
        await app.runner.drain()


async def _askable(app: App, *, force: bool) -> tuple[Sequence[FeedId], list[tuple[str, str]]]:
    now = app.clock.now()
    ask: list[FeedId] = []
    skipped: list[tuple[str, str]] = []
    for state in await app.store.feeds():
        why = _why_not(state, now, force=force)
        if why is None:
            ask.append(state.id)
        else:
            skipped.append((state.url, why))
    return ask, skipped


def _why_not(state: FeedState, now: datetime, *, force: bool) -> str | None:
    """In words why a feed is not to be asked now."""
    if state.gone:
        return "it is gone (410)"
    if state.not_before is not None and state.not_before > now:
        return f"its server asks us to stay away until {state.not_before:%Y-%m-%d %H:%M} UTC"
    if state.failures and state.next_check > now and not force:
        return f"{schedule.health(state, now)}; --force asks it all the same"
    return None
