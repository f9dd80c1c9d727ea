"""`explain`: why an article matches or not, and what became of it."""

import asyncio
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime

import click

from watcher import rates
from watcher.app import document_of_stored, load_config
from watcher.cli.common import Options, common, fail, print_json, require_config, rfc3339, warn
from watcher.cli.extracting import Source, read_sources
from watcher.cli.figure_table import figures_json, print_figures
from watcher.digest import figure_json, figure_words
from watcher.errors import StoreError
from watcher.figures.rules import told_when
from watcher.figures.series import Level, held_back_by
from watcher.jobs import Live
from watcher.matching import explain as explain_topics
from watcher.model import DeliveryView, SeriesKey, StoredArticle
from watcher.settings import Settings, Topic
from watcher.store import open_store, store_exists
from watcher.topics import Document, Explanation


@click.command()
@common
@click.argument("source", metavar="FILE_OR_URL")
@click.option("--topic", "only", multiple=True, help="Only this topic (may be repeated).")
@click.option("--json", "as_json", is_flag=True, help="Machine-readable.")
def explain(options: Options, source: str, only: tuple[str, ...], as_json: bool) -> None:
    """Tell why an article matches each topic or not: a file, a URL, or the id of a stored article."""
    loaded = load_config(require_config(options.path), os.environ, secrets=False)
    warn(loaded.warnings)
    settings = loaded.settings
    topics = _chosen(settings, only)
    stored = asyncio.run(_stored(settings, source))
    found = read_sources([source])[0] if stored is None else None
    if found is not None and found.fault and not found.text:
        fail(f"{source}: {found.fault}")
    live = Live(settings)
    document = document_of_stored(live, stored) if stored else _of_source(found)
    explained = explain_topics(topics, settings.terms, document, live.reader)
    held = asyncio.run(_held_back(settings, live, stored)) if stored is not None else {}
    if as_json:
        read = figures_json(explained.figures)
        verdicts = [one.as_json() for one in explained.topics]
        counted = [one.topic for one in explained.topics if one.matched and one.topic in live.rated]
        fate = _fate_json(stored, held)
        print_json({"source": source, "topics": verdicts, "counts": counted, "figures": read, "stored": fate})
        return
    click.echo(_shown(explained.topics, document, live))
    print_figures(explained.figures)
    if stored is not None:
        click.echo("\n" + _fate(stored, live, held))


def _chosen(settings: Settings, only: tuple[str, ...]) -> tuple[Topic, ...]:
    chosen = tuple(topic for topic in settings.topics if not only or topic.name in only)
    if unknown := set(only) - {topic.name for topic in chosen}:
        raise click.UsageError(f"no topic is called {', '.join(sorted(unknown))}")
    return chosen


async def _stored(settings: Settings, source: str) -> StoredArticle | None:
    """The article as the store has it, where there is a store and it is there."""
    if not store_exists(settings.storage):
        return None
    try:
        store = open_store(settings.storage, migrate=False)
    except StoreError as error:
        click.echo(f"the store is not asked: {error}", err=True)
        return None
    try:
        return await store.stored(source)
    finally:
        await store.aclose()


async def _held_back(settings: Settings, live: Live, stored: StoredArticle) -> Mapping[str, tuple[Level, ...]]:
    """What stood before the article under each topic whose rule on figures kept it from being told."""
    topics = [match.topic for match in stored.matches if stored.told and match.topic not in live.rated]
    demands = {topic: demand for topic in topics if (demand := live.reader.demands.get(topic)) is not None}
    if not demands:
        return {}
    found, article = {}, stored.article.id
    store = open_store(settings.storage, migrate=False)
    try:
        for topic, demand in demands.items():
            own = await store.ledger(topic, (), article)
            keys = [SeriesKey.of(one.figure) for one in own if demand.takes(one.figure)]
            found[topic] = held_back_by(demand, article, await store.ledger(topic, keys, article))
    finally:
        await store.aclose()
    return {topic: stood for topic, stood in found.items() if stood}


def _of_source(found: Source | None) -> Document:
    source = found or Source(source="")
    return Document(
        title=source.title,
        text=source.text,
        url=source.url or "",
        author=source.author or "",
        language=source.language,
    )


def _shown(explained: Sequence[Explanation], document: Document, live: Live) -> str:
    head = document.title or document.text[:80]
    parts = [f"{head}\n{document.url}".strip(), ""]
    for one in explained:
        parts.append(one.render(color=sys.stdout.isatty()))
        if one.matched and one.topic in live.rated:
            told = "; ".join(rates.describe(live.rated[one.topic]))
            parts.append(f"  its story counts for the topic's rate and is not told by itself; told is: {told}")
        parts.append("")
    return "\n".join(parts)


def _when(moment: datetime) -> str:
    """To the second, UTC."""
    return rfc3339(moment.replace(microsecond=0))


def _fate(stored: StoredArticle, live: Live, held: Mapping[str, tuple[Level, ...]]) -> str:
    lines = [f"In the store: {stored.article.id}, read {_when(stored.read_at)}, story {stored.story}"]
    lines += [f"  carried by {feed}" for feed in stored.feeds]
    if not stored.article.full_text:
        lines.append(f"  the feed's own text: {stored.failure or 'its page was not fetched'}")
    matched = ", ".join(match.topic for match in stored.matches) or "no topic"
    lines.append(f"  when read it matched {matched}")
    lines += [f"  told in {series}, digest {digest}, {_when(when)}" for digest, series, when in stored.digests]
    lines += [f"  {_delivered(one)}" for one in stored.deliveries]
    lines += [f"  {_waiting(*one)}" for one in stored.waits]
    lines += [
        f"  silenced for {topic} in {series}: {one.why} ({one.by}, silence {one.id})"
        for topic, series, one in stored.silenced
    ]
    for topic, levels in held.items():
        stood = "; ".join(f"{figure_words(one.first.figure)}, {_when(one.first.at)}" for one in levels)
        rule = live.reader.demands[topic].rule
        lines.append(f"  held back by the figures of {topic}, {told_when(rule)}: before it stood {stood}")
    for topic, article, when in stored.counts:
        by = "" if article == stored.article.id else f", brought by {article}"
        lines.append(f"  its story counts for {topic} since {_when(when)}{by}")
    uncounted = {match.topic for match in stored.matches if match.topic in live.rated}
    uncounted -= {topic for topic, _, _ in stored.counts}
    lines += [f"  its story does not count for {topic}: it was there before it was counted" for topic in uncounted]
    plain = any(match.topic not in live.rated for match in stored.matches)
    if plain and not (stored.digests or stored.silenced or stored.waits):
        lines.append("  not told in any digest so far")
    return "\n".join(lines)


def _delivered(one: DeliveryView) -> str:
    """Such as `delivery msg_1 of now to desk: sent 2016-10-20T07:00:02Z, 250 taken`."""
    last = one.attempts[-1] if one.attempts else None
    said = f" {_when(last.at)}, {last.answer or last.reason.value}" if last else f", {one.note}" if one.note else ""
    return f"delivery {one.id} of {one.series} to {one.channel}: {one.fate}{said}"


def _waiting(topic: str, series: str, held: bool) -> str:
    name, escalated, _ = series.partition("!")
    where = f"{name}, to be escalated" if escalated else name
    return f"held for another voice, for {topic} in {where}" if held else f"waits for {topic} in {where}"


def _fate_json(stored: StoredArticle | None, held: Mapping[str, tuple[Level, ...]]) -> dict[str, object] | None:
    if stored is None:
        return None
    return {
        "id": stored.article.id,
        "story": stored.story,
        "feeds": stored.feeds,
        "full_text": stored.article.full_text,
        "read": stored.read_at,
        "failure": stored.failure,
        "topics": [match.topic for match in stored.matches],
        "counts": [{"topic": topic, "article": article, "at": when} for topic, article, when in stored.counts],
        "digests": [{"id": digest, "digest": series, "at": when} for digest, series, when in stored.digests],
        "deliveries": [
            {"id": one.id, "digest": one.series, "channel": one.channel, "state": one.state.value}
            for one in stored.deliveries
        ],
        "waits": [
            {"topic": topic, "digest": series.partition("!")[0], "held": held} for topic, series, held in stored.waits
        ],
        "held_back": [
            {"topic": topic, "stood": [{"at": one.first.at, **figure_json(one.first.figure)} for one in levels]}
            for topic, levels in held.items()
        ],
        "silenced": [
            {"topic": topic, "digest": series, "silence": one.id, "why": one.why, "by": one.by}
            for topic, series, one in stored.silenced
        ],
    }
