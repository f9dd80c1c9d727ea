"""Watcher: watches the news for people who must not miss it."""

__version__ = "0.1.0"
