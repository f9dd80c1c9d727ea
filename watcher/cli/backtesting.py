"""`backtest`: a topic as written now over the archive."""

import asyncio
import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import click

from watcher import rates
from watcher.app import document_of_stored, load_config
from watcher.backtest import Tally
from watcher.cli.common import DurationType, Options, common, meter, plural, print_json, require_config, rfc3339, warn
from watcher.clock import SystemClock
from watcher.errors import ConfigError, Fault, StoreError
from watcher.jobs import Live
from watcher.jobs.rates import recount
from watcher.matching import Matcher, Reader
from watcher.model import Article, ArticleId, Figure, StoredArticle
from watcher.settings import Settings, Topic
from watcher.store import SqlStore, open_store
from watcher.topics import Ruleset

BATCH = 200  # articles whose figures are written at once
LISTED = 20  # alerts
BAR = 40  # characters of the longest bar


@click.command()
@common
@click.option("--topic", "name", required=True, help="The topic to try.")
@click.option("--since", type=DurationType(), help="How far back [the whole archive].")
@click.option("--write", is_flag=True, help="Record the result; nothing is told.")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def backtest(options: Options, name: str, since: timedelta | None, write: bool, as_json: bool) -> None:
    """Tell what a topic, as written now, would have matched in the archive, and what that changes."""
    loaded = load_config(require_config(options.path), os.environ, secrets=False)
    warn(loaded.warnings)
    settings = loaded.settings
    topic = next((topic for topic in settings.topics if topic.name == name), None)
    if topic is None:
        known = ", ".join(topic.name for topic in settings.topics)
        raise ConfigError([Fault(message=f"no topic is called {name!r}", hint=f"there are: {known or 'none'}")])
    tally = asyncio.run(_tally(settings, topic, since, write=write))
    told = _told(tally, topic, SystemClock().now())
    if as_json:
        print_json(_as_json(tally, told, written=write))
        return
    click.echo(_as_text(tally, topic, colour=sys.stdout.isatty()))
    if topic.rated:
        click.echo(_as_alerts(told, len(tally.stories), tally.zone))
    if write:
        click.echo(f"recorded: {len(tally.gained)} matches added, {len(tally.lost)} taken away; nothing is told")


async def _tally(settings: Settings, topic: Topic, since: timedelta | None, *, write: bool) -> Tally:
    clock = SystemClock()
    live = Live(settings)
    matcher = Matcher(Ruleset.compile((topic,), settings.terms), live.reader)
    tally = Tally(topic=topic.name, zone=settings.timezone)
    store = open_store(settings.storage, migrate=False)
    try:
        with meter("reading the archive", None, clock.monotonic) as bar:
            ledger = _Ledger(store, live.reader, topic.name)
            async for stored in store.archive(clock.now() - since if since else None):
                found = matcher.match(document_of_stored(live, stored))
                match = found.matches[0] if found.matches else None
                tally.add(stored.article, stored.matches, match)
                if topic.rated:
                    tally.count(stored, match)
                if write:
                    await ledger.add(stored, None if match is None else found.figures)
                bar.step()
        if write:
            await ledger.write()
            await store.rewrite_matches(topic.name, tally.gained, tally.lost, clock.now())
            if topic.rated and not await recount(store, live, topic, tally.stories, _begun(tally, since, clock.now())):
                raise StoreError(f"{topic.name} is being counted just now; try again")
    finally:
        await store.aclose()
    return tally


def _begun(tally: Tally, since: timedelta | None, now: datetime) -> rates.State:
    """The state of a topic that was counted as the archive has it."""
    begun = max(tally.watched or now, now - since) if since else tally.watched or now
    last = max((at for _, at in tally.stories.values()), default=None)
    return replace(rates.State.begin("", now), since=min(begun, now), last=last)


def _told(tally: Tally, topic: Topic, now: datetime) -> tuple[rates.Told, ...]:
    """What the topic's rates would have told."""
    if not topic.rated or tally.watched is None:
        return ()
    times = [at for _, at in tally.stories.values()]
    begun = min(tally.watched, *times) if times else tally.watched
    return rates.replay(topic, times, since=begun, now=now, zone=tally.zone).told


class _Ledger:
    """Rebuilds a topic's ledger of figures as the archive is read, some articles at a time."""

    def __init__(self, store: SqlStore, reader: Reader, topic: str) -> None:
        self._store = store
        self._reader = reader
        self._topic = topic
        self._found: dict[ArticleId, tuple[Figure, ...]] = {}
        self._lost: list[ArticleId] = []
        self._languages: dict[ArticleId, str | None] = {}

    async def add(self, stored: StoredArticle, figures: tuple[Figure, ...] | None) -> None:
        """Note what is read in an article now; None where it does not match."""
        article = stored.article
        if figures is not None:
            self._found[article.id] = figures
        elif any(match.topic == self._topic for match in stored.matches):
            self._lost.append(article.id)
        self._languages[article.id] = article.language
        if len(self._languages) >= BATCH:
            await self.write()

    async def write(self) -> None:
        """Record what was noted, and what is read now in the sentences that edits took away."""
        retired = await self._store.retired_figures(self._topic, sorted(self._languages.keys() - set(self._lost)))
        earlier = {
            article: self._reader.reread(figures, self._languages[article]) for article, figures in retired.items()
        }
        await self._store.rewrite_figures(self._topic, self._found, self._lost, earlier)
        self._found, self._lost, self._languages = {}, [], {}


def _as_alerts(told: Sequence[rates.Told], counted: int, zone: ZoneInfo) -> str:
    """The newest alerts, a line each."""
    many = plural(counted, "story")
    if not told:
        return f"\ncounted in stories: {many}; no rate would have been told"
    more = f", the newest {LISTED}" if len(told) > LISTED else ""
    lines = [f"\ncounted in stories: {many}; its rates would have been told {plural(len(told), 'time')}{more}:"]
    return "\n".join([*lines, *(f"{one.at.astimezone(zone):%d %b %Y %H:%M}  {one.text}" for one in told[-LISTED:])])


def _as_json(tally: Tally, told: Sequence[rates.Told], *, written: bool) -> dict[str, object]:
    return {
        "topic": tally.topic,
        "from": tally.first and rfc3339(tally.first),
        "to": tally.last and rfc3339(tally.last),
        "articles": tally.read,
        "matched": tally.matched,
        "kept": tally.kept,
        "gained": sorted(tally.gained),
        "lost": sorted(tally.lost),
        "days": {day.isoformat(): count for day, count in sorted(tally.days.items())},
        "stories": len(tally.stories),
        "alerts": [{"at": rfc3339(one.at), "reason": one.reason, "text": one.text, "ended": one.ended} for one in told],
        "written": written,
    }


def _as_text(tally: Tally, topic: Topic, *, colour: bool) -> str:
    if tally.first is None or tally.last is None:
        return "the archive holds no articles of that time"
    period = f"{tally.first:%d %b %Y} to {tally.last:%d %b %Y}"
    lines = [
        f"{topic.title} ({topic.name}) over {plural(tally.read, 'article')}, {period}",
        f"{tally.matched} match: {tally.kept} as recorded, {len(tally.gained)} gained; {len(tally.lost)} lost",
        "",
        *_chart(tally),
    ]
    lines += _listed("gained", "+", tally.gained_sample, len(tally.gained), "32" if colour else "")
    lines += _listed("lost", "-", tally.lost_sample, len(tally.lost), "31" if colour else "")
    return "\n".join(lines)


def _chart(tally: Tally) -> list[str]:
    """A bar a day, from the first day with a match to the last."""
    if not tally.days:
        return []
    most = max(tally.days.values())
    first, last = min(tally.days), max(tally.days)
    days = [first + timedelta(days=number) for number in range((last - first).days + 1)]
    return [_bar(day, tally.days[day], most) for day in days]


def _bar(day: date, count: int, most: int) -> str:
    width = round(count / most * BAR) or (1 if count else 0)
    return f"{day:%d %b}  {count:>5}  {'█' * width}"


def _listed(what: str, sign: str, sample: list[Article], total: int, colour: str) -> list[str]:
    if not total:
        return []
    more = f", the newest {len(sample)}" if total > len(sample) else ""
    lines = ["", f"{what} ({total}{more}):"]
    for article in reversed(sample):
        line = f"{sign} {article.title}  {article.url}"
        lines.append(f"\x1b[{colour}m{line}\x1b[0m" if colour else line)
    return lines
