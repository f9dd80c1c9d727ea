"""Bytes of a page to UTF-8 bytes that the parser takes without further guessing."""

import codecs
import re
from collections.abc import Mapping
from types import MappingProxyType

from charset_normalizer import from_bytes

MAX_BYTES = 2_000_000

_BOMS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_HEADER = re.compile(r"charset\s*=\s*[\"']?([\w.:-]+)", re.IGNORECASE)
_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([\w.:-]+)", re.IGNORECASE)
_XML = re.compile(rb"^\s*<\?xml[^>]{0,100}?encoding\s*=\s*[\"']([\w.:-]+)", re.IGNORECASE)
# What browsers take these labels to mean (WHATWG Encoding Standard, section 4.2).
_LABELS = MappingProxyType(
    {
        "iso8859-1": "cp1252",
        "ascii": "cp1252",
        "iso8859-9": "cp1254",
        "iso8859-11": "cp874",
        "gb2312": "gb18030",
        "gbk": "gb18030",
        "shift_jis": "cp932",
        "euc_kr": "cp949",
        "utf-16": "utf-16-le",
    }
)
_CONTROLS = bytes(set(range(32)) - set(b"\t\n\r\f")) + b"\x7f"
_TAGS = re.compile(rb"<script.*?</script>|<style.*?</style>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_SAMPLE = 6_000
_BAD_SHARE = 0.01


def utf8(html: bytes, headers: Mapping[str, str]) -> bytes:
    """The page as UTF-8 without control characters, cut at `MAX_BYTES`.

    The charset is that of the byte order mark, the header, the XML declaration or `<meta>`, in this order, unless the
    bytes contradict it; else it is detected.
    """
    data = html[:MAX_BYTES]
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _clean(data[len(mark) :].decode(name, "replace").encode("utf-8", "replace"))
    if _is_utf8(data):
        return _clean(data)
    text = _decode(data, _declared(data, headers))
    return _clean(text.encode("utf-8", "replace"))


def _clean(data: bytes) -> bytes:
    return data.translate(None, _CONTROLS)


def _is_utf8(data: bytes) -> bool:
    """Valid UTF-8, a character cut off at the end forgiven; bytes of another charset hardly ever are.

    Escape sequences mark the Japanese 7-bit charset, zero bytes a UTF-16 without mark.
    """
    if b"\x1b$" in data or data[:200].count(0) > len(data[:200]) // 4:
        return False
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as fault:
        return fault.start >= len(data) - 3 and len(data) >= MAX_BYTES
    return True


def _declared(data: bytes, headers: Mapping[str, str]) -> str | None:
    header = _HEADER.search(headers.get("content-type", ""))
    if header and (codec := _codec(header[1])):
        return codec
    for pattern in (_XML, _META):
        found = pattern.search(data[:4096])
        if found and (codec := _codec(found[1].decode("ascii", "replace"))):
            return codec
    return None


def _codec(label: str) -> str | None:
    """Python's name for a charset label, or None for one nobody knows."""
    try:
        info = codecs.lookup(label.strip().lower())
        "".encode(info.name)  # refuses codecs that are no charset, such as "hex"
    except (LookupError, ValueError):
        return None
    return _LABELS.get(info.name, info.name)


def _decode(data: bytes, declared: str | None) -> str:
    if declared:
        text = data.decode(declared, "replace")
        bad = text.count("\ufffd")
        if bad == 0 or bad < _BAD_SHARE * len(text):
            return text
    elif data[:200].count(0) > len(data[:200]) // 4:
        return data.decode("utf-16-le" if data[1:2] == b"\0" else "utf-16-be", "replace")
    return data.decode(_detected(data) or "cp1252", "replace")


def _detected(data: bytes) -> str | None:
    """The charset that the words of the page, its tags taken out, look like."""
    words = b"\n".join(line for line in _TAGS.sub(b" ", data[:200_000]).splitlines() if line.strip())
    telling = b"\n".join(line for line in words.splitlines() if max(line) > 127)  # noqa: PLR2004 - beyond ASCII
    best = from_bytes((telling or words)[:_SAMPLE]).best()
    return best.encoding if best else None
