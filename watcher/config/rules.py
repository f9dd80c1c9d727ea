"""Kinds and rules that only one section has: forms that depend on a key, and keys that depend on one another."""

from collections.abc import Mapping as MappingType
from dataclasses import dataclass
from typing import Any

from watcher.config import checks
from watcher.config.kinds import (
    MISSING,
    Context,
    Kind,
    Missing,
    Named,
    Schema,
    Section,
    Text,
    Values,
    shape,
    suggestion,
)
from watcher.config.nodes import Mapping, Node, Scalar
from watcher.config.query import TextOr
from watcher.config.syntax import BROKEN
from watcher.config.units import format_duration
from watcher.settings import Fetch, Retry


@dataclass(frozen=True, slots=True, kw_only=True)
class Secretive:
    """A part of the config whose variables are only needed by commands that use secrets."""

    kind: Kind

    def read(self, node: Node, ctx: Context) -> Any:
        """The kind's value."""
        with ctx.tolerating(ctx.unset if ctx.secrets else "warn"):
            return self.kind.read(node, ctx)

    def schema(self) -> Schema:
        """The kind's."""
        return self.kind.schema()


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerForm:
    """`off`, or a section."""

    section: Section

    def read(self, node: Node, ctx: Context) -> Any:
        """None for `off`, else the values."""
        if isinstance(node, Scalar) and node.text != BROKEN:
            if node.text.strip() == "off":
                return None
            return ctx.fault(node, f"`{node.text}` is not allowed", "a mapping with `listen`, or `off`")
        return self.section.read(node, ctx)

    def schema(self) -> Schema:
        """Either."""
        return {"anyOf": [{"const": "off"}, self.section.schema()]}


def server_form(section: Section) -> ServerForm:
    """The page and the API."""
    return ServerForm(section=section)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeedForms:
    """A URL, a mapping with `url`, or a mapping with `opml`."""

    short: TextOr
    opml: Section

    def read(self, node: Node, ctx: Context) -> Any:
        """The values, with the node and its path under `@`; those with `opml` stand for many feeds."""
        values = self._read(node, ctx)
        return values if isinstance(values, Missing) else {**values, "@": (node, tuple(ctx.path))}

    def _read(self, node: Node, ctx: Context) -> Any:
        if not isinstance(node, Mapping) or "opml" not in node.entries:
            return self.short.read(node, ctx)
        if "url" in node.entries:
            return ctx.fault(node.entries["url"][0], "`url` and `opml` stand in one item", "make two items of them")
        place = node.entries["opml"][1]
        if isinstance(place, Scalar) and "://" in place.text:
            with ctx.at("opml"):
                return ctx.fault(place, "an OPML file by URL is not served by this version yet", "download it")
        return self.opml.read(node, ctx)

    def schema(self) -> Schema:
        """Any of the three."""
        short = self.short.schema()["anyOf"]
        return {"anyOf": [*short, self.opml.schema()]}


def feed_forms(url: Text, one: Section, opml: Section) -> FeedForms:
    """An item of `feeds`."""
    return FeedForms(short=TextOr(key="url", text=url, full=one), opml=opml)


@dataclass(frozen=True, slots=True, kw_only=True)
class ChannelForms:
    """A section chosen by `type`."""

    sections: MappingType[str, Section]

    def read(self, node: Node, ctx: Context) -> Any:
        """The values."""
        if not isinstance(node, Mapping):
            return Section(about="", keys=next(iter(self.sections.values())).keys).read(node, ctx)
        if "type" not in node.entries:
            return ctx.fault(node, "`type` is missing", f"one of {', '.join(self.sections)}")
        kind = node.entries["type"][1]
        if not isinstance(kind, Scalar) or kind.text not in self.sections:
            return self._unknown(kind, ctx)
        return self.sections[kind.text].read(node, ctx)

    def _unknown(self, kind: Node, ctx: Context) -> Missing:
        with ctx.at("type"):
            if not isinstance(kind, Scalar):
                return ctx.fault(
                    kind, f"{shape(kind)} stands where a type is wanted", f"one of {', '.join(self.sections)}"
                )
            if kind.text == BROKEN:
                return MISSING
            return ctx.fault(kind, f"`{kind.text}` is no type of channel", suggestion(kind.text, self.sections))

    def schema(self) -> Schema:
        """One of the sections."""
        schemas = []
        for name, section in self.sections.items():
            schema = section.schema()
            schema["properties"] = {**schema["properties"], "type": {"const": name}}
            schemas.append(schema)
        return {"anyOf": schemas}


def channel_forms(sections: MappingType[str, Section]) -> ChannelForms:
    """A channel."""
    return ChannelForms(sections=sections)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeaderValues:
    """Request headers by name; each name once, whatever its case."""

    named: Named

    def read(self, node: Node, ctx: Context) -> Any:
        """The headers."""
        values = self.named.read(node, ctx)
        if isinstance(node, Mapping):
            seen: dict[str, str] = {}
            for name, (key, _) in node.entries.items():
                if seen.setdefault(name.lower(), name) != name:
                    with ctx.at(name):
                        ctx.fault(key, f"the header stands twice, first as `{seen[name.lower()]}`", "keep one of them")
        return values

    def schema(self) -> Schema:
        """An object."""
        return self.named.schema()


def header_values(line: Text) -> HeaderValues:
    """The `headers` of a feed."""
    value = Text(what="a header's value", parse=checks.header_value, sensitive=True, keep=line.keep)
    return HeaderValues(named=Named(about="Request headers.", item=value, check=checks.header_name))


def fetch_rules(values: Values, node: Mapping, ctx: Context) -> None:
    """The shortest interval is not above the longest."""
    defaults = Fetch()
    low = values.get("min_interval", defaults.min_interval)
    high = values.get("max_interval", defaults.max_interval)
    if low > high:
        key = "min_interval" if "min_interval" in node.entries else "max_interval"
        with ctx.at(key):
            message = f"min_interval ({format_duration(low)}) is above max_interval ({format_duration(high)})"
            ctx.fault(node.entries[key][1], message, "set both")


def retry_rules(values: Values, node: Mapping, ctx: Context) -> None:
    """The first pause is not above the longest."""
    defaults = Retry()
    first, longest = values.get("first", defaults.first), values.get("max", defaults.max)
    if first > longest:
        key = "first" if "first" in node.entries else "max"
        with ctx.at(key):
            message = f"first ({format_duration(first)}) is above max ({format_duration(longest)})"
            ctx.fault(node.entries[key][1], message, "set both")


def quiet_rules(values: Values, node: Mapping, ctx: Context) -> None:
    """Quiet hours are not all hours."""
    if "start" in values and values["start"] == values.get("end"):
        with ctx.at("to"):
            ctx.fault(
                node.entries["to"][1],
                "the quiet hours end when they begin",
                "set another time, or `enabled: false` on the channel",
            )


def smtp_rules(values: Values, node: Mapping, ctx: Context) -> None:
    """A login has both parts; the port follows the encryption."""
    for one, other in (("username", "password"), ("password", "username")):
        if one in node.entries and other not in node.entries and one in values:
            with ctx.at(one):
                ctx.fault(node.entries[one][0], f"`{one}` stands without `{other}`", "a login has both")
    if "password" in values and values.get("security") == "none" and values.get("host") not in _LOOPBACK:
        with ctx.at("security"):
            ctx.warn(node.entries["security"][1], "the password is sent unencrypted", "use starttls or tls")
    values.setdefault("port", {"tls": 465, "none": 25}.get(str(values.get("security")), 587))


_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})


def digest_rules(values: Values, node: Mapping, ctx: Context) -> None:
    """A digest is either scheduled or rolling."""
    for key in ("wait", "every"):
        if "at" in node.entries and key in node.entries:
            with ctx.at(key):
                ctx.fault(
                    node.entries[key][0],
                    f"`{key}` stands beside `at`",
                    "`at` is a schedule, `wait` and `every` are rolling: keep one kind, or make two digests",
                )
    if "at" not in node.entries and values.get("empty") == "send":
        with ctx.at("empty"):
            ctx.warn(node.entries["empty"][1], "a rolling digest is never empty", "`empty: send` goes with `at`")


def example_rules(values: Values, node: Mapping, ctx: Context) -> None:
    """An example says something."""
    if not {"text", "title", "file"} & set(node.entries):
        ctx.fault(node, "an example has a text, a title or a file", "write at least one of them")
    values.setdefault("text", "")
