"""`figures`."""

import sys
from collections.abc import Sequence
from typing import Any

import click

from watcher.cli.common import Options, common, print_line
from watcher.cli.extracting import read_sources
from watcher.cli.figure_table import figures_json, print_figures
from watcher.cli.lines import read_lines, texts_of
from watcher.figures import find


@click.command()
@common
@click.argument("sources", nargs=-1, metavar="[FILE_OR_URL…]")
@click.option("--jsonl", is_flag=True, help='One JSON object a line; without files {"id","text"} lines from stdin.')
def figures(options: Options, sources: tuple[str, ...], jsonl: bool) -> None:
    """Print the figures in texts: counts of people, families and dwellings, with what is said of them."""
    del options
    whole = _of_lines() if jsonl and not sources else _of_sources(sources or ("-",), jsonl=jsonl)
    if not whole:
        raise click.exceptions.Exit(1)


def _of_lines() -> bool:
    """Answer the lines of stdin in order; whether all were good."""
    good = True
    for item in read_lines(sys.stdin, _article):
        if item is None:
            good = False
            continue
        key, (text, language) = item
        print_line({"id": key, "figures": figures_json(find(text, language))})
    return good


def _article(value: dict[str, Any]) -> tuple[str, str | None]:
    texts_of(value, "text", "language")
    if "text" not in value:
        raise ValueError('no "text"')
    return value["text"] or "", value.get("language") or None


def _of_sources(sources: Sequence[str], *, jsonl: bool) -> bool:
    good = True
    for found in read_sources(sources):
        if found.fault:
            good = False
            click.echo(f"{found.source}: {found.fault}", err=True)
        read = find(found.text, found.language)
        if jsonl:
            print_line({"id": found.source, "figures": figures_json(read)})
        elif not found.fault or found.text:
            if len(sources) > 1:
                click.echo(f"{found.title or found.source}\n")
            print_figures(read)
    return good
