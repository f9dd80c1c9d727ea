"""A clock for tests."""

from datetime import datetime, timedelta


class HandClock:
    """Time that passes when told to."""

    def __init__(self, now: datetime) -> None:
        self.time = now

    def now(self) -> datetime:
        return self.time

    def monotonic(self) -> float:
        return self.time.timestamp()

    def pass_(self, span: timedelta) -> None:
        self.time += span
