"""What goes wrong in a database, in words that name the cure."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from sqlalchemy.exc import DBAPIError, TimeoutError as PoolTimeout

from watcher.errors import StoreCorrupt, StoreError, StoreForeign
from watcher.store.place import Place

_CORRUPT_CURE = "restore it from a backup (`watcher backup` makes them), or move it away to start anew"

_SQLITE = {
    "SQLITE_FULL": "the disk is full; the store works again when there is room",
    "SQLITE_READONLY": "it cannot be written; give this user write permission on the file and its folder",
    "SQLITE_CANTOPEN": "it cannot be opened; its folder must exist and be writable by this user",
    "SQLITE_PERM": "it cannot be opened; this user lacks the permission",
    "SQLITE_IOERR": "the disk could not be read or written",
    "SQLITE_BUSY": "another process has held it for too long; try again",
    "SQLITE_LOCKED": "another process has held it for too long; try again",
    "SQLITE_NOMEM": "there is no memory left",
}

_POSTGRESQL = {
    "53100": "the server's disk is full; the store works again when there is room",
    "53300": "the server takes no more connections (max_connections)",
    "42501": "the database user lacks the permission",
    "25006": "the server takes no writes (it is a read-only replica)",
    "28P01": "the server refuses user or password",
    "28000": "the server refuses the user",
    "3D000": "there is no such database; create it first",
}

DATABASE_ERRORS = (DBAPIError, PoolTimeout, sqlite3.Error)
"""What a database raises by itself; anything else is an error of the program and stays what it is."""

_PORT = 5432

_RETRIED = frozenset({"40001", "40P01", "55P03"})  # serialization failure, deadlock, lock not available


def _sqlite_error(error: sqlite3.Error, place: Place) -> StoreError:
    name: str = getattr(error, "sqlite_errorname", "")
    if name.startswith("SQLITE_CORRUPT"):
        return StoreCorrupt(f"{place} is damaged ({error}); {_CORRUPT_CURE}")
    if name.startswith("SQLITE_NOTADB"):
        return StoreForeign(f"{place} is no store of Watcher's; name another file in `storage`")
    for code, words in _SQLITE.items():
        if name.startswith(code):
            return StoreError(f"{place}: {words}")
    return StoreError(f"{place}: {error}")


def sqlstate(error: BaseException) -> str:
    """The SQLSTATE of a PostgreSQL error, else nothing."""
    origin = error.orig if isinstance(error, DBAPIError) else error
    return getattr(origin, "sqlstate", None) or ""


def is_passing(error: BaseException) -> bool:
    """Whether the same transaction may succeed at once if it is run again."""
    return sqlstate(error) in _RETRIED


def in_words(error: BaseException, place: Place) -> StoreError:
    """The error as ours."""
    origin = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(origin, sqlite3.Error):
        return _sqlite_error(origin, place)
    lines = str(origin).strip().splitlines() or [type(origin).__name__]
    known = _POSTGRESQL.get(sqlstate(error))
    return StoreError(f"{place}: {known or _unknown(lines, origin, place)}")


def _unknown(lines: list[str], origin: BaseException, place: Place) -> str:
    """What PostgreSQL's library says, with the cure where no connection is to be had."""
    if place.server is None or not isinstance(origin, psycopg.OperationalError) or sqlstate(origin):
        return lines[0]
    fatal = next((line.partition("FATAL:")[2].strip() for line in lines if "FATAL:" in line), "")
    if fatal:
        return f"the server refuses: {fatal}; user, password and database stand in `storage`"
    where = f"{place.server.host or 'the local socket'}, port {place.server.port or _PORT}"
    return f"PostgreSQL cannot be reached at {where}; is it running there, and is `storage` right? ({lines[0]})"


def corrupt(place: Place, finding: str) -> StoreCorrupt:
    """The integrity check found something."""
    return StoreCorrupt(f"{place} is damaged ({finding}); {_CORRUPT_CURE}")


@contextmanager
def translated(place: Place) -> Iterator[None]:
    """Raise what the database raises as a StoreError."""
    try:
        yield
    except DATABASE_ERRORS as error:
        raise in_words(error, place) from error
