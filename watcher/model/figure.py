"""A count of people, families or dwellings read in a text, with what is said of them."""

from dataclasses import dataclass
from enum import StrEnum


class Qualifier(StrEnum):
    """How sure the text is of the number."""

    EXACT = "exact"
    APPROX = "approx"
    AT_LEAST = "at_least"
    AT_MOST = "at_most"
    RANGE = "range"


class Unit(StrEnum):
    """What is counted."""

    PEOPLE = "people"
    TROOPS = "troops"
    FIGHTERS = "fighters"
    FAMILIES = "families"
    HOMES = "homes"


class Subject(StrEnum):
    """What is said of them: a predicate (displaced, killed …) beats the noun (troops, residents …)."""

    DISPLACED = "displaced"
    REFUGEES = "refugees"
    RETURNED = "returned"
    KILLED = "killed"
    INJURED = "injured"
    MISSING = "missing"
    DETAINED = "detained"
    ABDUCTED = "abducted"
    TRAPPED = "trapped"
    AFFECTED = "affected"
    PROTESTERS = "protesters"
    TROOPS = "troops"
    MILITANTS = "militants"
    RESIDENTS = "residents"
    HOMES = "homes"


class Modality(StrEnum):
    """Whether it is so, may come, or could be held."""

    REPORTED = "reported"
    EXPECTED = "expected"
    CAPACITY = "capacity"


class Flow(StrEnum):
    """Whether the number is a level, an addition, or a rate."""

    TOTAL = "total"
    NEW = "new"
    RATE = "rate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One figure. `low` is None for `at_most`, `high` for `at_least`; `text[start:end]` is where the number stands.

    `home` is the place that the article is about, where the sentence names none; `former`: told as what the number was
    before (*rose from 120 to 180*), and so no level of now.
    """

    value: float
    low: float | None
    high: float | None
    vague: bool
    qualifier: Qualifier
    unit: Unit
    subject: Subject | None
    modality: Modality
    flow: Flow
    place: str | None
    source: str | None
    quote: str
    start: int
    end: int
    home: str | None = None
    former: bool = False
