"""`run`, `once`, `backup`."""

import asyncio
import os
import sys
from pathlib import Path

import click
import structlog

from watcher import web
from watcher.app import App, Events, Once, load_config, once as one_pass, open_app
from watcher.cli.common import Options, common, fail, meter, plural, require_config, rfc3339, warn
from watcher.clock import SystemClock
from watcher.config import Loaded
from watcher.daemon import GRACE, Daemon
from watcher.jobs import Closed, Delivered, Polled, Read
from watcher.model import AttemptOutcome, AttemptReason, FetchFailed, Gone
from watcher.settings import Settings
from watcher.store import open_store

log = structlog.get_logger()


@click.command()
@common
def run(options: Options) -> None:
    """Watch until told to stop: poll, read, match, send, and serve the page."""
    path = require_config(options.path)
    sys.exit(asyncio.run(_run(path, _load(path))))


def _load(path: Path) -> Loaded:
    loaded = load_config(path, os.environ)
    warn(loaded.warnings)
    return loaded


async def _run(path: Path, loaded: Loaded) -> int:
    clock, settings = SystemClock(), loaded.settings
    app = await open_app(settings, clock, log_events())
    daemon = Daemon(app, path, lambda: load_config(path, os.environ), files=loaded.files)
    try:
        async with web.serve(settings.server, app, daemon) as address:
            counts = {"feeds": len(settings.feeds), "topics": len(settings.topics), "digests": len(settings.digests)}
            log.info("watching", **counts, page=address or "off")
            await daemon.run()
    finally:
        await app.aclose(GRACE)
    log.info("stopped")
    return 0


def log_events() -> Events:
    """What the jobs come to, as log lines."""
    return Events(polled=_log_polled, read=_log_read, closed=_log_closed, delivered=_log_delivered)


def _log_polled(polled: Polled) -> None:
    match polled.outcome:
        case FetchFailed(reason=reason, detail=detail):
            log.warning("feed failed", feed=polled.feed, reason=reason.value, detail=detail)
        case Gone():
            log.warning("feed is gone (410); it is not polled any more", feed=polled.feed)
        case _ if polled.new or polled.changed:
            log.info("feed brought news", feed=polled.feed, new=polled.new, changed=polled.changed)
        case _:
            log.debug("feed unchanged", feed=polled.feed)


def _log_read(read: Read) -> None:
    if read.topics:
        log.info("article matches", title=read.article.title, url=read.article.url, topics=list(read.topics))
    else:
        log.debug("article read", title=read.article.title, url=read.article.url)
    if read.failure:
        log.debug("page not read in full", url=read.article.url, reason=read.failure)


def _log_closed(closed: Closed) -> None:
    stories = sum(len(topic.stories) for topic in closed.digest.topics)
    log.info("digest written", digest=closed.digest.series, period=closed.digest.period, stories=stories)


def _log_delivered(delivered: Delivered) -> None:
    attempt = delivered.attempt
    say = log.info if attempt.outcome is AttemptOutcome.SENT else log.error if delivered.gave_up else log.warning
    given_up = f"delivery {_fate(delivered)}; `watcher retry` sends it again"
    say(
        given_up if delivered.gave_up else f"delivery {attempt.outcome}",
        delivery=delivered.delivery,
        channel=delivered.channel,
        reason=attempt.reason.value,
        answer=attempt.answer,
        again=rfc3339(delivered.again) if delivered.again else None,
    )


@click.command()
@common
@click.option("--force", is_flag=True, help="Also feeds that are backing off after failures.")
@click.option("--all", "every_digest", is_flag=True, help="Close every digest, due or not.")
@click.option("--strict", is_flag=True, help="Exit 1 if any feed failed.")
def once(options: Options, force: bool, every_digest: bool, strict: bool) -> None:
    """Poll every feed once, read, match, send what is due, and end: for cron and for trying."""
    settings = _load(require_config(options.path)).settings
    report = asyncio.run(_once(settings, force=force, every_digest=every_digest))
    failed = [polled for polled in report.polled if isinstance(polled.outcome, FetchFailed | Gone)]
    for polled in failed:
        detail = polled.outcome.detail if isinstance(polled.outcome, FetchFailed) else "gone (410)"
        click.echo(f"feed failed: {polled.feed}: {detail}", err=True)
    for url, why in report.skipped:
        click.echo(f"feed not asked: {url}: {why}", err=True)
    unsent = [sent for sent in report.delivered if sent.attempt.outcome is not AttemptOutcome.SENT]
    for sent in unsent:
        fate = _fate(sent)
        click.echo(f"delivery failed ({fate}): {sent.channel}: {sent.attempt.answer} ({sent.delivery})", err=True)
    click.echo(_summary(report, failed=len(failed), unsent=len(unsent)))
    none_answered = bool(settings.feeds) and len(failed) == len(report.polled)
    if unsent or none_answered or (strict and failed):
        raise click.exceptions.Exit(1)


def _fate(sent: Delivered) -> str:
    if sent.gave_up:
        return "sent to some, given up for others" if sent.attempt.reason is AttemptReason.PARTIAL else "given up"
    return sent.attempt.outcome.value


def _summary(report: Once, *, failed: int, unsent: int) -> str:
    feeds = f"{len(report.polled) - failed} of {plural(len(report.polled) + len(report.skipped), 'feed')} answered"
    waiting = f" ({len(report.skipped)} not asked)" if report.skipped else ""
    sent = len(report.delivered) - unsent
    held = sum(not closed.ready.deliveries for closed in report.digests)
    wait = f" ({held} waiting: see `watcher deliveries`)" if held else ""
    told = f"{sent} of {plural(len(report.delivered), 'delivery')} sent"
    return (
        f"{feeds}{waiting}; {plural(report.articles, 'article')} read, {report.matched} matched; "
        f"{plural(len(report.digests), 'digest')} written{wait}, {told}"
    )


async def _once(settings: Settings, *, force: bool, every_digest: bool) -> Once:
    clock = SystemClock()
    with meter("polling and reading", len(settings.feeds), clock.monotonic) as bar:
        expected = len(settings.feeds)

        def on_polled(polled: Polled) -> None:
            nonlocal expected
            expected += len(polled.ready.entries)
            bar.step(total=expected)

        events = Events(polled=on_polled, read=lambda _: bar.step(total=expected))
        app: App = await open_app(settings, clock, events)
        try:
            return await one_pass(app, force=force, every_digest=every_digest)
        finally:
            await app.aclose()


@click.command()
@common
@click.argument("file", type=click.Path(path_type=Path))
def backup(options: Options, file: Path) -> None:
    """Copy the store, consistently, while the daemon runs.

    Restored, it may send again what was sent after it was made.
    """
    settings = load_config(require_config(options.path), os.environ, secrets=False).settings
    if file.exists():
        fail(f"{file} exists already; a backup never overwrites", 2)
    if not file.parent.is_dir():
        fail(f"{file}: there is no folder {file.parent}; make it first, or name another file", 2)
    asyncio.run(_backup(settings, file))
    click.echo(f"store copied to {file} ({file.stat().st_size:,} bytes)")


async def _backup(settings: Settings, file: Path) -> None:
    store = open_store(settings.storage, migrate=False)
    try:
        await store.backup(file)
    finally:
        await store.aclose()
