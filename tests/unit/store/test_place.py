"""Storage URLs."""

from pathlib import Path

import pytest

from watcher.errors import StoreError
from watcher.store.place import place_of


@pytest.mark.parametrize(
    ("url", "file"),
    [
        ("sqlite:////var/lib/watcher.db", Path("/var/lib/watcher.db")),
        ("sqlite:///var/watcher.db", Path("var/watcher.db")),
        ("sqlite:////a b/100%/what?#.db", Path("/a b/100%/what?#.db")),
        ("sqlite:///:memory:", None),
        ("sqlite://", None),
    ],
)
def test_sqlite_paths_are_taken_as_they_stand(url: str, file: Path | None) -> None:
    place = place_of(url)
    assert place.file == file
    assert place.in_memory is (file is None)


@pytest.mark.parametrize("scheme", ["postgresql", "postgres", "postgresql+psycopg"])
def test_postgresql_is_named_without_its_secret(scheme: str) -> None:
    place = place_of(f"{scheme}://desk:s3cret@db.example:5433/news?sslmode=require")
    assert place.server is not None
    assert place.server.drivername == "postgresql+psycopg"
    assert place.server.query == {"sslmode": "require"}
    assert str(place) == "postgresql://desk:***@db.example:5433/news"


@pytest.mark.parametrize("url", ["", "watcher.db", "mysql://host/db", "postgresql://host:port/db"])
def test_anything_else_is_an_error_that_says_what_to_write(url: str) -> None:
    with pytest.raises(StoreError, match="write sqlite:///path or postgresql://user@host/db"):
        place_of(url)
