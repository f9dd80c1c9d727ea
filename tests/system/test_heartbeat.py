"""The real daemon asks the heartbeat's URL, also where it stands in a private network, and after a reload another."""

import json
from pathlib import Path

from tests.helpers.command import daemon
from tests.helpers.hostile import HostileServer, Page


async def test_the_heartbeat_is_asked_while_the_daemon_works(tmp_path: Path) -> None:
    async with HostileServer() as server:
        server.pages["/beat"] = server.pages["/other"] = Page(body=b"OK")
        file = tmp_path / "watcher.yaml"
        value = {"server": "off", "heartbeat": {"url": server.url("/beat"), "every": "1s"}}
        file.write_text(json.dumps(value))
        async with daemon(file, tmp_path / "log") as running:
            await running.until(lambda: len(server.asked("/beat")) >= 2)
            file.write_text(json.dumps(value | {"heartbeat": {"url": server.url("/other"), "every": "1s"}}))
            await running.until(lambda: len(server.asked("/other")) >= 1)
            assert await running.stop() == 0
