"""The config that watches the demo's site: its feeds, the shipped topics, a folder to tell them to."""

from collections.abc import Mapping

from watcher import starter
from watcher.demo.content import outlets

_SETTINGS = """\
# Watches the demo's news site with the topics that Watcher ships.
timezone: UTC
storage: sqlite:///watcher.db
server: {listen: "LISTEN"}
fetch:
  interval: 15m
  per_host: 8
  host_delay: 0ms
  backfill: 2d
  allow_private: [127.0.0.0/8]   # the demo's site is on this machine
extract: {workers: 2}
channels:
  files: {type: folder, path: digests}
digests:
  demo: {topics: ["*"], to: [files], wait: 4s, every: 5s}
"""


def demo_settings(base_url: str, *, listen: str = "127.0.0.1:8080") -> Mapping[str, str]:
    """File names and YAML texts of a config folder for the site at `base_url`; `listen` is where the page is served."""
    topics = {name: text for name, text in starter.texts().items() if name.startswith(("topics/", "terms"))}
    feeds = [
        f"  - {{url: {base_url}/{outlet.slug}/feed.xml, name: {outlet.name}, tags: [{', '.join(outlet.tags)}],"
        f" language: {outlet.language}}}\n"
        for outlet in outlets()
    ]
    return {
        "watcher.yaml": _SETTINGS.replace("LISTEN", listen),
        "feeds.yaml": "feeds:\n" + "".join(feeds),
        **topics,
    }
