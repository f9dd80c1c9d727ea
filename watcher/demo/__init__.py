"""A small news site of our own on loopback, for trying Watcher without a network.

`site` builds it and `serve` puts it on a port; `settings` is the config that watches it.
"""

from watcher.demo.content import Outlet, Story, outlets, stories
from watcher.demo.serve import Served, serve
from watcher.demo.settings import demo_settings
from watcher.demo.site import Resource, Site

__all__ = ["Outlet", "Resource", "Served", "Site", "Story", "demo_settings", "outlets", "serve", "stories"]
