"""Sampled hashes of what a text says, by which its copies are found among a million others.

Five words in a row are a shingle; a shingle whose checksum is small is kept, whatever text it stands in, so that two
copies keep the same ones. Words are folded, digits count. After Broder, "On the resemblance and containment of
documents" (1997).
"""

import zlib
from hashlib import blake2b
from typing import Final

from watcher.text.words import Words

SHINGLE: Final = 5
"""Words in a row."""
LONGEST: Final = 20_000
"""Words of a text that are looked at; what comes after them tells no copy from another."""
_EVERY: Final = 32  # of so many shingles one is kept
_LEAST: Final = 16  # of a short text the smallest are kept
_MOST: Final = 64  # of a long one no more than the smallest
_RANGE: Final = 2**32 // _EVERY

Shingle = tuple[str, str, str, str, str]


def words(text: str) -> list[str]:
    """The folded words of a text, as far as they are looked at."""
    return Words(text).tokens[:LONGEST]


def shingles(tokens: list[str]) -> list[Shingle]:
    """Every five words in a row, by the place of the first."""
    return list(zip(tokens, tokens[1:], tokens[2:], tokens[3:], tokens[4:], strict=False))


def signature(text: str) -> tuple[int, ...]:
    """The kept shingles of a text as signed 64-bit numbers, at most 64; empty for a text of fewer than five words.

    The same on every machine and in every process. Linear in the text.
    """
    tokens = words(text)
    data = " ".join(tokens).encode("utf-8", "replace")
    starts = _starts(tokens)
    sums: dict[int, tuple[int, int]] = {}
    for first in range(len(tokens) - SHINGLE + 1):
        start, end = starts[first], starts[first + SHINGLE] - 1
        sums.setdefault(zlib.crc32(data[start:end]), (start, end))
    ranked = sorted(sums)
    kept = [value for value in ranked[:_MOST] if value < _RANGE]
    kept = kept if len(kept) >= _LEAST else ranked[:_LEAST]
    return tuple(sorted(_number(data[slice(*sums[value])]) for value in kept))


def _starts(tokens: list[str]) -> list[int]:
    """Where each word begins in the UTF-8 of all of them, one space between; and one past the end."""
    starts, place = [], 0
    for token in tokens:
        starts.append(place)
        place += (len(token) if token.isascii() else len(token.encode("utf-8", "replace"))) + 1
    return [*starts, place]


def _number(shingle: bytes) -> int:
    return int.from_bytes(blake2b(shingle, digest_size=8).digest(), signed=True)
