"""How a feed is, in words, and when somebody is to hear of it: once when it falls ill, once when it is well again."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Final

from watcher.model import FeedState, FetchReason
from watcher.schedule.memory import Memory

DAY: Final = timedelta(days=1)
_YEAR: Final = timedelta(days=365)
RECOVERED: Final = "source:recovered"

_LEAST_SILENCE: Final = timedelta(hours=3)
_SURE: Final = ((3.0, 3.0), (10.0, 1.5))
"""(arrivals missed, times the longest pause so far): a silence that both exceed is no pause."""

_DEAD: Final = timedelta(days=30)
_DEAD_TIMES: Final = 3
"""Of a feed whose rhythm is not known, for it brings little: so long, and so many times its longest pause."""

_HARD: Final = frozenset({FetchReason.NOT_A_FEED, FetchReason.CHALLENGE, FetchReason.AUTH, FetchReason.NOT_FOUND})
_HARD_FAILURES: Final = 2
_FAILURES: Final = 3
_FAILING_FOR: Final = timedelta(hours=1)

_WORDS: Final[Mapping[FetchReason, str]] = {
    FetchReason.DNS: "host name not found",
    FetchReason.REFUSED: "connection refused",
    FetchReason.RESET: "connection reset",
    FetchReason.TLS: "TLS failure",
    FetchReason.TIMEOUT: "timed out",
    FetchReason.TOO_LARGE: "too large",
    FetchReason.ENCODING: "broken content encoding",
    FetchReason.PROTOCOL: "broken HTTP",
    FetchReason.REDIRECTS: "too many redirects",
    FetchReason.BAD_URL: "not a usable URL",
    FetchReason.BLOCKED: "blocked: a private address",
    FetchReason.ROBOTS: "robots.txt asks us not to",
    FetchReason.AUTH: "access denied",
    FetchReason.NOT_FOUND: "not found (404)",
    FetchReason.RATE_LIMITED: "asked to come later",
    FetchReason.SERVER: "server error",
    FetchReason.STATUS: "unexpected answer",
    FetchReason.CHALLENGE: "a bot wall answers",
    FetchReason.NOT_A_FEED: "not a feed",
    FetchReason.UNREADABLE: "could not be parsed",
    FetchReason.MACHINE: "could not be read on this machine just then",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What is wrong with a source: a reason of its own, and words for people."""

    reason: str
    words: str


def health(state: FeedState, now: datetime) -> str | None:
    """In words what is wrong with a feed; None if it is well. One that answered before may ask for a day to wait."""
    found = trouble(state, now)
    return found.words if found else None


def condition(state: FeedState, now: datetime) -> str:
    """In words how a feed is: what is wrong with it, or that it waits as it was told to, or that it is well."""
    if state.polls == 0:
        return "not polled yet"
    waits = state.error is FetchReason.RATE_LIMITED and not state.failures
    return health(state, now) or (_WORDS[FetchReason.RATE_LIMITED] if waits else "well")


def trouble(state: FeedState, now: datetime) -> Trouble | None:
    """What is wrong with a feed; None if it is well."""
    what = state.error_detail or (_WORDS[state.error] if state.error else "")
    if state.gone:
        return Trouble(reason="source:gone", words="gone (410)")
    if state.failures and state.failing_since is not None:
        for_long = now - state.failing_since
        words = f"failing for {in_words(for_long)}: {what}" if for_long >= timedelta(minutes=1) else f"failing: {what}"
        return Trouble(reason=_failing(state.error), words=words)
    since = state.failing_since
    if state.error is FetchReason.RATE_LIMITED and since and (now - since >= DAY or state.last_success is None):
        lasting = f" for {in_words(now - since)}" if now - since >= timedelta(minutes=1) else ""
        words = f"turned away{lasting}: {what}"
        return Trouble(reason="source:turned_away", words=words)
    return _changed(state, Memory.read(state.memory))


def watch(state: FeedState, now: datetime) -> tuple[FeedState, Trouble | None]:
    """The state after a poll, with what is to be told of it now: a trouble that began, or that one is over.

    Failures are told once they lasted (a temporary one an hour and three polls, a body that is no feed two polls).
    Another trouble of the same kind is not told while one lasts; what was told is remembered in the state.
    """
    memory = Memory.read(state.memory)
    found = trouble(state, now)
    if found is None:
        if not memory.told:
            return state, None
        over = Trouble(reason=RECOVERED, words=f"well again; before: {memory.told_words}")
        return replace(state, memory=replace(memory, told="", told_words="").write()), over
    if found.reason == memory.told or not _lasting(state, now):
        return state, None
    return replace(state, memory=replace(memory, told=found.reason, told_words=found.words).write()), found


def in_words(span: timedelta) -> str:
    """A duration as people say it: `45 min`, `3 h`, `2 d`, `4 years`."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 60:  # noqa: PLR2004
        return f"{minutes} min"
    if span >= 2 * _YEAR:
        return f"{span // _YEAR} years"
    return f"{minutes // 60} h" if span < 2 * DAY else f"{span.days} d"


def _failing(reason: FetchReason | None) -> str:
    match reason:
        case FetchReason.NOT_A_FEED | FetchReason.CHALLENGE:
            return f"source:{reason.value}"
        case _:
            return "source:failing"


def _lasting(state: FeedState, now: datetime) -> bool:
    if state.error is FetchReason.RATE_LIMITED and not state.failures and not state.gone:
        return state.failing_since is not None and now - state.failing_since >= DAY
    if not state.failures or state.gone:
        return True
    if state.error in _HARD:
        return state.failures >= _HARD_FAILURES
    return state.failures >= _FAILURES and state.failing_since is not None and now - state.failing_since >= _FAILING_FOR


def _changed(state: FeedState, memory: Memory) -> Trouble | None:
    if quiet := _silence(state, memory):
        return Trouble(reason="source:silent", words=f"silent for {in_words(quiet)}")
    if memory.undated:
        return Trouble(reason="source:undated", words="its items have no dates any more")
    if memory.turned:
        words = f"its language changed from {memory.language} to {memory.other}"
        return Trouble(reason="source:language", words=words)
    if memory.textless:
        return Trouble(reason="source:no_text", words=memory.textless)
    return None


def _silence(state: FeedState, memory: Memory) -> timedelta | None:
    """How long it has brought nothing, up to when it was last asked; None where that may well be so."""
    rhythm = memory.rhythm
    if state.last_success is None:
        return None
    if not rhythm.known or rhythm.last is None:
        shown = max(filter(None, (memory.newest, rhythm.last)), default=state.last_success)
        dead = state.last_success - shown
        return dead if dead >= max(_DEAD, _DEAD_TIMES * memory.pause) else None
    quiet = state.last_success - rhythm.last
    if quiet < _LEAST_SILENCE or quiet <= rhythm.longest:
        return None
    missed = rhythm.expected(rhythm.last, state.last_success)
    return quiet if any(missed >= least and quiet >= times * rhythm.longest for least, times in _SURE) else None
