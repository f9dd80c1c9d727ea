"""When to come back: after a poll, after a page that failed, after a delivery that failed.

`after` makes a feed's next state from its last one and what the poll came to. It never comes sooner than the server
asks (Retry-After, RFC 9110 section 10.2.3; max-age and Expires, RFC 9111 section 4.2) nor than the feed asks (`ttl`,
`skipHours`, `skipDays`, `sy:update*`), and never gives a feed up, save one that is gone (410).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final, assert_never

from watcher.model import (
    FeedState,
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    Gone,
    NotModified,
    PublisherHints,
    Validators,
)
from watcher.schedule.memory import Memory
from watcher.schedule.observe import Body, observed
from watcher.schedule.rhythm import Rhythm
from watcher.settings import Retry

MOVED_HOLDS: Final = 3
"""A permanent redirect is believed after it held so many times in a row."""

DAY: Final = timedelta(days=1)
"""The longest that a server's wish or a backoff keeps us away."""

PAGE_PATIENCE: Final = DAY
"""A page that fails for the moment is tried again for so long."""

_HOUR: Final = timedelta(hours=1)
_JITTER: Final = 0.2  # of an interval, over its whole width
_PAGE_FIRST: Final = timedelta(minutes=1)
_PAGE_MAX: Final = timedelta(hours=4)
_MOST_DOUBLINGS: Final = 40
_LONGEST_TRUST: Final = 3  # doublings of a day between unconditional requests to a server that never lied

REFERENCE: Final = 0.5
"""Arrivals an hour of a feed that is asked once an interval: busier ones are asked more often, others less."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """How often a feed is to be asked, by the config; `fixed`: at `interval`, whatever its rhythm."""

    interval: timedelta
    min_interval: timedelta
    max_interval: timedelta
    fixed: bool = False


def after(  # noqa: PLR0913 - a poll is all of these
    state: FeedState,
    outcome: FetchOutcome,
    now: datetime,
    *,
    noise: float,
    policy: Policy,
    hints: PublisherHints | None,
    brought: int,
    body_hash: str | None,
    body: Body | None = None,
    textless: str = "",
) -> FeedState:
    """The feed's state after a poll.

    Args:
        state: before the poll.
        outcome: what it came to; a body that is no feed comes as `FetchFailed(NOT_A_FEED)`.
        now: the end of the poll.
        noise: in [0, 1), another for each poll: keeps feeds from moving in step.
        policy: how often, by the config.
        hints: what the feed's body asks; None where none was read, and the last ones hold.
        brought: new entries.
        body_hash: of the body that came; None where none did.
        body: what it shows of the feed; None where none was read.
        textless: in words, that its pages give no text any more.
    """
    polled = replace(state, last_poll=now, polls=state.polls + 1)
    memory = replace(Memory.read(state.memory), textless=textless)
    memory = observed(memory, body, now) if body is not None else memory
    match outcome:
        case Fetched():
            told = _remembered(memory, state, outcome, now, hints, body_hash)
            done = replace(
                _well(polled, outcome.moved_to, now, replace(told, fresh=_fresh(outcome.headers, now)), policy, noise),
                validators=outcome.validators,
                body_hash=body_hash or state.body_hash,
            )
            return _counted(done, brought, now)
        case NotModified():
            fresh = _fresh(outcome.headers, now) if _says_fresh(outcome.headers) else memory.fresh
            known = replace(memory, throttled=0, fresh=fresh)
            well = _well(polled, outcome.moved_to, now, known, policy, noise)
            return _counted(replace(well, unchanged=state.unchanged + 1), brought, now)
        case Gone() if state.moved_times >= MOVED_HOLDS and outcome.url == state.moved_to:
            why = "the address it moved to is gone (410); the old one is asked again"
            gone = FetchFailed(reason=FetchReason.STATUS, detail=why, status=410)
            return _failed(replace(polled, moved_times=0), gone, now, memory, policy, noise)
        case Gone():
            since = state.failing_since or now
            polled = replace(polled, gone=True, failing_since=since, not_before=None, next_check=now + DAY)
            return replace(polled, error=None, error_detail="gone (410)")
        case FetchFailed():
            return _failed(polled, outcome, now, memory, policy, noise)
        case _:
            assert_never(outcome)


def _counted(state: FeedState, brought: int, now: datetime) -> FeedState:
    """With the entries that the poll brought."""
    return replace(state, last_new=now if brought else state.last_new, entries=state.entries + brought)


def validators(state: FeedState, now: datetime) -> Validators:
    """What to send along with the next request.

    Those of the last body, verbatim; none where nothing but 304 came for a day (longer for a server that was always
    found honest): some servers keep a validator although the body has changed.
    """
    memory = Memory.read(state.memory)
    patience = DAY * 2 ** (0 if memory.lies else min(memory.honest, _LONGEST_TRUST))
    return Validators() if memory.full is not None and now - memory.full >= patience else state.validators


def retry_page(first_try: datetime, attempts: int, now: datetime, noise: float) -> datetime | None:
    """When to ask again for an article's page that failed for the moment `attempts` times; None after 24 hours."""
    last = first_try + PAGE_PATIENCE
    if now >= last:
        return None
    wait = _jittered(min(_doubled(_PAGE_FIRST, attempts - 1), _PAGE_MAX), noise)
    return min(now + wait, last)


def retry_delivery(
    retry: Retry, created: datetime, attempts: int, now: datetime, noise: float, retry_after: timedelta | None
) -> datetime | None:
    """When to try a delivery again that failed `attempts` times; None to give up.

    Doubling from `retry.first` up to `retry.max`, never before the receiver's Retry-After (capped at a day), the last
    time when `retry.give_up` has passed since it was written.
    """
    last = created + retry.give_up
    asked = min(max(retry_after or timedelta(), timedelta()), DAY)
    if now >= last or now + asked > last:
        return None
    wait = max(_jittered(min(_doubled(retry.first, attempts - 1), retry.max), noise), asked)
    return min(now + wait, last)


def _well(
    polled: FeedState,
    moved_to: str | None,
    now: datetime,
    memory: Memory,
    policy: Policy,
    noise: float,
) -> FeedState:
    target, times = _moved(polled, moved_to)
    wait = _interval(policy, memory.rhythm, now, noise, spread=polled.last_success is None)
    asked = max(memory.fresh, min(_asked(memory.hints), max(policy.max_interval, policy.interval)))
    wait = max(wait, asked * (1 + _JITTER / 2 * noise))
    return replace(
        polled,
        next_check=_allowed(now + wait, memory.hints, noise),
        moved_to=target,
        moved_times=times,
        last_success=now,
        failures=0,
        failing_since=None,
        error=None,
        error_detail="",
        not_before=None,
        gone=False,
        memory=memory.write(),
    )


def _failed(
    polled: FeedState, outcome: FetchFailed, now: datetime, memory: Memory, policy: Policy, noise: float
) -> FeedState:
    throttled = outcome.reason is FetchReason.RATE_LIMITED
    memory = replace(memory, throttled=memory.throttled + 1 if throttled else 0)
    failures = polled.failures if throttled else polled.failures + 1
    wait = _backoff(policy.interval, memory.throttled or failures, soft=outcome.reason.temporary and not throttled)
    not_before = polled.not_before if polled.not_before and polled.not_before > now else None
    if outcome.retry_after is not None and outcome.retry_after > timedelta():
        not_before = now + min(outcome.retry_after, DAY)
    asked = min(_asked(memory.hints), max(policy.max_interval, policy.interval))
    due = now + max(_jittered(wait, noise), asked, min(policy.min_interval, policy.interval))
    if not_before is not None:
        due = max(due, not_before + min(policy.interval, _HOUR) * (_JITTER / 2 * noise))
    lost = polled.moved_times >= MOVED_HOLDS and failures >= MOVED_HOLDS
    return replace(
        polled,
        next_check=_allowed(due, memory.hints, noise),
        failures=failures,
        failing_since=polled.failing_since or now,
        error=outcome.reason,
        error_detail=outcome.detail,
        not_before=not_before,
        moved_times=0 if lost else polled.moved_times,  # the new address fails: the old one is asked again
        memory=memory.write(),
    )


def _remembered(
    memory: Memory,
    state: FeedState,
    outcome: Fetched,
    now: datetime,
    hints: PublisherHints | None,
    body_hash: str | None,
) -> Memory:
    same = body_hash is not None and body_hash == state.body_hash
    kept = outcome.validators != Validators() and outcome.validators == state.validators
    lied = kept and not same and state.body_hash is not None and body_hash is not None
    return replace(
        memory,
        hints=memory.hints if hints is None else hints,
        throttled=0,
        full=now,
        honest=min(memory.honest + 1, _LONGEST_TRUST) if same else 0,
        lies=memory.lies or lied,
    )


def _moved(state: FeedState, moved_to: str | None) -> tuple[str | None, int]:
    """Where permanent redirects lead, and how often in a row they did; once believed, the new address is asked."""
    if moved_to is None:
        believed = state.moved_times >= MOVED_HOLDS
        return (state.moved_to, state.moved_times) if believed else (None, 0)
    if moved_to == state.url:
        return None, 0
    return moved_to, state.moved_times + 1 if moved_to == state.moved_to else 1


def _interval(policy: Policy, rhythm: Rhythm, now: datetime, noise: float, *, spread: bool) -> timedelta:
    """The interval, a tenth more or less; after a first poll anything up to it, for many feeds start together."""
    low, interval = min(policy.min_interval, policy.interval), policy.interval
    if rhythm.until is not None and not policy.fixed:
        adapted = rhythm.wait(now, policy.interval, REFERENCE)
        interval = max(low, min(adapted, max(policy.max_interval, policy.interval)))
    start = max(low, interval * (_JITTER / 2 if spread else 1 - _JITTER / 2))
    most = max(policy.max_interval, policy.interval) * (1 + _JITTER / 2)
    end = max(interval * (1 + _JITTER / 2), min(start + interval * _JITTER, most))
    return start + (end - start) * noise


def _backoff(interval: timedelta, failures: int, *, soft: bool) -> timedelta:
    """Half an interval more with each temporary failure, twice as long with each hard one; capped at a day."""
    wait = interval * (1 + (failures - 1) / 2) if soft else _doubled(interval, failures - 1)
    return max(interval, min(wait, DAY * (1 - _JITTER / 2)))


def _doubled(first: timedelta, times: int) -> timedelta:
    return timedelta(seconds=min(first.total_seconds() * 2 ** max(0, min(times, _MOST_DOUBLINGS)), 10 * 365 * 86_400))


def _jittered(wait: timedelta, noise: float) -> timedelta:
    return wait * (1 - _JITTER / 2 + _JITTER * noise)


def _asked(hints: PublisherHints) -> timedelta:
    return max(hints.ttl or timedelta(), hints.update_every or timedelta())


def _fresh(headers: Mapping[str, str], now: datetime) -> timedelta:
    """How long an answer says it stays fresh (RFC 9111, section 4.2), at most a day."""
    directives = [part.strip().lower() for part in headers.get("cache-control", "").split(",")]
    if {"no-cache", "no-store"} & set(directives):
        return timedelta()
    ages = [part[8:].strip('"') for part in directives if part.startswith("max-age=")]
    if ages:
        age = headers.get("age", "0").strip()
        seconds = int(ages[0][:9]) if ages[0].isdecimal() else 0
        return min(max(timedelta(seconds=seconds - (int(age[:9]) if age.isdecimal() else 0)), timedelta()), DAY)
    expires = _http_date(headers.get("expires"))
    if expires is None:
        return timedelta()
    return min(max(expires - (_http_date(headers.get("date")) or now), timedelta()), DAY)


def _says_fresh(headers: Mapping[str, str]) -> bool:
    """Whether an answer says anything of it; a 304 that does not confirms what the body's said (RFC 9111, 4.3.4)."""
    return "cache-control" in headers or "expires" in headers


def _http_date(text: str | None) -> datetime | None:
    try:
        found = parsedate_to_datetime(text) if text else None
        return found and (found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC))
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def _allowed(moment: datetime, hints: PublisherHints, noise: float) -> datetime:
    """The moment, or the start of the first hour after it that the feed does not skip; at most a day later."""
    for _ in range(24):
        if moment.hour not in hints.skip_hours and moment.weekday() not in hints.skip_days:
            return moment
        hour = moment.replace(minute=0, second=0, microsecond=0) + _HOUR
        moment = hour + noise * timedelta(minutes=10)
    return moment
