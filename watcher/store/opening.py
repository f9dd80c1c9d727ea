"""Before a store is used: is it ours, is it whole, is its schema this program's?"""

from contextlib import closing
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, inspect, text

from watcher.errors import StoreError, StoreForeign
from watcher.store.engine import APPLICATION_ID, connect_sqlite
from watcher.store.faults import corrupt, translated
from watcher.store.place import Place
from watcher.store.schema import VERSION_TABLE

_HEADER = 100  # bytes, https://www.sqlite.org/fileformat2.html#the_database_header
_MAGIC = b"SQLite format 3\0"
_MIGRATING = 0x57544348  # the advisory lock of a migration


def prepare_file(place: Place, *, create: bool) -> None:
    """Refuse what is not ours without touching it; make a new file with our mark where there is none."""
    if place.file is None:
        return
    try:
        header = _header(place.file)
        if header and (not header.startswith(_MAGIC) or int.from_bytes(header[68:72]) != APPLICATION_ID):
            raise StoreForeign(
                f"{place} is no store of Watcher's and was left as it is; name another file in `storage`"
            )
        if header:
            return
        if not create:
            raise _missing(place)
        place.file.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{place}: {error.strerror or error}") from error
    with translated(place), closing(connect_sqlite(place)) as connection:
        # before WAL, so that the mark stands in the file itself from the first moment on
        connection.execute(f"PRAGMA application_id={APPLICATION_ID}")


def _missing(place: Place) -> StoreError:
    return StoreError(f"{place}: there is no store yet; `watcher run` or `watcher once` makes one")


def _header(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(_HEADER)
    except FileNotFoundError:
        return b""


def check_file(place: Place) -> None:
    """SQLite's own quick check; StoreCorrupt names the cure."""
    if place.file is None:
        return
    with translated(place), closing(connect_sqlite(place)) as connection:
        (finding,) = connection.execute("PRAGMA quick_check(1)").fetchone()
    if finding != "ok":
        raise corrupt(place, str(finding).splitlines()[-1])


def alembic_config(connection: Connection) -> Config:
    """What Alembic needs to work on this connection; there is no ini file."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def prepare_schema(place: Place, engine: Engine, *, migrate: bool) -> None:
    """Bring the schema to this program's version, in one transaction; refuse a newer one, or a stranger's tables."""
    with translated(place), engine.begin() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text(f"SELECT pg_advisory_xact_lock({_MIGRATING})"))
            _refuse_strangers(place, connection)
        config = alembic_config(connection)
        scripts = ScriptDirectory.from_config(config)
        known = {script.revision for script in scripts.walk_revisions()}
        current = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
        if current == scripts.get_current_head():
            return
        if current is not None and current not in known:
            raise StoreError(f"{place} was written by a newer Watcher (schema {current}); upgrade this program")
        if not migrate and current is None:
            raise _missing(place)
        if not migrate:
            raise StoreError(f"{place} has an older schema; stop the daemon, then `watcher run` or `once` upgrades it")
        command.upgrade(config, "head")


def _refuse_strangers(place: Place, connection: Connection) -> None:
    tables = inspect(connection).get_table_names()
    if tables and VERSION_TABLE not in tables:
        some = ", ".join(sorted(tables)[:3])
        raise StoreForeign(
            f"{place} holds other tables ({some}) and was left as it is; give Watcher a database of its own"
        )
