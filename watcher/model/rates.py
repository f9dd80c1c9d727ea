"""Counting the stories of a topic: what arrived, and what was decided on it."""

from dataclasses import dataclass
from datetime import datetime

from watcher.model.news import StoryId
from watcher.model.state import NewAlert


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrival:
    """A story that counts for a topic. `fresh`: no decision has seen it yet."""

    story: StoryId
    at: datetime
    fresh: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class RateRecord:
    """One commit of a look at a topic's rates: its state before and after, what was weighed, and what is told.

    The states are kept as they are, read by `rates` alone.
    """

    topic: str
    before: str | None
    after: str
    weighed: tuple[StoryId, ...] = ()
    alerts: tuple[NewAlert, ...] = ()
