"""The command run inside this process, in a thread: as `tests.helpers.command.watcher`, without the start of a process.

For what a process of its own adds nothing to. Signals, broken pipes and the daemon need the real one.
"""

import asyncio
import io
import sys
from contextlib import ExitStack, redirect_stderr, redirect_stdout
from pathlib import Path
from unittest.mock import patch

import structlog

from tests.helpers.command import Ended
from watcher.cli import main


async def inside(*args: str | Path, stdin: bytes = b"") -> Ended:
    """Run `watcher ARGS` to its end."""
    return await asyncio.to_thread(_run, list(map(str, args)), stdin)


def _run(args: list[str], stdin: bytes) -> Ended:
    code = 0
    with ExitStack() as stack:
        given = stack.enter_context(io.TextIOWrapper(io.BytesIO(stdin), encoding="utf-8"))
        out = stack.enter_context(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        err = stack.enter_context(io.TextIOWrapper(io.BytesIO(), encoding="utf-8"))
        stack.enter_context(patch.object(sys, "argv", ["watcher", *args]))
        stack.enter_context(patch.object(sys, "stdin", given))
        stack.enter_context(redirect_stdout(out))
        stack.enter_context(redirect_stderr(err))
        try:
            main()
        except SystemExit as ended:
            code = int(ended.code or 0)
        finally:
            structlog.reset_defaults()
        return Ended(code=code, out=_said(out), err=_said(err))


def _said(stream: io.TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()
