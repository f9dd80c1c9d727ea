"""Durations (`500ms 15m 6h 2d`) and sizes (`10MB`) as people write them."""

import re
from datetime import timedelta

_MILLISECONDS = {"ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
_DURATION = re.compile(r"(?:(\d{1,12}(?:\.\d{1,6})?)(ms|s|m|h|d))", re.ASCII)
_LONGEST = timedelta(days=36_500)
_BYTES = {
    "b": 1,
    "kb": 10**3,
    "mb": 10**6,
    "gb": 10**9,
    "kib": 2**10,
    "mib": 2**20,
    "gib": 2**30,
}
_SIZE = re.compile(r"(\d{1,12}(?:\.\d{1,6})?) ?([kmg]i?b|b)", re.ASCII | re.IGNORECASE)

DURATION_HINT = "a number and ms, s, m, h or d, such as 500ms, 20s, 15m, 6h, 2d"
SIZE_HINT = "a number and KB, MB or GB, such as 10MB"
DURATION_PATTERN = r"^(\d{1,12}(\.\d{1,6})?(ms|s|m|h|d))+$"
SIZE_PATTERN = r"^\d{1,12}(\.\d{1,6})? ?([kKmMgG][iI]?)?[bB]$"


def parse_duration(text: str) -> timedelta:
    """`500ms`, `15m`, `1h30m`; ValueError says what is allowed."""
    parts = _DURATION.findall(text)
    if not parts or "".join(number + unit for number, unit in parts) != text:
        raise ValueError(f"`{text}` is not a duration; write {DURATION_HINT}")
    milliseconds = sum(float(number) * _MILLISECONDS[unit] for number, unit in parts)
    if milliseconds > _LONGEST / timedelta(milliseconds=1):
        raise ValueError(f"`{text}` is longer than a hundred years")
    return timedelta(milliseconds=milliseconds)


def format_duration(duration: timedelta) -> str:
    """The shortest exact way to write a duration: `90s` is `1m30s`, nothing is `0s`; negative ones carry a minus."""
    rest = round(duration / timedelta(milliseconds=1))
    if rest == 0:
        return "0s"
    text = "-" if rest < 0 else ""
    rest = abs(rest)
    for unit, size in reversed(_MILLISECONDS.items()):
        count, rest = divmod(rest, size)
        text += f"{count}{unit}" if count else ""
    return text


def parse_size(text: str) -> int:
    """`10MB` (decimal) or `10MiB` (binary) in bytes; ValueError says what is allowed."""
    found = _SIZE.fullmatch(text)
    if not found:
        raise ValueError(f"`{text}` is not a size; write {SIZE_HINT}")
    return int(float(found[1]) * _BYTES[found[2].lower()])
