"""The feeds of the config as the settings have them: OPML files opened, names given, the disabled left out."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Protocol
from urllib.parse import urlsplit

from watcher.config import checks
from watcher.config.crosscheck import url_key
from watcher.config.kinds import Context, Values, WrongError
from watcher.config.nodes import fault_at
from watcher.config.syntax import dotted
from watcher.errors import WatcherError
from watcher.settings import Feed

MAX_OPML = 20_000_000


class OpmlFeed(Protocol):
    """What an OPML file says of a feed."""

    @property
    def url(self) -> str:
        """As written there."""
        ...

    @property
    def name(self) -> str:
        """For people; empty or the URL where the file gives none."""
        ...

    @property
    def tags(self) -> Sequence[str]:
        """The folders it stands in."""
        ...


ReadOpml = Callable[[bytes], Sequence[OpmlFeed]]


def with_opml(items: Sequence[Values], read_opml: ReadOpml, ctx: Context) -> tuple[Values, ...]:
    """Every OPML item replaced by the feeds of its file; what the config itself writes comes first.

    A feed that stands twice in OPML files is one; one that the config lists itself, disabled or not, is the config's.
    """
    written = {url_key(item["url"]): item.get("enabled", True) for item in items if item.get("url")}
    names = {item["name"] for item in items if "name" in item}
    found: dict[str, Values] = {}
    for item in items:
        for feed in _opened(item, read_opml, ctx) if "opml" in item else ():
            key = url_key(feed["url"])
            if key in written:
                if written[key]:
                    _left_out(item, f"{feed['url']} is listed and in the OPML file", ctx, "what is listed holds")
            elif key in found:
                found[key]["tags"] = tuple(dict.fromkeys((*found[key]["tags"], *feed["tags"])))
            else:
                if feed.get("name") in names:
                    del feed["name"]
                names |= {feed["name"]} if "name" in feed else set()
                found[key] = feed
    return (*(item for item in items if "opml" not in item), *found.values())


def _opened(item: Values, read_opml: ReadOpml, ctx: Context) -> Iterator[Values]:
    node, path = item["@"]
    file: Path = item["opml"]
    ctx.files.append(file)
    defaults = {key: value for key, value in item.items() if key != "opml"}
    try:
        if file.stat().st_size > MAX_OPML:
            raise WrongError(f"is larger than {MAX_OPML // 10**6} MB")
        feeds = read_opml(file.read_bytes())
    except (OSError, ValueError, WatcherError) as error:
        told = fault_at(node, f"the OPML file cannot be read: {error}", path=dotted((*path, "opml")), hint=str(file))
        ctx.faults.append(told)
        return
    for feed in feeds:
        try:
            url = checks.url(feed.url)
        except WrongError as wrong:
            _left_out(item, f"`{feed.url}` of the OPML file is left out: {wrong}", ctx)
            continue
        tags = tuple(dict.fromkeys((*defaults.get("tags", ()), *feed.tags)))
        name = {"name": " ".join(feed.name.split())} if feed.name.strip() and feed.name != feed.url else {}
        yield {**defaults, **name, "url": url, "tags": tags}


def _left_out(item: Values, message: str, ctx: Context, hint: str = "") -> None:
    node, path = item["@"]
    ctx.warnings.append(fault_at(node, message, path=dotted(path), hint=hint, warning=True))


def feeds_of(items: Sequence[Values]) -> tuple[Feed, ...]:
    """The enabled feeds; one without a name is named by its URL's host and path, or all of it where that is taken."""
    enabled = [item for item in items if item.get("enabled", True)]
    taken = {item["name"] for item in enabled if "name" in item}
    feeds: list[Feed] = []
    for item in enabled:
        name = item.get("name") or _free_name(item["url"], taken)
        taken.add(name)
        feeds.append(Feed(**{**{key: value for key, value in item.items() if key != "@"}, "name": name}))
    return tuple(feeds)


def _free_name(url: str, taken: set[str]) -> str:
    parts = urlsplit(url)
    short = f"{parts.hostname}{parts.path}".rstrip("/")
    with_query = f"{short}?{parts.query}" if parts.query else short
    return next((name for name in (short, with_query) if name not in taken), url)
