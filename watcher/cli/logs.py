"""Logs: structlog to stderr, as text for people or JSON for machines."""

import logging
import sys
from typing import Literal

import structlog
from structlog.typing import Processor

EVERYTHING = 3  # how often -v is said for the libraries' own logs


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
        ends = [structlog.processors.dict_tracebacks, structlog.processors.JSONRenderer(ensure_ascii=False)]
    else:
        ends = [structlog.dev.ConsoleRenderer(colors=sys.stderr.isatty())]
    structlog.configure(
        processors=[*shared, *ends],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(file=sys.stderr),
        cache_logger_on_first_use=False,
    )
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.DEBUG if verbose >= EVERYTHING else logging.ERROR,
        format="%(name)s: %(message)s",
    )
