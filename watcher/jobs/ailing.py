"""A channel that has been failing for an hour is told of through the others: an alert under the topic `sources`."""

import json
from datetime import datetime, timedelta

from watcher.jobs.context import Context, Live
from watcher.model import Attempt, AttemptOutcome, NewAlert
from watcher.settings import SOURCES

AFTER = timedelta(hours=1)


async def note(context: Context, channel: str, attempt: Attempt, now: datetime) -> None:
    """Keep since when a channel fails; tell of it once after an hour (at once where it answers 410), and of its end.

    The alert is recorded before the note that it was: after a crash between the two it is told again, never lost.
    """
    key = _key(channel)
    kept = await context.store.recall(key)
    known = json.loads(kept) if kept else {}
    if attempt.outcome is AttemptOutcome.SENT:
        if known.get("told"):
            await _tell(context, channel, f"channel {channel} takes digests again", now)
        if known:
            await context.store.remember(key, "")
        return
    since = datetime.fromisoformat(known["since"]) if known else now
    since = min(since, now)  # the clock may have been set back
    held = attempt.outcome is AttemptOutcome.HELD
    tell = not known.get("told") and (held or now - since >= AFTER)
    if tell:
        state = "holds its digests back" if held else f"has been failing since {since:%d %b %H:%M} UTC"
        await _tell(context, channel, f"channel {channel} {state}: {attempt.answer or attempt.reason}", now)
    if tell or not known:
        await context.store.remember(key, json.dumps({"since": since.isoformat(), "told": tell}))


async def is_failing(context: Context, channel: str) -> bool:
    """Whether a channel has been failing for so long that it was told of."""
    kept = await context.store.recall(_key(channel))
    return bool(kept and json.loads(kept).get("told"))


def _key(channel: str) -> str:
    return f"failing:{channel}"


async def _tell(context: Context, channel: str, text: str, now: datetime) -> None:
    series = _others(context.live, channel)
    await context.store.record_alerts(
        [NewAlert(topic=SOURCES, reason="channel:failing", text=text, series=series)], now
    )


def _others(live: Live, channel: str) -> tuple[str, ...]:
    """The series of source alerts that go to other channels too."""
    return tuple(name for name in live.takers.get(SOURCES, ()) if set(live.policies[name].to) - {channel})
