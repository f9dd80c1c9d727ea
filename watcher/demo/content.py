"""The demo's publishers and articles, read from the files beside this module."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal

import yaml


@dataclass(frozen=True, slots=True, kw_only=True)
class Outlet:
    """A publisher, invented. `carries` is how much of an article its feed tells."""

    slug: str
    name: str
    language: str
    format: Literal["rss", "atom"]
    carries: Literal["teaser", "summary", "full"]
    page: Literal["modern", "blocks", "plain"]
    tags: tuple[str, ...]
    dateline: str

    @property
    def feed_type(self) -> str:
        """The media type of its feed."""
        return f"application/{self.format}+xml"


@dataclass(frozen=True, slots=True, kw_only=True)
class Story:
    """An article as its first publisher has it.

    `hours` is how long before the present it was published; `also` maps publishers who took it over to their
    headlines; `expect` names the shipped topics that it belongs to.
    """

    slug: str
    outlet: str
    title: str
    author: str
    hours: float
    section: str
    teaser: str
    paragraphs: tuple[str, ...]
    expect: tuple[str, ...]
    also: Mapping[str, str] = field(default_factory=dict)


def outlets() -> tuple[Outlet, ...]:
    """All publishers, in the order of their file."""
    rows: list[dict[str, Any]] = yaml.safe_load(_content().joinpath("outlets.yaml").read_text(encoding="utf-8"))
    return tuple(Outlet(**{**row, "tags": tuple(row["tags"])}) for row in rows)


def words() -> Mapping[str, Mapping[str, Any]]:
    """What stands around the articles, for each language."""
    read: dict[str, dict[str, Any]] = yaml.safe_load(_content().joinpath("words.yaml").read_text(encoding="utf-8"))
    return read


def stories() -> tuple[Story, ...]:
    """All articles, the newest first."""
    found = [_story(file) for file in _content().joinpath("articles").iterdir() if file.name.endswith(".md")]
    return tuple(sorted(found, key=lambda story: (story.hours, story.slug)))


def _content() -> Traversable:
    return files("watcher.demo").joinpath("content")


def _story(file: Traversable) -> Story:
    _, front, body = file.read_text(encoding="utf-8").split("---\n", 2)
    head: dict[str, Any] = yaml.safe_load(front)
    return Story(
        slug=file.name.removesuffix(".md"),
        outlet=head["outlet"],
        title=head["title"],
        author=head["author"],
        hours=float(head["hours"]),
        section=head["section"],
        teaser=head["teaser"],
        paragraphs=tuple(part.strip() for part in body.split("\n\n") if part.strip()),
        expect=tuple(head["expect"]),
        also=dict(head.get("also", {})),
    )
