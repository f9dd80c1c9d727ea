"""The config: YAML files → Settings, with every fault at its place; the schema, the starter, and edits."""

from watcher.config.edit import add_feed, add_feeds
from watcher.config.load import Loaded, load
from watcher.config.schema import schema
from watcher.config.sources import OpmlFeed, ReadOpml
from watcher.config.starter import STARTER, write_starter
from watcher.config.union import files
from watcher.config.units import format_duration, parse_duration, parse_size

__all__ = [
    "STARTER",
    "Loaded",
    "OpmlFeed",
    "ReadOpml",
    "add_feed",
    "add_feeds",
    "files",
    "format_duration",
    "load",
    "parse_duration",
    "parse_size",
    "schema",
    "write_starter",
]
