"""The config: YAML files → Settings, with every fault at its place; the schema, the starter, and edits."""

from watcher.config.load import Loaded, load
from watcher.config.sources import OpmlFeed, ReadOpml
from watcher.config.union import files
from watcher.config.units import format_duration, parse_duration, parse_size

__all__ = [
    "Loaded",
    "OpmlFeed",
    "ReadOpml",
    "files",
    "format_duration",
    "load",
    "parse_duration",
    "parse_size",
]
