"""The JSON Schema of the YAML as users write it, for editors and for `watcher check --schema`."""

from watcher.config.kinds import Schema
from watcher.config.query import query_definition
from watcher.config.spec import CONFIG


def schema() -> Schema:
    """JSON Schema, draft 2020-12; made from the same list of keys that loading reads."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Watcher's config",
        **CONFIG.schema(),
        "$defs": {"query": query_definition()},
    }
