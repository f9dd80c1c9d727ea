"""10,000 matches that wait for one digest, and 100 digests due at once: time and memory, by channel.

The baseline beside each is the JSON of the same digest, made once.
"""

import asyncio
import json
import resource
import sys
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.helpers.desk import Desk, desk  # noqa: E402 - found only once the path is set
from watcher import deliver  # noqa: E402
from watcher.digest import Look, payload  # noqa: E402
from watcher.jobs import close_digest  # noqa: E402
from watcher.settings import (  # noqa: E402
    Channel,
    DigestPolicy,
    EmailChannel,
    FolderChannel,
    Smtp,
    Topic,
    WebhookChannel,
)

NOW = datetime(2016, 10, 20, 12, 0, tzinfo=UTC)
CHANNELS: tuple[Channel, ...] = (
    EmailChannel.model_validate(
        {"name": "mail", "to": ("a@x.example",), "from": "w@x.example", "smtp": Smtp(host="h")}
    ),
    WebhookChannel(name="hook", url="https://x.example/"),
    FolderChannel(name="files", path=Path("files")),
)
AT_ONCE = {"wait": timedelta(0), "every": timedelta(0), "topics": ("*",), "to": ("files",)}


def peak() -> float:
    """Peak resident memory so far, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def many_matches(at: Desk, count: int) -> None:
    """One digest of very many stories."""
    await at.adopt([Topic(name="war", title="War", query="w")], [FolderChannel(name="files", path=Path("f"))], [])
    policy = DigestPolicy(name="one", **AT_ONCE)
    await at.adopt(at.context.live.settings.topics, [FolderChannel(name="files", path=Path("f"))], [policy])
    for number in range(count):
        await at.news(f"n{number}", "war")
    before, started = peak(), time.perf_counter()
    closed = await close_digest(at.context, "one")
    took = time.perf_counter() - started
    assert closed is not None  # noqa: S101 - there is news
    print(f"{count:,} matches, one digest: closed in {took:.2f} s, peak {peak():.0f} MB (before: {before:.0f})")
    started = time.perf_counter()
    size = len(json.dumps(payload(closed.digest)))
    print(f"  baseline, the whole as JSON: {time.perf_counter() - started:.2f} s, {size / 1e6:.1f} MB")
    for channel in CHANNELS:
        started = time.perf_counter()
        body = deliver.render(channel, Look(), closed.digest, "msg_1")
        print(
            f"  {channel.name}: {time.perf_counter() - started:.2f} s, {len(body) / 1e6:.2f} MB, peak {peak():.0f} MB"
        )


async def many_digests(at: Desk, count: int) -> None:
    """Very many digests that are due in the same minute."""
    policies = [DigestPolicy(name=f"d{number}", **AT_ONCE) for number in range(count)]
    topics = [Topic(name="war", title="War", query="w")]
    await at.adopt(topics, [FolderChannel(name="files", path=Path("f"))], policies)
    for number in range(20):
        await at.news(f"m{number}", "war")
    started = time.perf_counter()
    await at.tick()
    took = time.perf_counter() - started
    print(f"{count} digests of 20 stories due at once: closed and sent in {took:.2f} s, peak {peak():.0f} MB")


async def main() -> None:
    """Both, each on a store of its own."""
    async with desk(NOW) as at:
        await many_digests(at, 100)
    async with desk(NOW) as at:
        await many_matches(at, 10_000)


if __name__ == "__main__":
    asyncio.run(main())
