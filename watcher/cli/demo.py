"""`demo`: the main job, with no network and no config."""

import asyncio
import tempfile
from pathlib import Path

import click
from rich.console import Console
from rich.table import Table

from watcher import digest as rendering, web
from watcher.app import App, Events, channel_look, load_config, open_app
from watcher.cli.common import Options, common
from watcher.clock import SystemClock
from watcher.daemon import Daemon
from watcher.demo import demo_settings, serve
from watcher.jobs import Closed, Delivered, Polled, Read
from watcher.model import AttemptOutcome, Fetched
from watcher.runner import Kind
from watcher.settings import Settings

QUIET = 0.2  # seconds between looks whether the work is done


@click.command()
@common
@click.option("--exit", "leave", is_flag=True, help="End when the digest is out.")
@click.option("--port", default=0, help="Port of the page [a free one].")
def demo(options: Options, leave: bool, port: int) -> None:
    """Serve a small news site on loopback, run the real daemon on it, show the digest; needs no network."""
    del options
    with tempfile.TemporaryDirectory(prefix="watcher-demo-") as folder:
        asyncio.run(_demo(Path(folder), leave=leave, port=port))


class Story:
    """What the demo tells as it goes."""

    def __init__(self) -> None:
        self.polled: list[Polled] = []
        self.read: list[Read] = []
        self.closed: list[Closed] = []
        self.sent: list[Delivered] = []

    def events(self) -> Events:
        """Hear the jobs."""
        return Events(
            polled=self.polled.append, read=self.read.append, closed=self.closed.append, delivered=self.sent.append
        )


async def _demo(folder: Path, *, leave: bool, port: int) -> None:
    clock = SystemClock()
    async with serve(clock.now()) as site:
        for name, text in demo_settings(site.base_url, listen=f"127.0.0.1:{port}").items():
            file = folder / name
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        loaded = load_config(folder, {})
        settings = loaded.settings
        feeds = len(settings.feeds)
        click.echo(f"A news site of {feeds} feeds is served at {site.base_url}; the daemon polls it now.\n")
        story = Story()
        app = await open_app(settings, clock, story.events())
        daemon = Daemon(app, None, lambda: loaded)
        try:
            async with web.serve(settings.server, app, daemon) as address:
                running = asyncio.create_task(daemon.run())
                told = asyncio.create_task(_until_told(app, story))
                await asyncio.wait({running, told}, return_when=asyncio.FIRST_COMPLETED)
                if not running.done():
                    _show(settings, story)
                    _stay(daemon, folder, address, leave=leave)
                await running
                told.cancel()
        finally:
            await app.aclose()


def _stay(daemon: Daemon, folder: Path, address: str | None, *, leave: bool) -> None:
    if leave:
        daemon.stop()
    else:
        click.echo(f"\nThe digest lies in {folder / 'digests'}, as HTML, text and JSON, until the demo ends.")
        click.echo(f"The page is at {address}  (Ctrl-C ends the demo)")


async def _until_told(app: App, story: Story) -> None:
    """Until every feed was polled, all articles are read, and the digests are out."""
    while not await _told(app, story):  # noqa: ASYNC110 - the truth is in the store, which sends no event
        await asyncio.sleep(QUIET)


async def _told(app: App, story: Story) -> bool:
    polled = len({polled.feed for polled in story.polled}) == len(app.settings.feeds)
    reading = app.runner.backlog(Kind.READ) or await app.store.due_entries(app.clock.now(), 1)
    waiting = any(state.pending for state in await app.store.series())
    sending = app.runner.backlog(Kind.DELIVER) or await app.store.due_deliveries(app.clock.now(), 1)
    return polled and not reading and not waiting and not sending and bool(story.sent)


def _show(settings: Settings, story: Story) -> None:
    console = Console(highlight=False)
    table = Table("feed", "entries", box=None, pad_edge=False, title="Polled", title_justify="left")
    names = {feed.url: feed.name for feed in settings.feeds}
    for polled in story.polled:
        if isinstance(polled.outcome, Fetched):
            table.add_row(names[polled.feed], str(polled.new))
    console.print(table)
    matched = [read for read in story.read if read.topics]
    full = sum(read.article.full_text for read in story.read)
    console.print(f"\nRead {len(story.read)} articles, {full} in full; {len(matched)} match a topic:")
    for read in matched:
        console.print(f"  · {read.article.title}  [dim]{', '.join(read.topics)}[/dim]", soft_wrap=True)
    sent = sum(one.attempt.outcome is AttemptOutcome.SENT for one in story.sent)
    console.print(f"\n{len(story.closed)} digests written, {sent} deliveries sent. The digest:\n")
    for closed in story.closed:
        policy = next(policy for policy in settings.digests if policy.name == closed.digest.series)
        click.echo(rendering.render_text(closed.digest, channel_look(settings, policy)))
