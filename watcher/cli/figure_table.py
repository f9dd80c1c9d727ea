"""Figures as programs and people read them."""

import sys
from collections.abc import Iterable, Sequence
from typing import Any

import click
from rich.console import Console
from rich.table import Table
from rich.text import Text

from watcher.digest import figure_json, figure_words
from watcher.digest.clean import line
from watcher.model import Figure

_WIDTH = 160  # columns where stdout is no terminal


def figures_json(read: Iterable[Figure]) -> list[dict[str, Any]]:
    """Figures as payloads have them."""
    return [figure_json(figure) for figure in read]


def print_figures(read: Sequence[Figure]) -> None:
    """A table for people."""
    if not read:
        click.echo("no figures")
        return
    table = Table(box=None, pad_edge=False)
    for name in ("figure", "unit", "subject", "modality", "flow", "sentence"):
        table.add_column(name, overflow="fold", no_wrap=name not in {"figure", "sentence"})
    for figure in read:
        about = figure.unit.value, figure.subject or "", figure.modality.value, figure.flow.value
        cells = (figure_words(figure), *about, line(figure.quote, 300))
        table.add_row(*(Text(str(cell)) for cell in cells))  # not markup: it is the news
    Console(width=None if sys.stdout.isatty() else _WIDTH).print(table)
