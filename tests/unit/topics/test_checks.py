"""What `check` says of topics and lists: all of it, at the place where it stands."""

from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.settings import Example, Examples, QueryTree, Topic
from watcher.topics import TopicFault, describe, validate

CASES = Path(__file__).parents[2] / "cases" / "topics_checks"
LOADED = {path.stem: yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(CASES.glob("*.yaml"))}


def checked(case: dict[str, Any]) -> tuple[TopicFault, ...]:
    tests = Examples() if case.get("untested") else Examples(match=(Example(text="x"),))
    languages = tuple(case.get("languages", ()))
    topics = [
        Topic(name=name, title=name, query=query, tests=tests, languages=languages)
        for name, query in case["queries"].items()
    ]
    return validate(topics, case.get("terms", {}))


def where(written: str | list[str | int]) -> tuple[str | int, ...]:
    return ("topics", written, "query") if isinstance(written, str) else tuple(written)


@pytest.mark.parametrize("case", LOADED.values(), ids=LOADED.keys())
def test_it_says_what_is_wrong_and_nothing_else(case: dict[str, Any]) -> None:
    told = checked(case)
    expected = case.get("warnings", []) + case.get("faults", [])
    assert [each.where for each in told] == [where(each["where"]) for each in expected]
    for each, wanted in zip(told, expected, strict=True):
        assert wanted["message"] in each.fault.message
        assert wanted.get("cure", "") in each.fault.cure
        assert each.fault.column == wanted.get("column", each.fault.column)
        assert each.fault.cure
        assert each.fault.warning is ("warnings" in case)


TERMS: dict[str, list[QueryTree]] = {"cities": ["Mosul", "Tal Afar", "Sinjar", "Hit", "Rawa", "Ana"], "one": ["Mosul"]}


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("mosul", "“mosul”"),
        ('"Islamic State"', "“islamic state”"),
        ("retak*", "a word beginning with “retak”"),
        ("*stan", "a word ending with “stan”"),
        ('"islamic stat*"', "“islamic stat*”"),
        ("=US", "“US”, exactly so written"),
        ("~retreat", "any form of “retreat”"),
        ("/colou?r/", "text like /colou?r/"),
        ("$one", "any of $one (Mosul)"),
        ("$one title:$one", "any of $one (Mosul)\nand any of $one in the title"),
        ("$cities", "any of $cities (Mosul, Tal Afar, Sinjar, Hit, Rawa, … 6 in all)"),
        ("mosul battle", "“mosul”\nand “battle”"),
        ("mosul OR raqqa OR sinjar", "“mosul”, “raqqa” or “sinjar”"),
        ("mosul NOT (art museum)", "“mosul”\nand not (“art” and “museum”)"),
        ("mosul NEAR/15 (battle OR war)", "“mosul” within 15 words of (“battle” or “war”)"),
        ("mosul BEFORE/1 battle", "“mosul” at most 1 word before “battle”"),
        ("ATLEAST/3 mosul", "at least 3 mentions of “mosul”"),
        ("title:mosul lang:ar", "“mosul” in the title\nand “ar” as the language"),
        ("title:(mosul OR raqqa)", "(“mosul” or “raqqa”) in the title"),
    ],
)
def test_a_topic_is_told_in_words(query: str, words: str) -> None:
    assert describe(Topic(name="t", title="t", query=query), TERMS) == words


def test_the_plain_form_feeds_and_languages_are_told_in_words() -> None:
    topic = Topic(
        name="t",
        title="t",
        query={"any": ["mosul", "raqqa"], "at_least": 2, "of": ["army", "police", "Islamic State"]},
        feeds=("iraq", "wire"),
        languages=("en",),
    )
    assert describe(topic, TERMS).split("\n") == [
        "(“mosul” or “raqqa”)",
        "and at least 2 of (“army”, “police”, “islamic state”)",
        "and in feeds iraq or wire",
        "and in language en, or unknown",
    ]
