"""What a server's answer means: status and headers to outcomes. Pure."""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus

from watcher.model import FetchFailed, FetchReason

OK = frozenset({200, 202, 203, 226})
REDIRECTS = frozenset({301, 302, 303, 307, 308})
PERMANENT = frozenset({301, 308})
NOT_MODIFIED = 304
GONE = 410

SINGLE = frozenset(
    {"etag", "last-modified", "content-type", "content-length", "retry-after", "location", "date", "age"}
)
"""Fields of which only the first counts; the others may be lists spread over several lines."""

LONGEST_WAIT = timedelta(days=366)

CHALLENGE_HEADERS: tuple[tuple[str, str, str], ...] = (
    ("cf-mitigated", "challenge", "Cloudflare"),
    ("x-amzn-waf-action", "challenge", "AWS WAF"),
    ("x-amzn-waf-action", "captcha", "AWS WAF"),
    ("x-vercel-mitigated", "challenge", "Vercel"),
    ("sg-captcha", "", "SiteGround"),
)
"""(header, what its value holds, who): a bot wall that says so, whatever its status."""

CHALLENGE_STATUSES = frozenset({202, 401, 403, 405, 429, 503})
CHALLENGE_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"challenges.cloudflare.com", "Cloudflare"),
    (b"/cdn-cgi/challenge-platform/", "Cloudflare"),
    (b"cf-browser-verification", "Cloudflare"),
    (b"_cf_chl_opt", "Cloudflare"),
    (b"<title>just a moment...</title>", "Cloudflare"),
    (b"<title>attention required! | cloudflare</title>", "Cloudflare"),
    (b"ddos-guard", "DDoS-Guard"),
    (b"_incapsula_resource", "Imperva"),
    (b"captcha-delivery.com", "DataDome"),
    (b"px-captcha", "HUMAN"),
    (b"sucuri_cloudproxy", "Sucuri"),
    (b"awswafcookiedomainlist", "AWS WAF"),
    (b".well-known/sgcaptcha", "SiteGround"),
    (b"anubis_challenge", "Anubis"),
)
"""What the pages of bot walls hold, in lower case."""


def plain_headers(fields: Sequence[tuple[bytes, bytes]]) -> dict[str, str]:
    """Lower-case names to values byte for byte (Latin-1), so that validators can be echoed as they came."""
    headers: dict[str, str] = {}
    for raw_name, raw_value in fields:
        name, value = raw_name.decode("latin-1").lower(), raw_value.decode("latin-1")
        if name not in headers:
            headers[name] = value
        elif name not in SINGLE:
            headers[name] += f", {value}"
    return headers


def challenge(status: int, headers: dict[str, str], body: bytes) -> str | None:
    """Whose bot wall this is; None where it is none. `body` may be the beginning of the page only."""
    for name, mark, who in CHALLENGE_HEADERS:
        if mark in headers.get(name, "-").lower() and name in headers:
            return who
    if status not in CHALLENGE_STATUSES:
        return None
    page = body.lower()
    return next((who for mark, who in CHALLENGE_MARKS if mark in page), None)


def refused(
    status: int, headers: dict[str, str], now: datetime, *, where: str = "", wall: str | None = None
) -> FetchFailed:
    """The outcome of a status that brings nothing; `where` goes before the words, `wall` is whose bot wall it is."""
    retry_after = parse_retry_after(headers.get("retry-after"), now)
    reason = FetchReason.CHALLENGE if wall else _reason(status, waits=retry_after is not None)
    what = (
        f"a bot wall of {wall} stands before the page ({status})"
        if wall
        else f"the server answered {status}{_phrase(status)}"
    )
    return FetchFailed(reason=reason, detail=where + what, status=status, retry_after=retry_after)


def parse_retry_after(value: str | None, now: datetime) -> timedelta | None:
    """Retry-After (RFC 9110 §10.2.3): seconds or a date; what has passed is no wait; nonsense is None."""
    if value is None:
        return None
    value = value.strip()
    if re.fullmatch(r"[0-9]+(\.[0-9]*)?", value):
        digits = value.partition(".")[0].lstrip("0")
        return min(timedelta(seconds=int(digits[:9] or "0")), LONGEST_WAIT) if len(digits) < 10 else LONGEST_WAIT  # noqa: PLR2004
    if re.fullmatch(r"-[0-9.]+", value):
        return timedelta(0)
    try:
        moment = parsedate_to_datetime(value)
    except (ValueError, OverflowError):
        return None
    moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment
    return min(max(moment - now, timedelta(0)), LONGEST_WAIT)


def _reason(status: int, *, waits: bool) -> FetchReason:
    if status == HTTPStatus.TOO_MANY_REQUESTS or (status == HTTPStatus.SERVICE_UNAVAILABLE and waits):
        return FetchReason.RATE_LIMITED
    if status in {401, 402, 403, 407}:
        return FetchReason.AUTH
    if status == HTTPStatus.NOT_FOUND:
        return FetchReason.NOT_FOUND
    return FetchReason.SERVER if 500 <= status < 600 else FetchReason.STATUS  # noqa: PLR2004


def _phrase(status: int) -> str:
    try:
        return f" {HTTPStatus(status).phrase}"
    except ValueError:
        return ""
