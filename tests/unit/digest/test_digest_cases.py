"""Links, lines, quotes and subjects, as cases in tests/cases/digest."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import digests
from watcher.digest import subject
from watcher.digest.clean import direction, line, safe_url
from watcher.digest.quotes import passages

CASES = Path(__file__).parents[2] / "cases" / "digest"


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["shows"]) for case in json.loads((CASES / f"{name}.json").read_text())]


def _words(text: str) -> str:
    """`{3 words}` is `word word word`."""
    return re.sub(r"\{(\d+) words\}", lambda found: " ".join(["word"] * int(found[1])), text)


@pytest.mark.parametrize("case", cases("links"))
def test_only_links_that_show_what_they_are(case: dict[str, Any]) -> None:
    assert safe_url(case["url"]) == case["expected"]


@pytest.mark.parametrize("case", cases("lines"))
def test_lines_are_clean(case: dict[str, Any]) -> None:
    assert line(case["text"], case.get("limit")) == case["expected"]


@pytest.mark.parametrize("case", cases("quotes"))
def test_quotes_are_marked_and_trimmed(case: dict[str, Any]) -> None:
    quote, expected = _words(case["quote"]), _words(case["expected"])
    evidence = tuple(digests.evidence(found, quote, at=500) for found in case["found"])
    (passage,) = passages(digests.article(matches=evidence))
    assert "".join(f"*{item.text}*" if item.marked else item.text for item in passage.pieces) == expected


@pytest.mark.parametrize("case", cases("subjects"))
def test_the_subject_tells_the_news(case: dict[str, Any]) -> None:
    topics = [
        digests.topic(f"topic-{place}", *[digests.story(f"s{number}") for number in range(count)], title=title)
        for place, (title, count) in enumerate(case["topics"])
    ]
    assert subject(digests.digest(*topics)) == case["expected"]


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        ("معركة الموصل", None, "rtl"),
        ("IDPs: نزوح الآلاف من الموصل", "ar", "rtl"),
        ("The word الموصل means Mosul", "en", "ltr"),
        ("2016", "ar", "rtl"),
        ("2016", None, "ltr"),
    ],
)
def test_direction_is_that_of_most_letters(text: str, language: str | None, expected: str) -> None:
    assert direction(text, language) == expected
