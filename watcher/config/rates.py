"""The rates of a topic: `frequency`, `spike` and `flatline`."""

import math
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any

from watcher.config import checks
from watcher.config.kinds import MISSING, Context, Key, Schema, Section, Text, Values, Whole, WrongError, wanted
from watcher.config.nodes import Mapping, Node, Scalar, is_null
from watcher.config.syntax import BROKEN
from watcher.config.units import DURATION_PATTERN, format_duration

DAY = timedelta(days=1)
LONGEST = 90 * DAY
"""How far back any rate looks."""

_MANY = 100_000
_MOST_TIMES = 1_000.0


def _bounded(text: str, *, least: timedelta, most: timedelta, why: str) -> timedelta:
    """A duration between two."""
    value = checks.duration(text)
    if not least <= value <= most:
        low = f"from {format_duration(least)} " if least > timedelta(milliseconds=1) else ""
        raise WrongError(f"`{text.strip()}` is out of range: {why}", f"a duration {low}to {format_duration(most)}")
    return value


def _span(most: timedelta, why: str, *, least: timedelta = timedelta(milliseconds=1), example: str) -> Text:
    parse = partial(_bounded, least=least, most=most, why=why)
    return Text(what="a duration", parse=parse, pattern=DURATION_PATTERN, examples=(example,))


@dataclass(frozen=True, slots=True, kw_only=True)
class Times:
    """How many times the usual: a number above one."""

    def read(self, node: Node, ctx: Context) -> Any:
        """The number, as a float."""
        what = "a number above 1"
        if not isinstance(node, Scalar) or node.text == BROKEN or is_null(node):
            return wanted(node, ctx, what)
        expanded = ctx.expand(node)
        if expanded is None:
            return MISSING
        value = Scalar(node.source, 0, 0, 0, 0, text=expanded.text.strip()).value() if expanded.pieces else node.value()
        if isinstance(value, bool) or not isinstance(value, int | float):
            return ctx.fault(node, f"`{node.text}` stands where {what} is wanted", "such as 3 or 1.5, unquoted")
        if not math.isfinite(value) or not 1 < value <= _MOST_TIMES:
            return ctx.fault(
                node, f"{value:g} times the usual is no spike", f"more than 1 is wanted, up to {_MOST_TIMES:g}"
            )
        return float(value)

    def schema(self) -> Schema:
        """A number, or a text that holds a variable."""
        number = {"type": "number", "exclusiveMinimum": 1, "maximum": _MOST_TIMES}
        return {"anyOf": [number, {"type": "string", "pattern": r"\$\{[^}]+\}"}]}


FREQUENCY = Section(
    about="Told when so many stories came within a time.",
    keys=(
        Key(name="stories", kind=Whole(low=1, high=_MANY), about="how many, copies of one text as one", required=True),
        Key(
            name="within",
            kind=_span(LONGEST, "stories are counted for 90 days", example="6h"),
            about="in which time",
            required=True,
        ),
    ),
)

SPIKE = Section(
    about="Told when many times the usual number of stories came: that of the same hours of the days before.",
    keys=(
        Key(name="times", kind=Times(), about="how many times the usual", required=True),
        Key(
            name="against",
            kind=_span(LONGEST, "a spike is held against whole days", least=2 * DAY, example="14d"),
            about="how many days before are looked at; it speaks once it has seen a third of them, two at least",
            required=True,
        ),
        Key(
            name="within",
            kind=_span(DAY, "the same hours of a day are compared", example="6h"),
            about="the hours up to now; by default those of `frequency`, else 6h",
        ),
        Key(name="stories", kind=Whole(low=1, high=_MANY), about="no spike with fewer", default=3),
    ),
)

FLATLINE = _span(LONGEST, "stories are counted for 90 days", example="24h")

RATES = ("frequency", "spike", "flatline")
_ABOUT_TELLING = ("notify", "change", "disagree")


def topic_rules(values: Values, node: Mapping, ctx: Context) -> None:
    """A topic with a rate tells the rate alone, so that nothing else in it is about what is told."""
    rated = [key for key in RATES if key in node.entries and key in values]
    if not rated:
        return
    cure = "a topic with a rate tells no single stories: make two topics, or remove one of the two"
    if "min_origins" in node.entries:
        with ctx.at("min_origins"):
            ctx.fault(node.entries["min_origins"][0], f"`min_origins` stands beside `{rated[0]}`", cure)
    figures = node.entries["figures"][1] if "figures" in node.entries else None
    for key in _ABOUT_TELLING if isinstance(figures, Mapping) else ():
        if isinstance(figures, Mapping) and key in figures.entries:
            with ctx.at("figures"), ctx.at(key):
                ctx.fault(figures.entries[key][0], f"`{key}` stands beside `{rated[0]}`", cure)
    spike, frequency = values.get("spike"), values.get("frequency")
    if spike and frequency and "within" in frequency and frequency["within"] <= DAY:
        spike.setdefault("within", frequency["within"])
