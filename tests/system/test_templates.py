"""A digest's own template by command: `check` tries it, and a changed one is taken while the daemon runs."""

from collections.abc import Iterable
from pathlib import Path

import pytest

from tests.helpers.command import daemon, watcher
from tests.helpers.newsroom import Item, Newsroom, newsroom
from tests.system.test_main_job import BATTLE, config, told_anew


def templated(folder: Path, room: Newsroom) -> Path:
    return config(
        folder,
        room,
        channels={"files": {"type": "folder", "path": str(folder / "out")}},
        digests={"now": {"topics": ["*"], "to": ["files"], "wait": "0s", "every": "0s", "template": "own.html"}},
    )


@pytest.mark.parametrize(
    ("template", "place", "why"),
    [
        ("<p>\n{% for %}", "own.html:2:", "TemplateSyntaxError"),
        ("<p>\n\n{{ digest.nothing.here }}", "own.html:3:", "UndefinedError"),
        ("{{ ('a' * 10 ** 10) | length }}", "own.html:", "memory"),
    ],
    ids=["syntax", "undefined", "huge"],
)
async def test_check_names_the_file_and_the_line(tmp_path: Path, template: str, place: str, why: str) -> None:
    (tmp_path / "own.html").write_text(template)
    async with newsroom() as room:
        ended = await watcher("-c", templated(tmp_path, room), "check")
    assert ended.code == 0
    (line,) = [line for line in ended.err.splitlines() if "template" in line]
    assert place in line
    assert why in line


def written(folder: Path) -> Iterable[str]:
    return (file.read_text() for file in (folder / "out").glob("*.html"))


async def test_a_changed_template_is_taken_while_the_daemon_runs(tmp_path: Path) -> None:
    own = tmp_path / "own.html"
    own.write_text("<p>FIRST</p>")
    async with newsroom() as room:
        room.publish("main", BATTLE)
        async with daemon(templated(tmp_path, room), tmp_path / "log") as running:
            await running.until(lambda: any("FIRST" in text for text in written(tmp_path)))
            own.write_text("<p>SECOND</p>")
            await running.until(lambda: "config reloaded" in running.log)
            room.publish("main", Item(slug="next", title="The battle for Mosul goes on", text=told_anew("next")))
            await running.until(lambda: any("SECOND" in text for text in written(tmp_path)))
