"""The real command as a process."""

import asyncio
import contextlib
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, kw_only=True)
class Ended:
    """How a command ended."""

    code: int
    out: str
    err: str


def environment(**extra: str) -> dict[str, str]:
    """A clean environment: nothing of ours leaks in."""
    keep = {name: value for name, value in os.environ.items() if not name.startswith("WATCHER_")}
    ours = {"PYTHONPATH": str(ROOT), "PYTHONWARNINGS": "default", "PYTHONDONTWRITEBYTECODE": ""}  # compiled once
    return {**keep, **ours, **extra}


async def watcher(*args: str | Path, stdin: bytes = b"", timeout: float = 60, **extra: str) -> Ended:  # noqa: ASYNC109
    """Run `watcher ARGS` to its end."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "watcher",
        *map(str, args),
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(**extra),
        cwd=extra.get("CWD"),
    )
    try:
        out, err = await asyncio.wait_for(process.communicate(stdin), timeout)
    except TimeoutError:
        process.kill()
        await process.wait()
        raise
    return Ended(code=process.returncode or 0, out=out.decode(), err=err.decode())


class Running:
    """A daemon under way. Its log is kept in a file, so that a full pipe never stops it."""

    def __init__(self, process: asyncio.subprocess.Process, log: Path) -> None:
        self.process = process
        self._log = log

    @property
    def log(self) -> str:
        """What it has said so far."""
        return self._log.read_text()

    async def until(self, condition: Callable[[], bool], *, limit: float = 30) -> None:
        """Wait for something to come true; AssertionError with the log where it does not."""
        for _ in range(int(limit / 0.05)):
            if condition():
                return
            if self.process.returncode is not None:
                raise AssertionError(f"the daemon ended with {self.process.returncode}:\n{self.log}")
            await asyncio.sleep(0.05)
        raise AssertionError(f"it did not come true in {limit} s; the log:\n{self.log}")

    async def kill(self) -> None:
        """`kill -9`."""
        with contextlib.suppress(ProcessLookupError):
            self.process.kill()
        await self.process.wait()

    async def stop(self, limit: float = 10) -> int:
        """SIGTERM; its exit code. TimeoutError where it takes longer."""
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(signal.SIGTERM)
        return await asyncio.wait_for(self.process.wait(), limit)


@asynccontextmanager
async def daemon(config: Path, log: Path, *args: str) -> AsyncIterator[Running]:
    """`watcher run` for the length of a block; killed at its end if it still runs."""
    with log.open("ab") as sink:
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "watcher",
            "-c",
            str(config),
            *args,
            "run",
            stdout=sink,
            stderr=sink,
            env=environment(),
        )
    running = Running(process, log)
    try:
        yield running
    finally:
        if process.returncode is None:
            await running.kill()
