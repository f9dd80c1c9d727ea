"""Each file of tests/cases/rates: what happened when, and what was told of it. The state is written between all looks.

A step: `at` a local time so many `stories` arrive, or those of the times `arrived`, and what has come is looked at.
`feeds`: `ok` has just answered, `failing 5h` answered last so long ago and fails, `quiet 5h` was not asked since.
`days`: stories that were counted before, at these local times of the days up to that one.
"""

from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from watcher.config import parse_duration
from watcher.model import Arrival, StoryId
from watcher.rates import Source, State, look, reach
from watcher.settings import Frequency, Spike, Topic

CASES = sorted((Path(__file__).resolve().parents[2] / "cases" / "rates").glob("*.yaml"))
FEEDS = ["ok", "ok", "ok"]


def topic_of(rules: dict[str, Any]) -> Topic:
    frequency, spike, flatline = rules.get("frequency"), rules.get("spike"), rules.get("flatline")
    return Topic(
        name="t",
        title="T",
        query="x",
        frequency=frequency and Frequency(stories=frequency["stories"], within=parse_duration(frequency["within"])),
        spike=spike and Spike(**{key: parse_duration(one) if type(one) is str else one for key, one in spike.items()}),
        flatline=flatline and parse_duration(flatline),
    )


def local(text: str, zone: ZoneInfo) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=zone).astimezone(UTC)


def source(said: str, now: datetime) -> Source:
    kind, _, ago = said.partition(" ")
    return Source(answered=None if ago == "never" else now - parse_duration(ago or "0s"), failing=kind == "failing")


def seen(days: dict[str, Any], zone: ZoneInfo) -> list[datetime]:
    last = datetime.fromisoformat(days["up_to"]).date()
    moments = [time.fromisoformat(one) for one in days["at"]]
    dates = [last - timedelta(days=number) for number in range(days["count"])]
    return [datetime.combine(date, moment, zone).astimezone(UTC) for date in dates for moment in moments]


class Run:
    def __init__(self, case: dict[str, Any]) -> None:
        self.zone = ZoneInfo(case.get("zone", "UTC"))
        self.topic = topic_of(case["topic"])
        self.state = State.begin("mark", local(case["since"], self.zone))
        self.arrivals = [
            Arrival(story=StoryId(f"before-{number}"), at=at)
            for number, at in enumerate(seen(case["days"], self.zone) if "days" in case else [])
        ]
        if self.arrivals:
            last = max(one.at for one in self.arrivals)
            self.state = replace(self.state, last=last, looked=last)

    def step(self, step: dict[str, Any]) -> list[str]:
        now = local(step["at"], self.zone)
        arrived = [local(one, self.zone) for one in step.get("arrived", ())] + [now] * step.get("stories", 0)
        self.arrivals = [replace(one, at=min(one.at, now)) for one in self.arrivals]  # as the store pulls them back
        base = len(self.arrivals)
        self.arrivals += [
            Arrival(story=StoryId(f"{base + number}"), at=at, fresh=True) for number, at in enumerate(arrived)
        ]
        since = reach(self.topic, self.state, (), now)
        while (more := reach(self.topic, self.state, self._known(since), now)) < since:
            since = more
        found = look(
            self.topic,
            self.state,
            self._known(since),
            now=now,
            zone=self.zone,
            sources=[source(said, now) for said in step.get("feeds", FEEDS)],
            backlog=step.get("backlog", False),
        )
        self.state = State.read(found.state.write())
        assert self.state == found.state
        weighed = set(found.weighed)
        self.arrivals = [replace(one, fresh=one.fresh and one.story not in weighed) for one in self.arrivals]
        assert not any(one.fresh for one in self.arrivals)
        return [
            f"{told.reason.removeprefix('rate:')}{' over' if told.ended else ''}: {told.text}" for told in found.told
        ]

    def _known(self, since: datetime) -> list[Arrival]:
        """What the store hands in: no more than is asked for."""
        return [one for one in self.arrivals if one.fresh or one.at >= since]


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_what_is_told(path: Path) -> None:
    case = yaml.safe_load(path.read_text())
    run = Run(case)
    for step in case["steps"]:
        assert run.step(step) == step.get("told", []), step["at"]
