"""Logs: structlog to stderr, as text for people or JSON for machines."""

import logging
import sys
from contextlib import suppress
from typing import Final, Literal, TextIO, cast

import structlog
from structlog.typing import Processor

EVERYTHING = 3  # how often -v is said for the libraries' own logs
HUSHED = ("apprise", "httpx", "requests", "urllib3")
"""Libraries that log whole URLs, and with them the tokens of webhooks and chats: never heard."""

_TRACEBACKS: Final = structlog.processors.ExceptionRenderer(
    structlog.tracebacks.ExceptionDictTransformer(show_locals=False)  # they hold what the config keeps secret
)


class Sink:
    """A stream to log to that may fail: a full disk or a reader that went away costs the line, never the work."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def write(self, text: str) -> None:
        """Write what can be written."""
        with suppress(OSError, ValueError):
            self._stream.write(text)

    def flush(self) -> None:
        """Push it out, as far as that goes."""
        with suppress(OSError, ValueError):
            self._stream.flush()


def set_up_logs(*, verbose: int, log_format: Literal["text", "json"]) -> None:
    """Send our logs, and warnings of the libraries, to stderr."""
    level = {0: logging.INFO, 1: logging.INFO}.get(verbose, logging.DEBUG)
    shared: list[Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.processors.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    ends: list[Processor]
    if log_format == "json":
        ends = [_TRACEBACKS, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        plain = structlog.dev.plain_traceback
        ends = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty(), exception_formatter=plain)]
    structlog.configure(
        processors=[*shared, *ends],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=cast("TextIO", Sink(sys.stderr))),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose >= EVERYTHING else logging.ERROR,
        format="%(name)s: %(message)s",
    )
    for name in HUSHED:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
