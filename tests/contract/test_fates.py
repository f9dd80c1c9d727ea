"""An article's fate names the deliveries that tell it, and where it still waits to be told."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

from tests.helpers.desk import Desk, desk
from tests.helpers.storing import article
from watcher.model import DeliveryState, Severity, StoredArticle
from watcher.settings import DigestPolicy, FolderChannel, Quiet, Topic

EVENING = datetime(2016, 10, 20, 21, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
NIGHT = Quiet(start=time(22), end=time(7), passing=(Severity.CRITICAL,))
WAR = Topic(name="war", title="War", query="war", severity=Severity.CRITICAL)
TALKS = Topic(name="talks", title="Talks", query="talks")


async def fate(at: Desk, name: str) -> StoredArticle:
    found = await at.store.stored(article(name).id)
    assert found is not None
    return found


def told(found: StoredArticle) -> list[tuple[str, str, DeliveryState]]:
    return sorted((one.series, one.channel, one.state) for one in found.deliveries)


async def test_of_a_digest_that_was_parted_only_the_part_that_tells_it_counts() -> None:
    async with desk(EVENING) as at:
        chat = FolderChannel(name="chat", path=Path("chat"), quiet=NIGHT)
        hook = FolderChannel(name="hook", path=Path("hook"))
        every: dict[str, Any] = {"wait": HOUR, "every": timedelta(0)}
        await at.adopt(
            [WAR, TALKS], [chat, hook], [DigestPolicy(name="d", topics=("*",), to=("chat", "hook"), **every)]
        )
        await at.until(EVENING + HOUR)
        await at.news("a", "war")
        await at.news("b", "talks")
        assert (await fate(at, "b")).waits == (("talks", "d", False),)
        await at.until(EVENING + 3 * HOUR)
        assert told(await fate(at, "a")) == [("d", "chat", DeliveryState.SENT), ("d", "hook", DeliveryState.SENT)]
        assert told(await fate(at, "b")) == [("d", "chat", DeliveryState.WAITING), ("d", "hook", DeliveryState.SENT)]
        assert (await fate(at, "b")).waits == ()


async def test_what_was_merged_is_told_by_what_it_became_a_part_of() -> None:
    async with desk(EVENING) as at:
        chat = FolderChannel(name="chat", path=Path("chat"), quiet=NIGHT)
        every: dict[str, Any] = {"wait": timedelta(0), "every": timedelta(0)}
        await at.adopt([TALKS], [chat], [DigestPolicy(name="d", topics=("*",), to=("chat",), **every)])
        for hours in (2, 3):
            await at.until(EVENING + hours * HOUR)
            await at.news(f"n{hours}", "talks")
        await at.until(EVENING + 11 * HOUR)
        first, second = await fate(at, "n2"), await fate(at, "n3")
        assert told(first) == [("d", "chat", DeliveryState.SENT)]
        assert first.deliveries == second.deliveries
