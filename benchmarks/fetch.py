"""Polls per second when nothing has changed: the fetcher beside bare httpx, in the same run.

A loopback server in a process of its own answers every request with 304. Bare httpx is measured at several settings and
the best counts. Prints both rates, CPU a request, and the ratio.

    python benchmarks/fetch.py [--requests 4000] [--rounds 3] [--tls]
"""

import argparse
import asyncio
import resource
import ssl
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from time import perf_counter

import httpx
import trustme

from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher
from watcher.model import NotModified, Request, Validators
from watcher.settings import Fetch

ANSWER = b'HTTP/1.1 304 Not Modified\r\nDate: Thu, 20 Oct 2016 07:00:00 GMT\r\nETag: "v1"\r\n\r\n'
HTTPX_SETTINGS = ((1, 5), (5, 5), (10, 10), (50, 10), (100, 10), (100, 0))
"""(workers, connections kept) that bare httpx is tried at."""
OUR_WORKERS = (10, 100)

Get = Callable[[str], Awaitable[None]]


class NothingNew(asyncio.Protocol):
    """Answers every request with 304."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        self._transport.write(ANSWER * data.count(b"\r\n\r\n"))


async def serve(certificate: str) -> None:
    """Serve until killed; prints the port."""
    context = None
    if certificate:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate)
    server = await asyncio.get_running_loop().create_server(NothingNew, "127.0.0.1", 0, ssl=context, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


async def drain(urls: list[str], workers: int, get: Get) -> float:
    """Seconds that so many workers take for all URLs."""
    queue = iter(urls)

    async def work() -> None:
        for url in queue:
            await get(url)

    start = perf_counter()
    await asyncio.gather(*(work() for _ in range(workers)))
    return perf_counter() - start


@asynccontextmanager
async def bare_httpx(kept: int, context: ssl.SSLContext) -> AsyncIterator[Get]:
    """The client alone, by its recipe."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept)
    async with httpx.AsyncClient(verify=context, trust_env=False, limits=limits) as client:

        async def get(url: str) -> None:
            response = await client.get(url, headers={"If-None-Match": '"v1"'})
            assert response.status_code == httpx.codes.NOT_MODIFIED  # noqa: S101

        yield get


@asynccontextmanager
async def ours(workers: int, ca: Path | None) -> AsyncIterator[Get]:
    """The fetcher, its limits wide open."""
    settings = Fetch(per_host=workers, host_delay=timedelta(0), concurrency=workers, ca=ca)
    fetcher = HttpFetcher(settings, SystemClock())
    validators = Validators(etag='"v1"')

    async def get(url: str) -> None:
        outcome = await fetcher.get(Request(url=url, validators=validators, trusted=True))
        assert isinstance(outcome, NotModified), outcome  # noqa: S101

    yield get
    await fetcher.aclose()


async def measure(name: str, urls: list[str], workers: int, get: Get) -> float:
    """Print and return requests per second."""
    await drain(urls[:200], workers, get)
    before = resource.getrusage(resource.RUSAGE_SELF)
    seconds = await drain(urls, workers, get)
    after = resource.getrusage(resource.RUSAGE_SELF)
    cpu = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(f"{name:34} {len(urls) / seconds:7.0f}/s   {cpu / len(urls) * 1000:.2f} ms CPU")
    return len(urls) / seconds


async def compare(urls: list[str], rounds: int, ca: Path | None) -> None:
    """The best of each, over some rounds."""
    context = httpx.create_ssl_context(trust_env=False)
    if ca is not None:
        context.load_verify_locations(ca)
    best = {"httpx": 0.0, "ours": 0.0}
    for _ in range(rounds):
        for workers, kept in HTTPX_SETTINGS:
            async with bare_httpx(kept, context) as get:
                rate = await measure(f"httpx, {workers} workers, {kept} kept", urls, workers, get)
            best["httpx"] = max(best["httpx"], rate)
        for workers in OUR_WORKERS:
            async with ours(workers, ca) as get:
                rate = await measure(f"watcher.fetch, {workers} workers", urls, workers, get)
            best["ours"] = max(best["ours"], rate)
    print(
        f"best: httpx {best['httpx']:.0f}/s, watcher.fetch {best['ours']:.0f}/s, "
        f"ratio {best['ours'] / best['httpx']:.2f}"
    )


def run(requests: int, rounds: int, *, tls: bool) -> None:
    """Start the server, compare, stop it."""
    with tempfile.TemporaryDirectory() as folder:
        chain, ca = Path(folder, "chain.pem"), Path(folder, "ca.pem")
        if tls:
            authority = trustme.CA()
            authority.cert_pem.write_to_path(ca)
            authority.issue_cert("127.0.0.1").private_key_and_cert_chain_pem.write_to_path(chain)
        command = [sys.executable, __file__, "--serve", str(chain) if tls else ""]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        try:
            assert server.stdout is not None  # noqa: S101
            place = f"{'https' if tls else 'http'}://127.0.0.1:{server.stdout.readline().strip()}"
            urls = [f"{place}/feeds/{number}.xml" for number in range(requests)]
            asyncio.run(compare(urls, rounds, ca if tls else None))
        finally:
            server.kill()
            server.wait()


def main() -> None:
    """Parse arguments and run."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--serve", metavar="CHAIN", default=None, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.serve is not None:
        asyncio.run(serve(arguments.serve))
    else:
        run(arguments.requests, arguments.rounds, tls=arguments.tls)


if __name__ == "__main__":
    main()
