"""The error tree: what a caller cannot treat as an ordinary outcome.

WatcherError
├── ConfigError        the config is wrong; carries every Fault with its place
├── QueryError         a query is wrong; carries its QueryFaults (config turns them into Faults)
├── StoreError         the store cannot be used
│   ├── StoreForeign   a file or database that is not ours: refused and left alone
│   ├── StoreBusy      another daemon holds it
│   └── StoreCorrupt   its integrity check failed
└── WorkFailed         a worker process was stopped (time, memory, crash); the work is not done
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class WatcherError(Exception):
    """The root of our errors; its text is one line for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing wrong in the config: where (1-based line and column, key path), what, and the cure.

    `hint` is one line; where two more follow, they are the place in the file with a caret under it.
    """

    message: str
    file: str | None = None
    line: int | None = None
    column: int | None = None
    path: str = ""
    hint: str = ""
    warning: bool = False

    def __str__(self) -> str:
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part is not None)
        text = ": ".join(part for part in (place, self.path, self.message) if part)
        cure, _, sketch = self.hint.partition("\n")
        line = f"{text} ({cure})" if cure else text
        return f"{line}\n{sketch}" if sketch else line


class ConfigError(WatcherError):
    """The config cannot be used."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(str(fault) for fault in self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class QueryFault:
    """One thing wrong in a query: `start` and `end` are 0-based characters in `query`; `cure` says what to write."""

    message: str
    query: str
    start: int
    end: int
    cure: str = ""
    warning: bool = False

    @property
    def column(self) -> int:
        """1-based, as people count."""
        return self.start + 1

    def caret(self) -> str:
        """The query with a caret under the place, two lines."""
        return f"{self.query}\n{' ' * self.start}{'^' * max(1, self.end - self.start)}"


class QueryError(WatcherError):
    """A query that cannot be meant."""

    def __init__(self, faults: Sequence[QueryFault]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(f"column {fault.column}: {fault.message}" for fault in self.faults))


class StoreError(WatcherError):
    """The store cannot be used."""


class StoreForeign(StoreError):  # noqa: N818 - named for what it is, as the tree above reads
    """The file or database is not ours."""


class StoreBusy(StoreError):  # noqa: N818
    """Another daemon holds the store."""


class StoreCorrupt(StoreError):  # noqa: N818
    """The integrity check failed."""


class WorkReason(StrEnum):
    """Why a worker did not finish."""

    TIMEOUT = "timeout"
    MEMORY = "memory"
    CRASHED = "crashed"
    RAISED = "raised"


class WorkFailed(WatcherError):  # noqa: N818
    """A worker process was stopped or died; the work is not done, the pool goes on."""

    def __init__(self, reason: WorkReason, detail: str = "") -> None:
        self.reason = reason
        self.detail = detail
        super().__init__(f"{reason}: {detail}" if detail else str(reason))
