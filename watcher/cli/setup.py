"""`init` and `check`."""

import asyncio
import os
from pathlib import Path

import click

from watcher import config, rates, topics
from watcher.app import load_config, make_channels, query_faults
from watcher.cli.common import Options, common, fail, meter, plural, print_json, require_config, warn
from watcher.cli.templates import template_faults
from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher
from watcher.figures.rules import describe as describe_figures
from watcher.jobs.poll import parse, request_for
from watcher.model import AttemptOutcome, Fetched, FetchFailed, Gone
from watcher.pipeline import FeedReading
from watcher.pool import WorkerPool
from watcher.settings import Feed, Settings

PROBE_MEMORY = 1_500_000_000


@click.command()
@common
@click.argument("folder", required=False, type=click.Path(path_type=Path), default=Path("config"))
def init(options: Options, folder: Path) -> None:
    """Write a commented starter config into DIR [config/]."""
    del options
    for file in config.write_starter(folder):
        click.echo(f"wrote {file}")
    where = "" if folder == Path("config") else f" -c {folder}"
    click.echo(f"next: watcher check{where}, then watcher once{where}, then watcher run{where}")


@click.command()
@common
@click.option("--online", is_flag=True, help="Also poll each feed once and try each channel's login.")
@click.option("--strict", is_flag=True, help="Exit 1 on warnings.")
@click.option("--schema", is_flag=True, help="Print the JSON Schema of the config and end.")
def check(options: Options, online: bool, strict: bool, schema: bool) -> None:
    """Validate the config and its queries; say what each topic will look for."""
    if schema:
        print_json(config.schema())
        return
    loaded = load_config(require_config(options.path), os.environ)
    settings = loaded.settings
    warnings = [*loaded.warnings, *query_faults(loaded), *asyncio.run(template_faults(settings))]
    warn(warnings)
    click.echo(_described(settings))
    problems = asyncio.run(_probe(settings)) if online else ()
    for problem in problems:
        click.echo(problem, err=True)
    if problems:
        fail(f"{len(problems)} of the feeds and channels did not answer well")
    click.echo("config is fine" + (f", with {plural(len(warnings), 'warning')}" if warnings else ""))
    if strict and warnings:
        raise click.exceptions.Exit(1)


def _described(settings: Settings) -> str:
    counted = (("feed", settings.feeds), ("channel", settings.channels), ("digest", settings.digests))
    lines = [", ".join(plural(len(items), noun) for noun, items in counted)]
    for topic in settings.topics:
        lines += ["", f"{topic.title} ({topic.name}, {topic.severity})"]
        lines += ["  " + line for line in topics.describe(topic, settings.terms).splitlines()]
        lines += ["  and " + describe_figures(topic.figures)] if topic.figures else []
        told = rates.describe(topic)
        lines += ["  its stories are counted; told is only:", *(f"  - {line}" for line in told)] if told else []
    for policy in settings.digests:
        cadence = (
            f"at {policy.at} ({policy.timezone})"
            if policy.at
            else (
                f"{config.format_duration(policy.wait)} after the first match, "
                f"at most every {config.format_duration(policy.every)}"
            )
        )
        taken = ", ".join(settings.digest_topics(policy))
        lines += ["", f"digest {policy.name}: {taken} to {', '.join(policy.to)}, {cadence}"]
    return "\n".join([*lines, ""])


async def _probe(settings: Settings) -> tuple[str, ...]:
    """Ask each feed and each channel once; what is wrong, in words."""
    clock = SystemClock()
    fetcher, workers = HttpFetcher(settings.fetch, clock), WorkerPool(settings.extract.workers, PROBE_MEMORY)
    try:
        with meter("asking", len(settings.feeds), clock.monotonic) as bar:

            async def one(feed: Feed) -> str | None:
                try:
                    return await _probe_feed(fetcher, workers, feed)
                finally:
                    bar.step()

            found = await asyncio.gather(*(one(feed) for feed in settings.feeds))
        problems = [problem for problem in found if problem]
        for name, channel in make_channels(settings, clock).items():
            attempt = await channel.probe()
            if attempt.outcome is not AttemptOutcome.SENT:
                problems.append(f"channel {name}: {attempt.answer or attempt.reason.value}")
            else:
                click.echo(f"  channel {name}: {attempt.answer}")
        return tuple(problems)
    finally:
        await workers.aclose()
        await fetcher.aclose()


def _counted(parsed: FeedReading) -> str:
    """What a body lists; an index lists sitemaps, of which those named here are read."""
    return (
        f"{plural(len(parsed.children), 'sitemap')} to read" if parsed.children else plural(len(parsed.told), "entry")
    )


async def _probe_feed(fetcher: HttpFetcher, workers: WorkerPool, feed: Feed) -> str | None:
    outcome = await fetcher.get(request_for(feed, None, SystemClock().now()))
    if isinstance(outcome, Fetched):
        outcome, parsed = await parse(workers, outcome, feed.url)
        if parsed is not None:
            note = f" (mended: {parsed.feed.fault})" if parsed.feed.fault else ""
            click.echo(f"  {feed.name}: {parsed.feed.kind}, {_counted(parsed)}{note}")
    match outcome:
        case FetchFailed(detail=detail):
            return f"feed {feed.name}: {detail} ({feed.url})"
        case Gone():
            return f"feed {feed.name}: gone (410) ({feed.url})"
        case _:
            return None
