"""The ways in which a web server can misbehave: one function a way, found by path in ROUTES."""

import asyncio
import gzip
import json
import socket
import struct
import zlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from urllib.parse import urlsplit

BODY = b"<html><body><p>Hello, reader.</p></body></html>"
STEP = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """One request as it came.

    `headers` have lower-case names; `time` is the event loop's; `connection` counts from 1.
    """

    method: str
    target: str
    headers: Mapping[str, str]
    time: float
    connection: int

    @property
    def path(self) -> str:
        return urlsplit(self.target).path


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """A well-behaved answer: 304 to its own validators. `delay` is seconds before it answers."""

    body: bytes = b""
    status: int = 200
    content_type: str = "text/html; charset=utf-8"
    etag: str | None = None
    last_modified: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    delay: float = 0


@dataclass
class Connection:
    """What a route writes to."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    number: int

    async def request(self) -> Seen | None:
        """The next request's head; None at the end."""
        try:
            head = await self.reader.readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            return None
        first, *lines = head.decode("latin-1").rstrip("\r\n").split("\r\n")
        method, target, _ = first.split(" ", 2)
        headers: dict[str, str] = {}
        for line in lines:
            name, _, value = line.partition(":")
            headers[name.strip().lower()] = value.strip()
        now = asyncio.get_running_loop().time()
        return Seen(method=method, target=target, headers=headers, time=now, connection=self.number)

    async def send(self, data: bytes) -> None:
        self.writer.write(data)
        await self.writer.drain()

    async def head(self, *fields: str, status: str = "200 OK") -> None:
        lines = (f"HTTP/1.1 {status}", *fields, "", "")
        await self.send("\r\n".join(lines).encode("latin-1"))

    async def whole(self, body: bytes, *fields: str, status: str = "200 OK") -> None:
        await self.head(*fields, f"Content-Length: {len(body)}", status=status)
        await self.send(body)

    async def page(self, page: Page, seen: Seen) -> None:
        if page.delay:
            await asyncio.sleep(page.delay)
        fields = [f"{name}: {value}" for name, value in page.headers.items()]
        fields += [f"ETag: {page.etag}"] if page.etag else []
        fields += [f"Last-Modified: {page.last_modified}"] if page.last_modified else []
        etag, since = seen.headers.get("if-none-match"), seen.headers.get("if-modified-since")
        same = etag == page.etag if etag else since == page.last_modified
        if page.status == 200 and (etag or since) and same:
            await self.head(*fields, status="304 Not Modified")
        else:
            await self.whole(page.body, *fields, f"Content-Type: {page.content_type}", status=f"{page.status} Word")

    async def drip(self, data: bytes, every: float) -> None:
        for byte in data:
            await self.send(bytes([byte]))
            await asyncio.sleep(every)

    async def finish(self) -> None:
        """Close so that what was written arrives."""
        if self.writer.transport.is_closing():
            return
        if self.writer.can_write_eof():
            self.writer.write_eof()
            await asyncio.wait_for(self.reader.read(), 2)
        else:
            self.writer.close()
            await asyncio.wait_for(self.writer.wait_closed(), 2)

    def reset(self) -> None:
        """Close so that the client gets a RST."""
        self.writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.writer.transport.abort()


def nobody(target: str) -> Seen:
    return Seen(method="", target=target, headers={}, time=0, connection=0)


Options = Mapping[str, str]
Route = Callable[[Connection, Seen, Options], Awaitable[None]]


async def tunnel(connection: Connection, seen: Seen) -> None:
    """As a proxy: to whatever port of ours was asked for, by any name."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(seen.target.rpartition(":")[2]))
    await connection.head(status="200 Connected")

    async def relay(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(STEP):
            sink.write(data)
            await sink.drain()
        sink.close()

    try:
        await asyncio.gather(relay(connection.reader, writer), relay(reader, connection.writer))
    finally:
        writer.close()


async def hang(connection: Connection, seen: Seen, options: Options) -> None:
    """Takes the request and says nothing, or stops within the head or the body."""
    where = seen.path.removeprefix("/hang")
    if where == "/head":
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    elif where == "/body":
        await connection.head("Content-Length: 100")
        await connection.send(b"<html>")
    await asyncio.sleep(3600)


async def reset(connection: Connection, seen: Seen, options: Options) -> None:
    """Resets before or within the body."""
    if seen.path == "/reset/body":
        await connection.head("Content-Length: 100")
        await connection.send(b"<html>")
        await asyncio.sleep(0.02)
    connection.reset()


async def close(connection: Connection, seen: Seen, options: Options) -> None:
    """Closes without a word, within the head, or before the length that was promised."""
    if seen.path == "/close/head":
        await connection.send(b"HTTP/1.1 200 OK\r\nContent-Ty")
    elif seen.path == "/close/body":
        await connection.head("Content-Length: 100")
        await connection.send(b"<html>")
    elif seen.path == "/close/chunk":
        await connection.head("Transfer-Encoding: chunked")
        await connection.send(b"10\r\n<html>")


async def drip(connection: Connection, seen: Seen, options: Options) -> None:
    """One byte at a time: head or body."""
    every = float(options.get("every", "1"))
    if seen.path == "/drip/head":
        await connection.drip(b"HTTP/1.1 200 OK\r\nX-Slow: " + b"x" * 3600, every)
    await connection.head("Content-Length: 3600")
    await connection.drip(b"x" * 3600, every)


async def garbage(connection: Connection, seen: Seen, options: Options) -> None:
    """Something that is not HTTP."""
    kinds = {
        "/garbage": bytes(range(256)) * 64,
        "/garbage/ssh": b"SSH-2.0-OpenSSH_9.6\r\n",
        "/garbage/html": BODY,
        "/garbage/http2": b"\x00\x00\x12\x04\x00\x00\x00\x00\x00",
        "/garbage/status": b"HTTP/1.1 what\r\n\r\n",
        "/garbage/version": b"HTTP/3.7 200 OK\r\n\r\n",
        "/garbage/chunk": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\nhello",
        "/garbage/coding": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    }
    await connection.send(kinds[seen.path])


async def big(connection: Connection, seen: Seen, options: Options) -> None:
    """So many bytes, with or without (`/big/unknown`) saying so."""
    left = int(options.get("size", "10000000"))
    await connection.head(*([] if seen.path == "/big/unknown" else [f"Content-Length: {left}"]))
    while left:
        await connection.send(b" " * min(STEP, left))
        left -= min(STEP, left)


async def endless(connection: Connection, seen: Seen, options: Options) -> None:
    """Never ends: plain, chunked, chunks of one byte, headers, interim responses, trailers, empty gzip members."""
    kind = seen.path.removeprefix("/endless").strip("/")
    heads = {
        "chunks": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "crumbs": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        "headers": b"HTTP/1.1 200 OK\r\n",
        "header": b"HTTP/1.1 200 OK\r\nX-Long: ",
        "interim": b"",
        "trailers": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n",
        "members": b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n",
        "line": b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    }
    parts = {
        "chunks": b"1000\r\n" + b" " * 4096 + b"\r\n",
        "crumbs": b"1\r\n \r\n",
        "headers": b"X-More: and more\r\n",
        "header": b"and on ",
        "interim": b"HTTP/1.1 103 Early Hints\r\n\r\n",
        "trailers": b"X-More: and more\r\n",
        "members": gzip.compress(b""),
        "line": b"x" * 64,
    }
    await connection.send(heads.get(kind, b"HTTP/1.1 200 OK\r\n\r\n"))
    part = parts.get(kind, b" " * STEP)
    while True:
        await connection.send(part * max(1, STEP // len(part)))


@cache
def packed_zeros(megabytes: int, wbits: int = 31) -> bytes:
    """A gzip file (or another kind) of so many MB of zeros, made in little memory."""
    packer = zlib.compressobj(9, zlib.DEFLATED, wbits)
    block = bytes(1_000_000)
    return b"".join(packer.compress(block) for _ in range(megabytes)) + packer.flush()


async def gzip_bomb(connection: Connection, seen: Seen, options: Options) -> None:
    """`mb` of zeros: packed once; twice as it says (`/gzip-bomb/twice`); twice as it does not (`/gzip-bomb/hidden`)."""
    megabytes = int(options.get("mb", "300"))
    body = packed_zeros(megabytes, 15 if seen.path == "/gzip-bomb/deflate" else 31)
    codings = {"/gzip-bomb/twice": "gzip, gzip", "/gzip-bomb/deflate": "deflate"}
    if seen.path in {"/gzip-bomb/twice", "/gzip-bomb/hidden"}:
        body = gzip.compress(body)
    await connection.whole(body, f"Content-Encoding: {codings.get(seen.path, 'gzip')}")


async def packed(connection: Connection, seen: Seen, options: Options) -> None:
    """BODY in a coding: /packed/gzip, x-gzip, members, padded, deflate, raw, br, zstd, cut, lie, none, empty."""
    raw = zlib.compressobj(9, zlib.DEFLATED, -15)
    kinds = {
        "gzip": ("gzip", gzip.compress(BODY)),
        "x-gzip": ("X-GZip", gzip.compress(BODY)),
        "members": ("gzip", gzip.compress(BODY[:20]) + gzip.compress(BODY[20:])),
        "padded": ("gzip", gzip.compress(BODY) + bytes(64)),
        "deflate": ("deflate", zlib.compress(BODY)),
        "raw": ("deflate", raw.compress(BODY) + raw.flush()),
        "br": ("br", b"\x0b\x02\x80hello\x03"),
        "zstd": ("zstd", b"\x28\xb5\x2f\xfd"),
        "cut": ("gzip", gzip.compress(BODY)[:-20]),
        "lie": ("gzip", BODY),
        "none": ("identity", BODY),
        "empty": ("gzip", b""),
        "charset": ("utf-8", BODY),
    }
    coding, body = kinds[seen.path.split("/")[2]]
    step = int(options.get("step", "0")) or len(body) or 1
    await connection.head(f"Content-Encoding: {coding}", f"Content-Length: {len(body)}")
    for start in range(0, len(body), step):
        await connection.send(body[start : start + step])
        await asyncio.sleep(0)


async def length(connection: Connection, seen: Seen, options: Options) -> None:
    """A Content-Length that is wrong: long, short, huge, two of them, a word, negative, empty."""
    lines = {
        "long": ("Content-Length: 1000",),
        "short": ("Content-Length: 6",),
        "huge": ("Content-Length: 999999999999999",),
        "two": ("Content-Length: 6", "Content-Length: 7"),
        "same": (f"Content-Length: {len(BODY)}", f"Content-Length: {len(BODY)}"),
        "word": ("Content-Length: many",),
        "negative": ("Content-Length: -1",),
        "digits": ("Content-Length: " + "9" * 5000,),
        "both": ("Content-Length: 6", "Transfer-Encoding: chunked"),
    }
    kind = seen.path.split("/")[2]
    await connection.head(*lines[kind])
    await connection.send(b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY) if kind == "both" else BODY)


async def charset(connection: Connection, seen: Seen, options: Options) -> None:
    """Windows-1256 Arabic that says it is UTF-8."""
    await connection.whole("<p>أخبار الموصل</p>".encode("cp1256"), "Content-Type: text/html; charset=utf-8")


async def redirect(connection: Connection, seen: Seen, options: Options) -> None:
    """To `to` with `status` (302)."""
    location = [f"Location: {options['to']}"] if "to" in options else []
    await connection.whole(b"moved", *location, status=f"{options.get('status', '302')} Elsewhere")


async def chain(connection: Connection, seen: Seen, options: Options) -> None:
    """/chain/5 leads over /chain/4 … to /chain/0, which answers; `status` as for redirect."""
    left = int(seen.path.split("/")[2])
    if not left:
        await connection.whole(BODY)
        return
    query = urlsplit(seen.target).query
    target = f"/chain/{left - 1}" + (f"?{query}" if query else "")
    await connection.whole(b"", f"Location: {target}", status=f"{options.get('status', '301')} Elsewhere")


async def loop(connection: Connection, seen: Seen, options: Options) -> None:
    """Leads to itself, or (`/loop/a`, `/loop/b`) to the other."""
    target = {"/loop/a": "/loop/b", "/loop/b": "/loop/a"}.get(seen.path, seen.path)
    await connection.whole(b"", f"Location: {target}", status="302 Found")


async def cookies(connection: Connection, seen: Seen, options: Options) -> None:
    """Sends everybody in a circle who does not bring back its cookie."""
    if "seen=1" in seen.headers.get("cookie", ""):
        await connection.whole(BODY)
    else:
        await connection.whole(b"", "Set-Cookie: seen=1; Path=/", f"Location: {seen.path}", status="302 Found")


async def nested(connection: Connection, seen: Seen, options: Options) -> None:
    """40,000 tags, one in the other."""
    await connection.whole(b"<div>" * 40_000 + b"deep" + b"</div>" * 40_000, "Content-Type: text/html")


async def echo(connection: Connection, seen: Seen, options: Options) -> None:
    """The request's headers, as JSON."""
    await connection.whole(json.dumps(dict(seen.headers)).encode(), "Content-Type: application/json")


async def status(connection: Connection, seen: Seen, options: Options) -> None:
    """/status/429?retry-after=120: any status with any headers."""
    fields = [f"{name}: {value}" for name, value in options.items()]
    await connection.whole(b"<p>no</p>", *fields, status=f"{seen.path.split('/')[2]} Word")


async def challenge(connection: Connection, seen: Seen, options: Options) -> None:
    """A bot wall instead of the page, as Cloudflare serves it."""
    page = b"<html><title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/h/b'></script></html>"
    await connection.whole(page, "Server: cloudflare", status=f"{options.get('status', '403')} Word")


async def chunked(connection: Connection, seen: Seen, options: Options) -> None:
    """BODY in chunks of `step` bytes, with an extension and a trailer."""
    await connection.head("Transfer-Encoding: chunked")
    step = int(options.get("step", "7"))
    for start in range(0, len(BODY), step):
        part = BODY[start : start + step]
        await connection.send(b"%x;note=yes\r\n%b\r\n" % (len(part), part))
    await connection.send(b"0\r\nX-Trailer: yes\r\n\r\n")


async def raw(connection: Connection, seen: Seen, options: Options) -> None:
    """Exactly the bytes of `data` (hexadecimal)."""
    await connection.send(bytes.fromhex(options["data"]))


ROUTES: Mapping[str, Route] = {
    "/hang": hang,
    "/reset": reset,
    "/close": close,
    "/drip": drip,
    "/garbage": garbage,
    "/big": big,
    "/endless": endless,
    "/gzip-bomb": gzip_bomb,
    "/packed": packed,
    "/length": length,
    "/charset": charset,
    "/redirect": redirect,
    "/chain": chain,
    "/loop": loop,
    "/cookies": cookies,
    "/nested": nested,
    "/echo": echo,
    "/status": status,
    "/challenge": challenge,
    "/chunked": chunked,
    "/raw": raw,
}
