"""No secret of a channel stands in a log, an error or the record, however much is logged."""

import json
from pathlib import Path

import pytest

from tests.helpers.command import watcher
from tests.helpers.newsroom import Item, newsroom
from tests.helpers.receiver import Answer, receiver

pytest.importorskip("apprise")
KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
SECRETS = (KEY.removeprefix("whsec_"), "path-token-0123456789", "query-key-77", "chat-token-0123456789", "chat-pass-88")


@pytest.mark.parametrize("form", ["text", "json"])
async def test_nothing_that_is_shown_holds_a_secret(tmp_path: Path, form: str) -> None:
    echo = Answer(status=500, body=" ".join((KEY, *SECRETS[:3])).encode())
    async with newsroom() as room, receiver(echo) as hook, receiver(Answer(status=500)) as chat:
        room.publish("main", Item(slug="a", title="The watchword", text="The watchword is out."))
        retry = {"first": "1s"}
        channels = {
            "hook": {
                "type": "webhook",
                "url": f"{hook.url}/{SECRETS[1]}?key={SECRETS[2]}",
                "secret": [KEY],
                "retry": retry,
            },
            "chat": {"type": "apprise", "url": f"json://user:{SECRETS[4]}@127.0.0.1:{chat.port}/{SECRETS[3]}"},
        }
        config = tmp_path / "watcher.yaml"
        digest = {"topics": ["*"], "to": ["hook", "chat"], "wait": "0s"}
        feed = {"url": f"{room.base}/feed/main", "backfill": "all"}
        fetch = {"allow_private": ["127.0.0.0/8"], "host_delay": "0ms"}
        made = {"feeds": [feed], "fetch": fetch, "topics": {"war": {"query": "watchword"}}, "server": "off"}
        config.write_text(json.dumps({**made, "channels": channels, "digests": {"now": digest}}))
        once = await watcher("-c", config, "-vvv", "--log-format", form, "once")
        record = await watcher("-c", config, "-vvv", "deliveries", "--json")
        tried = await watcher("-c", config, "-vvv", "send-test", "hook")
    assert (len(hook.requests), len(chat.requests)) == (2, 1)
    assert "delivery failed" in once.err
    shown = "".join(ended.out + ended.err for ended in (once, record, tried))
    assert [secret for secret in SECRETS if secret in shown] == []
