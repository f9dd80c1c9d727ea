"""The four jobs: claim, work, one commit; each is idempotent and returns what it made ready.

    poll(feed)  →  read(entry)  →  compile(series)  →  deliver(delivery)

What is not committed did not happen; what is committed cannot be lost. A crash costs a repeat of one job, never an
alert.
"""

from watcher.alerts import window
from watcher.jobs.compile import close_digest, preview
from watcher.jobs.context import Context, Live, Ready
from watcher.jobs.deliver import Delivered, deliver, deliver_all
from watcher.jobs.heartbeat import beat
from watcher.jobs.outbox import Closed, gather
from watcher.jobs.poll import Polled, poll
from watcher.jobs.rates import Pulse, begin as begin_rates, look as look_at_rates, standing as standing_of_rates
from watcher.jobs.read import Read, read

__all__ = [
    "Closed",
    "Context",
    "Delivered",
    "Live",
    "Polled",
    "Pulse",
    "Read",
    "Ready",
    "beat",
    "begin_rates",
    "close_digest",
    "deliver",
    "deliver_all",
    "gather",
    "look_at_rates",
    "poll",
    "preview",
    "read",
    "standing_of_rates",
    "window",
]
