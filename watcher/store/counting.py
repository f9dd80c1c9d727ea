"""The part of the store that counts: the methods of the port `watcher.ports.RateStore`."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from watcher.model import AlertId, AlertStory, Arrival, ArticleId, RateRecord, StoryId, WaitingAlert
from watcher.store import rates, sources
from watcher.store.database import Database


class Counting:
    """Counts of stories, and alerts of topics as a whole. Each method is one transaction."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._read = database.read
        self._write = database.write

    async def rate_state(self, topic: str) -> str | None:
        """What was decided on a topic's rates so far; None where it was not looked at yet."""
        return await self._read(rates.state, topic)

    async def arrivals(self, topic: str, since: datetime) -> tuple[Arrival, ...]:
        """The stories that count for a topic and arrived since then, and any that is fresh; earliest first."""
        return await self._read(rates.arrived, topic, since)

    async def newest_stories(self, topic: str, until: datetime, limit: int) -> tuple[AlertStory, ...]:
        """The stories of a topic that arrived last up to then, newest first; `feed` is a URL."""
        return await self._read(rates.newest, topic, until, limit)

    async def record_rate(self, record: RateRecord, now: datetime) -> bool:
        """One commit of a decision with its alerts; False, and nothing changed, where another came before it."""
        return await self._write(rates.record_rate, record, now)

    async def recount(
        self, record: RateRecord, found: Mapping[StoryId, tuple[ArticleId, datetime]], now: datetime
    ) -> bool:
        """Make the stories that count for a topic these (their article, and when it arrived); nothing is told.

        False, and nothing changed, where another decision came before it.
        """
        return await self._write(rates.recount, record, found, now)

    async def counted(self, story: StoryId) -> tuple[tuple[str, ArticleId, datetime], ...]:
        """Where a story counts: topic, the article that brought it, when."""
        return await self._read(rates.counted, story)

    async def latest_alerts(self, topic: str, limit: int) -> tuple[WaitingAlert, ...]:
        """The latest alerts of a topic, newest first, told or not, with the silences that kept them from being told."""
        return await self._read(sources.latest_alerts, topic, limit)

    async def silence_alerts(self, series: str, silenced: Mapping[AlertId, int], now: datetime) -> None:
        """Take alerts out of a series, noting which silence did it."""
        await self._write(sources.silence_alerts, series, silenced, now)

    async def silenced_beginnings(self, series: str, ends: Sequence[AlertId]) -> Mapping[AlertId, int]:
        """Of alerts that tell of an end, those whose beginning a silence kept from the series; by which silence."""
        return await self._read(sources.silenced_beginnings, series, ends)

    async def queued_alerts(self, series: str, wanted: Sequence[AlertId]) -> frozenset[AlertId]:
        """Which of these alerts a series was handed too, whether it has told them or not."""
        return await self._read(sources.queued_alerts, series, wanted)
