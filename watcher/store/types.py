"""Column types: what both engines keep alike, however hostile the text was."""

import zlib
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from sqlalchemy import BigInteger, Dialect, Integer, LargeBinary, Text
from sqlalchemy.types import TypeDecorator

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_TICK = timedelta(microseconds=1)
_LONGEST_KEY = 1000  # bytes; a PostgreSQL index row takes no more than 2,704
_KEPT = 900

Id = BigInteger().with_variant(Integer(), "sqlite")  # SQLite numbers rows only where the type reads INTEGER


def cleaned(text: str) -> str:
    """The text as both engines can hold it: NUL (refused by PostgreSQL) and lone surrogates become U+FFFD."""
    if text.isascii() and "\0" not in text:
        return text
    return text.replace("\0", "\ufffd").encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def key_of(text: str) -> str:
    """What identifies a text in an index: itself, or for a very long one its start and a hash of the whole."""
    text = cleaned(text)
    if len(text) * 4 <= _LONGEST_KEY:
        return text
    encoded = text.encode()
    if len(encoded) <= _LONGEST_KEY:
        return text
    return f"{encoded[:_KEPT].decode(errors='ignore')}#{sha256(encoded).hexdigest()}"


class Moment(TypeDecorator[datetime]):
    """An aware UTC time, kept as whole microseconds since 1970."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        """To the store; a naive time is an error of the program."""
        del dialect
        return None if value is None else (value - _EPOCH) // _TICK

    def process_result_value(self, value: Any | None, dialect: Dialect) -> datetime | None:
        """From the store."""
        del dialect
        return None if value is None else _EPOCH + timedelta(microseconds=value)


class Words(TypeDecorator[str]):
    """Text from anywhere."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the store."""
        del dialect
        return None if value is None else cleaned(value)


class Key(TypeDecorator[str]):
    """Text from anywhere that an index identifies rows by; see `key_of`."""

    impl = Text
    cache_ok = True

    def process_bind_param(self, value: str | None, dialect: Dialect) -> str | None:
        """To the store."""
        del dialect
        return None if value is None else key_of(value)


class Packed(TypeDecorator[str]):
    """Long text, deflated: news text takes less than half the room."""

    impl = LargeBinary
    cache_ok = True

    def __init__(self, level: int = 6) -> None:
        super().__init__()
        self.level = level

    def process_bind_param(self, value: str | None, dialect: Dialect) -> bytes | None:
        """To the store."""
        del dialect
        return None if value is None else zlib.compress(cleaned(value).encode(), self.level)

    def process_result_value(self, value: Any | None, dialect: Dialect) -> str | None:
        """From the store."""
        del dialect
        return None if value is None else zlib.decompress(value).decode()
