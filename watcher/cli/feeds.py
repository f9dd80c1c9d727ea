"""`feeds list · add · discover · import · export`."""

import asyncio
import os
from datetime import datetime
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from watcher import config, schedule
from watcher.app import load_config
from watcher.cli.common import Options, ago, common, fail, print_json, require_config
from watcher.cli.discover import discover
from watcher.clock import SystemClock
from watcher.errors import WatcherError
from watcher.feeds.opml import OpmlFeed, parse_opml, write_opml
from watcher.model import FeedState
from watcher.settings import Feed, Settings
from watcher.store import open_store, store_exists


@click.group()
def feeds() -> None:
    """List, add, find, import and export feeds."""


feeds.add_command(discover)


@feeds.command("list")
@common
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_feeds(options: Options, as_json: bool) -> None:
    """Show each feed and how it is."""
    settings = load_config(require_config(options.path), os.environ, secrets=False).settings
    states = asyncio.run(_states(settings))
    now = SystemClock().now()
    rows = [_row(feed, states.get(feed.url), now) for feed in settings.feeds]
    if as_json:
        print_json(rows)
        return
    table = Table(box=None, pad_edge=False)
    for name in ("feed", "state", "last error", "last success", "next poll", "items a day", "304", "moved to", "tags"):
        table.add_column(name, overflow="fold")
    for row, feed in zip(rows, settings.feeds, strict=True):
        state = states.get(feed.url)
        table.add_row(
            feed.name,
            str(row["state"]),
            str(row["last_error"] or "") if str(row["last_error"]) not in str(row["state"]) else "",
            ago(state.last_success, now) if state else "never",
            "never" if state and state.gone else ago(state.next_check, now) if state else "at the next start",
            f"{row['items_a_day']:.3g}" if row["items_a_day"] is not None else "",
            f"{row['unchanged_share']:.0%}" if state and state.polls else "",
            str(row["moved_to"] or ""),
            ", ".join(feed.tags),
        )
    Console(width=None if os.isatty(1) else 160).print(table)


def _row(feed: Feed, state: FeedState | None, now: datetime) -> dict[str, object]:
    a_day = schedule.Memory.read(state.memory).rhythm.items_a_day(now) if state else None
    held = state is not None and state.moved_times >= schedule.MOVED_HOLDS
    return {
        "url": feed.url,
        "name": feed.name,
        "tags": feed.tags,
        "language": feed.language,
        "state": "not polled yet" if state is None else schedule.condition(state, now),
        "last_success": state.last_success if state else None,
        "last_error": (state.error_detail or None) if state else None,
        "next_poll": None if state is None or state.gone else state.next_check,
        "last_poll": state.last_poll if state else None,
        "failures": state.failures if state else 0,
        "items_a_day": None if a_day is None else round(a_day, 2),
        "entries": state.entries if state else 0,
        "polls": state.polls if state else 0,
        "unchanged_share": state.unchanged / state.polls if state and state.polls else 0.0,
        "moved_to": state.moved_to if state and held else None,
    }


async def _states(settings: Settings) -> dict[str, FeedState]:
    if not store_exists(settings.storage):
        return {}
    store = open_store(settings.storage, migrate=False)
    try:
        return {state.url: state for state in await store.feeds()}
    finally:
        await store.aclose()


@feeds.command()
@common
@click.argument("url")
@click.option("--name", help="What people call it.")
@click.option("--tag", "tags", multiple=True, help="A tag (may be repeated).")
@click.option("--language", help="Its language, such as ar.")
def add(options: Options, url: str, name: str | None, tags: tuple[str, ...], language: str | None) -> None:
    """Write a feed into the config, comments kept."""
    path = require_config(options.path)
    added = config.add_feed(path, url=url, name=name, tags=tags, language=language)
    if added is None:
        click.echo(f"{url} is in the config already")
        return
    click.echo(f"{added[0]}:{added[1]}")


@feeds.command("import")
@common
@click.argument("file", type=click.Path(path_type=Path))
def import_opml(options: Options, file: Path) -> None:
    """Write the feeds of an OPML file into the config, folders as tags."""
    path = require_config(options.path)
    try:
        listed = parse_opml(file.read_bytes())
    except OSError as error:
        fail(f"{file}: cannot be read: {error.strerror}", 2)
    except (WatcherError, ValueError) as error:
        fail(f"{file}: {error}", 2)
    if not listed:
        fail(f"{file}: lists no feed")
    places = config.add_feeds(path, listed)
    for place in places:
        click.echo(f"{place[0]}:{place[1]}")
    click.echo(f"{len(places)} feeds added, {len(listed) - len(places)} were there already", err=True)


@feeds.command()
@common
def export(options: Options) -> None:
    """Print the feeds as OPML, tags as folders."""
    settings = load_config(require_config(options.path), os.environ, secrets=False).settings
    listed = tuple(OpmlFeed(url=feed.url, name=feed.name, tags=feed.tags) for feed in settings.feeds)
    click.echo(write_opml(listed).decode(), nl=False)
