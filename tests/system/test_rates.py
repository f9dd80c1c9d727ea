"""Topics with a rate on a live site: counted in stories, told once when crossed and once when over."""

import asyncio
import contextlib
import json
import random
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.clocks import HandClock
from tests.helpers.command import daemon
from tests.helpers.newsroom import Answer, Asked, Item, Newsroom, newsroom
from tests.helpers.wire import report
from watcher.app import App, load_config, once, open_app
from watcher.model import Silence

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
RATE = {"title": "In the news", "query": "Mosul", "frequency": {"stories": 3, "within": "6h"}}


def config(folder: Path, room: Newsroom, **changes: object) -> Path:
    value: dict[str, Any] = {
        "storage": f"sqlite:///{folder}/watcher.db",
        "server": "off",
        "fetch": {
            "interval": "1s",
            "min_interval": "1s",
            "host_delay": "0ms",
            "backfill": "all",
            "allow_private": ["127.0.0.0/8"],
        },
        "extract": {"workers": 1, "robots": False},
        "feeds": [{"url": f"{room.base}/feed/{name}", "name": name.upper(), "interval": "1s"} for name in ("a", "b")],
        "topics": {"rate": RATE, "plain": {"query": "title:Plain"}},
        "channels": {"hook": {"type": "webhook", "url": f"{room.base}/hook"}},
        "digests": {"now": {"topics": ["*"], "to": ["hook"], "wait": "0s", "every": "0s"}},
    }
    file = folder / "watcher.yaml"
    file.write_text(json.dumps(value | changes))
    return file


def about_mosul(slug: str, when: datetime | None, *, title: str = "", like: str = "") -> Item:
    """A report of its own, or one with the same text as another."""
    text = report(random.Random(like or slug)).paragraphs  # noqa: S311 - the same text for the same name
    return Item(
        slug=slug, title=title or f"Report {slug}", text="\n".join([*text, "It is near Mosul."]), published=when
    )


def topics(room: Newsroom) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = []
    for payload in room.payloads():
        data: Any = payload["data"]
        found += data["topics"]
    return found


def alerts(room: Newsroom) -> list[tuple[str, str, list[str]]]:
    return [
        (alert["reason"], alert["text"], [story["headline"] for story in alert["stories"]])
        for topic in topics(room)
        for alert in topic["alerts"]
    ]


async def started(folder: Path, room: Newsroom, clock: HandClock, **changes: object) -> App:
    return await open_app(load_config(config(folder, room, **changes), {}).settings, clock)


async def test_a_burst_of_stories_is_told_as_one_alert_and_its_end(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    async with newsroom() as room:
        room.publish("a", about_mosul("old", NOW - 30 * HOUR))
        room.publish("a", about_mosul("yesterday", NOW - 20 * HOUR))
        room.publish("b", about_mosul("early", NOW - 8 * HOUR))
        app = await started(tmp_path, room, clock)
        await once(app)
        clock.time += 10 * MINUTE
        room.publish("a", about_mosul("one", clock.time))
        room.publish("b", about_mosul("copy-of-one", clock.time, title="One, again", like="one"))
        room.publish("b", about_mosul("two", clock.time - MINUTE, title="Plain: two"))
        await once(app)
        assert alerts(room) == []  # two stories, three articles; what was there before counts from its date
        await app.aclose()
        app = await started(tmp_path, room, clock)
        clock.time += 10 * MINUTE
        room.publish("a", about_mosul("three", clock.time))
        await once(app)
        (told,) = alerts(room)
        assert told[:2] == ("rate:frequency", "3 stories in 6 h (3 asked)")
        assert told[2] in (["Report three", first, "Plain: two"] for first in ("Report one", "One, again"))
        assert [(one["topic"], len(one["stories"])) for one in topics(room)] == [("plain", 1), ("rate", 0)]
        clock.time += 10 * MINUTE
        room.publish("a", about_mosul("four", clock.time))
        await once(app)
        clock.time += 5 * HOUR
        await once(app)
        assert len(alerts(room)) == 1
        await app.aclose()
        app = await started(tmp_path, room, clock)
        clock.time += HOUR
        await once(app)
        await app.aclose()
        assert alerts(room)[1:] == [
            ("rate:frequency", "Over: 1 story in the last 6 h; 4 stories in all, told 20 Oct, 07:20", [])
        ]


async def test_a_silence_of_the_topic_keeps_its_alert_and_that_it_is_over(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    async with newsroom() as room:
        room.publish("a", about_mosul("old", NOW - 30 * HOUR))
        room.publish("b", about_mosul("older", NOW - 40 * HOUR))
        app = await started(tmp_path, room, clock)
        await once(app)
        await app.store.add_silence(Silence(topic="rate", starts=NOW, ends=NOW + HOUR, why="known", by="desk"))
        clock.time += 10 * MINUTE
        for name in ("one", "two", "three"):
            room.publish("a", about_mosul(name, clock.time))
        await once(app)
        clock.time += 7 * HOUR
        await once(app)
        assert alerts(room) == []
        over, many = await app.store.latest_alerts("rate", 5)
        assert (many.ended, over.ended) == (False, True)
        assert [silence.why for one in (many, over) for _, silence in one.silenced] == ["known", "known"]
        await app.aclose()


async def test_a_silence_of_the_news_is_told_of_feeds_that_answer(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    quiet = {"topics": {"rate": {"query": "Mosul", "flatline": "24h"}}}
    async with newsroom() as room:
        room.publish("a", about_mosul("one", NOW))
        room.publish("b", Item(slug="other", title="Other", text="Of other things. " * 40, published=NOW))
        app = await started(tmp_path, room, clock, **quiet)
        await once(app)
        assert alerts(room) == []
        await app.aclose()
        clock.time += 25 * HOUR  # a downtime: until the feeds were asked nobody knows
        app = await started(tmp_path, room, clock, **quiet)
        await app.dispatch_digests()
        await once(app)
        (told,) = alerts(room)
        assert told == (
            "rate:flatline",
            "No story for 25 h, the last 20 Oct, 07:00; 2 of 2 feeds have answered since",
            ["Report one"],
        )
        clock.time += HOUR
        room.publish("a", about_mosul("two", clock.time))
        await once(app)
        assert alerts(room)[1:] == [("rate:flatline", "A story again, after 26 h without", ["Report two"])]
        await app.aclose()


async def test_a_changed_query_is_counted_anew(tmp_path: Path) -> None:
    clock = HandClock(NOW)
    async with newsroom() as room:
        room.publish("a", about_mosul("old", NOW - 30 * HOUR))
        room.publish("b", about_mosul("older", NOW - 40 * HOUR))
        app = await started(tmp_path, room, clock)
        await once(app)
        clock.time += 10 * MINUTE
        for name in ("one", "two"):
            room.publish("a", about_mosul(name, clock.time))
        await once(app)
        await app.aclose()
        app = await started(tmp_path, room, clock, topics={"rate": RATE | {"query": "Mosul OR Nineveh"}})
        room.publish("a", about_mosul("three", clock.time))
        await once(app)
        assert alerts(room) == []
        await app.aclose()


@pytest.mark.slow
async def test_the_daemon_tells_a_burst_once_whenever_it_is_killed(tmp_path: Path) -> None:
    async with newsroom() as room:
        room.publish("a", about_mosul("old", NOW))
        room.publish("b", about_mosul("older", NOW))
        file = config(tmp_path, room)
        async with daemon(file, tmp_path / "log") as running:
            await running.until(lambda: len(room.requests("/page/")) >= 2)
            for name in ("one", "two"):
                room.publish("a", about_mosul(name, None))
            await running.until(lambda: len(room.requests("/page/")) >= 4)
            room.publish("a", about_mosul("three", None))
            room.publish("b", about_mosul("three-copied", None, like="three"))
            await running.until(lambda: len(room.requests("/page/")) >= 6)
            await running.kill()
        async with daemon(file, tmp_path / "log") as running:
            await running.until(lambda: len(alerts(room)) >= 1)
            await running.kill()
        async with daemon(file, tmp_path / "log") as running:
            asked = len(room.requests("/feed/a"))
            room.publish("b", about_mosul("four", None))
            await running.until(lambda: len(room.requests("/page/four")) >= 1)
            await running.until(lambda: len(room.requests("/feed/a")) >= asked + 2)
            assert await running.stop() == 0
        assert {told[:2] for told in alerts(room)} == {("rate:frequency", "3 stories in 6 h (3 asked)")}
        assert len({asked.headers["webhook-id"] for asked in room.hooks}) == 1


def begun(bodies: list[dict[str, Any]]) -> list[str]:
    """The bursts that were told: the newest story of each."""
    return sorted(
        alert["stories"][0]["id"]
        for body in bodies
        for topic in body["data"]["topics"]
        for alert in topic["alerts"]
        if not alert["ended"]
    )


def recorded(folder: Path) -> list[tuple[bool, str, bool]]:
    """The alerts in the store, in order: whether each tells of an end, its newest story, whether it was told."""
    query = (
        "SELECT ended, stories, digest IS NOT NULL FROM alerts "
        "JOIN series_alerts ON alert = alerts.id WHERE topic = 'rate' ORDER BY alerts.id"
    )
    with contextlib.closing(sqlite3.connect(f"file:{folder}/watcher.db?mode=ro", uri=True)) as store:
        rows = store.execute(query).fetchall()
    return [(bool(ended), json.loads(stories)[0]["id"] if stories else "", bool(told)) for ended, stories, told in rows]


@pytest.mark.slow
async def test_bursts_are_told_once_each_whatever_dies_and_however_receivers_fail(tmp_path: Path) -> None:
    chance = random.Random(11)  # noqa: S311 - the same run again
    retry = {"first": "200ms", "max": "500ms"}
    async with newsroom() as room:
        calls: dict[str, Any] = {}

        def take(asked: Asked) -> Answer:
            fault = chance.choice([204, 204, 500, 503])
            if fault != 503:  # it took it, whatever it says
                calls[asked.headers["webhook-id"]] = json.loads(asked.body)
            return Answer(status=fault)

        room.hook_answer = take
        room.publish("a", about_mosul("first", NOW))
        room.publish("b", about_mosul("before", NOW))
        rules = {"topics": {"rate": RATE | {"frequency": {"stories": 3, "within": "2s"}}}}
        channels = {
            "hook": {"type": "webhook", "url": f"{room.base}/hook", "retry": retry},
            "files": {"type": "folder", "path": "out"},
        }
        digests = {"now": {"topics": ["*"], "to": ["hook", "files"], "wait": "0s", "every": "0s"}}
        file = config(tmp_path, room, **rules, channels=channels, digests=digests)

        async def publish(times: int) -> None:
            for _ in range(times):
                name = f"n{chance.random()}"
                room.publish(chance.choice("ab"), about_mosul(name, None))
                room.publish("b", about_mosul(f"copy-of-{name}", None, like=name))
                await asyncio.sleep(chance.uniform(0.1, 1.2))

        for life in range(8):
            async with daemon(file, tmp_path / "log") as running:
                await running.until(lambda: running.log.count("watching") > life)  # noqa: B023 - asked at once
                await publish(chance.randrange(8))
                await running.kill()

        def kindly(asked: Asked) -> Answer:
            calls[asked.headers["webhook-id"]] = json.loads(asked.body)
            return Answer()

        room.hook_answer = kindly

        def all_told() -> bool:
            found = recorded(tmp_path)
            wanted = sorted(story for ended, story, _ in found if not ended)
            return bool(found) and found[-1][0] and begun(list(calls.values())) == wanted == begun(files())

        def files() -> list[dict[str, Any]]:
            return [json.loads(one.read_text()) for one in (tmp_path / "out").rglob("*.json")]

        async with daemon(file, tmp_path / "log") as running:
            await running.until(lambda: running.log.count("watching") > 8)
            await running.until(all_told, limit=60)
            assert await running.stop() == 0
        found = recorded(tmp_path)
        assert [ended for ended, _, _ in found] == [number % 2 == 1 for number in range(len(found))]
        assert all(told for _, _, told in found)
        assert len(found) >= 4, "the run had too few bursts to show anything"
        assert len({story for ended, story, _ in found if not ended}) == len(found) // 2
