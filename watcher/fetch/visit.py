"""One visit: a URL as asked for, and wherever its redirects lead. Pure: decides, sends nothing.

What belongs to whom: validators go along to every hop (they are those of the answer at its end); a request's own
headers and the credentials in its URL go to the origin they were meant for and nowhere else; cookies live for one
visit only.
"""

import base64
import re
from collections.abc import Mapping
from ipaddress import IPv4Address
from urllib.parse import urlsplit

import httpx

from watcher.fetch.answer import PERMANENT
from watcher.fetch.body import ACCEPT_ENCODING
from watcher.fetch.failure import Trouble
from watcher.fetch.guard import literal
from watcher.fetch.transport import TRUSTED
from watcher.model import FetchReason, Request

MAX_REDIRECTS = 10
PORTS = {"http": 80, "https": 443}
TOKEN = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
CREDENTIALS = re.compile(r"//[^/?#]*@")
VALUE = re.compile(r"[^\r\n\0]*")
OURS = frozenset(
    {"host", "connection", "content-length", "transfer-encoding", "te", "upgrade", "expect", "accept-encoding"}
)
"""What a request's own headers cannot set: the connection is ours."""


class Visit:
    """Where the visit stands."""

    def __init__(self, request: Request, user_agent: str) -> None:
        self._request = request
        self._user_agent = user_agent
        self._first, self._credentials = parse_url(request.url)
        self._cookies = httpx.Cookies()
        self._path: list[str] = []
        self._seen: set[tuple[str, ...]] = set()
        self._lasting = True
        self.url = self._first
        self.moved_to: str | None = None
        check_headers(request.headers)

    @property
    def host(self) -> str:
        """Whose turn is needed."""
        return self.url.host

    @property
    def at_home(self) -> bool:
        """Whether the current URL is of the origin that was asked for: same host and port, or its https twin."""
        return same_origin(self._first, self.url)

    @property
    def lasting(self) -> bool:
        """Whether no redirect on the way was a passing one: what is gone behind one of those may come back."""
        return self._lasting

    @property
    def trusted(self) -> bool:
        """Whether the config itself names where we are going."""
        return self._request.trusted and self.at_home

    def next_request(self) -> httpx.Request:
        """The request for the current hop."""
        fields = {
            "User-Agent": self._user_agent,
            "Accept": self._request.accept,
            "Accept-Encoding": ACCEPT_ENCODING,
        }
        validators = self._request.validators
        if validators.etag is not None:
            fields["If-None-Match"] = validators.etag
            fields["A-IM"] = "feed"
        if validators.last_modified is not None:
            fields["If-Modified-Since"] = validators.last_modified
        if self.at_home:
            fields |= self._own_headers(fields)
        headers = [(name.encode("ascii"), _bytes(value)) for name, value in fields.items()]
        request = httpx.Request("GET", self.url, headers=headers, extensions={TRUSTED: self.trusted})
        if self._cookies:
            self._cookies.set_cookie_header(request)
        self._asked = request
        return request

    def follow(self, response: httpx.Response) -> None:
        """Go where a redirect points; raises Trouble where that leads nowhere."""
        status = response.status_code
        location = next((value for name, value in response.headers.raw if name.lower() == b"location"), None)
        if location is None:
            raise Trouble(FetchReason.REDIRECTS, f"the server answered {status} without saying where to go")
        target = self._target(location)
        self._path.append(str(self.url))
        self._seen.add(self._state(self.url))
        if "set-cookie" in response.headers:
            response.request = self._asked
            self._cookies.extract_cookies(response)
        if self._state(target) in self._seen:
            raise Trouble(FetchReason.REDIRECTS, f"the redirects go in a circle: {self._route(str(target))}")
        if len(self._path) > MAX_REDIRECTS:
            raise Trouble(
                FetchReason.REDIRECTS, f"more than {MAX_REDIRECTS} redirects, the last to {_short(str(target))}"
            )
        self._lasting = self._lasting and status in PERMANENT
        if self._lasting:
            self.moved_to = str(target)
        self.url = target

    def where(self) -> str:
        """Words that say where a failure happened, where it is not the URL asked for."""
        return f"redirected to {_short(str(self.url))}: " if self._path else ""

    def _own_headers(self, fields: Mapping[str, str]) -> dict[str, str]:
        names = {name.lower(): name for name in fields}
        own = {names.get(name.lower(), name): value for name, value in self._request.headers.items()}
        if self._credentials and "authorization" not in {name.lower() for name in own}:
            own["Authorization"] = self._credentials
        return {name: value for name, value in own.items() if name.lower() not in OURS}

    def _target(self, location: bytes) -> httpx.URL:
        try:
            text = location.decode("utf-8")
        except UnicodeDecodeError:
            text = location.decode("latin-1")
        try:
            target, _ = parse_url(str(self.url.join(_plain_host(text.strip()))))
        except (httpx.InvalidURL, ValueError) as error:
            raise Trouble(FetchReason.REDIRECTS, f"redirects to what is no address: {_short(text)}") from error
        except Trouble as error:
            raise Trouble(FetchReason.REDIRECTS, f"redirects to {_short(text)}: {error.detail}") from error
        return target.copy_with(fragment=None)

    def _state(self, url: httpx.URL) -> tuple[str, ...]:
        """What makes a hop the same as an earlier one: its URL and the cookies it would bring."""
        return str(url), *sorted(
            f"{cookie.domain}{cookie.path} {cookie.name}={cookie.value}" for cookie in self._cookies.jar
        )

    def _route(self, target: str) -> str:
        start = self._path.index(target) if target in self._path else 0
        return " → ".join(_short(url) for url in (*self._path[start:][:3], target))


def parse_url(text: str) -> tuple[httpx.URL, str | None]:
    """A URL to fetch, without its user and password, and the Authorization they make; raises Trouble(BAD_URL)."""
    try:
        url = httpx.URL(_plain_host(text.strip()))
    except (httpx.InvalidURL, ValueError) as error:
        raise Trouble(FetchReason.BAD_URL, f"{_short(text)!r} is no URL: {error}") from error
    if url.scheme not in PORTS:
        raise Trouble(FetchReason.BAD_URL, "only http and https URLs can be fetched")
    if url.port is not None and not 0 < url.port < 65_536:  # noqa: PLR2004 - what TCP has
        raise Trouble(FetchReason.BAD_URL, f"{_short(text)!r} names a port that cannot be")
    if not url.host:
        raise Trouble(FetchReason.BAD_URL, f"{_short(text)!r} names no host")
    if not url.userinfo:
        return url, None
    credentials = f"{url.username}:{url.password}".encode()
    url = url.copy_with(username=None, password=None)
    return url, f"Basic {base64.b64encode(credentials).decode('ascii')}"


def _plain_host(text: str) -> str:
    """The URL with an IPv4 address in an odd spelling (`0177.1`) written plainly, as browsers read it."""
    parts = urlsplit(text)
    host = parts.hostname or ""
    address = literal(host)
    if not isinstance(address, IPv4Address) or str(address) == host:
        return text
    user, at, place = parts.netloc.rpartition("@")
    return parts._replace(netloc=f"{user}{at}{address}{place[len(host) :]}").geturl()


def same_origin(one: httpx.URL, other: httpx.URL) -> bool:
    """Same host and port, whatever the scheme; or http and https on their own ports."""
    if one.host != other.host:
        return False
    own_ports = one.port is None and other.port is None
    return own_ports or (one.port or PORTS[one.scheme]) == (other.port or PORTS[other.scheme])


def check_headers(headers: Mapping[str, str]) -> None:
    """Raise Trouble where a header would break out of its line."""
    for name, value in headers.items():
        if not TOKEN.fullmatch(name) or not VALUE.fullmatch(value):
            raise Trouble(FetchReason.BAD_URL, f"the request header {name!r} cannot be sent as it is written")


def _bytes(value: str) -> bytes:
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode("utf-8")


def _short(text: str) -> str:
    text = CREDENTIALS.sub("//…@", text)
    return text if len(text) <= 120 else f"{text[:117]}…"  # noqa: PLR2004
