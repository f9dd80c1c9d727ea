"""What counts for a topic with a rate, what makes another count of it, and when it is looked at."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.storing import article, match, new_entry
from watcher.jobs import Live, Pulse
from watcher.jobs.rates import counted, mark
from watcher.model import EntryId, FeedId, KnownArticle, PendingEntry, StoryId
from watcher.settings import FigureRule, Frequency, Settings, Spike, Topic

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
SECOND = timedelta(seconds=1)
RATED = Topic(name="rate", title="Rate", query="x", frequency=Frequency(stories=5, within=timedelta(hours=6)))
PLAIN = Topic(name="plain", title="Plain", query="x")
LIVE = Live(Settings(folder=Path(), topics=(RATED, PLAIN)))
TERMS = {"city": ("Mosul", "$other"), "other": ("Musul",), "unused": ("Raqqa",)}


def waiting(*, tell: bool = True, edited: bool = False) -> PendingEntry:
    return PendingEntry(
        id=EntryId(1),
        feed=FeedId(1),
        feed_url="https://news.example/feed",
        content=new_entry("one", tell=tell),
        edited=edited,
        attempts=0,
        first_seen=NOW,
        article=None,
    )


def known(*topics: str, told: bool = True) -> KnownArticle:
    return KnownArticle(
        article=article("one"),
        story=StoryId("s"),
        feeds=(),
        matches=tuple(map(match, topics)),
        told=told,
        read_at=NOW,
    )


@pytest.mark.parametrize(
    ("pending", "before", "counts"),
    [
        pytest.param(waiting(), None, ("rate",), id="new"),
        pytest.param(waiting(tell=False), None, (), id="kept quiet by backfill"),
        pytest.param(waiting(), known("rate"), (), id="counted before"),
        pytest.param(waiting(), known("plain"), ("rate",), id="its full text satisfies more"),
        pytest.param(waiting(), known("rate", told=False), ("rate",), id="kept quiet before, new in another feed"),
        pytest.param(waiting(edited=True), known("rate", told=False), (), id="kept quiet before, edited"),
        pytest.param(waiting(edited=True), known("plain"), ("rate",), id="an edit made it one"),
    ],
)
def test_what_counts(pending: PendingEntry, before: KnownArticle | None, counts: tuple[str, ...]) -> None:
    assert counted(LIVE, pending, before, (match("rate"), match("plain"))) == counts
    assert counted(LIVE, pending, before, (match("plain"),)) == ()


def changed(**changes: Any) -> Topic:
    return Topic(**({"name": "t", "title": "T", "query": "$city war"} | changes))


def test_another_query_is_another_count_and_another_threshold_is_not() -> None:
    one = mark(changed(), TERMS)
    same = [
        changed(title="Other", severity="critical"),
        changed(frequency=RATED.frequency, flatline=SECOND),
        changed(spike=Spike(times=2, against=timedelta(days=3))),
    ]
    assert {mark(topic, TERMS) for topic in same} == {one}
    assert mark(changed(), TERMS | {"unused": ("Rakka",)}) == one
    others = [
        mark(changed(query="$city AND war"), TERMS),
        mark(changed(query={"any": ["$city"]}), TERMS),
        mark(changed(), TERMS | {"other": ("Musul", "Ninawa")}),
        mark(changed(feeds=("iraq",)), TERMS),
        mark(changed(languages=("en",)), TERMS),
        mark(changed(figures=FigureRule(above=10)), TERMS),
    ]
    assert len({one, *others}) == len(others) + 1


def test_a_list_of_places_is_part_of_it_and_when_figures_are_told_is_not() -> None:
    one = mark(changed(figures=FigureRule(place=("$other",))), TERMS)
    assert mark(changed(figures=FigureRule(place=("$other",), notify="change")), TERMS) == one
    assert mark(changed(figures=FigureRule(place=("$other",))), TERMS | {"other": ("Ninawa",)}) != one


def test_it_is_looked_at_when_something_came_and_now_and_then() -> None:
    pulse, minute = Pulse(), timedelta(minutes=1)
    assert pulse.due(LIVE, NOW) == ("rate",)
    assert pulse.due(LIVE, NOW + SECOND) == ()
    pulse.stir(("plain", "rate"))
    assert pulse.due(LIVE, NOW + 2 * SECOND) == ("rate",)
    assert pulse.due(LIVE, NOW + minute) == ()
    assert pulse.due(LIVE, NOW + minute + 2 * SECOND) == ("rate",)
    assert pulse.due(LIVE, NOW - minute) == ("rate",)  # the clock was set back


def test_short_windows_are_looked_at_more_often() -> None:
    short = RATED.model_copy(update={"frequency": Frequency(stories=5, within=100 * SECOND)})
    live, pulse = Live(Settings(folder=Path(), topics=(short,))), Pulse()
    assert [bool(pulse.due(live, NOW + seconds * SECOND)) for seconds in (0, 4, 5, 9, 10)] == [
        True,
        False,
        True,
        False,
        True,
    ]
