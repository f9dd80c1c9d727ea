"""What cannot be meant is told with its column and the cure, and never passes in silence."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.errors import QueryFault
from watcher.settings import QueryTree, Topic
from watcher.topics import Document, Ruleset, TopicsError, validate

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


def test_what_is_nested_without_end_is_refused_and_nothing_overflows() -> None:
    chain = " NEAR/2 ".join(["a11"] * 50)
    deep = chain
    for _ in range(40):
        deep = f"({deep}) NEAR/2 ({chain})"
    many: dict[str, list[QueryTree]] = {"l0": ["mosul"]}
    many |= {f"l{n}": [f"$l{n - 1} OR (x11 OR (y11 OR z11))"] for n in range(1, 300)}
    tree: QueryTree = "mosul"
    for _ in range(200):
        tree = {"any": [tree, "raqqa"]}
    for query in (deep, "NOT " * 500 + "mosul", "(" * 5_000, tree, " NEAR/2 ".join(["a11"] * 300)):
        with pytest.raises(TopicsError, match=r"nested|in a row"):
            Ruleset.compile([Topic(name="t", title="t", query=query)], {})
    with pytest.raises(TopicsError, match="nested too deep"):
        Ruleset.compile([Topic(name="t", title="t", query="$l299")], many)
    few = {f"l{n}": many[f"l{n}"] for n in range(23)}
    fine = Topic(name="t", title="t", query=f"$l22 NEAR/3 ({chain})")
    assert Ruleset.compile([fine], few).names(Document(title="", text="a11 " * 60 + "mosul")) == ("t",)


@pytest.mark.parametrize("query", ["x1:" * 2_000 + "mosul", "/" + "[^]a]" * 40, "/[" * 2_000, "/" + "[]a]" * 40 + "("])
def test_what_repeats_without_end_is_read_to_the_end(query: str) -> None:
    with pytest.raises(TopicsError):
        Ruleset.compile([Topic(name="t", title="t", query=query)], {})
