"""Serving the page beside the daemon, in the same event loop."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import uvicorn

from watcher.app import App
from watcher.daemon import Daemon
from watcher.errors import WatcherError
from watcher.settings import Server
from watcher.web.pages import site


class _Quiet(uvicorn.Server):
    """Leaves the signals to the daemon."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


@asynccontextmanager
async def serve(settings: Server | None, app: App, daemon: Daemon) -> AsyncIterator[str | None]:
    """Serve the page for as long as the block runs; gives its address, None where it is off.

    WatcherError where the address cannot be had.
    """
    if settings is None:
        yield None
        return
    listener = _listen(settings)
    config = uvicorn.Config(
        site(app, daemon),
        log_config=None,
        access_log=False,
        lifespan="off",
        server_header=False,
        timeout_graceful_shutdown=2,
        timeout_keep_alive=5,
        limit_concurrency=100,
    )
    server = _Quiet(config)
    task = asyncio.create_task(server.serve(sockets=[listener]))
    host, port = listener.getsockname()[:2]
    try:
        yield f"http://[{host}]:{port}/" if ":" in host else f"http://{host}:{port}/"
    finally:
        server.should_exit = True
        await asyncio.wait({task}, timeout=3)
        task.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await task
        listener.close()


def _listen(settings: Server) -> socket.socket:
    try:
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        return socket.create_server((settings.host, settings.port), family=family)
    except OSError as error:
        raise WatcherError(
            f"the page cannot be served at {settings.host}:{settings.port}: {error.strerror or error}; "
            "change `server: {listen: …}`, or set `server: off`"
        ) from error
