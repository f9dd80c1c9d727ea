r"""Regexes against Python's `re`, whose `\b`, `\w` and `\d` are Unicode's."""

import re

import pytest
from hypothesis import given, strategies as st

from watcher.topics.regex import Compiled, RegexError, compile_regex, find_regex, guard, readable


class Text:
    def __init__(self, text: str) -> None:
        self.readable = readable(text)
        self.guarded = guard(self.readable)


def found(pattern: str, text: str) -> list[str]:
    return [text[start:end] for start, end in find_regex(compile_regex(pattern), Text(text))]


PATTERNS = [
    r"\bber\b", r"\b\w+\b", r"\Bb", r"b\B", r"a|\bü\w", r"[^\W\d]+", r"[\w-]+", r"\W+", r"[\W\d]+", r"\d+\b", r"\D\b",
    r"\bß", r"é\b", r"\b.", r".\b.", r"^\w+\b", r"\b\w+$", r"\ba{1,2}\b", r"(?:a|b)+?\b", r"\b(?P<x>a)(b)?\b",
    r"[^a]\b", r"\s\bb", r"[.\d]+", r"\b[a-c]+\b", r"\.\b", r"_\b", r"\b_", r"[_a]+\b", r"\bяб", r"a\b\b.",
    r"(\ba|\bb)b*", r"[^\W_]+\b", r"[\W_]\b", r"[\D]\b", r"[\S]+\b", r"\S\B",
]  # fmt: skip
texts = st.text(alphabet="aabbüßéя._ -1٣摩", max_size=20)


@pytest.mark.parametrize("pattern", PATTERNS)
@given(text=texts)
def test_finds_are_those_of_unicode(pattern: str, text: str) -> None:
    expected = [match.group() for match in re.finditer(pattern, text, re.IGNORECASE) if match.group()]
    assert found(pattern, text) == expected


@pytest.mark.parametrize(
    ("pattern", "text", "expected"),
    [
        (r"\bel\b", "e\u0301l el", ["el"]),
        (r"\w+", "हिन्दी", ["हिन्दी"]),
        (r"\p{Greek}+\b", "αβγ abc", ["αβγ"]),
        (r"\Qa.b\E\b", "a.b axb", ["a.b"]),
        (r"\x41\b", "a b", ["a"]),
        (r"[[:alpha:]]+\b", "ab1 cd", ["cd"]),
        (r"\ba_b\b", "a_b", ["a_b"]),
        (r"\x{e9}", "É", ["É"]),
        (r"x\b", "x\0x", ["x", "x"]),
        (r"b\b", "a\ud800b", ["b"]),
        (r"\bmosul(?:'s)?\b", "Mosul’s, MOSUL's", ["Mosul", "MOSUL's"]),
    ],
)
def test_what_re_has_no_word_for(pattern: str, text: str, expected: list[str]) -> None:
    assert found(pattern, text) == expected


@pytest.mark.parametrize(
    ("pattern", "literal"),
    [
        ("offensive", "offensive"),
        ("offens(ive|es)", "offens"),
        (r"\boffens\w+ on", "offens"),
        ("colou?r", "colo"),
        ("abcd+", "abc"),
        ("abc+", ""),
        ("mosul|raqqa", ""),
        ("(mosul|raqqa) falls", "falls"),
        ("(?i)falls", "falls"),
        ("ab", ""),
        ("FALL{0,2}s", "fal"),
        ("[abc]def", "def"),
    ],
)
def test_the_literal_is_in_every_find(pattern: str, literal: str) -> None:
    assert compile_regex(pattern).literal == literal


@pytest.mark.parametrize(
    "pattern", ["(", "[a", "a**", "(?<=a)b", r"(a)\1", "x*", r"\C", "(?m)^a\\b", "a{2000}", "\ud800"]
)
def test_what_cannot_be_used_is_said(pattern: str) -> None:
    with pytest.raises(RegexError):
        compile_regex(pattern)


def test_finds_without_end_are_bounded_in_long_texts() -> None:
    compiled: Compiled = compile_regex("x[^y]*y|x")
    assert compiled.unbounded
    assert not compile_regex("ab?c{2,3}").unbounded
    assert len(list(find_regex(compiled, Text("x" * 10_000)))) == 10_000
    assert len(list(find_regex(compiled, Text("x" * 1_000_000)))) == 201


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"^(?s:.{0,20}?)(?P<found>Mosul|Musul)", ["Mosul"]),
        (r"^(?s:.{0,20}?)\b(?<found>mosul)\b", ["Mosul"]),
        (r"(for) (?P<found>\w+)", ["Mosul", "Bashiqa"]),
        (r"(?P<found>Tikrit)?for", ["for", "for"]),
        (r"(for) (?P<other>\w+)", ["for Mosul", "for Bashiqa"]),
    ],
)
def test_the_group_called_found_is_the_find(pattern: str, expected: list[str]) -> None:
    assert found(pattern, "Battle for Mosul, not for Bashiqa") == expected
