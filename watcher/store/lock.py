"""One daemon at a time: a lock that ends with the process that holds it, however that ends."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import text

from watcher.errors import StoreBusy, StoreError
from watcher.store.engine import single_engine
from watcher.store.faults import DATABASE_ERRORS, translated
from watcher.store.place import Place, place_of

_NAMESPACE = 0x5754  # of our advisory locks
_CURE = "stop it first, or give this one a `storage` of its own"


@contextmanager
def hold(url: str) -> Iterator[None]:
    """Hold the store as its daemon; StoreBusy where another process does. Memory needs no lock."""
    place = place_of(url)
    if place.server is not None:
        with _held_database(place):
            yield
    elif place.file is not None:
        with _held_file(place.file):
            yield
    else:
        yield


class _Descriptor:
    """An open lock file that a forked child does not keep: the lock is to end with this process alone."""

    def __init__(self, path: Path) -> None:
        self.number = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        os.register_at_fork(after_in_child=self.close)

    def close(self) -> None:
        """Close it once."""
        number, self.number = self.number, -1
        if number >= 0:
            os.close(number)


@contextmanager
def _held_file(store: Path) -> Iterator[None]:
    path = store.with_name(f"{store.name}.lock")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor = _Descriptor(path)
    except OSError as error:
        reason = error.strerror or error
        raise StoreError(f"{path}: {reason}; give `storage` a place that can be written") from error
    try:
        try:
            fcntl.flock(descriptor.number, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.pread(descriptor.number, 20, 0).decode(errors="replace").strip()
            raise StoreBusy(f"{store} is held by another Watcher (process {holder or '?'}); {_CURE}") from error
        with suppress(OSError):  # a full disk costs the number, not the lock
            os.ftruncate(descriptor.number, 0)
            os.pwrite(descriptor.number, f"{os.getpid()}\n".encode(), 0)
        yield
    finally:
        descriptor.close()


@contextmanager
def _held_database(place: Place) -> Iterator[None]:
    key = {"space": _NAMESPACE}
    engine = single_engine(place)
    try:
        with translated(place):
            connection = engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            taken = connection.scalar(text("SELECT pg_try_advisory_lock(:space, hashtext(current_schema()))"), key)
            holder = None if taken else connection.scalar(_HOLDER, key)
        with connection:
            if not taken:
                raise StoreBusy(f"{place} is held by another Watcher ({holder or 'unknown'}); {_CURE}")
            try:
                yield
            finally:
                with suppress(*DATABASE_ERRORS):  # the server frees it too, a moment after the connection has ended
                    connection.execute(text("SELECT pg_advisory_unlock_all()"))
    finally:
        engine.dispose()


_HOLDER = text("""
    SELECT a.application_name || coalesce(' on ' || a.client_hostname, ' on ' || host(a.client_addr), '')
    FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
    WHERE l.locktype = 'advisory' AND l.granted AND l.classid = :space
      AND l.objid = (hashtext(current_schema())::bigint & 4294967295)::oid
      AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
""")
