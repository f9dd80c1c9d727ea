"""What asking a server, or sending to a channel, came to. Expected failures are values with a named reason."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from watcher.model.news import DeliveryId


@dataclass(frozen=True, slots=True, kw_only=True)
class Validators:
    """ETag and Last-Modified exactly as the server sent them, to be echoed as they came (RFC 9110 §13)."""

    etag: str | None = None
    last_modified: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One GET. `trusted`: the config itself names the URL, so it may be private; redirects from it never may."""

    url: str
    validators: Validators = field(default_factory=Validators)
    headers: Mapping[str, str] = field(default_factory=dict)
    accept: str = "*/*"
    trusted: bool = False
    max_size: int | None = None  # bytes after decompression; None: the client's own


class FetchReason(StrEnum):
    """Why a fetch failed."""

    DNS = "dns"
    REFUSED = "refused"
    RESET = "reset"
    TLS = "tls"
    TIMEOUT = "timeout"
    TOO_LARGE = "too_large"
    ENCODING = "encoding"
    PROTOCOL = "protocol"
    REDIRECTS = "redirects"
    BAD_URL = "bad_url"
    BLOCKED = "blocked"  # by the SSRF guard
    ROBOTS = "robots"
    AUTH = "auth"  # 401, 402, 403, 407
    NOT_FOUND = "not_found"  # 404
    RATE_LIMITED = "rate_limited"  # 429, 503 with Retry-After
    SERVER = "server"  # other 5xx
    STATUS = "status"  # any other status
    CHALLENGE = "challenge"  # a bot wall instead of the page
    NOT_A_FEED = "not_a_feed"
    UNREADABLE = "unreadable"  # the body could not be parsed or took too long
    MACHINE = "machine"  # it could not be read here and now: a full disk, a process that died

    @property
    def temporary(self) -> bool:
        """Whether the same request may well succeed later without anybody changing anything."""
        return self in _TEMPORARY


_TEMPORARY = frozenset(
    {
        FetchReason.DNS,
        FetchReason.REFUSED,
        FetchReason.RESET,
        FetchReason.TIMEOUT,
        FetchReason.RATE_LIMITED,
        FetchReason.SERVER,
        FetchReason.CHALLENGE,
        FetchReason.PROTOCOL,
        FetchReason.MACHINE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetched:
    """A body arrived. `headers` have lower-case names; `moved_to` is where permanent redirects alone (301, 308) led."""

    url: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str | None = None

    @property
    def validators(self) -> Validators:
        """The validators this answer carries, both from this one answer."""
        return Validators(etag=self.headers.get("etag"), last_modified=self.headers.get("last-modified"))


@dataclass(frozen=True, slots=True, kw_only=True)
class NotModified:
    """304: what we have is what there is."""

    headers: Mapping[str, str] = field(default_factory=dict)
    moved_to: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """410: the publisher asks that nobody comes again."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchFailed:
    """No usable answer. `detail` is for people; `retry_after` is what the server asked for."""

    reason: FetchReason
    detail: str
    status: int | None = None
    retry_after: timedelta | None = None


FetchOutcome = Fetched | NotModified | Gone | FetchFailed


class AttemptOutcome(StrEnum):
    """What becomes of a delivery after an attempt."""

    SENT = "sent"
    RETRY = "retry"
    DEAD = "dead"
    HELD = "held"  # the receiver said 410: until its config changes or somebody retries


class AttemptReason(StrEnum):
    """Why an attempt ended as it did."""

    ACCEPTED = "accepted"
    REFUSED = "refused"  # no connection
    TIMEOUT = "timeout"
    TLS = "tls"
    AUTH = "auth"
    STATUS = "status"  # the receiver answered, and not with success
    RATE_LIMITED = "rate_limited"
    GONE = "gone"
    REJECTED = "rejected"  # for good (SMTP 5xx)
    PARTIAL = "partial"  # some recipients accepted
    DISK = "disk"
    CONFIG = "config"  # the channel is no longer configured
    ERROR = "error"


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """One mail address of a delivery, and how it stands."""

    address: str
    outcome: AttemptOutcome
    answer: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """A delivery on its way: the same id and bytes on every attempt.

    `body` is what the channel's own `render` made when the digest was written. `recipients` are the mail addresses that
    have not accepted yet; empty for channels without addresses.
    """

    id: DeliveryId
    channel: str
    body: bytes
    created: datetime
    recipients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """What one attempt came to; `answer` is what the receiver said, fit for people and free of secrets."""

    outcome: AttemptOutcome
    reason: AttemptReason
    answer: str = ""
    retry_after: timedelta | None = None
    recipients: tuple[Recipient, ...] = ()
