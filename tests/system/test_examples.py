"""`test` and `match`: what examples and lines may leave unsaid."""

import json
from pathlib import Path

from tests.helpers.command import watcher
from tests.helpers.newsroom import noisy_page

CONFIG = {
    "server": "off",
    "feeds": [{"url": "https://example.org/feed.xml", "name": "Wire", "tags": ["iraq"]}],
    "topics": {
        "houses": {"query": "~Haus", "tests": {"match": ["Die Häuser am Fluss wurden gestern von der Flut zerstört."]}},
        "wired": {
            "query": "river",
            "feeds": ["iraq"],
            "tests": {"match": [{"text": "The river.", "feed": "Wire"}, {"file": "page.html"}]},
        },
    },
}


def written(folder: Path, page: bytes) -> Path:
    (folder / "page.html").write_bytes(page)
    file = folder / "watcher.yaml"
    file.write_text(json.dumps(CONFIG))
    return file


async def test_a_file_a_feeds_tags_and_a_language_that_is_not_named(tmp_path: Path) -> None:
    file = written(tmp_path, noisy_page("Bridge", "The river rose above the bridge of the town on Monday night. " * 8))
    ended = await watcher("-c", file, "test")
    assert (ended.code, ended.out) == (0, "3 passed, 0 failed\n"), ended.out + ended.err
    lines = [
        {"id": 1, "text": "Die Häuser am Fluss wurden gestern von der Flut zerstört."},
        {"id": 2, "text": "The river.", "feed": "Wire"},
        {"id": 3, "text": "The river.", "feed": "Another"},
    ]
    answers = await watcher("-c", file, "match", stdin="\n".join(map(json.dumps, lines)).encode())
    assert [json.loads(line)["topics"] for line in answers.out.splitlines()] == [["houses"], ["wired"], []]


async def test_a_file_without_the_words_fails_with_its_explanation(tmp_path: Path) -> None:
    ended = await watcher("-c", written(tmp_path, noisy_page("Road", "The road of the town is closed. " * 9)), "test")
    assert ended.code == 1
    assert "page.html" in ended.out
    assert "✗" in ended.out


async def test_a_file_that_is_not_there_is_a_fault_with_its_place(tmp_path: Path) -> None:
    file = written(tmp_path, b"")
    (tmp_path / "page.html").unlink()
    ended = await watcher("-c", file, "check")
    assert ended.code == 2
    assert "page.html" in ended.err
