"""Whether the pages of a feed still give text: asked of the store for all feeds at once, from time to time."""

import asyncio
from collections.abc import Mapping
from datetime import datetime, timedelta

from watcher.model import FeedId
from watcher.ports import FeedStore

EVERY = timedelta(minutes=15)
LOOK_BACK = timedelta(days=2)
ENOUGH = 5
"""Pages of a feed from which on their lack of text says something of the feed."""

SHARE = 0.8


class Yields:
    """What share of each feed's pages gave text lately."""

    def __init__(self) -> None:
        self._found: Mapping[FeedId, tuple[int, int]] = {}
        self._asked: datetime | None = None
        self._turn = asyncio.Lock()

    async def textless(self, store: FeedStore, feed: FeedId, now: datetime) -> str:
        """In words, that nearly none of the feed's pages gives text; empty where they do, or too few were read."""
        if self._asked is None or now - self._asked >= EVERY:
            async with self._turn:
                if self._asked is None or now - self._asked >= EVERY:
                    self._found = await store.page_yields(now - LOOK_BACK)
                    self._asked = now
        tried, without = self._found.get(feed, (0, 0))
        return f"no text from {without} of {tried} pages" if tried >= ENOUGH and without >= SHARE * tried else ""
