"""What is recorded and shown, and not told."""

from dataclasses import dataclass
from datetime import datetime

from watcher.model.news import NoticeId, StoryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """From `starts` until `ends`, nothing of a topic is told; with a story or a place, only nothing of that.

    `topic` is empty where a story was acknowledged: then it is silent under every topic. `origin` tells a silence of
    the config from the others; `id` is 0 until it is stored.
    """

    topic: str
    starts: datetime
    ends: datetime
    why: str
    by: str
    story: StoryId | None = None
    place: str | None = None
    origin: str = ""
    id: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Silenced:
    """A notice that a silence keeps from being told."""

    notice: NoticeId
    silence: int
