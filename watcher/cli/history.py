"""`figures-history`: the time series of a topic's figures."""

import asyncio
import csv
import io
import os
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from watcher import charts
from watcher.app import load_config
from watcher.cli.common import Options, common, print_json, require_config, rfc3339, warn
from watcher.digest import figure_json, figure_words, series_words
from watcher.digest.clean import line
from watcher.errors import ConfigError, Fault
from watcher.figures.series import Level, by_series, levels
from watcher.jobs import Live
from watcher.model import Observation, SeriesKey
from watcher.settings import Settings
from watcher.store import open_store

Form = Literal["json", "csv", "svg"]

_WIDTH = 160  # columns where stdout is no terminal
_COLUMNS = (
    "at", "value", "low", "high", "vague", "qualifier", "unit", "subject", "modality", "flow", "place", "source",
    "level", "disputed", "former", "inferred", "current", "feed", "url", "title", "story", "quote",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One series with its levels. `feeds` gives names of feeds by their URLs."""

    key: SeriesKey
    observations: tuple[Observation, ...]
    levels: tuple[Level, ...]
    feeds: Mapping[str, str]

    def rows(self) -> list[dict[str, Any]]:
        """Its observations as plain values; `level` says whether one makes a level, in dispute or not."""
        firsts = {id(level.first): level.disputed for level in self.levels}
        return [
            {"at": one.at, **figure_json(one.figure)}
            | {"level": id(one) in firsts, "disputed": firsts.get(id(one), False), "former": one.figure.former}
            | {"inferred": one.figure.home is not None, "current": one.current}
            | {"feed": self.feeds[one.feed], "url": one.url, "title": one.title, "story": one.story}
            for one in self.observations
        ]


@click.command("figures-history")
@common
@click.argument("topic")
@click.option("--json", "forms", flag_value="json", multiple=True, help="Machine-readable.")
@click.option("--csv", "forms", flag_value="csv", multiple=True, help="A row an observation.")
@click.option("--svg", "forms", flag_value="svg", multiple=True, help="A chart of the levels.")
@click.option("--all", "everything", is_flag=True, help="Also figures that the topic's rule does not ask for.")
def figures_history(options: Options, topic: str, forms: tuple[Form, ...], everything: bool) -> None:
    """Show how a topic's figures went over time: every observation, and which of them make the levels."""
    form = _only(forms)
    loaded = load_config(require_config(options.path), os.environ, secrets=False)
    warn(loaded.warnings)
    settings = loaded.settings
    named = {one.name: one for one in settings.topics}
    if topic not in named:
        hint = f"there are: {', '.join(named) or 'none'}"
        raise ConfigError([Fault(message=f"no topic is called {topic!r}", hint=hint)])
    found = asyncio.run(_series(settings, topic, everything=everything))
    match form:
        case "json":
            print_json({"topic": topic, "series": [_as_json(series) for series in found]})
        case "csv":
            click.echo(_as_csv(found), nl=False)
        case "svg":
            click.echo(_as_svg(named[topic].title, found))
        case None:
            _print(found)


def _only(forms: Sequence[Form]) -> Form | None:
    named = [f"--{form}" for form in dict.fromkeys(forms)]
    if len(named) > 1:
        raise click.UsageError(f"{' and '.join(named)} exclude one another: name one form")
    return forms[0] if forms else None


async def _series(settings: Settings, topic: str, *, everything: bool) -> tuple[Series, ...]:
    """The topic's series, those with the most levels first."""
    store = open_store(settings.storage, migrate=False)
    try:
        seen = await store.observations(topic)
    finally:
        await store.aclose()
    live = Live(settings)
    demand = None if everything else live.reader.demands.get(topic)
    asked = [one for one in seen if demand is None or demand.takes(one.figure)]
    feeds = {one.feed: live.feed_name(one.feed) for one in asked}
    found = [
        Series(key=key, observations=members, levels=levels(members), feeds=feeds)
        for key, members in by_series(asked).items()
    ]
    return tuple(sorted(found, key=lambda series: (-len(series.levels), -len(series.observations))))


def _as_json(series: Series) -> dict[str, Any]:
    key = series.key
    return {
        "subject": key.subject,
        "unit": key.unit,
        "place": key.place,
        "modality": key.modality,
        "levels": [
            {"at": level.first.at, "value": level.value, "sources": len(level.voices), "disputed": level.disputed}
            for level in series.levels
        ],
        "observations": series.rows(),
    }


def _as_csv(found: Sequence[Series]) -> str:
    made = io.StringIO()
    writer = csv.DictWriter(made, _COLUMNS)
    writer.writeheader()
    for series in found:
        for row in series.rows():
            writer.writerow({name: _cell(row[name]) for name in _COLUMNS} | {"at": rfc3339(row["at"])})
    return made.getvalue()


def _cell(value: object) -> object:
    """A value as spreadsheets take it; what would be a formula there is text (CWE-1236)."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = line(value) if isinstance(value, str) else value
    return f"'{text}" if isinstance(text, str) and text.startswith(("=", "+", "-", "@")) else text


def _as_svg(title: str, found: Sequence[Series]) -> str:
    lines = [
        charts.Line(
            name=series_words(series.key),
            points=tuple((level.first.at, level.value) for level in series.levels if not level.disputed),
            disputed=tuple((level.first.at, level.value) for level in series.levels if level.disputed),
        )
        for series in found
        if series.levels
    ]
    return charts.chart(title, lines)


def _print(found: Sequence[Series]) -> None:
    if not found:
        click.echo("no figures were observed", err=True)
        return
    console = Console(width=None if sys.stdout.isatty() else _WIDTH)
    for number, series in enumerate(found):
        click.echo(("\n" if number else "") + series_words(series.key))
        table = Table(box=None, pad_edge=False, show_header=False)
        marks = {id(level.first): "○" if level.disputed else "●" for level in series.levels}
        for one in series.observations:
            mark = marks.get(id(one), " ")
            who = ", ".join(name for name in (one.figure.source, series.feeds[one.feed]) if name)
            cells = (mark, f"{one.at:%d %b %Y %H:%M}", figure_words(one.figure), line(who, 60), line(one.title, 80))
            table.add_row(*(Text(cell) for cell in cells))
        console.print(table)
