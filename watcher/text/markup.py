"""From markup to plain text, where only the words matter: titles, authors, fingerprints.

Not for article pages (`extract` reads those). Linear in its input, whatever that is: each pattern stops at the next
`<`, and what is never closed is taken to its end once.
"""

import re
from html import unescape
from typing import Final

_HIDDEN: Final = re.compile(
    r"<!--(?:.*?-->|.*)"
    r"|<(script|style|template|noscript|iframe|svg|math)\b[^<>]*+(?:/>|>(?:.*?</\1\b[^<>]*+>|.*)|(?=<))",
    re.DOTALL | re.IGNORECASE,
)
_ATTRIBUTES: Final = r"""(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>"""
_INLINE: Final = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|mark|nobr|q|rp|rt|ruby|s|samp|small|span|"
    "strike|strong|sub|sup|time|tt|u|var|wbr"
)
_BLOCK: Final = (
    "address|area|article|aside|audio|base|blockquote|body|br|button|canvas|caption|center|col|colgroup|dd|details|"
    "dialog|dir|div|dl|dt|embed|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]|head|header|hgroup|hr|"
    "html|iframe|img|input|label|legend|li|link|main|map|menu|meta|nav|noscript|object|ol|optgroup|option|output|p|"
    "param|picture|pre|progress|script|section|select|source|style|summary|svg|table|tbody|td|template|textarea|"
    "tfoot|th|thead|title|tr|track|ul|video"
)
_INLINE_TAG: Final = re.compile(rf"</?(?:{_INLINE})(?![\w:.-])(?:{_ATTRIBUTES}|[^<>]*+>)", re.IGNORECASE)
_BLOCK_TAG: Final = re.compile(rf"</?(?:{_BLOCK})(?![\w:.-])(?:{_ATTRIBUTES}|[^<>]*+>)", re.IGNORECASE)
_ANY_TAG: Final = re.compile(rf"<[a-zA-Z/!?](?:{_ATTRIBUTES}|[^<>]*+>)")
_UNSEEN: Final = re.compile(
    "[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\xad\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]"
)
_UNSTORABLE: Final = re.compile("[\x00\ud800-\udfff]")


def plain(html: str) -> str:
    """The words of a piece of HTML on one line: no tags, scripts or comments, entities resolved, white space folded."""
    return tidy(unescape(_stripped(html, _ANY_TAG) if "<" in html else html))


def label(text: str) -> str:
    """A title or name that may or may not hold markup: as `plain`, but only tags that HTML knows are taken for tags."""
    return tidy(unescape(_stripped(text, None) if "<" in text else text))


def tidy(text: str) -> str:
    """On one line, without what nobody sees: control characters, direction overrides, soft hyphens, surrogates."""
    return " ".join(_UNSEEN.sub("", text).split())


def storable(text: str) -> str:
    """Without what no store takes: NUL and lone surrogates."""
    return _UNSTORABLE.sub("", text)


def has_tags(text: str) -> bool:
    """Whether there is a tag in it that HTML knows."""
    return "<" in text and bool(_INLINE_TAG.search(text) or _BLOCK_TAG.search(text))


def _stripped(html: str, other: re.Pattern[str] | None) -> str:
    html = _HIDDEN.sub(" ", html)
    html = _INLINE_TAG.sub("", html)
    html = _BLOCK_TAG.sub(" ", html)
    return other.sub(" ", html) if other else html
