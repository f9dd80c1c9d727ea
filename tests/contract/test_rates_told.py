"""Alerts of rates go the way of all that is told: quiet hours, escalations, silences, once a channel."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.desk import Desk, desk
from watcher.model import Severity, Silence
from watcher.settings import DigestPolicy, FolderChannel, Frequency, Quiet, Topic

NOW = datetime(2016, 10, 20, 23, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
BURST = Frequency(stories=3, within=HOUR)
RATE = Topic(name="rate", title="Rate", query="x", frequency=BURST, severity=Severity.CRITICAL)
PLAIN = Topic(name="plain", title="Plain", query="y")
AT_ONCE = {"wait": timedelta(0), "every": timedelta(0)}


@pytest.fixture
async def at() -> AsyncIterator[Desk]:
    async with desk(NOW) as made:
        yield made


async def burst(at: Desk, *names: str) -> None:
    for name in names:
        await at.news(name, "rate", "plain")
        at.clock.pass_(MINUTE)
        await at.tick()


def told(at: Desk, channel: str) -> list[list[tuple[str, list[str]]]]:
    """What each digest to a channel said of rates: the text, and the stories that made it."""
    return [
        [(alert["text"], [one["headline"] for one in alert["stories"]]) for alert in topic["alerts"]]
        for body in at.boxes[channel].bodies
        for topic in body["topics"]
        if topic["topic"] == "rate"
    ]


def silence(**changes: Any) -> Silence:
    values: dict[str, Any] = {"topic": "rate", "starts": NOW, "ends": NOW + HOUR, "why": "known", "by": "desk"}
    return Silence(**(values | changes))


BEGUN = ("3 stories in 1 h (3 asked)", ["Title of c", "Title of b", "Title of a"])
BEGUN_AT_ONCE = [[BEGUN]]


async def test_the_rate_is_told_and_its_stories_only_under_other_topics(at: Desk) -> None:
    channels = [FolderChannel(name="hook", path=Path("hook"))]
    await at.adopt([RATE, PLAIN], channels, [DigestPolicy(name="d", topics=("*",), to=("hook",), **AT_ONCE)])
    await burst(at, "a", "b", "c")
    assert told(at, "hook") == BEGUN_AT_ONCE
    assert {topic for _, topic, _ in at.boxes["hook"].told()} == {"plain"}
    assert len(at.boxes["hook"].told()) == 3


async def test_what_began_and_ended_in_quiet_hours_goes_as_one_digest(at: Desk) -> None:
    quiet = Quiet(start=time(22), end=time(7))
    channels = [FolderChannel(name="hook", path=Path("hook"), quiet=quiet)]
    await at.adopt([RATE, PLAIN], channels, [DigestPolicy(name="d", topics=("rate",), to=("hook",), **AT_ONCE)])
    await burst(at, "a", "b", "c")
    await at.until(NOW + 9 * HOUR, 10 * MINUTE)
    (digest,) = told(at, "hook")
    assert [text[:9] for text, _ in digest] == ["3 stories", "Over: 1 s"]
    assert digest[0] == BEGUN


async def test_a_rate_is_escalated_once_a_channel(at: Desk) -> None:
    channels = [FolderChannel(name=name, path=Path(name)) for name in ("hook", "mail")]
    morning = DigestPolicy(
        name="morning", topics=("*",), to=("hook", "mail"), at="0 7 * * *", escalate={Severity.CRITICAL: ("hook",)}
    )
    await at.adopt([RATE, PLAIN], channels, [morning])
    await burst(at, "a", "b", "c")
    assert told(at, "hook") == BEGUN_AT_ONCE
    assert told(at, "mail") == []
    await at.until(NOW + 9 * HOUR, 10 * MINUTE)
    assert [text[:4] for digest in told(at, "hook") for text, _ in digest] == ["3 st", "Over"]
    (digest,) = told(at, "mail")
    assert [text[:4] for text, _ in digest] == ["3 st", "Over"]


@pytest.mark.parametrize(
    ("kept", "heard"),
    [
        pytest.param(silence(), [], id="topic"),
        pytest.param(silence(place="Title"), ["3 st", "Over"], id="place"),
        pytest.param(silence(topic="plain"), ["3 st", "Over"], id="another topic"),
        pytest.param(silence(ends=NOW + MINUTE), ["3 st", "Over"], id="ended before"),
    ],
)
async def test_a_silence_of_the_whole_topic_keeps_it_quiet_with_its_end(
    at: Desk, kept: Silence, heard: list[str]
) -> None:
    channels = [FolderChannel(name="hook", path=Path("hook"))]
    await at.adopt([RATE, PLAIN], channels, [DigestPolicy(name="d", topics=("rate",), to=("hook",), **AT_ONCE)])
    await at.store.add_silence(kept)
    await burst(at, "a", "b", "c")
    await at.until(NOW + 4 * HOUR, 10 * MINUTE)
    assert [text[:4] for digest in told(at, "hook") for text, _ in digest] == heard
    assert len(await at.store.alerts_since(["rate"], NOW)) == 2  # recorded all the same


async def test_a_topic_that_leaves_the_config_takes_its_alert_along(at: Desk) -> None:
    channels = [FolderChannel(name="hook", path=Path("hook"))]
    late = DigestPolicy(name="d", topics=("*",), to=("hook",), at="0 7 * * *")
    await at.adopt([RATE, PLAIN], channels, [late])
    await burst(at, "a", "b", "c")
    await at.adopt([PLAIN], channels, [late])
    await at.until(NOW + 9 * HOUR, 10 * MINUTE)
    assert told(at, "hook") == []
