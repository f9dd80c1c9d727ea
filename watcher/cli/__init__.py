"""The command line: parse arguments, call, print, exit. Decides nothing."""

import difflib
import importlib
import io
import os
import sys
from collections.abc import Mapping
from types import MappingProxyType

import click

from watcher import __version__
from watcher.cli.common import Options, common
from watcher.errors import ConfigError, QueryError, WatcherError

# Command to its module and function: a module is imported when its command is called, so that `--help` is quick.
COMMANDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "init": ("setup", "init"),
        "check": ("setup", "check"),
        "run": ("service", "run"),
        "once": ("service", "once"),
        "demo": ("demo", "demo"),
        "test": ("topics", "test"),
        "explain": ("explaining", "explain"),
        "match": ("topics", "match"),
        "backtest": ("backtesting", "backtest"),
        "extract": ("extracting", "extract"),
        "figures": ("figures", "figures"),
        "figures-history": ("history", "figures_history"),
        "feeds": ("feeds", "feeds"),
        "digest": ("outbox", "digest"),
        "deliveries": ("outbox", "deliveries"),
        "retry": ("outbox", "retry"),
        "silence": ("silencing", "silence"),
        "ack": ("silencing", "ack"),
        "silences": ("silencing", "list_silences"),
        "unsilence": ("silencing", "unsilence"),
        "send-test": ("outbox", "send_test"),
        "backup": ("service", "backup"),
    }
)


class LazyGroup(click.Group):
    """A group whose commands are imported when called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The commands in the order in which one meets them."""
        del ctx
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command's module; a usage error, with the nearest name, where there is none."""
        if cmd_name not in COMMANDS:
            near = difflib.get_close_matches(cmd_name, COMMANDS, n=1)
            hint = f" Did you mean {near[0]!r}?" if near else ""
            ctx.fail(f"No such command {cmd_name!r}.{hint}")
        module, name = COMMANDS[cmd_name]
        found = getattr(importlib.import_module(f"watcher.cli.{module}"), name)
        return found if isinstance(found, click.Command) else None


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="watcher")
@common
def cli(options: Options) -> None:
    """Watch the news: poll feeds, read articles in full, match topics, send digests.

    To try it: `watcher demo`. To make your own: `watcher init`, then `watcher check`, `watcher once`, `watcher run`.
    """
    del options


def main() -> None:
    """Run the command; every expected error is one clear line, never a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # half a surrogate pair: as JSON escapes it
    try:
        sys.exit(cli(standalone_mode=False))  # without standalone mode, click returns what an Exit carries
    except click.Abort:
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (ConfigError, QueryError) as error:
        click.echo(str(error), err=True)
        sys.exit(2)
    except WatcherError as error:
        click.echo(f"watcher: {error}", err=True)
        sys.exit(1)
    except BrokenPipeError:  # the reader of a pipe went away, as `head` does
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except OSError as error:  # what the file system or the network refuses
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"watcher: {where}{error.strerror or error}", err=True)
        sys.exit(1)
    except KeyboardInterrupt:
        sys.exit(130)
