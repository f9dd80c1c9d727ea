"""The heartbeat: a URL is asked while all is well, so that a dead host, or a watcher that reaches nobody, is missed."""

import structlog

from watcher.jobs import ailing
from watcher.jobs.context import Context
from watcher.model import Fetched, FetchFailed, Gone, NotModified, Request
from watcher.settings import Heartbeat, Settings

log = structlog.get_logger()
ANSWER = 1_000_000  # bytes of an answer, which nobody reads


async def beat(context: Context, heart: Heartbeat) -> None:
    """Ask the heartbeat's URL, unless every channel has been failing for an hour: then nobody would hear of anything.

    A beat that is not answered is logged and not made up for; the next one comes in its time.
    """
    channels = _in_use(context.live.settings)
    if channels and all([await ailing.is_failing(context, channel) for channel in channels]):
        log.error("no heartbeat: every channel has been failing", channels=channels)
        return
    match await context.fetcher.get(Request(url=heart.url, trusted=True, max_size=ANSWER)):
        case Fetched() | NotModified():
            log.debug("heartbeat")
        case FetchFailed(detail=detail):
            log.warning("the heartbeat was not answered", reason=detail)
        case Gone():
            log.warning("the heartbeat was not answered", reason="410 Gone")


def _in_use(settings: Settings) -> tuple[str, ...]:
    return tuple(sorted({channel for policy in settings.digests for channel in policy.to}))
