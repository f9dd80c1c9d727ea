"""The published schema, and the starter config."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from watcher.config import STARTER, load, schema, write_starter
from watcher.config.nodes import Listing, Mapping, Node, Scalar, Source, compose
from watcher.errors import ConfigError
from watcher.settings import FolderChannel

CASES = Path(__file__).parents[2] / "cases" / "config"
TYPES: dict[str, tuple[type, ...]] = {
    "object": (dict,),
    "array": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "number": (int, float),
    "null": (type(None),),
}


def _plain(node: Node | None) -> Any:
    if isinstance(node, Mapping):
        return {name: _plain(value) for name, (_, value) in node.entries.items()}
    if isinstance(node, Listing):
        return [_plain(item) for item in node.items]
    return node.value() if isinstance(node, Scalar) else None


def _is(value: Any, kind: str) -> bool:
    return isinstance(value, TYPES[kind]) and not (kind in {"integer", "number"} and isinstance(value, bool))


def _valid(value: Any, rule: dict[str, Any]) -> bool:
    """The part of JSON Schema that ours uses."""
    if "$ref" in rule:
        return _valid(value, schema()["$defs"][rule["$ref"].rpartition("/")[2]])
    kinds = rule.get("type", [])
    checks = [
        not kinds or any(_is(value, kind) for kind in ([kinds] if isinstance(kinds, str) else kinds)),
        "const" not in rule or value == rule["const"],
        "enum" not in rule or value in rule["enum"],
        "anyOf" not in rule or any(_valid(value, one) for one in rule["anyOf"]),
    ]
    if isinstance(value, str):
        checks += [
            "pattern" not in rule or bool(re.search(rule["pattern"], value)),
            len(value) >= rule.get("minLength", 0),
        ]
    if _is(value, "number"):
        checks.append(rule.get("minimum", value) <= value <= rule.get("maximum", value))
    if isinstance(value, list):
        checks += [len(value) >= rule.get("minItems", 0), *(_valid(item, rule.get("items", {})) for item in value)]
    if isinstance(value, dict):
        checks.append(_valid_object(value, rule))
    return all(checks)


def _valid_object(value: dict[str, Any], rule: dict[str, Any]) -> bool:
    known, rest = rule.get("properties", {}), rule.get("additionalProperties", True)
    needed = [
        *rule.get("required", []),
        *(name for key in value for name in rule.get("dependentRequired", {}).get(key, [])),
    ]
    return (
        all(name in value for name in needed)
        and len(value) >= rule.get("minProperties", 0)
        and all(
            _valid(item, known[name]) if name in known else _valid(item, rest) if isinstance(rest, dict) else rest
            for name, item in value.items()
        )
    )


def _value(text: str) -> Any:
    root, faults = compose(Source("case", text))
    assert faults == ()
    return _plain(root) or {}


@pytest.mark.parametrize("case", sorted((CASES / "good").iterdir()), ids=lambda path: path.stem)
def test_good_configs_keep_the_schema(case: Path) -> None:
    assert _valid(_value(case.read_text("utf-8")), schema())


def test_the_starter_keeps_the_schema() -> None:
    assert _valid(_value(STARTER), schema())


@pytest.mark.parametrize(
    "name",
    [
        "unknown-section",
        "unknown-key-in-topic",
        "heartbeat-without-url",
        "rates-numbers",
        "number-as-title",
        "number-as-duration",
        "duration-unit-unknown",
        "size-as-number",
        "count-out-of-range",
        "yes-is-text",
        "query-is-a-list",
        "query-missing",
        "query-plain-form-empty-list",
        "query-of-alone",
        "channel-type-unknown",
        "channel-key-of-another-type",
        "email-incomplete",
        "email-no-recipients",
        "topic-severity-unknown",
        "server-false",
        "feeds-url-missing",
    ],
)
def test_wrong_configs_break_the_schema(name: str) -> None:
    assert not _valid(_value((CASES / "wrong" / f"{name}.yaml").read_text("utf-8")), schema())


def test_every_key_is_described() -> None:
    def walk(rule: Any) -> None:
        for name, one in rule.get("properties", {}).items() if isinstance(rule, dict) else ():
            if name not in {"any", "all", "none", "of", "at_least", "type"}:
                assert one.get("description"), name
        for one in rule.values() if isinstance(rule, dict) else rule if isinstance(rule, list) else ():
            walk(one)

    walk(schema())
    assert json.loads(json.dumps(schema())) == schema()


def test_the_starter_loads_without_a_warning(tmp_path: Path) -> None:
    assert write_starter(tmp_path / "config") == (tmp_path / "config" / "watcher.yaml",)
    loaded = load(tmp_path / "config", {}, read_opml=lambda _: ())
    assert loaded.warnings == ()
    (channel,) = loaded.settings.channels
    assert isinstance(channel, FolderChannel)
    (topic,) = loaded.settings.topics
    assert topic.tests.match
    assert topic.tests.no_match
    assert loaded.settings.feeds


def test_what_the_starter_comments_out_loads_too(tmp_path: Path) -> None:
    text = re.sub(r"^( *)# (?=( *)([a-z_]+:|- ))", r"\1", STARTER, flags=re.MULTILINE).replace(
        "  - opml: feeds.opml\n", ""
    )
    (tmp_path / "watcher.yaml").write_text(text)
    env = {"SMTP_PASSWORD": "p", "HOOK_SECRET": "whsec_" + "A" * 32}
    settings = load(tmp_path, env, read_opml=lambda _: ()).settings
    assert [(topic.name, topic.rated) for topic in settings.topics] == [("floods", False), ("flood_rate", True)]
    assert [channel.name for channel in settings.channels] == ["files", "desk", "hook"]
    assert [digest.name for digest in settings.digests] == ["breaking", "morning"]


def test_the_starter_overwrites_nothing(tmp_path: Path) -> None:
    (tmp_path / "mine.yml").write_text("timezone: UTC\n")
    with pytest.raises(ConfigError, match=r"mine\.yml: there is a config already"):
        write_starter(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["mine.yml"]


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="cannot be written"):
        write_starter(tmp_path / "file" / "config")
