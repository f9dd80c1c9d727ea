"""Configs as files: the good ones hold what their `# holds:` lines say, the wrong ones have exactly their faults."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from watcher.config import load
from watcher.errors import ConfigError

CASES = Path(__file__).parents[2] / "cases" / "config"


def _files(case: Path) -> list[Path]:
    return [case] if case.is_file() else sorted(case.rglob("*.y*ml"))


def _env(case: Path) -> dict[str, str]:
    found = (re.findall(r"^# env: (\w+)=(.*)$", file.read_text("utf-8"), re.MULTILINE) for file in _files(case))
    return dict(pair for pairs in found for pair in pairs)


def _at(value: Any, path: str) -> Any:
    for part in path.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


@pytest.mark.parametrize("case", sorted((CASES / "wrong").iterdir()), ids=lambda path: path.stem)
def test_a_wrong_config_has_exactly_its_faults(case: Path) -> None:
    folder = case if case.is_dir() else case.parent
    expected = [
        f"{file.relative_to(folder)}:{fault}"
        for file in _files(case)
        for fault in re.findall(r"^# fault: (.*)$", file.read_text("utf-8"), re.MULTILINE)
    ]
    with pytest.raises(ConfigError) as raised:
        load(case, _env(case), read_opml=lambda _: ())
    for fault in raised.value.faults:
        assert fault.file
        assert fault.line
        assert fault.column
    told = [str(fault).replace(f"{folder}/", "") for fault in raised.value.faults]
    assert sorted(told) == sorted(expected)


@pytest.mark.parametrize("case", sorted((CASES / "good").iterdir()), ids=lambda path: path.stem)
def test_a_good_config_holds_what_it_says(case: Path) -> None:
    loaded = load(case, _env(case), read_opml=lambda _: ())
    assert loaded.warnings == ()
    settings = loaded.settings.model_dump(mode="json")
    for path, value in re.findall(r"^# holds: (\S+) = (.*?)\r?$", case.read_text("utf-8"), re.MULTILINE):
        assert _at(settings, path) == json.loads(value), path


def test_there_are_many_wrong_configs() -> None:
    assert len(list((CASES / "wrong").iterdir())) >= 70
