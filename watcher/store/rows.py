"""What every room of the store needs of the engines."""

from collections.abc import Iterator, Sequence
from functools import cache
from itertools import islice
from typing import Any, TypeVar

from sqlalchemy import Connection, Table
from sqlalchemy.dialects import postgresql, sqlite

T = TypeVar("T")

MANY = 500  # values in one IN list, rows in one page


def insert(connection: Connection, table: Table) -> Any:
    """An INSERT that knows `on_conflict_do_nothing` and `on_conflict_do_update`, which both engines spell alike."""
    return postgresql.insert(table) if connection.dialect.name == "postgresql" else sqlite.insert(table)


@cache
def _insert_new(dialect: str, table: Table, returning: str | None) -> Any:
    made: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    statement = made.on_conflict_do_nothing()
    return statement if returning is None else statement.returning(table.c[returning])


def insert_new(connection: Connection, table: Table, returning: str | None = None) -> Any:
    """An INSERT that passes over rows which are there already; `returning` a column of those that were not."""
    return _insert_new(connection.dialect.name, table, returning)


def chunks(values: Sequence[T], size: int = MANY) -> Iterator[Sequence[T]]:
    """The values in runs that fit a statement."""
    iterator = iter(values)
    while run := tuple(islice(iterator, size)):
        yield run
