from itertools import pairwise

from hypothesis import given, strategies as st

from watcher.topics.spans import Pair, disjoint, gap, meet, near, shortest, union

positions = st.integers(0, 30)
spans = st.tuples(positions, st.integers(0, 4)).map(lambda pair: (pair[0], pair[0] + pair[1]))
lists = st.lists(spans, max_size=25).map(lambda found: sorted(set(found)))


def inside(inner: Pair, outer: Pair) -> bool:
    return inner != outer and outer[0] <= inner[0] and inner[1] <= outer[1]


def hulls(left: list[Pair], right: list[Pair], distance: int, *, ordered: bool) -> set[Pair]:
    ahead = {(a, d) for a, b in left for c, d in right if 1 <= c - b <= distance}
    behind = {(c, b) for a, b in left for c, d in right if 1 <= a - d <= distance}
    return ahead if ordered else ahead | behind


@given(left=lists, right=lists, distance=st.integers(1, 6), ordered=st.booleans())
def test_near_finds_the_shortest_of_all_pairs(
    left: list[Pair], right: list[Pair], distance: int, *, ordered: bool
) -> None:
    every = hulls(left, right, distance, ordered=ordered)
    assert near(left, right, distance, ordered=ordered) == sorted(
        each for each in every if not any(inside(other, each) for other in every)
    )
    assert meet(left, right, distance, ordered=ordered) is bool(every)


@given(left=lists, right=lists, ordered=st.booleans())
def test_the_gap_is_the_least_distance_at_which_near_finds_something(
    left: list[Pair], right: list[Pair], *, ordered: bool
) -> None:
    least = next((n for n in range(1, 60) if meet(left, right, n, ordered=ordered)), None)
    assert gap(left, right, ordered=ordered) == least


@given(found=lists)
def test_shortest_spans_hold_no_other(found: list[Pair]) -> None:
    assert shortest(found) == [each for each in found if not any(inside(other, each) for other in found)]


@given(found=st.lists(spans, max_size=7))
def test_disjoint_are_as_many_as_can_be(found: list[Pair]) -> None:
    kept = disjoint(found)
    assert all(first[1] < second[0] for first, second in pairwise(kept))
    most = 0
    for chosen in range(1 << len(found)):
        some = sorted(each for number, each in enumerate(found) if chosen >> number & 1)
        if all(first[1] < second[0] for first, second in pairwise(some)):
            most = max(most, len(some))
    assert len(kept) == most


@given(first=lists, second=lists)
def test_a_union_has_each_once_in_order(first: list[Pair], second: list[Pair]) -> None:
    assert union([first, second]) == sorted({*first, *second})
