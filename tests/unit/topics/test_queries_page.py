"""Every example of docs/queries.md does what the page says."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.helpers.direct import Direct
from watcher.settings import Topic
from watcher.topics import Document, Ruleset, validate
from watcher.topics.book import read_book
from watcher.topics.parse import parse

PAGE = (Path(__file__).parents[3] / "docs" / "queries.md").read_text(encoding="utf-8")
EXAMPLES = [yaml.safe_load(block) for block in re.findall(r"^```yaml\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)]
WRONG = re.findall(r"^```wrong\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)
ROWS = re.findall(r"^\| `(.+?)` \| `(.+?)` \|", PAGE, re.MULTILINE)


def document(written: str | dict[str, Any]) -> Document:
    fields: dict[str, Any] = {"title": "", **({"text": written} if isinstance(written, str) else written)}
    fields["tags"] = tuple(fields["tags"]) if "tags" in fields else None
    return Document(**fields)


@pytest.mark.parametrize("example", EXAMPLES, ids=[str(example["query"]) for example in EXAMPLES])
def test_an_example_finds_what_the_page_says(example: dict[str, Any]) -> None:
    topic = Topic(name="t", title="t", query=example["query"])
    terms = example.get("terms", {})
    ruleset = Ruleset.compile([topic], terms)
    for expected, written in ((True, example["finds"]), (False, example.get("not", []))):
        for each in written:
            assert bool(ruleset.names(document(each))) is expected, each
            if not re.search(r"(^|\s|:)/", str(example["query"])):
                book = read_book([topic], terms)
                assert Direct(book.lists, document(each)).takes(topic, book.topics[0][1]) is expected


@pytest.mark.parametrize("block", WRONG)
def test_a_wrong_query_is_told_as_the_page_shows(block: str) -> None:
    query, *told = block.rstrip("\n").split("\n")
    faults = [each.fault for each in validate([Topic(name="t", title="t", query=query)], {"mosul": ["Mosul"]})]
    shown = [
        f"{' ' * fault.start}{'^' * (fault.end - fault.start)} {fault.message}" for fault in faults if not fault.warning
    ]
    assert shown == told


@pytest.mark.parametrize(("old", "new"), ROWS)
def test_what_is_written_elsewhere_is_refused_and_what_is_written_here_is_not(old: str, new: str) -> None:
    assert any(not fault.warning and fault.cure for fault in parse(old.replace("\\|", "|")).faults)
    assert parse(new).node is not None


def test_the_page_has_examples() -> None:
    assert len(EXAMPLES) > 25
    assert len(WRONG) == 3
    assert len(ROWS) == 10
