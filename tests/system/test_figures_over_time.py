"""Figures over time, by the real command: two articles with a moved figure, from feed to mail box, hook and history."""

import csv
import json
import re
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from pathlib import Path
from typing import Any

from lxml import etree

from tests.helpers.command import watcher
from tests.helpers.newsroom import Item, Newsroom, newsroom
from tests.helpers.smtp import Script, mail_server
from tests.system.test_main_job import config

START = datetime(2016, 10, 18, 9, tzinfo=UTC)
COUNT = "About {} people have been displaced from Mosul since the offensive began, the IOM said."
REST = (
    "Trucks with water and blankets left the town before dawn. A second camp is to open next week, officials said, and "
    "the road to the north stays closed to lorries until the bridge has been mended.\n"
    "Teachers have begun lessons in tents, and a doctor sees the children in the afternoon."
)
RULE = {
    "subject": "displaced",
    "unit": "people",
    "place": "Mosul",
    "notify": "change",
    "change": "5%",
    "disagree": "20%",
}
TOPIC = {"title": "Displaced", "query": "displaced", "figures": RULE}


def count(slug: str, number: str, day: int, *, title: str = "Camps fill up", rest: str = REST) -> Item:
    when = START + timedelta(days=day)
    return Item(slug=slug, title=title, text=f"{COUNT.format(number)}\n{rest}", published=when)


def other(slug: str, number: str, day: int) -> Item:
    rest = (
        f"Report {slug}: engineers looked at the dam on day {day}. The harvest was brought in by {slug} farmers while "
        f"markets in {slug} stayed open, traders said; fuel cost more than in any {slug} month since spring.\n"
        f"Nobody expects rain before the end of week {day}, and the wells of {slug} are low."
    )
    return count(slug, number, day, title=f"{slug.title()} report", rest=rest)


def ruled(folder: Path, room: Newsroom, **changes: Any) -> Path:
    return config(folder, room, topics={"displaced": TOPIC}, terms={"mosul": ["Mosul", "Musul"]}, **changes)


def topics(room: Newsroom) -> list[dict[str, Any]]:
    return [topic for payload in room.payloads() for topic in payload["data"]["topics"]]  # type: ignore[index]


async def test_a_moved_figure_is_told_old_and_new_by_hook_and_mail(tmp_path: Path) -> None:
    async with newsroom() as room, mail_server(Script()) as server:
        smtp = {"host": "127.0.0.1", "port": server.port, "security": "none"}
        channels = {
            "hook": {"type": "webhook", "url": f"{room.base}/hook"},
            "desk": {"type": "email", "to": "desk@example.org", "from": "w@example.org", "smtp": smtp},
        }
        digests = {"now": {"topics": ["*"], "to": ["hook", "desk"], "wait": "0s", "every": "1s"}}
        file = ruled(tmp_path, room, channels=channels, digests=digests)
        room.publish("main", count("first", "54,000", 0))
        assert (await watcher("-c", file, "once")).code == 0
        room.publish("main", other("second", "55,500", 1))
        assert (await watcher("-c", file, "once")).code == 0
        assert len(room.hooks) == 1, "a change of less than 5 % is not told"
        room.publish("main", other("third", "68,000", 2))
        assert (await watcher("-c", file, "once")).code == 0
        first, second = topics(room)
        (new,) = first["figures"]
        assert (new["latest"], new["previous"], new["highest"]) == (54000, None, 54000)
        (read,) = first["stories"][0]["articles"][0]["figures"]
        assert (read["value"], read["unit"], read["subject"], read["place"]) == (54000, "people", "displaced", "Mosul")
        (moved,) = second["figures"]
        assert (moved["latest"], moved["previous"], moved["highest"]) == (68000, 55500, 68000)
        assert moved["latest_said"]["quote"].startswith("About 68,000 people")
        assert moved["previous_said"]["source"] == "IOM"
        mail = message_from_bytes(server.mails[-1].content, policy=policy.default)
        parts = {part.get_content_type(): part for part in mail.walk()}
        text = parts["text/plain"].get_content()
        assert "People displaced, Mosul: 55,500 → 68,000" in text
        assert "now: “About 68,000 people" in text
        assert "before: “About 55,500 people" in text
        assert "cid:" in parts["text/html"].get_content()
        assert parts["image/png"].get_content().startswith(b"\x89PNG")
        page = await watcher("-c", file, "digest", "now", "--since", "1d", "--format", "html")
        assert "data:image/png;base64," in page.out


async def test_a_story_that_was_told_comes_back_as_a_new_figure(tmp_path: Path) -> None:
    async with newsroom() as room:
        file = ruled(tmp_path, room)
        room.publish("main", count("first", "54,000", 0))
        assert (await watcher("-c", file, "once")).code == 0
        room.publish("main", count("copy", "54,000", 1))
        assert (await watcher("-c", file, "once")).code == 0
        assert len(room.hooks) == 1, "a copy moves nothing"
        copied = (await watcher("-c", file, "explain", f"{room.base}/page/copy")).out
        assert "held back by the figures of displaced, told " in copied
        assert "before it stood About 54,000 people displaced, Mosul (IOM), 2016-10-" in copied
        told = (await watcher("-c", file, "explain", f"{room.base}/page/first")).out
        assert "held back" not in told
        assert re.search(r", read [0-9T:-]+Z, story ", told), "to the second"
        room.publish("main", count("later", "68,000", 2))
        assert (await watcher("-c", file, "once")).code == 0
        _, update = topics(room)
        (story,) = update["stories"]
        assert story["reason"] == "update:figure"
        assert [article["url"].rpartition("/")[2] for article in story["articles"]] == ["later"]
        assert [told["url"].rpartition("/")[2] for told in story["earlier"]] == ["first"]


async def test_of_articles_that_come_together_the_first_is_told(tmp_path: Path) -> None:
    async with newsroom() as room:
        file = ruled(tmp_path, room)
        for slug in ("canal", "harbour", "orchard", "quarry"):
            room.publish("main", other(slug, "54,000", 1))
        assert (await watcher("-c", file, "once")).code == 0
        (told,) = topics(room)
        assert len(told["stories"]) == 1
        (move,) = told["figures"]
        assert (move["latest"], move["sources"]) == (54000, 1)


def plain(slug: str, sentence: str, day: int, title: str) -> Item:
    rest = (
        f"Report {slug}: engineers looked at the {slug} dam. The {slug} harvest was brought in, farmers of {slug} said."
    )
    return Item(slug=slug, title=title, text=f"{sentence}\n{rest}", published=START + timedelta(days=day))


async def test_sources_that_disagree_falls_and_an_articles_own_place(tmp_path: Path) -> None:
    async with newsroom() as room:
        file = ruled(tmp_path, room)
        steps = [
            plain("iom", "The IOM said 68,000 people have been displaced from Mosul.", 0, "Agency counts"),
            plain("low", "The ministry said 45,000 people have been displaced from Musul.", 1, "Ministry counts"),
            plain("fell", "The number of displaced from Mosul fell from 68,000 to 61,000, the IOM said.", 4, "Return"),
            plain("home", "The number of displaced people has reached 90,000, the IOM said.", 5, "Mosul's camps full"),
        ]
        for item in steps:
            room.publish("main", item)
            assert (await watcher("-c", file, "once")).code == 0
        told = topics(room)
        moves = [(move["previous"], move["latest"], move["disputed"]) for topic in told for move in topic["figures"]]
        assert moves == [
            (None, 68000, False),
            (68000, 45000, True),
            (68000, 61000, False),
            (61000, 90000, False),
        ]
        alerts = [alert["text"] for topic in told for alert in topic["alerts"]]
        assert alerts == [
            (
                "Sources disagree on people displaced, Mosul: "
                "45,000 (ministry, 19 Oct, 09:00) against 68,000 (IOM, 18 Oct, 09:00)"
            )
        ]
        (read,) = told[-1]["stories"][0]["articles"][0]["figures"]
        assert read["place"] is None, "its sentence names none"
        shown = await watcher("-c", file, "figures-history", "displaced")
        assert [row[0] for row in shown.out.splitlines()[1:]] == ["●", "○", " ", "●", "●"]


async def test_history_in_every_form_and_backtest_rebuilds_it(tmp_path: Path) -> None:
    async with newsroom() as room:
        file = config(tmp_path, room, topics={"displaced": {**TOPIC, "figures": {**RULE, "unit": "families"}}})
        for number, day in (("54,000", 0), ("68,000", 2)):
            room.publish("main", other(f"r{day}", number, day))
        assert (await watcher("-c", file, "once")).code == 0
        assert not room.hooks
        empty = await watcher("-c", file, "figures-history", "displaced")
        assert (empty.code, empty.out) == (0, "")
        assert "no figures" in empty.err
        file = ruled(tmp_path, room)
        written = await watcher("-c", file, "backtest", "--topic", "displaced", "--write")
        assert written.code == 0, written.err
        shown = await watcher("-c", file, "figures-history", "displaced")
        assert shown.code == 0, shown.err
        assert "people displaced, Mosul" in shown.out
        assert "54,000" in shown.out
        assert "68,000" in shown.out
        listed = json.loads((await watcher("-c", file, "figures-history", "displaced", "--json")).out)
        (series,) = listed["series"]
        assert [level["value"] for level in series["levels"]] == [54000, 68000]
        assert [one["value"] for one in series["observations"]] == [54000, 68000]
        rows = list(
            csv.DictReader((await watcher("-c", file, "figures-history", "displaced", "--csv")).out.splitlines())
        )
        assert [(row["value"], row["subject"], row["level"]) for row in rows] == [
            ("54000", "displaced", "yes"),
            ("68000", "displaced", "yes"),
        ]
        drawn = await watcher("-c", file, "figures-history", "displaced", "--svg")
        assert etree.fromstring(drawn.out.encode()).tag == "{http://www.w3.org/2000/svg}svg"
        assert (await watcher("-c", file, "once")).code == 0
        assert not room.hooks, "a backtest tells nothing"
        room.publish("main", other("more", "69,000", 3))
        assert (await watcher("-c", file, "once")).code == 0
        assert not room.hooks, "what a backtest found counts as known"
        both = await watcher("-c", file, "figures-history", "displaced", "--json", "--csv")
        assert (both.code, both.out) == (2, "")
        assert "--json and --csv exclude one another" in both.err
        unknown = await watcher("-c", file, "figures-history", "displaecd")
        assert unknown.code == 2
        assert "displaced" in unknown.err
