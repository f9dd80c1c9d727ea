"""Groups take turns, none holds more than its share, and what waits is never forgotten."""

from collections import Counter
from collections.abc import Hashable
from random import Random

import pytest
from hypothesis import given, strategies as st

from watcher.runner.queue import FairQueue, Hosts


def host(job: Hashable) -> Hashable:
    return str(job)[0] if str(job)[0] != "-" else None


def queue_of(*jobs: str, most: int = 2) -> FairQueue:
    queue = FairQueue(host, lambda: most)
    for job in jobs:
        queue.add(job)
    return queue


def test_hosts_take_turns_and_none_takes_more_than_its_share() -> None:
    queue = queue_of("a1", "a2", "a3", "a4", "b1", "b2", "b3")
    assert [queue.take() for _ in range(len("abab"))] == ["a1", "b1", "a2", "b2"]
    assert not queue
    with pytest.raises(IndexError):
        queue.take()
    queue.give_back("b1")
    assert queue.take() == "b3"
    assert sorted(map(str, queue)) == ["a3", "a4"]


def test_what_belongs_to_no_host_is_not_held_back() -> None:
    queue = queue_of("-1", "-2", "-3", most=1)
    assert [queue.take() for _ in range(3)] == ["-1", "-2", "-3"]


def test_a_share_that_grows_is_used_as_soon_as_something_is_done() -> None:
    share = [1]
    queue = FairQueue(host, lambda: share[0])
    for job in ("a1", "a2", "a3", "a4"):
        queue.add(job)
    assert queue.take() == "a1"
    assert not queue
    share[0] = 3
    queue.give_back("a1")
    assert [queue.take() for _ in range(3)] == ["a2", "a3", "a4"]


@given(st.lists(st.sampled_from("abc-"), max_size=60), st.integers(1, 4), st.randoms(use_true_random=False))
def test_all_are_taken_once_in_their_hosts_order(names: list[str], most: int, dice: Random) -> None:
    queue = queue_of(*(f"{name}{number}" for number, name in enumerate(names)), most=most)
    under_way: list[Hashable] = []
    taken: list[str] = []
    while queue or under_way:
        if queue and (not under_way or dice.random() < 0.6):
            under_way.append(job := queue.take())
            taken.append(str(job))
            busy = Counter(host(each) for each in under_way)
            assert all(count <= most for group, count in busy.items() if group is not None)
        else:
            queue.give_back(under_way.pop(dice.randrange(len(under_way))))
    for name in set(names):
        mine = [job for job in taken if job[0] == name]
        assert mine == [f"{each}{number}" for number, each in enumerate(names) if each == name]


def test_a_cleared_queue_holds_nobody_and_takes_again() -> None:
    queue = queue_of("a1", "a2", "a3", most=1)
    first = queue.take()
    queue.clear()
    queue.give_back(first)
    assert not queue
    queue.add("a9")
    assert queue.take() == "a9"


def test_entries_wait_for_the_host_of_their_feed() -> None:
    hosts = Hosts()
    hosts.know({"https://a.example/1": 1, "https://a.example/2": 2, "https://b.example/": 3})
    assert (hosts.of_feed(1), hosts.of_feed(2), hosts.of_feed(9)) == ("a.example", "a.example", None)
    hosts.brought(3, (70, 71))
    hosts.brought(9, (80,))
    assert [hosts.of_entry(entry) for entry in (70, 71, 80)] == ["b.example", "b.example", None]
