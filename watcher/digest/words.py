"""How a digest says things: counts, times, reasons, figures, in plain English."""

from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from watcher.digest.clean import line, safe_url
from watcher.model import (
    Digest,
    DigestStory,
    Figure,
    FigureMove,
    FigureSaid,
    Flow,
    Modality,
    Qualifier,
    Reason,
    SeriesKey,
    SourcesHealth,
    Subject,
    Unit,
)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SUBJECT_LENGTH = 100
_GIST_LENGTH = 70
_VOICES = 5

_REASONS = MappingProxyType(
    {
        Reason.NEW: "New",
        Reason.FIGURE: "New figure",
        Reason.PLACE: "New place",
        Reason.ACTOR: "New actor",
        Reason.HAPPENED: "It has happened",
        Reason.ORIGIN: "Confirmed by another source",
        Reason.EDITED: "Edited since",
        Reason.ESCALATED: "Escalated",
        Reason.FREQUENCY: "Many stories at once",
        Reason.SPIKE: "More than usual",
        Reason.FLATLINE: "Fell silent",
    }
)
_LEADS = MappingProxyType(
    {
        "preferred": "preferred source",
        "origin": "the source itself",
        "earliest": "the earliest",
        "fullest": "the fullest text",
    }
)
_QUALIFIERS = MappingProxyType(
    {
        Qualifier.EXACT: "",
        Qualifier.APPROX: "about ",
        Qualifier.AT_LEAST: "at least ",
        Qualifier.AT_MOST: "up to ",
        Qualifier.RANGE: "",
    }
)
_BOUNDS = MappingProxyType({Qualifier.AT_LEAST: "a lower bound", Qualifier.AT_MOST: "an upper bound"})


def subject(digest: Digest) -> str:
    """The news in one line: "Mosul offensive: 3 stories, Turkish deployment: 1"."""
    told = [(topic, len(topic.stories), len(topic.alerts)) for topic in digest.topics if topic.stories or topic.alerts]
    if not told:
        return f"Nothing new — {health(digest.sources)}"
    parts: list[str] = []
    named = ""
    for topic, stories, alerts in told:
        if not stories and topic.alerts[0].reason.startswith("rate:"):
            more = f" and {count(alerts - 1, 'more alert')}" if alerts > 1 else ""
            parts.append(f"{line(topic.title or topic.topic, 60)}: {_gist(topic.alerts[0].text)}{more}")
            named = ""
            continue
        noun = "story" if stories else "alert"
        words = count(stories or alerts, noun) if noun != named else f"{stories or alerts:,}"
        named = noun
        parts.append(f"{line(topic.title or topic.topic, 60)}: {words}")
    return _fitting(parts)


def _gist(text: str) -> str:
    """What an alert begins with, as far as it has a place in a subject."""
    return line(text.partition(";")[0], _GIST_LENGTH)


def _fitting(parts: list[str]) -> str:
    """As many parts as fit a subject; the rest are counted."""
    for kept in range(len(parts), 1, -1):
        left = len(parts) - kept
        text = ", ".join(parts[:kept]) + (f" and {count(left, 'more topic')}" if left else "")
        if len(text) <= _SUBJECT_LENGTH:
            return text
    left = len(parts) - 1
    return parts[0] + (f" and {count(left, 'more topic')}" if left else "")


def count(number: int, noun: str) -> str:
    """Such as `1 story`, `1,204 stories`."""
    if number == 1:
        return f"1 {noun}"
    return f"{number:,} {noun[:-1]}ies" if noun.endswith("y") else f"{number:,} {noun}s"


def health(sources: SourcesHealth) -> str:
    """Such as `42 of 45 sources healthy`."""
    if not sources.total:
        return "no sources yet"
    return f"{sources.healthy:,} of {count(sources.total, 'source')} healthy"


def voices(story: DigestStory) -> str:
    """Such as `2 independent sources: Reuters, AFP`; of one voice only what the article's address does not say."""
    names = [line(name, 40) for name in story.voices]
    if story.origins > 1:
        shown = ", ".join(names[:_VOICES]) + (", …" if len(names) > _VOICES else "")
        return f"{story.origins:,} independent sources" + (f": {shown}" if names else "")
    site = story.articles[0].url.partition("//")[2].partition("/")[0].lower()
    credit = names[0] if names and names[0].lower() not in site and names[0] != story.articles[0].feed else ""
    return f"source: {credit}" if credit else ""


def lead(why: str | None) -> list[str]:
    """Why this article stands for the story, where there was a choice."""
    return [_LEADS[why]] if why and why in _LEADS else []


def reason(why: Reason) -> str:
    """Why a story is told, in a word or two."""
    return _REASONS[why]


def day(moment: datetime, zone: ZoneInfo) -> str:
    """Such as `Thu 20 Oct 2016, 09:41`."""
    local = moment.astimezone(zone)
    return f"{_DAYS[local.weekday()]} {local.day} {_MONTHS[local.month - 1]} {local.year}, {local:%H:%M}"


def when(moment: datetime, zone: ZoneInfo, now: datetime) -> str:
    """Such as `20 Oct, 09:41`; with the year where it is not that of `now`."""
    local = moment.astimezone(zone)
    year = "" if local.year == now.astimezone(zone).year else f" {local.year}"
    return f"{local.day} {_MONTHS[local.month - 1]}{year}, {local:%H:%M}"


def digest_link(public_url: str | None, digest_id: str) -> str | None:
    """Where the page shows the whole digest; None where the page has no public address."""
    return safe_url(f"{public_url.rstrip('/')}/digests/{digest_id}") if public_url else None


def number(value: float) -> str:
    """Such as `700`, `68,000`, `2.5`."""
    return f"{int(value):,}" if value == int(value) else f"{value:,.1f}"


def figure(read: Figure) -> str:
    """Such as `About 700 troops, Mosul`, `At least 3,000 more people displaced (UNHCR)`."""
    amount = _amount(read)
    more = " more" if read.flow is Flow.NEW else ""
    rate = " a day" if read.flow is Flow.RATE else ""
    who = _counted(read.unit, read.subject)
    place = f", {line(read.place, 60)}" if read.place else ""
    source = f" ({line(read.source, 60)})" if read.source else ""
    former = "formerly " if read.former else ""
    text = f"{former}{amount}{more} {who}{rate}{_modality(read.modality)}{place}{source}"
    return text[:1].upper() + text[1:]


def series(key: FigureMove | SeriesKey) -> str:
    """What a series counts: such as `people displaced, Mosul`."""
    place = f", {line(key.place, 60)}" if key.place else ""
    return f"{_counted(key.unit, key.subject)}{_modality(key.modality)}{place}"


def move(moved: FigureMove) -> str:
    """Such as `People displaced, Mosul: 54,000 → 68,000 (+26 %; highest so far; 3 sources)`."""
    notes = []
    number_now = number(moved.latest)
    if moved.previous is None:
        notes.append("first figure")
    elif moved.previous != moved.latest:
        number_now = f"{number(moved.previous)} → {number_now}"
        notes.append(_percent(moved.previous, moved.latest))
    else:
        notes.append("as before")
    notes.append(_BOUNDS.get(moved.latest_said.qualifier, "") if moved.latest_said else "")
    notes.append("disputed" if moved.disputed else "")
    if moved.latest < moved.highest:
        notes.append(f"highest: {number(moved.highest)}")
    elif moved.previous is not None:
        notes.append("highest so far")
    notes.append(count(moved.sources, "source"))
    who = series(moved)
    return f"{who[:1].upper()}{who[1:]}: {number_now} ({'; '.join(note for note in notes if note)})"


def _percent(old: float, new: float) -> str:
    """How far a number went: `+26 %`; nothing where that says nothing."""
    if old <= 0 or new >= old * 10:
        return ""
    return f"{(new - old) / old * 100:+.0f} %".replace("-", "−")


def told(said: FigureSaid, zone: ZoneInfo, now: datetime) -> str:
    """Who said a number and when: such as `UNHCR, Tigris Wire, 20 Oct, 09:41`."""
    who = dict.fromkeys(line(name, 60) for name in (said.source, said.feed) if name)
    return ", ".join([*who, when(said.at, zone, now)])


def disagreement(key: SeriesKey, one: FigureSaid, other: FigureSaid, zone: ZoneInfo) -> str:
    """Such as `Sources disagree on people displaced, Mosul: 50,000 (IOM, 20 Oct, 09:00) against 68,000 (…)`."""
    first, second = (
        f"{_QUALIFIERS[said.qualifier]}{number(said.value)}"
        f" ({line(said.source or said.feed, 60)}, {when(said.at, zone, one.at)})"
        for said in (one, other)
    )
    return f"Sources disagree on {series(key)}: {first} against {second}"


def _amount(read: Figure) -> str:
    if read.low is not None and read.high is not None and (read.vague or read.qualifier is Qualifier.RANGE):
        return f"{number(read.low)}–{number(read.high)}"
    return f"{_QUALIFIERS[read.qualifier]}{number(read.value)}"


def _counted(unit: Unit, subject_: Subject | None) -> str:
    if subject_ is None or subject_.value == unit.value:
        return unit.value
    nouns = {Subject.REFUGEES, Subject.PROTESTERS, Subject.MILITANTS, Subject.RESIDENTS, Subject.TROOPS}
    if subject_ in nouns:
        return subject_.value if unit is Unit.PEOPLE else f"{unit.value} ({subject_.value})"
    return f"{unit.value} {subject_.value}"


def _modality(modality: Modality) -> str:
    return "" if modality is Modality.REPORTED else f", {modality.value}"
