from pathlib import Path

import pytest

from watcher.text.sentences import LONGEST, split

CASES = Path(__file__).parents[2] / "cases" / "text" / "sentences"


def blocks() -> list[object]:
    return [
        pytest.param(block.split("\n"), id=f"{path.stem}-{number}")
        for path in sorted(CASES.glob("*.txt"))
        for number, block in enumerate(path.read_text(encoding="utf-8").strip().split("\n\n"))
    ]


def sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


@pytest.mark.parametrize("lines", blocks())
def test_sentences_end_where_people_end_them(lines: list[str]) -> None:
    assert sentences(" ".join(lines)) == lines


def test_a_line_break_ends_a_sentence_and_white_space_belongs_to_none() -> None:
    assert sentences("  A headline\r\n\n The army said so \u2028next ") == ["A headline", "The army said so", "next"]


def test_scripts_without_spaces_need_none_after_the_full_stop() -> None:
    assert sentences("今天下雨。明天晴！「是吗？」他说。") == ["今天下雨。", "明天晴！", "「是吗？」", "他说。"]


def test_a_lost_space_between_sentences_is_seen() -> None:
    assert sentences("They fled.The army came.") == ["They fled.", "The army came."]


def test_nothing_has_no_sentences() -> None:
    assert split("") == split(" \n ") == ()


def test_what_never_ends_is_cut_at_a_space() -> None:
    spans = split("word " * 1_000)
    assert all(end - start <= LONGEST for start, end in spans)
    assert sum(end - start + 1 for start, end in spans) == 5_000


@pytest.mark.parametrize("unit", ["x", ". ", '"', ".", "a.", "(", "[1]", ".[1", "\n", "¿. ("])
def test_hostile_runs_are_split_whole(unit: str) -> None:
    text = unit * 20_000
    assert "".join(sentences(text)).replace(" ", "") == text.replace(" ", "").replace("\n", "")
