"""`silence`, `ack`, `silences`, `unsilence` by the real command."""

import json
from pathlib import Path

from tests.helpers.command import watcher
from tests.helpers.newsroom import newsroom
from tests.system.test_main_job import BATTLE, config, told


async def test_a_silenced_topic_is_shown_and_not_told_until_the_silence_is_taken_back(tmp_path: Path) -> None:
    async with newsroom() as room:
        file = config(tmp_path, room)
        room.feeds["main"] = []
        assert (await watcher("-c", file, "once")).code == 0
        wrong = await watcher("-c", file, "silence", "battel", "--for", "6h", "--why", "known")
        assert wrong.code == 2
        assert "battle, troops" in wrong.err
        for told_wrong in (("silence", "battle", "--for", "6h", "--why", " "), ("ack", "nothing", "--for", "0s")):
            assert (await watcher("-c", file, *told_wrong)).code == 2
        made = await watcher("-c", file, "silence", "battle", "--for", "6h", "--why", "known", "--by", "desk")
        assert made.code == 0, made.err
        assert made.out.startswith("silence 1: battle, until ")
        (listed,) = json.loads((await watcher("-c", file, "silences", "--json")).out)
        assert (listed["topic"], listed["why"], listed["by"], listed["origin"]) == (
            "battle",
            "known",
            "desk",
            "command",
        )
        quiet = await watcher("-c", file, "silence", "sources", "--for", "1h", "--why", "moving house")
        assert quiet.out.startswith("silence 2: sources, until "), quiet.err
        room.publish("main", BATTLE)
        assert (await watcher("-c", file, "once")).code == 0
        assert [topic for topic, _ in told(room)] == ["troops"]
        page = f"{room.base}/page/{BATTLE.slug}"
        fate = json.loads((await watcher("-c", file, "explain", page, "--json")).out)["stored"]
        assert [(one["topic"], one["why"], one["by"]) for one in fate["silenced"]] == [("battle", "known", "desk")]
        acked = await watcher("-c", file, "ack", page, "--by", "desk")
        assert acked.out.startswith("silence 3: every topic, story "), acked.err
        assert ", until it gains something, or " in acked.out
        assert (await watcher("-c", file, "ack", "nothing")).code == 1
        assert "silence 1 has ended" in (await watcher("-c", file, "unsilence", "1")).out
        assert (await watcher("-c", file, "unsilence", "1")).code == 1
        listed_now = (await watcher("-c", file, "silences")).out
        assert "\n3  every topic, story " in listed_now
        assert ", ends when it gains something, or in 30 d" in listed_now
