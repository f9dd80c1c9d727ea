"""The real command as a process."""

import asyncio
import atexit
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.helpers.stem import CODE

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
    """Run `watcher ARGS` to its end, in a process of its own that begins with the program loaded."""
    return await asyncio.to_thread(_run, list(map(str, args)), stdin, timeout, environment(**extra))


def _run(args: list[str], stdin: bytes, timeout: float, env: dict[str, str]) -> Ended:
    with contextlib.ExitStack() as files, socket.socket(socket.AF_UNIX) as connection:
        given, out, err = (files.enter_context(tempfile.TemporaryFile()) for _ in range(3))
        given.write(stdin)
        given.seek(0)
        connection.connect(_stem())
        request = json.dumps({"args": args, "env": env, "cwd": env.get("CWD", str(Path.cwd()))}).encode() + b"\n"
        sent = socket.send_fds(connection, [request], [given.fileno(), out.fileno(), err.fileno()])
        connection.sendall(request[sent:])
        process = _number(connection)
        connection.settimeout(timeout)
        try:
            code = _number(connection)
        except TimeoutError:
            os.kill(process, signal.SIGKILL)
            raise
        out.seek(0)
        err.seek(0)
        return Ended(code=code, out=out.read().decode(), err=err.read().decode())


def _number(connection: socket.socket) -> int:
    data = connection.recv(CODE.size, socket.MSG_WAITALL)
    assert len(data) == CODE.size, "the process that commands grow from has ended"
    found: int = CODE.unpack(data)[0]
    return found


@cache
def _stem() -> str:
    """The socket of the process that commands grow from; it ends with this one."""
    path = str(Path(tempfile.mkdtemp(prefix="stem-")) / "socket")
    program = str(Path(__file__).with_name("stem.py"))
    process = subprocess.Popen(
        [sys.executable, program, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment()
    )
    assert process.stdin is not None
    assert process.stdout is not None
    atexit.register(shutil.rmtree, Path(path).parent, ignore_errors=True)
    atexit.register(process.wait)
    atexit.register(process.stdin.close)
    assert process.stdout.readline() == b"ready\n"
    return path


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
