"""Values of the model to JSON and back. Keys are only ever added, so an older store stays readable."""

import json
from collections.abc import Callable
from typing import Any

from pydantic import TypeAdapter
from pydantic_core import PydanticSerializationError

from watcher.model import AlertStory, Digest, Match, NewEntry

_DIGEST = TypeAdapter(Digest)
_ENTRY = TypeAdapter(NewEntry)
_MATCH = TypeAdapter(Match)
_STORIES = TypeAdapter(tuple[AlertStory, ...])


def _dump(adapter: TypeAdapter[Any], value: object) -> str:
    to_json: Callable[..., bytes] = adapter.dump_json
    try:
        return to_json(value).decode()
    except PydanticSerializationError:  # a lone surrogate in hostile text
        to_python: Callable[..., object] = adapter.dump_python
        plain = json.dumps(to_python(value, mode="json"), ensure_ascii=False)
        return plain.encode("utf-8", "replace").decode()


def digest_json(digest: Digest) -> str:
    """A digest's snapshot."""
    return _dump(_DIGEST, digest)


def digest_from(text: str) -> Digest:
    """The digest of a snapshot."""
    return _DIGEST.validate_json(text)


def entry_json(entry: NewEntry) -> str:
    """What a feed told, kept until it is read."""
    return _dump(_ENTRY, entry)


def entry_from(text: str) -> NewEntry:
    """The entry kept."""
    return _ENTRY.validate_json(text)


def match_json(match: Match) -> str:
    """A match with its evidence."""
    return _dump(_MATCH, match)


def match_from(text: str) -> Match:
    """The match kept."""
    return _MATCH.validate_json(text)


def stories_json(stories: tuple[AlertStory, ...]) -> str | None:
    """The stories that made an alert; None for one without."""
    return _dump(_STORIES, stories) if stories else None


def stories_from(text: str | None) -> tuple[AlertStory, ...]:
    """The stories kept."""
    return _STORIES.validate_json(text) if text else ()
