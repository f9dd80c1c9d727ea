"""The real command on sites that copy one another: told once, with who tells it, and again when there is more."""

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.inside import inside
from tests.helpers.newsroom import Answer, Item, Newsroom, newsroom
from tests.system.test_main_job import config

TEXT = (
    "Iraqi forces pressed the offensive to retake Mosul on Tuesday, taking three villages on the plain before dusk.\n"
    "About 700 soldiers from the north have been sent to a base at Bashiqa over the protest of the government.\n"
    "Aid agencies said that 12,000 people had left their homes since Monday, most of them on foot and without food.\n"
    "Officials from the ministry said they prepared for the worst, and General Najim Jubouri spoke of a long winter."
)
MORE = "On Wednesday the ministry put the number of displaced people at 25,000 and asked for more tents."
OTHER = (
    "Troops took three villages near Mosul on Tuesday as their offensive moved on, General Najim Jubouri said.\n"
    "Artillery fired all day, and the road to Bashiqa was closed to all traffic, drivers at a checkpoint complained.\n"
    "In the camps to the south the first families arrived in the evening and were given blankets and warm meals."
)


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with newsroom() as made:
        yield made


def stories(room: Newsroom) -> list[list[dict[str, Any]]]:
    """Of the only topic, digest by digest."""
    return [payload["data"]["topics"][0]["stories"] for payload in room.payloads()]  # type: ignore[index]


def desk(folder: Path, room: Newsroom, topic: dict[str, object] | None = None, **changes: object) -> Path:
    feeds = [{"url": f"{room.base}/feed/{name}", "name": name.title(), "backfill": "all"} for name in ("lamp", "post")]
    topics = {"battle": {"title": "The battle", "query": "Mosul AND offensive", **(topic or {})}}
    return config(folder, room, feeds=feeds, **({"topics": topics} | changes))


def item(slug: str, text: str, minutes: int = 0, title: str = "Army takes three villages near Mosul") -> Item:
    when = datetime.now(UTC) - timedelta(hours=2) + timedelta(minutes=minutes)  # noqa: TID251 - a publisher's clock
    return Item(slug=slug, title=title, text=text, published=when)


async def run(file: Path, room: Newsroom) -> list[list[dict[str, Any]]]:
    """One pass; what it told."""
    before = len(room.payloads())
    ended = await inside("-c", file, "once", "--all")
    assert ended.code == 0, ended.err
    return stories(room)[before:]


async def test_copies_are_one_story_of_one_origin_told_again_when_it_gained_something(
    room: Newsroom, tmp_path: Path
) -> None:
    room.publish("lamp", item("first", TEXT))
    room.publish("post", item("copy", f"{TEXT}\nSource: AFP", 10, "Three villages taken"))
    file = desk(tmp_path, room)
    ((told,),) = await run(file, room)
    assert (told["reason"], told["origins"], told["voices"], told["group"]) == ("new", 1, ["AFP"], None)
    assert [(one["title"], one["lead"]) for one in told["articles"]] == [
        ("Army takes three villages near Mosul", True),
        ("Three villages taken", False),
    ]
    assert told["lead_reason"] == "earliest"

    room.publish("post", item("late", TEXT, 20))
    assert await run(file, room) == []

    room.publish("lamp", item("more", f"{TEXT}\n{MORE}", 30, "25,000 displaced"))
    ((update,),) = await run(file, room)
    assert (update["id"], update["reason"], update["origins"]) == (told["id"], "update:figure", 1)
    assert [one["title"] for one in update["articles"]] == ["25,000 displaced"]
    assert {one["id"] for one in update["earlier"]} == {one["id"] for one in told["articles"]}

    room.publish("post", item("late-too", f"{TEXT}\n{MORE}", 40))
    assert await run(file, room) == []


async def test_a_report_in_other_words_is_a_story_of_its_own_in_the_same_group(room: Newsroom, tmp_path: Path) -> None:
    room.publish("lamp", item("first", f"MOSUL (Reuters) - {TEXT}"))
    room.publish("post", item("other", f"{OTHER}\n(AFP)", 5, "Iraqi army takes villages near Mosul"))
    (told,) = await run(desk(tmp_path, room), room)
    assert [story["reason"] for story in told] == ["new", "new"]
    assert [story["origins"] for story in told] == [2, 2]
    assert {story["group"] for story in told} <= {story["id"] for story in told}
    assert len({story["group"] for story in told}) == 1
    assert sorted(told[0]["voices"]) == ["AFP", "Reuters"]


async def test_a_story_waits_for_its_second_voice(room: Newsroom, tmp_path: Path) -> None:
    file = desk(tmp_path, room, {"min_origins": 2})
    room.publish("lamp", item("first", TEXT))
    assert await run(file, room) == []
    room.publish("post", item("copy", TEXT, 5, "Three villages taken"))
    assert await run(file, room) == []
    room.publish("post", item("other", f"{OTHER}\nSource: AFP", 10, "Iraqi army takes villages near Mosul"))
    (told,) = await run(file, room)
    assert [story["origins"] for story in told] == [2, 2]
    assert sorted(len(story["articles"]) for story in told) == [1, 2]
    assert {story["reason"] for story in told} == {"new"}


async def test_a_second_voice_confirms_what_was_told(room: Newsroom, tmp_path: Path) -> None:
    file = desk(tmp_path, room)
    room.publish("lamp", item("first", TEXT))
    ((told,),) = await run(file, room)
    room.publish("post", item("other", f"{OTHER}\nSource: AFP", 10, "Iraqi army takes villages near Mosul"))
    ((again,),) = await run(file, room)
    assert (again["id"], again["reason"], again["origins"]) == (told["id"], "update:origin", 2)
    assert [one["title"] for one in again["earlier"]] == ["Army takes three villages near Mosul"]


async def test_the_preferred_feed_stands_for_the_story(room: Newsroom, tmp_path: Path) -> None:
    room.publish("lamp", item("first", TEXT))
    room.publish("post", item("copy", TEXT, 10, "Three villages taken"))
    ((told,),) = await run(desk(tmp_path, room, stories={"prefer": "Post"}), room)
    assert (told["headline"], told["lead_reason"]) == ("Three villages taken", "preferred")


async def test_a_late_copy_beside_an_update_is_listed_under_it(room: Newsroom, tmp_path: Path) -> None:
    file = desk(tmp_path, room)
    room.publish("lamp", item("first", TEXT))
    await run(file, room)
    room.publish("post", item("late", TEXT, 10, "Nothing new in it"))
    room.publish("lamp", item("more", f"{TEXT}\n{MORE}", 30, "25,000 displaced"))
    ((update,),) = await run(file, room)
    assert (update["reason"], update["headline"]) == ("update:figure", "25,000 displaced")
    assert update["articles"][0]["lead"] is True


async def test_the_rest_of_a_text_is_no_second_voice(room: Newsroom, tmp_path: Path) -> None:
    file = desk(tmp_path, room, {"min_origins": 2})
    room.publish("lamp", item("first", TEXT.partition("\n")[0]))
    assert await run(file, room) == []
    room.publish("post", item("whole", f"{TEXT}\n{MORE}", 10, "Iraqi army takes three villages near Mosul"))
    assert await run(file, room) == []


async def test_teasers_of_one_wording_are_stories_of_their_own(room: Newsroom, tmp_path: Path) -> None:
    for number, title in enumerate(("Mosul offensive: bridge destroyed", "Mosul offensive: hospital hit")):
        told = item(f"n{number}", TEXT, number, title)
        told.teaser = "Read the full report on our site, it is worth your time."
        room.publish("lamp", told)
        room.routes[f"/page/n{number}"] = Answer(status=404)
        room.routes[f"/page/n{number}?utm_source=rss"] = Answer(status=404)
    (told_stories,) = await run(desk(tmp_path, room), room)
    assert len(told_stories) == 2


async def test_a_page_that_comes_after_its_teaser_joins_the_story_of_its_text(room: Newsroom, tmp_path: Path) -> None:
    file = desk(tmp_path, room)
    room.publish("lamp", item("first", TEXT))
    ((told,),) = await run(file, room)
    late = item("late", TEXT, 10, "From the front")
    late.teaser = "Our reporter on the Mosul offensive, day by day."
    room.publish("post", late)
    addresses = ("/page/late", "/page/late?utm_source=rss")
    room.routes |= dict.fromkeys(addresses, Answer(status=503))
    ((teaser,),) = await run(file, room)
    assert teaser["id"] != told["id"]
    for address in addresses:
        del room.routes[address]
    with closing(sqlite3.connect(tmp_path / "watcher.db")) as connection, connection:
        connection.execute("UPDATE entries SET due = 1 WHERE due IS NOT NULL")
    assert await run(file, room) == []
    room.publish("post", item("more", f"{TEXT}\n{MORE}", 30, "25,000 displaced"))
    ((update,),) = await run(file, room)
    assert (update["id"], update["origins"], update["group"]) == (told["id"], 1, None)
    assert [one["title"] for one in update["earlier"]] == ["Army takes three villages near Mosul", "From the front"]


async def test_a_second_voice_confirms_the_event_under_every_topic(room: Newsroom, tmp_path: Path) -> None:
    topics = {
        "battle": {"query": "Mosul AND offensive"},
        "soldiers": {"query": "Mosul AND Bashiqa", "min_origins": 2},
    }
    file = desk(tmp_path, room, topics=topics)
    room.publish("lamp", item("first", TEXT))
    (told,) = await run(file, room)
    assert len(told) == 1
    room.publish("post", item("other", f"{OTHER}\nSource: AFP", 10, "Iraqi army takes villages near Mosul"))
    await run(file, room)
    data = room.payloads()[-1]["data"]
    assert isinstance(data, dict)
    assert {topic["topic"]: topic["stories"][0]["reason"] for topic in data["topics"]} == {
        "battle": "update:origin",
        "soldiers": "new",
    }
