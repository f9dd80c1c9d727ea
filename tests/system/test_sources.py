"""A source that changes is told of to the digests that name `sources`, once, and to no other."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from tests.helpers.clocks import HandClock
from tests.helpers.newsroom import Answer, Item, Newsroom, newsroom
from watcher.app import App, load_config, once, open_app

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
PAGE = b"<!doctype html><html><head><title>Before you continue</title></head><body>We use cookies.</body></html>"
GONE_WELL = ["source:not_a_feed", "source:recovered"]


def config(folder: Path, room: Newsroom) -> Path:
    file = folder / "watcher.yaml"
    value = {
        "storage": f"sqlite:///{folder}/watcher.db",
        "server": "off",
        "fetch": {"host_delay": "0ms", "backfill": "all", "allow_private": ["127.0.0.0/8"]},
        "extract": {"workers": 1, "robots": False},
        "feeds": [{"url": f"{room.base}/feed/a", "name": "Example"}],
        "topics": {"flood": {"query": "flood"}},
        "channels": {"hook": {"type": "webhook", "url": f"{room.base}/hook"}},
        "digests": {
            "desk": {"topics": ["sources"], "to": ["hook"], "wait": "0s", "every": "1s"},
            "news": {"topics": ["*"], "to": ["hook"], "wait": "0s", "every": "1s"},
        },
    }
    file.write_text(json.dumps(value))
    return file


async def started(folder: Path, room: Newsroom, clock: HandClock) -> App:
    return await open_app(load_config(config(folder, room), {}).settings, clock)


def told(room: Newsroom) -> list[tuple[str, str, str, str]]:
    found = []
    for payload in room.payloads():
        data: Any = payload["data"]
        for topic in data["topics"]:
            found += [(data["digest"], topic["topic"], alert["reason"], alert["text"]) for alert in topic["alerts"]]
    return found


async def test_a_consent_page_is_told_once_over_a_restart_and_its_end_too(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    async with newsroom() as room:
        room.publish("a", Item(slug="one", title="One", text="Nothing. " * 40, published=NOW - HOUR))
        app = await started(tmp_path, room, clock)
        await once(app)
        room.routes["/feed/a"] = Answer(body=PAGE, headers={"Content-Type": "text/html"})
        for _ in range(3):
            clock.time += 3 * HOUR
            await once(app, force=True)
        await app.aclose()
        app = await started(tmp_path, room, clock)
        clock.time += 3 * HOUR
        await once(app, force=True)
        assert [(digest, topic, reason) for digest, topic, reason, _ in told(room)] == [
            ("desk", "sources", "source:not_a_feed")
        ]
        assert told(room)[0][3].startswith("Example: failing for 3 h: a consent page titled")
        (payload,) = room.payloads()
        data: Any = payload["data"]
        assert (data["sources"]["total"], data["sources"]["healthy"]) == (1, 0)
        del room.routes["/feed/a"]
        for _ in range(2):
            clock.time += 3 * HOUR
            await once(app, force=True)
        await app.aclose()
        assert [reason for _, _, reason, _ in told(room)] == GONE_WELL
