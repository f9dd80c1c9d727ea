"""How rates are said: with their numbers, in plain English."""

from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

from watcher.rates.state import Episode, State
from watcher.rates.windows import Times, Usual, days_asked, days_needed, usual
from watcher.settings import Frequency, Spike, Topic

_DAY: Final = timedelta(days=1)
_LATE: Final = timedelta(minutes=15)
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def span(length: timedelta) -> str:
    """A length of time: `6 h`, `1 h 30 min`, `24 h`, `3 d`, `20 s`."""
    seconds = max(0, round(length.total_seconds()))
    if seconds >= 3 * 86_400 and seconds % 86_400 == 0:
        return f"{seconds // 86_400} d"
    hours, rest = divmod(seconds, 3600)
    minutes, left = divmod(rest, 60)
    parts = [(hours, "h"), (minutes, "min"), (left, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number) or "0 s"


def about(length: timedelta) -> str:
    """A length of time in its largest unit, rounded down: `45 min`, `31 h`, `4 d`."""
    seconds = max(0, int(length.total_seconds()))
    for size, unit, least in ((86_400, "d", 3), (3600, "h", 1), (60, "min", 1)):
        if seconds >= size * least:
            return f"{seconds // size} {unit}"
    return f"{seconds} s"


def moment(when: datetime, zone: ZoneInfo) -> str:
    """A local time with its day: `20 Oct, 06:00`."""
    local = when.astimezone(zone)
    return f"{local.day} {_MONTHS[local.month - 1]}, {local:%H:%M}"


def since(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """The start of a window: its time, with the day where that is not the day of its end."""
    same = start.astimezone(zone).date() == end.astimezone(zone).date()
    return f"{start.astimezone(zone):%H:%M}" if same else moment(start, zone)


def stories(number: int) -> str:
    """`1 story`, `1,204 stories`."""
    return "1 story" if number == 1 else f"{number:,} stories"


def number(value: float) -> str:
    """`2.1`, `3`; small ones do not become nothing."""
    if value and value < 0.1:  # noqa: PLR2004
        return f"{value:.2f}"
    return f"{value:.1f}".removesuffix(".0")


def many(count: int, rule: Frequency) -> str:
    """Such as `7 stories in 6 h (5 asked)`."""
    return f"{stories(count)} in {span(rule.within)} ({rule.stories} asked)"


def fewer(count: int, rule: Frequency, episode: Episode, zone: ZoneInfo) -> str:
    """Such as `Over: 2 stories in the last 6 h; 23 since 20 Oct, 06:12`."""
    return f"Over: {_counted(count)} in the last {span(rule.within)}; {_total(episode, zone)}"


def spiked(count: int, found: Usual, rule: Spike, at: datetime, zone: ZoneInfo) -> str:
    """Such as `12 stories since 06:00; in the same hours of the past 9 days 2.1 a day (asked for 14 days, seen 9)`."""
    times = f", {number(count / found.mean)} times the usual" if found.mean else ""
    return f"{stories(count)} since {since(at - rule.within, at, zone)}{times}; {baseline(found)}"


def baseline(found: Usual) -> str:
    """Such as `in the same hours of the past 9 days 2.1 a day (asked for 14 days, seen 9)`."""
    gaps = f"{found.days} of the past {found.back}" if found.days < found.back else f"the past {found.days}"
    usually = f"{number(found.mean)} a day" if found.stories else "none"
    seen = f"asked for {found.asked} days, seen {found.days}" if found.days < found.asked else f"{found.asked} asked"
    return f"in the same hours of {gaps} days {usually} ({seen})"


def calmed(count: int, rule: Spike, episode: Episode, at: datetime, zone: ZoneInfo) -> str:
    """Such as `Over: 3 stories since 12:00; 23 since 20 Oct, 06:12`."""
    return f"Over: {_counted(count)} since {since(at - rule.within, at, zone)}; {_total(episode, zone)}"


def _counted(count: int) -> str:
    return stories(count) if count else "no story"


def _total(episode: Episode, zone: ZoneInfo) -> str:
    return f"{stories(episode.stories)} in all, told {moment(episode.began, zone)}"


def silent(quiet: timedelta, state: State, zone: ZoneInfo, *, heard: int, feeds: int) -> str:
    """Such as `No story for 24 h, the last 19 Oct, 06:12; 43 of 45 feeds have answered since`."""
    facts = [f"No story for {about(quiet)}"]
    last = f"the last {moment(state.last, zone)}" if state.last else f"watched since {moment(state.since, zone)}"
    if state.again is not None and state.again == state.silent_since:
        facts[0] += f", watched again since {moment(state.again, zone)}"
        facts += [last] if state.last else []
    else:
        facts[0] += f", {last}"
    facts += [f"{heard} of {feeds} feeds {'has' if heard == 1 else 'have'} answered since"] if feeds else []
    return "; ".join(facts)


def deaf(quiet: timedelta, *, heard: int, feeds: int) -> str:
    """A silence of the sources: it says nothing of the news."""
    if heard:
        return f"No story for {about(quiet)}, but only {heard} of {feeds} feeds answer: it may be the sources"
    none = "the feed has not answered" if feeds == 1 else f"none of the {feeds} feeds has answered"
    return f"No story for {about(quiet)}, and {none} in that time: it is the sources, not the news"


def heard_again(quiet: timedelta) -> str:
    """The end of a silence."""
    return f"A story again, after {about(quiet)} without"


def dated(text: str, at: datetime, now: datetime, zone: ZoneInfo) -> str:
    """What is told late says when it was so."""
    return f"{moment(at, zone)}: {text}" if now - at > _LATE else text


def describe(topic: Topic) -> tuple[str, ...]:
    """What a topic's rates will tell, one line each; empty where it has none."""
    lines = []
    if (rule := topic.frequency) is not None:
        lines.append(f"{stories(rule.stories)} or more within {span(rule.within)}")
    if (spike := topic.spike) is not None:
        asked = days_asked(spike)
        lines.append(
            f"{number(spike.times)} times the stories of the same hours ({span(spike.within)} up to now) of the past "
            f"{asked} days, {stories(spike.stories)} at least; it speaks once it has seen {days_needed(asked)} days"
        )
    if topic.flatline is not None:
        lines.append(f"no story for {span(topic.flatline)} while feeds answer")
    return tuple(lines)


def standing(topic: Topic, state: State, times: Times, now: datetime, zone: ZoneInfo) -> tuple[tuple[str, bool], ...]:
    """How a topic's rates stand: each in words, and whether it was told and is not over."""
    lines: list[tuple[str, bool]] = []
    if (rule := topic.frequency) is not None:
        lines.append((many(times.count(now - rule.within, now), rule), state.frequency is not None))
    if (spike := topic.spike) is not None:
        found = usual(times, now, spike, state, zone)
        count = times.count(now - spike.within, now)
        need = days_needed(found.asked)
        wait = "" if found.enough else f"; it speaks once it has seen {need} days"
        text = f"{_counted(count)} since {since(now - spike.within, now, zone)}; {_known(found)}{wait}"
        lines.append((text, state.spike is not None))
    if topic.flatline is not None:
        last = f"last story {moment(state.last, zone)}" if state.last else f"no story since {moment(state.since, zone)}"
        lines.append((f"{last} (told after {span(topic.flatline)})", state.flatline is not None))
    return tuple((f"{text[:1].upper()}{text[1:]}", told) for text, told in lines)


def _known(found: Usual) -> str:
    return baseline(found) if found.days else f"nothing to hold it against yet (asked for {found.asked} days, seen 0)"
