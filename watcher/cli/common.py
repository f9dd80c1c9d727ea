"""What the commands share: the options, loading a config, printing, progress."""

import functools
import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Concatenate, Literal, NoReturn, ParamSpec, TypeVar

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from watcher.cli.logs import set_up_logs
from watcher.config import parse_duration
from watcher.errors import ConfigError, Fault

P = ParamSpec("P")
R = TypeVar("R")


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What stands before or after any command."""

    config: Path | None = None
    verbose: int = 0
    log_format: Literal["text", "json"] = "text"

    @property
    def path(self) -> Path:
        """The config's path: `--config`, else `$WATCHER_CONFIG`, else `config/`."""
        return self.config or Path(os.environ.get("WATCHER_CONFIG") or "config")


def common(command: Callable[Concatenate[Options, P], R]) -> Callable[P, R]:
    """Give a command `-c`, `-v` and `--log-format`, whether they stand before it or after it."""

    @click.option("-c", "--config", type=click.Path(path_type=Path), help="Config file or folder [config/].")
    @click.option("-v", "--verbose", count=True, help="Say more; twice for everything.")
    @click.option("--log-format", type=click.Choice(["text", "json"]), help="How logs are written, to stderr.")
    @click.pass_context
    @functools.wraps(command)
    def wrapper(ctx: click.Context, /, *args: P.args, **kwargs: P.kwargs) -> R:
        given: dict[str, Any] = {name: kwargs.pop(name) for name in ("config", "verbose", "log_format")}
        options = ctx.find_object(Options) or Options()
        options = replace(options, **{name: value for name, value in given.items() if value})
        ctx.obj = options
        set_up_logs(verbose=options.verbose, log_format=options.log_format)
        return command(options, *args, **kwargs)

    return wrapper


class DurationType(click.ParamType[timedelta, Any]):
    """Durations as in the config."""

    name = "duration"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """`24h` to a timedelta."""
        if isinstance(value, timedelta):
            return value
        try:
            return parse_duration(str(value))
        except ValueError as error:
            self.fail(str(error), param, ctx)


def require_config(path: Path) -> Path:
    """The config's path where there is one; else an error that tells how to get one."""
    if path.exists():
        return path
    raise ConfigError(
        [
            Fault(
                file=str(path),
                message="there is no config here",
                hint="make one with `watcher init`, or name it with -c",
            )
        ]
    )


def warn(faults: Sequence[Fault]) -> None:
    """Print warnings on stderr."""
    for fault in faults:
        click.echo(f"warning: {fault}", err=True)


def fail(message: str, code: int = 1) -> NoReturn:
    """Say what failed on stderr and exit."""
    click.echo(message, err=True)
    raise click.exceptions.Exit(code)


def print_json(value: object) -> None:
    """Machine-readable output, alone on stdout."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=encode))


def print_line(value: object) -> None:
    """One line of JSONL."""
    click.echo(json.dumps(value, ensure_ascii=False, default=encode))


def encode(value: object) -> object:
    """Times as RFC 3339, paths as text."""
    if isinstance(value, datetime):
        return rfc3339(value)
    if isinstance(value, Path):
        return str(value)
    raise TypeError(f"{type(value).__name__} has no JSON form")


def rfc3339(moment: datetime) -> str:
    """UTC with a Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def plural(count: int, noun: str) -> str:
    """A count with its noun: "1 feed", "2 deliveries"."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"


def ago(moment: datetime | None, now: datetime) -> str:
    """A time as people say it: "3 h ago", "in 5 min", "never"."""
    if moment is None:
        return "never"
    seconds = (now - moment).total_seconds()
    text = span(abs(seconds))
    return f"{text} ago" if seconds >= 0 else f"in {text}"


def span(seconds: float) -> str:
    """A length of time in its largest unit."""
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds >= size:
            return f"{seconds / size:.0f} {unit}"
    return f"{seconds:.0f} s"


class Meter:
    """Counts work done; draws a bar on a terminal once it has taken longer than two seconds, nothing in a pipe."""

    PATIENCE = 2.0

    def __init__(self, label: str, total: int | None, monotonic: Callable[[], float]) -> None:
        self._label, self._total, self._done = label, total, 0
        self._monotonic, self._began = monotonic, monotonic()
        self._bar: Progress | None = None
        self._live = sys.stderr.isatty()

    def step(self, count: int = 1, *, total: int | None = None) -> None:
        """Some more is done; `total` corrects what is expected."""
        self._done += count
        self._total = total if total is not None else self._total
        if not self._live:
            return
        if self._bar is None and self._monotonic() - self._began > self.PATIENCE:
            columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
            self._bar = Progress(*columns, transient=True, console=Console(stderr=True))
            self._bar.start()
            self._bar.add_task(self._label, total=self._total)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=self._done, total=self._total)

    def close(self) -> None:
        """Take the bar away."""
        if self._bar is not None:
            self._bar.stop()


@contextmanager
def meter(label: str, total: int | None, monotonic: Callable[[], float]) -> Iterator[Meter]:
    """A Meter for the length of some work."""
    made = Meter(label, total, monotonic)
    try:
        yield made
    finally:
        made.close()
