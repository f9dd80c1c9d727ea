"""One look at a topic's rates: the stories that arrived since the last one are gone through in order."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from watcher.model import Arrival, Reason, StoryId
from watcher.rates import words
from watcher.rates.state import Episode, Span, State, with_span
from watcher.rates.windows import Times, Usual, usual
from watcher.settings import Frequency, Spike, Topic

PAUSE: Final = timedelta(hours=36)
"""Without a look for so long, what was missed is not to be had from the feeds any more."""

LATEST: Final = timedelta(days=7)
"""What began longer ago is not told when it is found."""

_DAY: Final = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """A feed that the topic takes: when it last answered, and whether it fails."""

    answered: datetime | None
    failing: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is to be told: that a rate was crossed, or (`ended`) that this is over. `stories` made it, up to `at`."""

    reason: Reason
    text: str
    at: datetime
    ended: bool = False
    stories: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a look came to: the next state, the stories it has seen, what is told."""

    state: State
    weighed: tuple[StoryId, ...]
    told: tuple[Told, ...]


def moments(state: State, arrivals: Sequence[Arrival], now: datetime) -> Mapping[datetime, int]:
    """The moments at which what is fresh arrived, and how much of it: none before the count began, none long ago."""
    least = max(min(state.since, now), now - LATEST)
    return Counter(max(min(one.at, now), least) for one in arrivals if one.fresh)


def reach(topic: Topic, state: State, arrivals: Sequence[Arrival], now: datetime) -> datetime:
    """Since when all arrivals must be known for a look, as far as those at hand tell.

    With the days that a spike is held against where one is on, or enough stories came for one.
    """
    fresh = moments(state, arrivals, now)
    windows = [rule.within for rule in (topic.frequency, topic.spike) if rule is not None]
    back = max(windows, default=timedelta(0))
    if (rule := topic.spike) is not None:
        times = Times(min(one.at, now) for one in arrivals)
        many = (times.count(at - rule.within, end) for at in fresh for end in (at, at + rule.within))
        if state.spike is not None or any(count >= rule.stories for count in many):
            back += rule.against + _DAY  # an hour more or less where clocks change
    return min([min(state.looked, now), *fresh]) - back


def wants_sources(topic: Topic, state: State, now: datetime) -> bool:
    """Whether a look has to know how the feeds stand: it may have been silent for too long."""
    return topic.flatline is not None and (state.flatline is not None or now - state.silent_since >= topic.flatline)


def look(
    topic: Topic,
    state: State,
    arrivals: Sequence[Arrival],
    *,
    now: datetime,
    zone: ZoneInfo,
    sources: Sequence[Source],
    backlog: bool = False,
) -> Look:
    """Go through what arrived since the last look, then see what time alone has changed.

    A rate is told when a story crosses it, and not again until it has fallen far enough below. `backlog`: entries wait
    to be read, so that nothing is said of silence.
    """
    fresh = moments(state, arrivals, now)
    state = _ruled(topic, state.at(now, PAUSE))
    course = _Course(topic, state, Times(min(one.at, now) for one in arrivals), zone)
    for at in course.concerned(fresh, now):
        course.fall(at, fresh.get(at, 0))
        course.rise(at, fresh.get(at, 0))
    course.fall(now)
    if not backlog:
        course.hush(now, sources)
    return Look(
        state=replace(course.state, looked=now),
        weighed=tuple(one.story for one in arrivals if one.fresh),
        told=tuple(course.told),
    )


def _ruled(topic: Topic, state: State) -> State:
    """The state without what was told by rules that the topic has no longer."""
    return replace(
        state,
        frequency=state.frequency if topic.frequency is not None else None,
        spike=state.spike if topic.spike is not None else None,
        flatline=state.flatline if topic.flatline is not None else None,
    )


def replay(topic: Topic, times: Sequence[datetime], *, since: datetime, now: datetime, zone: ZoneInfo) -> Look:
    """What would have been told of stories that arrived at these times, had feeds answered all the while."""
    course = _Course(topic, State.begin("", since), Times(times), zone)
    for at, new in sorted(Counter(times).items()):
        course.fall(at, new)
        course.pass_(at)
        course.rise(at, new)
    course.fall(now)
    course.pass_(now)
    return Look(state=replace(course.state, looked=now), weighed=(), told=tuple(course.told))


class _Course:
    """A topic's rates as time goes on."""

    def __init__(self, topic: Topic, state: State, times: Times, zone: ZoneInfo) -> None:
        self.topic = topic
        self.state = state
        self.times = times
        self.zone = zone
        self.found = state.looked  # what comes late is found no earlier
        self.told: list[Told] = []

    def concerned(self, fresh: Mapping[datetime, int], now: datetime) -> list[datetime]:
        """The moments at which something may have begun: a late story also makes those that came after it more."""
        windows = [rule.within for rule in (self.topic.frequency, self.topic.spike) if rule is not None]
        longest = max(windows, default=timedelta(0))
        after = (later for at in fresh for later in self.times.between(at, min(at + longest, now)))
        return sorted({*fresh, *after})

    def fall(self, at: datetime, new: int = 0) -> None:
        """See what is over by now; `new` stories arrive just then and are not counted yet."""
        rule, episode = self.topic.frequency, self.state.frequency
        if rule is not None and episode is not None and at >= episode.began:
            low = rule.stories // 2
            if self.times.count(at - rule.within, at) - new <= low:
                over = self.times.left(rule.within, low, episode.began, at)
                count = self.times.count(over - rule.within, over) - (new if over == at else 0)
                self._tell(Reason.FREQUENCY, words.fewer(count, rule, episode, self.zone), over, ended=True)
                told = with_span(self.state.frequencies, (episode.began, over))
                self.state = replace(self.state, frequency=None, frequencies=told)
        spike, episode = self.topic.spike, self.state.spike
        if spike is not None and episode is not None and at >= episode.began:
            low = int(_calm(spike, usual(self.times, at, spike, self.state, self.zone)))
            if self.times.count(at - spike.within, at) - new <= low:
                over = self.times.left(spike.within, low, episode.began, at)
                count = self.times.count(over - spike.within, over) - (new if over == at else 0)
                self._tell(Reason.SPIKE, words.calmed(count, spike, episode, over, self.zone), over, ended=True)
                told = with_span(self.state.spikes, (episode.began, over))
                self.state = replace(self.state, spike=None, spikes=told)

    def rise(self, at: datetime, new: int) -> None:
        """See what the stories begin that arrived then, `new` of them not seen before."""
        if (rule := self.topic.frequency) is not None:
            self.state = replace(self.state, frequency=self._frequent(rule, at, new))
        if (spike := self.topic.spike) is not None:
            self.state = replace(self.state, spike=self._spiking(spike, at, new))
        if not new:
            return
        found = max(at, self.found)
        if self.state.flatline is not None:
            quiet = found - (self.state.last or self.state.since)
            self._tell(Reason.FLATLINE, words.heard_again(quiet), found, ended=True, stories=new)
            self.state = replace(self.state, flatline=None)
        self.state = replace(self.state, last=max(found, self.state.last or found))

    def _frequent(self, rule: Frequency, at: datetime, new: int) -> Episode | None:
        episode, count = self.state.frequency, self.times.count(at - rule.within, at)
        if episode is not None:
            self._tell_more(Reason.FREQUENCY, words.many(count, rule), at, count)
            return replace(episode, stories=episode.stories + new)
        if count < rule.stories or _told_of(self.state.frequencies, rule.within, at):
            return None
        self._tell(Reason.FREQUENCY, words.many(count, rule), at, stories=count)
        return Episode(began=at, stories=count)

    def _spiking(self, rule: Spike, at: datetime, new: int) -> Episode | None:
        episode, count = self.state.spike, self.times.count(at - rule.within, at)
        if episode is None and (
            count < rule.stories
            or _told_of(self.state.spikes, rule.within, at)
            or self.state.paused(at - rule.within, at)
        ):
            return None
        found = usual(self.times, at, rule, self.state, self.zone)
        text = words.spiked(count, found, rule, at, self.zone)
        if episode is not None:
            self._tell_more(Reason.SPIKE, text, at, count)
            return replace(episode, stories=episode.stories + new)
        if not found.enough or count < rule.times * found.mean:
            return None
        self._tell(Reason.SPIKE, text, at, stories=count)
        return Episode(began=at, stories=count)

    def hush(self, now: datetime, sources: Sequence[Source]) -> None:
        """See whether it has been silent for too long, and whether it is the sources that are silent."""
        limit, last = self.topic.flatline, self.state.silent_since
        half = (len(sources) + 1) // 2
        if limit is None or not sources:
            return
        if (episode := self.state.flatline) is not None:
            if episode.deaf and _answered(sources, episode.began) >= half:
                self.state = replace(self.state, flatline=None, again=now)  # it counts anew
            return
        if now - last < limit:
            return
        well, heard = _answered(sources, last + limit), _answered(sources, last)
        down = sum(1 for one in sources if one.failing and not _since(one, last + limit))
        if well >= half:
            text = words.silent(now - last, self.state, self.zone, heard=heard, feeds=len(sources))
        elif well + down >= half:
            text = words.deaf(now - last, heard=heard, feeds=len(sources))
        else:
            return  # most were not asked yet
        self._tell(Reason.FLATLINE, text, now, stories=int(self.state.last is not None))
        self.state = replace(self.state, flatline=Episode(began=now if well < half else last, deaf=well < half))

    def pass_(self, at: datetime) -> None:
        """See whether it was silent for too long up to now, where feeds are taken to answer."""
        limit, last = self.topic.flatline, self.state.last or self.state.since
        if limit is None or self.state.flatline is not None or at - last < limit:
            return
        text = words.silent(limit, self.state, self.zone, heard=0, feeds=0)
        self._tell(Reason.FLATLINE, text, last + limit)
        self.state = replace(self.state, flatline=Episode(began=last))

    def _tell(self, reason: Reason, text: str, at: datetime, *, ended: bool = False, stories: int = 0) -> None:
        self.told.append(Told(reason=reason, text=text, at=at, ended=ended, stories=stories))

    def _tell_more(self, reason: Reason, text: str, at: datetime, count: int) -> None:
        """What began in this very look is told with the numbers it has reached."""
        for index in range(len(self.told) - 1, -1, -1):
            told = self.told[index]
            if told.reason is reason:
                if not told.ended and count > told.stories:
                    self.told[index] = replace(told, text=text, at=at, stories=count)
                return


def _told_of(spans: Sequence[Span], within: timedelta, at: datetime) -> bool:
    """Whether a moment belongs to what was told and is over, though a story of it is found only now."""
    return any(began - within < at < over for began, over in spans)


def _calm(rule: Spike, found: Usual) -> float:
    """How few stories end a spike: half way back to the usual."""
    return max(rule.stories // 2, found.mean * (1 + rule.times) / 2)


def _answered(sources: Sequence[Source], since: datetime) -> int:
    return sum(1 for one in sources if _since(one, since))


def _since(source: Source, since: datetime) -> bool:
    return source.answered is not None and source.answered >= since
