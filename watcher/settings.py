"""The config as values: what every room may read, and no room changes.

Durations are `timedelta`, sizes are bytes, secrets are plain strings whose fields are `repr=False`.
`config/` makes these from YAML; its list of keys describes them and becomes the published JSON Schema.
"""

from datetime import datetime, time, timedelta
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import BaseModel, ConfigDict, Field

from watcher.model import Modality, Severity, Subject, Unit

SOURCES: Final = "sources"
"""The built-in topic of alerts about feeds and channels; `*` does not name it."""

Network = IPv4Network | IPv6Network


class Section(BaseModel):
    """What all sections share: frozen, and strict about unknown keys."""

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True, populate_by_name=True)


class Server(Section):
    """The page and the API."""

    host: str = "127.0.0.1"
    port: int = 8080
    token: str = Field(default="", repr=False)
    public_url: str | None = None


class Heartbeat(Section):
    """A URL that is asked while all is well, at a service that raises the alarm when it is asked no more."""

    url: str = Field(repr=False)
    every: timedelta = timedelta(minutes=5)


class Fetch(Section):
    """How servers are asked."""

    interval: timedelta = timedelta(minutes=15)
    min_interval: timedelta = timedelta(minutes=5)
    max_interval: timedelta = timedelta(hours=6)
    timeout: timedelta = timedelta(seconds=20)
    max_size: int = 10_000_000
    per_host: int = 2
    host_delay: timedelta = timedelta(milliseconds=500)
    concurrency: int = 100
    backfill: timedelta | Literal["all", "none"] = timedelta(days=2)
    user_agent: str = "Watcher/0.1 (news watcher; contact not configured)"
    proxy: str | None = Field(default=None, repr=False)
    ca: Path | None = None
    allow_private: tuple[Network, ...] = ()


class Extract(Section):
    """How pages become text."""

    workers: int = 2
    timeout: timedelta = timedelta(seconds=20)
    robots: bool = True


class Stories(Section):
    """How long copies of a text join its story, and which feeds or agencies stand for a story rather than others."""

    window: timedelta = timedelta(days=5)
    prefer: tuple[str, ...] = ()


class Retention(Section):
    """How long what is kept; ages count from when last seen in a feed."""

    articles: timedelta = timedelta(days=365)
    text: timedelta = timedelta(days=90)
    deliveries: timedelta = timedelta(days=365)


class Feed(Section):
    """One source. `name` defaults to the URL's host and path."""

    url: str
    name: str
    tags: tuple[str, ...] = ()
    interval: timedelta | None = None
    language: str | None = None
    full_text: bool = True
    backfill: timedelta | Literal["all", "none"] | None = None
    headers: dict[str, str] = Field(default_factory=dict, repr=False)
    enabled: bool = True


class Example(Section):
    """One example under a topic's `tests`."""

    text: str = ""
    title: str = ""
    url: str | None = None
    language: str | None = None
    feed: str | None = None
    tags: tuple[str, ...] = ()
    file: Path | None = None  # a page or a text, read when the example is run


class Examples(Section):
    """What a topic must and must not match."""

    match: tuple[Example, ...] = ()
    no_match: tuple[Example, ...] = ()


if TYPE_CHECKING:
    QueryTree = str | dict[str, "int | list[QueryTree]"]
    """A query as written: a string, or the plain form `{any, all, none, at_least, of}` whose items nest."""
else:
    QueryTree = str | dict  # pydantic cannot follow an implicit recursive alias; the loader has checked the form


class Change(Section):
    """How far apart two numbers are to be: by so much, or by so many percent of the first."""

    amount: float
    percent: bool = False


class FigureRule(Section):
    """Which figures an article must hold, each empty list meaning any, and when a match is told.

    `place` holds names, or `$name` for a list of terms. Bounds are exclusive.
    """

    subject: tuple[Subject, ...] = ()
    unit: tuple[Unit, ...] = ()
    place: tuple[str, ...] = ()
    modality: tuple[Modality, ...] = (Modality.REPORTED,)
    above: float | None = None
    below: float | None = None
    notify: Literal["every", "change", "new_high"] = "every"
    change: Change | None = None
    disagree: Change | None = None


class Frequency(Section):
    """So many stories within a time."""

    stories: int
    within: timedelta


class Spike(Section):
    """So many times the stories of the same hours of the days before, and no fewer than `stories`."""

    times: float
    against: timedelta
    within: timedelta = timedelta(hours=6)
    stories: int = 3


class Topic(Section):
    """A named rule over articles. With a rate (`rated`) its stories are counted, and only the rate is told."""

    name: str
    title: str
    query: QueryTree
    feeds: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    severity: Severity = Severity.WARNING
    min_origins: int = 1
    figures: FigureRule | None = None
    frequency: Frequency | None = None
    spike: Spike | None = None
    flatline: timedelta | None = None
    tests: Examples = Field(default_factory=Examples)
    enabled: bool = True

    @property
    def rated(self) -> bool:
        """Whether its stories are counted and only the rate is told."""
        return any(rule is not None for rule in (self.frequency, self.spike, self.flatline))


class Retry(Section):
    """When a failed delivery is tried again: `first`, doubling up to `max`, until `give_up` after it was written."""

    first: timedelta = timedelta(seconds=5)
    max: timedelta = timedelta(hours=6)
    give_up: timedelta = timedelta(days=3)


class Smtp(Section):
    """A mail server."""

    host: str
    port: int = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    username: str | None = None
    password: str | None = Field(default=None, repr=False)
    timeout: timedelta = timedelta(seconds=30)


class Quiet(Section):
    """Hours in which a channel is not disturbed: local times, over midnight where `end` is the earlier one."""

    start: time
    end: time
    timezone: ZoneInfo = ZoneInfo("UTC")
    passing: tuple[Severity, ...] = ()


class ChannelBase(Section):
    """What every channel takes."""

    name: str
    retry: Retry = Field(default_factory=Retry)
    quiet: Quiet | None = None
    max_per_hour: int | None = None
    enabled: bool = True


class EmailChannel(ChannelBase):
    """Mail."""

    type: Literal["email"] = "email"
    to: tuple[str, ...]
    sender: str = Field(alias="from")
    smtp: Smtp
    list_unsubscribe: str | None = None


class WebhookChannel(ChannelBase):
    """Standard Webhooks."""

    type: Literal["webhook"] = "webhook"
    url: str = Field(repr=False)
    secret: tuple[str, ...] = Field(default=(), repr=False)
    timeout: timedelta = timedelta(seconds=20)


class FolderChannel(ChannelBase):
    """Files in a folder: one `.html`, `.txt` and `.json` a digest."""

    type: Literal["folder"] = "folder"
    path: Path


class AppriseChannel(ChannelBase):
    """Any service that Apprise knows, by its URLs."""

    type: Literal["apprise"] = "apprise"
    url: tuple[str, ...] = Field(repr=False)
    timeout: timedelta = timedelta(seconds=30)


Channel = EmailChannel | WebhookChannel | FolderChannel | AppriseChannel


class DigestPolicy(Section):
    """When which topics go where: `at` (cron) or `wait` and `every` (rolling)."""

    name: str
    topics: tuple[str, ...]
    to: tuple[str, ...]
    at: str | None = None
    timezone: ZoneInfo = ZoneInfo("UTC")
    wait: timedelta = timedelta(seconds=30)
    every: timedelta = timedelta(minutes=5)
    empty: Literal["send", "skip"] = "skip"
    max_stories: int = 30
    template: Path | None = None
    escalate: dict[Severity, tuple[str, ...]] = Field(default_factory=dict)
    escalates: str = ""  # the digest whose urgent topics this one tells at once
    enabled: bool = True

    @property
    def series(self) -> str:
        """What people and receivers know it by."""
        return self.escalates or self.name


class SilenceRule(Section):
    """A silence of the config, from when it is first read."""

    topic: str
    until: datetime
    why: str
    by: str
    story: str | None = None
    place: str | None = None


class Settings(Section):
    """The whole config. Only what is enabled stands in `feeds`, `topics`, `channels` and `digests`."""

    folder: Path
    timezone: ZoneInfo = ZoneInfo("UTC")
    storage: str = "sqlite:///var/watcher.db"
    server: Server | None = Field(default_factory=Server)
    heartbeat: Heartbeat | None = None
    fetch: Fetch = Field(default_factory=Fetch)
    extract: Extract = Field(default_factory=Extract)
    stories: Stories = Field(default_factory=Stories)
    retention: Retention = Field(default_factory=Retention)
    feeds: tuple[Feed, ...] = ()
    terms: dict[str, tuple[QueryTree, ...]] = Field(default_factory=dict)
    topics: tuple[Topic, ...] = ()
    channels: tuple[Channel, ...] = ()
    digests: tuple[DigestPolicy, ...] = ()
    silences: tuple[SilenceRule, ...] = ()

    def digest_topics(self, policy: DigestPolicy) -> tuple[str, ...]:
        """The names of the topics a digest takes; `*` is every topic but `sources`."""
        named = tuple(topic.name for topic in self.topics)
        chosen = (named if pattern == "*" else (pattern,) for pattern in policy.topics)
        return tuple(dict.fromkeys(name for names in chosen for name in names))

    def queues(self) -> tuple[DigestPolicy, ...]:
        """Every digest, and beside those that escalate a rolling one for each severity: told at once, with no pause."""
        return tuple(queue for policy in self.digests for queue in (policy, *self._escalations(policy)))

    def _escalations(self, policy: DigestPolicy) -> tuple[DigestPolicy, ...]:
        severities = {topic.name: topic.severity for topic in self.topics}
        made = []
        for severity, channels in policy.escalate.items():
            urgent = tuple(name for name in self.digest_topics(policy) if severities.get(name) is severity)
            changes: dict[str, object] = {
                "name": f"{policy.name}!{severity}",
                "escalates": policy.name,
                "topics": urgent,
                "to": channels,
                "at": None,
                "wait": timedelta(0),
                "every": timedelta(0),
                "empty": "skip",
                "escalate": {},
            }
            if urgent:
                made.append(policy.model_copy(update=changes))
        return tuple(made)

    def with_changes(self, **changes: object) -> Self:
        """A copy with some fields replaced."""
        return self.model_copy(update=changes)
