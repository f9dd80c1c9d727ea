"""The cases in tests/cases/stories."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.figures import find
from watcher.model import ArticleId, StoryCandidate, StoryId
from watcher.stories import Arrival, Joined, assign, gist, origin, same_event

CASES = Path(__file__).parents[2] / "cases" / "stories"
NOW = datetime(2016, 10, 18, 7, 0, tzinfo=UTC)


def cases(name: str) -> list[Any]:
    return [pytest.param(case, id=case["name"]) for case in yaml.safe_load((CASES / name).read_text(encoding="utf-8"))]


@pytest.mark.parametrize("case", cases("copies.yaml"))
def test_copies(case: dict[str, Any]) -> None:
    language = case.get("language", "en")
    first = StoryCandidate(
        article=ArticleId("first"),
        story=StoryId("story"),
        title=case.get("titles", ["", ""])[0],
        text=case["first"],
        first_seen=NOW - timedelta(hours=3),
    )
    arrival = Arrival(
        title=case.get("titles", ["", ""])[1],
        text=case["then"],
        language=language,
        figures=find(case["then"], language),
    )
    found = assign(arrival, [first], NOW, count=lambda text: find(text, language))
    if case["is"] == "founded":
        assert not isinstance(found, Joined)
        assert bool(found.leans) is case.get("leans", False)
        return
    assert isinstance(found, Joined)
    assert [f"{gain.reason} {gain.what}" for gain in found.gains] == case.get("gains", [])
    assert (found.kind, found.story, found.of) == (case["is"], "story", "first")


@pytest.mark.parametrize("case", cases("origins.yaml"))
def test_origins(case: dict[str, Any]) -> None:
    found = origin(
        case["text"],
        url=case.get("url", "https://www.courier.example/a"),
        author=case.get("author"),
        canonical=case.get("canonical"),
    )
    assert found.name == case["voice"]


@pytest.mark.parametrize("case", cases("events.yaml"))
def test_events(case: dict[str, Any]) -> None:
    language = case.get("language", "en")
    first, second = (
        gist(told["title"], told["text"], language, find(told["text"], language))
        for told in (case["first"], case["second"])
    )
    assert bool(same_event(first, second)) is case["same"]
    assert bool(same_event(second, first)) is case["same"]
