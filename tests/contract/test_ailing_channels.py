"""A channel that fails for an hour is told of through the others; a slow one costs the others nothing."""

import asyncio
from collections.abc import Hashable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.helpers.desk import SENT, Desk, desk
from watcher.jobs import close_digest, deliver_all
from watcher.model import Attempt, AttemptOutcome, AttemptReason, Outgoing
from watcher.runner import Kind, LocalRunner
from watcher.settings import DigestPolicy, FolderChannel, Retry, Topic

NOW = datetime(2016, 10, 20, 12, 0, tzinfo=UTC)
MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
WAR = Topic(name="war", title="War", query="war")
REFUSED = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.REFUSED, answer="no connection")
GONE = Attempt(outcome=AttemptOutcome.HELD, reason=AttemptReason.GONE, answer="410 Gone")


async def adopt(at: Desk) -> None:
    retry = Retry(first=10 * MINUTE, max=10 * MINUTE)
    channels = [FolderChannel(name=name, path=Path(name), retry=retry) for name in ("hook", "mail")]
    at_once = {"wait": timedelta(0), "every": timedelta(0)}
    news = DigestPolicy(name="news", topics=("*",), to=("hook",), **at_once)
    watch = DigestPolicy(name="watch", topics=("sources",), to=("mail", "hook"), **at_once)
    alone = DigestPolicy(name="alone", topics=("sources",), to=("hook",), **at_once)
    await at.adopt([WAR], channels, [news, watch, alone])


def alerts(at: Desk) -> list[str]:
    return [alert["text"] for body in at.boxes["mail"].bodies for topic in body["topics"] for alert in topic["alerts"]]


async def test_an_hour_of_failures_is_told_once_and_so_is_its_end() -> None:
    async with desk(NOW) as at:
        await adopt(at)
        at.boxes["hook"].answer = lambda _: REFUSED
        await at.news("a", "war")
        await at.until(NOW + 50 * MINUTE, 5 * MINUTE)
        assert alerts(at) == []
        await at.until(NOW + 5 * HOUR, 5 * MINUTE)
        assert alerts(at) == ["channel hook has been failing since 20 Oct 12:05 UTC: no connection"]
        at.boxes["hook"].answer = lambda _: SENT
        await at.until(NOW + 6 * HOUR, 5 * MINUTE)
        assert alerts(at)[1:] == ["channel hook takes digests again"]
        assert {body["digest"] for body in at.boxes["hook"].bodies} == {"news", "watch"}


async def test_a_410_is_told_at_once() -> None:
    async with desk(NOW) as at:
        await adopt(at)
        at.boxes["hook"].answer = lambda _: GONE
        await at.news("a", "war")
        await at.until(NOW + 2 * MINUTE)
        assert alerts(at) == ["channel hook holds its digests back: 410 Gone"]


async def test_a_hundred_digests_for_a_receiver_that_takes_its_time_hold_up_nobody_else() -> None:
    async with desk(NOW) as at:
        channels = [FolderChannel(name=name, path=Path(name)) for name in ("hook", "mail")]
        at_once = {"wait": timedelta(0), "every": timedelta(0), "topics": ("*",), "to": ("hook", "mail")}
        await at.adopt([WAR], channels, [DigestPolicy(name=f"d{number}", **at_once) for number in range(100)])
        await at.news("a", "war")
        for state in await at.store.series():
            assert await close_digest(at.context, state.name) is not None
        let_go = asyncio.Event()
        quick = at.boxes["hook"].send

        async def slow(outgoing: Outgoing) -> Attempt:
            await let_go.wait()
            return await quick(outgoing)

        at.boxes["hook"].send = slow  # type: ignore[method-assign]

        async def handle(job: Hashable) -> None:
            await deliver_all(at.context, str(job), lambda _: None)

        runner = LocalRunner({Kind.DELIVER: handle}, {Kind.DELIVER: 2}, at.clock)
        runner.submit(Kind.DELIVER, await at.store.due_channels(NOW))
        async with asyncio.timeout(60):
            while len(at.boxes["mail"].sent) < 100:  # noqa: ASYNC110 - what is counted is the box's own
                await asyncio.sleep(0.02)
            assert at.boxes["hook"].sent == []
            let_go.set()
            await runner.drain()
        assert len({outgoing.id for _, outgoing in at.boxes["hook"].sent}) == 100
