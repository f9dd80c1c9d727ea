"""Polling 1,000 feeds of thirty items, beside what else polls feeds, in the same run.

    python -m benchmarks.poll [--feeds 1000] [--peers reader,rss2email]

Items are stored, no page is read. All new, unchanged (304), one new item each, and unchanged at 200 ms an answer; in
seconds, and the memory of the polling process. Watcher is measured before and after the others and the mean counts, for
a machine may be busy with other things at times. `reader`, `rss2email` and `feed2exec` are installed into a temporary
environment, `sfeed` and `newsboat` are used where they are on PATH; what is absent is passed over. Bare httpx asks the
same server the same things.
"""

import argparse
import asyncio
import json
import resource
import shutil
import ssl
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path

import httpx

from benchmarks._poll_site import poll_site
from watcher import jobs
from watcher.app import App, load_config, open_app
from watcher.clock import SystemClock
from watcher.model import Fetched, NotModified
from watcher.runner import Kind

ROUNDS = ("all new", "unchanged", "one new each", "unchanged, 200 ms")
FROM_PYPI = ("reader", "rss2email", "feed2exec")
FROM_PATH = {"sfeed": "sfeed_update", "newsboat": "newsboat"}
SLOW = frozenset({"reader", "sfeed", "newsboat"})
"""Those that ask several servers at once: the others would need minutes at 200 ms an answer."""

PEER_SECONDS = 900
WORKERS = 100

Found = Mapping[str, float]


def control(site: str, what: str) -> None:
    """Tell the site what to do next."""
    httpx.get(f"{site}/{what}", trust_env=False)


def config(folder: Path, site: str, feeds: int) -> Path:
    """A config of these feeds, and a topic that never comes to be asked."""
    value = {
        "storage": f"sqlite:///{folder}/watcher.db",
        "server": "off",
        "fetch": {"per_host": 200, "host_delay": "0ms", "concurrency": 200, "allow_private": ["127.0.0.0/8"]},
        "feeds": [{"url": f"{site}/feed/{number}.xml", "name": f"feed {number}"} for number in range(feeds)],
        "topics": {"flood": {"query": "flood"}},
    }
    file = folder / "watcher.yaml"
    file.write_text(json.dumps(value))
    return file


async def ours(site: str, feeds: int) -> Found:
    """The poll job, run by the runner as the daemon does."""
    found: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        app = await open_app(load_config(config(Path(folder), site, feeds), {}).settings, SystemClock())
        for name, what in zip(ROUNDS, ("extra/0", "delay/0", "extra/1", "delay/0.2"), strict=True):
            control(site, what)
            found[name] = await one_round(app, feeds)
        await app.aclose()
    found["MB"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return found


async def one_round(app: App, feeds: int) -> float:
    """Every feed once."""
    ids = [state.id for state in await app.store.feeds()]
    failed = 0
    waiting = list(reversed(ids))

    async def work() -> None:
        nonlocal failed
        while waiting:
            polled = await jobs.poll(app.context, waiting.pop())
            failed += polled is None or not isinstance(polled.outcome, Fetched | NotModified)

    app.runner.limit(Kind.READ, 0)
    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(app.settings.fetch.concurrency)))
    seconds = time.perf_counter() - began
    assert not failed, f"{failed} of {feeds} polls failed"  # noqa: S101
    return seconds


async def bare(site: str, feeds: int) -> Found:
    """The client alone, at its best setting: it asks, and throws the answers away."""
    found: dict[str, float] = {}
    limits = httpx.Limits(max_connections=None, max_keepalive_connections=10)
    context = ssl.create_default_context()
    control(site, "delay/0")
    async with httpx.AsyncClient(limits=limits, trust_env=False, verify=context, timeout=60) as client:

        async def ask(number: int, etag: str | None) -> None:
            headers = {"If-None-Match": etag} if etag else {}
            await client.get(f"{site}/feed/{number}.xml", headers=headers)

        control(site, "extra/0")
        found["all new"] = await in_a_queue(lambda number: ask(number, None), feeds)
        found["unchanged"] = await in_a_queue(lambda number: ask(number, '"0"'), feeds)
        found["one new each"] = found["all new"]
        control(site, "delay/0.2")
        found["unchanged, 200 ms"] = await in_a_queue(lambda number: ask(number, '"0"'), feeds)
    return found


async def in_a_queue(ask: Callable[[int], Awaitable[None]], count: int) -> float:
    """Seconds that some workers take for all."""
    waiting = list(range(count))

    async def work() -> None:
        while waiting:
            await ask(waiting.pop())

    began = time.perf_counter()
    await asyncio.gather(*(work() for _ in range(WORKERS)))
    return time.perf_counter() - began


def peers(site: str, feeds: int, wanted: frozenset[str]) -> Mapping[str, Found]:
    """What each peer that can be had takes."""
    found: dict[str, Found] = {}
    with tempfile.TemporaryDirectory() as folder:
        pythons = {name: python for name in FROM_PYPI if name in wanted and (python := installed(name, Path(folder)))}
        pythons |= {name: sys.executable for name, program in FROM_PATH.items() if name in wanted and on_path(program)}
        for name, python in pythons.items():
            room = Path(folder, f"{name}-data")
            room.mkdir()
            command = [python, str(Path(__file__).with_name("_poll_peers.py")), name, site, str(feeds), str(room)]
            command += ["--slow"] if name in SLOW else []
            try:
                done = subprocess.run(command, capture_output=True, text=True, timeout=PEER_SECONDS, check=True)
                found[name] = json.loads(done.stdout.splitlines()[-1])
                print(f"{name}: {found[name]}", file=sys.stderr)
            except (subprocess.SubprocessError, ValueError, IndexError) as error:
                print(f"{name}: passed over: {error}", file=sys.stderr)
    return found


def on_path(program: str) -> bool:
    """Whether a program is there."""
    there = shutil.which(program) is not None
    if not there:
        print(f"{program} is not on PATH: passed over", file=sys.stderr)
    return there


def installed(name: str, folder: Path) -> str | None:
    """A Python that has the package, in an environment of its own."""
    room = folder / name
    venv.create(room, with_pip=True)
    python = str(room / "bin" / "python")
    packages = {"reader": ("reader", "sgmllib3k")}.get(name, (name,))  # it imports what it does not ask for
    command = [python, "-m", "pip", "install", "-q", *packages]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        print(f"{name} cannot be installed: passed over", file=sys.stderr)
    return None if done.returncode else python


def table(found: Mapping[str, Found]) -> None:
    """Seconds by round, and how many times as fast we are as the fastest peer."""
    print(f"{'':<22}" + "".join(f"{name:>20}" for name in (*ROUNDS, "MB")))
    for who, times in found.items():
        print(
            f"{who:<22}"
            + "".join(f"{times[name]:>20.2f}" if name in times else f"{'':>20}" for name in (*ROUNDS, "MB"))
        )
    others = [times for who, times in found.items() if who not in {"watcher", "bare httpx"}]
    ratios = [
        min((times[name] for times in others if name in times), default=0) / found["watcher"][name] for name in ROUNDS
    ]
    print(f"{'fastest peer : watcher':<22}" + "".join(f"{ratio:>20.2f}" if ratio else f"{'':>20}" for ratio in ratios))


def main() -> None:
    """All of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--feeds", type=int, default=1000)
    parser.add_argument("--peers", default=",".join((*FROM_PYPI, *FROM_PATH)))
    options = parser.parse_args()
    with poll_site(options.feeds) as site:
        found = {
            "watcher": asyncio.run(ours(site, options.feeds)),
            "bare httpx": asyncio.run(bare(site, options.feeds)),
        }
        found |= peers(site, options.feeds, frozenset(filter(None, options.peers.split(","))))
        again = asyncio.run(ours(site, options.feeds))
        found["watcher"] = {name: (seconds + again[name]) / 2 for name, seconds in found["watcher"].items()}
    table(found)


if __name__ == "__main__":
    main()
