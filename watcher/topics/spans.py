"""Arithmetic of positions: what stands near what, the shortest spans of it, how often something is mentioned.

All of it takes time n log n in the number of positions. Shortest spans are those that hold no other: minimal intervals
as in C. Clarke, G. Cormack, F. Burkowski, "An Algebra for Structured Text Search" (1995).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

Pair = tuple[int, int]

FARTHEST: Final = 1 << 62
_FEW: Final = 40  # pairs


def near(left: Sequence[Pair], right: Sequence[Pair], distance: int, *, ordered: bool) -> list[Pair]:
    """The shortest spans from one of `left` to one of `right`, at most `distance` apart between their nearest ends.

    The two never share a position. `ordered`: the left one stands first.
    """
    found = list(_follow(left, right, distance))
    if not ordered:
        found += _follow(right, left, distance)
    return shortest(found) if len(found) > 1 else found


def meet(left: Sequence[Pair], right: Sequence[Pair], distance: int, *, ordered: bool) -> bool:
    """Whether `near` finds anything."""
    if len(left) * len(right) <= _FEW:  # sooner compared than sorted
        for start, end in left:
            for other_start, other_end in right:
                if 0 < other_start - end <= distance or (not ordered and 0 < start - other_end <= distance):
                    return True
        return False
    if next(_follow(left, right, distance), None):
        return True
    return not ordered and next(_follow(right, left, distance), None) is not None


def _follow(first: Sequence[Pair], second: Sequence[Pair], distance: int) -> Iterator[Pair]:
    """For each of `second` the shortest span from one of `first` that ends 1 to `distance` positions before it."""
    if len(first) * len(second) <= _FEW:
        yield from [(a, d) for a, b in first for c, d in second if 0 < c - b <= distance]
        return
    ends = sorted([(end, start) for start, end in first])
    ends.append((FARTHEST, 0))
    window: deque[tuple[int, int]] = deque()  # (end, start) with ends rising and starts falling: the best is in front
    taken = 0
    for start, end in second:  # in order of start
        while ends[taken][0] < start:
            each = ends[taken]
            while window and window[-1][1] <= each[1]:
                window.pop()
            window.append(each)
            taken += 1
        nearest = start - distance
        while window and window[0][0] < nearest:
            window.popleft()
        if window:
            yield window[0][1], end


def shortest(spans: Iterable[Pair]) -> list[Pair]:
    """Those that hold no other, in order."""
    kept: list[Pair] = []
    last = -1
    for span in sorted(spans):
        if span[0] != last:  # of those that begin alike the first is the shortest
            last, end = span
            while kept and kept[-1][1] >= end:
                kept.pop()
            kept.append(span)
    return kept


def union(lists: Iterable[Iterable[Pair]]) -> list[Pair]:
    """All of them in order, each once."""
    return sorted(set().union(*lists))


def disjoint(spans: Iterable[Pair]) -> list[Pair]:
    """As many as stand side by side without overlapping (each from first to last position, both included)."""
    kept: list[Pair] = []
    for start, end in sorted(spans, key=lambda span: (span[1], span[0])):
        if not kept or start > kept[-1][1]:
            kept.append((start, end))
    return kept


def gap(left: Sequence[Pair], right: Sequence[Pair], *, ordered: bool) -> int | None:
    """How far apart the nearest two are that share no position; None where there are no such two."""
    ahead = _nearest(left, right)
    behind = None if ordered else _nearest(right, left)
    return min((each for each in (ahead, behind) if each is not None), default=None)


def _nearest(first: Sequence[Pair], second: Sequence[Pair]) -> int | None:
    ends = sorted(end for _, end in first)
    best: int | None = None
    taken = 0
    for start, _ in sorted(second):
        while taken < len(ends) and ends[taken] < start:
            taken += 1
        if taken and (best is None or start - ends[taken - 1] < best):
            best = start - ends[taken - 1]
    return best
