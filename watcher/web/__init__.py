"""The page and the API: read the store, call the same functions as the commands."""

from watcher.web.server import serve

__all__ = ["serve"]
