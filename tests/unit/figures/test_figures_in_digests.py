"""What a digest says of the series that its articles tell of, from a ledger."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.helpers import digests
from tests.helpers.observing import observed
from watcher.errors import WorkFailed, WorkReason
from watcher.jobs import Live
from watcher.jobs.figures import drawn, with_moves
from watcher.model import ArticleId, Digest, Observation, SeriesKey
from watcher.settings import Change, DigestPolicy, FigureRule, Settings, Topic

RULE = FigureRule(disagree=Change(amount=20, percent=True))


class Ledger:
    """A store that has only a ledger."""

    def __init__(self, *texts: str) -> None:
        self.seen = [observed(text, number) for number, text in enumerate(texts)]

    async def ledger(
        self, topic: str, keys: Sequence[SeriesKey], article: ArticleId | None = None
    ) -> tuple[Observation, ...]:
        return tuple(one for one in self.seen if SeriesKey.of(one.figure) in keys)


class Workers:
    """Works here and now, or not at all."""

    def __init__(self, *, broken: bool = False) -> None:
        self.broken = broken

    async def run(self, work: Any, limit: timedelta, /, *args: Any) -> Any:
        if self.broken:
            raise WorkFailed(WorkReason.CRASHED)
        return work(*args)


def live(rule: FigureRule | None) -> Live:
    topic = Topic(name="mosul", title="Mosul", query="mosul", figures=rule)
    return Live(Settings(folder=Path(), topics=(topic,)))


def telling(ledger: Ledger, *articles: str) -> Digest:
    """A digest whose articles say what the ledger has of them."""
    told = [
        digests.article(name, figures=tuple(one.figure for one in ledger.seen if one.article == name))
        for name in articles
    ]
    return digests.digest(digests.topic("mosul", digests.story("s", *told)))


async def moves(ledger: Ledger, rule: FigureRule | None, *articles: str) -> list[tuple[float | None, float]]:
    made = await with_moves(ledger, live(rule), telling(ledger, *articles))  # type: ignore[arg-type]
    return [(move.previous, move.latest) for move in made.topics[0].figures]


async def test_old_and_new_stand_for_each_series_that_is_told() -> None:
    ledger = Ledger("17.9 400", "18.9 500 article=here", "18.9 9 place=Bashiqa article=here", "18.9 7 place=Erbil")
    assert await moves(ledger, RULE, "here") == [(400, 500), (None, 9)]


async def test_without_a_rule_only_what_moved_is_told() -> None:
    ledger = Ledger("17.9 400", "18.9 500 article=here", "18.9 9 place=Bashiqa article=here")
    assert await moves(ledger, None, "here") == [(400, 500)]


@pytest.mark.parametrize(
    "other", ["18.9 40000 inferred article=here", "18.9 4000 article=here", "18.9 39 article=here"]
)
async def test_without_a_rule_numbers_that_count_others_are_no_moves(other: str) -> None:
    ledger = Ledger("17.9 400", other)
    where = None if "inferred" in other else "Mosul"
    ledger.seen = [replace(one, figure=replace(one.figure, place=where, home=None)) for one in ledger.seen]
    assert await moves(ledger, None, "here") == []
    assert len(await moves(ledger, RULE, "here")) == 1


async def test_what_the_rule_does_not_ask_for_is_not_told() -> None:
    ledger = Ledger("17.9 400", "18.9 500 article=here", "18.9 9 place=Bashiqa article=here")
    assert await moves(ledger, FigureRule(above=100), "here") == [(400, 500)]
    assert await moves(ledger, FigureRule(above=1000), "here") == []


async def test_a_digest_of_several_moves_tells_from_where_it_began() -> None:
    ledger = Ledger("16.9 300", "17.9 400 article=one", "18.9 500 article=two")
    assert await moves(ledger, RULE, "one", "two") == [(300, 500)]


async def test_sources_that_disagree_are_an_alert() -> None:
    ledger = Ledger("18.9 68000 who=IOM", "18.11 50000 who=Ministry article=here")
    made = await with_moves(ledger, live(RULE), telling(ledger, "here"))  # type: ignore[arg-type]
    (alert,) = made.topics[0].alerts
    assert alert.reason == "update:figure"
    assert alert.text == (
        "Sources disagree on people displaced, Mosul: "
        "50,000 (Ministry, 18 Oct, 11:00) against 68,000 (IOM, 18 Oct, 09:00)"
    )


async def test_times_are_those_of_the_digest() -> None:
    ledger = Ledger("18.9 68000 who=IOM", "18.11 50000 who=Ministry article=here")
    topic = Topic(name="mosul", title="Mosul", query="mosul", figures=RULE)
    policy = DigestPolicy(name="morning", topics=("mosul",), to=("desk",), timezone=ZoneInfo("Asia/Baghdad"))
    there = Live(Settings(folder=Path(), topics=(topic,), digests=(policy,)))
    made = await with_moves(ledger, there, telling(ledger, "here"))  # type: ignore[arg-type]
    assert "50,000 (Ministry, 18 Oct, 14:00)" in made.topics[0].alerts[0].text


async def test_a_digest_without_figures_asks_nothing() -> None:
    plain = digests.digest(digests.topic("mosul"))
    assert await with_moves(Ledger(), live(RULE), plain) == plain  # type: ignore[arg-type]
    assert await drawn(Workers(broken=True), plain) == plain  # type: ignore[arg-type]


@pytest.mark.parametrize("broken", [False, True])
async def test_sparklines_stand_beside_the_moves_or_the_digest_goes_without(broken: bool) -> None:  # noqa: FBT001
    moved = (digests.told_move(), replace(digests.told_move(), points=()))
    made = await drawn(Workers(broken=broken), digests.digest(digests.topic("t", digests.story(), figures=moved)))  # type: ignore[arg-type]
    first, second = made.topics[0].figures
    assert bool(first.sparkline) is not broken
    assert second.sparkline == ""
