"""The way to servers through a proxy: httpx's own transport, behind as much of the guard as can stand before it."""

import ssl
from collections.abc import Callable, Sequence

import httpx

from watcher.errors import ConfigError, Fault
from watcher.fetch.dns import Resolve
from watcher.fetch.failure import Trouble
from watcher.fetch.guard import Network, literal, local_name, refusal
from watcher.fetch.transport import TRUSTED, blocked
from watcher.model import FetchReason

LIMITS = httpx.Limits(max_connections=None, max_keepalive_connections=10, keepalive_expiry=5)


class ProxyTransport(httpx.AsyncBaseTransport):
    """Everything goes through the proxy.

    It resolves names itself; we refuse what is private by our own resolver, and by name.
    """

    def __init__(
        self, proxy: str, tls: Callable[[], ssl.SSLContext], allowed: Sequence[Network], resolve: Resolve
    ) -> None:
        self._proxy = _parse(proxy)
        self._tls = tls
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._inner: httpx.AsyncHTTPTransport | None = None

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Check where the request goes, and let the proxy bring it there."""
        if not request.extensions.get(TRUSTED):
            await self._check(request.url.raw_host.decode("ascii"), request.url.port or 0)
        if self._inner is None:
            self._inner = httpx.AsyncHTTPTransport(
                verify=self._tls(), trust_env=False, proxy=self._proxy, limits=LIMITS
            )
        return await self._inner.handle_async_request(request)

    async def aclose(self) -> None:
        """Close the connections to the proxy."""
        if self._inner is not None:
            await self._inner.aclose()

    async def _check(self, host: str, port: int) -> None:
        spelled = literal(host)
        if spelled is None and local_name(host):
            raise Trouble(FetchReason.BLOCKED, f"{host} is a local name")
        try:
            found = (spelled,) if spelled else tuple(await self._resolve(host, port))
        except OSError:
            return  # a name that only the proxy can resolve
        for address in found:
            if (kind := refusal(address, self._allowed)) is not None:
                raise blocked(host, address, kind)


def _parse(proxy: str) -> httpx.Proxy:
    try:
        parsed = httpx.Proxy(proxy)
    except (httpx.InvalidURL, ValueError) as error:
        raise ConfigError([Fault(path="fetch.proxy", message="it is no proxy URL", hint=HINT)]) from error
    if parsed.url.scheme not in {"http", "https"} or not parsed.url.host:
        raise ConfigError([Fault(path="fetch.proxy", message="only http and https proxies can be used", hint=HINT)])
    return parsed


HINT = "such as http://proxy.example.org:3128"
