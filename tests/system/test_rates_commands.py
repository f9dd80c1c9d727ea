"""What the commands and the page say of a topic with a rate."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx

from tests.helpers.command import watcher
from tests.helpers.newsroom import Item, newsroom
from tests.system.test_rates import about_mosul, alerts, config, topics
from watcher.app import load_config, once, open_app
from watcher.clock import SystemClock
from watcher.daemon import Daemon
from watcher.web.pages import site

HOUR = timedelta(hours=1)
RATE = {
    "title": "In the news",
    "query": "Mosul",
    "frequency": {"stories": 3, "within": "6h"},
    "spike": {"times": 3, "against": "14d"},
    "flatline": "24h",
}


async def test_the_commands_say_what_counts_and_what_was_told(tmp_path: Path) -> None:
    now = datetime.now(UTC)  # noqa: TID251 - the command's clock is the machine's
    async with newsroom() as room:
        for hours, name in enumerate(["three", "two", "one"]):
            room.publish("a", about_mosul(name, now - (2 - hours) * HOUR - 10 * timedelta(minutes=1)))
        room.publish("b", about_mosul("copied", now, like="one"))
        room.publish("b", Item(slug="aside", title="Aside", text="Of other things. " * 40, published=now))
        file = config(tmp_path, room, topics={"rate": RATE})
        checked = await watcher("-c", file, "check")
        assert checked.code == 0, checked.err
        assert "its stories are counted; told is only:\n  - 3 stories or more within 6 h\n" in checked.out
        assert "of the past 14 days, 3 stories at least; it speaks once it has seen 5 days" in checked.out
        assert (await watcher("-c", file, "once")).code == 0
        (told,) = alerts(room)
        assert told[:2] == ("rate:frequency", "3 stories in 6 h (3 asked)")
        assert len(told[2]) == 3
        assert topics(room)[0]["stories"] == []
        explained = await watcher("-c", file, "explain", f"{room.base}/page/three")
        assert "its story counts for the topic's rate and is not told by itself" in explained.out
        assert "its story counts for rate since 20" in explained.out
        assert "not told in any digest" not in explained.out
        answer = json.loads((await watcher("-c", file, "explain", "--json", f"{room.base}/page/three")).out)
        assert answer["counts"] == ["rate"]
        assert [one["topic"] for one in answer["stored"]["counts"]] == ["rate"]
        tried = await watcher("-c", file, "backtest", "--topic", "rate", "--write")
        assert "counted in stories: 3 stories; its rates would have been told 1 time:" in tried.out
        assert "3 stories in 6 h (3 asked)" in tried.out
        assert (await watcher("-c", file, "once")).code == 0
        assert len(alerts(room)) == 1


async def test_the_page_shows_how_rates_stand(tmp_path: Path) -> None:
    clock = SystemClock()
    async with newsroom() as room:
        for name in ("one", "two", "three"):
            room.publish("a", about_mosul(name, clock.now()))
        room.publish("b", about_mosul("four", clock.now()))
        settings = load_config(config(tmp_path, room, topics={"rate": RATE}), {}).settings
        app = await open_app(settings, clock)
        await once(app)
        served = site(app, Daemon(app, None, lambda: None))  # type: ignore[arg-type,return-value]
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=served), base_url="http://127.0.0.1") as visitor:
            page = (await visitor.get("/")).text
            assert '<strong class="bad">4 stories in 6 h (3 asked)</strong>' in page
            assert "nothing to hold it against yet (asked for 14 days, seen 0); it speaks once it has seen 5" in page
            assert "(told after 24 h)" in page
            (article, *_) = await app.store.recent(1)
            page = (await visitor.get(f"/articles/{article.article.id}")).text
            assert "Its story counts for In the news since" in page
        await app.aclose()
