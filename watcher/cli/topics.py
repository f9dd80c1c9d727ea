"""`test` and `match`."""

import os
import sys
from typing import Any

import click

from watcher.app import load_config
from watcher.cli.common import Options, common, print_line, require_config, warn
from watcher.cli.lines import read_lines, texts_of
from watcher.matching import Matcher, run_examples
from watcher.model import Evidence, Match
from watcher.topics import Document


@click.command()
@common
@click.option("--topic", "only", multiple=True, help="Only this topic (may be repeated).")
def test(options: Options, only: tuple[str, ...]) -> None:
    """Run the examples under each topic's `tests`; explain those that fail."""
    loaded = load_config(require_config(options.path), os.environ, secrets=False)
    warn(loaded.warnings)
    settings = loaded.settings
    chosen = tuple(topic for topic in settings.topics if not only or topic.name in only)
    if unknown := set(only) - {topic.name for topic in chosen}:
        raise click.UsageError(f"no topic is called {', '.join(sorted(unknown))}")
    failures = run_examples(chosen, settings.terms)
    for failure in failures:
        wanted = "should match, and does not" if failure.expected else "should not match, and does"
        shown = failure.example.title or failure.example.text
        click.echo(f"{failure.topic}: {wanted}: {shown[:200]!r}")
        click.echo(failure.explanation.render(color=sys.stdout.isatty()) + "\n")
    total = sum(len(topic.tests.match) + len(topic.tests.no_match) for topic in chosen)
    click.echo(f"{total - len(failures)} passed, {len(failures)} failed")
    if failures:
        raise click.exceptions.Exit(1)


@click.command()
@common
@click.option("--jsonl", is_flag=True, help="Read and write JSON lines (always so; for clearness).")
@click.option("--evidence", is_flag=True, help="Also write what each topic found.")
def match(options: Options, jsonl: bool, evidence: bool) -> None:
    """Match JSON lines from stdin: {"id","title","text",…} in, {"id","topics":[…]} out, in order."""
    del jsonl
    loaded = load_config(require_config(options.path), os.environ, secrets=False)
    warn(loaded.warnings)
    matcher = Matcher.compile(loaded.settings.topics, loaded.settings.terms)
    good = True
    for item in read_lines(sys.stdin, _document):
        if item is None:
            good = False
            continue
        key, document = item
        matches = matcher.match(document).matches
        answer: dict[str, Any] = {"id": key, "topics": [found.topic for found in matches]}
        if evidence:
            answer["matches"] = {found.topic: _evidence(found) for found in matches}
        print_line(answer)
    if not good:
        raise click.exceptions.Exit(1)


def _document(value: dict[str, Any]) -> Document:
    """A line as an article; ValueError says what is wrong with it."""
    texts_of(value, "title", "text", "url", "language", "feed")
    tags = value.get("tags")
    if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
        raise ValueError('"tags" is not a list of text')
    return Document(
        title=value.get("title") or "",
        text=value.get("text") or "",
        url=value.get("url") or "",
        feeds=(value["feed"],) if value.get("feed") else None,
        tags=tuple(tags) if tags is not None else None,
        language=value.get("language"),
    )


def _evidence(match: Match) -> list[dict[str, object]]:
    return [evidence_json(found) for found in match.evidence]


def evidence_json(found: Evidence) -> dict[str, object]:
    """Evidence as payloads have it."""
    return {
        "clause": found.clause,
        "found": found.found,
        "field": found.field,
        "start": found.start,
        "end": found.end,
        "quote": found.quote,
    }
