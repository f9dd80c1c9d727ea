"""What a feed's body says anew: items that stood in the last body, byte for byte, need not be parsed again.

Only for well-formed XML whose items stand side by side. What an item is read as depends on its own bytes and on what
stands around all items; so an item is known by a hash of both. Whatever could make the same bytes mean something else
(a prefix bound inside another item, a guid that another item carries too) makes the whole be parsed.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final
from xml.parsers import expat

from watcher.model import Entry

_READING: Final = b"1"
"""Changes whenever the same bytes come to be read differently: what was remembered before is then forgotten."""

_HASH: Final = 8  # bytes
_MOST: Final = 1_000
"""Items remembered of one feed."""

_ITEMS: Final = frozenset({"item", "entry"})
_DEEPEST: Final = 3  # rss, channel, item
_XMLNS: Final = re.compile(rb"xmlns[:=][^>\s]*")
_HARMLESS: Final = frozenset(
    {
        b'xmlns="http://www.w3.org/1999/xhtml"',
        b'xmlns:media="http://search.yahoo.com/mrss/"',
        b'xmlns:dc="http://purl.org/dc/elements/1.1/"',
        b'xmlns:content="http://purl.org/rss/1.0/modules/content/"',
        b'xmlns:georss="http://www.georss.org/georss"',
    }
)
"""Namespaces bound inside an item under the names that they always go by."""

_VOLATILE: Final = re.compile(
    rb"<((?:\w+:)?(?:lastBuildDate|pubDate|updated|modified|date))(?:\s[^<>]*)?>[^<]*</\1\s*>|<rdf:li\s[^<>]*>|<!--.*?-->",
    re.DOTALL,
)
"""What changes around the items with every body, and says nothing of them."""


@dataclass(frozen=True, slots=True)
class Cut:
    """A document taken apart: what stands around the items, and the items, each as it is written."""

    head: bytes
    items: tuple[bytes, ...]
    tail: bytes

    def marks(self, url: str) -> tuple[bytes, ...]:
        """A hash of each item in its surroundings."""
        around = _VOLATILE.sub(b"", self.head + b"\x00" + self.tail)
        surroundings = hashlib.blake2b(
            b"\x00".join((_READING, url.encode("utf-8", "replace"), b" ".join(around.split()))), digest_size=32
        ).digest()
        return tuple(hashlib.blake2b(item, digest_size=_HASH, key=surroundings).digest() for item in self.items)

    def only(self, numbers: Iterable[int]) -> bytes:
        """The document with these items alone."""
        return b"".join((self.head, *(self.items[number] for number in numbers), self.tail))


def cut(document: bytes) -> Cut | None:
    """A well-formed document cut at its items; None where that is not safe."""
    spans = _Spans(document).read()
    if not spans or len(spans) > _MOST:
        return None
    for (_, end), (start, _) in pairwise(spans):
        if document[end:start].strip():
            return None
    head, tail = document[: spans[0][0]], document[spans[-1][1] :]
    items = tuple(document[start:end] for start, end in spans)
    bound = {found for item in items if b"xmlns" in item for found in _XMLNS.findall(item)}
    return Cut(head, items, tail) if bound <= _HARMLESS else None


def remembered(marks: bytes) -> Mapping[bytes, bytes]:
    """The items of the last body, as `remember` wrote them."""
    width = 2 * _HASH
    return {marks[at : at + _HASH]: marks[at + _HASH : at + width] for at in range(0, len(marks) - width + 1, width)}


def remember(known: Iterable[tuple[bytes, bytes]]) -> bytes:
    """Mark and key of each item, for the next time."""
    return b"".join(mark + key for mark, key in known)


def key_hash(key: str) -> bytes:
    """Of an entry's key."""
    return hashlib.blake2b(key.encode("utf-8", "replace"), digest_size=_HASH).digest()


def lonely(entries: Sequence[Entry | None]) -> Iterator[tuple[int, bytes]]:
    """Of the entries whose key no other has: place, and hash of the key."""
    counts = Counter(entry.key for entry in dict.fromkeys(entries) if entry is not None)
    for place, entry in enumerate(entries):
        if entry is not None and counts[entry.key] == 1:
            yield place, key_hash(entry.key)


class _Spans:
    """Where each item begins and ends, by a strict parser that also sees to it that the whole is well-formed."""

    def __init__(self, document: bytes) -> None:
        self._document = document
        self._spans: list[tuple[int, int]] = []
        self._depth = 0
        self._opened = 0
        self._begin = 0
        self._parser = expat.ParserCreate("utf-8", " ")
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end

    def read(self) -> Sequence[tuple[int, int]]:
        """The spans; none where the document is not well-formed."""
        try:
            self._parser.Parse(self._document, True)  # noqa: FBT003 - expat's own signature
        except expat.ExpatError:
            return ()
        return () if any(end <= start for start, end in self._spans) else self._spans

    def _start(self, name: str, _: object) -> None:
        self._depth += 1
        if not self._opened and 1 < self._depth <= _DEEPEST and name.rpartition(" ")[2].lower() in _ITEMS:
            self._opened, self._begin = self._depth, self._parser.CurrentByteIndex

    def _end(self, _: str) -> None:
        if self._opened == self._depth:
            at = self._parser.CurrentByteIndex
            closed = self._document.startswith(b"</", at)  # an empty element ends where it began
            self._spans.append((self._begin, self._document.find(b">", at) + 1 if closed else self._begin))
            self._opened = 0
        self._depth -= 1
