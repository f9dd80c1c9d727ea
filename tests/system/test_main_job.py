"""The real command against a live site: from a feed's item to mail boxes and hooks, once."""

import asyncio
import json
import os
import random
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.command import daemon, watcher
from tests.helpers.newsroom import Answer, Item, Newsroom, newsroom
from tests.helpers.postgres import PACKAGE, available, running_postgres
from tests.helpers.wire import report

BATTLE = Item(
    slug="battle",
    title="Coalition pushes on toward the city",
    teaser="The push goes on. Read more on our site.",
    text="Iraqi forces pressed the offensive to retake Mosul on Tuesday, taking three villages on the plain.\n"
    "Ankara has sent roughly 700 troops to a base at Bashiqa, north-east of the city, over Baghdad's protest.\n"
    "Aid agencies warned that up to one million people could be displaced, and said that camps for refugees "
    "hold a fraction of them. Officials from the ministry said they were preparing for the worst of the winter.",
)


def told_anew(slug: str) -> str:
    """A report of its own that both topics take."""
    rng = random.Random(slug)  # noqa: S311 - the same text for the same name
    first, *rest = report(rng).paragraphs
    return "\n".join([first, f"{slug}: the offensive at Mosul goes on; 700 troops wait in Bashiqa.", *rest])


def config(folder: Path, room: Newsroom, **changes: object) -> Path:
    """A config for the newsroom; JSON is YAML."""
    value: dict[str, object] = {
        "storage": f"sqlite:///{folder}/watcher.db",
        "server": "off",
        "fetch": {"interval": "1s", "min_interval": "1s", "host_delay": "0ms", "allow_private": ["127.0.0.0/8"]},
        "feeds": [{"url": f"{room.base}/feed/main", "name": "Newsroom", "backfill": "all"}],
        "topics": {
            "battle": {"title": "The battle", "query": "Mosul NEAR/15 offensive"},
            "troops": {"title": "Troops", "query": '"700 troops" AND Bashiqa'},
        },
        "channels": {"hook": {"type": "webhook", "url": f"{room.base}/hook", "retry": {"first": "1s", "max": "1s"}}},
        "digests": {"now": {"topics": ["*"], "to": ["hook"], "wait": "0s", "every": "1s"}},
    }
    value.update(changes)
    file = folder / "watcher.yaml"
    file.write_text(json.dumps(value))
    return file


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with newsroom() as made:
        yield made


def told(room: Newsroom) -> list[tuple[str, str]]:
    """(topic, title) of every article that the hook was told, in order."""
    found = []
    for payload in room.payloads():
        data = payload["data"]
        assert isinstance(data, dict)
        for topic in data["topics"]:
            for story in topic["stories"]:
                found += [(topic["topic"], article["title"]) for article in story["articles"]]
    return found


async def test_an_item_becomes_a_signed_hook_and_a_second_poll_asks_for_nothing(room: Newsroom, tmp_path: Path) -> None:
    room.publish("main", BATTLE)
    file = config(tmp_path, room)
    first = await watcher("-c", file, "once")
    assert first.code == 0, first.err
    assert sorted(told(room)) == [("battle", BATTLE.title), ("troops", BATTLE.title)]
    quotes = json.dumps(room.payloads())
    assert "roughly 700 troops" in quotes
    room.asked.clear()
    second = await watcher("-c", file, "once")
    assert second.code == 0, second.err
    (asked,) = room.requests("/feed/")
    assert asked.headers["if-none-match"].startswith('W/"')
    assert not room.requests("/page/")
    assert len(told(room)) == 2


async def test_the_daemon_tells_news_as_it_comes_and_ends_at_sigterm(room: Newsroom, tmp_path: Path) -> None:
    room.publish("main", BATTLE)
    async with daemon(config(tmp_path, room), tmp_path / "log") as running:
        await running.until(lambda: len(told(room)) == 2)
        room.publish("main", Item(slug="more", title="Mosul offensive slows", text=told_anew("more")))
        await running.until(lambda: ("battle", "Mosul offensive slows") in told(room))
        assert await running.stop() == 0


async def test_kill_nine_at_any_moment_loses_nothing_and_tells_nothing_twice(room: Newsroom, tmp_path: Path) -> None:
    await kill_loop(room, tmp_path, kills=6, items=12)


@pytest.mark.slow
async def test_kill_nine_many_times(room: Newsroom, tmp_path: Path) -> None:
    await kill_loop(room, tmp_path, kills=60, items=60)


@pytest.mark.postgres
@pytest.mark.skipif(not available(), reason=f"{PACKAGE} is not installed")
async def test_kill_nine_loses_and_doubles_nothing_on_postgresql_either(room: Newsroom, tmp_path: Path) -> None:
    with running_postgres() as server:
        await kill_loop(room, tmp_path, kills=4, items=8, storage=server.create())
    assert not (tmp_path / "watcher.db").exists(), "nothing was kept in a file"


async def kill_loop(room: Newsroom, folder: Path, *, kills: int, items: int, **changes: object) -> None:
    """Publish and kill in turns; every third hook call is refused after it was read."""
    bodies: dict[str, set[bytes]] = {}
    calls = 0

    def refuse_some(asked: object) -> Answer:
        nonlocal calls
        calls += 1
        return Answer(status=503 if calls % 3 == 0 else 200)

    room.hook_answer = refuse_some
    room.publish("main", BATTLE)
    file = config(folder, room, **changes)
    for number in range(kills):
        for count in range(items // kills):
            slug = f"n{number}-{count}"
            room.publish("main", Item(slug=slug, title=f"Item {slug}", text=told_anew(slug)))
        async with daemon(file, folder / "log") as running:
            await asyncio.sleep(1.2 + 0.17 * (number % 11))
            await running.kill()
    expected = {("battle", item.title) for item in room.feeds["main"]}
    async with daemon(file, folder / "log") as running:
        await running.until(lambda: expected <= set(told(room)), limit=60)
        assert await running.stop() == 0
    for asked in room.requests("/hook"):
        bodies.setdefault(asked.headers["webhook-id"], set()).add(asked.body)
    assert all(len(versions) == 1 for versions in bodies.values())
    by_id = {asked.headers["webhook-id"]: asked for asked in room.hooks}
    room.hooks = list(by_id.values())
    assert len(told(room)) == len(set(told(room))), "an article was told twice in one series"


async def test_a_second_daemon_on_the_same_store_is_refused(room: Newsroom, tmp_path: Path) -> None:
    file = config(tmp_path, room)
    room.publish("main", BATTLE)
    async with daemon(file, tmp_path / "log") as running:
        await running.until(lambda: bool(room.asked))
        for command in ("run", "once"):
            ended = await watcher("-c", file, command)
            assert ended.code == 1
            assert "another" in ended.err
            assert "Traceback" not in ended.err
        assert await running.stop() == 0


async def test_a_hanging_feed_costs_only_its_own_turn(room: Newsroom, tmp_path: Path) -> None:
    room.publish("main", BATTLE)
    room.routes["/hang"] = Answer(delay=30)
    room.routes["/garbage"] = Answer(body=os.urandom(5_000))
    feeds = [{"url": f"{room.base}{path}", "backfill": "all"} for path in ("/hang", "/garbage", "/feed/main", "/none")]
    fetch = {"timeout": "1s", "host_delay": "0ms", "allow_private": ["127.0.0.0/8"], "per_host": 4}
    ended = await watcher("-c", config(tmp_path, room, feeds=feeds, fetch=fetch), "once")
    assert ended.code == 0, ended.err
    assert len(told(room)) == 2
    for path in ("/hang", "/garbage", "/none"):
        assert f"feed failed: {room.base}{path}" in ended.err


async def test_a_changed_config_is_taken_and_a_broken_one_is_not(room: Newsroom, tmp_path: Path) -> None:
    room.publish("main", BATTLE)
    file = config(tmp_path, room)
    async with daemon(file, tmp_path / "log") as running:
        await running.until(lambda: len(told(room)) == 2)
        good = file.read_text()
        file.write_text(good.replace('"battle"', '"battel": 1, "battle"'))
        await running.until(lambda: "config not reloaded" in running.log)
        config(tmp_path, room, topics={"river": {"title": "River", "query": "Tigris"}})
        await running.until(lambda: "config reloaded" in running.log)
        room.publish("main", Item(slug="river", title="The Tigris rises", text="The river Tigris rose. " * 20))
        await running.until(lambda: ("river", "The Tigris rises") in told(room))
        assert await running.stop() == 0
    assert ("river", BATTLE.title) not in told(room)
