"""JSON lines on stdin: each a mapping with an `id`; what is wrong with one is told, the rest answered."""

import json
from collections.abc import Callable, Iterator
from typing import Any, TextIO, TypeVar

import click

T = TypeVar("T")

MAX_LINE = 50_000_000  # characters; a longer line is no article


def read_lines(stream: TextIO, parse: Callable[[dict[str, Any]], T]) -> Iterator[tuple[Any, T] | None]:
    """Each line's `id` with what `parse` makes of it; None for a bad line, whose number and fault go to stderr.

    `parse` raises ValueError, in words, for what it cannot take.
    """
    stream.reconfigure(encoding="utf-8-sig", errors="replace")  # type: ignore[attr-defined]  # a TextIOWrapper
    for number, line in enumerate(iter(lambda: stream.readline(MAX_LINE), ""), start=1):
        if not line.strip():
            continue
        try:
            value = _mapping(line)
            parsed = parse(value)
        except ValueError as error:
            click.echo(f"line {number}: {error}", err=True)
            yield None
        else:
            yield value["id"], parsed


def texts_of(value: dict[str, Any], *names: str) -> None:
    """ValueError where one of these keys holds no text."""
    for name in names:
        if not isinstance(value.get(name, ""), str | None):
            raise ValueError(f'"{name}" is not text')  # noqa: TRY004 - a value of the input, not a type of ours


def _mapping(line: str) -> dict[str, Any]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"not JSON: {error}") from error
    if not isinstance(value, dict):
        raise ValueError("not a JSON object")  # noqa: TRY004 - likewise
    if "id" not in value:
        raise ValueError('no "id"')
    return value
