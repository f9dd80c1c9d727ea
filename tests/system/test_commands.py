"""Each command as a user meets it: exit codes, what stands on stdout and what on stderr, never a traceback."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.helpers.command import ROOT, Ended, daemon, environment, watcher
from tests.helpers.inside import inside
from tests.helpers.newsroom import Answer, Item, Newsroom, newsroom
from tests.system.test_main_job import BATTLE, config

TOPICS: dict[str, dict[str, object]] = {
    "battle": {
        "title": "The battle",
        "query": "Mosul NEAR/15 offensive",
        "tests": {"match": ["The offensive on Mosul began."], "no_match": ["The Mosul museum reopened."]},
    }
}


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with newsroom() as made:
        made.publish("main", BATTLE)
        yield made


@pytest.fixture
def offline(tmp_path: Path) -> Path:
    """A config of a channel whose variables are not set, and of no feed."""
    value = {
        "storage": "sqlite:///var/watcher.db",
        "server": "off",
        "topics": TOPICS,
        "channels": {
            "hook": {"type": "webhook", "url": "${NO_SUCH_VARIABLE}"},
            "files": {"type": "folder", "path": "out"},
        },
        "digests": {"now": {"topics": ["*"], "to": ["files"]}},
    }
    file = tmp_path / "offline.yaml"
    file.write_text(json.dumps(value))
    return file


def failed(ended: Ended, code: int, *said: str) -> None:
    """It failed as it should: the code, and the words on stderr."""
    assert ended.code == code, ended.err
    assert "Traceback" not in ended.err
    for words in said:
        assert words in ended.err


async def test_init_writes_a_config_that_check_and_test_accept(tmp_path: Path) -> None:
    folder = tmp_path / "mine"
    made = await inside("init", folder)
    assert made.code == 0
    assert str(folder) in made.out
    failed(await inside("init", folder), 2, "there is a config already")
    checked = await inside("-c", folder, "check")
    assert checked.code == 0
    assert not checked.err
    tested = await inside("-c", folder, "test")
    assert tested.code == 0
    assert tested.out.endswith("passed, 0 failed\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("onec",), "Did you mean 'once'?"),
        (("-c", "/nowhere", "run"), "there is no config here"),
        (("-c", "/nowhere", "deliveries"), "there is no config here"),
        (("extract",), "Missing argument"),
        (("digest",), "Missing argument"),
    ],
)
async def test_wrong_usage_is_exit_code_2(arguments: tuple[str, ...], said: str) -> None:
    ended = await inside(*arguments)
    failed(ended, 2, said)
    assert not ended.out


async def test_a_wrong_config_names_file_line_column_and_key(tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("topics:\n  bad: {title: Bad, query: 'Mosul AND ('}\n")
    for command in ("check", "run", "once", "test", "match"):
        failed(await inside("-c", file, command), 2, f"{file}:2:", "topics.bad.query")


async def test_an_unset_variable_stops_what_sends_and_is_a_warning_for_what_reads(offline: Path) -> None:
    for command in ("check", "once", "run"):
        failed(await inside("-c", offline, command), 2, "NO_SUCH_VARIABLE", "channels.hook.url")
    for reading, given in (("test", b""), ("match", b'{"id":1}\n'), ("explain -", b"The offensive on Mosul began.")):
        ended = await inside("-c", offline, *reading.split(), stdin=given)
        assert ended.code == 0, ended.err
        assert "warning: " in ended.err
        assert "NO_SUCH_VARIABLE" in ended.err


async def test_a_failing_example_is_explained_and_exit_code_1(room: Newsroom, tmp_path: Path) -> None:
    wrong = {"battle": TOPICS["battle"] | {"tests": {"match": ["A river."], "no_match": ["A museum."]}}}
    ended = await inside("-c", config(tmp_path, room, topics=wrong), "test")
    assert ended.code == 1
    assert "battle: should match, and does not" in ended.out
    assert "1 passed, 1 failed" in ended.out


async def test_match_answers_in_order_and_names_bad_lines(offline: Path) -> None:
    lines = (
        b'\xef\xbb\xbf{"id": "a", "text": "The offensive on Mosul"}\nnot json\n{"id": 2, "title": 5}\n'
        b'{"id": "\\ud800", "title": "Mosul", "text": "an offensive \\ud800"}\n\n'
        b'{"id": null, "text": "MOSUL offensive"}'
    )
    ended = await inside("-c", offline, "match", "--jsonl", stdin=lines)
    failed(ended, 1, "line 2: not JSON", 'line 3: "title" is not text')
    answers = [json.loads(line) for line in ended.out.splitlines()]
    assert answers == [
        {"id": "a", "topics": ["battle"]},
        {"id": "\ud800", "topics": []},
        {"id": None, "topics": ["battle"]},
    ]


async def test_the_reader_of_a_pipe_may_go_away(offline: Path) -> None:
    lines = b'{"id": 1, "text": "The offensive on Mosul"}\n' * 20_000
    process = await asyncio.create_subprocess_shell(
        f"{sys.executable} -m watcher -c {offline} match | head -1",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        env=environment(),
    )
    out, err = await process.communicate(lines)
    assert out == b'{"id": 1, "topics": ["battle"]}\n'
    assert b"Traceback" not in err
    assert b"BrokenPipe" not in err


async def test_extract_answers_for_each_argument_and_names_what_it_cannot_read(room: Newsroom, tmp_path: Path) -> None:
    room.routes["/p.pdf"] = Answer(body=b"%PDF-1.4 \0\1", headers={"Content-Type": "application/pdf"})
    (tmp_path / "store").write_bytes(b"SQLite format 3\0")
    names: list[str | Path] = [
        f"{room.base}/page/battle",
        tmp_path / "store",
        f"{room.base}/p.pdf",
        f"{room.base}/none",
        "ftp://x/y",
    ]
    ended = await inside("extract", "--jsonl", *names)
    failed(ended, 1, "store: it is neither HTML nor text", "p.pdf: it is neither", "404", "ftp://x/y: it is no file")
    found = [json.loads(line) for line in ended.out.splitlines()]
    assert [one["source"] for one in found] == [str(name) for name in names]
    assert set(found[0]) == {"source", "url", "title", "text", "author", "published", "language"}
    assert "roughly 700 troops" in found[0]["text"]
    assert found[0]["language"] == "en"
    assert [one["text"] for one in found[1:]] == ["", "", "", ""]


async def test_once_and_what_one_asks_afterwards(room: Newsroom, tmp_path: Path) -> None:
    file = config(tmp_path, room, storage="sqlite:///var/w.db", topics=TOPICS)
    for command in (["deliveries"], ["digest", "now"], ["retry", "x"], ["backup", "copy.db"]):
        failed(await inside("-c", file, *command), 1, "there is no store yet")
    ended = await inside("-c", file, "--log-format", "json", "-v", "once")
    assert ended.code == 0
    assert ended.out.startswith("1 of 1 feed answered; 1 article read, 1 matched; 1 digest written")
    assert (tmp_path / "var" / "w.db").exists(), "paths start at the config's folder"
    (delivery,) = json.loads((await inside("-c", file, "deliveries", "--json")).out)
    assert (delivery["channel"], delivery["state"]) == ("hook", "sent")
    failed(await inside("-c", file, "retry", delivery["id"]), 1, "no delivery")
    (feed,) = json.loads((await inside("-c", file, "feeds", "list", "--json")).out)
    assert (feed["name"], feed["state"], feed["entries"]) == ("Newsroom", "well", 1)
    fate = json.loads((await inside("-c", file, "explain", f"{room.base}/page/battle", "--json")).out)
    assert [topic["matched"] for topic in fate["topics"]] == [True]
    assert [told["digest"] for told in fate["stored"]["digests"]] == ["now"]
    copy = tmp_path / "copy.db"
    assert (await inside("-c", file, "backup", copy)).code == 0
    failed(await inside("-c", file, "backup", copy), 2, "never overwrites")
    failed(await inside("-c", file, "backup", tmp_path / "nodir" / "copy.db"), 2, "there is no folder", "make it first")
    assert not (tmp_path / "nodir").exists()
    assert copy.read_bytes().startswith(b"SQLite format 3\0")
    shown = await inside("-c", file, "digest", "now", "--format", "json")
    assert json.loads(shown.out)["data"]["topics"][0]["topic"] == "battle"
    assert not shown.err
    failed(await inside("-c", file, "digest", "nope"), 2, "there are: now")
    failed(await inside("-c", file, "digest", "now", "--since", "5x"), 2, "is not a duration")
    assert len(room.hooks) == 1


async def test_once_names_the_feeds_that_failed_and_those_it_left_out(room: Newsroom, tmp_path: Path) -> None:
    room.routes["/later"] = Answer(status=429, headers={"Retry-After": "3600"})
    room.routes["/gone"] = Answer(status=410)
    feeds = [f"{room.base}{path}" for path in ("/later", "/gone", "/none")]
    fetch = {"interval": "15m", "host_delay": "0ms", "allow_private": ["127.0.0.0/8"]}
    file = config(tmp_path, room, feeds=feeds, fetch=fetch)
    failed(await inside("-c", file, "once"), 1, *(f"feed failed: {url}" for url in feeds))
    room.asked.clear()
    failed(await inside("-c", file, "once"), 1, *(f"feed not asked: {url}" for url in feeds), "--force")
    assert not room.asked
    await inside("-c", file, "once", "--force")
    assert [asked.path for asked in room.asked] == ["/none"]


async def test_once_exits_1_for_one_bad_feed_only_when_strict(room: Newsroom, tmp_path: Path) -> None:
    file = config(tmp_path, room, feeds=[f"{room.base}/feed/main", f"{room.base}/none"])
    assert (await inside("-c", file, "once", "--force")).code == 0
    failed(await inside("-c", file, "once", "--force", "--strict"), 1, f"feed failed: {room.base}/none")


async def test_feeds_come_and_go_as_opml_and_lines_of_the_config(tmp_path: Path) -> None:
    file = tmp_path / "watcher.yaml"
    file.write_text("feeds:  # mine\n  - https://example.org/a.xml  # the first\n")
    added = await inside("-c", file, "feeds", "add", "https://example.org/b.xml", "--name", "B", "--tag", "iraq")
    assert added.out == f"{file}:3\n"
    assert "# mine" in file.read_text()
    assert "# the first" in file.read_text()
    failed(await inside("-c", file, "feeds", "add", "nonsense"), 2, "is no URL")
    exported = await inside("-c", file, "feeds", "export")
    opml = tmp_path / "feeds.opml"
    opml.write_text(exported.out)
    other = tmp_path / "other.yaml"
    other.write_text("feeds: []\n")
    imported = await inside("-c", other, "feeds", "import", opml)
    assert len(imported.out.splitlines()) == 2
    assert "iraq" in other.read_text()
    failed(await inside("-c", other, "feeds", "import", tmp_path / "none.opml"), 2, "cannot be read")


async def test_what_is_no_store_of_ours_is_left_as_it_is(room: Newsroom, tmp_path: Path) -> None:
    file = config(tmp_path, room)
    store = tmp_path / "watcher.db"
    store.write_text("a diary\n" * 100)
    for command in ("run", "once", "deliveries"):
        failed(await inside("-c", file, command), 1, "no store of Watcher's")
    assert store.read_text() == "a diary\n" * 100


async def test_a_port_in_use_is_named_with_its_cure(room: Newsroom, tmp_path: Path) -> None:
    port = room.base.rpartition(":")[2]
    file = config(tmp_path, room, server={"listen": f"127.0.0.1:{port}"})
    failed(await watcher("-c", file, "run"), 1, f"127.0.0.1:{port}", "server: off")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
async def test_a_pass_that_is_broken_off_ends_without_a_traceback(
    room: Newsroom, tmp_path: Path, number: signal.Signals, code: int
) -> None:
    room.routes["/hang"] = Answer(delay=60)
    file = config(tmp_path, room, feeds=[f"{room.base}/hang"])
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "watcher", "-c", str(file), "once"), stderr=asyncio.subprocess.PIPE, env=environment()
    )
    while not room.asked:  # noqa: ASYNC110 - the newsroom only notes what it was asked
        await asyncio.sleep(0.05)
    process.send_signal(number)
    _, err = await asyncio.wait_for(process.communicate(), 15)
    assert process.returncode == code
    assert not err.strip()


async def test_sigterm_while_the_daemon_still_starts_is_exit_code_0(room: Newsroom, tmp_path: Path) -> None:
    async with daemon(config(tmp_path, room), tmp_path / "log") as running:
        await asyncio.sleep(0.4)
        assert await running.stop() == 0


async def test_sighup_reloads_and_says_what_needs_a_restart(room: Newsroom, tmp_path: Path) -> None:
    file = config(tmp_path, room)
    async with daemon(file, tmp_path / "log") as running:
        await running.until(lambda: bool(room.asked))
        running.process.send_signal(signal.SIGHUP)
        await running.until(lambda: "config reloaded" in running.log)
        config(tmp_path, room, server={"listen": "127.0.0.1:0"}, storage=f"sqlite:///{tmp_path}/other.db")
        await running.until(lambda: running.log.count("config reloaded") == 2)
        assert "`server.listen` needs a restart" in running.log
        assert "`storage` needs a restart" in running.log
        assert await running.stop() == 0


async def test_sigterm_is_obeyed_while_servers_channels_and_visitors_hang(room: Newsroom, tmp_path: Path) -> None:
    room.routes["/hang"] = Answer(delay=60)
    room.hook_answer = lambda _: Answer(delay=60)
    fetch = {"interval": "1s", "timeout": "60s", "host_delay": "0ms", "allow_private": ["127.0.0.0/8"], "per_host": 9}
    feeds = [{"url": f"{room.base}{path}", "backfill": "all"} for path in ("/hang", "/feed/main")]
    file = config(tmp_path, room, feeds=feeds, fetch=fetch, server={"listen": "127.0.0.1:0"})
    async with daemon(file, tmp_path / "log", "--log-format", "json") as running:
        await running.until(lambda: bool(room.requests("/hook")) and bool(room.requests("/hang")))
        page = json.loads(running.log.splitlines()[0])["page"]
        _, visitor = await asyncio.open_connection("127.0.0.1", int(page.rstrip("/").rpartition(":")[2]))
        visitor.write(b"GET / HTTP/1.1\r\nHost: slow\r\n")
        assert await running.stop(10) == 0
        visitor.close()


async def test_a_hook_that_says_410_is_held_until_its_config_changes_or_a_retry(room: Newsroom, tmp_path: Path) -> None:
    room.hook_answer = lambda _: Answer(status=410)
    file = config(tmp_path, room, topics=TOPICS)
    ended = await inside("-c", file, "once")
    failed(ended, 1, "delivery failed (held): hook")
    room.hook_answer = lambda _: Answer(status=204)
    assert (await inside("-c", file, "once")).code == 0
    assert not room.hooks, "it is held"
    (held,) = json.loads((await inside("-c", file, "deliveries", "--dead", "--json")).out)
    assert held["state"] == "held"
    hook = {"type": "webhook", "url": f"{room.base}/hook", "retry": {"first": "2s", "max": "2s"}}
    config(tmp_path, room, topics=TOPICS, channels={"hook": hook})
    assert (await inside("-c", file, "once")).code == 0
    assert len(room.hooks) == 1
    assert len({asked.headers["webhook-id"] for asked in room.requests("/hook")}) == 1


async def test_a_delivery_that_is_given_up_is_dead_until_somebody_retries(room: Newsroom, tmp_path: Path) -> None:
    room.hook_answer = lambda _: Answer(status=500, body=b"\x1b[31mno\n")
    hook = {"type": "webhook", "url": f"{room.base}/hook", "retry": {"first": "1s", "max": "1s", "give_up": "1s"}}
    file = config(tmp_path, room, topics=TOPICS, channels={"hook": hook})
    async with daemon(file, tmp_path / "log") as running:
        await running.until(lambda: "delivery given up" in running.log)
        room.hook_answer = lambda _: Answer(status=204)
        (dead,) = json.loads((await inside("-c", file, "deliveries", "--dead", "--json")).out)
        assert (dead["state"], dead["next_attempt"]) == ("dead", None)
        assert "\x1b" not in running.log
        assert (await inside("-c", file, "retry", dead["id"])).code == 0
        await running.until(lambda: bool(room.hooks))
        assert await running.stop() == 0
    assert len({(asked.headers["webhook-id"], asked.body) for asked in room.requests("/hook")}) == 1


async def test_empty_decides_whether_a_digest_without_news_goes_out(room: Newsroom, tmp_path: Path) -> None:
    for empty, sent in (("skip", 0), ("send", 1)):
        folder = tmp_path / empty
        folder.mkdir()
        morning = {"topics": ["*"], "to": ["hook"], "at": "0 7 * * *", "empty": empty}
        file = config(folder, room, feeds=[], digests={"morning": morning})
        assert (await inside("-c", file, "once", "--all")).code == 0
        assert len(room.hooks) == sent


async def test_logs_show_no_local_variables_and_no_traceback_of_what_is_expected(
    room: Newsroom, tmp_path: Path
) -> None:
    code = "import structlog; from watcher.cli.logs import set_up_logs; set_up_logs(verbose=0, log_format='{}')\n"
    code += "def work():\n    token = 'top' + 'secret'\n    raise ValueError('odd')\n"
    code += "try:\n    work()\nexcept ValueError:\n    structlog.get_logger().exception('failed')\n"
    for form in ("text", "json"):
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-c", code.format(form)),
            stderr=asyncio.subprocess.PIPE,
            env=environment() | {"PYTHONPATH": str(ROOT)},
        )
        _, err = await process.communicate()
        assert b"odd" in err
        assert b"topsecret" not in err


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes anywhere")
async def test_a_folder_that_cannot_be_written_is_named(room: Newsroom, tmp_path: Path) -> None:
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o500)
    file = config(tmp_path, room, storage=f"sqlite:///{closed}/w.db")
    failed(await inside("-c", file, "once"), 1, str(closed))
    failed(await inside("init", closed / "config"), 1, str(closed))


async def test_news_of_any_script_goes_the_whole_way(room: Newsroom, tmp_path: Path) -> None:
    title = "الموصل: Mosul offensive \N{RIGHT-TO-LEFT OVERRIDE} 進攻 🕊"
    room.feeds["main"] = [Item(slug="x", title=title, text=BATTLE.text)]
    assert (await inside("-c", config(tmp_path, room, topics=TOPICS), "once")).code == 0
    assert "進攻 🕊" in json.dumps(room.payloads(), ensure_ascii=False)
