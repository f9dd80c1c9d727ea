import json

import pytest

from watcher.settings import Example, Examples, QueryTree, Topic
from watcher.topics import Document, Explanation, TopicsError, explain, run_examples

TERMS: dict[str, list[QueryTree]] = {"mosul": ["Mosul", "Nineveh"]}


def explained(query: QueryTree, text: str, title: str = "") -> Explanation:
    return explain(Topic(name="t", title="The topic", query=query), TERMS, Document(title=title, text=text))


@pytest.mark.parametrize(
    ("query", "text", "missing"),
    [
        ("mosul AND battle", "mosul", ["battle"]),
        ("mosul AND battle", "x", ["mosul", "battle"]),
        ("(a11 AND b11 AND c11) OR (d11 AND e11)", "a11 b11", ["c11"]),
        ("(a11 AND b11 AND c11) OR (d11 AND e11)", "a11 d11", ["e11"]),
        ("mosul NOT museum", "mosul museum", ["NOT museum"]),
        ("$mosul NEAR/2 battle", "mosul is not the battle", ["$mosul NEAR/2 battle"]),
        ("ATLEAST/2 mosul", "mosul", ["ATLEAST/2 mosul"]),
        ("title:(mosul AND battle)", "mosul battle", ["mosul", "battle"]),
        ("title:mosul", "mosul", ["title:mosul"]),
        ("$mosul battle battle", "mosul", ["battle"]),
    ],
)
def test_a_miss_names_the_smallest_set_of_clauses_that_failed(query: str, text: str, missing: list[str]) -> None:
    explanation = explained(query, text)
    assert not explanation.matched
    assert list(explanation.missing) == missing


def test_plain_forms_lack_as_many_items_as_are_needed() -> None:
    tree: QueryTree = {"at_least": 2, "of": ["mosul", "raqqa AND sinjar", "hatra"], "none": ["museum"]}
    explanation = explained(tree, "mosul museum")
    assert list(explanation.missing) == ["hatra", "none: [museum]"]
    three: QueryTree = {"at_least": 3, "of": ["mosul", "raqqa AND sinjar", "hatra", "kirkuk"]}
    assert list(explained(three, "mosul").missing) == ["hatra", "kirkuk"]


def test_a_match_lacks_nothing_and_tells_what_each_clause_found() -> None:
    explanation = explained("$mosul NEAR/3 battle NOT museum", "The battle of Nineveh.")
    assert (explanation.matched, explanation.held, explanation.missing) == (True, True, ())
    near, negated = explanation.root.children
    assert [each.found for each in near.found] == ["battle of Nineveh"]
    assert [(child.text, child.role, child.held) for child in near.children] == [
        ("$mosul", "list", True),
        ("battle", "term", True),
    ]
    assert [item.text for item in near.children[0].children] == ["Nineveh"]
    assert (negated.role, negated.held, negated.children[0].held) == ("not", True, False)


def test_options_that_leave_a_document_out_are_named() -> None:
    topic = Topic(name="t", title="t", query="mosul", feeds=("iraq",), languages=("en",))
    document = Document(title="", text="mosul", feeds=("Other",), tags=("wire",), language="de")
    explanation = explain(topic, {}, document)
    assert (explanation.matched, explanation.held, explanation.missing) == (False, True, ())
    assert len(explanation.excluded) == 2
    assert "feeds: [iraq] takes none of the article's feeds and tags: Other, wire" in explanation.render(color=False)
    assert "languages: [en] does not take de" in explanation.render(color=False)


@pytest.mark.parametrize(
    ("query", "text", "note"),
    [
        ("mosul NEAR/2 battle", "mosul is not the battle", "nearest: 4 apart, at most 2 asked for"),
        ("mosul BEFORE/9 battle", "battle of mosul", "found only in the other order"),
        ("ATLEAST/3 mosul", "mosul", "1 mention, at least 3 asked for"),
        ("$mosul", "mosul", "1 of 2 in the list"),
    ],
)
def test_how_near_a_clause_came_is_told(query: str, text: str, note: str) -> None:
    assert explained(query, text).root.note == note


def test_the_tree_for_people() -> None:
    rendered = explained("$mosul NEAR/3 (battle OR war) AND army", "The battle of Nineveh went on.").render(color=False)
    assert rendered.split("\n") == [
        "t does not match",
        "  missing: army",
        "  ✗ all of these",
        "    ✓ $mosul NEAR/3 (battle OR war)  “battle of Nineveh” in text: The battle of Nineveh went on.",
        "      ✓ $mosul  (1 of 2 in the list)",
        "        ✓ Nineveh  “Nineveh” in text: The battle of Nineveh went on.",
        "      ✓ any of these",
        "        ✓ battle  “battle” in text: The battle of Nineveh went on.",
        "        ✗ war",
        "    ✗ army",
    ]


def test_colours_only_where_wanted_and_nothing_of_the_article_steers_the_terminal() -> None:
    explanation = explained("mosul", "In \x1b[31m Mosul\x07\u202e today\r\nand so on")
    assert "\x1b[32m✓" in explanation.render(color=True)
    assert not set(explanation.render(color=False)) & set("\x1b\x07\u202e\r")


def test_the_same_as_json() -> None:
    plain = json.loads(json.dumps(explained("$mosul battle", "The battle").as_json()))
    assert plain["matched"] is False
    assert plain["missing"] == ["$mosul"]
    assert plain["root"]["children"][1]["found"][0] == {
        "clause": "battle",
        "found": "battle",
        "field": "text",
        "start": 4,
        "end": 10,
        "quote": "The battle",
        "quote_start": 0,
    }


def test_a_wrong_query_is_not_explained() -> None:
    with pytest.raises(TopicsError):
        explained("mosul AND", "mosul")


def test_examples_that_fail_come_with_their_explanation() -> None:
    good = Example(text="The battle of Nineveh.")
    missed = Example(title="Mosul", text="Quiet.")
    taken = Example(text="A battle in the Mosul museum", feed="Other", tags=("x",))
    examples = Examples(match=(good, missed), no_match=(taken, Example(text="war")))
    topics = [
        Topic(name="a", title="a", query="$mosul AND battle", tests=examples),
        Topic(name="b", title="b", query="mosul", feeds=("iraq",), tests=Examples(no_match=(taken,))),
    ]
    failures = run_examples(topics, TERMS)
    assert [(each.topic, each.expected, each.example) for each in failures] == [
        ("a", True, missed),
        ("a", False, taken),
    ]
    assert failures[0].explanation.missing == ("battle",)
    assert failures[1].explanation.matched


def test_an_example_holds_against_what_it_names() -> None:
    query = "mosul lang:ar url:world"
    example = Example(text="mosul", language="ar-IQ", url="https://example.org/world/a")
    topic = Topic(name="t", title="t", query=query, feeds=("iraq",), tests=Examples(match=(example,)))
    assert run_examples([topic], {}) == ()
