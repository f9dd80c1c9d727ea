"""Our own sentences by phenomenon: `tests/cases/figures/<language>/*.yaml`, a sentence and the figures in it.

A figure is written `700 troops troops`: number, unit, subject (`-` or nothing: none). Before the number `~` approx,
`>` at least, `<` at most, `54000..60000` a range, `?12..100` vague. After the subject, as far as the case shows them:
`expected`, `capacity`, `new`, `rate`, `@place`, `by=source` (`@-`, `by=-`: none).
"""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.figures import find
from watcher.model import Figure, Qualifier, Subject

CASES = Path(__file__).parents[2] / "cases" / "figures"
SIGNS = {"": "exact", "~": "approx", ">": "at_least", "<": "at_most", "?": "approx"}
TOLD = re.compile(r"(?P<sign>[~><?]?)(?P<low>[\d.]+?)(?:\.\.(?P<high>\d+))? (?P<unit>\w+)(?: (?P<rest>.*))?$")


def cases() -> Iterator[Any]:
    for path in sorted(CASES.rglob("*.yaml")):
        language = path.parent.name
        for number, (text, figures) in enumerate(yaml.safe_load(path.read_text(encoding="utf-8")).items(), start=1):
            yield pytest.param(text, language, figures, id=f"{language}-{path.stem}-{number}")


def expected(told: str) -> dict[str, Any]:
    match = TOLD.match(told)
    assert match, f"not a figure as these files write them: {told!r}"
    low, high = float(match["low"]), float(match["high"] or match["low"])
    vague = match["sign"] == "?"
    qualifier = "range" if match["high"] and not vague else SIGNS[match["sign"]]
    found: dict[str, Any] = {
        "value": (low + high) / 2 if qualifier == "range" else low,
        "low": None if qualifier == "at_most" else low,
        "high": None if qualifier == "at_least" else high,
        "qualifier": qualifier, "vague": vague, "unit": match["unit"], "subject": None,
        "modality": "reported", "flow": "total",
    }  # fmt: skip
    return found | _more(match["rest"] or "")


def _more(rest: str) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for mark, name in (("by=", "source"), ("@", "place")):
        rest, _, tail = rest.partition(mark)
        if tail:
            found[name] = None if tail == "-" else tail
        rest = rest.strip()
    for word in rest.split():
        if word in {"expected", "capacity"}:
            found["modality"] = word
        elif word in {"new", "rate"}:
            found["flow"] = word
        elif word != "-":
            found["subject"] = Subject(word).value
    return found


def told(figure: Figure, fields: dict[str, Any]) -> dict[str, Any]:
    return {name: getattr(figure, name) for name in fields}


@pytest.mark.parametrize(("text", "language", "figures"), list(cases()))
def test_figures_of_a_sentence(text: str, language: str, figures: list[str]) -> None:
    wanted = [expected(figure) for figure in figures]
    found = find(text, language)
    assert [told(figure, fields) for figure, fields in zip(found, wanted, strict=False)] == wanted
    assert len(found) == len(wanted), [(figure.value, figure.subject) for figure in found]
    for figure in found:
        assert figure.quote in text
        assert 0 <= figure.start < figure.end <= len(text)
        assert figure.vague <= (figure.qualifier is Qualifier.APPROX)
