"""Pages that stand where an article should be: bot walls, consent pages, logins, shells that need JavaScript."""

import re
from collections.abc import Mapping

_START = 4096
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f\x1b"))
_SHORT = 800  # characters of text, below which a page may be a wall rather than an article
_STUB = 1_500
_NOT_HTML = re.compile(
    r"^(?:image|audio|video|font)/|^application/(?:pdf|zip|gzip|json|octet-stream|msword|vnd\.|(?:x-)?javascript)"
    r"|^text/(?:css|csv|calendar)"
)
_MAGIC = (b"%PDF-", b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"PK\x03\x04", b"\x1f\x8b", b"RIFF", b"\x00\x00\x00\x18ftyp")
_CHALLENGE_TITLE = re.compile(
    r"^(?:just a moment|attention required|access denied|ddos.guard|checking your browser|security check|robot check"
    r"|are you (?:a )?(?:human|robot)|human verification|pardon our interruption|request unsuccessful|captcha"
    r"|verify(?:ing)? (?:that )?you(?: are|'re| are not)\b|please wait(?:\.{3}| while)|one moment, please"
    r"|bot verification)",
    re.IGNORECASE,
)
_CHALLENGE_MARKS = (
    b"_cf_chl_opt",
    b"cf-browser-verification",
    b"cf_captcha_kind",
    b"cf-turnstile",
    b"captcha-delivery.com",
    b"px-captcha",
    b"_Incapsula_Resource",
    b"Incapsula incident",
    b"sgcaptcha",
    b"ddos-guard.net",
    b"awsWafCookieDomainList",
    b"sucuri_cloudproxy",
    b"distil_r_captcha",
    b"errors.edgesuite.net",
    b"g-recaptcha",
    b"h-captcha",
    b"hcaptcha.com/1/api",
)
_CHALLENGE_TEXT = re.compile(
    r"verify (?:that )?you are (?:a )?human|checking (?:if the site connection is secure|your browser)"
    r"|enable js and disable any ad|unusual traffic from your|you have been blocked|are not a robot"
    r"|prove you are human|completing the captcha",
    re.IGNORECASE,
)
_CONSENT_HOST = re.compile(r"^(?:consent|cmp|guce|privacy)\.|^consent-", re.IGNORECASE)
_CONSENT_TITLE = re.compile(
    r"^(?:before you continue|cookie (?:consent|settings|notice|wall)|(?:your|our) (?:privacy|cookie)"
    r"|privacy (?:settings|choices|notice)|consent|we value your privacy|çerez|gizlilik tercih"
    r"|إعدادات (?:الخصوصية|ملفات))",
    re.IGNORECASE,
)
_CONSENT_TEXT = re.compile(
    r"we (?:and our (?:\d+ )?partners|value your privacy|use cookies)|accept all(?: cookies)?|reject all"
    r"|manage (?:cookies|options|preferences)|before you continue|cookie(?:s)? polic|çerezler"
    r"|ملفات تعريف الارتباط",
    re.IGNORECASE,
)
_SCRIPT_TEXT = re.compile(
    r"(?:enable|requires?|need to enable|turn on|activate) javascript|javascript (?:is )?(?:required|disabled|must be)"
    r"|javascript'?i? etkin",
    re.IGNORECASE,
)
_MISSING = re.compile(
    r"^(?:(?:error\W*)?404\b|page (?:not|cannot be) found|not found$|sayfa bulunamad"
    r"|الصفحة غير موجودة|.{0,40}\W(?:page not found|404)$)",
    re.IGNORECASE,
)
_LOGIN = re.compile(r"^(?:log ?in|sign ?in|giriş|تسجيل الدخول)\b", re.IGNORECASE)
_CONSENTS = 2  # words of consent, and no article that happens to speak of it
_SENTENCES = 5  # make a text more than a wall that was told a reason


def not_a_page(html: bytes, headers: Mapping[str, str]) -> str | None:
    """Why these bytes are no page at all, before anything is parsed."""
    if not html.strip():
        return "empty"
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    start = html[:_START].lstrip()
    if start.startswith(_MAGIC) or _NOT_HTML.match(kind) or _is_binary(start):
        return f"not HTML ({kind})" if kind and "html" not in kind else "not HTML"
    return None


def _is_binary(start: bytes) -> bool:
    """Control characters make it so, the zero bytes of UTF-16 apart, which stand beside every Latin letter."""
    controls = len(start) - len(start.translate(None, _CONTROLS))
    zeros = start.count(0)
    return controls - zeros > len(start) // 20 or len(start) // 20 < zeros < len(start) // 3


def wall(html: bytes, title: str, text: str, host: str) -> str | None:
    """What stands in the article's place, judged by title, words and marks; None where the text may be the article."""
    if len(text) > _STUB:
        return None
    short = len(text) < _SHORT
    head = html[:200_000]
    signs = (
        ("bot challenge", _CHALLENGE_TITLE.match(title) or (short and _CHALLENGE_TEXT.search(text))),
        ("bot challenge", short and text.count(".") < _SENTENCES and any(mark in head for mark in _CHALLENGE_MARKS)),
        ("consent page", _CONSENT_HOST.match(host) or _CONSENT_TITLE.match(title)),
        ("consent page", short and len({found.lower() for found in _CONSENT_TEXT.findall(text)}) >= _CONSENTS),
        ("page not found", _MISSING.match(title)),
        ("login page", short and _LOGIN.match(title)),
        ("needs JavaScript", short and _SCRIPT_TEXT.search(text or head.decode("utf-8", "replace"))),
    )
    return next((name for name, sign in signs if sign), None)


def locked(text: str) -> bool:
    """Whether a text of a page for subscribers is no more than its teaser."""
    return len(text) < _STUB
