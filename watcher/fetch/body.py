"""Bodies, read and decoded within a bound: memory stays flat whatever a server sends.

What we decode is what we offer (ACCEPT_ENCODING): gzip and deflate through zlib, whose output can be bounded call by
call. Codings one upon the other, and all others, are refused: 643 bytes of twice-packed zeros become 300 MB.
"""

import io
import zlib
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from typing import Protocol

import httpx

from watcher.fetch.failure import Trouble
from watcher.model import FetchReason

ACCEPT_ENCODING = "gzip, deflate"
GZIP_NAMES = frozenset({"gzip", "x-gzip"})
GZIP_MAGIC = b"\x1f\x8b"
MAX_MEMBERS = 10_000
"""Members of one gzip body: an endless row of empty ones costs time and yields nothing."""


class Decoder(Protocol):
    """Takes the coding off a body, part by part."""

    def feed(self, data: bytes, room: int) -> bytes:
        """What a part decodes to; stops soon after `room` bytes."""
        ...

    def finish(self) -> None:
        """Raise Trouble where the body has ended before its coding did."""
        ...


def decoder(codings: Sequence[str]) -> Decoder:
    """For the values of Content-Encoding, lower case; raises Trouble(ENCODING) for what was never offered."""
    real = [coding for coding in codings if coding not in {"identity", ""}]
    if not real:
        return Identity()
    if len(real) > 1:
        raise Trouble(FetchReason.ENCODING, f"the body is packed more than once ({', '.join(real)[:80]})")
    if real[0] in GZIP_NAMES:
        return Gzip()
    if real[0] == "deflate":
        return Deflate()
    raise Trouble(FetchReason.ENCODING, f"the body is packed as {real[0][:80]!r}, which was not asked for")


class Identity:
    """As it came."""

    def feed(self, data: bytes, room: int) -> bytes:  # noqa: ARG002 - the whole part is in memory already
        """The same bytes."""
        return data

    def finish(self) -> None:
        """Nothing can be missing."""


class Gzip:
    """gzip (RFC 1952), one member after the other; what follows the last one is padding."""

    def __init__(self) -> None:
        self._member = zlib.decompressobj(wbits=31)
        self._members = 1
        self._fed = False
        self._rest = b""

    def feed(self, data: bytes, room: int) -> bytes:
        """What a part decodes to, at most `room` + 1 bytes."""
        self._fed = self._fed or bool(data)
        data = self._rest + data
        self._rest = b""
        out = b""
        while data and len(out) <= room:
            if self._member.eof and not self._next_member(data):
                break
            out += _inflate(self._member, data, room + 1 - len(out))
            data = self._member.unused_data
        return out

    def finish(self) -> None:
        """Raise Trouble where a member is cut."""
        if self._fed and not self._member.eof:
            raise Trouble(FetchReason.PROTOCOL, "the packed body ends early")

    def _next_member(self, data: bytes) -> bool:
        if len(data) < len(GZIP_MAGIC):
            self._rest = data
            return False
        if not data.startswith(GZIP_MAGIC):
            return False
        self._members += 1
        if self._members > MAX_MEMBERS:
            raise Trouble(FetchReason.ENCODING, f"the packed body has more than {MAX_MEMBERS} parts")
        self._member = zlib.decompressobj(wbits=31)
        return True


class Deflate:
    """deflate: zlib (RFC 1950) as the standard has it, or raw (RFC 1951) as many servers do."""

    def __init__(self) -> None:
        self._start = b""
        self._stream: zlib._Decompress | None = None

    def feed(self, data: bytes, room: int) -> bytes:
        """What a part decodes to, at most `room` + 1 bytes."""
        if self._stream is None:
            data = self._start = self._start + data
            if len(data) < 2:  # noqa: PLR2004 - the length of zlib's header
                return b""
            zlib_header = data[0] & 15 == zlib.DEFLATED and int.from_bytes(data[:2]) % 31 == 0
            self._stream = zlib.decompressobj(wbits=15 if zlib_header else -15)
        return b"" if self._stream.eof else _inflate(self._stream, data, room + 1)

    def finish(self) -> None:
        """Raise Trouble where the stream is cut."""
        if self._start and (self._stream is None or not self._stream.eof):
            raise Trouble(FetchReason.PROTOCOL, "the packed body ends early")


async def read_body(parts: AsyncIterator[bytes], codings: Sequence[str], limit: int) -> bytes:
    """The whole decoded body; raises Trouble(TOO_LARGE) once either side of the coding is beyond `limit` bytes."""
    coding = decoder(codings)
    body = io.BytesIO()
    received = 0
    async for part in parts:
        received += len(part)
        if received <= limit:
            body.write(coding.feed(part, limit - body.tell()))
        if received > limit or body.tell() > limit:
            raise too_large(limit)
    coding.finish()
    return body.getvalue()


async def peek(parts: AsyncIterator[bytes], codings: Sequence[str], limit: int, page: bytearray) -> None:
    """Add the beginning of a decoded body to `page`, as far as it can be read; never raises for what it is."""
    with suppress(httpx.TransportError):
        coding = decoder(codings)
        async for part in parts:
            page += coding.feed(part, limit - len(page))[: limit - len(page)]
            if len(page) >= limit:
                return


def too_large(limit: int) -> Trouble:
    """The failure of a body beyond its bound."""
    return Trouble(FetchReason.TOO_LARGE, f"the body is larger than {limit / 1e6:g} MB")


def _inflate(stream: "zlib._Decompress", data: bytes, most: int) -> bytes:
    try:
        return stream.decompress(data, most)
    except zlib.error as error:
        raise Trouble(FetchReason.ENCODING, "the body is not packed as its headers say") from error
