"""What `FeedState.memory` holds: all that is learned of a feed, as compact JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from watcher.model import PublisherHints
from watcher.schedule import rhythm
from watcher.schedule.rhythm import Rhythm


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """What `FeedState.memory` holds. `full` is when a body last came; `honest` counts days confirmed unchanged."""

    hints: PublisherHints = field(default_factory=PublisherHints)
    throttled: int = 0  # 429s in a row
    full: datetime | None = None
    honest: int = 0
    lies: bool = False  # the same validator was seen with different bodies
    fresh: timedelta = timedelta()  # how long the last body was said to stay fresh
    newest: datetime | None = None  # the date of the newest item seen
    pause: timedelta = timedelta()  # the longest between the dates of two items, however long ago
    rhythm: Rhythm = field(default_factory=Rhythm)
    dated: int = 0  # bodies in a row whose items had dates
    undated: bool = False  # items had dates, and the last ones have none
    language: str | None = None  # of the items, by their words
    other: str | None = None  # the language of the last body, where it is another
    turned: datetime | None = None  # when the language changed; what it was is in `language`
    textless: str = ""  # in words, that pages stopped giving text
    told: str = ""  # the trouble that was told, and is not over
    told_words: str = ""

    @staticmethod
    @lru_cache(maxsize=256)  # a poll reads the same one several times
    def read(text: str) -> "Memory":
        """The memory written before; an empty one where it cannot be read."""
        try:
            kept = json.loads(text) if text else {}
            return Memory(
                hints=_read_hints(kept.get("hints", {})),
                throttled=int(kept.get("throttled", 0)),
                full=datetime.fromisoformat(kept["full"]) if kept.get("full") else None,
                honest=int(kept.get("honest", 0)),
                lies=bool(kept.get("lies", False)),
                fresh=timedelta(seconds=kept.get("fresh", 0)),
                newest=datetime.fromisoformat(kept["newest"]) if kept.get("newest") else None,
                pause=timedelta(seconds=kept.get("pause", 0)),
                rhythm=rhythm.read(kept.get("rhythm", {})),
                dated=int(kept.get("dated", 0)),
                undated=bool(kept.get("undated", False)),
                language=kept.get("language"),
                other=kept.get("other"),
                turned=datetime.fromisoformat(kept["turned"]) if kept.get("turned") else None,
                textless=str(kept.get("textless", "")),
                told=str(kept.get("told", "")),
                told_words=str(kept.get("told_words", "")),
            )
        except (ValueError, TypeError, AttributeError, KeyError, OverflowError):
            return Memory()

    def write(self) -> str:
        """As JSON; only what differs from an empty memory."""
        kept = {
            "hints": _written_hints(self.hints),
            "throttled": self.throttled,
            "full": self.full.isoformat() if self.full else None,
            "honest": self.honest,
            "lies": self.lies,
            "fresh": round(self.fresh.total_seconds()),
            "newest": self.newest.isoformat() if self.newest else None,
            "pause": round(self.pause.total_seconds()),
            "rhythm": rhythm.written(self.rhythm),
            "dated": self.dated,
            "undated": self.undated,
            "language": self.language,
            "other": self.other,
            "turned": self.turned.isoformat() if self.turned else None,
            "textless": self.textless,
            "told": self.told,
            "told_words": self.told_words,
        }
        kept = {name: value for name, value in kept.items() if value}
        return json.dumps(kept, separators=(",", ":")) if kept else ""


def _written_hints(hints: PublisherHints) -> dict[str, Any]:
    kept = {
        "ttl": hints.ttl.total_seconds() if hints.ttl else None,
        "every": hints.update_every.total_seconds() if hints.update_every else None,
        "hours": sorted(hints.skip_hours),
        "days": sorted(hints.skip_days),
    }
    return {name: value for name, value in kept.items() if value}


def _read_hints(kept: Mapping[str, Any]) -> PublisherHints:
    return PublisherHints(
        ttl=timedelta(seconds=kept["ttl"]) if "ttl" in kept else None,
        update_every=timedelta(seconds=kept["every"]) if "every" in kept else None,
        skip_hours=frozenset(map(int, kept.get("hours", ()))),
        skip_days=frozenset(map(int, kept.get("days", ()))),
    )
