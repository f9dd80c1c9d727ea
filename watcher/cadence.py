"""When a channel takes what was written for it: quiet hours and a rate, as pure decisions, each in words."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from watcher.cron import instant
from watcher.settings import Channel, Quiet

HOUR = timedelta(hours=1)
_DAY = timedelta(days=1)


def quiet_until(quiet: Quiet | None, now: datetime) -> datetime | None:
    """When the quiet hours end in which `now` lies; None where it lies in none.

    Each day's hours run from instant to instant, so they end once where a clock change doubles their end, and right
    after the gap where it skips it.
    """
    if quiet is None:
        return None
    today = now.astimezone(quiet.timezone).date()
    for day in (today - _DAY, today, today + _DAY):
        start, end = _hours(quiet, day)
        if start <= now < end:
            return end
    return None


def _hours(quiet: Quiet, day: date) -> tuple[datetime, datetime]:
    """The instants between which the quiet hours lie that begin on a local day."""
    until = day if quiet.start < quiet.end else day + _DAY
    return (
        instant(datetime.combine(day, quiet.start, quiet.timezone)),
        instant(datetime.combine(until, quiet.end, quiet.timezone)),
    )


def full_until(limit: int | None, released: Sequence[datetime], now: datetime) -> datetime | None:
    """When a channel takes one more that takes `limit` an hour; None where it does now.

    `released` are the times of its latest deliveries, newest first; those further back than an hour count no more.
    """
    if limit is None:
        return None
    counted = [moment for moment in released if now - HOUR < moment <= now]
    return counted[limit - 1] + HOUR if len(counted) >= limit else None


def in_words(channel: Channel, *, quiet: datetime | None, full: datetime | None) -> str:
    """Why something waits for a channel, for people; empty where nothing stops it."""
    zone = channel.quiet.timezone if channel.quiet else None
    parts = []
    if quiet is not None:
        parts.append(f"quiet until {quiet.astimezone(zone):%d %b %H:%M} {zone}")
    if full is not None:
        parts.append(f"max_per_hour: {channel.max_per_hour} went out in the last hour")
    return "; ".join(parts)
