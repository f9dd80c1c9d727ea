"""What is kept of a topic's rates between two looks."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any, Self

Span = tuple[datetime, datetime]
_PAUSES = 50  # more are not kept
_KEPT = timedelta(days=100)
_SPANS = 20  # of what is over


def with_span(spans: tuple[Span, ...], span: Span) -> tuple[Span, ...]:
    """The latest spans, with one more."""
    return (*spans, span)[-_SPANS:]


@dataclass(frozen=True, slots=True, kw_only=True)
class Episode:
    """Something that was told and is not over. `stories` counts those since, with those that began it.

    `deaf`: it was told as a silence of the sources, not of the news.
    """

    began: datetime
    stories: int = 0
    deaf: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class State:
    """What is known of a topic's rates: since when it is counted, by which query, and what was told.

    `mark` is that of the query; another one is another count. `last` is when the last story came. `pauses` are the
    times in which nobody looked for long. `again`: since when it is listened again, where nobody or no feed did.
    """

    mark: str
    since: datetime
    looked: datetime
    last: datetime | None = None
    again: datetime | None = None
    pauses: tuple[Span, ...] = ()
    frequency: Episode | None = None
    spike: Episode | None = None
    flatline: Episode | None = None
    frequencies: tuple[Span, ...] = ()  # what was told and is over, the latest last
    spikes: tuple[Span, ...] = ()

    @classmethod
    def begin(cls, mark: str, now: datetime) -> Self:
        """The state of a topic that is counted from now on."""
        return cls(mark=mark, since=now, looked=now)

    def at(self, now: datetime, pause: timedelta) -> Self:
        """The state as it is to be taken now: nothing in it lies ahead, however the clock was set meanwhile.

        A time without a look that was longer than `pause` is noted: what came then is not known, nor that nothing did.
        """
        looked = min(self.looked, now)
        pauses, again = self.pauses, self.again
        if now - looked > pause:
            pauses, again = (*pauses, (looked, now)), now
        kept = tuple((start, min(end, now)) for start, end in pauses if start < now and end > now - _KEPT)
        return replace(
            self,
            looked=looked,
            since=min(self.since, now),
            last=_by(self.last, now),
            again=_by(again, now),
            frequency=_begun(self.frequency, now),
            spike=_begun(self.spike, now),
            flatline=_begun(self.flatline, now),
            frequencies=tuple((start, min(end, now)) for start, end in self.frequencies if start < now),
            spikes=tuple((start, min(end, now)) for start, end in self.spikes if start < now),
            pauses=kept[-_PAUSES:],
        )

    @property
    def silent_since(self) -> datetime:
        """Since when there was no story, as far as anybody listened."""
        return max(self.last or self.since, self.again or self.since)

    def paused(self, start: datetime, end: datetime) -> bool:
        """Whether some of this time lies in a pause."""
        return any(begin < end and start < over for begin, over in self.pauses)

    @classmethod
    def read(cls, text: str) -> Self:
        """The state as `write` wrote it."""
        kept: Mapping[str, Any] = json.loads(text)
        return cls(
            mark=kept["mark"],
            since=datetime.fromisoformat(kept["since"]),
            looked=datetime.fromisoformat(kept["looked"]),
            pauses=_spans(kept["pauses"]),
            frequency=_episode(kept.get("frequency")),
            spike=_episode(kept.get("spike")),
            flatline=_episode(kept.get("flatline")),
            last=_moment(kept["last"]),
            again=_moment(kept.get("again")),
            frequencies=_spans(kept.get("frequencies", ())),
            spikes=_spans(kept.get("spikes", ())),
        )

    def write(self) -> str:
        """The state as text."""
        kept: dict[str, Any] = {
            "mark": self.mark,
            "since": self.since.isoformat(),
            "looked": self.looked.isoformat(),
            "last": self.last.isoformat() if self.last else None,
            "again": self.again.isoformat() if self.again else None,
        }
        for name, spans in (("pauses", self.pauses), ("frequencies", self.frequencies), ("spikes", self.spikes)):
            kept[name] = [[one.isoformat(), two.isoformat()] for one, two in spans]
        for name, episode in (("frequency", self.frequency), ("spike", self.spike), ("flatline", self.flatline)):
            if episode is not None:
                kept[name] = {"began": episode.began.isoformat(), "stories": episode.stories, "deaf": episode.deaf}
        return json.dumps(kept)


def _by(moment: datetime | None, now: datetime) -> datetime | None:
    return None if moment is None else min(moment, now)


def _begun(episode: Episode | None, now: datetime) -> Episode | None:
    return None if episode is None else replace(episode, began=min(episode.began, now))


def _spans(kept: Iterable[tuple[str, str]]) -> tuple[Span, ...]:
    return tuple((datetime.fromisoformat(one), datetime.fromisoformat(two)) for one, two in kept)


def _moment(kept: str | None) -> datetime | None:
    return datetime.fromisoformat(kept) if kept else None


def _episode(kept: Mapping[str, Any] | None) -> Episode | None:
    if kept is None:
        return None
    return Episode(began=datetime.fromisoformat(kept["began"]), stories=kept["stories"], deaf=kept["deaf"])
