"""Texts of the config → values. Each takes a text and raises WrongError with the cure; none looks at the network."""

import base64
import binascii
import re
from datetime import datetime, time, timedelta
from functools import partial
from ipaddress import ip_network
from typing import Literal
from urllib.parse import SplitResult, urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

from watcher.config.kinds import WrongError, closest
from watcher.config.units import DURATION_HINT, SIZE_HINT, parse_duration, parse_size
from watcher.cron import Cron
from watcher.settings import Network

_NAME = re.compile(r"[^\W_][\w.-]{0,99}")
_HOST = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)(\.(?!-)[A-Za-z0-9_-]{1,63}(?<!-))*\.?")
_MAILBOX = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*@([A-Za-z0-9.\[\]:-]+)")
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")
_TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_HEADER_OURS = frozenset({"connection", "content-length", "host", "te", "trailer", "transfer-encoding", "upgrade"})
MAX_PORT = 65_535
_LONGEST_MAILBOX = 254  # RFC 5321
_SECRET_BYTES = range(16, 65)
_ALIKE = 0.75  # cities are short and many


def name(text: str) -> None:
    """A name that can stand in file names, headers and key paths."""
    if not _NAME.fullmatch(text):
        raise WrongError(
            f"`{text[:40]}` cannot be a name", "a letter or digit, then letters, digits, `-`, `_` or `.`, at most 100"
        )


def topic_name(text: str) -> None:
    """A topic's name; `sources` is built in."""
    if text == "sources":
        raise WrongError("`sources` is the built-in topic of source alerts", "choose another name")
    name(text)


def term_name(text: str) -> None:
    """A list's name, as it stands behind `$` in queries."""
    if not re.fullmatch(r"[^\W\d][\w-]{0,99}", text):
        raise WrongError(f"`{text[:40]}` cannot be written as `$name`", "a letter, then letters, digits, `_` or `-`")


def duration(text: str, *, least: timedelta = timedelta(milliseconds=1)) -> timedelta:
    """A duration of at least `least`."""
    try:
        value = parse_duration(text.strip())
    except ValueError as error:
        raise WrongError(str(error).partition(";")[0], DURATION_HINT) from error
    if value < least:
        raise WrongError(f"`{text}` is too short", "a duration above zero is wanted")
    return value


any_duration = partial(duration, least=timedelta(0))


def backfill(text: str) -> timedelta | Literal["all", "none"]:
    """`all`, `none`, or a duration."""
    word = text.strip()
    if word == "all":
        return "all"
    if word == "none":
        return "none"
    try:
        return any_duration(word)
    except WrongError as error:
        raise WrongError(str(error), "all, none, or a duration such as 2d") from error


def size(text: str) -> int:
    """A size above zero."""
    try:
        value = parse_size(text.strip())
    except ValueError as error:
        raise WrongError(str(error).partition(";")[0], SIZE_HINT) from error
    if value < 1:
        raise WrongError(f"`{text}` is nothing", SIZE_HINT)
    return value


def service_url(text: str) -> str:
    """A URL of Apprise, never repeated in a message: it holds secrets."""
    value = line(text)
    if not re.match(r"[A-Za-z][A-Za-z0-9+.-]*://.", value):
        raise WrongError("is no Apprise URL", "such as tgram://TOKEN/CHAT; see the services that Apprise knows")
    return value


def moment(text: str) -> datetime:
    """A date, which is its first moment, or a date and time; of the config's time zone where it names none."""
    try:
        return datetime.fromisoformat(text.strip())
    except ValueError as error:
        raise WrongError(f"`{text}` is no date", "such as 2016-11-01, or 2016-11-01T12:00") from error


def clock_time(text: str) -> time:
    """A time of day, `22:00`."""
    found = re.fullmatch(r"([01]?[0-9]|2[0-3]):([0-5][0-9])", text.strip())
    if not found:
        raise WrongError(f"`{text}` is no time of day", 'hours and minutes, such as "22:00"')
    return time(int(found[1]), int(found[2]))


def zone(text: str) -> ZoneInfo:
    """A time zone of the IANA database."""
    try:
        return ZoneInfo(text.strip())
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        meant = closest(text, available_timezones(), least=_ALIKE) or _zone_of_city(text)
        hint = f"did you mean `{meant}`?" if meant else "Area/City of the IANA database, such as Asia/Baghdad, or UTC"
        raise WrongError(f"`{text}` is no time zone", hint) from error


def _zone_of_city(text: str) -> str | None:
    """The zone of a city that the text names in any of its parts; a country's old name (`Iran`) is no city."""
    cities = {known.rpartition("/")[2]: known for known in sorted(available_timezones()) if "/" in known}
    meant = (closest(part, cities, least=_ALIKE) for part in reversed(text.strip().split("/")))
    return next((cities[city] for city in meant if city), None)


def cron(text: str) -> str:
    """A cron expression, kept as written."""
    try:
        return Cron.parse(text).text
    except ValueError as error:
        hint = "" if "such as" in str(error) else "such as `0 7 * * mon-fri`"
        raise WrongError(f"`{text}` is no schedule: {error}", hint) from error


def line(text: str) -> str:
    """A text of one line without control characters."""
    if _CONTROL.search(text):
        raise WrongError("holds a line break or a control character", "write it on one line")
    return text.strip()


def secret_line(text: str) -> str:
    """As `line`, but spaces at the ends are part of it."""
    line(text)
    return text


def tag(text: str) -> str:
    """A tag of a feed."""
    return line(text)


def url(text: str) -> str:
    """An http or https URL with a host."""
    value = text.strip()
    parts = _split(value)
    if parts.scheme.lower() not in {"http", "https"}:
        if re.match(r"\$[A-Za-z_]\w*$", value):
            raise WrongError("is no URL", f"a variable is written ${{{value[1:]}}}")
        if parts.scheme and "://" in value:
            raise WrongError(f"the scheme `{parts.scheme}` is not served", "http or https")
        raise WrongError("is no URL: it has no scheme", "write one that starts with https:// or http://")
    if re.search(r"[\s<>\"\\^`{|}]", value) or _CONTROL.search(value):
        raise WrongError("the URL holds a space or a character that no URL holds", "write it percent-encoded")
    host = parts.hostname or ""
    if not host:
        raise WrongError("the URL has no host", "such as https://example.org/feed.xml")
    if ":" not in host and not _HOST.fullmatch(_ascii_host(host)):
        raise WrongError("the URL's host is not a host name", "such as https://example.org/feed.xml")
    return value


def _split(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError as error:
        raise WrongError(
            "the URL's host or port cannot be read", "such as https://example.org:8443/feed.xml"
        ) from error
    return parts


def _ascii_host(host: str) -> str:
    try:
        return host.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def mailbox(text: str) -> str:
    """One mail address, bare; of `Desk <desk@example.org>` the address."""
    return _named_mailbox(text)[1]


def sender(text: str) -> str:
    """A mail address with an optional name, quoted where it must be: `Watcher <watcher@example.org>`."""
    name_of, address = _named_mailbox(text)
    if re.search(r"[()<>@,:;.\"\[\]\\]", name_of):
        escaped = re.sub(r"([\"\\])", r"\\\1", name_of)
        return f'"{escaped}" <{address}>'
    return f"{name_of} <{address}>" if name_of else address


def _named_mailbox(text: str) -> tuple[str, str]:
    value = line(text)
    named = re.fullmatch(r"([^<>]*)<([^<>]*)>", value)
    address = named[2].strip() if named else value
    found = _MAILBOX.fullmatch(address)
    if not found or len(address) > _LONGEST_MAILBOX:
        raise WrongError(f"`{value[:80]}` is no mail address", "such as desk@example.org")
    host = found[2]
    if not (_HOST.fullmatch(host) or re.fullmatch(r"\[[0-9A-Fa-f:.IPv]+\]", host)):
        raise WrongError(f"`{host}` is no mail domain", "such as desk@example.org")
    written = named[1].strip() if named else ""
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', written)
    return (re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else written), address


def network(text: str) -> Network:
    """An IP network in CIDR notation."""
    value = text.strip()
    try:
        return ip_network(value)
    except ValueError as error:
        try:
            meant = f"did you mean `{ip_network(value, strict=False)}`?"
        except ValueError:
            meant = "such as 127.0.0.0/8 or fd00::/8"
        raise WrongError(f"`{value}` is no network", meant) from error


def signing_secret(text: str) -> str:
    """A secret of Standard Webhooks: `whsec_` and base64."""
    value = text.strip()
    hint = 'make one with: echo "whsec_$(openssl rand -base64 32)"'
    if not value.startswith("whsec_"):
        raise WrongError("the secret does not start with `whsec_`", hint)
    try:
        data = base64.b64decode(value.removeprefix("whsec_"), validate=True)
    except (binascii.Error, ValueError) as error:
        raise WrongError("the secret is not base64 behind `whsec_`", hint) from error
    if len(data) not in _SECRET_BYTES:
        raise WrongError(f"the secret holds {len(data)} bytes", hint)
    return value


def hostname(text: str) -> str:
    """A host name or IP address."""
    value = text.strip()
    if not _HOST.fullmatch(_ascii_host(value) or "-") and not re.fullmatch(r"[0-9A-Fa-f:.]+", value):
        raise WrongError(f"`{value[:80]}` is no host name", "a name or an address alone, such as mail.example.org")
    return value


def listen(text: str) -> tuple[str, int]:
    """`host:port`; an IPv6 address stands in brackets."""
    hint = 'such as "127.0.0.1:8080" or "[::1]:8080"'
    found = re.fullmatch(r"(?:\[([0-9A-Fa-f:.]+)\]|([^\[\]:\s]+)):([0-9]{1,6})", text.strip())
    if not found:
        raise WrongError(f"`{text}` is not host:port", hint)
    if int(found[3]) > MAX_PORT:
        raise WrongError(f"the port {found[3]} is above {MAX_PORT}", hint)
    return hostname(found[1] or found[2]), int(found[3])


def header_name(text: str) -> None:
    """A name of a request header (RFC 9110 §5.1) that is the user's to set."""
    if not _TOKEN.fullmatch(text):
        raise WrongError(f"`{text[:40]}` is no header name", "such as Authorization")
    if text.lower() in _HEADER_OURS:
        raise WrongError(f"the header `{text}` is not the config's to set", "remove it")


def header_value(text: str) -> str:
    """A value of a request header: ASCII, one line."""
    value = line(text)
    if not value.isascii():
        raise WrongError("holds a character that no header holds", "use ASCII")
    return value
