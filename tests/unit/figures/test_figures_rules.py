"""Rules on figures: which figures they take, places under their names, and what becomes of an article's notices."""

from dataclasses import replace
from typing import Any

import pytest

from tests.helpers.digests import figure
from tests.helpers.observing import observed
from watcher.figures.notify import Arrival, Outcome, by_figures, outcome
from watcher.figures.places import Places, names_of, places
from watcher.figures.rules import Demand, describe, placed
from watcher.figures.series import Verdict
from watcher.matching import Matcher, explain, run_examples
from watcher.model import ArticleId, Modality, NewNotice, Qualifier, Reason, SeriesKey, StoryId, Subject, Unit
from watcher.settings import Change, Example, Examples, FigureRule, Topic
from watcher.topics import Document

TERMS: dict[str, Any] = {
    "mosul": ("Mosul", "Musul", '"Al Mawsil"', "الموصل", "Nineveh*"),
    "iraq": ("Iraq", "$mosul", "Erbil", "Mosul", "Kirkuk", "Basra", "(Tal NEAR/2 Afar)"),
    "loop": ("$loop", "Rome"),
}
FLED = figure(12_000, unit=Unit.PEOPLE, subject=Subject.DISPLACED, place="mosul", qualifier=Qualifier.EXACT)


def demand(**rule: Any) -> Demand:
    made = FigureRule(**rule)
    return Demand.of(made, places(TERMS, [made]), TERMS)


@pytest.mark.parametrize(
    ("rule", "changes", "taken"),
    [
        ({}, {}, True),
        ({"subject": (Subject.DISPLACED,)}, {}, True),
        ({"subject": (Subject.KILLED, Subject.DISPLACED)}, {}, True),
        ({"subject": (Subject.KILLED,)}, {}, False),
        ({"subject": (Subject.KILLED,)}, {"subject": None}, False),
        ({"unit": (Unit.FAMILIES,)}, {}, False),
        ({"place": ("Mosul",)}, {}, True),
        ({"place": ("MUSUL",)}, {"place": "Mosul"}, True),
        ({"place": ("Raqqa",)}, {"place": "raqqa"}, True),
        ({"place": ("Raqqa",)}, {}, False),
        ({"place": ("Raqqa",)}, {"place": None}, False),
        ({"place": ("$iraq",)}, {"place": "Erbil"}, True),
        ({"place": ("$iraq",)}, {}, True),
        ({"place": ("$iraq",)}, {"place": "paris"}, False),
        ({"above": 12_000}, {}, False),
        ({"above": 11_999}, {}, True),
        ({"below": 12_000}, {}, False),
        ({"below": 12_001, "above": 11_999}, {}, True),
        ({"above": 11_000}, {"qualifier": Qualifier.AT_LEAST, "high": None}, True),
        ({"above": 14_000}, {"qualifier": Qualifier.AT_MOST, "low": None, "high": 15_000}, True),
        ({"above": 11_000}, {"vague": True, "value": 10_000, "low": 10_000, "high": 100_000}, False),
        ({}, {"modality": Modality.EXPECTED}, False),
        ({"modality": (Modality.EXPECTED,)}, {}, False),
        ({"modality": (Modality.EXPECTED, Modality.REPORTED)}, {"modality": Modality.EXPECTED}, True),
    ],
)
def test_a_rule_takes_a_figure(rule: dict[str, Any], changes: dict[str, Any], taken: bool) -> None:  # noqa: FBT001
    asked = demand(**rule)
    known = places(TERMS, [asked.rule])
    (read,) = placed([replace(FLED, **changes)], known)
    assert asked.takes(read) is taken


def test_names_in_one_list_are_one_place() -> None:
    known = places(TERMS, [])
    assert {known.one(name) for name in ("Mosul", "MUSUL", "al mawsil", "الموصل")} == {"Mosul"}
    assert known.one("Nineveh") == "Mosul", "a prefix is its word"
    assert known.one("Paris") == "paris"
    assert known.one("Tal") == "tal"
    assert known.sought == {}


def test_only_lists_that_rules_ask_for_are_looked_for_anywhere() -> None:
    known = places(TERMS, [FigureRule(place=("Musul",))])
    assert set(known.sought.values()) == {"Mosul"}
    assert "erbil" not in known.sought


def test_a_place_that_no_list_has_is_looked_for_too() -> None:
    assert places(TERMS, [FigureRule(place=("Tal Afar",))]).sought == {"tal afar": "tal afar"}


@pytest.mark.parametrize(
    ("title", "text", "home"),
    [
        ("Camps fill near Mosul", "They came at night.", "Mosul"),
        ("Camps fill", "MUSUL, Iraq - They came at night.", "Mosul"),
        ("Camps fill", "Reuters. The camps east of الموصل are full.", "Mosul"),
        ("Camps fill", "They came. They stayed. All of them were from Mosul.", None),
        ("From Mosul to Bashiqa", "They came at night.", None),
        ("Mosuls fall", "They came at night.", None),
        ("Al Mawsil's camps", "They came at night.", "Mosul"),
        ("Al", "Mawsil is full.", None),
        ("Erbil", "They came at night.", None),
    ],
)
def test_an_article_has_a_place_where_its_title_or_lead_names_one_alone(
    title: str, text: str, home: str | None
) -> None:
    known = places(TERMS | {"bashiqa": ("Bashiqa",)}, [FigureRule(place=("Mosul", "Bashiqa"))])
    assert known.home(title, text) == home


def test_a_figure_without_a_place_stands_where_the_article_does() -> None:
    asked = topic(figures=FigureRule(place=("Mosul",)))
    matcher = Matcher.compile((asked,), {})
    document = Document(title="Mosul's camps fill", text=MANY, language="en")
    found = matcher.match(document)
    assert [match.topic for match in found.matches] == ["t"]
    (read,) = found.figures
    assert (read.place, read.home, SeriesKey.of(read).place) == (None, "mosul", "mosul")
    assert not matcher.match(replace(document, title="Camps fill")).matches
    elsewhere = replace(document, text="About 6,000 people fled from Kirkuk on Monday.")
    assert not matcher.match(elsewhere).matches


def test_a_sentence_that_is_no_more_is_read_again_with_what_only_its_text_told() -> None:
    reader = Matcher.compile((topic(),), {}).reader
    before = replace(
        FLED, subject=None, quote="Some 12,000 people fled, up from 9,000 people who fled last week.", source="IOM"
    )
    (first, second) = reader.reread([before, before], "en")[before.quote]
    assert (first.value, first.subject, first.place, first.source) == (12_000, Subject.DISPLACED, "mosul", "IOM")
    assert (first.start, second.former) == (before.start, True)
    assert reader.reread([replace(before, quote="It rained.")], "en") == {"It rained.": ()}


def test_a_list_that_holds_itself_ends() -> None:
    assert names_of("$loop", TERMS) == ("Rome",)
    assert names_of("$none", TERMS) == ()


def topic(**changes: Any) -> Topic:
    fields: dict[str, Any] = {"name": "t", "title": "T", "query": "fled", "figures": FigureRule(above=5_000)}
    return Topic(**(fields | changes))


MANY = "About 6,000 people fled on Monday."
FEW = "About 60 people fled on Monday."


def test_an_article_matches_where_the_query_holds_and_a_figure_meets_the_rule() -> None:
    matcher = Matcher.compile((topic(), topic(name="plain", figures=None)), {})
    told = {text: matcher.match(Document(title="", text=text, language="en")) for text in (MANY, FEW, "It rained.")}
    assert [[match.topic for match in found.matches] for found in told.values()] == [["t", "plain"], ["plain"], []]
    assert [[one.value for one in found.figures] for found in told.values()] == [[6000], [60], []]


def test_the_title_counts_where_the_text_has_no_figure() -> None:
    matcher = Matcher.compile((topic(),), {})
    bare = Document(title=MANY, text="Those who fled were tired.", language="en")
    assert matcher.match(bare).matches
    assert not matcher.match(replace(bare, text=FEW)).matches


def test_examples_and_explanations_heed_the_rule() -> None:
    examples = Examples(match=(Example(text=MANY), Example(text=FEW)), no_match=(Example(text="Nobody fled."),))
    (failure,) = run_examples((topic(tests=examples),), {})
    assert (failure.expected, failure.example.text) == (True, FEW)
    assert failure.explanation.excluded == ("figures: of 1 read none meets the rule; not met: above (1)",)
    matcher = Matcher.compile((topic(),), {})
    explained = explain((topic(),), {}, Document(title="", text="Some fled."), matcher.reader)
    assert explained.topics[0].excluded == ("figures: none was read",)
    assert not explained.topics[0].matched


NOTICE = NewNotice(
    topic="t", article=ArticleId("new"), story=StoryId("s"), reason=Reason.NEW, revision="", series=("now",)
)
OF_EVENT = replace(NOTICE, story=StoryId("told"), reason=Reason.ORIGIN)
LISTED = replace(NOTICE, listed=True)
PLACED = replace(NOTICE, reason=Reason.PLACE, listed=True)
TAKERS = {"t": ("now",)}


def arrival(*figures: str, edited: bool = False, tell: bool = True) -> Arrival:
    made = tuple(observed(f"{text} article=new story=s", 9) for text in figures)
    return Arrival(article=ArticleId("new"), story=StoryId("s"), figures=made, edited=edited, tell=tell)


def notices(rule: dict[str, Any], past: list[str], came: Arrival, *given: NewNotice) -> list[tuple[str, Reason]]:
    ledger = [observed(text, number) for number, text in enumerate(past)]
    found = {"t": outcome(demand(**rule), came, ledger)}
    return [(notice.topic, notice.reason) for notice in by_figures(given, found, came, TAKERS)]


CHANGE = {"notify": "change"}
HIGH = {"notify": "new_high"}


@pytest.mark.parametrize(
    ("rule", "past", "came", "given", "told"),
    [
        (CHANGE, [], arrival("18.9 500"), [NOTICE], [("t", Reason.NEW)]),
        (CHANGE, ["17.9 500 settled"], arrival("18.9 500"), [NOTICE], []),
        (CHANGE, ["17.9 400 settled"], arrival("18.9 500"), [NOTICE], [("t", Reason.NEW)]),
        (CHANGE, ["17.9 400 settled story=s"], arrival("18.9 500"), [NOTICE], [("t", Reason.FIGURE)]),
        (CHANGE, ["17.9 400 settled story=s"], arrival("18.9 500"), [], [("t", Reason.FIGURE)]),
        (CHANGE, ["17.9 400 settled"], arrival("18.9 500"), [OF_EVENT], [("t", Reason.FIGURE)]),
        (CHANGE, ["17.9 500 settled"], arrival("18.9 500"), [OF_EVENT], []),
        (CHANGE, [], arrival("18.9 500"), [LISTED], [("t", Reason.FIGURE)]),
        (CHANGE, ["17.9 400 settled story=s"], arrival("18.9 500"), [PLACED], [("t", Reason.FIGURE)]),
        (CHANGE, ["17.9 500 settled story=s"], arrival("18.9 500"), [], []),
        ({}, ["17.9 500 settled story=s"], arrival("18.9 500"), [], []),
        ({}, ["17.9 500 settled"], arrival("18.9 500"), [NOTICE], [("t", Reason.NEW)]),
        ({}, ["17.9 400 settled story=s"], arrival("18.9 500"), [], [("t", Reason.FIGURE)]),
        (CHANGE, ["17.9 400 settled article=new"], arrival("18.9 500"), [], []),
        (CHANGE, ["17.9 400 settled article=new"], arrival("18.9 500", edited=True), [], [("t", Reason.EDITED)]),
        (CHANGE, ["17.9 400 settled article=new"], arrival("18.9 400", edited=True), [], []),
        (HIGH, ["17.9 4000 settled article=new"], arrival("18.9 400", edited=True), [], [("t", Reason.EDITED)]),
        (HIGH, ["17.9 400 settled article=new"], arrival("18.9 390", "18.9 400", edited=True), [], []),
        (CHANGE, ["17.9 400 article=new"], arrival("18.9 400"), [], [("t", Reason.NEW)]),
        (CHANGE, [], arrival("18.9 500", tell=False), [], []),
    ],
)
def test_notices_heed_figures(
    rule: dict[str, Any], past: list[str], came: Arrival, given: list[NewNotice], told: list[tuple[str, Reason]]
) -> None:
    assert notices(rule, past, came, *given) == told


def test_a_move_is_told_whatever_was_told_of_its_story() -> None:
    found = {"t": outcome(demand(**CHANGE), arrival("18.9 500"), [observed("17.9 400 settled story=s")])}
    (notice,) = by_figures((replace(NOTICE, listed=True),), found, arrival("18.9 500"), TAKERS)
    assert (notice.listed, notice.reason) == (False, Reason.FIGURE)


def test_notices_of_others_and_of_topics_without_a_rule_are_left_alone() -> None:
    others = (replace(NOTICE, article=ArticleId("else")), replace(NOTICE, topic="plain"))
    untold = Outcome(verdict=Verdict(told=False, moved=False), heard=False, story_told=False, every=False)
    assert by_figures((NOTICE, *others), {"t": untold}, arrival("18.9 5"), TAKERS) == others


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        (FigureRule(), "a figure of anything counted; every match is told"),
        (
            FigureRule(subject=(Subject.DISPLACED, Subject.REFUGEES, Subject.KILLED)),
            "a figure of refugees or those displaced or killed; every match is told",
        ),
        (
            FigureRule(
                unit=(Unit.PEOPLE, Unit.FAMILIES),
                subject=(Subject.DISPLACED,),
                place=("Mosul",),
                above=1000,
                modality=(Modality.EXPECTED,),
                notify="new_high",
                change=Change(amount=5, percent=True),
                disagree=Change(amount=2500),
            ),
            (
                "a figure of people or families (displaced) at Mosul, above 1,000, expected; told at a new high "
                "by 5 %; told when sources are 2,500 apart"
            ),
        ),
    ],
)
def test_a_rule_in_words(rule: FigureRule, words: str) -> None:
    assert describe(rule) == words


def test_places_without_terms_are_themselves() -> None:
    assert Places().one("Tel Aviv") == "tel aviv"
