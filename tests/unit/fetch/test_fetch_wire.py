from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress

import h11
import pytest
from hypothesis import example, given, strategies as st

from watcher.fetch.failure import Trouble
from watcher.fetch.wire import MAX_FIELDS, MAX_HEAD, Head, ResponseReader, parse_head
from watcher.model import FetchReason

TOKEN = st.text("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-_", min_size=1, max_size=12).map("X-".__add__)
VALUE = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=30)


def receiver(data: bytes, step: int) -> Callable[[], Awaitable[bytes]]:
    pieces = iter([data[start : start + step] for start in range(0, len(data), step)])

    async def receive() -> bytes:
        return next(pieces, b"")

    return receive


async def read(data: bytes, step: int = 1000) -> tuple[Head, bytes, ResponseReader]:
    reader = ResponseReader(receiver(data, step))
    head = await reader.head()
    return head, b"".join([part async for part in reader.body()]), reader


def as_h11_writes(headers: list[tuple[str, str]], body: bytes, *, chunked: bool) -> bytes:
    server = h11.Connection(h11.SERVER)
    server.receive_data(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n")
    server.next_event()
    framing = ("Transfer-Encoding", "chunked") if chunked else ("Content-Length", str(len(body)))
    data = server.send(h11.Response(status_code=200, headers=[*headers, framing])) or b""
    if body:
        data += server.send(h11.Data(data=body)) or b""
    return data + (server.send(h11.EndOfMessage()) or b"")


@given(st.lists(st.tuples(TOKEN, VALUE), max_size=5), st.binary(max_size=500), st.booleans(), st.integers(1, 200))
async def test_reads_what_h11_writes_however_it_is_cut(
    headers: list[tuple[str, str]],
    body: bytes,
    chunked: bool,  # noqa: FBT001
    step: int,
) -> None:
    head, got, reader = await read(as_h11_writes(headers, body, chunked=chunked), step)
    assert (head.status, got, reader.reusable) == (200, body, True)
    assert head.fields[:-1] == tuple((name.lower().encode(), value.encode()) for name, value in headers)


@given(st.binary(max_size=400), st.integers(1, 50))
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-5\r\n", 3)
@example(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5 \r\nhel", 3)
@example(b"HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", 3)
@example(b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello", 3)
async def test_garbage_is_a_named_failure_or_a_body(data: bytes, step: int) -> None:
    for start in (b"", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"):
        with suppress(Trouble):
            await read(start + data, step)


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        (b'ETag: "a"', [(b"etag", b'"a"')]),
        (b'ETag:"a"\t ', [(b"etag", b'"a"')]),
        (b"ETag : x", [(b"etag", b"x")]),
        (b"X-Folded: one\r\n  two\r\n\tthree", [(b"x-folded", b"one two three")]),
        (b"no colon here", []),
        (b": no name", []),
        (b"X-Bare: a\rX-Injected: b", []),
        (b"X-Nul: a\0b", []),
        (b"X-Empty:", [(b"x-empty", b"")]),
        (b"X-Utf: \xc3\xa9", [(b"x-utf", b"\xc3\xa9")]),
        (b"A: 1\nB: 2", [(b"a", b"1"), (b"b", b"2")]),
    ],
)
def test_fields_as_sloppy_servers_write_them(fields: bytes, expected: list[tuple[bytes, bytes]]) -> None:
    assert list(parse_head(b"HTTP/1.1 200 OK\r\n" + fields).fields) == expected


@pytest.mark.parametrize(
    "line", [b"HTTP/1.1 200 OK", b"HTTP/1.1 200", b"HTTP/1.1 200 ", b"HTTP/1.0 200 OK", b"HTTP/1.1  200  Fine, thanks"]
)
def test_status_lines(line: bytes) -> None:
    assert parse_head(line).status == 200


@pytest.mark.parametrize(
    "line", [b"HTTP/2 200", b"HTTP/1.1 20", b"HTTP/1.1 2000", b"HTTP/1.1 abc", b"HTTP/1.1", b"ICY 200 OK"]
)
def test_what_is_no_status_line(line: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        parse_head(line)
    assert caught.value.reason is FetchReason.PROTOCOL


@pytest.mark.parametrize(
    ("data", "body", "reusable"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 200 OK\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\n\r\nhi", b"hi", False),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", b"hi", True),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi and more", b"hi", False),
        (b"HTTP/1.1 304 Not Modified\r\nContent-Length: 200\r\n\r\n", b"", True),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b"", True),
        (b"\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nhi", b"hi", True),
        (b"HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", b"hi", True),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 204 No\r\n\r\n", b"", True),
    ],
)
@pytest.mark.parametrize("step", [1, 7, 1000])
async def test_framing(data: bytes, body: bytes, step: int, *, reusable: bool) -> None:
    _, got, reader = await read(data, step)
    assert got == body
    if step == 1000 or not data.endswith(b"more"):
        assert reader.reusable is reusable


async def test_head_of_its_full_size_is_read() -> None:
    start = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nX: "
    head, _, _ = await read(start + b"x" * (MAX_HEAD - len(start)) + b"\r\n\r\n")
    assert head.status == 200
    with pytest.raises(Trouble, match="longer than 64 KB"):
        await read(start + b"x" * (MAX_HEAD - len(start) + 1) + b"\r\n\r\n")
    fields = b"X: y\r\n" * MAX_FIELDS
    with pytest.raises(Trouble, match="more than 256 headers"):
        await read(start + b"\r\n" + fields + b"\r\n")


async def test_body_comes_as_it_arrives() -> None:
    arrived: list[bytes] = []

    async def receive() -> bytes:
        arrived.append(b"")
        return b"HTTP/1.1 200 OK\r\n\r\n" if len(arrived) == 1 else b"part"

    reader = ResponseReader(receive)
    await reader.head()
    parts: AsyncIterator[bytes] = reader.body()
    assert [await anext(parts), await anext(parts)] == [b"part", b"part"]
    assert len(arrived) == 3
