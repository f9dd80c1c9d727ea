"""`digest`, `deliveries`, `retry`, `send-test`."""

import asyncio
import json
import os
import sys
from datetime import timedelta
from typing import Literal

import click
from rich.console import Console
from rich.table import Table

from watcher import digest as rendering
from watcher.app import load_config, make_channels, own_look
from watcher.charts import sparklines
from watcher.cli.common import DurationType, Options, ago, common, fail, print_json, require_config
from watcher.clock import SystemClock
from watcher.deliver import test_digest
from watcher.jobs import Live, preview
from watcher.jobs.figures import series_of, with_sparklines
from watcher.model import AttemptOutcome, DeliveryId, DeliveryState, DeliveryView, Digest, Outgoing
from watcher.settings import Settings
from watcher.store import open_store


def _settings(options: Options, *, secrets: bool = False) -> Settings:
    return load_config(require_config(options.path), os.environ, secrets=secrets).settings


@click.command()
@common
@click.argument("name")
@click.option("--since", type=DurationType(), default="24h", show_default=True, help="How far back.")
@click.option("--format", "form", type=click.Choice(["html", "text", "json"]), default="text", show_default=True)
def digest(options: Options, name: str, since: timedelta, form: Literal["html", "text", "json"]) -> None:
    """Render a digest now, without sending it."""
    settings = _settings(options)
    known = [policy.name for policy in settings.digests]
    if name not in known:
        raise click.UsageError(f"no digest is called {name!r}; there are: {', '.join(known) or 'none'}")
    made = asyncio.run(_preview(settings, name, since))
    policy = next(policy for policy in settings.digests if policy.name == name)
    look = own_look(settings, policy)
    match form:
        case "html":
            pictured = with_sparklines(made, sparklines(series_of(made)))
            click.echo(rendering.render_html(pictured, look))
        case "text":
            click.echo(rendering.render_text(made, look))
        case "json":
            click.echo(json.dumps(rendering.payload(made), ensure_ascii=False, indent=2))


async def _preview(settings: Settings, name: str, since: timedelta) -> Digest:
    clock = SystemClock()
    store = open_store(settings.storage, migrate=False)
    try:
        now = clock.now()
        return await preview(store, Live(settings), name, now - since, now)
    finally:
        await store.aclose()


@click.command()
@common
@click.option("--dead", is_flag=True, help="Only those that gave up or are held.")
@click.option("--limit", type=click.IntRange(min=1), default=50, show_default=True, help="How many, newest first.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def deliveries(options: Options, dead: bool, limit: int, as_json: bool) -> None:
    """Show what was sent, what waits, and what gave up."""
    states = (DeliveryState.DEAD, DeliveryState.HELD) if dead else ()
    rows = asyncio.run(_deliveries(_settings(options), limit, states))
    if as_json:
        print_json([_delivery_json(row) for row in rows])
        return
    now = SystemClock().now()
    table = Table(box=None, pad_edge=False)
    for name in ("id", "digest", "channel", "state", "written", "attempts", "next", "last answer"):
        table.add_column(name, overflow="fold")
    for row in rows:
        last = row.attempts[-1] if row.attempts else None
        table.add_row(
            row.id,
            row.series,
            row.channel,
            row.fate,
            ago(row.created, now),
            str(len(row.attempts)),
            ago(row.next_attempt, now) if row.next_attempt and row.state is DeliveryState.PENDING else "",
            last.answer if last else row.note,
        )
    Console(width=None if sys.stdout.isatty() else 160).print(table)


async def _deliveries(settings: Settings, limit: int, states: tuple[DeliveryState, ...]) -> tuple[DeliveryView, ...]:
    store = open_store(settings.storage, migrate=False)
    try:
        return await store.deliveries(limit, states=states)
    finally:
        await store.aclose()


def _delivery_json(row: DeliveryView) -> dict[str, object]:
    return {
        "id": row.id,
        "digest": row.series,
        "digest_id": row.digest,
        "channel": row.channel,
        "state": row.state.value,
        "note": row.note,
        "created": row.created,
        "next_attempt": row.next_attempt,
        "attempts": [
            {"at": one.at, "outcome": one.outcome.value, "reason": one.reason.value, "answer": one.answer}
            for one in row.attempts
        ],
        "recipients": [
            {"address": one.address, "state": one.outcome.value, "answer": one.answer} for one in row.recipients
        ],
    }


@click.command()
@common
@click.argument("delivery")
def retry(options: Options, delivery: str) -> None:
    """Make a delivery due again: the daemon (or `once`) sends it next."""
    if not asyncio.run(_retry(_settings(options), DeliveryId(delivery))):
        fail(f"no delivery {delivery} waits, is held or dead: see `watcher deliveries`")
    click.echo(f"{delivery} is due now; the daemon sends it within a second, else `watcher once`")


async def _retry(settings: Settings, delivery: DeliveryId) -> bool:
    store = open_store(settings.storage, migrate=False)
    try:
        return await store.retry_delivery(delivery, SystemClock().now())
    finally:
        await store.aclose()


@click.command("send-test")
@common
@click.argument("channel")
def send_test(options: Options, channel: str) -> None:
    """Send a test message through a channel and show the answer."""
    settings = _settings(options, secrets=True)
    clock = SystemClock()
    made = make_channels(settings, clock)
    if channel not in made:
        raise click.UsageError(f"no enabled channel is called {channel!r}; there are: {', '.join(made) or 'none'}")
    now = clock.now()
    delivery = DeliveryId(f"msg_test_{now:%Y%m%d%H%M%S%f}")
    target = made[channel]
    outgoing = Outgoing(
        id=delivery,
        channel=channel,
        body=target.render(test_digest(now), delivery),
        created=now,
        recipients=tuple(target.recipients()),
    )
    attempt = asyncio.run(target.send(outgoing))
    for recipient in attempt.recipients:
        click.echo(f"{recipient.address}: {recipient.outcome.value} {recipient.answer}".rstrip())
    failed = attempt.outcome is not AttemptOutcome.SENT
    click.echo(f"{channel}: {attempt.outcome.value}: {attempt.answer or attempt.reason.value}", err=failed)
    if failed:
        raise click.exceptions.Exit(1)
