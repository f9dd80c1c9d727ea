"""Where a store is: its URL taken apart."""

from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from watcher.errors import StoreError

_SQLITE = "sqlite://"
_POSTGRESQL = ("postgresql", "postgres", "postgresql+psycopg")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A file, a PostgreSQL database, or (neither) memory. Its text names it without secrets."""

    file: Path | None = None
    server: URL | None = None

    @property
    def in_memory(self) -> bool:
        """Whether it ends with the process."""
        return self.file is None and self.server is None

    def __str__(self) -> str:
        if self.server is not None:
            return self.server.set(drivername="postgresql", query={}).render_as_string(hide_password=True)
        return ":memory:" if self.file is None else str(self.file)


def place_of(url: str) -> Place:
    """Take `sqlite:///path` (the path as it stands), `sqlite:///:memory:` or `postgresql://…` apart."""
    if url.startswith(_SQLITE):
        path = url.removeprefix(_SQLITE).removeprefix("/")
        return Place() if path in {"", ":memory:"} else Place(file=Path(path))
    try:
        server = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise StoreError(f"{url!r} is no storage URL; write sqlite:///path or postgresql://user@host/db") from error
    if server.drivername not in _POSTGRESQL:
        raise StoreError(f"{server.drivername}: no such storage; write sqlite:///path or postgresql://user@host/db")
    return Place(server=server.set(drivername="postgresql+psycopg"))
