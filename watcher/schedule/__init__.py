"""When to come back, how a feed is, and when somebody is to hear of it. Pure.

    poll ──after──▶ the feed's next state ──watch──▶ and what is to be told of it ──health──▶ in words, at any time

`rhythm` is how often and when a feed brings news; `memory` is all that is kept of it in `FeedState.memory`.
"""

from watcher.schedule.after import (
    DAY,
    MOVED_HOLDS,
    PAGE_PATIENCE,
    Policy,
    after,
    retry_delivery,
    retry_page,
    validators,
)
from watcher.schedule.health import Trouble, condition, health, in_words, trouble, watch
from watcher.schedule.memory import Memory
from watcher.schedule.observe import Body, observed
from watcher.schedule.rhythm import Rhythm, learned

__all__ = [
    "DAY",
    "MOVED_HOLDS",
    "PAGE_PATIENCE",
    "Body",
    "Memory",
    "Policy",
    "Rhythm",
    "Trouble",
    "after",
    "condition",
    "health",
    "in_words",
    "learned",
    "observed",
    "retry_delivery",
    "retry_page",
    "trouble",
    "validators",
    "watch",
]
