"""One HTTP/1.1 response, read from a stream (RFC 9112): strict where it ends, lenient where servers are sloppy.

Everything a server can make long is bounded: the head, the number of its fields, interim responses, chunk framing.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass

from watcher.fetch.failure import Trouble
from watcher.model import FetchReason

Field = tuple[bytes, bytes]
Receive = Callable[[], Awaitable[bytes]]
"""The next bytes as they come; empty at the end of the stream."""

MAX_HEAD = 65_536
MAX_FIELDS = 256
MAX_INTERIM = 8
MAX_LINE = 4_096
MAX_FRAMING = 1_000_000
"""Bytes of chunk framing in one body; a body in chunks of one byte is no body but an attack."""

STATUS_LINE = re.compile(rb"HTTP/1\.([0-9]) +([1-9][0-9]{2})(?: .*)?")
HEAD_END = re.compile(rb"\r?\n\r?\n")
CHUNK_SIZE = re.compile(rb"([0-9A-Fa-f]{1,15})[ \t]*(?:;.*)?")
LENGTH = re.compile(rb"[0-9]{1,18}")
BODILESS = frozenset({204, 304})
FORBIDDEN = re.compile(rb"[\r\0]")


@dataclass(frozen=True, slots=True)
class Head:
    """Status and fields; names in lower case, values as they came."""

    status: int
    minor: int
    fields: tuple[Field, ...]

    def values(self, name: bytes) -> list[bytes]:
        """The comma-separated members of all fields of that name, in lower case."""
        parts = (part for field, value in self.fields if field == name for part in value.split(b","))
        return [part.strip().lower() for part in parts if part.strip()]


class ResponseReader:
    """Reads one response. Raises Trouble for whatever is not one."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._buffer = bytearray()
        self._started = False
        self._chunked = False
        self._length: int | None = None
        self._complete = False
        self._lasting = False

    @property
    def started(self) -> bool:
        """Whether the server has sent anything yet."""
        return self._started

    @property
    def reusable(self) -> bool:
        """Whether the response was read to its end and the connection may serve another."""
        return self._complete and self._lasting and not self._buffer

    async def head(self) -> Head:
        """The final response's head."""
        for _ in range(MAX_INTERIM):
            head = parse_head(await self._head_bytes())
            if head.status >= 200 or head.status == 101:  # noqa: PLR2004
                self._frame(head)
                return head
        raise Trouble(FetchReason.PROTOCOL, "the server sent interim responses without end")

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it comes, transfer coding taken off, content coding left on."""
        if self._chunked:
            parts = self._read_chunks()
        elif self._length is not None:
            parts = self._read_length(self._length)
        else:
            parts = self._read_all()
        async for part in parts:
            yield part
        self._complete = True

    def _frame(self, head: Head) -> None:
        codings = [coding for coding in head.values(b"transfer-encoding") if coding != b"identity"]
        lengths = set(head.values(b"content-length"))
        options = head.values(b"connection")
        if codings and codings != [b"chunked"]:
            raise Trouble(FetchReason.ENCODING, f"transfer coding {_text(b', '.join(codings))} is not supported")
        self._chunked = bool(codings)
        if head.status in BODILESS:
            self._chunked, self._length, self._complete = False, 0, True
        elif not codings and lengths:
            if len(lengths) > 1 or not LENGTH.fullmatch(length := lengths.pop()):
                raise Trouble(FetchReason.PROTOCOL, "the server's Content-Length is no length")
            self._length = int(length)
            self._complete = self._length == 0
        framed = self._chunked or self._length is not None
        self._lasting = framed and head.minor >= 1 and b"close" not in options

    async def _head_bytes(self) -> bytes:
        searched = 0
        while True:
            if not searched and self._buffer.startswith((b"\r", b"\n")):
                del self._buffer[: len(self._buffer) - len(self._buffer.lstrip(b"\r\n"))]
            if len(self._buffer) >= 5 and not self._buffer.startswith(b"HTTP/"):  # noqa: PLR2004
                raise Trouble(FetchReason.PROTOCOL, "the server's answer is not HTTP")
            end = HEAD_END.search(self._buffer, max(0, searched - 3))
            if (end.start() if end else len(self._buffer)) > MAX_HEAD:
                raise Trouble(FetchReason.PROTOCOL, f"the server's headers are longer than {MAX_HEAD // 1024} KB")
            if end:
                head = bytes(self._buffer[: end.start()])
                del self._buffer[: end.end()]
                return head
            searched = len(self._buffer)
            if not await self._more():
                raise self._cut_short("before its answer was complete" if searched else "without an answer")

    async def _read_length(self, length: int) -> AsyncIterator[bytes]:
        left = length
        while left:
            if not self._buffer and not await self._more():
                raise self._cut_short(f"after {length - left} of {length} bytes")
            part = self._take(left)
            left -= len(part)
            yield part

    async def _read_all(self) -> AsyncIterator[bytes]:
        while self._buffer or await self._more():
            yield self._take(len(self._buffer))

    async def _read_chunks(self) -> AsyncIterator[bytes]:
        """What is here is handed on in one piece before waiting for more: chunks may be of one byte."""
        parts: list[bytes] = []
        framing = 0
        while left := await self._chunk_size():
            framing += 8
            if framing > MAX_FRAMING:
                raise self._broken()
            while left:
                parts.append(part := self._take(left))
                left -= len(part)
                if not self._buffer:
                    yield b"".join(parts)
                    parts.clear()
                    if left and not await self._more():
                        raise self._cut_short("within its body")
            if await self._line():
                raise self._broken()
        yield b"".join(parts)
        await self._skip_trailers()

    async def _chunk_size(self) -> int:
        size = CHUNK_SIZE.fullmatch(await self._line())
        if size is None:
            raise self._broken()
        return int(size[1], 16)

    async def _skip_trailers(self) -> None:
        for _ in range(MAX_FIELDS):
            if not await self._line():
                return
        raise Trouble(FetchReason.PROTOCOL, "the server sent trailers without end")

    async def _line(self) -> bytes:
        searched = 0
        while (end := self._buffer.find(b"\n", searched)) < 0:
            searched = len(self._buffer)
            if searched > MAX_LINE:
                raise self._broken()
            if not await self._more():
                raise self._cut_short("within its body")
        return bytes(self._take(end + 1)).rstrip(b"\r\n")

    def _take(self, most: int) -> bytes:
        part = bytes(self._buffer[:most])
        del self._buffer[: len(part)]
        return part

    async def _more(self) -> bool:
        data = await self._receive()
        self._started = self._started or bool(data)
        self._buffer += data
        return bool(data)

    def _broken(self) -> Trouble:
        return Trouble(FetchReason.PROTOCOL, "the server's chunked body is broken")

    def _cut_short(self, when: str) -> Trouble:
        return Trouble(FetchReason.RESET, f"the server closed the connection {when}")


def parse_head(data: bytes) -> Head:
    """Status line and fields; folded lines are joined, lines that are no fields are left out."""
    lines = data.split(b"\n")
    if len(lines) > MAX_FIELDS + 1:
        raise Trouble(FetchReason.PROTOCOL, f"the server sent more than {MAX_FIELDS} headers")
    status = STATUS_LINE.fullmatch(lines[0].rstrip(b"\r"))
    if status is None:
        raise Trouble(FetchReason.PROTOCOL, "the server's answer is not HTTP/1.1")
    fields: list[Field] = []
    for line in lines[1:]:
        if line[:1] in (b" ", b"\t"):
            if fields:
                name, value = fields[-1]
                fields[-1] = name, value + b" " + line.strip()
            continue
        name, colon, value = line.partition(b":")
        value = value.strip(b" \t\r")
        if colon and name and not FORBIDDEN.search(value):
            fields.append((name.strip().lower(), value))
    return Head(int(status[2]), int(status[1]), tuple(fields))


def _text(data: bytes) -> str:
    return data.decode("latin-1")[:80]
