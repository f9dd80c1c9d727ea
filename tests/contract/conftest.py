"""Every contract of the store runs over an SQLite file, SQLite in memory and a real PostgreSQL."""

import shutil
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import pytest

from tests.helpers.postgres import PACKAGE, PostgresServer, available, running_postgres
from watcher.store import SqlStore, open_store
from watcher.store.schema import metadata

POSTGRES = pytest.param(
    "postgresql",
    marks=[pytest.mark.postgres, pytest.mark.skipif(not available(), reason=f"{PACKAGE} is not installed")],
)
ENGINES = ["sqlite", "memory", POSTGRES]


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    with running_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def migrated(postgres: PostgresServer) -> str:
    """A database with the schema; each test finds it empty."""
    url = postgres.create()
    open_store(url).close()
    return url


@pytest.fixture(scope="session")
def sqlite_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty store to copy."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    open_store(f"sqlite:///{path}").close()
    return path


@pytest.fixture
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[str], str]:
    """Make a place for an empty store on the engine named."""

    def make(engine: str) -> str:
        if engine == "postgresql":
            server: PostgresServer = request.getfixturevalue("postgres")
            url: str = request.getfixturevalue("migrated")
            server.empty(url, metadata.tables)
            return url
        if engine == "memory":
            return "sqlite:///:memory:"
        shutil.copy(request.getfixturevalue("sqlite_file"), tmp_path / "watcher.db")
        return f"sqlite:///{tmp_path / 'watcher.db'}"

    return make


@pytest.fixture(params=ENGINES)
def url(request: pytest.FixtureRequest, new_url: Callable[[str], str]) -> str:
    return new_url(request.param)


@pytest.fixture(params=["sqlite", POSTGRES])
def kept_url(request: pytest.FixtureRequest, new_url: Callable[[str], str]) -> str:
    """A store that outlives its closing."""
    return new_url(request.param)


@pytest.fixture
async def store(url: str) -> AsyncIterator[SqlStore]:
    opened = open_store(url)
    yield opened
    await opened.aclose()
