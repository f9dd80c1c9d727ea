from datetime import UTC, datetime, timedelta

import pytest

from watcher.fetch.answer import challenge, parse_retry_after, plain_headers, refused
from watcher.model import FetchReason

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("", None),
        ("soon", None),
        ("0", 0),
        ("120", 120),
        (" 120 ", 120),
        ("1.5", 1),
        ("-30", 0),
        ("000000000000060", 60),
        ("86400", 86_400),
        ("9" * 5000, 366 * 86_400),
        ("Thu, 20 Oct 2016 07:10:00 GMT", 600),
        ("Thu, 20 Oct 2016 09:10:00 +0200", 600),
        ("Thu, 20 Oct 2016 07:10:00", 600),
        ("Thursday, 20-Oct-16 07:10:00 GMT", 600),
        ("Thu, 20 Oct 2016 06:00:00 GMT", 0),
        ("Thu, 20 Oct 9999 06:00:00 GMT", 366 * 86_400),
        ("Thu, 99 Oct 2016 06:00:00 GMT", None),
        ("²", None),
    ],
)
def test_retry_after(value: str | None, seconds: int | None) -> None:
    assert parse_retry_after(value, NOW) == (None if seconds is None else timedelta(seconds=seconds))


@pytest.mark.parametrize(
    ("status", "headers", "body", "who"),
    [
        (403, {}, b"<title>Just a moment...</title>", "Cloudflare"),
        (403, {}, b"<TITLE>Attention Required! | Cloudflare</TITLE>", "Cloudflare"),
        (503, {}, b'<script src="/cdn-cgi/challenge-platform/x.js">', "Cloudflare"),
        (200, {"cf-mitigated": "challenge"}, b"", "Cloudflare"),
        (405, {"x-amzn-waf-action": "captcha"}, b"", "AWS WAF"),
        (202, {"sg-captcha": "challenge"}, b"", "SiteGround"),
        (403, {"server": "ddos-guard"}, b"<script src='/.well-known/ddos-guard/check'>", "DDoS-Guard"),
        (403, {"server": "cloudflare"}, b"<h1>Forbidden</h1>", None),
        (404, {}, b"<title>Just a moment...</title>", None),
        (200, {}, b"<p>How Cloudflare shows Just a moment... with challenges.cloudflare.com</p>", None),
        (200, {"cf-mitigated": "none"}, b"", None),
    ],
)
def test_bot_walls_are_known(status: int, headers: dict[str, str], body: bytes, who: str | None) -> None:
    assert challenge(status, headers, body) == who


def test_validators_come_byte_for_byte_and_once() -> None:
    fields = [(b"ETag", b'"\xc3\xa9\xff"'), (b"etag", b'"other"'), (b"Vary", b"A"), (b"vary", b"B")]
    headers = plain_headers(fields)
    assert headers["etag"].encode("latin-1") == b'"\xc3\xa9\xff"'
    assert headers["vary"] == "A, B"


@pytest.mark.parametrize(
    ("status", "headers", "reason"),
    [
        (429, {}, FetchReason.RATE_LIMITED),
        (503, {"retry-after": "5"}, FetchReason.RATE_LIMITED),
        (503, {"retry-after": "whenever"}, FetchReason.SERVER),
        (403, {"retry-after": "5"}, FetchReason.AUTH),
        (600, {}, FetchReason.STATUS),
        (101, {}, FetchReason.STATUS),
    ],
)
def test_refusals(status: int, headers: dict[str, str], reason: FetchReason) -> None:
    assert refused(status, headers, NOW).reason is reason


def test_words_are_for_people() -> None:
    assert refused(404, {}, NOW).detail == "the server answered 404 Not Found"
    assert refused(799, {}, NOW).detail == "the server answered 799"
    walled = refused(403, {}, NOW, where="redirected to http://a/: ", wall="Cloudflare")
    assert walled.detail == "redirected to http://a/: a bot wall of Cloudflare stands before the page (403)"
