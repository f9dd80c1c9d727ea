import pickle

import pytest

from watcher.errors import QueryError
from watcher.model import Evidence
from watcher.settings import QueryTree, Topic
from watcher.topics import Document, Ruleset, TopicsError, explain

TERMS: dict[str, list[QueryTree]] = {"mosul": ["Mosul", "Nineveh"], "forces": ["Iraqi army", "army AND base"]}


def topic(query: QueryTree, name: str = "t", *, feeds: tuple[str, ...] = (), languages: tuple[str, ...] = ()) -> Topic:
    return Topic(name=name, title=name, query=query, feeds=feeds, languages=languages)


def found(query: QueryTree, document: Document) -> tuple[Evidence, ...]:
    (match,) = Ruleset.compile([topic(query)], TERMS).match(document)
    return match.evidence


def test_matches_come_in_the_order_of_the_topics() -> None:
    topics = [topic(query, name) for name, query in (("z", "mosul"), ("a", "NOT raqqa"), ("m", "raqqa"), ("b", "m*"))]
    ruleset = Ruleset.compile(topics, {})
    document = Document(title="", text="Mosul")
    assert [match.topic for match in ruleset.match(document)] == ["z", "a", "b"]
    assert ruleset.names(document) == ("z", "a", "b")


def test_evidence_tells_clause_place_and_sentence() -> None:
    text = "Nothing here. Iraqi forces began the offensive to retake Mosul. They said so."
    assert found("$mosul NEAR/15 (offensive OR battle)", Document(title="News", text=text)) == (
        Evidence(
            clause="$mosul NEAR/15 (offensive OR battle)",
            found="offensive to retake Mosul",
            field="text",
            start=37,
            end=62,
            quote="Iraqi forces began the offensive to retake Mosul.",
            quote_start=14,
        ),
    )


def test_offsets_are_those_of_the_text_as_written() -> None:
    text = "Die Straße — in İSTANBUL’da: şehri “Erdog\u0306an” وَالْمَوْصِل 摩苏尔."
    for query, expected in (
        ("strasse", "Straße"),
        ("istanbul", "İSTANBUL"),
        ("erdogan", "Erdog\u0306an"),
        ("الموصل", "وَالْمَوْصِل"),
        ("苏尔", "苏尔"),
        ("strasse NEAR/3 istanbul", "Straße — in İSTANBUL"),
        (r"/\bşehri\b/", "şehri"),
    ):
        (each,) = found(query, Document(title="", text=text))
        assert (each.found, text[each.start : each.end]) == (expected, expected)


def test_the_most_telling_sentence_comes_first() -> None:
    text = "Mosul is old. The army waits. The army entered Mosul from the east. Mosul fell."
    evidence = found("mosul AND army", Document(title="In Mosul", text=text))
    assert [each.quote for each in evidence[:2]] == ["The army entered Mosul from the east."] * 2
    assert [each.quote for each in evidence[2:]] == ["In Mosul", "Mosul is old.", "The army waits.", "Mosul fell."]


def test_a_near_tells_more_than_a_word() -> None:
    text = "Raqqa is far. The offensive on Mosul began."
    evidence = found("raqqa mosul NEAR/3 offensive", Document(title="", text=text))
    assert [each.clause for each in evidence] == ["mosul NEAR/3 offensive", "raqqa"]


def test_only_what_made_the_query_true_is_evidence() -> None:
    document = Document(title="", text="army in Mosul, no museum; sinjar")
    clauses = {each.clause for each in found("(mosul AND raqqa) OR (army NOT raqqa) OR NOT (NOT sinjar)", document)}
    assert clauses == {"army", "sinjar"}
    assert found("NOT raqqa", document) == ()


def test_plain_forms_name_the_items_that_were_found() -> None:
    evidence = found({"at_least": 2, "of": ["mosul", "Tal Afar", "raqqa"]}, Document(title="Raqqa", text="Tal Afar"))
    assert [(each.clause, each.field) for each in evidence] == [("raqqa", "title"), ("Tal Afar", "text")]


def test_a_list_of_queries_names_the_query_that_held() -> None:
    assert {each.clause for each in found("$forces", Document(title="", text="the base of an army"))} == {
        "army",
        "base",
    }
    assert {each.clause for each in found("$forces", Document(title="", text="the Iraqi army"))} == {"$forces"}


def test_mentions_and_fields_are_evidence() -> None:
    document = Document(title="Mosul", text="x", url="https://example.org/mosul", tags=("iraq", "Mosul"))
    assert [each.field for each in found("ATLEAST/1 mosul", document)] == ["title"]
    (url,) = found("url:mosul", document)
    assert (url.field, url.found, url.quote, url.quote_start) == ("url", "mosul", document.url, 0)
    (tag,) = found("tag:mosul", document)
    assert (tag.clause, tag.field, tag.found) == ("tag:mosul", "tag", "Mosul")
    (title,) = found("title:(mosul raqqa OR mosul)", document)
    assert (title.clause, title.field) == ("mosul", "title")


def test_evidence_is_bounded_and_no_clause_is_left_out() -> None:
    text = "Mosul and Raqqa. " * 500 + "Sinjar."
    evidence = found("mosul raqqa sinjar", Document(title="", text=text))
    assert len(evidence) <= 25
    assert {each.clause for each in evidence} == {"mosul", "raqqa", "sinjar"}


def test_a_quote_spans_the_sentences_that_a_near_does() -> None:
    text = "First. They are near Mosul. The offensive began. Last."
    (each,) = found("mosul NEAR/3 offensive", Document(title="", text=text))
    assert each.quote == "They are near Mosul. The offensive began."


def takes(chosen: Topic, document: Document) -> bool:
    return bool(Ruleset.compile([chosen], {}).names(document))


@pytest.mark.parametrize(
    ("feeds", "tags", "expected"),
    [
        (None, None, True),
        (("Example",), None, True),
        (("Other", "Example"), ("x",), True),
        (("Other",), ("iraq",), True),
        (("Other",), ("x",), False),
        (("Other",), None, False),
        ((), (), False),
        (None, ("iraq",), True),
    ],
)
def test_feeds_hold_only_against_what_the_document_names(
    feeds: tuple[str, ...] | None, tags: tuple[str, ...] | None, *, expected: bool
) -> None:
    document = Document(title="", text="mosul", feeds=feeds, tags=tags)
    assert takes(topic("mosul", feeds=("iraq", "Example")), document) is expected


@pytest.mark.parametrize(
    ("language", "expected"),
    [(None, True), ("", True), ("en", True), ("en-GB", True), ("AR-iq", True), ("de", False), ("eng", False)],
)
def test_an_unknown_language_passes_and_a_tag_takes_its_kinds(language: str | None, *, expected: bool) -> None:
    document = Document(title="", text="mosul", language=language)
    assert takes(topic("mosul", languages=("en", "ar")), document) is expected


def test_a_ruleset_can_be_sent_to_another_process() -> None:
    ruleset = pickle.loads(pickle.dumps(Ruleset.compile([topic("$mosul")], TERMS)))  # noqa: S301 - our own
    assert ruleset.names(Document(title="", text="in Nineveh")) == ("t",)


def test_wrong_topics_are_refused_with_every_fault() -> None:
    with pytest.raises(TopicsError) as caught:
        Ruleset.compile([topic("mosul AND", "a"), topic("fine", "b"), topic("$nope (", "c")], {"x": ["raqqa OR"]})
    assert isinstance(caught.value, QueryError)
    assert [each.where for each in caught.value.topic_faults] == [
        ("terms", "x", 0),
        ("topics", "a", "query"),
        ("topics", "c", "query"),
        ("topics", "c", "query"),
    ]
    assert "topics.a.query: column 7: AND needs a term on its right" in str(caught.value)
    assert caught.value.faults[1].caret() == "mosul AND\n      ^^^"


def test_no_topics_match_nothing() -> None:
    assert Ruleset.compile([], {}).match(Document(title="Mosul", text="Mosul")) == ()
    assert Ruleset.compile([topic("NOT raqqa")], {}).names(Document(title="", text="")) == ("t",)


@pytest.mark.parametrize(
    "query",
    [
        "a* NEAR/9 (a* OR *a) NEAR/9 a* BEFORE/9 a*",
        "ATLEAST/900000 (a* OR *a OR aa NEAR/3 a*)",
        " NEAR/5 ".join(["a*"] * 40),
        '"a* a* a* a* a* a* a* a*" NEAR/3 "a a"',
        r"/(a+\s?)+b/ OR /(\w+\W+)*zzz/ NEAR/3 a*",
        r"/\b(a|aa)+\b.*x/ OR =a* BEFORE/2 ~aa",
        "(((((a* NEAR/2 a*) OR a*) NEAR/2 a*) OR a*) NEAR/2 zzz)",
        r"ATLEAST/3 /a[^q]*q|b/",
    ],
)
@pytest.mark.parametrize("unit", ["a ", "a", "aa a. ", "؟ا ", "摩", "a\u0301", ". ", "a? "])
def test_hostile_queries_on_long_hostile_texts_come_to_an_end(query: str, unit: str) -> None:
    document = Document(title=unit * 10, text=unit * (20_000 // len(unit)), language="en")
    Ruleset.compile([topic(query)], {}).match(document)


def test_lists_that_multiply_are_looked_at_once() -> None:
    terms: dict[str, list[QueryTree]] = {"l0": ["mosul", "raqqa", "/sinj.r/"]}
    for depth in range(1, 40):
        terms[f"l{depth}"] = [f"$l{depth - 1}", f"$l{depth - 1} OR $l{depth - 1}"]
    ruleset = Ruleset.compile([topic("$l39 NEAR/3 x1 OR $l39 NEAR/4 $l39 OR ATLEAST/2 $l39")], terms)
    assert ruleset.names(Document(title="", text="mosul and raqqa")) == ("t",)


def test_lists_that_multiply_are_told_of_once() -> None:
    terms: dict[str, list[QueryTree]] = {"l0": ["mosul"]}
    for depth in range(1, 25):
        terms[f"l{depth}"] = [f"$l{depth - 1} AND battle", f"$l{depth - 1} AND army"]
    document = Document(title="", text="mosul battle army")
    (match,) = Ruleset.compile([topic("$l24")], terms).match(document)
    assert {each.found for each in match.evidence} == {"mosul", "battle", "army"}
    assert len(explain(topic("$l24"), terms, document).render(color=False).splitlines()) < 300
