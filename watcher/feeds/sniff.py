"""What a body is that was asked for as a feed: its root element, or in words what it is instead."""

import re
from collections.abc import Mapping
from typing import Final

from watcher.feeds.errors import NotAFeed
from watcher.text.markup import plain

FEED_ROOTS: Final = frozenset({"rss", "rdf", "feed", "channel", "urlset", "sitemapindex"})

_HEAD: Final = 200_000
_JUNK: Final = 20_000
_SUBSET_END: Final = re.compile(r"\]\s*>")
_FEED_START: Final = re.compile(r"<(?:\?xml|rss|rdf:RDF|feed|urlset|sitemapindex)(?=[\s>])", re.IGNORECASE)
_HTML_START: Final = re.compile(r"<(?:!doctype\s+html|html|head|body)\b", re.IGNORECASE)
_NAME: Final = re.compile(r"<(?:[\w.-]+:)?([^\s<>/:!?&]+)")
_SKIPPED: Final = re.compile(r"\s+|<\?[^>]*>|<!--|<!")
_TITLE: Final = re.compile(r"<title\b[^<>]*>([^<]{0,2000})", re.IGNORECASE)
_PASSWORD: Final = re.compile(r"<input\b[^<>]*\btype\s*=\s*[\"']?password", re.IGNORECASE)
_CONSENT_TITLE: Final = re.compile(
    r"before you continue|bevor (?:du|sie)|avant d.accéder|cookie|consent|datenschutz|privacy (?:settings|choices)",
    re.IGNORECASE,
)
_CONSENT_HOST: Final = re.compile(r"^https?://(?:consent|cmp|privacy|guce|myprivacy)\.", re.IGNORECASE)
_CHALLENGES: Final = (
    ("a Cloudflare challenge", ("/cdn-cgi/challenge-platform", "cf-chl-", "cf_chl_", "cf-browser-verification")),
    ("a Cloudflare challenge", ("attention required! | cloudflare",)),
    ("a bot check by DataDome", ("captcha-delivery.com",)),
    ("a bot check by Imperva", ("_incapsula_resource",)),
    ("a bot check by PerimeterX", ("px-captcha", "captcha.px-cdn.net")),
    ("a bot check by AWS WAF", ("awswaf.com", "awswafcookiedomainlist")),
    ("a bot check by Akamai", ("errors.edgesuite.net", "bm-verify=")),
    ("a bot check by Sucuri", ("sucuri_cloudproxy_js",)),
    ("a captcha", ("g-recaptcha", "h-captcha", "cf-turnstile")),
)
_MAGIC: Final = (
    (b"%PDF", "a PDF file"),
    (b"\x89PNG", "an image"),
    (b"\xff\xd8\xff", "an image"),
    (b"GIF8", "an image"),
    (b"RIFF", "a media file"),
    (b"PK\x03\x04", "a ZIP archive"),
    (b"\x1f\x8b", "a broken gzip file"),
    (b"\x28\xb5\x2f\xfd", "zstd-compressed data"),
)


def refuse_binary(body: bytes) -> None:
    """Raise NotAFeed for nothing at all and for files that are plainly something else."""
    if not body.strip(b"\x00 \t\r\n\xef\xbb\xbf"):
        raise NotAFeed("empty")
    for magic, name in _MAGIC:
        if body.startswith(magic):
            raise NotAFeed(name)


def document(text: str) -> tuple[str, str, bool]:
    """The text from its first element on, that element's local name in lower case, and whether junk stood before it.

    Declaration, comments and DOCTYPE are dropped: entities that nobody declares cannot be expanded. A text that has
    no elements comes back as it is, with an empty name.
    """
    blank = len(text) - len(text.lstrip("\ufeff \t\r\n\x00"))
    if text.startswith(("{", "["), blank):
        return text[blank:], "", False
    position, root = _root(text, blank)
    if root == "html" or root in FEED_ROOTS:
        return text[position:], root, False
    found = _FEED_START.search(text, blank, blank + _JUNK)
    if found and found.start() > blank:
        later, name = _root(text, found.start())
        if name in FEED_ROOTS:
            return text[later:], name, True
    return text[position:], root, False


def _root(text: str, position: int) -> tuple[int, str]:
    while (found := _SKIPPED.match(text, position)) and not _HTML_START.match(text, position):
        if found[0] == "<!--":
            end = text.find("-->", found.end())
            position = end + 3 if end >= 0 else len(text)
        elif found[0] == "<!":
            position = _after_doctype(text, position)
        else:
            position = found.end()
    if _HTML_START.match(text, position):
        return position, "html"
    name = _NAME.match(text, position)
    return position, name[1].lower() if name else ""


def _after_doctype(text: str, start: int) -> int:
    """Where a document type declaration ends, its internal subset included."""
    close, subset = text.find(">", start), text.find("[", start)
    if 0 <= subset < close:
        ended = _SUBSET_END.search(text, subset)
        return ended.end() if ended else len(text)
    return close + 1 if close >= 0 else len(text)


def not_a_feed(text: str, root: str, headers: Mapping[str, str], url: str) -> NotAFeed:
    """What the text is instead of a feed."""
    head = text[:_HEAD]
    if root == "opml":
        return NotAFeed("an OPML list of feeds; import it with `watcher feeds import`")
    if root == "html" or _HTML_START.search(head[:5000]):
        return _page(head, headers, url)
    if root:
        return NotAFeed(f"an XML document <{root[:40]}>, not a feed")
    kind = headers.get("content-type", "").split(";")[0].strip()
    shown = plain(head[:300])[:60]
    return NotAFeed(f"text that is no feed ({kind or 'no content type'}): {shown!r}")


def _page(head: str, headers: Mapping[str, str], url: str) -> NotAFeed:
    lower = head.lower()
    if headers.get("cf-mitigated", "") == "challenge":
        return NotAFeed("a Cloudflare challenge", challenge=True)
    title = _TITLE.search(head)
    name = plain(title[1])[:120] if title else ""
    if name.lower().startswith("just a moment") and "cloudflare" in lower:
        return NotAFeed("a Cloudflare challenge", challenge=True)
    for what, marks in _CHALLENGES:
        if any(mark in lower for mark in marks) and _short(head):
            return NotAFeed(what, challenge=True)
    if _CONSENT_HOST.match(url) or _CONSENT_TITLE.search(name):
        return NotAFeed(f"a consent page titled {name!r}" if name else "a consent page")
    if _PASSWORD.search(head) and _short(head):
        return NotAFeed(f"a login page titled {name!r}" if name else "a login page")
    page = f"an HTML page titled {name!r}" if name else "an HTML page without a title"
    return NotAFeed(f"{page}, not a feed; `watcher feeds discover URL` finds the feeds of a site")


def _short(head: str) -> bool:
    """Whether a page says little: a wall, not a site that happens to carry such a script."""
    return len(plain(head)) < 1500  # noqa: PLR2004
