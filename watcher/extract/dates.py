"""The many ways pages write a moment, read as aware UTC."""

import re
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import cache

_YEARS = range(1990, 2100)
_ISO = re.compile(
    r"(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})"
    r"(?:[T\s,]+(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,]\d+)?)?\s*(Z|UTC|GMT|[+-]\d{2}:?\d{2})?)?",
    re.IGNORECASE,
)
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})(?:T?(\d{2})(\d{2})(\d{2})?\s*(Z|[+-]\d{2}:?\d{2})?)?", re.IGNORECASE)
_EPOCH = re.compile(r"(\d{10})(\d{3})?")
_NUMERIC = re.compile(r"(\d{1,2})[./-](\d{1,2})[./-](\d{4})")
_DAY_FIRST = re.compile(r"(\d{1,2})(?:st|nd|rd|th)?[\s.,-]+([^\W\d_]{3,12}(?:\s[^\W\d_]{3,6})?)[\s.,-]+(\d{4})")
_MONTH_FIRST = re.compile(r"([^\W\d_]{3,12})\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
_CLOCK = re.compile(
    r"\b(\d{1,2})[:.](\d{2})(?::\d{2})?\s*([ap]\.?m\.?)?(?:\s*(?:UTC|GMT)?\s*([+-]\d{2}:?\d{2}))?", re.IGNORECASE
)
_RFC2822 = re.compile(r"^(?:[A-Za-z]{3},?\s)?\s*\d{1,2}\s[A-Za-z]{3}\s\d{4}\s\d{2}:\d{2}")
_URL_DATE = re.compile(r"/((?:19|20)\d{2})[/-](\d{1,2})[/-](\d{1,2})(?=[/-]|$)")
_ARABIC_DIGITS = str.maketrans("٠١٢٣٤٥٦٧٨٩۰۱۲۳۴۵۶۷۸۹", "01234567890123456789")
_MONTHS = (
    "january jan ocak kanûn çile يناير كانون_الثاني",
    "february feb şubat sibat فبراير شباط",
    "march mar mart adar مارس آذار",
    "april apr nisan nîsan أبريل ابريل نيسان",
    "may mayıs gulan مايو أيار ايار",
    "june jun haziran hezîran يونيو حزيران",
    "july jul temmuz tîrmeh يوليو تموز",
    "august aug ağustos tebax أغسطس اغسطس آب",
    "september sep sept eylül îlon سبتمبر أيلول ايلول",
    "october oct ekim cotmeh أكتوبر اكتوبر تشرين_الأول تشرين_الاول",
    "november nov kasım mijdar نوفمبر تشرين_الثاني",
    "december dec aralık berfanbar ديسمبر كانون_الأول كانون_الاول",
)
_NOON = 12


def parse(written: str) -> datetime | None:
    """The moment that a machine-readable or visible date means; without a zone it is UTC; None if unreadable."""
    text = " ".join(written.translate(_ARABIC_DIGITS).split())[:80]
    return _iso(text) or _epoch(text) or _rfc2822(text) or _named(text) or _numeric(text)


def in_url(url: str) -> datetime | None:
    """The date that many news sites put into the path, as midnight UTC."""
    found = _URL_DATE.search(url)
    return _moment(found[1], found[2], found[3]) if found else None


def _iso(text: str) -> datetime | None:
    found = _ISO.match(text) or _COMPACT.fullmatch(text)
    if not found:
        return None
    year, month, day, hour, minute, second, zone = found.groups()
    return _moment(year, month, day, hour, minute, second, _offset(zone))


def _epoch(text: str) -> datetime | None:
    found = _EPOCH.fullmatch(text)
    if not found:
        return None
    moment = datetime.fromtimestamp(int(found[1]), UTC)
    return moment if moment.year in _YEARS else None


def _rfc2822(text: str) -> datetime | None:
    if not _RFC2822.match(text):
        return None
    try:
        moment = parsedate_to_datetime(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC) if aware.year in _YEARS else None
    except (ValueError, OverflowError):
        return None


def _named(text: str) -> datetime | None:
    if found := _DAY_FIRST.search(text):
        day, name, year = found.groups()
    elif found := _MONTH_FIRST.search(text):
        name, day, year = found.groups()
    else:
        return None
    words = name.casefold().split()
    month = _month_numbers().get("_".join(words)) or _month_numbers().get(words[0])
    if month is None:
        return None
    hour, minute, zone = _clock(text[: found.start()] + " " + text[found.end() :])
    return _moment(year, month, day, hour, minute, 0, zone)


def _numeric(text: str) -> datetime | None:
    """Day before month, as everywhere but in the United States, unless only the other order can be."""
    found = _NUMERIC.match(text)
    if not found:
        return None
    hour, minute, zone = _clock(text[found.end() :])
    day, month, year = found.groups()
    return _moment(year, month, day, hour, minute, 0, zone) or _moment(year, day, month, hour, minute, 0, zone)


def _clock(text: str) -> tuple[int, int, timedelta]:
    found = _CLOCK.search(text)
    if not found:
        return 0, 0, timedelta()
    hour, minute, half, zone = int(found[1]), int(found[2]), (found[3] or "").lower(), found[4]
    if half:
        hour = hour % _NOON + (_NOON if half.startswith("p") else 0)
    return hour, minute, _offset(zone)


def _offset(zone: str | None) -> timedelta:
    if not zone or zone[0] not in "+-":
        return timedelta()
    digits = zone[1:].replace(":", "")
    offset = timedelta(hours=int(digits[:2]), minutes=int(digits[2:]))
    return -offset if zone[0] == "-" else offset


def _moment(
    year: str | int,
    month: str | int,
    day: str | int,
    hour: str | int | None = None,
    minute: str | int | None = None,
    second: str | int | None = None,
    offset: timedelta = timedelta(),
) -> datetime | None:
    if int(year) not in _YEARS:
        return None
    try:
        local = datetime(
            int(year), int(month), int(day), int(hour or 0), int(minute or 0), int(second or 0), tzinfo=UTC
        )
        return local - offset
    except (ValueError, OverflowError):
        return None


@cache
def _month_numbers() -> dict[str, int]:
    return {name.casefold(): number for number, names in enumerate(_MONTHS, 1) for name in names.split()}
