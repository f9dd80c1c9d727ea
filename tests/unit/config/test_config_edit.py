"""Feeds put into the user's own files."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from watcher.config import add_feed, add_feeds, load
from watcher.errors import ConfigError
from watcher.settings import Feed

URL = "https://new.example/feed.xml"


@dataclass(frozen=True)
class Listed:
    url: str
    name: str = ""
    tags: Sequence[str] = ()


def _feeds(path: Path) -> tuple[Feed, ...]:
    return load(path, {}, read_opml=lambda _: ()).settings.feeds


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("", f"feeds:\n  - {URL}\n", 2),
        ("# mine", f"# mine\n\nfeeds:\n  - {URL}\n", 4),
        ("timezone: UTC\n", f"timezone: UTC\n\nfeeds:\n  - {URL}\n", 4),
        ("feeds:\n", f"feeds:\n  - {URL}\n", 2),
        ("feeds:  # none yet\ntimezone: UTC\n", f"feeds:  # none yet\n  - {URL}\ntimezone: UTC\n", 2),
        ("feeds: []\n", f"feeds: [{URL}]\n", 1),
        ("feeds: https://a.example/ # one\n", f"feeds: [https://a.example/, {URL}] # one\n", 1),
        ("feeds: [https://a.example/]  # x\n", f"feeds: [https://a.example/, {URL}]  # x\n", 1),
        ("feeds: [\n  https://a.example/,\n]\n", f"feeds: [\n  https://a.example/,{URL}]\n", 2),
        (
            "feeds:\n- https://a.example/  # first\n\n# the rest\ntopics: {}\n",
            f"feeds:\n- https://a.example/  # first\n- {URL}\n\n# the rest\ntopics: {{}}\n",
            3,
        ),
        (
            "feeds:\n    - url: https://a.example/\n      name: >-\n        A\n    # end\nfetch:",
            f"feeds:\n    - url: https://a.example/\n      name: >-\n        A\n    - {URL}\n    # end\nfetch:",
            5,
        ),
        (
            "feeds:\n  - {url: https://a.example/,\n     tags: [x]}\n",
            f"feeds:\n  - {{url: https://a.example/,\n     tags: [x]}}\n  - {URL}\n",
            4,
        ),
        ("feeds:\r\n  - https://a.example/\r\n", f"feeds:\r\n  - https://a.example/\r\n  - {URL}\r\n", 3),
        ("feeds:\n  - https://a.example/", f"feeds:\n  - https://a.example/\n  - {URL}\n", 3),
    ],
)
def test_a_line_is_put_in_and_the_rest_stays(tmp_path: Path, before: str, after: str, line: int) -> None:
    file = tmp_path / "watcher.yaml"
    file.write_bytes(before.encode())
    there = len(_feeds(file))
    assert add_feed(file, url=URL) == (file, line)
    assert file.read_bytes().decode() == after
    assert len(_feeds(file)) == there + 1
    assert add_feed(file, url=URL) is None
    assert file.read_bytes().decode() == after
    assert [path.name for path in tmp_path.iterdir()] == ["watcher.yaml"]


def test_what_is_known_of_a_feed_is_written(tmp_path: Path) -> None:
    file = tmp_path / "watcher.yaml"
    file.write_text("feeds:\n")
    add_feed(
        file,
        url="https://a.example/?q=a:b#c",
        name='  The "News": #1\n',
        tags=("wire, iraq", "الموصل", ""),
        language="AR_iq",
    )
    (feed,) = _feeds(file)
    assert (feed.url, feed.name, feed.tags, feed.language) == (
        "https://a.example/?q=a:b#c",
        'The "News": #1',
        ("wire, iraq", "الموصل"),
        "ar-IQ",
    )


def test_many_are_written_at_once_each_once(tmp_path: Path) -> None:
    file = tmp_path / "watcher.yaml"
    file.write_text("feeds:\n  - https://a.example/  # mine\ntopics:\n")
    feeds = [
        Listed("https://A.example", "A"),
        Listed("https://b.example/", "https://b.example/"),
        Listed("https://c.example/", "C", ("x",)),
        Listed("https://b.example/"),
    ]
    assert add_feeds(file, feeds) == ((file, 3), (file, 4))
    assert file.read_text() == (
        "feeds:\n  - https://a.example/  # mine\n  - https://b.example/\n"
        '  - {url: "https://c.example/", name: "C", tags: ["x"]}\ntopics:\n'
    )
    assert add_feeds(file, feeds) == ()


def test_names_stay_apart(tmp_path: Path) -> None:
    file = tmp_path / "watcher.yaml"
    file.write_text("feeds:\n  - {url: https://a.example/, name: News}\n")
    add_feeds(
        file,
        [Listed("https://b.example/", "News"), Listed("https://c.example/", "N"), Listed("https://d.example/", "N")],
    )
    assert [feed.name for feed in _feeds(file)] == ["News", "b.example", "N", "d.example"]
    with pytest.raises(ConfigError, match="a feed is named `News` already"):
        add_feed(file, url=URL, name="News")


def test_in_a_folder_they_join_the_others(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("timezone: UTC\n")
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "b.yaml").write_text("feeds: [https://b.example/]\n")
    assert add_feed(tmp_path, url="https://b.example/") is None
    assert add_feed(tmp_path, url=URL) == (tmp_path / "sub" / "b.yaml", 1)
    (tmp_path / "feeds.yaml").write_text("feeds:\n  - https://c.example/\n")
    assert add_feed(tmp_path, url="https://d.example/") == (tmp_path / "feeds.yaml", 3)


def test_a_folder_without_feeds_gets_a_file_for_them(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("timezone: UTC\n")
    assert add_feed(tmp_path, url=URL) == (tmp_path / "feeds.yaml", 2)
    assert [feed.url for feed in _feeds(tmp_path)] == [URL]


def test_the_files_mode_and_links_stay(tmp_path: Path) -> None:
    real, link = tmp_path / "real.yml", tmp_path / "watcher.yaml"
    real.write_text("feeds:\n")
    real.chmod(0o600)
    link.symlink_to(real)
    add_feed(link, url=URL)
    assert link.is_symlink()
    assert real.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("feeds: {a: b}\n", "cannot be added here"),
        ("{timezone: UTC}\n", "stands in braces"),
        ("terms: {x: &x [https://a.example/]}\nfeeds: *x\n", "cannot be added here"),
        ("- a\n", "a config is a mapping"),
        ('feeds: "a" b\n', "text goes on after the closing quote"),
    ],
)
def test_where_it_cannot_be_done_nothing_is_touched(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "watcher.yaml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=message):
        add_feed(file, url=URL)
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("url", "language", "message"),
    [("ftp://a.example/", None, "ftp"), ("a b", None, "no scheme"), (URL, "klingon", "no language code")],
)
def test_what_is_not_served_is_refused(tmp_path: Path, url: str, language: str | None, message: str) -> None:
    (tmp_path / "watcher.yaml").write_text("")
    with pytest.raises(ConfigError, match=message):
        add_feed(tmp_path, url=url, language=language)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file or folder"):
        add_feed(tmp_path / "nowhere", url=URL)
