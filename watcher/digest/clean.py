"""Text and links from feeds, made harmless before they reach a reader.

Feeds are hostile: they carry control characters, bidirectional overrides that make a line read backwards, lone
surrogates that no encoder takes, and links that are scripts.
"""

import re
import unicodedata
from typing import Literal
from urllib.parse import quote, urlsplit

Direction = Literal["ltr", "rtl"]

_RTL_LANGUAGES = frozenset({"ar", "arc", "ckb", "dv", "fa", "he", "ps", "sd", "syr", "ug", "ur", "yi"})
_SPACES = re.compile(r"[\s\x1c-\x1f\x85\u2028\u2029]+")
# Controls, bidi embeddings, overrides and isolates (UAX #9), deprecated format controls, tags, noncharacters.
_DROPPED = re.compile(
    r"[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u206f\ufeff\ufff9-\ufffb\ufffe\uffff\U000e0000-\U000e007f]"
)
_SURROGATES = re.compile(r"[\ud800-\udfff]")
_MARK_FLOOD = re.compile(r"([\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]{4})[\u0300-\u036f\u0483-\u0489\u20d0-\u20ff]+")
_BAD_IN_URL = re.compile(r"[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2066-\u206f\ufeff\ud800-\udfff]")
_QUOTED_IN_URL = re.compile(r"[\s\"<>\\^`{|}]")
_LONGEST_URL = 2000


def piece(text: str) -> str:
    """Text without what could disturb its surroundings; runs of white space are one space, ends are kept."""
    text = _SURROGATES.sub("\ufffd", _DROPPED.sub("", text))
    return _MARK_FLOOD.sub(r"\1", _SPACES.sub(" ", text))


def line(text: str, limit: int | None = None) -> str:
    """One trimmed line, cut at a word with an ellipsis where longer than `limit` characters."""
    text = piece(text).strip()
    if limit is None or len(text) <= limit:
        return text
    cut = text[: limit - 1]
    space = cut.rfind(" ")
    return (cut[:space] if space > limit * 2 // 3 else cut).rstrip(" ,;:–—-") + "…"


def safe_url(url: str) -> str | None:
    """The URL where it is an http(s) link that shows what it is, else None; stray characters are percent-encoded."""
    url = url.strip()
    if len(url) > _LONGEST_URL or _BAD_IN_URL.search(url):
        return None
    url = _QUOTED_IN_URL.sub(lambda found: quote(found.group()), url)
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        return None
    return url if parts.scheme in {"http", "https"} and host else None


def direction(text: str, language: str | None = None) -> Direction:
    """Which way most of the text's letters run; by language where it has no letters."""
    kinds = [unicodedata.bidirectional(char) for char in text[:300]]
    right = sum(kind in {"R", "AL"} for kind in kinds)
    left = kinds.count("L")
    if right == left:
        return "rtl" if (language or "").lower().split("-")[0] in _RTL_LANGUAGES else "ltr"
    return "rtl" if right > left else "ltr"
