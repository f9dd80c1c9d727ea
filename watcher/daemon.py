"""The daemon: APScheduler's ticks, signals, reload, a clean stop. The only importer of apscheduler.

APScheduler holds no state here. Its jobs only start work: one tick a second that submits what the store says is due,
one cron job a digest, housekeeping, and a look whether the config's files have changed.
"""

import asyncio
import contextlib
import signal
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from apscheduler.executors.asyncio import AsyncIOExecutor
from apscheduler.schedulers.asyncio import AsyncIOScheduler
from apscheduler.triggers.base import BaseTrigger

from watcher import config, jobs
from watcher.app import App
from watcher.cron import Cron, instant, next_slot
from watcher.errors import ConfigError, WatcherError
from watcher.runner import Kind
from watcher.settings import DigestPolicy, Server, Settings

log = structlog.get_logger()
TICK = timedelta(seconds=1)
LOOK = timedelta(seconds=2)
FIRST_BEAT = timedelta(seconds=3)  # by then a tick has shown that the store works
_Mark = tuple[tuple[str, int, int], ...]
GRACE = 6.0  # seconds for what is under way; the whole stop stays under ten


class Daemon:
    """Runs an App until told to stop. `load` reads the config again; ConfigError keeps the one in force."""

    def __init__(
        self, app: App, path: Path | None, load: Callable[[], config.Loaded], *, files: Sequence[Path] = ()
    ) -> None:
        self._app = app
        self._path = path
        self._load = load
        self._files = tuple(files)  # that the config read beside its own: OPML, secrets
        self._stop = asyncio.Event()
        self._seen: _Mark | None = self._mark()
        self._ticking = asyncio.Lock()
        self.last_tick: datetime | None = None
        self._scheduler = AsyncIOScheduler(
            timezone="UTC",
            executors={"default": AsyncIOExecutor()},
            job_defaults={"misfire_grace_time": None, "coalesce": True, "max_instances": 1},
        )

    async def run(self) -> None:
        """Until SIGTERM or SIGINT. Closing the App, and so finishing what is in flight, is the caller's."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stop)
        loop.add_signal_handler(signal.SIGHUP, self._hang_up)
        self._schedule()
        self._scheduler.start()
        try:
            await self._stop.wait()
        finally:
            for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
                loop.remove_signal_handler(number)
            self._scheduler.shutdown(wait=False)

    def stop(self) -> None:
        """Ask the daemon to end."""
        log.info("stopping")
        self._stop.set()

    @property
    def healthy(self) -> bool:
        """Whether the tick runs: what HEALTHCHECK and the heartbeat ask."""
        if self.last_tick is None:
            return False
        return self._app.clock.now() - self.last_tick < timedelta(seconds=60)

    def _schedule(self) -> None:
        add = self._scheduler.add_job
        add(self._tick, "interval", seconds=TICK.total_seconds(), id="tick")
        add(self._app.housekeep, "interval", hours=1, id="housekeeping")
        if self._path is not None:
            add(self._look, "interval", seconds=LOOK.total_seconds(), id="config")
        self._schedule_digests()
        self._schedule_heartbeat()

    def _schedule_heartbeat(self) -> None:
        heart = self._app.settings.heartbeat
        if self._scheduler.get_job("heartbeat") is not None:
            self._scheduler.remove_job("heartbeat")
        if heart is not None:
            first = self._app.clock.now() + min(FIRST_BEAT, heart.every)
            every = heart.every.total_seconds()
            self._scheduler.add_job(self._beat, "interval", seconds=every, id="heartbeat", next_run_time=first)

    async def _beat(self) -> None:
        heart = self._app.settings.heartbeat
        if heart is not None and self.healthy:
            await jobs.beat(self._app.context, heart)

    def _schedule_digests(self) -> None:
        for job in self._scheduler.get_jobs():
            if job.id.startswith("digest:"):
                job.remove()
        for policy in self._app.settings.digests:
            if policy.at is not None:
                self._scheduler.add_job(
                    self._close, SlotTrigger(policy), args=(policy.name,), id=f"digest:{policy.name}"
                )

    async def _close(self, series: str) -> None:
        self._app.runner.submit(Kind.COMPILE, (series,))

    async def _tick(self) -> None:
        try:
            await self._app.dispatch()
        except WatcherError as error:  # a full disk, a lost connection: said, and tried again in a second
            log.error("the store cannot be used; trying again", error=str(error))  # noqa: TRY400
            return
        self.last_tick = self._app.clock.now()

    def _hang_up(self) -> None:
        """SIGHUP: the next look reloads, whatever the files look like."""
        self._seen = None
        for job in self._scheduler.get_jobs():
            if job.id == "config":
                job.modify(next_run_time=self._app.clock.now())

    async def _look(self) -> None:
        mark = self._mark()
        if mark == self._seen:
            return
        self._seen = mark
        try:
            await self.reload()
        except (WatcherError, OSError) as error:
            self._seen = None  # the config is right, and the store is not: once more at the next look
            log.error("config not reloaded yet, trying again", error=str(error))  # noqa: TRY400

    async def reload(self) -> None:
        """Read the config again; a broken one is reported and the old one stays in force."""
        async with self._ticking:
            try:
                loaded = await asyncio.to_thread(self._load)
            except ConfigError as error:
                for fault in error.faults:
                    log.error("config not reloaded, the old one stays in force", fault=str(fault))  # noqa: TRY400
                return
            settings, self._files = loaded.settings, loaded.files
            self._seen = self._mark()
            await self._app.reload(self._until_restart(settings))
            self._schedule_digests()
            self._schedule_heartbeat()
            log.info("config reloaded", feeds=len(settings.feeds), topics=len(settings.topics))

    def _until_restart(self, settings: Settings) -> Settings:
        """The new config, with what cannot change under way as it was."""
        old = self._app.settings
        if settings.storage != old.storage:
            log.warning("a changed `storage` needs a restart; the old store stays in use")
            settings = settings.with_changes(storage=old.storage)
        new_page, page = settings.server, old.server
        if _address(new_page) != _address(page):
            log.warning("a changed `server.listen` needs a restart; the page stays where it is")
            moved = new_page and page and new_page.model_copy(update={"host": page.host, "port": page.port})
            settings = settings.with_changes(server=moved or page)
        return settings

    def _mark(self) -> _Mark:
        """What the config's files look like: names, sizes, times of change."""
        if self._path is None:
            return ()
        found = []
        with contextlib.suppress(OSError, ConfigError):
            for file in sorted({*config.files(self._path), *self._files}):
                stat = file.stat()
                found.append((str(file), stat.st_size, stat.st_mtime_ns))
        return tuple(found)


def _address(page: Server | None) -> tuple[str, int] | None:
    return (page.host, page.port) if page else None


class SlotTrigger(BaseTrigger):  # type: ignore[misc]  # apscheduler ships no types
    """A digest's slots for APScheduler, whose own cron numbers weekdays otherwise and fires twice in a doubled hour."""

    def __init__(self, policy: DigestPolicy) -> None:
        self._cron = Cron.parse(policy.at or "")
        self._zone = policy.timezone

    def get_next_fire_time(self, previous_fire_time: datetime | None, now: datetime) -> datetime | None:
        """The instant of the next slot."""
        after = max(previous_fire_time, now) if previous_fire_time else now
        slot = next_slot(self._cron, self._zone, after.astimezone(UTC))
        return instant(slot) if slot else None
