"""A config's files → Settings, or every fault at once with file, line, column and cure."""

from collections.abc import Mapping as MappingType, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from watcher.config import caret, crosscheck
from watcher.config.interpolate import expand
from watcher.config.kinds import Context, Missing, Values, shape
from watcher.config.nodes import Listing, Mapping, Node, Scalar, Source, compose, fault_at, is_null, read_source
from watcher.config.sources import ReadOpml, feeds_of, with_opml
from watcher.config.spec import CONFIG
from watcher.config.syntax import BROKEN, dotted
from watcher.config.union import files, union
from watcher.errors import ConfigError, Fault, QueryFault
from watcher.model import Severity
from watcher.settings import (
    AppriseChannel,
    Channel,
    DigestPolicy,
    EmailChannel,
    Examples,
    Extract,
    Fetch,
    FigureRule,
    FolderChannel,
    Frequency,
    Heartbeat,
    Quiet,
    Retention,
    Retry,
    Server,
    Settings,
    SilenceRule,
    Smtp,
    Spike,
    Stories,
    Topic,
    WebhookChannel,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A config that can be used. `files` are all that were read: YAML, OPML and secrets."""

    settings: Settings
    warnings: tuple[Fault, ...]
    files: tuple[Path, ...]
    _root: Mapping = field(repr=False)
    _env: MappingType[str, str] = field(repr=False)

    def place(self, path: tuple[str | int, ...]) -> Fault:
        """Where a key stands: a Fault with file, line, column and path, and no message yet.

        The path is as in YAML (`("topics", "mosul", "query", "any", 0)`); where nothing is written, what it lies in.
        """
        return fault_at(_find(self._root, path), "", path=dotted(path))

    def query_fault(self, where: tuple[str | int, ...], fault: QueryFault) -> Fault:
        """A query's fault with its place in the file; the hint is the cure, then the line with a caret."""
        node = _find(self._root, where)
        place = replace(self.place(where), message=fault.message, hint=fault.cure, warning=fault.warning)
        if not isinstance(node, Scalar) or not fault.query:
            return place
        expanded = expand(node.text, self._env, self.settings.folder)
        shift = expanded.text.find(fault.query)
        if shift < 0:
            return place
        line, column = caret.locate(node, expanded.raw_offset(shift + fault.start))
        sketch = caret.sketch(node.source, line, column, fault.end - fault.start)
        return replace(place, line=line, column=column, hint=f"{fault.cure}\n{sketch}")


def load(path: Path, env: MappingType[str, str], *, read_opml: ReadOpml, secrets: bool = True) -> Loaded:
    """Read a config file or folder.

    `secrets=False`: an unset variable in `channels` and `server` is a warning. `read_opml` raises ValueError for what
    is no OPML. Raises ConfigError with every fault, those of one file in the order of its lines.
    """
    root, read, faults = _compose(path)
    folder = (path if path.is_dir() else path.parent).absolute()
    ctx = Context(folder=folder, env=env, secrets=secrets, faults=list(faults), files=list(read))
    broken = bool(faults)
    values = CONFIG.read(root, ctx)
    if isinstance(values, Missing):
        values = {}
    if "feeds" in values:
        values["feeds"] = with_opml(values["feeds"], read_opml, ctx)
    if not broken:
        crosscheck.check(root, values, ctx)
    if ctx.faults:
        raise ConfigError(_sorted(ctx.faults, read))
    return Loaded(
        settings=_settings(values, folder),
        warnings=_sorted(ctx.warnings, read),
        files=tuple(dict.fromkeys(ctx.files)),
        _root=root,
        _env=env,
    )


def _sorted(faults: Sequence[Fault], read: Sequence[Path]) -> tuple[Fault, ...]:
    order = {str(file): index for index, file in enumerate(read)}
    return tuple(
        sorted(dict.fromkeys(faults), key=lambda one: (order.get(one.file or "", 0), one.line or 0, one.column or 0))
    )


def _compose(path: Path) -> tuple[Mapping, tuple[Path, ...], tuple[Fault, ...]]:
    """The union of all files; faults of syntax and of the union."""
    found = files(path)
    if not found:
        why = "holds no *.yaml or *.yml file" if path.is_dir() else "there is no such file or folder"
        hint = "`watcher init` writes a config to start from"
        raise ConfigError([Fault(message=why, file=str(path), hint=hint)])
    faults: list[Fault] = []
    roots: list[Mapping] = []
    for file in found:
        source = read_source(file, str(file))
        if isinstance(source, Fault):
            faults.append(source)
            continue
        root, wrong = compose(source)
        faults += wrong
        if root is None or is_null(root):
            continue
        if isinstance(root, Mapping):
            roots.append(root)
        elif not (isinstance(root, Scalar) and BROKEN in root.text):
            message = f"{shape(root)} stands where a config is a mapping"
            faults.append(fault_at(root, message, hint="such as `feeds:` with a list below"))
    if not roots:
        return Mapping(Source(str(found[0]), ""), 1, 1, 0, 0), found, tuple(faults)
    whole, doubled = union(roots)
    return whole, found, (*faults, *doubled)


def _find(root: Node, path: Sequence[str | int]) -> Node:
    """The node at a path, or the nearest that holds it; one that stands for a list is its own first item."""
    node = root
    for part in path:
        if isinstance(part, str) and isinstance(node, Mapping) and part in node.entries:
            key, value = node.entries[part]
            node = key if is_null(value) else value
        elif isinstance(part, int) and isinstance(node, Listing) and part < len(node.items):
            node = node.items[part]
        elif not isinstance(part, int):
            return node
    return node


def _settings(values: Values, folder: Path) -> Settings:
    """The settings of faultless values."""
    made: dict[str, Any] = {key: values[key] for key in ("timezone", "storage") if key in values}
    made.setdefault("storage", f"sqlite:///{folder / 'var' / 'watcher.db'}")
    for key, section in (("fetch", Fetch), ("extract", Extract), ("stories", Stories), ("retention", Retention)):
        made[key] = section(**values.get(key, {}))
    made["server"] = _server(values["server"]) if "server" in values else Server()
    if "heartbeat" in values:
        made["heartbeat"] = Heartbeat(**values["heartbeat"])
    made["terms"] = {name: tuple(items) for name, items in values.get("terms", {}).items()}
    topics = tuple(_topic(name, topic) for name, topic in _enabled(values, "topics"))
    zone = {"timezone": made["timezone"]} if "timezone" in made else {}
    channels = tuple(_channel(name, channel, zone) for name, channel in _enabled(values, "channels"))
    there = {
        "topics": {*crosscheck.BUILT_IN_TOPICS, crosscheck.EVERY_TOPIC, *(topic.name for topic in topics)},
        "to": {channel.name for channel in channels},
    }
    zone = {"timezone": made["timezone"]} if "timezone" in made else {}
    digests = tuple(
        DigestPolicy(**{**zone, **digest, "name": name, **_only(digest, there)})
        for name, digest in _enabled(values, "digests")
    )
    local = made.get("timezone", ZoneInfo("UTC"))
    made["silences"] = tuple(_silence(rule, local) for rule in values.get("silences", ()))
    feeds = feeds_of(values.get("feeds", ()))
    return Settings(**made, folder=folder, feeds=feeds, topics=topics, channels=channels, digests=digests)


def _silence(values: Values, zone: ZoneInfo) -> SilenceRule:
    until: datetime = values["until"]
    return SilenceRule(**{"by": "config", **values, "until": until if until.tzinfo else until.replace(tzinfo=zone)})


def _enabled(values: Values, section: str) -> tuple[tuple[str, Values], ...]:
    return tuple((name, item) for name, item in values.get(section, {}).items() if item.get("enabled", True))


def _only(digest: Values, there: MappingType[str, set[str]]) -> Values:
    """A digest's topics and channels that are not disabled."""
    kept: Values = {key: tuple(name for name in digest[key] if name in names) for key, names in there.items()}
    escalate = digest.get("escalate", {})
    kept["escalate"] = {
        Severity(word): tuple(name for name in names if name in there["to"]) for word, names in escalate.items()
    }
    return kept


def _server(values: Values | None) -> Server | None:
    if values is None:
        return None
    listen = values.get("listen")
    rest = {key: value for key, value in values.items() if key != "listen"}
    return Server(**rest, **({"host": listen[0], "port": listen[1]} if listen else {}))


def _topic(name: str, values: Values) -> Topic:
    title = name.replace("-", " ").replace("_", " ")
    fields: Values = {"title": title[:1].upper() + title[1:], **values, "name": name}
    if "severity" in values:
        fields["severity"] = Severity(values["severity"])
    if "figures" in values:
        fields["figures"] = FigureRule(**values["figures"])
    for key, section in (("frequency", Frequency), ("spike", Spike)):
        if key in values:
            fields[key] = section(**values[key])
    if "tests" in values:
        fields["tests"] = Examples(**values["tests"])
    return Topic(**fields)


def _channel(name: str, values: Values, zone: Values) -> Channel:
    fields: Values = {**values, "name": name, "retry": Retry(**values.get("retry", {}))}
    if "quiet" in values:
        hours = {**zone, **values["quiet"]}
        fields["quiet"] = Quiet(**{**hours, "passing": tuple(map(Severity, hours.get("passing", ())))})
    if values["type"] == "email":
        return EmailChannel(**{**fields, "smtp": Smtp(**values["smtp"])})
    if values["type"] == "apprise":
        return AppriseChannel(**fields)
    return WebhookChannel(**fields) if values["type"] == "webhook" else FolderChannel(**fields)
