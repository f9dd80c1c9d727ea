"""What is not ours is refused and left alone; what is ours opens again."""

import asyncio
import os
import socket
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import psycopg
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import column, select, table, update

from tests.helpers.command import ROOT
from tests.helpers.postgres import PostgresServer
from tests.helpers.storing import NOW, SERIES, article, feed_of, polled, told_article
from watcher.errors import StoreBusy, StoreCorrupt, StoreError, StoreForeign
from watcher.store import hold, open_store, store_exists
from watcher.store.engine import writer_engine
from watcher.store.place import place_of
from watcher.store.schema import VERSION_TABLE, metadata


async def test_a_store_is_found_again_as_it_was(kept_url: str) -> None:
    store = open_store(kept_url)
    await told_article(store, "one")
    await store.aclose()
    again = open_store(kept_url, migrate=False)
    assert [one.article.id for one in await again.pending_notices(SERIES)] == ["id-one"]
    await again.aclose()


async def test_the_migrations_make_exactly_the_schema(url: str) -> None:
    store = open_store(url)
    engine = store._database.writing
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE, "compare_type": True})
        assert compare_metadata(context, metadata) == []
    await store.aclose()


def _files() -> Iterator[tuple[str, bytes]]:
    yield "text", b"a diary\n" * 100
    yield "short", b"x"
    yield "looks like SQLite", b"SQLite format 3\0" + b"\0" * 84
    yield "not quite SQLite", b"SQLite format 2\0" + b"\0" * 4080


@pytest.mark.parametrize("content", [one for _, one in _files()], ids=[name for name, _ in _files()])
def test_a_file_that_is_not_ours_is_left_alone_byte_for_byte(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "diary"
    path.write_bytes(content)
    with pytest.raises(StoreForeign, match="diary is no store"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == content
    assert list(tmp_path.iterdir()) == [path]


def test_another_programs_database_is_left_alone_byte_for_byte(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("PRAGMA journal_mode=WAL")
        connection.execute("CREATE TABLE feeds (id INTEGER PRIMARY KEY)")
    before = path.read_bytes()
    with pytest.raises(StoreForeign, match="left as it is"):
        open_store(f"sqlite:///{path}")
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


@pytest.mark.postgres
def test_a_database_with_other_tables_is_left_alone(postgres: PostgresServer) -> None:
    url = postgres.create()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE customers (id int)")
    with pytest.raises(StoreForeign, match="customers"):
        open_store(url)
    with psycopg.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
    assert tables == [("customers",)]


async def test_an_empty_file_becomes_a_store_and_missing_folders_are_made(tmp_path: Path) -> None:
    (tmp_path / "empty").touch()
    for path in (tmp_path / "empty", tmp_path / "a" / "b" / "with space % and ?.db"):
        store = open_store(f"sqlite:///{path}")
        await store.aclose()
        header = path.read_bytes()[:100]
        assert header[68:72] == b"WTCH"


async def test_an_interrupted_creation_is_finished(tmp_path: Path) -> None:
    path = tmp_path / "watcher.db"
    with closing(sqlite3.connect(path)) as connection:
        connection.execute(f"PRAGMA application_id={int.from_bytes(b'WTCH')}")
    store = open_store(f"sqlite:///{path}")
    assert await store.feeds() == ()
    await store.aclose()


def test_without_leave_to_migrate_nothing_is_made(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'none.db'}"
    assert not store_exists(url)
    with pytest.raises(StoreError, match="no store yet; `watcher run` or `watcher once` makes one"):
        open_store(url, migrate=False)
    assert list(tmp_path.iterdir()) == []
    assert store_exists("sqlite:///:memory:")


@pytest.mark.postgres
def test_without_leave_to_migrate_an_empty_database_stays_empty(postgres: PostgresServer) -> None:
    url = postgres.create()
    with pytest.raises(StoreError, match="no store yet"):
        open_store(url, migrate=False)
    open_store(url).close()
    open_store(url, migrate=False).close()


def test_a_newer_schema_is_refused(kept_url: str) -> None:
    open_store(kept_url).close()
    engine = writer_engine(place_of(kept_url))

    version = table(VERSION_TABLE, column("version_num"))

    def set_version(value: str) -> None:
        with engine.begin() as connection:
            connection.execute(update(version).values(version_num=value))

    with engine.connect() as connection:
        was = connection.scalar(select(version.c.version_num))
    set_version("9999")
    try:
        with pytest.raises(StoreError, match=r"newer Watcher \(schema 9999\); upgrade"):
            open_store(kept_url)
    finally:
        set_version(str(was))
        engine.dispose()


async def test_a_damaged_file_is_named_with_the_cure(tmp_path: Path) -> None:
    path = tmp_path / "watcher.db"
    store = open_store(f"sqlite:///{path}")
    await polled(store, await feed_of(store), *(f"entry-{number}" for number in range(300)))
    await store.aclose()
    whole = path.read_bytes()
    middle = len(whole) // 8192 * 4096
    path.write_bytes(whole[:middle] + b"\xff" * 4096 + whole[middle + 4096 :])
    with pytest.raises(StoreCorrupt, match="restore it from a backup"):
        open_store(f"sqlite:///{path}")
    path.write_bytes(whole[:8192])
    with pytest.raises(StoreCorrupt, match="restore it from a backup"):
        open_store(f"sqlite:///{path}")


@pytest.mark.parametrize(
    ("url", "says"),
    [
        ("mysql://root@localhost/x", "mysql: no such storage"),
        ("watcher.db", "is no storage URL"),
        ("postgresql://user:secret@127.0.0.1:1/db", r"user:\*\*\*@127.0.0.1:1/db: "),
    ],
    ids=["another engine", "no URL", "nobody answers"],
)
def test_what_cannot_be_opened_is_said_in_words(url: str, says: str) -> None:
    with pytest.raises(StoreError, match=says) as caught:
        open_store(url)
    assert "\n" not in str(caught.value)
    assert "secret" not in str(caught.value)


def test_a_folder_that_cannot_be_made_or_is_none_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file" / "watcher.db", tmp_path):
        with pytest.raises(StoreError, match=str(path)):
            open_store(f"sqlite:///{path}")


@contextmanager
def nobody() -> Iterator[None]:
    """Without root's rights, which see no permissions."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(0)


def test_a_folder_that_is_read_only_is_said_in_words() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        open_store(f"sqlite:///{folder / 'old.db'}").close()
        folder.chmod(0o555)
        (folder / "old.db").chmod(0o444)
        with nobody():
            for name in ("new.db", "old.db"):
                with pytest.raises(StoreError, match=rf"{name}: it cannot be (opened|written)"):
                    open_store(f"sqlite:///{folder / name}")
        folder.chmod(0o755)
        (folder / "old.db").chmod(0o644)
        open_store(f"sqlite:///{folder / 'old.db'}").close()


async def test_a_full_disk_is_said_in_words_and_the_store_works_again_with_room(tmp_path: Path) -> None:
    store = open_store(f"sqlite:///{tmp_path / 'watcher.db'}")
    feed = await feed_of(store)
    engine = store._database.writing
    with engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    results = await asyncio.gather(
        store.remember("small", "fits"),
        polled(store, feed, *(f"entry-{number}" for number in range(2000))),
        store.recall("small"),
        return_exceptions=True,
    )
    assert results[0] is None
    assert isinstance(results[1], StoreError)
    assert "the disk is full" in str(results[1])
    assert await store.recall("small") == "fits"
    assert await store.due_entries(NOW, 10) == ()

    with engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1000000")
    assert len(await polled(store, feed, *(f"entry-{number}" for number in range(2000)))) == 2000
    await store.aclose()


@pytest.mark.postgres
@pytest.mark.parametrize("kept_url", ["postgresql"], indirect=True)
async def test_a_lost_connection_is_made_again(kept_url: str) -> None:
    store = open_store(kept_url)
    await store.remember("key", "value")
    with psycopg.connect(kept_url, autocommit=True) as connection:
        connection.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
            " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    await store.remember("key", "again")
    assert await store.recall("key") == "again"
    await store.aclose()


async def test_one_daemon_at_a_time_holds_a_store(kept_url: str) -> None:
    with hold(kept_url):
        with pytest.raises(StoreBusy, match=rf"{os.getpid()}.*; stop it first"), hold(kept_url):
            pass
        store = open_store(kept_url)  # commands need no lock
        assert await store.feeds() == ()
        await store.aclose()
    with hold(kept_url):
        pass


def test_a_store_where_nothing_can_be_written_names_the_cure(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with (
        pytest.raises(StoreError, match=r"w\.db\.lock: .*; give `storage` a place that can be written"),
        hold(f"sqlite:///{tmp_path}/file/w.db"),
    ):
        pass


HOLDER = """
import sys, time
from watcher.store import hold
with hold(sys.argv[1]):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_lock_ends_with_the_process_however_it_ends(kept_url: str) -> None:
    held = subprocess.Popen([sys.executable, "-c", HOLDER, kept_url], stdout=subprocess.PIPE, cwd=ROOT)
    assert held.stdout is not None
    assert held.stdout.readline() == b"held\n"
    with pytest.raises(StoreBusy, match=str(held.pid)), hold(kept_url):
        pass
    held.kill()
    held.wait()
    held.stdout.close()
    for _ in range(100):  # the server notices a moment later
        try:
            with hold(kept_url):
                break
        except StoreBusy:
            time.sleep(0.05)
    else:
        pytest.fail("the lock outlived its process")


def test_a_forked_child_does_not_keep_the_lock(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'watcher.db'}"
    waits, end = os.pipe()
    hears, started = os.pipe()
    with hold(url):
        child = os.fork()
        if child == 0:
            os.close(end)
            os.write(started, b".")
            os.read(waits, 1)  # until the parent is done
            os._exit(0)
        os.read(hears, 1)
    with hold(url):
        pass
    for number in (end, waits, hears, started):
        os.close(number)
    os.waitpid(child, 0)


def test_memory_is_held_by_nobody() -> None:
    with hold("sqlite:///:memory:"), hold("sqlite:///:memory:"):
        pass


def test_a_lock_that_cannot_be_made_is_said_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="file"), hold(f"sqlite:///{tmp_path}/file/watcher.db"):
        pass


async def test_two_that_open_a_new_store_at_once_both_can(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'new.db'}"
    stores = await asyncio.gather(*(asyncio.to_thread(open_store, url) for _ in range(4)))
    await told_article(stores[0], "one")
    found = await stores[3].stored(article("one").id)
    assert found is not None
    for store in stores:
        await store.aclose()


def test_a_postgresql_that_is_not_there_is_named_with_the_cure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        with pytest.raises(StoreError, match=rf"reached at 127\.0\.0\.1, port {port}; is it running .*`storage`"):
            open_store(f"postgresql://me:secret@127.0.0.1:{port}/news")
