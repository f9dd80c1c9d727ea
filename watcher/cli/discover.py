"""`feeds discover URL`: what a site has to poll, each candidate asked and shown as what it is."""

import asyncio
import os
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from urllib.parse import urljoin

import click
from rich.console import Console
from rich.table import Table

from watcher.app import WORKER_MEMORY, load_config
from watcher.cli.common import Options, ago, common, fail, meter, print_json
from watcher.clock import SystemClock
from watcher.feeds.discover import Candidate, candidates, robots_sitemaps
from watcher.fetch import HttpFetcher
from watcher.jobs.poll import ACCEPT, parse
from watcher.model import Fetched, FetchFailed, Gone, Request
from watcher.pipeline import FeedReading
from watcher.pool import WorkerPool
from watcher.settings import Fetch

MOST_SITEMAPS = 5
MOST_CANDIDATES = 40
SHORTEST = 1 / 24  # days from the oldest item on, below which nothing is said of items a day
SPACING = timedelta(milliseconds=100)
PAGE_ACCEPT = "text/html, application/xhtml+xml, application/rss+xml, application/atom+xml, */*;q=0.1"


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A candidate that is a feed."""

    url: str
    source: str
    kind: str
    title: str
    language: str | None
    items: int
    latest: datetime | None
    a_day: float | None


@click.command()
@common
@click.argument("url")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def discover(options: Options, url: str, as_json: bool) -> None:
    """Find the feeds of a site: what its page links to, the usual paths, the sitemaps that robots.txt names."""
    if "://" not in url:
        url = f"https://{url}"
    clock = SystemClock()
    found = asyncio.run(_search(url, _settings(options), clock))
    if isinstance(found, str):
        fail(f"{url}: {found}")
    if as_json:
        print_json([asdict(one) for one in found])
    elif found:
        Console(width=None if os.isatty(1) else 160).print(_table(found, clock.now()))
    if not found:
        fail(f"{url}: no feed found")


def _settings(options: Options) -> Fetch:
    """How the config says to ask, where there is one."""
    fetch = Fetch()
    if options.path.exists():
        fetch = load_config(options.path, os.environ, secrets=False).settings.fetch
    return fetch.model_copy(update={"host_delay": min(fetch.host_delay, SPACING)})


async def _search(url: str, settings: Fetch, clock: SystemClock) -> tuple[Found, ...] | str:
    fetcher, workers = HttpFetcher(settings, clock), WorkerPool(1, WORKER_MEMORY)
    try:
        page = await fetcher.get(Request(url=url, accept=PAGE_ACCEPT, trusted=True))
        match page:
            case FetchFailed(detail=detail):
                return detail
            case Fetched():
                return await _feeds(fetcher, workers, page, clock)
            case _:
                return "gone (410)" if isinstance(page, Gone) else "no answer that can be used"
    finally:
        await workers.aclose()
        await fetcher.aclose()


async def _feeds(fetcher: HttpFetcher, workers: WorkerPool, page: Fetched, clock: SystemClock) -> tuple[Found, ...]:
    _, reading = await parse(workers, page, page.url)
    if reading is not None:
        return (_found(page.url, "itself", reading, clock.now()),)
    listed = [*candidates(page.body, page.url)]
    robots = await fetcher.get(Request(url=urljoin(page.url, "/robots.txt"), trusted=True))
    if isinstance(robots, Fetched):
        listed += robots_sitemaps(robots.body)[:MOST_SITEMAPS]
    unique = {candidate.url: candidate for candidate in reversed(listed)}
    asked = [candidate for candidate in listed if unique.get(candidate.url) is candidate][:MOST_CANDIDATES]
    with meter("asking", len(asked), clock.monotonic) as bar:

        async def one(candidate: Candidate) -> Found | None:
            outcome = await fetcher.get(Request(url=candidate.url, accept=ACCEPT, trusted=_same_host(candidate, page)))
            reading = None
            if isinstance(outcome, Fetched):
                _, reading = await parse(workers, outcome, outcome.url)
            bar.step()
            if reading is None or not isinstance(outcome, Fetched):
                return None
            return _found(outcome.moved_to or candidate.url, candidate.source.value, reading, clock.now())

        answers = await asyncio.gather(*(one(candidate) for candidate in asked))
    first: dict[tuple[object, ...], Found] = {}
    for answer in answers:
        if answer is not None:
            first.setdefault((answer.kind, answer.title, answer.items, answer.latest), answer)
    return tuple(first.values())


def _same_host(candidate: Candidate, page: Fetched) -> bool:
    """What the user named may be private; what its page points to elsewhere may not."""
    return urljoin(candidate.url, "/") == urljoin(page.url, "/")


def _found(url: str, source: str, reading: FeedReading, now: datetime) -> Found:
    dates = sorted(min(date, now) for one in reading.told if (date := one.entry.published or one.entry.updated))
    days = (now - dates[0]) / timedelta(days=1) if dates else 0.0
    return Found(
        url=url,
        source=source,
        kind=reading.feed.kind,
        title=reading.feed.title,
        language=reading.feed.language or reading.language,
        items=len(reading.told) or len(reading.children),
        latest=dates[-1] if dates else None,
        a_day=round(len(dates) / days, 1) if days > SHORTEST else None,
    )


def _table(found: tuple[Found, ...], now: datetime) -> Table:
    table = Table(box=None, pad_edge=False)
    for name in ("url", "kind", "title", "language", "items", "a day", "latest", "found by"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(
            one.url,
            one.kind,
            one.title,
            one.language or "",
            str(one.items),
            "" if one.a_day is None else f"{one.a_day:g}",
            ago(one.latest, now) if one.latest else "",
            one.source,
        )
    return table
