"""Each file of cases shows one part of the query language: what a query finds and what it does not."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.direct import Direct
from watcher.settings import Topic
from watcher.topics import Document, Ruleset
from watcher.topics.book import read_book

CASES = Path(__file__).parents[2] / "cases" / "queries"


def cases() -> Iterator[Any]:
    for path in sorted(CASES.glob("*.yaml")):
        for number, case in enumerate(yaml.safe_load(path.read_text(encoding="utf-8"))):
            yield pytest.param(case, id=f"{path.stem}-{number}")


def document(written: str | dict[str, Any]) -> Document:
    """A text, or a mapping of what the document says."""
    fields = {"title": "", **({"text": written} if isinstance(written, str) else written)}
    for name in ("feeds", "tags"):
        if name in fields:
            fields[name] = tuple(fields[name])
    return Document(**fields)


@pytest.mark.parametrize("case", tuple(cases()))
def test_a_query_finds_what_it_means(case: dict[str, Any]) -> None:
    topic = Topic(name="t", title="t", query=case["query"])
    terms = case.get("terms", {})
    ruleset = Ruleset.compile([topic], terms)
    book = read_book([topic], terms)
    for expected, written in ((True, case.get("match", ())), (False, case.get("no_match", ()))):
        for each in written:
            asked = document(each)
            assert bool(ruleset.names(asked)) is expected, each
            assert bool(ruleset.match(asked)) is expected, each
            if "/" not in str(case["query"]):  # the plain evaluator knows no RE2
                assert Direct(book.lists, asked).takes(topic, book.topics[0][1]) is expected, each
