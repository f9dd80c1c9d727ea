"""What robots.txt allows (RFC 9309), asked at most once a day for each origin.

Where the RFC leaves a choice: *unavailable* (4xx, more redirects than we follow, nothing readable) allows all.
*Unreachable* (5xx, 429, no connection) keeps to the copy we had; without one it forbids all, is asked again every
quarter of an hour, and counts as unavailable after half a day, for a publisher whose feed sends readers to its pages
does not mean for ever.
"""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import timedelta

import httpx
from protego import Protego

from watcher.model import Fetched, FetchFailed, FetchOutcome, FetchReason, Request
from watcher.ports import Clock, Fetcher

KEEP = timedelta(hours=24).total_seconds()
ASK_AGAIN = timedelta(minutes=15).total_seconds()
GIVE_UP = timedelta(hours=12).total_seconds()

MAX_READ = 512_000
"""Bytes that are read of a file (RFC 9309 §2.5: at least 500 KiB)."""

LARGE = 32_768
"""Bytes from which a file is parsed beside the event loop: half a MB takes up to 0.4 s."""

MAX_KNOWN = 5_000
MAX_KNOWN_BYTES = 4_000_000
"""How many origins are remembered, and how much text of theirs; the least recently used go first."""

UNAVAILABLE = frozenset(
    {
        FetchReason.REDIRECTS,
        FetchReason.TOO_LARGE,
        FetchReason.ENCODING,
        FetchReason.BAD_URL,
        FetchReason.BLOCKED,  # the page itself will be blocked as well, and say why
    }
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an origin; without `rules`, `allowed` holds for every page."""

    rules: Protego | None
    allowed: bool
    until: float
    size: int = 0
    failing_since: float | None = None


class RobotsTxt:
    """Implements `ports.Robots`. Asks through the fetcher, so by its turns and its guard."""

    def __init__(self, fetcher: Fetcher, user_agent: str, clock: Clock) -> None:
        self._fetcher = fetcher
        self._product = user_agent.split("/", maxsplit=1)[0].split(maxsplit=1)[0] if user_agent.split() else "*"
        self._clock = clock
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._bytes = 0
        self._asking: dict[str, asyncio.Lock] = {}

    async def allows(self, url: str) -> bool:
        """Whether our product token may fetch the page; True for what is no http(s) URL (the fetcher refuses it)."""
        try:
            parsed = httpx.URL(url)
        except (httpx.InvalidURL, ValueError):
            return True
        if parsed.scheme not in {"http", "https"} or not parsed.host:
            return True
        known = await self._of(f"{parsed.scheme}://{parsed.netloc.decode('ascii')}")
        return known.allowed if known.rules is None else bool(known.rules.can_fetch(url, self._product))

    async def _of(self, origin: str) -> _Known:
        known = self._fresh(origin)
        if known is not None:
            return known
        lock = self._asking.setdefault(origin, asyncio.Lock())
        async with lock:
            known = self._fresh(origin)  # asked by somebody else meanwhile?
            if known is None:
                outcome = await self._fetcher.get(Request(url=f"{origin}/robots.txt", accept="text/plain, */*;q=0.5"))
                before, now = self._known.get(origin), self._clock.monotonic()
                if isinstance(outcome, Fetched) and len(outcome.body) > LARGE:
                    known = await asyncio.to_thread(judge, outcome, before, now)
                else:
                    known = judge(outcome, before, now)
                self._remember(origin, known)
        if not lock.locked():
            self._asking.pop(origin, None)
        return known

    def _fresh(self, origin: str) -> _Known | None:
        known = self._known.get(origin)
        if known is None or known.until <= self._clock.monotonic():
            return None
        self._known.move_to_end(origin)
        return known

    def _remember(self, origin: str, known: _Known) -> None:
        before = self._known.pop(origin, None)
        self._bytes += known.size - (before.size if before else 0)
        self._known[origin] = known
        while len(self._known) > MAX_KNOWN or (self._bytes > MAX_KNOWN_BYTES and len(self._known) > 1):
            _, oldest = self._known.popitem(last=False)
            self._bytes -= oldest.size


def judge(outcome: FetchOutcome, before: _Known | None, now: float) -> _Known:
    """What an answer to a request for robots.txt means, given what was known before."""
    if isinstance(outcome, Fetched):
        body = outcome.body[:MAX_READ]
        rules = Protego.parse(body.decode("utf-8-sig", "replace"))
        return _Known(rules=rules, allowed=True, until=now + KEEP, size=len(body))
    if not isinstance(outcome, FetchFailed) or _unavailable(outcome):
        return _Known(rules=None, allowed=True, until=now + KEEP)
    since = now if before is None or before.failing_since is None else before.failing_since
    wait = max(ASK_AGAIN, outcome.retry_after.total_seconds() if outcome.retry_after else 0)
    until = now + min(wait, KEEP)
    if before is not None and before.allowed:
        return replace(before, until=until, failing_since=since)
    return _Known(rules=None, allowed=now - since >= GIVE_UP, until=until, failing_since=since)


def _unavailable(failure: FetchFailed) -> bool:
    status = failure.status or 0
    return failure.reason in UNAVAILABLE or (400 <= status < 500 and failure.reason is not FetchReason.RATE_LIMITED)  # noqa: PLR2004
