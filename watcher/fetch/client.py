"""The fetcher: one GET as a publisher would wish it, and every answer as a value."""

import asyncio
import ssl
from contextlib import suppress

import httpx

from watcher.errors import ConfigError, Fault
from watcher.fetch.answer import (
    CHALLENGE_STATUSES,
    GONE,
    NOT_MODIFIED,
    OK,
    REDIRECTS,
    challenge,
    plain_headers,
    refused,
)
from watcher.fetch.body import peek, read_body, too_large
from watcher.fetch.dns import Resolve, Resolver
from watcher.fetch.failure import failed
from watcher.fetch.hosts import Turns
from watcher.fetch.proxy import ProxyTransport
from watcher.fetch.transport import DirectTransport
from watcher.fetch.visit import Visit
from watcher.model import Fetched, FetchFailed, FetchOutcome, FetchReason, Gone, NotModified, Request, Validators
from watcher.ports import Clock
from watcher.settings import Fetch

WHOLE_VISIT = 3
"""All hops of a visit together may take so many times what one response may."""

PEEK_SIZE = 65_536
PEEK_SECONDS = 5.0
"""How much of a refusal's page is looked at for a bot wall, and for how long."""

NONE = Validators()


class HttpFetcher:
    """Implements `ports.Fetcher`. One for the whole process: feeds, pages and robots.txt share its turns.

    `resolve` stands in for the system's resolver. Raises ConfigError where `proxy` or `ca` cannot be used.
    """

    def __init__(self, settings: Fetch, clock: Clock, resolve: Resolve | None = None) -> None:
        self._settings = settings
        self._clock = clock
        self._timeout = settings.timeout.total_seconds()
        self._turns = Turns(settings.per_host, settings.host_delay, settings.concurrency)
        self._resolver = Resolver()
        self._context = None if settings.ca is None else _tls(settings)  # a wrong file is an error now, not later
        self._transport = self._make_transport(resolve or self._resolver)

    async def get(self, request: Request) -> FetchOutcome:
        """One GET: redirects followed, body bounded and decoded, each response within the time-out.

        Waiting for a host's turn does not count. Every failure is a FetchFailed; nothing that a server does is raised.
        """
        try:
            visit = Visit(request, self._settings.user_agent)
        except httpx.TransportError as error:
            return failed(error)
        loop = asyncio.get_running_loop()
        left = self._timeout * WHOLE_VISIT
        while True:
            async with self._turns.turn(visit.host):
                start = loop.time()
                outcome = await self._hop(visit, request, min(self._timeout, left))
                left -= loop.time() - start
            if outcome is not None:
                return outcome

    async def aclose(self) -> None:
        """Close what is open."""
        await self._transport.aclose()
        self._resolver.close()

    async def _hop(self, visit: Visit, request: Request, seconds: float) -> FetchOutcome | None:
        """One request of the visit; None where its answer leads on."""
        try:
            async with asyncio.timeout(seconds):
                response = await self._transport.handle_async_request(visit.next_request())
                try:
                    return await self._judge(visit, request, response)
                finally:
                    await response.aclose()
        except TimeoutError:
            detail = f"no complete answer within {self._timeout:g} s"
            return FetchFailed(reason=FetchReason.TIMEOUT, detail=visit.where() + detail)
        except httpx.TransportError as error:
            failure = failed(error)
            return FetchFailed(reason=failure.reason, detail=visit.where() + failure.detail)

    async def _judge(self, visit: Visit, request: Request, response: httpx.Response) -> FetchOutcome | None:
        status = response.status_code
        if status in REDIRECTS:
            visit.follow(response)
            return None
        headers = plain_headers(response.headers.raw)
        if status == NOT_MODIFIED and request.validators != NONE:
            return NotModified(headers=headers, moved_to=visit.moved_to)
        if status == GONE and visit.lasting:
            return Gone(url=str(visit.url))
        body = await self._body(request, response, headers)
        wall = challenge(status, headers, body[:PEEK_SIZE])
        if wall is None and status in OK:
            return Fetched(url=str(visit.url), status=status, headers=headers, body=body, moved_to=visit.moved_to)
        return refused(status, headers, self._clock.now(), where=visit.where(), wall=wall)

    async def _body(self, request: Request, response: httpx.Response, headers: dict[str, str]) -> bytes:
        codings = headers.get("content-encoding", "").lower().replace(" ", "").split(",")
        limit = self._settings.max_size if request.max_size is None else request.max_size
        if response.status_code in OK:
            length = headers.get("content-length", "")
            if length.isdecimal() and int(length) > limit:
                raise too_large(limit)
            return await read_body(response.aiter_raw(), codings, limit)
        if response.status_code not in CHALLENGE_STATUSES:
            return b""
        page = bytearray()
        with suppress(TimeoutError):
            async with asyncio.timeout(PEEK_SECONDS):
                await peek(response.aiter_raw(), codings, PEEK_SIZE, page)
        return bytes(page)

    def _tls_context(self) -> ssl.SSLContext:
        if self._context is None:
            self._context = _tls(self._settings)
        return self._context

    def _make_transport(self, resolve: Resolve) -> httpx.AsyncBaseTransport:
        allowed = self._settings.allow_private
        if self._settings.proxy is None:
            return DirectTransport(self._tls_context, allowed, resolve)
        return ProxyTransport(self._settings.proxy, self._tls_context, allowed, resolve)


def _tls(settings: Fetch) -> ssl.SSLContext:
    """The public certificate authorities, and the config's own."""
    context = httpx.create_ssl_context(trust_env=False)
    context.set_alpn_protocols(["http/1.1"])
    if settings.ca is not None:
        try:
            context.load_verify_locations(settings.ca)
        except OSError as error:
            message = f"{settings.ca} cannot be used: {error.strerror or error}"
            raise ConfigError([Fault(path="fetch.ca", message=message, hint="a file of PEM certificates")]) from error
    return context
