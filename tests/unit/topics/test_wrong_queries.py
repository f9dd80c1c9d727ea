"""What cannot be meant is told with its column and the cure, and never passes in silence."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.errors import QueryFault
from watcher.settings import QueryTree, Topic
from watcher.topics import Ruleset, TopicsError, validate

CASES = Path(__file__).parents[2] / "cases" / "queries_wrong"

CHOSEN = tuple(
    pytest.param(case, id=f"{path.stem}-{number}")
    for path in sorted(CASES.glob("*.yaml"))
    for number, case in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")))
)


def faults(case: dict[str, Any]) -> list[QueryFault]:
    terms: dict[str, list[QueryTree]] = case.get("terms", {})
    if "item" in case:
        terms = {**terms, "terms": ["fine", case["item"]]}
    topic = Topic(name="bad", title="bad", query=case.get("query", "fine"))
    where = ("terms", "terms", 1) if "item" in case else ("topics", "bad", "query")
    found = [each for each in validate([topic], terms) if not each.fault.warning]
    assert {each.where for each in found} == {where}
    with pytest.raises(TopicsError) as caught:
        Ruleset.compile([topic], terms)
    assert set(caught.value.topic_faults) == set(found)
    assert ".".join(map(str, where)) in str(caught.value)
    return [each.fault for each in found]


@pytest.mark.parametrize("case", CHOSEN)
def test_a_wrong_query_is_told_with_its_column_and_the_cure(case: dict[str, Any]) -> None:
    told = faults(case)
    query = case.get("query", case.get("item"))
    assert all(fault.query == query and fault.end <= len(query) for fault in told)
    fault = next(fault for fault in told if case["message"] in fault.message)
    assert fault.column == case["column"]
    assert case["cure"] in fault.cure
    assert [fault.column for fault in told] == case.get("all", [case["column"]])


def test_there_are_fifty_cases_and_more() -> None:
    assert len(CHOSEN) > 50
