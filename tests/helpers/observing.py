"""Observations, written short: `18.9 54000 at_least place=Mosul who=IOM story=a settled`."""

from datetime import UTC, datetime
from typing import Any

from watcher.model import (
    ArticleId,
    Figure,
    Flow,
    Modality,
    Observation,
    Qualifier,
    StoryId,
    Subject,
    Unit,
)


def observed(text: str, number: int = 0) -> Observation:
    """The day and hour of October 2016, a number or a range, words, and `key=value` (with spaces up to the next)."""
    when, amount, *words = text.split(" ")
    options: dict[str, str] = {}
    flags: set[str] = set()
    last = ""
    for word in words:
        name, is_option, value = word.partition("=")
        if is_option:
            options[name], last = value, name
        elif last and word[:1].isupper():
            options[last] += f" {word}"
        else:
            flags.add(word)
    day, hour = map(int, when.split("."))
    return Observation(
        article=ArticleId(options.get("article", f"a{number}-{when}")),
        story=StoryId(options.get("story", f"s{number}-{when}")),
        at=datetime(2016, 10, day, hour, tzinfo=UTC),
        figure=_figure(amount, flags, options, number),
        settled="settled" in flags,
        current="gone" not in flags,
        feed=options.get("feed", "https://wire.example/feed"),
        url=f"https://{options.get('site', 'wire.example')}/{number}",
    )


def _figure(amount: str, flags: set[str], options: dict[str, str], number: int) -> Figure:
    low_text, is_range, high_text = amount.partition("..")
    low = int(low_text)
    high = int(high_text or low_text)
    vague = "vague" in flags
    named = next((one for one in Qualifier if one.value in flags), Qualifier.EXACT)
    qualifier = Qualifier.APPROX if vague else Qualifier.RANGE if is_range else named
    bounds: dict[str, Any] = {
        "low": None if qualifier is Qualifier.AT_MOST else low,
        "high": None if qualifier is Qualifier.AT_LEAST else high,
    }
    return Figure(
        value=low if vague else (low + high) // 2,
        **bounds,
        vague=vague,
        qualifier=qualifier,
        unit=Unit.PEOPLE,
        subject=Subject.DISPLACED,
        modality=next((one for one in Modality if one.value in flags), Modality.REPORTED),
        flow=next((one for one in Flow if one.value in flags), Flow.TOTAL),
        place=None if "inferred" in flags else options.get("place", "Mosul"),
        home="Mosul" if "inferred" in flags else None,
        former="former" in flags,
        source=options.get("who"),
        quote=options.get("quote", f"It counted {amount} people displaced."),
        start=number,
        end=number + len(low_text),
    )
