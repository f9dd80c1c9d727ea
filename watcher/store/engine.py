"""Engines: how SQLite and PostgreSQL are opened so that the same statements do the same on both."""

import os
import sqlite3
import time
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.pool import NullPool, QueuePool, StaticPool

from watcher.store.place import Place

APPLICATION_ID = 0x57544348  # "WTCH", in the header of every file of ours
READERS = 3

_BUSY = 10.0  # seconds to wait for another process
_PAUSE = 0.02
_WAL_LIMIT = 64 * 1024 * 1024

_WRITER = (
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    f"PRAGMA journal_size_limit={_WAL_LIMIT}",
    "PRAGMA cache_size=-16384",
)
_BEGIN_WRITING = "BEGIN IMMEDIATE"
_READER = ("PRAGMA query_only=ON",)


def connect_sqlite(place: Place) -> sqlite3.Connection:
    """A bare connection whose transactions are begun by hand."""
    return sqlite3.connect(
        str(place.file or ":memory:"),
        timeout=_BUSY,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=500,
    )


def _turn_on_wal(connection: sqlite3.Connection) -> None:
    """SQLite does not wait by itself where another process is turning it on in a new file at the same moment."""
    for _ in range(int(_BUSY / _PAUSE)):
        try:
            connection.execute("PRAGMA journal_mode=WAL")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            time.sleep(_PAUSE)
        else:
            return
    connection.execute("PRAGMA journal_mode=WAL")


def _sqlite(place: Place, pragmas: tuple[str, ...], begin: str, **pool: Any) -> Engine:
    def connect() -> sqlite3.Connection:
        connection = connect_sqlite(place)
        if begin == _BEGIN_WRITING:
            _turn_on_wal(connection)
        for pragma in pragmas:
            connection.execute(pragma)
        return connection

    engine = create_engine("sqlite://", creator=connect, **pool)

    @event.listens_for(engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgresql(place: Place, **options: Any) -> Engine:
    assert place.server is not None  # noqa: S101 - the caller looked
    arguments = {"connect_timeout": 10, "application_name": f"watcher {os.getpid()}"}
    return create_engine(place.server, connect_args=arguments, **options)


def writer_engine(place: Place) -> Engine:
    """One connection that writes; in SQLite a transaction takes the write lock when it begins."""
    if place.server is not None:
        return _postgresql(place, pool_size=1, max_overflow=0, pool_pre_ping=True)
    if place.file is None:
        return _sqlite(place, _WRITER, _BEGIN_WRITING, poolclass=StaticPool)
    return _sqlite(place, _WRITER, _BEGIN_WRITING, poolclass=QueuePool, pool_size=1, max_overflow=0)


def reader_engine(place: Place) -> Engine | None:
    """Connections beside the writer, each transaction one snapshot; None where memory has but one connection."""
    if place.server is not None:
        options = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
        return _postgresql(place, pool_size=READERS, max_overflow=0, pool_pre_ping=True, execution_options=options)
    if place.file is None:
        return None
    return _sqlite(place, _READER, "BEGIN", poolclass=QueuePool, pool_size=READERS, max_overflow=0)


def single_engine(place: Place) -> Engine:
    """A PostgreSQL engine whose connection is not shared: for the daemon's lock."""
    return _postgresql(place, poolclass=NullPool)
