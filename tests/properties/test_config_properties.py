"""Whatever stands in a config file, loading answers with settings or with faults that have a place."""

import contextlib
import tempfile
from pathlib import Path

from hypothesis import given, settings, strategies as st

from watcher.config import add_feed, load
from watcher.errors import ConfigError, Fault

GOOD = """timezone: UTC
server: {listen: "127.0.0.1:8080", token: "${TOKEN:-}"}
fetch: {interval: 15m, max_size: 10MB, allow_private: [127.0.0.0/8]}
feeds:
  - https://example.org/rss.xml
  - &wire {url: "https://example.com/atom", name: Wire, tags: [iraq], headers: {Key: "${KEY:-x}"}}
terms: {mosul: [Mosul, "الموصل"]}
topics:
  mosul:
    query: >-
      $mosul NEAR/15 (offensive OR retak*)
    feeds: [iraq]
    tests: {match: [a], no_match: [{title: b}]}
  plain: {query: {any: [a, b], at_least: 1, of: c}}
channels:
  files: {type: folder, path: out}
  mail: {type: email, to: [a@b.example], from: "W <a@b.example>", smtp: {host: h, security: tls}}
digests:
  breaking: {topics: ["*"], to: [files, mail], at: "0 7 * * mon-fri"}
"""
PIECES = st.sampled_from(
    (
        *(
            "*",
            "&a ",
            "*a",
            "!x ",
            "${",
            "${A}",
            "${file:/dev/zero}",
            '"',
            "'",
            "[",
            "]",
            "{",
            "}",
            ": ",
            "- ",
            "#",
            "|",
        ),
        *(">-", "\n", "\t", "\r", "~", "null", "1e999", "-", "9" * 5000, "<<: ", "? ", ",", "%", "@", "\\", "\x85"),
        *("\u2028", "\ue000", "off", "---\n", "  ", "a", "topics:", "\n  query: "),
    )
)


def _faults(folder: Path) -> tuple[Fault, ...]:
    try:
        load(folder, {}, read_opml=lambda _: ())
    except ConfigError as error:
        return error.faults
    return ()


def _answer(data: bytes) -> None:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "watcher.yaml"
        file.write_bytes(data)
        for fault in _faults(Path(folder)):
            assert fault.file
            assert fault.line
            assert fault.column
            assert "\n" not in fault.message + fault.hint
        with contextlib.suppress(ConfigError):
            add_feed(file, url="https://new.example/")


@given(st.lists(st.tuples(st.integers(0, len(GOOD)), st.integers(0, 12), PIECES | st.text(max_size=3)), max_size=4))
@settings(max_examples=400, deadline=None)
def test_a_damaged_config(changes: list[tuple[int, int, str]]) -> None:
    text = GOOD
    for start, length, piece in changes:
        text = text[:start] + piece + text[start + length :]
    _answer(text.encode("utf-8", "surrogatepass"))


@given(st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "surrogatepass")))
@settings(max_examples=200, deadline=None)
def test_any_bytes(data: bytes) -> None:
    _answer(data)


@given(st.lists(PIECES, max_size=30))
@settings(max_examples=300, deadline=None)
def test_any_pieces(pieces: list[str]) -> None:
    _answer("".join(pieces).encode("utf-8", "surrogatepass"))
