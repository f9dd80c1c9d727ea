"""Loading: what files alone cannot show."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from watcher.config import Loaded, files, load
from watcher.errors import ConfigError, Fault, QueryFault
from watcher.settings import EmailChannel, FolderChannel, WebhookChannel

SECRET = "whsec_" + "A" * 32


@dataclass(frozen=True)
class Listed:
    url: str
    name: str = ""
    tags: Sequence[str] = ()


def _load(path: Path, text: str | bytes = "", **env: str) -> Loaded:
    if text or not path.exists():
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return load(path, env, read_opml=lambda _: ())


def _faults(path: Path, text: str | bytes, **env: str) -> tuple[Fault, ...]:
    with pytest.raises(ConfigError) as raised:
        _load(path, text, **env)
    return raised.value.faults


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "watcher.yaml"


@pytest.mark.parametrize(
    ("data", "place", "message"),
    [
        (b"timezone: UTC\nfeeds: [\xff]\n", (2, 9), "is not UTF-8 text"),
        ("timezone: UTC\n".encode("utf-16"), (1, 1), "is not UTF-8 text"),
        (b"timezone: UTC\r\ntopics:\r\n  a\x00: x\n", (3, 4), "holds the control character U+0000"),
        (b"a: \x1b[31m", (1, 4), "holds the control character U+001B"),
        (b"[" * 100_000, (1, 61), "is nested deeper than 60 levels"),
        (b"{a: " * 5_000, (1, 238), "is nested deeper than 60 levels"),
        (b"- " * 5_000, (1, 121), "is nested deeper than 60 levels"),
    ],
)
def test_bytes_that_are_no_config(file: Path, data: bytes, place: tuple[int, int], message: str) -> None:
    (fault,) = _faults(file, data)
    assert (fault.line, fault.column, fault.message) == (*place, message)
    assert fault.file == str(file)


def test_a_byte_order_mark_is_no_text(file: Path) -> None:
    assert _load(file, b"\xef\xbb\xbftimezone: UTC\n").settings.timezone == ZoneInfo("UTC")


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    for path, message in (
        (tmp_path / "nowhere.yaml", "there is no such file or folder"),
        (tmp_path, "holds no *.yaml or *.yml file"),
    ):
        with pytest.raises(ConfigError) as raised:
            load(path, {}, read_opml=lambda _: ())
        assert raised.value.faults[0].message == message
        assert raised.value.faults[0].file == str(path)


def test_a_folder_is_the_union_of_its_files(tmp_path: Path) -> None:
    (tmp_path / "topics").mkdir()
    (tmp_path / ".hidden").mkdir()
    (tmp_path / "watcher.yaml").write_text(
        "fetch: {interval: 5m, allow_private: 10.0.0.0/8}\nfeeds: [https://a.example/]\n"
    )
    (tmp_path / "feeds.yml").write_text(
        "fetch: {allow_private: [127.0.0.0/8], timeout: 9s}\nfeeds: https://b.example/\n"
    )
    (tmp_path / "topics" / "one.yaml").write_text("topics: {one: {query: x}}\nterms: {a: [b]}\n")
    (tmp_path / "topics" / "two.yaml").write_text("topics: {two: {query: y}}\nserver:\n")
    (tmp_path / "topics" / "notes.txt").write_text("no: config")
    (tmp_path / ".hidden" / "x.yaml").write_text("nonsense: 1")
    (tmp_path / ".#watcher.yaml").write_text("nonsense: 1")
    (tmp_path / "topics" / "back").symlink_to(tmp_path, target_is_directory=True)
    settings = load(tmp_path, {}, read_opml=lambda _: ()).settings
    assert [feed.url for feed in settings.feeds] == ["https://b.example/", "https://a.example/"]
    assert [topic.name for topic in settings.topics] == ["one", "two"]
    assert [str(network) for network in settings.fetch.allow_private] == ["127.0.0.0/8", "10.0.0.0/8"]
    assert (settings.fetch.interval, settings.fetch.timeout) == (timedelta(minutes=5), timedelta(seconds=9))
    assert [path.name for path in files(tmp_path)] == ["feeds.yml", "one.yaml", "two.yaml", "watcher.yaml"]


def test_relative_paths_start_at_the_configs_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "sub").mkdir()
    (tmp_path / "secrets").mkdir()
    (tmp_path / "secrets" / "hook").write_text(SECRET + "\r\n")
    (tmp_path / "own.pem").write_text("-----BEGIN CERTIFICATE-----")
    (tmp_path / "sub" / "all.yaml").write_text(
        "storage: sqlite:///var/../data/watcher.db\nfetch: {ca: own.pem}\nchannels:\n"
        "  files: {type: folder, path: out}\n"
        '  hook: {type: webhook, url: "https://example.org/", secret: "${file:secrets/hook}"}\n'
    )
    monkeypatch.chdir(tmp_path)
    loaded = load(Path(), {}, read_opml=lambda _: ())
    settings = loaded.settings
    folder, hook = settings.channels
    assert settings.folder == tmp_path
    assert settings.storage == f"sqlite:///{tmp_path}/data/watcher.db"
    assert settings.fetch.ca == tmp_path / "own.pem"
    assert isinstance(folder, FolderChannel)
    assert folder.path == tmp_path / "out"
    assert isinstance(hook, WebhookChannel)
    assert hook.secret == (SECRET,)
    assert set(loaded.files) == {Path("sub/all.yaml"), tmp_path / "secrets" / "hook", tmp_path / "own.pem"}


def test_the_default_store_lies_in_the_configs_folder(file: Path) -> None:
    assert _load(file).settings.storage == f"sqlite:///{file.parent}/var/watcher.db"


def test_an_absolute_storage_and_postgresql_stay(file: Path) -> None:
    assert _load(file, "storage: sqlite:////srv/w.db").settings.storage == "sqlite:////srv/w.db"
    assert _load(file, "storage: postgresql:///w").settings.storage == "postgresql:///w"
    url = "postgresql://u:p@[::1]:5433/w?sslmode=require"
    assert _load(file, f"storage: {url}").settings.storage == url


CHANNELS = """
server: {listen: "${LISTEN}", token: "${TOKEN}"}
feeds: [https://example.org/]
topics: {a: {query: x}}
channels:
  hook: {type: webhook, url: "${URL}", secret: ["${SECRET}", "${file:nowhere}"]}
  mail:
    type: email
    to: ["${TO}"]
    from: "${FROM}"
    smtp: {host: "${HOST}", port: "${PORT}", security: "${SEC}", username: u, password: "${PW}"}
digests: {d: {topics: a, to: [hook, mail]}}
"""


def test_without_secrets_unset_variables_are_warnings(file: Path) -> None:
    file.write_text(CHANNELS)
    loaded = load(file, {}, read_opml=lambda _: (), secrets=False)
    assert [warning.path for warning in loaded.warnings] == [
        "server.listen",
        "server.token",
        "channels.hook.url",
        "channels.hook.secret[0]",
        "channels.hook.secret[1]",
        "channels.mail.to[0]",
        "channels.mail.from",
        "channels.mail.smtp.host",
        "channels.mail.smtp.port",
        "channels.mail.smtp.security",
        "channels.mail.smtp.password",
    ]
    assert all(warning.warning and warning.line for warning in loaded.warnings)
    assert [channel.name for channel in loaded.settings.channels] == ["hook", "mail"]
    assert len(_faults(file, CHANNELS)) == 11


def test_without_secrets_an_unset_variable_elsewhere_is_a_fault(file: Path) -> None:
    file.write_text('feeds: [{url: "https://example.org/", headers: {Key: "${KEY}"}}]')
    with pytest.raises(ConfigError, match="the variable `KEY` is not set"):
        load(file, {}, read_opml=lambda _: (), secrets=False)


def test_secrets_stand_in_no_repr_and_no_message(file: Path) -> None:
    env = {
        "LISTEN": "127.0.0.1:0",
        "TOKEN": "hush-1",
        "URL": "https://hush-2.example/",
        "SECRET": SECRET,
        "TO": "a@b.example",
    }
    env |= {"FROM": "a@b.example", "HOST": "h", "PORT": "25", "SEC": "tls", "PW": "hush-3"}
    loaded = _load(file, CHANNELS.replace(', "${file:nowhere}"', ""), **env)
    assert "hush" not in repr(loaded)
    assert SECRET not in repr(loaded)
    mail = loaded.settings.channels[1]
    assert isinstance(mail, EmailChannel)
    assert mail.smtp.password == "hush-3"
    env |= {
        "URL": "ftp://hush-2",
        "SECRET": "hush-4",
        "TO": "hush-5",
        "PORT": "hush-6",
        "SEC": "hush-7",
        "LISTEN": "hush-8",
    }
    told = "\n".join(map(str, _faults(file, CHANNELS, **env)))
    assert "hush" not in told


def test_a_secret_written_without_braces_is_warned_of(file: Path) -> None:
    smtp = "{host: h, username: u, password: $SMTP_PASSWORD}"
    text = f"channels: {{m: {{type: email, to: a@b.example, from: a@b.example, smtp: {smtp}}}}}"
    (warning,) = _load(file, text).warnings
    assert str(warning).endswith("`$SMTP_PASSWORD` is taken as written (a variable is written ${SMTP_PASSWORD})")


@pytest.mark.parametrize(
    ("topics", "channel", "digest", "path", "message"),
    [
        ("a: {query: x}, b: {query: y}", "", "", "topics.b", "no digest takes this topic"),
        ("a: {query: x}", "enabled: false", "", "digests.d.to", "every channel it goes to is disabled"),
        ("a: {query: x, enabled: false}", "", "", "digests.d.topics", "every topic it takes is disabled"),
        ("a: {query: x}", "", "empty: send", "digests.d.empty", "a rolling digest is never empty"),
    ],
)
def test_what_is_odd_is_a_warning(file: Path, topics: str, channel: str, digest: str, path: str, message: str) -> None:
    text = f"topics: {{{topics}}}\nchannels: {{f: {{type: folder, path: o, {channel}}}}}\n"
    (warning,) = _load(file, text + f"digests: {{d: {{topics: a, to: f, {digest}}}}}").warnings
    assert (warning.path, warning.message, warning.warning) == (path, message, True)
    assert warning.line
    assert warning.column


def test_an_unencrypted_password_is_a_warning(file: Path) -> None:
    smtp = "{host: h, security: none, username: u, password: p}"
    (warning,) = _load(file, f"channels: {{m: {{type: email, to: a@b.c, from: a@b.c, smtp: {smtp}}}}}").warnings
    assert (warning.path, warning.message) == ("channels.m.smtp.security", "the password is sent unencrypted")


def _with_opml(file: Path, text: str, *feeds: Listed) -> Loaded:
    file.write_text(text)
    (file.parent / "feeds.opml").write_bytes(b"<opml/>")
    return load(file, {}, read_opml=lambda data: feeds if data == b"<opml/>" else ())


def test_opml_feeds_take_the_items_other_keys(file: Path) -> None:
    loaded = _with_opml(
        file,
        "feeds:\n  - {opml: feeds.opml, tags: [all], interval: 1h, language: ar}\n"
        "  - {url: https://own.example/, name: A}\n  - {url: https://off.example/, enabled: false}\n",
        Listed("https://off.example", "Off"),
        Listed("https://a.example/", "A", ("iraq",)),
        Listed("https://b.example/feed", "https://b.example/feed"),
        Listed("https://a.example/", "A again", ("wire",)),
        Listed("https://OWN.example:443", "Own"),
        Listed("feed://c.example/", "C"),
    )
    own, first, second = loaded.settings.feeds
    assert own.name == "A"
    assert (first.name, first.tags, first.interval, first.language) == (
        "a.example",
        ("all", "iraq", "wire"),
        timedelta(hours=1),
        "ar",
    )
    assert second.name == "b.example/feed"
    assert [warning.message for warning in loaded.warnings] == [
        "https://OWN.example:443 is listed and in the OPML file",
        "`feed://c.example/` of the OPML file is left out: the scheme `feed` is not served",
    ]
    assert file.parent / "feeds.opml" in loaded.files


def test_topics_choose_opml_feeds_by_folder(file: Path) -> None:
    text = "feeds: [{opml: feeds.opml}]\ntopics: {a: {query: x, feeds: [iraq, Name]}}"
    assert _with_opml(file, text, Listed("https://a.example/", "Name", ("iraq",))).settings.topics[0].feeds


def test_a_disabled_opml_item_is_not_listed(file: Path) -> None:
    loaded = _with_opml(file, "feeds: [{opml: feeds.opml, enabled: false}]", Listed("https://a.example/"))
    assert loaded.settings.feeds == ()


def test_a_file_that_is_no_opml_is_a_fault_at_its_item(file: Path) -> None:
    def refuse(_: bytes) -> Sequence[Listed]:
        raise ValueError("not an OPML file")

    file.write_text("feeds:\n  - opml: feeds.opml\n")
    (file.parent / "feeds.opml").write_bytes(b"x")
    with pytest.raises(ConfigError) as raised:
        load(file, {}, read_opml=refuse)
    (fault,) = raised.value.faults
    assert (fault.line, fault.path) == (2, "feeds[0].opml")
    assert "not an OPML file" in fault.message


def test_places_are_found_by_path(file: Path) -> None:
    loaded = _load(file, "topics:\n  a:\n    query: {any: [x, y]}\nterms: {t: one}\nfeeds:\n")
    for path, place in (
        (("topics", "a", "query", "any", 1), (3, 22)),
        (("topics", "a", "title"), (3, 5)),
        (("terms", "t", 0), (4, 12)),
        (("feeds",), (5, 1)),
        (("nowhere", "at", "all"), (1, 1)),
    ):
        found = loaded.place(path)
        assert (found.line, found.column) == place, path
        assert found.file == str(file)
    assert loaded.place(("topics", "a", "query", "any", 1)).path == "topics.a.query.any[1]"


QUERIES = r"""
topics:
  plain:
    query: Mosul AND ?bad
  single: {query: 'it''s "x" ?bad'}
  double: {query: "\u00fc\"x\" ?bad"}
  folded:
    query: >-
      Mosul OR
      Raqqa

      AND ?bad
  literal:
    query: |
        Mosul
          ?bad
  plain-folded:
    query: Mosul OR
      Raqqa ?bad
  variable: {query: "${LONG_NAME} ?bad"}
  aliased: {query: &q "one ?bad"}
  double-folded:
    query: "Mosul \
      OR ?bad"
  arabic:
    query: الموصل OR ?bad
  chomped:
    query: >2-

        ?bad
"""


@pytest.mark.parametrize(
    "topic",
    [
        "plain",
        "single",
        "double",
        "folded",
        "literal",
        "plain-folded",
        "variable",
        "double-folded",
        "arabic",
        "chomped",
    ],
)
def test_a_querys_fault_stands_at_its_place_in_the_file(file: Path, topic: str) -> None:
    loaded = _load(file, QUERIES, LONG_NAME="x")
    query = next(one.query for one in loaded.settings.topics if one.name == topic)
    assert isinstance(query, str)
    start = query.index("?bad")
    fault = QueryFault(
        message="no `?`", query=query, start=start, end=start + 4, cure="use `*`", warning=topic == "plain"
    )
    told = loaded.query_fault(("topics", topic, "query"), fault)
    lines = QUERIES.split("\n")
    first = next(index for index, line in enumerate(lines) if line.startswith(f"  {topic}:"))
    row = next(index for index in range(first, len(lines)) if "?bad" in lines[index])
    assert (told.line, told.column) == (row + 1, lines[row].index("?bad") + 1)
    assert (told.message, told.path, told.warning) == ("no `?`", f"topics.{topic}.query", topic == "plain")
    cure, shown, caret = told.hint.split("\n")
    assert cure == "use `*`"
    assert caret.strip() == "^^^^"
    assert shown[caret.index("^") :].startswith("?bad")
    assert str(told).splitlines()[0] == f"{file}:{told.line}:{told.column}: topics.{topic}.query: no `?` (use `*`)"


def test_a_fault_at_the_end_of_a_query_stands_behind_it(file: Path) -> None:
    loaded = _load(file, "topics: {a: {query: (Mosul}}")
    told = loaded.query_fault(
        ("topics", "a", "query"), QueryFault(message="not closed", query="(Mosul", start=6, end=6, cure="close it")
    )
    assert (told.line, told.column) == (1, 27)


def test_a_long_line_is_cut_around_the_place(file: Path) -> None:
    query = "word OR " * 100 + "?bad" + " OR word" * 100
    loaded = _load(file, f"topics:\n  a:\n    query: {query}\n")
    start = query.index("?bad")
    fault = QueryFault(message="no", query=query, start=start, end=start + 4, cure="x")
    _, shown, caret = loaded.query_fault(("topics", "a", "query"), fault).hint.split("\n")
    assert len(shown) < 130
    assert (shown[0], shown[-1]) == ("…", "…")
    assert shown[caret.index("^") :].startswith("?bad OR")


def test_a_fault_of_a_strange_query_stands_at_its_key(file: Path) -> None:
    loaded = _load(file, "topics: {a: {query: {any: [x]}}}")
    fault = QueryFault(message="odd", query="something else", start=3, end=4)
    assert loaded.query_fault(("topics", "a", "query"), fault).column == 21
    assert loaded.query_fault(("topics", "a", "query", "any", 0), fault).column == 28


def test_star_is_every_topic_but_sources(file: Path) -> None:
    text = "topics: {a: {query: x}, b: {query: y}}\nchannels: {f: {type: folder, path: o}}\n"
    settings = _load(file, text + 'digests: {d: {topics: "*", to: f}, e: {topics: [sources, "*"], to: f}}').settings
    every, more = settings.digests
    assert settings.digest_topics(every) == ("a", "b")
    assert settings.digest_topics(more) == ("sources", "a", "b")


def test_a_disabled_topic_is_in_no_digest(file: Path) -> None:
    text = "topics: {a: {query: x}, b: {query: y, enabled: false}}\nchannels: {f: {type: folder, path: o}}\n"
    settings = _load(file, text + "digests: {d: {topics: [a, b], to: f}}").settings
    assert settings.digest_topics(settings.digests[0]) == ("a",)


def test_ten_thousand_feeds_load(file: Path) -> None:
    feeds = "".join(
        f"  - {{url: 'https://n{index}.example.org/feed.xml', name: Feed {index}, tags: [wire, iraq], interval: 5m}}\n"
        for index in range(10_000)
    )
    assert len(_load(file, f"feeds:\n{feeds}").settings.feeds) == 10_000


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "gone.yaml").symlink_to(tmp_path / "nowhere")
    with pytest.raises(ConfigError, match=r"gone\.yaml:1:1: cannot be read: No such file or directory"):
        load(tmp_path, {}, read_opml=lambda _: ())


def test_a_pipe_is_no_secret_file(file: Path) -> None:
    os.mkfifo(file.parent / "pipe")
    text = 'channels: {h: {type: webhook, url: "https://example.org/", secret: "${file:pipe}"}}'
    (fault,) = _faults(file, text)
    assert "it is no file" in fault.message
