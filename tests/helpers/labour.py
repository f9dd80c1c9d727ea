"""Work for worker processes: importable functions that behave, and that do not."""

import ctypes
import os
import signal
import stat
import time
from pathlib import Path


def double(number: int) -> int:
    return number * 2


def join(*parts: str, by: str = " ") -> str:
    return by.join(parts)


def pid() -> int:
    return os.getpid()


def pid_after(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


def sleep_in(folder: str, seconds: float) -> None:
    """Leave a file that tells our process id, then sleep."""
    Path(folder, str(os.getpid())).touch()
    time.sleep(seconds)


def hang_in_c() -> None:
    """Hang where no Python signal handler would run."""
    ctypes.PyDLL(None).sleep(3600)


def hang_in_python() -> None:
    while True:
        pass


def swell() -> int:
    return len(bytearray(8_000_000_000))


def swell_slowly() -> int:
    kept = []
    while True:
        kept.append(bytearray(10_000_000))


def crash() -> None:
    ctypes.string_at(0)


def leave() -> None:
    os._exit(3)


def kill_yourself() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


def fail() -> None:
    raise ValueError("seven is not enough")


class Unreadable(Exception):  # noqa: N818 - the name says what it is for
    """An exception that cannot be unpickled."""

    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one} {two}")


def fail_unreadably() -> None:
    raise Unreadable(1, 2)


def exit_quietly() -> None:
    raise SystemExit(0)


def return_unpicklable() -> object:
    return lambda: None


def size_of(data: bytes) -> int:
    return len(data)


def make(size: int) -> bytes:
    return bytes(size)


def signals_ignored() -> list[bool]:
    return [signal.getsignal(number) is signal.SIG_IGN for number in (signal.SIGINT, signal.SIGTERM)]


def open_sockets() -> int:
    return sum(stat.S_ISSOCK(path.stat().st_mode) for path in Path("/proc/self/fd").iterdir() if path.exists())
