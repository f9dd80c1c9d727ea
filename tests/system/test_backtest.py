"""`backtest` and `match` by the real command."""

import json
from pathlib import Path

from tests.helpers.command import watcher
from tests.helpers.newsroom import Item, newsroom
from tests.system.test_main_job import config, told

RIVER = "The river rose on Monday and the council of the town met to speak about the bridge. " * 6
TOPIC = {"title": "River", "query": "river"}


async def test_backtest_tells_what_a_topic_gains_and_loses_and_writes_it_untold(
    tmp_path: Path,
) -> None:
    async with newsroom() as room:
        room.publish("main", Item(slug="a", title="Bridge closed", text=RIVER))
        room.publish("main", Item(slug="b", title="A vote", text=RIVER.replace("river", "budget")))
        file = config(tmp_path, room, topics={"river": TOPIC})
        assert (await watcher("-c", file, "once")).code == 0
        file = config(tmp_path, room, topics={"river": {**TOPIC, "query": "budget"}})
        shown = await watcher("-c", file, "backtest", "--topic", "river")
        assert shown.code == 0, shown.err
        assert "1 match: 0 as recorded, 1 gained; 1 lost" in shown.out
        assert "+ A vote" in shown.out
        assert "- Bridge closed" in shown.out
        assert "█" in shown.out
        written = await watcher("-c", file, "backtest", "--topic", "river", "--write", "--json")
        assert json.loads(written.out)["matched"] == 1
        again = json.loads((await watcher("-c", file, "backtest", "--topic", "river", "--json")).out)
        assert (again["kept"], again["gained"], again["lost"]) == (1, [], [])
        assert (await watcher("-c", file, "once")).code == 0
        assert told(room) == [("river", "Bridge closed")]


async def test_backtest_of_an_unknown_topic_names_those_there_are(tmp_path: Path) -> None:
    async with newsroom() as room:
        ended = await watcher("-c", config(tmp_path, room), "backtest", "--topic", "batle")
        assert ended.code == 2
        assert "battle, troops" in ended.err


async def test_match_answers_in_order_and_names_bad_lines(tmp_path: Path) -> None:
    async with newsroom() as room:
        file = config(tmp_path, room, topics={"river": TOPIC})
    lines = [
        json.dumps({"id": 1, "title": "", "text": "The river."}),
        "not json",
        json.dumps({"id": "two", "text": "A road."}),
        json.dumps({"text": "no id"}),
        json.dumps({"id": 3, "text": "Rivers and a river"}),
    ]
    ended = await watcher("-c", file, "match", "--jsonl", "--evidence", stdin="\n".join(lines).encode())
    assert ended.code == 1
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert [(answer["id"], answer["topics"]) for answer in answers] == [(1, ["river"]), ("two", []), (3, ["river"])]
    assert answers[0]["matches"]["river"][0]["quote"] == "The river."
    assert "line 2: not JSON" in ended.err
    assert 'line 4: no "id"' in ended.err
