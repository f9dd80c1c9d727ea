"""Dates as feeds write them: RFC 3339, RFC 822 with its zone names, and what publishers make of both."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

_MONTHS: Final = {
    name: number
    for number, names in enumerate(
        (
            "ocak oca january janvier januar enero gennaio janeiro января يناير",
            "şubat şub subat february février fevrier februar febrero febbraio fevereiro февраля فبراير شباط",
            "mart march mars märz marz marzo março марта مارس آذار اذار",
            "nisan nis april avril abril aprile апреля أبريل ابريل نيسان",
            "mayıs mayis may mai mayo maggio maio мая مايو أيار ايار",
            "haziran haz june juin juni junio giugno junho июня يونيو حزيران",
            "temmuz tem july juillet juli julio luglio julho июля يوليو تموز",
            "ağustos ağu agustos agu august août aout agosto августа أغسطس اغسطس آب",
            "eylül eyl eylul september septembre septiembre settembre setembro сентября سبتمبر أيلول ايلول",
            "ekim eki october octobre oktober octubre ottobre outubro октября أكتوبر اكتوبر",
            "kasım kas kasim november novembre noviembre novembro ноября نوفمبر",
            "aralık ara aralik december décembre decembre dezember diciembre dicembre dezembro декабря ديسمبر",
        ),
        start=1,
    )
    for name in names.split()
}
_LEVANTINE: Final = (
    (re.compile("كانون الثاني"), "january"),
    (re.compile("تشرين ال[أا]ول"), "october"),
    (re.compile("تشرين الثاني"), "november"),
    (re.compile("كانون ال[أا]ول"), "december"),
)
_ZONES: Final = {
    "cet": 60, "cest": 120, "eet": 120, "eest": 180, "msk": 180, "trt": 180, "ast": -240, "bst": 60, "ist": 330,
    "wet": 0, "west": 60, "jst": 540, "kst": 540, "hkt": 480, "sgt": 480, "pkt": 300, "irst": 210, "aest": 600,
    "aedt": 660, "sast": 120, "cat": 120, "eat": 180, "wat": 60, "gst": 240,
}  # fmt: skip
_ISO: Final = re.compile(
    r"(\d{4})-(\d{1,2})(?:-(\d{1,2})(?:[T\s]+(\d{1,2}:\d{2}(?::\d{2})?)(?:[.,]\d+)?\s*(.*))?)?$", re.IGNORECASE
)
_WORDS: Final = re.compile(r"(\d{1,2})\.?(?:st|nd|rd|th)?[\s/-]+([^\W\d]+)\.?,?[\s/-]+(\d{4})(.*)$")
_MONTH_FIRST: Final = re.compile(r"([^\W\d]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})(.*)$")
_TIME: Final = re.compile(r"(\d{1,2}):(\d{2})(?::(\d{2}))?\s*([ap]\.?m\.?)?", re.IGNORECASE)
_OFFSET: Final = re.compile(r"([+-])(\d{1,2}):?(\d{2})?\s*(?:\(.*\))?$")
_EPOCH: Final = re.compile(r"\d{9,10}(?:\d{3})?$")
_LONGEST: Final = 80


def parse_date(text: str) -> datetime | None:
    """The moment, aware UTC; a time without a zone is taken as UTC. None where the text tells none."""
    text = " ".join(text.split())
    if not text or len(text) > _LONGEST:
        return None
    for reader in (_fast, _iso, _rfc822, _epoch, _worded):
        try:
            moment = reader(text)
        except (ValueError, OverflowError, IndexError, TypeError):
            continue
        if moment is not None:
            return moment
    return None


def utc(moment: datetime) -> datetime:
    """Aware UTC; a naive one is taken as UTC. Raises OverflowError at the edges of time."""
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


def _fast(text: str) -> datetime | None:
    looks = text[:4].isdigit() and (text[4:5] == "-" or text[8:9] == "T")
    return utc(datetime.fromisoformat(text)) if looks else None


def _iso(text: str) -> datetime | None:
    found = _ISO.match(text)
    if not found:
        return None
    year, month, day, time, zone = found.groups()
    moment = _at(int(year), int(month), int(day or 1), time or "")
    return moment - _offset(zone or "")


def _rfc822(text: str) -> datetime | None:
    zone = text.rsplit(" ", 1)[-1].lower()
    if zone in _ZONES:
        return utc(parsedate_to_datetime(text.rsplit(" ", 1)[0] + " +0000")) - _offset(zone)
    return utc(parsedate_to_datetime(text))


def _epoch(text: str) -> datetime | None:
    if not _EPOCH.match(text):
        return None
    return datetime.fromtimestamp(int(text[:10]) if len(text) > 10 else int(text), UTC)  # noqa: PLR2004


def _worded(text: str) -> datetime | None:
    for levantine, english in _LEVANTINE:
        text = levantine.sub(english, text)
    if found := _WORDS.search(text):
        day, month, year, rest = found.groups()
    elif found := _MONTH_FIRST.search(text):
        month, day, year, rest = found.groups()
    else:
        return None
    name = month.lower().replace("i̇", "i")
    number = _MONTHS.get(name) or next((_MONTHS[full] for full in _MONTHS if full[:3] == name), None)
    return _at(int(year), number, int(day), rest) - _offset(rest) if number else None


def _at(year: int, month: int, day: int, time: str) -> datetime:
    found = _TIME.search(time)
    if not found:
        return datetime(year, month, day, tzinfo=UTC)
    hour, minute, second = int(found[1]), int(found[2]), int(found[3] or 0)
    if found[4]:
        hour = hour % 12 + (12 if found[4][0].lower() == "p" else 0)
    return datetime(year, month, day, tzinfo=UTC) + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))


def _offset(zone: str) -> timedelta:
    zone = zone.strip()
    if found := _OFFSET.search(zone):
        minutes = int(found[2]) * 60 + int(found[3] or 0)
        return timedelta(minutes=minutes if found[1] == "+" else -minutes)
    return timedelta(minutes=_ZONES.get(zone.rsplit(" ", 1)[-1].lower(), 0))
