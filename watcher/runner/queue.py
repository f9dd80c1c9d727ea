"""What waits for a lane: first come, first served within a group, and groups take turns.

Of one group only so many are under way at once, so that five hundred feeds of one slow host keep nobody else waiting.
"""

from collections import Counter, deque
from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from urllib.parse import urlsplit

GroupOf = Callable[[Hashable], Hashable]


class FairQueue:
    """Jobs that wait. `most` says how many of one group may be taken and not yet given back; of group None all may."""

    def __init__(self, group_of: GroupOf, most: Callable[[], int]) -> None:
        self._group_of = group_of
        self._most = most
        self._waiting: dict[Hashable, deque[Hashable]] = {}
        self._ready: deque[Hashable] = deque()  # groups that have somebody waiting, and room
        self._lined_up: set[Hashable] = set()  # the same, to keep each there once
        self._taken: dict[Hashable, Hashable] = {}  # job to group
        self._under_way: Counter[Hashable] = Counter()

    def __iter__(self) -> Iterator[Hashable]:
        """All that wait."""
        for jobs in self._waiting.values():
            yield from jobs

    def __len__(self) -> int:
        """How many groups have a job that can be taken now; 0 means that there is none."""
        return len(self._ready)

    def add(self, job: Hashable) -> None:
        """Let a job wait for its turn."""
        group = self._group_of(job)
        waiting = self._waiting.get(group)
        if waiting is None:
            waiting = self._waiting[group] = deque()
        waiting.append(job)
        self._line_up(group)

    def take(self) -> Hashable:
        """The next job; IndexError where none can be taken now."""
        group = self._ready.popleft()
        self._lined_up.discard(group)
        waiting = self._waiting[group]
        job = waiting.popleft()
        if not waiting:
            del self._waiting[group]
        self._taken[job] = group
        self._under_way[group] += 1
        self._line_up(group)
        return job

    def give_back(self, job: Hashable) -> None:
        """A job that was taken is done: its group may take another."""
        group = self._taken.pop(job)
        self._under_way[group] -= 1
        if not self._under_way[group]:
            del self._under_way[group]
        self._line_up(group)

    def clear(self) -> None:
        """Let nobody wait any more."""
        self._waiting.clear()
        self._ready.clear()
        self._lined_up.clear()

    def _line_up(self, group: Hashable) -> None:
        room = group is None or self._under_way[group] < self._most()
        if room and group in self._waiting and group not in self._lined_up:
            self._lined_up.add(group)
            self._ready.append(group)


class Hosts:
    """Which server a job will wait for: a feed's own; for an entry the one that its feed is on, as far as is known."""

    def __init__(self) -> None:
        self._of_feed: Mapping[Hashable, str] = {}
        self._of_entry: dict[Hashable, str] = {}

    def know(self, feeds: Mapping[str, Hashable]) -> None:
        """The feeds of the config, by URL."""
        self._of_feed = {number: host for url, number in feeds.items() if (host := urlsplit(url).hostname)}

    def brought(self, feed: Hashable, entries: Iterable[Hashable]) -> None:
        """A feed brought entries, which will be read once each."""
        if host := self._of_feed.get(feed):
            self._of_entry.update(dict.fromkeys(entries, host))

    def of_feed(self, feed: Hashable) -> Hashable:
        """The host of a feed; None where it is not known."""
        return self._of_feed.get(feed)

    def of_entry(self, entry: Hashable) -> Hashable:
        """The host that an entry is probably read from; None where it is not known. Asked once."""
        return self._of_entry.pop(entry, None)
