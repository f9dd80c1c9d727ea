"""A web server on loopback that behaves as badly as any on the internet, and remembers what it was asked.

    async with HostileServer() as server:
        server.pages["/feed.xml"] = Page(body=b"<rss/>", etag='"v1"')
        ... server.url("/feed.xml") ... server.url("/gzip-bomb?mb=300") ...
        assert [seen.path for seen in server.seen] == [...]

`pages` are well-behaved (ETag, Last-Modified, 304); every other path is one of ROUTES, each a way to misbehave.
"""

import asyncio
import ssl
import tempfile
from pathlib import Path
from typing import Self
from urllib.parse import parse_qs, urlsplit

import trustme

from tests.helpers.misbehaviour import BODY, ROUTES, Connection, Page, Seen, nobody, packed_zeros, tunnel

__all__ = ["BODY", "HostileServer", "Page", "Seen", "packed_zeros"]

NAMES = ("127.0.0.1", "localhost", "news.example")


class HostileServer:
    """Serves on a free port of 127.0.0.1 until the context ends; `tls` by a certificate authority of its own."""

    def __init__(self, *, tls: bool = False, authority: trustme.CA | None = None) -> None:
        self.pages: dict[str, Page] = {}
        self.seen: list[Seen] = []
        self.connections = 0
        self.running = 0
        self.most_running = 0
        self.greeting: str | None = None  # a route that meets every connection before it asks anything
        self.port = 0
        self.tls = tls
        self.authority = authority or (trustme.CA() if tls else None)
        self._folder = tempfile.TemporaryDirectory()
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def ca(self) -> Path:
        """A PEM file with the authority that a client must trust."""
        assert self.authority is not None
        path = Path(self._folder.name, "ca.pem")
        self.authority.cert_pem.write_to_path(str(path))
        return path

    def url(self, path: str = "/", host: str = "127.0.0.1") -> str:
        """Where a path is served."""
        return f"{'https' if self.tls else 'http'}://{host}:{self.port}{path}"

    def asked(self, path: str) -> list[Seen]:
        """The requests for one path."""
        return [seen for seen in self.seen if seen.path == path]

    async def __aenter__(self) -> Self:
        context = None
        if self.tls and self.authority is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.authority.issue_cert(*NAMES).configure_cert(context)
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", self.port, ssl=context, backlog=1000)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._server.wait_closed()
        self._folder.cleanup()

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        task = asyncio.create_task(self._serve(Connection(reader, writer, self.connections)))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _serve(self, connection: Connection) -> None:
        try:
            if self.greeting is not None:
                await ROUTES[f"/{self.greeting.split('/')[1]}"](connection, nobody(self.greeting), {})
                return
            while (seen := await connection.request()) is not None:
                self.seen.append(seen)
                self.running += 1
                self.most_running = max(self.most_running, self.running)
                try:
                    keep = await self._answer(connection, seen)
                finally:
                    self.running -= 1
                if not keep:
                    break
        except OSError:
            pass  # the client has had enough
        finally:
            connection.writer.transport.abort()
            await asyncio.sleep(0)

    async def _answer(self, connection: Connection, seen: Seen) -> bool:
        if seen.method == "CONNECT":
            await tunnel(connection, seen)
            return False
        if seen.path in self.pages:
            await connection.page(self.pages[seen.path], seen)
            return True
        options = {name: values[-1] for name, values in parse_qs(urlsplit(seen.target).query).items()}
        name = "/" + seen.path.split("/")[1]
        route = ROUTES.get(name)
        if route is None:
            await connection.page(Page(status=404, body=b"no such page"), seen)
            return True
        await route(connection, seen, options)
        await connection.finish()
        return False
