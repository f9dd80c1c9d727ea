"""Figures over time: levels, moves and disagreements as cases; how a series stands for a digest."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, strategies as st

from tests.helpers.observing import observed
from watcher.figures import find
from watcher.figures.dispute import disagreements
from watcher.figures.former import marked
from watcher.figures.places import Places
from watcher.figures.rules import Demand
from watcher.figures.series import levels, standing, weigh
from watcher.figures.statements import voice
from watcher.model import ArticleId, StoryId
from watcher.settings import Change, FigureRule

CASES = Path(__file__).parents[2] / "cases" / "series"


def cases(name: str) -> list[Any]:
    read = yaml.safe_load((CASES / f"{name}.yaml").read_text("utf-8"))
    return [pytest.param(case, id=title) for title, case in read.items()]


def several(texts: list[str], first: int = 0) -> list[Any]:
    return [observed(text, number) for number, text in enumerate(texts, first)]


def demand(rule: dict[str, Any]) -> Demand:
    for key in ("change", "disagree"):
        if isinstance(rule.get(key), str):
            rule = {**rule, key: Change(amount=float(rule[key].rstrip("%")), percent=True)}
        elif key in rule:
            rule = {**rule, key: Change(amount=rule[key])}
    return Demand.of(FigureRule(**rule), Places(), {})


@pytest.mark.parametrize("case", cases("levels"))
def test_levels(case: dict[str, Any]) -> None:
    made = several(case["observed"])
    if any("quote=" in text and "article=" not in text for text in case["observed"]):  # one article
        made = [observed(f"{text} article=a story=s", number) for number, text in enumerate(case["observed"])]
    found = levels(made)
    assert [level.value for level in found] == case["levels"]
    assert [level.value for level in found if level.disputed] == case.get("disputed", [])


@pytest.mark.parametrize(
    "case", yaml.safe_load((CASES / "former.yaml").read_text("utf-8")), ids=lambda case: case["text"]
)
def test_what_a_number_was_before(case: dict[str, Any]) -> None:
    read = marked(case["text"], find(case["text"], case.get("language", "en")))
    assert len(read) >= len(case["former"]) + 1
    assert [one.value for one in read if one.former] == case["former"]


@pytest.mark.parametrize("case", cases("told"))
def test_what_is_told(case: dict[str, Any]) -> None:
    verdict = weigh(demand(case["rule"]), several(case["past"]), several(case["fresh"], 50))
    assert (verdict.told, verdict.moved) == (case["told"], case.get("moved", False))
    apart = [[pair.one.figure.source, pair.other.figure.source] for pair in verdict.disagreements]
    assert apart == case.get("apart", [])
    assert bool(verdict.revision) == (verdict.moved or bool(apart))


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("IOM", "the International Organization for Migration", True),
        ("UNHCR", "United Nations High Commissioner for Refugees", True),
        ("IOM", "International Organization for Migration (IOM)", True),
        ("ministry of health", "Health Ministry", True),
        ("ministry of health", "ministry of migration", False),
        ("IOM", "UNHCR", False),
        ("Iraqi Red Crescent", "Red Crescent", False),
    ],
)
def test_one_source_goes_by_several_names(one: str, other: str, same: bool) -> None:  # noqa: FBT001
    first, second = (observed("18.9 1 who=X") for _ in range(2))
    named = [
        voice(replace(said, figure=replace(said.figure, source=source)))
        for said, source in ((first, one), (second, other))
    ]
    assert (named[0] == named[1]) is same


def test_copies_of_one_story_are_one_source() -> None:
    copies = [
        "18.9 54000 site=a.example story=s",
        "18.10 54000 site=b.example story=s",
        "18.11 54000 site=c.example story=s",
    ]
    (level,) = levels(several(copies))
    assert level.voices == ("a.example",)
    (level,) = levels(several([*copies, "18.12 54000 site=d.example"]))
    assert level.voices == ("a.example", "d.example")


def test_voices_that_say_the_same_are_counted_once() -> None:
    (level,) = levels(several(["18.9 54000 who=IOM", "18.10 54000 who=Ministry", "18.11 54000 who=IOM"]))
    assert level.voices == ("iom", "ministry")


def test_a_series_stands_between_what_was_and_what_is_told_here() -> None:
    ledger = several(
        ["17.9 60000", "18.9 54000 who=IOM", "19.9 66000 who=Ministry article=here", "20.9 68000 article=now"]
    )
    move = standing(ledger, frozenset({"here", "now"}), {"https://wire.example/feed": "Wire"})
    assert move is not None
    assert (move.previous, move.latest, move.highest, move.sources) == (54000, 68000, 68000, 1)
    assert move.previous_said is not None
    assert (move.previous_said.source, move.previous_said.feed) == ("IOM", "Wire")
    assert move.latest_said is not None
    assert move.latest_said.source is None
    assert [point.value for point in move.points] == [60000, 54000, 66000, 68000]


def test_a_digest_that_tells_a_series_from_its_beginning_says_where_it_began() -> None:
    ledger = several(["17.9 54000 article=one", "18.9 61000 article=two", "19.9 68000 article=three"])
    move = standing(ledger, frozenset({"one", "two", "three"}), {})
    assert move is not None
    assert (move.previous, move.latest) == (54000, 68000)


def test_what_only_confirms_has_moved_nothing() -> None:
    ledger = several(["17.9 54000", "18.9 68000", "19.9 68000 who=IOM article=here"])
    move = standing(ledger, frozenset({"here"}), {})
    assert move is not None
    assert (move.previous, move.latest, move.sources) == (68000, 68000, 2)


def test_a_copy_that_is_told_in_place_of_an_earlier_one_read_later_brings_the_move() -> None:
    ledger = several(["17.9 5000 settled", "18.9 9000 article=late story=s", "18.10 9000 settled article=here story=s"])
    move = standing(ledger, frozenset({"here"}), {})
    assert move is not None
    assert (move.previous, move.latest) == (5000, 9000)
    first = standing(ledger[1:], frozenset({"here"}), {})
    assert first is not None
    assert (first.previous, first.latest) == (None, 9000)
    told = [ledger[0], replace(ledger[1], settled=True), ledger[2]]
    again = standing(told, frozenset({"here"}), {})
    assert again is not None
    assert (again.previous, again.latest) == (9000, 9000)


def test_what_an_edit_took_back_is_not_the_highest() -> None:
    ledger = several(["17.9 54000", "17.12 540000 gone article=typo", "17.13 55000 article=typo"])
    move = standing(ledger, frozenset({"typo"}), {})
    assert move is not None
    assert (move.previous, move.latest, move.highest) == (54000, 55000, 55000)


def test_with_what_was_taken_back_nobody_disagrees_any_more() -> None:
    ledger = several(
        ["17.9 54000 who=UN", "17.12 540000 gone article=typo who=IOM", "17.13 55000 article=typo who=IOM"]
    )
    limit = Change(amount=20, percent=True)
    assert [pair.one.figure.value for pair in disagreements(limit, [*ledger[:1], replace(ledger[1], current=True)])]
    assert not list(disagreements(limit, ledger))
    assert [level.value for level in levels(ledger)] == [54000, 55000]


def test_a_number_in_dispute_is_shown_where_it_is_told_and_passed_over_then() -> None:
    ledger = several(["17.9 68000 who=IOM", "17.12 45000 who=Ministry article=low", "18.9 76000 who=IOM article=now"])
    told = standing(ledger[:2], frozenset({"low"}), {})
    then = standing(ledger, frozenset({"now"}), {})
    assert told is not None
    assert (told.previous, told.latest, told.disputed) == (68000, 45000, True)
    assert then is not None
    assert (then.previous, then.latest, then.disputed) == (68000, 76000, False)
    assert [point.value for point in then.points] == [68000, 76000]


def test_a_long_series_is_weighed_in_linear_steps() -> None:
    made = several(
        [
            f"{1 + hour // 24}.{hour % 24} {1000 + hour} who=V{number % 40}"
            for number in range(10_000)
            for hour in [number // 20]
        ]
    )
    assert len(levels(made)) > 100


def test_a_series_of_additions_stands_nowhere() -> None:
    assert standing(several(["17.9 60 new"]), frozenset(), {}) is None


@given(
    st.permutations([f"{day}.{hour} {day * 100 + hour * 7} story=s{day % 3}" for day in range(1, 6) for hour in (3, 9)])
)
def test_the_order_in_which_articles_are_read_does_not_matter(texts: list[str]) -> None:
    fixed = {text: number for number, text in enumerate(sorted(texts))}
    made = [observed(text, fixed[text]) for text in texts]
    assert levels(made) == levels(sorted(made, key=lambda one: one.article))


SAID = st.tuples(
    st.integers(1, 6),
    st.integers(0, 23),
    st.integers(1, 40).map(lambda number: number * 5000),
    st.sampled_from(["", " approx", " at_least", " at_most", " former"]),
    st.sampled_from(["IOM", "UN", "Ministry", "Reuters"]),
    st.booleans(),
)


@given(st.lists(SAID, max_size=14))
def test_whatever_is_said_who_repeats_himself_is_not_told_again(said: list[tuple[Any, ...]]) -> None:
    told = [
        f"{day}.{hour} {number}{flag} who={who}{' settled' * settled}" for day, hour, number, flag, who, settled in said
    ]
    past = [observed(text, number) for number, text in enumerate(told)]
    stood = levels(past)
    for pair in disagreements(Change(amount=20, percent=True), past):
        assert voice(pair.one) != voice(pair.other)
        assert timedelta() <= pair.one.at - pair.other.at <= timedelta(days=2)
    if stood:
        assert not stood[0].disputed
        last = stood[-1].first
        again = replace(last, article=ArticleId("again"), story=StoryId("again"), at=last.at + timedelta(days=9))
        known = [replace(one, settled=True) for one in past]
        assert not weigh(demand({"notify": "change", "disagree": "20%"}), known, [again]).moved
