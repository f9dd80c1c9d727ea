"""What is wrong with topics and lists, each with the place of the query it stands in."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from watcher.errors import QueryError, QueryFault

Where = tuple[str | int, ...]
"""A key path such as `("topics", "bad", "query")`, `("terms", "mosul", 2)`, `("topics", "x", "query", "any", 0)`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TopicFault:
    """One fault or warning and where its query stands in the config."""

    where: Where
    fault: QueryFault

    def __str__(self) -> str:
        place = ".".join(str(part) for part in self.where)
        column = f"column {self.fault.column}: " if self.fault.query else ""
        return f"{place}: {column}{self.fault.message}" + (f" ({self.fault.cure})" if self.fault.cure else "")


class TopicsError(QueryError):
    """Topics or lists that cannot be meant; `topic_faults` says where each fault stands."""

    def __init__(self, topic_faults: Sequence[TopicFault]) -> None:
        self.topic_faults = tuple(topic_faults)
        super().__init__([each.fault for each in topic_faults])
        self.args = ("\n".join(str(each) for each in topic_faults),)


@dataclass(slots=True)
class Notes:
    """Collects the faults of one query while it is read."""

    query: str
    found: list[QueryFault] = field(default_factory=list)

    def fault(self, start: int, end: int, message: str, cure: str = "") -> None:
        """Note a fault at these characters of the query."""
        self._add(start, end, message, cure, warning=False)

    def warn(self, start: int, end: int, message: str, cure: str = "") -> None:
        """Note a warning at these characters of the query."""
        self._add(start, end, message, cure, warning=True)

    def _add(self, start: int, end: int, message: str, cure: str, *, warning: bool) -> None:
        fault = QueryFault(message=message, query=self.query, start=start, end=end, cure=cure, warning=warning)
        self.found.append(fault)

    @property
    def broken(self) -> bool:
        """Whether any of it is more than a warning."""
        return any(not fault.warning for fault in self.found)
