"""The heartbeat is heard while somebody can be told, and its silence is the alarm."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.helpers.desk import SENT, desk
from tests.helpers.hostile import HostileServer, Page
from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher
from watcher.jobs import beat
from watcher.model import Attempt, AttemptOutcome, AttemptReason
from watcher.settings import DigestPolicy, Fetch, FolderChannel, Heartbeat, Retry, Topic

NOW = datetime(2016, 10, 20, 12, 0, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
REFUSED = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.REFUSED, answer="no connection")


async def test_it_stops_where_every_channel_has_failed_for_an_hour_and_comes_back_with_one() -> None:
    async with HostileServer() as server, desk(NOW) as at:
        server.pages["/beat"] = Page(body=b"OK")
        heart = Heartbeat(url=server.url("/beat"))
        fetcher = HttpFetcher(Fetch(host_delay=timedelta(0)), SystemClock())
        retry = Retry(first=10 * MINUTE, max=10 * MINUTE)
        channels = [FolderChannel(name=name, path=Path(name), retry=retry) for name in ("hook", "mail")]
        policy = DigestPolicy(name="news", topics=("*",), to=("hook", "mail"), wait=timedelta(0), every=timedelta(0))
        await at.adopt([Topic(name="war", title="War", query="war")], channels, [policy])
        at.context.fetcher = fetcher
        try:
            await beat(at.context, heart)
            assert len(server.asked("/beat")) == 1
            for box in at.boxes.values():
                box.answer = lambda _: REFUSED
            await at.news("a", "war")
            await at.until(NOW + 50 * MINUTE, 5 * MINUTE)
            await beat(at.context, heart)
            assert len(server.asked("/beat")) == 2, "failing for less than an hour"
            await at.until(NOW + 90 * MINUTE, 5 * MINUTE)
            await beat(at.context, heart)
            assert len(server.asked("/beat")) == 2
            at.boxes["mail"].answer = lambda _: SENT
            await at.until(NOW + 120 * MINUTE, 5 * MINUTE)
            await beat(at.context, heart)
            assert len(server.asked("/beat")) == 3
        finally:
            await fetcher.aclose()
