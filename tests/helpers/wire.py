"""A generated news wire: reports, the copies that sites make of them, and what is easily taken for a copy."""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import yaml

START = datetime(2016, 10, 17, 6, 0, tzinfo=UTC)
_HOLE = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """An article of the generated wire; those of one `family` are copies of one text."""

    family: str
    title: str
    text: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A report in paragraphs, with the facts that it tells."""

    title: str
    paragraphs: tuple[str, ...]
    facts: Mapping[str, str]


@cache
def parts() -> Mapping[str, Any]:
    """What the wire is made of."""
    file = Path(__file__).parents[1] / "cases" / "stories" / "wire.yaml"
    found: Mapping[str, Any] = yaml.safe_load(file.read_text(encoding="utf-8"))
    return found


def fill(rng: random.Random, template: str, facts: Mapping[str, str] | None = None) -> str:
    """A template with its holes filled."""

    def one(hole: re.Match[str]) -> str:
        name = hole[1]
        if name[0].isdigit():
            return _number(rng, name)
        if facts and name in facts:
            return facts[name]
        word: str = rng.choice(parts()[name.lower()])
        return word.capitalize() if name[0].isupper() else word

    return _HOLE.sub(one, template)


def _number(rng: random.Random, bounds: str) -> str:
    low, _, high = bounds.partition("-")
    if "." in low:
        return f"{rng.randint(round(float(low) * 100), round(float(high) * 100)) / 100:.2f}"
    value = rng.randint(int(low.replace(",", "")), int(high.replace(",", "")))
    return f"{value:,}" if "," in low else str(value)


def facts(rng: random.Random) -> Mapping[str, str]:
    """An event: who left what place when what fell."""
    place, other = rng.sample(parts()["places"], 2)
    person, speaker = (f"{rng.choice(parts()['people'])} {rng.choice(parts()['surnames'])}" for _ in range(2))
    return {
        "place": place,
        "other": other,
        "person": person,
        "speaker": speaker,
        "whom": rng.choice(parts()["who"]),
        "lost": rng.choice(parts()["what"]),
        "number": f"{rng.randrange(3, 9_000):,}",
    }


def report(rng: random.Random, told: Mapping[str, str] | None = None) -> Report:
    """A report of 5 to 12 paragraphs, written anew each time, also where the facts are the same."""
    told = told or facts(rng)
    sentences = parts()["sentences"]
    body = [
        " ".join(fill(rng, rng.choice(sentences), told) for _ in range(rng.randrange(2, 4)))
        for _ in range(rng.randrange(4, 12))
    ]
    title = fill(rng, rng.choice(parts()["heads"]), told)
    return Report(title=title, paragraphs=(fill(rng, rng.choice(parts()["leads"]), told), *body), facts=told)


def copy_of(rng: random.Random, original: Report, dropped: float) -> tuple[str, str]:
    """Title and text of a copy: paragraphs left out, a new headline, boilerplate around it, small edits."""
    keep = len(original.paragraphs) - round(dropped * len(original.paragraphs))
    kept = sorted(rng.sample(range(len(original.paragraphs)), max(1, keep)))
    paragraphs = [_edited(rng, original.paragraphs[place]) for place in kept]
    before = [fill(rng, line) for line in rng.sample(parts()["before"], rng.randrange(3))]
    after = [fill(rng, line) for line in rng.sample(parts()["after"], rng.randrange(4))]
    title = fill(rng, "{place} {what}: what we know", original.facts) if rng.random() < 0.5 else original.title
    return title, "\n".join([*before, *paragraphs, *after])


def _edited(rng: random.Random, paragraph: str) -> str:
    """One word in fifty changed for another, left out, or doubled by an adverb."""
    words: list[str] = []
    for word in paragraph.split(" "):
        chance = rng.random()
        if chance < 0.008:
            continue
        if chance < 0.014:
            words.append(rng.choice(parts()["how"]))
        words.append(rng.choice(parts()["like"]) if 0.014 <= chance < 0.02 and word.islower() else word)
    return " ".join(words)


def follow_up(rng: random.Random, first: Report) -> str:
    """The next day's report: its own text, with one to three paragraphs of the first as background."""
    own = report(rng, first.facts).paragraphs
    most = max(1, min(3, len(first.paragraphs) // 2, len(own) // 2))
    quoted = rng.sample(first.paragraphs, rng.randint(1, most))
    cut = rng.randrange(1, len(own))
    return "\n".join([*own[:cut], *quoted, *own[cut:]])


def wire(seed: int, families: int, copies: int, negatives: int) -> tuple[Item, ...]:
    """Families of copies, and articles that are nobody's copy though they look like it; in the order of their times."""
    rng = random.Random(seed)  # noqa: S311 - the same wire for the same seed
    originals = [report(rng) for _ in range(families)]
    items: list[Item] = []
    for number, original in enumerate(originals):
        at = START + timedelta(minutes=rng.randrange(3 * 24 * 60))
        for _ in range(copies):
            title, text = copy_of(rng, original, rng.uniform(0, 0.4))
            later = at + timedelta(minutes=rng.randrange(30 * 60))
            items.append(Item(family=f"family-{number}", title=title, text=text, at=later))
    for number in range(negatives):
        first = originals[number % families]
        text = _negative(rng, number, first)
        at = START + timedelta(minutes=rng.randrange(4 * 24 * 60))
        items.append(Item(family=f"negative-{number}", title=first.title, text=text, at=at))
    return tuple(sorted(items, key=lambda item: item.at))


_NEGATIVES = ("other words", "follow-up", "situation", "weather", "market", "follow-up", "other words", "situation")


def _negative(rng: random.Random, number: int, first: Report) -> str:
    """Same event in other words, follow-ups that quote the first, pages that are filled in with other numbers."""
    kind = _NEGATIVES[number % len(_NEGATIVES)]
    if kind == "other words":
        return "\n".join(report(rng, first.facts).paragraphs)
    return follow_up(rng, first) if kind == "follow-up" else fill(rng, parts()[kind])
