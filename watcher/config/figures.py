"""The `figures` of a topic: which figures it asks for, and when a match is told."""

import math
from dataclasses import dataclass
from enum import Enum
from functools import partial
from typing import Any

from watcher.config import checks
from watcher.config.interpolate import Expanded
from watcher.config.kinds import (
    MISSING,
    Choice,
    Context,
    Key,
    ListOf,
    Schema,
    Section,
    Text,
    Values,
    WrongError,
    suggestion,
    wanted,
)
from watcher.config.nodes import Mapping, Node, Scalar, is_null
from watcher.config.syntax import BROKEN
from watcher.model import Modality, Subject, Unit
from watcher.settings import Change

_LARGEST = 10**11  # more than there ever were people
_VARIABLE = r"\$\{[^}]+\}"


def _word(text: str, words: type[Enum]) -> Enum:
    """One of a closed list of words."""
    allowed = {str(member.value): member for member in words}
    word = text.strip()
    if word not in allowed:
        raise WrongError(f"`{word[:80]}` is not allowed", suggestion(word, allowed))
    return allowed[word]


def _any_of(words: type[Enum], what: str) -> ListOf:
    parse = partial(_word, words=words)
    return ListOf(item=Text(what=what, parse=parse, examples=(str(next(iter(words)).value),)), least=1, unique=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Amount:
    """A number of people, families or dwellings; where `relative`, a percentage may stand for it."""

    relative: bool = False

    def read(self, node: Node, ctx: Context) -> Any:
        """A float; of a relative one a `Change`."""
        what = "a percentage or a number" if self.relative else "a number"
        if not isinstance(node, Scalar) or node.text == BROKEN or is_null(node):
            return wanted(node, ctx, what)
        expanded = ctx.expand(node)
        if expanded is None:
            return MISSING
        try:
            return self._parsed(_value(node, expanded))
        except WrongError as wrong:
            return ctx.fault(node, str(wrong), wrong.hint)

    def _parsed(self, value: object) -> float | Change:
        if isinstance(value, str) and self.relative and value.strip().endswith("%"):
            return Change(amount=_positive(_number(value.strip()[:-1].strip(), value, "such as 5%")), percent=True)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WrongError(f"`{value}` stands where a number is wanted", self._cure(value))
        if not self.relative:
            return _bounded(value, least=0)
        return Change(amount=_positive(float(value)))

    def _cure(self, value: object) -> str:
        digits = "".join(char for char in str(value) if char not in ",._ '")
        if digits.isdecimal() and digits.isascii() and len(digits) <= 12:  # noqa: PLR2004 - as many as a count has
            return f"write {digits}, unquoted"
        return "such as 5% or 1000" if self.relative else "such as 10000"

    def schema(self) -> Schema:
        """A number, or text where it may be a percentage or hold a variable."""
        texts = [{"type": "string", "pattern": _VARIABLE}]
        if self.relative:
            texts.append({"type": "string", "pattern": r"^[0-9]+(\.[0-9]+)? ?%$"})
        return {"anyOf": [{"type": "number", "minimum": 0}, *texts]}


def _value(node: Scalar, expanded: Expanded) -> str | bool | int | float | None:
    if not expanded.pieces:
        return node.value()
    return Scalar(node.source, 0, 0, 0, 0, text=expanded.text.strip()).value()


def _number(text: str, whole: str, hint: str) -> float:
    try:
        return float(text)
    except ValueError as error:
        raise WrongError(f"`{whole}` is no percentage", hint) from error


def _positive(value: float) -> float:
    if not value > 0:
        raise WrongError(f"`{value:g}` is no change", "more than zero is wanted, such as 5% or 1000")
    return _bounded(value, least=0)


def _bounded(value: float, *, least: float) -> float:
    if not math.isfinite(value) or not least <= value <= _LARGEST:
        raise WrongError(f"{value:g} is out of range", f"a number from {least:g} to {_LARGEST:,} is wanted")
    return float(value)


def _rules(values: Values, node: Mapping, ctx: Context) -> None:
    """The bounds leave something between them; a change goes with being told of changes."""
    above, below = values.get("above"), values.get("below")
    if above is not None and below is not None and above >= below:
        with ctx.at("below"):
            message = f"below ({below:g}) is not more than above ({above:g})"
            ctx.fault(node.entries["below"][1], message, "no figure lies between them")
    if "change" in values:
        if values.get("notify") == "every":
            with ctx.at("change"):
                cure = "write `notify: change` or `notify: new_high`"
                ctx.warn(node.entries["change"][1], "`notify: every` tells every match, changed or not", cure)
        values.setdefault("notify", "change")


FIGURES = Section(
    about="Which figures an article must hold, and when it is told. Every key narrows.",
    after=_rules,
    keys=(
        Key(name="subject", kind=_any_of(Subject, "a subject"), about="what is said of those counted"),
        Key(name="unit", kind=_any_of(Unit, "a unit"), about="what is counted"),
        Key(
            name="place",
            kind=ListOf(item=Text(what="a place", parse=checks.line), least=1, unique=True),
            about="where; names in one list of `terms` are one place, `$name` is all of a list",
        ),
        Key(
            name="modality",
            kind=_any_of(Modality, "a modality"),
            about="whether it is so, may come, or could be held",
            default="reported",
        ),
        Key(name="above", kind=Amount(), about="the figure is more than that"),
        Key(name="below", kind=Amount(), about="the figure is less than that"),
        Key(
            name="notify",
            kind=Choice(words=("every", "change", "new_high")),
            about="which matches are told: every one, those that move a level, those that top all before",
            default="every",
        ),
        Key(
            name="change",
            kind=Amount(relative=True),
            about="how far a level must move to count, such as 5% or 1000",
        ),
        Key(
            name="disagree",
            kind=Amount(relative=True),
            about="two sources within two days further apart than that are told in any case, such as 20%",
        ),
    ),
)
"""The rule on figures of a topic."""
