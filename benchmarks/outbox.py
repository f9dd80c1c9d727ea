"""The daemon with 10,000 matches for one digest, 100 digests due in the same minute, and a receiver that takes 30 s.

Says when each channel had all of its digests, counted from when the daemon began to watch, and its peak memory.
"""

import asyncio
import contextlib
import json
import re
import sys
import tempfile
import time
from collections import defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.helpers.clocks import HandClock  # noqa: E402 - found only once the path is set
from tests.helpers.command import Running, daemon  # noqa: E402
from tests.helpers.desk import Desk  # noqa: E402
from watcher.settings import DigestPolicy, FolderChannel, Topic  # noqa: E402
from watcher.store import open_store  # noqa: E402

MATCHES, DIGESTS, STORIES, SLOW = 10_000, 100, 20, 30.0
LIMIT = 300.0  # seconds for everything


class Receiver:
    """Takes webhooks, under `/slow` only after 30 s; notes when it had which."""

    def __init__(self) -> None:
        self.times: dict[str, list[float]] = defaultdict(list)
        self.sizes: dict[str, int] = defaultdict(int)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One call."""
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
        path = head.partition("/")[2].partition(" ")[0]
        length = int(re.findall(r"content-length: (\d+)", head)[0])
        await reader.readexactly(length)
        if path == "slow":
            with contextlib.suppress(asyncio.CancelledError):  # the measurement has ended
                await asyncio.sleep(SLOW)
        writer.write(b"HTTP/1.1 204 X\r\ncontent-length: 0\r\nconnection: close\r\n\r\n")
        await writer.drain()
        writer.close()
        self.times[path].append(time.monotonic())
        self.sizes[path] = max(self.sizes[path], length)


async def prepare(folder: Path) -> None:
    """A store in which everything waits."""
    store = open_store(f"sqlite:///{folder}/watcher.db")
    try:
        clock = HandClock(datetime.now(UTC) - timedelta(minutes=1))  # noqa: TID251 - the daemon's clock is the machine's
        at = Desk(store, clock)
        at_once = {"wait": timedelta(0), "every": timedelta(0), "to": ("box",)}
        policies = [DigestPolicy(name="big", topics=("war",), **at_once)]
        policies += [DigestPolicy(name=f"d{number}", topics=("talks",), **at_once) for number in range(DIGESTS)]
        topics = [Topic(name=name, title=name.title(), query=name) for name in ("war", "talks")]
        await at.adopt(topics, [FolderChannel(name="box", path=Path("box"))], policies)
        for number in range(MATCHES):
            await at.news(f"n{number}", "war")
        for number in range(STORIES):
            await at.news(f"m{number}", "talks")
    finally:
        await store.aclose()


def config(folder: Path, port: int) -> Path:
    """The same topics and digests, with real channels."""
    base = f"http://127.0.0.1:{port}"
    at_once = {"wait": "0s", "every": "0s"}
    big = {"big": {**at_once, "topics": ["war"], "to": ["one", "slow", "files"]}}
    many = {f"d{number}": {**at_once, "topics": ["talks"], "to": ["fast", "slow"]} for number in range(DIGESTS)}
    value = {
        "storage": f"sqlite:///{folder}/watcher.db",
        "server": "off",
        "topics": {"war": {"query": "war"}, "talks": {"query": "talks"}},
        "channels": {
            "one": {"type": "webhook", "url": f"{base}/one"},
            "fast": {"type": "webhook", "url": f"{base}/fast"},
            "slow": {"type": "webhook", "url": f"{base}/slow", "timeout": "60s"},
            "files": {"type": "folder", "path": str(folder / "files")},
        },
        "digests": big | many,
    }
    file = folder / "watcher.yaml"
    file.write_text(json.dumps(value))
    return file


def peak(running: Running) -> float:
    """The daemon's peak resident memory, MB."""
    status = Path(f"/proc/{running.process.pid}/status").read_text()
    return int(re.findall(r"VmHWM:\s+(\d+)", status)[0]) / 1024


async def measure(folder: Path) -> None:
    """Run the daemon until all but the slow one have everything, and the slow one has two."""
    await prepare(folder)
    receiver = Receiver()
    server = await asyncio.start_server(receiver.serve, "127.0.0.1", 0)
    async with daemon(config(folder, server.sockets[0].getsockname()[1]), folder / "log") as running:
        await running.until(lambda: "watching" in running.log)
        start, idle = time.monotonic(), peak(running)
        files: list[float] = []

        def done() -> bool:
            if not files and list((folder / "files").glob("*.html")):
                files.append(time.monotonic())
            return bool(files) and len(receiver.times["fast"]) >= DIGESTS and len(receiver.times["slow"]) > 1

        await running.until(done, limit=LIMIT)
        print(f"peak {peak(running):.0f} MB (before: {idle:.0f} MB)")
        print(f"  files: the digest of {MATCHES:,} after {files[0] - start:.1f} s")
        for name, times in sorted(receiver.times.items()):
            last = times[-1] - start
            print(
                f"  {name}: {len(times)} of its digests within {last:.1f} s, the largest {receiver.sizes[name]:,} bytes"
            )
        await running.stop(20)
    server.close()


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        asyncio.run(measure(Path(made)))
