"""Who is to be told of an article: pure decisions, each with a named reason."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from watcher.cron import Cron, instant, last_slot
from watcher.model import ArticleId, Match, NewNotice, Reason, SeriesState, StoryId
from watcher.settings import DigestPolicy

CLOCK_ERROR = timedelta(hours=1)
"""What was recorded further ahead than this was recorded by a clock that was put right since."""

Takers = Mapping[str, tuple[str, ...]]
"""Topic name to the series that take it."""

CONFIRMED: Final = (2, 3, 5)
"""Voices by which an event that was told is told again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """An article as it was just read, beside what it matched before and how its story was told."""

    article: ArticleId
    story: StoryId
    matches: tuple[Match, ...]
    before: tuple[str, ...]  # topics it matched, and was told under, when last read
    edited: bool
    tell: bool
    fingerprint: str  # of title and text: tells one edit from the next
    anew: bool = False  # edited, it has figures that it had not
    noticed: Mapping[str, StoryId] = field(default_factory=dict)  # topics its story was noticed under, and as which
    gains: Mapping[str, Reason] = field(default_factory=dict)  # by topic: what its story gained
    confirms: Mapping[str, StoryId] = field(default_factory=dict)  # by topic: the told story whose event this is
    voices: int = 1  # that tell the event
    voices_before: int = 0
    heard: tuple[str, ...] = ()  # topics under which the event was noticed


def decide(reading: Reading, takers: Takers, wanted: Mapping[str, int] | None = None) -> tuple[NewNotice, ...]:
    """A notice for each topic that the article satisfies and did not before; quiet where it is not to be told.

    Of a story that was noticed already it is told only what the story gained, else it is listed where that still
    waits. The first report of an event by a second, third or fifth voice is told as that of the story that has it.
    An edited article is told only under topics that are new to it, or with figures that are. `wanted` is how many
    voices a topic asks for: a notice is held until there are so many.
    """
    if not reading.tell:
        return ()
    made = (_notice(reading, match.topic, takers.get(match.topic, ())) for match in reading.matches)
    return tuple(
        replace(notice, held=reading.voices < (wanted or {}).get(notice.topic, 1)) for notice in made if notice
    )


def _notice(reading: Reading, topic: str, series: tuple[str, ...]) -> NewNotice | None:
    known = topic in reading.before
    if known and not (reading.edited and reading.anew):
        return None
    story, listed = reading.story, False
    if reading.edited:
        reason = Reason.EDITED
        story = reading.noticed.get(topic, story)
    elif topic in reading.noticed:
        story = reading.noticed[topic]
        reason = reading.gains.get(topic, Reason.NEW)
        listed = topic not in reading.gains
    elif topic in reading.confirms and _crosses(reading.voices_before, reading.voices):
        story, reason = reading.confirms[topic], Reason.ORIGIN
    else:
        reason = Reason.NEW
    return NewNotice(
        topic=topic,
        article=reading.article,
        story=story,
        reason=reason,
        revision=reading.fingerprint if reading.edited else "",
        series=series,
        listed=listed,
    )


def _crosses(before: int, after: int) -> bool:
    """Whether so many voices make a story weightier than before."""
    return any(before < step <= after for step in CONFIRMED)


def enough(reading: Reading, wanted: Mapping[str, int]) -> tuple[str, ...]:
    """The topics that ask for several voices and have them: what was held under them goes out."""
    topics = dict.fromkeys((*(match.topic for match in reading.matches), *reading.heard))
    return tuple(topic for topic in topics if 1 < wanted.get(topic, 1) <= reading.voices)


@dataclass(frozen=True, slots=True, kw_only=True)
class Window:
    """A digest to be closed now: its period, and the times its notices were recorded between."""

    period: str
    start: datetime
    end: datetime


def window(policy: DigestPolicy, state: SeriesState, now: datetime, *, hurry: bool = False) -> Window | None:
    """Whether the series has a digest due, and which.

    Rolling: `wait` after the first notice that waits, then at most one per `every`; `hurry` skips `wait`.
    Cron: the latest slot, if it came after the series began and after its last digest was closed, so that after a
    downtime one digest goes out, not ten. Instants are compared, for a changed time zone moves every local time.
    """
    start = state.last_end or state.started
    if policy.at is None:
        return _rolling(policy, state, start, now, wait=timedelta(0) if hurry else policy.wait)
    slot = last_slot(Cron.parse(policy.at), policy.timezone, now)
    if slot is None or (instant(slot) <= state.started and not _ahead(state.started, now)):
        return None
    period = f"{slot:%Y-%m-%dT%H:%M}"
    if period == state.last_period or (instant(slot) <= start and not _ahead(start, now)):
        return None
    return Window(period=period, start=min(start, now), end=now)


def _ahead(recorded: datetime, now: datetime) -> bool:
    """Whether a time was recorded by a clock that was wrong: nothing is to wait until it comes again."""
    return recorded > now + CLOCK_ERROR


def _rolling(
    policy: DigestPolicy, state: SeriesState, start: datetime, now: datetime, *, wait: timedelta
) -> Window | None:
    first = state.first_pending
    if first is None or (now < first + wait and not _ahead(first, now)):
        return None
    if state.last_end is not None and not _ahead(state.last_end, now) and now < state.last_end + policy.every:
        return None
    return Window(period=str(state.number + 1), start=min(start, now), end=now)


def at_once(policy: DigestPolicy, state: SeriesState, now: datetime) -> Window:
    """A window closed whatever the clock says (`once --all`)."""
    start = state.last_end or state.started
    if policy.at is None:
        return Window(period=str(state.number + 1), start=start, end=now)
    local = now.astimezone(policy.timezone)
    return Window(period=local.strftime("%Y-%m-%dT%H:%M:%S"), start=start, end=now)


def takers(policies: Sequence[DigestPolicy], topics_of: Mapping[str, tuple[str, ...]]) -> Takers:
    """Which series take which topic. `topics_of` maps a digest's name to the topics it takes."""
    found: dict[str, list[str]] = {}
    for policy in policies:
        for topic in topics_of[policy.name]:
            found.setdefault(topic, []).append(policy.name)
    return {topic: tuple(names) for topic, names in found.items()}
