"""`silence`, `ack`, `silences`, `unsilence`."""

import asyncio
import getpass
import os
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import TypeVar

import click

from watcher.app import load_config
from watcher.cli.common import DurationType, Options, ago, common, fail, print_json, require_config
from watcher.clock import SystemClock
from watcher.model import Silence, StoryId
from watcher.settings import SOURCES, Settings
from watcher.store import SqlStore, open_store

T = TypeVar("T")


def _settings(options: Options) -> Settings:
    return load_config(require_config(options.path), os.environ, secrets=False).settings


def _with_store(settings: Settings, work: Callable[[SqlStore, datetime], Awaitable[T]]) -> T:
    async def run() -> T:
        store = open_store(settings.storage, migrate=False)
        try:
            return await work(store, SystemClock().now())
        finally:
            await store.aclose()

    return asyncio.run(run())


def _author() -> str:
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # a user without a name, as in a container
        return "unknown"


@click.command()
@common
@click.argument("topic")
@click.option("--story", help="Only this story (its id, or an article's id or URL), until it gains something.")
@click.option("--place", help="Only what names this place in headline, first paragraph or a sentence that matched.")
@click.option("--for", "span", type=DurationType(), required=True, help="How long, such as 6h.")
@click.option("--why", required=True, help="The reason, for those who wonder.")
@click.option("--by", default=_author, help="Who silences it; by default, you.")
def silence(
    options: Options, topic: str, story: str | None, place: str | None, span: timedelta, why: str, by: str
) -> None:
    """Record and show what a topic finds, and do not tell it, for a time."""
    settings = _settings(options)
    known = [*(one.name for one in settings.topics), SOURCES]
    if topic not in known:
        raise click.UsageError(f"no topic is called {topic!r}; there are: {', '.join(known)}")
    _check(span, why)

    async def add(store: SqlStore, now: datetime) -> Silence:
        of = await _story(store, story) if story else None
        made = Silence(topic=topic, starts=now, ends=now + span, why=why, by=by, story=of, place=place)
        return await store.add_silence(made)

    made = _with_store(settings, add)
    click.echo(f"silence {made.id}: {_in_words(made)}, {_until(made, settings)}")


@click.command()
@common
@click.argument("story")
@click.option("--for", "span", type=DurationType(), default="30d", show_default=True, help="How long at most.")
@click.option("--why", default="acknowledged", show_default=True, help="The reason.")
@click.option("--by", default=_author, help="Who acknowledges it; by default, you.")
def ack(options: Options, story: str, span: timedelta, why: str, by: str) -> None:
    """Acknowledge a story (its id, or an article's id or URL): it is told again when it gains something."""
    settings = _settings(options)
    _check(span, why)

    async def add(store: SqlStore, now: datetime) -> Silence:
        of = await _story(store, story)
        return await store.add_silence(Silence(topic="", starts=now, ends=now + span, why=why, by=by, story=of))

    made = _with_store(settings, add)
    click.echo(f"silence {made.id}: {_in_words(made)}, {_until(made, settings)}")


def _check(span: timedelta, why: str) -> None:
    if span <= timedelta(0):
        raise click.UsageError("--for: a time above zero is wanted")
    if not why.strip():
        raise click.UsageError("--why: a reason is wanted, for those who wonder")


async def _story(store: SqlStore, ref: str) -> StoryId:
    found = await store.story_of(ref)
    if found is None:
        fail(f"no story, and no article, is stored as {ref}")
    return found


def _in_words(one: Silence) -> str:
    parts = [one.topic or "every topic"]
    if one.story:
        parts.append(f"story {one.story}")
    if one.place:
        parts.append(f"place {one.place}")
    return ", ".join(parts)


def _until(one: Silence, settings: Settings) -> str:
    end = f"{one.ends.astimezone(settings.timezone):%d %b %H:%M}"
    return f"until it gains something, or {end}" if one.story else f"until {end}"


@click.command("silences")
@common
@click.option("--all", "every", is_flag=True, help="Also those that have ended.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def list_silences(options: Options, every: bool, as_json: bool) -> None:
    """List what is not told, until when, and why."""
    settings = _settings(options)

    async def read(store: SqlStore, now: datetime) -> tuple[tuple[Silence, ...], datetime]:
        return await store.silences(datetime.min.replace(tzinfo=now.tzinfo) if every else now), now

    found, now = _with_store(settings, read)
    if as_json:
        print_json([_json(one) for one in found])
        return
    for one in found:
        ends = "ends when it gains something, or" if one.story else "ends"
        state = "ended" if one.ends <= now else ends
        origin = " (config)" if one.origin else ""
        click.echo(f"{one.id}  {_in_words(one)}: {one.why} ({one.by}), {state} {ago(one.ends, now)}{origin}")
    if not found:
        click.echo("nothing is silenced")


def _json(one: Silence) -> dict[str, object]:
    return {
        "id": one.id,
        "topic": one.topic or None,
        "story": one.story,
        "place": one.place,
        "starts": one.starts,
        "ends": one.ends,
        "why": one.why,
        "by": one.by,
        "origin": "config" if one.origin else "command",
    }


@click.command()
@common
@click.argument("number", metavar="ID", type=int)
def unsilence(options: Options, number: int) -> None:
    """End a silence now. What it kept from being told is not told afterwards."""
    settings = _settings(options)

    async def end(store: SqlStore, now: datetime) -> tuple[bool, bool]:
        of_config = [one.id for one in await store.silences(now) if one.origin]
        return number in of_config, number not in of_config and await store.end_silence(number, now)

    of_config, ended = _with_store(settings, end)
    if of_config:
        fail(f"silence {number} stands in the config: take it out under `silences`")
    if not ended:
        fail(f"no silence {number} holds: see `watcher silences`")
    click.echo(f"silence {number} has ended")
