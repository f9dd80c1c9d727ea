"""The store: all that is kept between jobs, in SQLite or PostgreSQL.

`open_store(url)` gives the port `watcher.ports.Store`; `hold(url)` makes sure that one daemon at a time has it.
"""

from watcher.store.database import Database
from watcher.store.lock import hold
from watcher.store.opening import check_file, prepare_file, prepare_schema
from watcher.store.place import place_of
from watcher.store.sql import SqlStore

__all__ = ["SqlStore", "hold", "open_store", "store_exists"]


def open_store(url: str, *, migrate: bool = True) -> SqlStore:
    """Open the store at `sqlite:///path`, `sqlite:///:memory:` or `postgresql://…`. Blocks.

    `migrate`: as the daemon does, make it where there is none, check an SQLite file's integrity (a second or so a
    gigabyte) and bring an older schema up to date. Without, a missing or older one is a StoreError: for commands that
    look in while the daemon runs.
    Raises StoreForeign (not ours, left as it is), StoreCorrupt (with the cure), or StoreError (in words).
    """
    place = place_of(url)
    prepare_file(place, create=migrate)
    if migrate:
        check_file(place)
    database = Database(place)
    try:
        prepare_schema(place, database.writing, migrate=migrate or place.in_memory)
    except BaseException:
        database.close()
        raise
    return SqlStore(database)


def store_exists(url: str) -> bool:
    """Whether there is a store to open; a PostgreSQL database is taken to be one."""
    place = place_of(url)
    return place.file is None or place.file.exists()
