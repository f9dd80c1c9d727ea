"""What a receiver said, fit for people: short, on one line, without secrets."""

import ssl
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from urllib.parse import parse_qsl, urlsplit

from watcher.digest.clean import line
from watcher.model import Attempt, AttemptOutcome, AttemptReason

_LONGEST = 300
_MASK = "***"
_SHORTEST_SECRET = 4
_TOKEN = 16  # a path segment as long as this is taken for a token
_LONGEST_WAIT = timedelta(days=30)


def clean_answer(text: str, secrets: Iterable[str] = ()) -> str:
    """One line of at most 300 characters, every secret replaced by asterisks."""
    for secret in sorted({item for item in secrets if len(item) >= _SHORTEST_SECRET}, key=len, reverse=True):
        text = text.replace(secret, _MASK)
    return line(text, _LONGEST)


def foreign() -> Attempt:
    """What is said of bytes that were written while the channel was of another type: they are not for this receiver."""
    return Attempt(
        outcome=AttemptOutcome.DEAD,
        reason=AttemptReason.CONFIG,
        answer="it was written for another `type` of channel, which was changed since",
    )


def url_secrets(url: str) -> tuple[str, ...]:
    """What in a URL may be secret: user name and password, the query and its values, long parts of the path."""
    try:
        parts = urlsplit(url)
        login = (parts.username or "", parts.password or "")
    except ValueError:
        return (url,)
    values = (value for _, value in parse_qsl(parts.query))
    segments = (segment for segment in parts.path.split("/") if len(segment) >= _TOKEN)
    return tuple(item for item in (url, *login, parts.query, *values, *segments) if item)


def retry_after(value: str | None, now: datetime) -> timedelta | None:
    """The wait that `Retry-After` asks for, as seconds or as a date (RFC 9110 §10.2.3); None where it asks for none."""
    text = (value or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), _LONGEST_WAIT)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError, OverflowError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(timedelta(), min(moment - now, _LONGEST_WAIT))


def caused_by_tls(error: BaseException | None) -> bool:
    """Whether TLS is at the root of an error that a library wrapped."""
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        if isinstance(error, ssl.SSLError):
            return True
        seen.add(id(error))
        error = error.__cause__ or error.__context__
    return False
