"""The way to servers under httpx's API, with the guard built in where the connection is made.

httpx's own transport costs 1 ms of CPU a request and cannot be told which address to dial. This one speaks HTTP/1.1,
asks with GET only, dials the very address that was checked, and keeps few connections for little time.
"""

import asyncio
import ssl
from collections import OrderedDict
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass

import httpx

from watcher.fetch.dns import Resolve
from watcher.fetch.failure import Trouble, of_dial
from watcher.fetch.guard import Address, Network, literal, refusal
from watcher.fetch.wire import ResponseReader
from watcher.model import FetchReason

TRUSTED = "watcher.trusted"
"""The request extension that says the config itself named this address, so that it may be private."""

MAX_ADDRESSES = 6
STAGGER = 0.25
"""Seconds until the next address of a name is tried beside the first (RFC 8305)."""

MAX_IDLE = 100
MAX_IDLE_SECONDS = 4.0
HIGH_WATER = 262_144


@dataclass(frozen=True, slots=True)
class Place:
    """Where a connection leads; one dialled for a trusted request never serves an untrusted one."""

    host: str
    port: int
    tls: bool
    trusted: bool


class DirectTransport(httpx.AsyncBaseTransport):
    """GET over connections of our own. Raises Trouble, which is an httpx.TransportError."""

    def __init__(self, tls: Callable[[], ssl.SSLContext], allowed: Sequence[Network], resolve: Resolve) -> None:
        self._tls = tls
        self._allowed = tuple(allowed)
        self._resolve = resolve
        self._idle: OrderedDict[Connection, None] = OrderedDict()
        self._by_place: dict[Place, list[Connection]] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and return the response as soon as its head is here; its stream must be closed."""
        url = request.url
        tls = url.scheme == "https"
        place = Place(
            url.raw_host.decode("ascii"), url.port or (443 if tls else 80), tls, bool(request.extensions.get(TRUSTED))
        )
        message = _serialise(request)
        connection = self._take_idle(place)
        if connection is not None:
            with suppress(_Stale):
                return await self._ask(connection, message)
        return await self._ask(await self._dial(place), message)

    async def aclose(self) -> None:
        """Drop the idle connections."""
        for connection in tuple(self._idle):
            self._forget(connection)
            connection.drop()
        await asyncio.sleep(0)  # the event loop closes sockets in its next round

    async def _ask(self, connection: "Connection", message: bytes) -> httpx.Response:
        reader = ResponseReader(connection.receive)
        try:
            connection.send(message)
            head = await reader.head()
        except BaseException as error:
            connection.drop()
            if connection.used and not reader.started and isinstance(error, Trouble):
                raise _Stale from error  # the server closed it just as we came back
            raise
        stream = _Stream(reader, connection, self._release)
        return httpx.Response(head.status, headers=list(head.fields), stream=stream)

    def _take_idle(self, place: Place) -> "Connection | None":
        connections = self._by_place.get(place)
        while connections:
            connection = connections[-1]
            self._forget(connection)
            if connection.alive:
                return connection
        return None

    def _release(self, connection: "Connection") -> None:
        if not connection.alive:
            return
        connection.rest(self._expire)
        self._idle[connection] = None
        self._by_place.setdefault(connection.place, []).append(connection)
        if len(self._idle) > MAX_IDLE:
            self._expire(next(iter(self._idle)))

    def _expire(self, connection: "Connection") -> None:
        self._forget(connection)
        connection.drop()

    def _forget(self, connection: "Connection") -> None:
        connection.wake()
        if connection in self._idle:
            del self._idle[connection]
            others = self._by_place[connection.place]
            others.remove(connection)
            if not others:
                del self._by_place[connection.place]

    async def _dial(self, place: Place) -> "Connection":
        addresses = await self._addresses(place)
        try:
            if len(addresses) == 1:
                return await self._connect(place, addresses[0])
            return await self._race(place, addresses)
        except OSError as error:
            raise of_dial(error, place.host) from error

    async def _addresses(self, place: Place) -> list[Address]:
        """Where to dial: checked here, dialled as they are."""
        spelled = literal(place.host)
        try:
            found = (spelled,) if spelled else tuple(await self._resolve(place.host, place.port))
        except OSError as error:
            raise of_dial(error, place.host) from error
        kept = [address for address in found if place.trusted or refusal(address, self._allowed) is None]
        if not found:
            raise Trouble(FetchReason.DNS, f"the name {place.host} has no address")
        if not kept:
            raise blocked(place.host, found[0], refusal(found[0], self._allowed))
        return _interleaved(kept)[:MAX_ADDRESSES]

    async def _connect(self, place: Place, address: Address) -> "Connection":
        loop = asyncio.get_running_loop()
        _, connection = await loop.create_connection(
            lambda: Connection(place, loop),
            host=str(address),
            port=place.port,
            ssl=self._tls() if place.tls else None,
            server_hostname=place.host.rstrip(".") if place.tls else None,
        )
        return connection

    async def _race(self, place: Place, addresses: list[Address]) -> "Connection":
        """Happy eyeballs: each next address joins after a moment; the first connection wins."""
        waiting = addresses[::-1]
        running: set[asyncio.Task[Connection]] = set()
        errors: list[BaseException] = []
        try:
            while waiting or running:
                if waiting:
                    running.add(asyncio.create_task(self._connect(place, waiting.pop())))
                done, _ = await asyncio.wait(
                    running, timeout=STAGGER if waiting else None, return_when=asyncio.FIRST_COMPLETED
                )
                for task in done:
                    running.remove(task)
                    if (error := task.exception()) is None:
                        return task.result()
                    errors.append(error)
        finally:
            for task in running:
                task.add_done_callback(_drop_late)
                task.cancel()
        raise errors[0]


class _Stale(Exception):  # noqa: N818 - no error: a kept connection had been closed by the server
    """A kept connection was closed before it said anything."""


class Connection(asyncio.Protocol):
    """One connection: what arrives is kept until asked for, within a bound."""

    def __init__(self, place: Place, loop: asyncio.AbstractEventLoop) -> None:
        self.place = place
        self.used = False
        self._loop = loop
        self._transport: asyncio.Transport | None = None
        self._received: list[bytes] = []
        self._size = 0
        self._paused = False
        self._ended = False
        self._error: Exception | None = None
        self._waiter: asyncio.Future[None] | None = None
        self._rest: asyncio.TimerHandle | None = None

    @property
    def alive(self) -> bool:
        """Whether it may be asked (again)."""
        return not self._ended and not self._received and self._transport is not None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101 - what the event loop promises of TCP
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._received.append(data)
        self._size += len(data)
        if self._size > HIGH_WATER and not self._paused and self._transport is not None:
            self._paused = True
            self._transport.pause_reading()
        self._notify()

    def eof_received(self) -> None:
        """Called by the event loop, which then closes the connection."""
        self._ended = True
        self._notify()

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by the event loop."""
        self._ended = True
        self._error = self._error or exc
        self._transport = None
        self._notify()

    def send(self, message: bytes) -> None:
        """Write a request."""
        if self._transport is not None:
            self._transport.write(message)

    async def receive(self) -> bytes:
        """What has arrived since, waiting for something; empty at the end."""
        while not self._received:
            if self._error is not None:
                raise of_dial(self._error, self.place.host) if isinstance(self._error, OSError) else self._lost()
            if self._ended:
                return b""
            self._waiter = self._loop.create_future()
            await self._waiter
        data = self._received[0] if len(self._received) == 1 else b"".join(self._received)
        self._received.clear()
        self._size = 0
        if self._paused and self._transport is not None:
            self._paused = False
            self._transport.resume_reading()
        return data

    def rest(self, expire: "Callable[[Connection], None]") -> None:
        """Keep it for the next request, for a while."""
        self.used = True
        self._rest = self._loop.call_later(MAX_IDLE_SECONDS, expire, self)

    def wake(self) -> None:
        """It is no longer resting."""
        if self._rest is not None:
            self._rest.cancel()
            self._rest = None

    def drop(self) -> None:
        """Close at once, without the courtesies that a hostile server could stretch."""
        self._ended = True
        if self._transport is not None:
            self._transport.abort()

    def _lost(self) -> Trouble:
        return Trouble(FetchReason.RESET, f"{self.place.host} dropped the connection")

    def _notify(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


class _Stream(httpx.AsyncByteStream):
    """A response's body; closing it gives the connection back or drops it."""

    def __init__(self, reader: ResponseReader, connection: Connection, release: Callable[[Connection], None]) -> None:
        self._reader = reader
        self._connection: Connection | None = connection
        self._release = release

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._reader.body()

    async def aclose(self) -> None:
        connection, self._connection = self._connection, None
        if connection is None:
            return
        if self._reader.reusable:
            self._release(connection)
        else:
            connection.drop()


def blocked(host: str, address: Address, kind: str | None) -> Trouble:
    """The guard's refusal, in words."""
    spelled = str(address)
    where = host if host == spelled else f"{host} ({spelled})"
    return Trouble(
        FetchReason.BLOCKED,
        f"{where} is a {kind or 'special'} address; fetch.allow_private lists those that may be asked",
    )


def _serialise(request: httpx.Request) -> bytes:
    lines = [b"%b %b HTTP/1.1" % (request.method.encode("ascii"), request.url.raw_path)]
    lines += [b"%b: %b" % field for field in request.headers.raw]
    return b"\r\n".join(lines) + b"\r\n\r\n"


def _interleaved(addresses: list[Address]) -> list[Address]:
    """Families by turns, the one the resolver prefers first, so that a broken one costs one step."""
    first = [address for address in addresses if address.version == addresses[0].version]
    second = [address for address in addresses if address.version != addresses[0].version]
    mixed = [address for pair in zip(first, second, strict=False) for address in pair]
    return mixed + first[len(second) :] + second[len(first) :]


def _drop_late(task: "asyncio.Task[Connection]") -> None:
    if not task.cancelled() and task.exception() is None:
        task.result().drop()
