"""The demo's site on a port of loopback: a small HTTP/1.1 server with conditional GET, robots.txt and a count."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from http import HTTPStatus

from watcher.demo.site import Resource, Site

_IDLE = 15.0  # seconds a connection may be silent
_MAX_HEAD = 16_384


@dataclass(slots=True, kw_only=True)
class Served:
    """The site while it is served. `requests` counts what was asked for, by path and status."""

    base_url: str
    site: Site
    requests: Counter[tuple[str, int]] = field(default_factory=Counter)


@asynccontextmanager
async def serve(now: datetime, host: str = "127.0.0.1", port: int = 0) -> AsyncIterator[Served]:
    """Serve the site as it stands at `now`; port 0 takes a free one. Leaving closes every connection."""
    handler = _Handler(started=now)
    server = await asyncio.start_server(handler.connection, host, port, limit=_MAX_HEAD)
    bound: tuple[str, int] = server.sockets[0].getsockname()[:2]
    base_url = f"http://{host}:{bound[1]}"
    served = Served(base_url=base_url, site=Site.build(base_url, now))
    handler.served = served
    try:
        yield served
    finally:
        server.close()
        handler.close()
        await server.wait_closed()


@dataclass(slots=True, kw_only=True)
class _Handler:
    started: datetime
    served: Served | None = None
    tasks: set["asyncio.Task[None]"] = field(default_factory=set)

    async def connection(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        if task is not None:
            self.tasks.add(task)
        try:
            while await self._exchange(reader, writer):
                pass
        except (ConnectionError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass
        except asyncio.CancelledError:
            writer.transport.abort()  # the site is closing
        finally:
            writer.close()
            if task is not None:
                self.tasks.discard(task)

    def close(self) -> None:
        for task in self.tasks:
            task.cancel()

    async def _exchange(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """One request and its answer; whether the connection stays open."""
        async with asyncio.timeout(_IDLE):
            head = await reader.readuntil(b"\r\n\r\n")
        first, *rest = head.decode("latin-1").split("\r\n")
        method, target, version = [*first.split(" "), "", ""][:3]
        headers = dict(_headers(rest))
        status, resource = self._answer(method, target.split("?")[0], headers)
        keep = version == "HTTP/1.1" and headers.get("connection", "").lower() != "close"
        writer.write(self._response(method, status, resource, keep=keep))
        await writer.drain()
        return keep

    def _answer(self, method: str, path: str, headers: Mapping[str, str]) -> tuple[HTTPStatus, Resource | None]:
        served = self.served
        resource = served.site.resources.get(path) if served else None
        if method not in {"GET", "HEAD"}:
            status = HTTPStatus.METHOD_NOT_ALLOWED
        elif resource is None:
            status = HTTPStatus.NOT_FOUND
        elif resource.etag in headers.get("if-none-match", ""):
            status = HTTPStatus.NOT_MODIFIED
        else:
            status = HTTPStatus.OK
        if served:
            served.requests[path, status.value] += 1
        return status, resource

    def _response(self, method: str, status: HTTPStatus, resource: Resource | None, *, keep: bool) -> bytes:
        body = resource.body if resource and status == HTTPStatus.OK else b""
        lines = [f"HTTP/1.1 {status.value} {status.phrase}", f"Connection: {'keep-alive' if keep else 'close'}"]
        if status != HTTPStatus.NOT_MODIFIED:
            lines.append(f"Content-Length: {len(body)}")
        if resource:
            lines.append(f"ETag: {resource.etag}")
            lines.append(f"Last-Modified: {format_datetime(self.started, usegmt=True)}")
        if body and resource:
            lines.append(f"Content-Type: {resource.content_type}")
        head = "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n"
        return head if method == "HEAD" else head + body


def _headers(lines: list[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        name, colon, value = line.partition(":")
        if colon:
            yield name.strip().lower(), value.strip()
