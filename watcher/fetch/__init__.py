"""Asking servers: politely, within bounds, and never where nobody meant us to go."""

from watcher.fetch.client import HttpFetcher
from watcher.fetch.robots import RobotsTxt

__all__ = ["HttpFetcher", "RobotsTxt"]
