"""From bytes to text: what the charset really is, whatever header and declaration say."""

import codecs
import re
import zlib
from collections.abc import Mapping
from typing import Final

MAX_INFLATED: Final = 10_000_000
"""A body that is itself a gzip file (as sitemaps are) is unpacked up to so many bytes, once."""

_BOMS: Final = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_HEADER: Final = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_DECLARATION: Final = re.compile(rb"\A\s*<\?xml[^>]{0,200}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
_LANGUAGE: Final = re.compile(rb"(?:<(?:dc:)?language>\s*|xml:lang=[\"'])([a-zA-Z]{2})")
_TEXTUAL: Final = re.compile(
    r"(?:ascii|utf-(?:8|16|32)(?:-[bl]e)?|iso8859-\d+|cp\d+|koi8-\w+|gb\w+|big5\w*|euc_\w+|shift_jis\w*|iso2022_\w+|"
    r"mac-\w+|tis-620|hz|johab)"
)
# What browsers take these labels to mean (WHATWG Encoding Standard, section 4.2).
_MEANT: Final = {
    "ascii": "cp1252",
    "iso8859-1": "cp1252",
    "iso8859-9": "cp1254",
    "iso8859-11": "cp874",
    "tis-620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "euc_kr": "cp949",
}
_BY_LANGUAGE: Final = {
    "ar": "cp1256", "fa": "cp1256", "ur": "cp1256", "ku": "cp1256", "tr": "cp1254", "az": "cp1254", "ru": "cp1251",
    "uk": "cp1251", "bg": "cp1251", "sr": "cp1251", "el": "cp1253", "he": "cp1255", "pl": "cp1250", "cs": "cp1250",
    "hu": "cp1250", "th": "cp874", "ja": "cp932", "ko": "cp949", "zh": "gb18030",
}  # fmt: skip


def inflate(body: bytes) -> bytes:
    """The content of a gzip file, cut at `MAX_INFLATED`; anything else as it is."""
    if not body.startswith(b"\x1f\x8b"):
        return body
    try:
        return zlib.decompressobj(wbits=31).decompress(body, MAX_INFLATED)
    except zlib.error:
        return body


def decode(body: bytes, headers: Mapping[str, str]) -> tuple[str, str | None]:
    """The text, and in words what was wrong with what the bytes were declared to be.

    A byte order mark rules; then UTF-8 where the bytes are valid UTF-8, for hardly anything else ever is; then what
    the header or the XML declaration says, where it holds; then UTF-8 with a few broken bytes, or the usual charset
    of the feed's language.
    """
    for mark, name in _BOMS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), None
    declared = _declared(body, headers)
    if wide := _wide(body):
        return body.decode(wide, "replace"), None
    if b"\x1b$" not in body or not declared or not declared[0].startswith("iso2022"):
        try:
            text = body.decode("utf-8")
        except UnicodeDecodeError:
            pass
        else:
            return text, _note(declared, "utf-8", ascii_only=text.isascii())
    for name in declared:
        if name != "utf-8" and not name.startswith(("utf-16", "utf-32")):
            try:
                return body.decode(name), _note(declared[:1], name)
            except UnicodeDecodeError:
                continue
    return _salvaged(body, declared)


def _declared(body: bytes, headers: Mapping[str, str]) -> tuple[str, ...]:
    labels = [found[1] for found in [_HEADER.search(headers.get("content-type", ""))] if found]
    labels += [found[1].decode("ascii", "replace") for found in [_DECLARATION.match(body[:500])] if found]
    names = (_codec(label) for label in labels)
    return tuple(dict.fromkeys(name for name in names if name))


def _codec(label: str) -> str | None:
    try:
        name = codecs.lookup(label.removeprefix("x-")).name
    except (LookupError, ValueError):
        return None
    return _MEANT.get(name, name) if _TEXTUAL.fullmatch(name) else None


def _wide(body: bytes) -> str | None:
    """UTF-16 or UTF-32 without a mark: the first `<` or `{` shows it."""
    start = body[:4]
    for name in ("utf-32-le", "utf-32-be", "utf-16-le", "utf-16-be"):
        if any(start.startswith(first.encode(name)) for first in "<{"):
            return name
    return None


def _note(declared: tuple[str, ...], used: str, *, ascii_only: bool = False) -> str | None:
    if ascii_only or not declared or declared[0] == used:
        return None
    return f"declared as {declared[0]}, read as {used}"


def _salvaged(body: bytes, declared: tuple[str, ...]) -> tuple[str, str]:
    text = body.decode("utf-8", "replace")
    broken = text.count("\ufffd")
    if sum(not char.isascii() for char in text) > 2 * broken:
        return text, f"{broken} broken characters in UTF-8"
    single = [name for name in declared if name.startswith(("cp125", "iso8859", "koi8"))]
    hint = _LANGUAGE.search(body[:5000])
    name = single[0] if single else _BY_LANGUAGE.get(hint[1].decode().lower(), "cp1252") if hint else "cp1252"
    return body.decode(name, "replace"), f"not valid in its charset, read as {name}"
