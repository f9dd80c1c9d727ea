"""Blocking work in a thread of its own: a service or a disk that hangs holds up nobody else, and no exit."""

import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def start(work: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
    """Begin `work`; the process does not wait for it when it ends.

    The threads that asyncio shares are few, and one that hangs in them would keep digests from being rendered.
    """
    future: Future[T] = Future()

    def run() -> None:
        if not future.set_running_or_notify_cancel():
            return
        try:
            made = work(*args, **kwargs)
        except BaseException as error:  # noqa: BLE001 - handed on to whoever asks for the result
            future.set_exception(error)
        else:
            future.set_result(made)

    threading.Thread(target=run, name="watcher-send", daemon=True).start()
    return future
