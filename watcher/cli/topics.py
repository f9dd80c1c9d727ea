"""`test` and `match`."""

import os
import sys
from dataclasses import replace
from typing import Any

import click

from watcher.app import load_config
from watcher.cli.common import Options, common, print_line, require_config, warn
from watcher.cli.extracting import read_sources
from watcher.cli.lines import read_lines, texts_of
from watcher.errors import WatcherError
from watcher.extract import detect
from watcher.matching import Matcher, inflects, run_examples
from watcher.model import Evidence, Match
from watcher.settings import Example, Settings
from watcher.topics import Document, example_document


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
    failures = run_examples(chosen, settings.terms, Articles(settings).of_example)
    for failure in failures:
        wanted = "should match, and does not" if failure.expected else "should not match, and does"
        shown = failure.example.title or failure.example.text or str(failure.example.file)
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
    for item in read_lines(sys.stdin, Articles(loaded.settings).of_line):
        if item is None:
            good = False
            continue
        key, document = item
        if not evidence:
            print_line({"id": key, "topics": list(matcher.names(document))})
            continue
        matches = matcher.match(document).matches
        told = {found.topic: _evidence(found) for found in matches}
        print_line({"id": key, "topics": list(told), "matches": told})
    if not good:
        raise click.exceptions.Exit(1)


class Articles:
    """What users hand in, as documents: a named feed brings its tags, a language is detected for `~`."""

    def __init__(self, settings: Settings) -> None:
        self._tags = {feed.name: feed.tags for feed in settings.feeds}
        self._inflects = inflects(settings.topics, settings.terms)

    def of_line(self, value: dict[str, Any]) -> Document:
        """A line as an article; ValueError says what is wrong with it."""
        texts_of(value, "title", "text", "url", "language", "feed")
        tags = value.get("tags")
        if tags is not None and not (isinstance(tags, list) and all(isinstance(tag, str) for tag in tags)):
            raise ValueError('"tags" is not a list of text')
        feed = value.get("feed") or None
        document = Document(
            title=value.get("title") or "",
            text=value.get("text") or "",
            url=value.get("url") or "",
            feeds=(feed,) if feed else None,
            tags=tuple(tags) if tags is not None else self._tags.get(feed or ""),
            language=value.get("language"),
        )
        return self._detected(document)

    def of_example(self, example: Example) -> Document:
        """An example as an article; what stands in its mapping goes before what its file says."""
        document = example_document(example)
        if example.file is not None:
            (found,) = read_sources([str(example.file)])
            if found.fault and not found.text:
                raise WatcherError(f"{example.file}: {found.fault}")
            document = replace(document, title=document.title or found.title, text=document.text or found.text)
        if document.tags is None and example.feed:
            document = replace(document, tags=self._tags.get(example.feed))
        return self._detected(document)

    def _detected(self, document: Document) -> Document:
        if document.language or not self._inflects:
            return document
        return replace(document, detected=detect(f"{document.title}\n{document.text}", None))


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
