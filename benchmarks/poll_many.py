"""Ten thousand feeds in one process: how fast when nothing has changed, how much memory, and what steady state costs.

    python -m benchmarks.poll_many [--feeds 10000] [--seconds 90]

A loopback server in a process of its own answers 304 to every request that carries a validator. First the poll job, run
by the daemon's runner over a SQLite store, asks every feed once, as fast as it can; bare httpx, at the best of several
settings, asks the same server the same. Then the daemon (`watcher run`) is left alone at an interval of 15 minutes, its
feeds spread over it, and what it takes of one core is measured from outside. Prints the ratios.
"""

import argparse
import asyncio
import json
import random
import sqlite3
import ssl
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import psutil

from benchmarks.fetch import HTTPX_SETTINGS, drain
from watcher import schedule
from watcher.app import load_config, open_app
from watcher.clock import SystemClock
from watcher.model import PollRecord, Validators
from watcher.runner import Kind

BODY = (
    b"<rss version='2.0'><channel><title>T</title><item><guid>1</guid><title>One</title><pubDate>"
    b"Thu, 20 Oct 2016 07:00:00 GMT</pubDate></item></channel></rss>"
)
ETAG = b'ETag: "v1"\r\n'
SAME = b"HTTP/1.1 304 Not Modified\r\n" + ETAG + b"\r\n"
WHOLE = b"HTTP/1.1 200 OK\r\n" + ETAG + b"Content-Length: %d\r\n\r\n%b" % (len(BODY), BODY)
INTERVAL = timedelta(minutes=15)
ROUNDS = 2
WARM_UP = 10  # seconds

Found = dict[str, float]


class Site(asyncio.Protocol):
    """Answers 304 to whoever has been here before."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by the event loop."""
        assert isinstance(transport, asyncio.Transport)  # noqa: S101
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        """Called by the event loop."""
        for request in data.split(b"\r\n\r\n")[:-1]:
            self._transport.write(SAME if b"f-none-match:" in request.lower() else WHOLE)


async def serve() -> None:
    """Serve until killed; prints the port."""
    server = await asyncio.get_running_loop().create_server(Site, "127.0.0.1", 0, backlog=1000)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


@contextmanager
def site() -> Iterator[str]:
    """Where it listens, for the length of a block."""
    process = subprocess.Popen(
        [sys.executable, "-m", "benchmarks.poll_many", "--serve"], stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None  # noqa: S101
        yield f"http://127.0.0.1:{process.stdout.readline().strip()}"
    finally:
        process.kill()
        process.wait()


def config(folder: Path, place: str, feeds: int) -> Path:
    """A config of these feeds, and a topic that never comes to be asked."""
    value = {
        "storage": f"sqlite:///{folder}/watcher.db",
        "server": "off",
        "fetch": {"interval": "15m", "per_host": 100, "host_delay": "0ms", "concurrency": 100},
        "feeds": [
            {"url": f"{place}/feed/{number}.xml", "name": f"feed {number}", "interval": "15m", "backfill": "none"}
            for number in range(feeds)
        ],
        "topics": {"flood": {"query": "flood"}},
    }
    file = folder / "watcher.yaml"
    file.write_text(json.dumps(value))
    return file


async def prepare(file: Path) -> None:
    """Put every feed into the store as one that was polled before, its next poll some time within the interval."""
    app = await open_app(load_config(file, {}).settings, SystemClock())
    now, dice = app.clock.now(), random.Random(2016)  # noqa: S311 - spreads polls
    polled = [
        replace(
            state,
            polls=1,
            entries=1,
            last_poll=now,
            last_success=now,
            validators=Validators(etag='"v1"'),
            next_check=now + INTERVAL * dice.random(),
            memory=schedule.Memory(full=now).write(),
        )
        for state in await app.store.feeds()
    ]
    await asyncio.gather(*(app.store.record_poll(PollRecord(state=state), now) for state in polled))
    await app.aclose()


async def poll_all(file: Path) -> Found:
    """Every feed once, by the daemon's own runner; polls a second, CPU a poll, and the process's most memory."""
    app = await open_app(load_config(file, {}).settings, SystemClock())
    ids = [state.id for state in await app.store.feeds()]
    before, began = time.process_time(), time.perf_counter()
    app.runner.submit(Kind.POLL, ids)
    await app.runner.drain()
    seconds, cpu = time.perf_counter() - began, time.process_time() - before
    states = await app.store.feeds()
    assert all(state.unchanged for state in states), "some were not answered 304"  # noqa: S101
    await app.aclose()
    return {"rate": len(ids) / seconds, "ms": cpu / len(ids) * 1000, "MB": peak()}


async def ask_all(place: str, feeds: int, workers: int, kept: int) -> Found:
    """Bare httpx: every feed once, the answers thrown away."""
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=kept)
    urls = [f"{place}/feed/{number}.xml" for number in range(feeds)]
    async with httpx.AsyncClient(limits=limits, trust_env=False, verify=ssl.create_default_context()) as client:

        async def get(url: str) -> None:
            response = await client.get(url, headers={"If-None-Match": '"v1"'})
            assert response.status_code == httpx.codes.NOT_MODIFIED  # noqa: S101

        await drain(urls[:200], workers, get)
        before = time.process_time()
        seconds = await drain(urls, workers, get)
        return {"rate": feeds / seconds, "ms": (time.process_time() - before) / feeds * 1000, "MB": peak()}


def peak() -> float:
    """The most memory that this process had, in MB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def apart(*arguments: str) -> Found:
    """A part of this program in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.poll_many", *arguments], capture_output=True, text=True, check=True
    )
    found: Found = json.loads(done.stdout.splitlines()[-1])
    return found


def fast(folder: Path, place: str, feeds: int) -> None:
    """Side by side, some rounds: the machine may be busy with other things at times."""
    file = config(folder, place, feeds)
    asyncio.run(prepare(file))
    ours, theirs = [], []
    for workers, kept in HTTPX_SETTINGS[1:]:
        theirs.append(apart("--httpx", place, str(feeds // 10), str(workers), str(kept)) | {"n": workers, "kept": kept})
    best = max(theirs, key=lambda found: found["rate"])
    for _ in range(ROUNDS):
        ours.append(apart("--poll", str(file)))
        theirs.append(apart("--httpx", place, str(feeds), f"{best['n']:.0f}", f"{best['kept']:.0f}"))
    one, other = (max(found, key=lambda each: each["rate"]) for found in (ours, theirs))
    print(
        f"{feeds} feeds, all unchanged: {one['rate']:.0f} polls/s, {one['ms']:.2f} ms of CPU each, {one['MB']:.0f} MB"
    )
    print(f"bare httpx, {best['n']:.0f} workers: {other['rate']:.0f}/s, {other['ms']:.2f} ms CPU each")
    print(f"ratio {one['rate'] / other['rate']:.2f} by the clock, {other['ms'] / one['ms']:.2f} by CPU")


def steady(folder: Path, place: str, feeds: int, seconds: int) -> None:
    """The real command at an interval of 15 minutes, looked at from outside."""
    file = config(folder, place, feeds)
    asyncio.run(prepare(file))
    with (folder / "log").open("w") as log:
        daemon = subprocess.Popen([sys.executable, "-m", "watcher", "-c", str(file), "run"], stdout=log, stderr=log)
        try:
            time.sleep(WARM_UP)
            process = psutil.Process(daemon.pid)
            before, polls = process.cpu_times(), polled(folder)
            time.sleep(seconds)
            after, more = process.cpu_times(), polled(folder)
            used = after.user + after.system - before.user - before.system
            assert not process.children(), "workers were started"  # noqa: S101
            print(
                f"steady at 15 minutes: {(more - polls) / seconds:.1f} polls/s, {used / seconds:.1%} of one core, "
                f"{process.memory_info().rss / 1e6:.0f} MB"
            )
        finally:
            daemon.terminate()
            daemon.wait(30)


def polled(folder: Path) -> int:
    """How many polls the store knows of."""
    with closing(sqlite3.connect(f"file:{folder}/watcher.db?mode=ro", uri=True)) as store:
        found: int = store.execute("SELECT sum(polls) FROM feeds").fetchone()[0]
        return found


def main() -> None:
    """All of it, or one part in a process of its own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=10_000)
    parser.add_argument("--seconds", type=int, default=90)
    parser.add_argument("--serve", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--poll", nargs=1, help=argparse.SUPPRESS)
    parser.add_argument("--httpx", nargs=4, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.serve:
        asyncio.run(serve())
    elif options.poll:
        print(json.dumps(asyncio.run(poll_all(Path(options.poll[0])))))
    elif options.httpx:
        place, feeds, workers, kept = options.httpx
        print(json.dumps(asyncio.run(ask_all(place, int(feeds), int(workers), int(kept)))))
    else:
        with tempfile.TemporaryDirectory() as one, tempfile.TemporaryDirectory() as other, site() as place:
            fast(Path(one), place, options.feeds)
            steady(Path(other), place, options.feeds, options.seconds)


if __name__ == "__main__":
    main()
