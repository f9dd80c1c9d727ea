"""A process that has the program loaded and lets every command grow from it, by fork: a second saved at each.

    python tests/helpers/stem.py SOCKET

Each connection to the socket brings one JSON line {"args", "env", "cwd"} with the three standard streams, and is
answered with the process id of the command, then with its exit code. It ends with its standard input.
"""

import array
import atexit
import contextlib
import gc
import importlib
import json
import os
import select
import signal
import socket
import struct
import sys
import threading
import traceback

from watcher.__main__ import main
from watcher.cli import COMMANDS

CODE = struct.Struct("!i")
_LONGEST = 1 << 20


def receive(connection: socket.socket) -> tuple[dict[str, object], list[int]]:
    """The request and its streams."""
    streams, said = array.array("i"), b""
    while not said.endswith(b"\n"):
        data, ancillary, _, _ = connection.recvmsg(_LONGEST, socket.CMSG_SPACE(3 * streams.itemsize))
        for level, kind, passed in ancillary:
            if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
                streams.frombytes(passed[: len(passed) - len(passed) % streams.itemsize])
        if not data:
            os._exit(0)
        said += data
    return json.loads(said), list(streams)


def become(request: dict[str, object], streams: list[int]) -> None:
    """In the new process: stand as if started by itself."""
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
        os.close(stream)
    os.environ.clear()
    os.environ.update(request["env"])  # type: ignore[call-overload]
    os.chdir(str(request["cwd"]))
    sys.argv = ["watcher", *request["args"]]  # type: ignore[misc]
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler if number == signal.SIGINT else signal.SIG_DFL)


def attend(connection: socket.socket) -> None:
    """In a process of its own: start one command, and say how it ends. Returns in the command's process only."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    request, streams = receive(connection)
    child = os.fork()
    if child == 0:
        connection.close()
        become(request, streams)
        return
    for stream in streams:
        os.close(stream)
    with contextlib.suppress(OSError):  # nobody waits any more
        connection.sendall(CODE.pack(child))
        connection.sendall(CODE.pack(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])))
    os._exit(0)


def serve(path: str) -> None:
    """Until standard input ends; returns in the processes of commands only."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the attendants need nobody to wait for them
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(64)
        os.write(1, b"ready\n")
        while True:
            ready, _, _ = select.select([listener, sys.stdin], [], [])
            if sys.stdin in ready:
                os._exit(0)
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                attend(connection)
                return
            connection.close()


def run() -> int:
    """The command, to its exit code."""
    try:
        main()
    except SystemExit as ended:
        if isinstance(ended.code, str):
            sys.stderr.write(f"{ended.code}\n")
        return ended.code if isinstance(ended.code, int) else int(ended.code is not None)
    except BaseException:  # noqa: BLE001 - as the interpreter would at the end
        traceback.print_exc()
        return 1
    return 0


def leave(code: int) -> None:
    """End as a process does, but for taking apart what was loaded, which takes as long as loading it."""
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    for module in sorted({module for module, _ in COMMANDS.values()}):
        importlib.import_module(f"watcher.cli.{module}")
    gc.collect()
    gc.freeze()  # else the first collection in every process copies all that was loaded
    serve(sys.argv[1])
    leave(run())
