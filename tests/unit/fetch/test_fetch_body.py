import gzip
import zlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import suppress

import pytest
from hypothesis import given, strategies as st

from tests.helpers.hostile import packed_zeros
from watcher.fetch.body import MAX_MEMBERS, peek, read_body
from watcher.fetch.failure import Trouble
from watcher.model import FetchReason


async def in_parts(data: bytes, step: int) -> AsyncIterator[bytes]:
    for start in range(0, len(data), step):
        yield data[start : start + step]


def raw_deflate(data: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15)
    return packer.compress(data) + packer.flush()


PACK: Mapping[str, Callable[[bytes], bytes]] = {
    "identity": lambda data: data,
    "gzip": gzip.compress,
    "x-gzip": lambda data: gzip.compress(data[:3]) + gzip.compress(data[3:]) + bytes(9),
    "deflate": zlib.compress,
}


@given(st.binary(max_size=3000), st.integers(1, 700), st.sampled_from(sorted(PACK)))
async def test_any_split_decodes_to_the_same(data: bytes, step: int, coding: str) -> None:
    assert await read_body(in_parts(PACK[coding](data), step), [coding], 3000) == data


@given(st.binary(max_size=300), st.integers(1, 70))
async def test_raw_deflate_is_told_from_zlib(data: bytes, step: int) -> None:
    assert await read_body(in_parts(raw_deflate(data), step), ["deflate"], 300) == data


@given(st.binary(min_size=1, max_size=2000), st.sampled_from(["gzip", "deflate"]), st.integers(1, 500))
async def test_garbage_is_a_named_failure(data: bytes, coding: str, step: int) -> None:
    with suppress(Trouble):
        await read_body(in_parts(data, step), [coding], 10_000)


@pytest.mark.parametrize("coding", ["identity", "gzip", "deflate"])
@pytest.mark.parametrize(("extra", "fits"), [(0, True), (1, False)])
async def test_bound_is_exact(coding: str, extra: int, *, fits: bool) -> None:
    body = in_parts(PACK[coding](bytes(5000 + extra)), 1000)
    if fits:
        assert len(await read_body(body, [coding], 5000)) == 5000
    else:
        with pytest.raises(Trouble, match=r"larger than 0\.005 MB") as caught:
            await read_body(body, [coding], 5000)
        assert caught.value.reason is FetchReason.TOO_LARGE


async def test_bomb_is_cut_at_its_first_piece() -> None:
    taken = 0

    async def parts() -> AsyncIterator[bytes]:
        nonlocal taken
        async for part in in_parts(packed_zeros(20), 2048):
            taken += 1
            yield part

    with pytest.raises(Trouble):
        await read_body(parts(), ["gzip"], 1_000_000)
    assert taken == 1


@pytest.mark.parametrize(
    "codings", [["br"], ["zstd"], ["gzip", "gzip"], ["gzip", "deflate"], ["identity", "gzip", "gzip"], ["utf-8"]]
)
async def test_what_was_not_offered_is_refused(codings: list[str]) -> None:
    with pytest.raises(Trouble) as caught:
        await read_body(in_parts(b"x", 1), codings, 10)
    assert caught.value.reason is FetchReason.ENCODING


async def test_endless_empty_members_are_refused() -> None:
    with pytest.raises(Trouble) as caught:
        await read_body(in_parts(gzip.compress(b"") * (MAX_MEMBERS + 1), 4096), ["gzip"], 10_000_000)
    assert caught.value.reason is FetchReason.ENCODING


@pytest.mark.parametrize("data", [gzip.compress(b"hello")[:-1], gzip.compress(b"hello")[:5], b"\x1f"])
async def test_cut_body_is_not_taken_for_whole(data: bytes) -> None:
    with pytest.raises(Trouble) as caught:
        await read_body(in_parts(data, 3), ["gzip"], 100)
    assert caught.value.reason is FetchReason.PROTOCOL


@pytest.mark.parametrize(
    ("data", "coding", "seen"),
    [
        (b"x" * 100, "identity", b"x" * 10),
        (gzip.compress(b"y" * 100), "gzip", b"y" * 10),
        (b"not packed", "gzip", b""),
        (b"never asked for", "br", b""),
    ],
)
async def test_peek_never_raises(data: bytes, coding: str, seen: bytes) -> None:
    page = bytearray()
    await peek(in_parts(data, 7), [coding], 10, page)
    assert page == seen
