"""How a digest says things: counts, times, reasons, figures, in plain English."""

from datetime import datetime
from types import MappingProxyType
from zoneinfo import ZoneInfo

from watcher.digest.clean import line, safe_url
from watcher.model import Digest, Figure, FigureMove, Flow, Modality, Qualifier, Reason, SourcesHealth, Subject, Unit

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_SUBJECT_LENGTH = 100

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
_QUALIFIERS = MappingProxyType(
    {
        Qualifier.EXACT: "",
        Qualifier.APPROX: "about ",
        Qualifier.AT_LEAST: "at least ",
        Qualifier.AT_MOST: "up to ",
        Qualifier.RANGE: "",
    }
)


def subject(digest: Digest) -> str:
    """The news in one line: "Mosul offensive: 3 stories, Turkish deployment: 1"."""
    told = [(topic, len(topic.stories), len(topic.alerts)) for topic in digest.topics if topic.stories or topic.alerts]
    if not told:
        return f"Nothing new — {health(digest.sources)}"
    parts: list[str] = []
    named = ""
    for topic, stories, alerts in told:
        noun = "story" if stories else "alert"
        words = count(stories or alerts, noun) if noun != named else f"{stories or alerts:,}"
        named = noun
        parts.append(f"{line(topic.title or topic.topic, 60)}: {words}")
    return _fitting(parts)


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
    text = f"{amount}{more} {who}{rate}{_modality(read.modality)}{place}{source}"
    return text[:1].upper() + text[1:]


def move(moved: FigureMove) -> str:
    """Such as `People displaced, Mosul: 68,000 (before: 54,000; highest so far; 3 sources)`."""
    place = f", {line(moved.place, 60)}" if moved.place else ""
    notes = [f"before: {number(moved.previous)}"] if moved.previous is not None else []
    top = moved.latest >= moved.highest
    notes.append("highest so far" if top else f"highest: {number(moved.highest)}")
    notes.append(count(moved.sources, "source"))
    who = _counted(moved.unit, moved.subject).capitalize()
    return f"{who}{_modality(moved.modality)}{place}: {number(moved.latest)} ({'; '.join(notes)})"


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
