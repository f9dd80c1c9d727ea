"""What only shows when the whole config is known: names that nothing has, and things said twice."""

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from watcher.config.kinds import Context, Values, closest, suggestion
from watcher.config.nodes import Listing, Mapping, Node, Scalar

BUILT_IN_TOPICS = frozenset({"sources"})
EVERY_TOPIC = "*"


def entries(root: Mapping, section: str) -> dict[str, tuple[Scalar, Node]]:
    """The named entries of a section."""
    node = root.entries[section][1] if section in root.entries else None
    return node.entries if isinstance(node, Mapping) else {}


def check(root: Mapping, values: Values, ctx: Context) -> None:
    """Tell the faults and warnings of the whole."""
    _feeds_twice(values.get("feeds", ()), ctx)
    _topic_feeds(root, values, ctx)
    _figure_places(root, ctx)
    _digest_names(root, values, ctx)
    _silenced_topics(root, ctx)


def url_key(url: str) -> str:
    """What two URLs of the same feed have in common: scheme and host in lower case, no default port, no fragment."""
    parts = urlsplit(url)
    default = {"http": 80, "https": 443}.get(parts.scheme.lower())
    port = f":{parts.port}" if parts.port and parts.port != default else ""
    host = (parts.hostname or "").rstrip(".")
    query = f"?{parts.query}" if parts.query else ""
    return f"{parts.scheme.lower()}://{parts.username or ''}@{host}{port}{parts.path or '/'}{query}"


def _feeds_twice(feeds: Iterable[Values], ctx: Context) -> None:
    seen: dict[tuple[str, str], Node] = {}
    for feed in feeds:
        if not feed.get("enabled", True):
            continue
        node, path = feed["@"]
        for key, name in (("url", url_key(feed.get("url", ""))), ("name", feed.get("name", ""))):
            if key not in feed:
                continue
            place = _value(node, key)
            first = seen.setdefault((key, name), place)
            if first is not place:
                with _within(ctx, *path, *([key] if isinstance(node, Mapping) else [])):
                    at = f"{first.source.name}:{first.line}:{first.column}"
                    ctx.fault(place, f"this feed's {key} stands twice, first at {at}", "keep one of them")


def _value(node: Node, key: str) -> Node:
    return node.entries[key][1] if isinstance(node, Mapping) and key in node.entries else node


class _within:  # noqa: N801 - reads as what it does
    def __init__(self, ctx: Context, *path: str | int) -> None:
        self.ctx, self.path = ctx, path

    def __enter__(self) -> None:
        self.before = self.ctx.path
        self.ctx.path = list(self.path)

    def __exit__(self, *_: object) -> None:
        self.ctx.path = self.before


def _items(node: Node | None) -> Iterator[tuple[tuple[int, ...], Scalar]]:
    """The scalars of a one-or-list."""
    if isinstance(node, Listing):
        yield from (((index,), item) for index, item in enumerate(node.items) if isinstance(item, Scalar))
    elif isinstance(node, Scalar):
        yield (), node


def _under(node: Node, key: str) -> Node | None:
    return node.entries[key][1] if isinstance(node, Mapping) and key in node.entries else None


def _topic_feeds(root: Mapping, values: Values, ctx: Context) -> None:
    feeds = values.get("feeds", ())
    known = {tag for feed in feeds for tag in feed.get("tags", ())} | {feed["name"] for feed in feeds if "name" in feed}
    hints: dict[str, str] = {}
    for topic, (_, node) in entries(root, "topics").items():
        for index, item in _items(_under(node, "feeds")):
            name = item.text.strip()
            if name in known or "${" in name:
                continue
            if name not in hints:
                hints[name] = suggestion(name, known, what="tags and names")
            with _within(ctx, "topics", topic, "feeds", *index):
                ctx.fault(item, f"no feed has the tag or name `{name}`", hints[name])


def _figure_places(root: Mapping, ctx: Context) -> None:
    """Lists that rules on figures name as places."""
    terms = entries(root, "terms")
    for topic, (_, node) in entries(root, "topics").items():
        figures = _under(node, "figures")
        for index, item in _items(_under(figures, "place")) if figures is not None else ():
            name = item.text.strip()
            if name.startswith("$") and "${" not in name and name[1:] not in terms:
                with _within(ctx, "topics", topic, "figures", "place", *index):
                    ctx.fault(item, f"there is no list `{name[1:]}` under terms", _named(name[1:], terms, "list"))


def _digest_names(root: Mapping, values: Values, ctx: Context) -> None:
    topics, channels = entries(root, "topics"), entries(root, "channels")
    allowed = {"topics": {*topics, *BUILT_IN_TOPICS, EVERY_TOPIC}, "to": set(channels)}
    what = {"topics": "topic", "to": "channel"}
    for digest, (_, node) in entries(root, "digests").items():
        for key, names in allowed.items():
            for index, item in _items(_under(node, key)):
                if item.text.strip() not in names and "${" not in item.text:
                    with _within(ctx, "digests", digest, key, *index):
                        ctx.fault(item, f"there is no {what[key]} `{item.text}`", _named(item.text, names, what[key]))
        _escalations(digest, node, channels, ctx)
        _idle(digest, node, values, ctx)
    _untold(topics, values, ctx)


def _silenced_topics(root: Mapping, ctx: Context) -> None:
    node = _under(root, "silences")
    listed = node.items if isinstance(node, Listing) else [node] if isinstance(node, Mapping) else []
    topics = (*entries(root, "topics"), *sorted(BUILT_IN_TOPICS))
    for index, item in enumerate(listed):
        topic = _under(item, "topic")
        if isinstance(topic, Scalar) and topic.text.strip() not in topics and "${" not in topic.text:
            with _within(ctx, "silences", index, "topic"):
                ctx.fault(topic, f"there is no topic `{topic.text}`", _named(topic.text, topics, "topic"))


def _escalations(digest: str, node: Node, channels: Iterable[str], ctx: Context) -> None:
    """Channels of `escalate` that there are not."""
    escalate = _under(node, "escalate")
    for severity, (_, listed) in escalate.entries.items() if isinstance(escalate, Mapping) else ():
        for index, item in _items(listed):
            if item.text.strip() not in channels and "${" not in item.text:
                with _within(ctx, "digests", digest, "escalate", severity, *index):
                    ctx.fault(item, f"there is no channel `{item.text}`", _named(item.text, channels, "channel"))


def _named(text: str, names: Iterable[str], what: str) -> str:
    found = closest(text, names)
    return f"did you mean `{found}`?" if found else suggestion(text, names, what=f"{what}s")


def _idle(digest: str, node: Node, values: Values, ctx: Context) -> None:
    """Digests all of whose topics or channels are disabled."""
    policy: Values = values.get("digests", {}).get(digest, {})
    for key, section, message in (
        ("topics", "topics", "every topic it takes is disabled"),
        ("to", "channels", "every channel it goes to is disabled"),
    ):
        known: Values = values.get(section, {})
        named = [known[name] for name in policy.get(key, ()) if name in known]
        whole = len(named) == len(policy.get(key, ()))
        if policy.get("enabled", True) and named and whole and not any(item.get("enabled", True) for item in named):
            with _within(ctx, "digests", digest, key):
                ctx.warn(_value(node, key), message, "nobody is told")


def _untold(topics: dict[str, tuple[Scalar, Node]], values: Values, ctx: Context) -> None:
    """Topics that no digest takes, where there are digests."""
    digests = [digest for digest in values.get("digests", {}).values() if digest.get("enabled", True)]
    taken = {name for digest in digests for name in digest.get("topics", ())}
    if not digests or EVERY_TOPIC in taken:
        return
    for topic, (key, _) in topics.items():
        values_of = values.get("topics", {}).get(topic, {})
        if topic not in taken and values_of.get("enabled", True):
            with _within(ctx, "topics", topic):
                ctx.warn(key, "no digest takes this topic", "nobody is told of it")
