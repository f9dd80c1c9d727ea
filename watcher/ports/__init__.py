"""The ports: what the jobs need of the world, as protocols small enough that a fake is one class."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import ParamSpec, Protocol, TypeVar

from watcher.model import (
    Attempt,
    Digest,
    FetchOutcome,
    Outgoing,
    Request,
)
from watcher.ports.store import AlertStore, ArticleStore, FeedStore, RateStore, Store

__all__ = [
    "AlertStore",
    "ArticleStore",
    "Channel",
    "Clock",
    "FeedStore",
    "Fetcher",
    "RateStore",
    "Robots",
    "Store",
    "Workers",
]

P = ParamSpec("P")
T = TypeVar("T")


class Clock(Protocol):
    """Time as an argument."""

    def now(self) -> datetime:
        """The present, aware UTC."""
        ...

    def monotonic(self) -> float:
        """Seconds that never run backwards."""
        ...


class Fetcher(Protocol):
    """Asks servers politely; never raises for what a server or the network does."""

    async def get(self, request: Request) -> FetchOutcome:
        """One GET: redirects followed, body bounded and decoded, the whole of it within the time-out."""
        ...

    async def aclose(self) -> None:
        """Close what is open."""
        ...


class Robots(Protocol):
    """What robots.txt allows."""

    async def allows(self, url: str) -> bool:
        """Whether our user agent may fetch the page (RFC 9309; unreachable robots.txt is decided there)."""
        ...


class Workers(Protocol):
    """Worker processes with time and memory limits."""

    async def run(self, work: Callable[P, T], limit: timedelta, /, *args: P.args, **kwargs: P.kwargs) -> T:
        """Run a picklable, importable function in a worker within `limit`; WorkFailed where it did not finish."""
        ...

    async def aclose(self) -> None:
        """Stop the workers."""
        ...


class Channel(Protocol):
    """Where digests go."""

    def render(self, digest: Digest, delivery_id: str) -> bytes:
        """Pure: the bytes that every attempt will send."""
        ...

    def recipients(self) -> Sequence[str]:
        """The mail addresses a new delivery is for; empty for channels without."""
        ...

    async def send(self, outgoing: Outgoing) -> Attempt:
        """One attempt; never raises for what the receiver does."""
        ...

    async def probe(self) -> Attempt:
        """Try connection and login without sending anything (`check --online`)."""
        ...
