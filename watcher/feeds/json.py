"""JSON Feed 1.0 and 1.1 (jsonfeed.org): what feedparser does not know."""

import json
from collections.abc import Iterator
from html import escape
from typing import Any, Final

from watcher.feeds.dates import parse_date
from watcher.feeds.entry import Draft, finish, http_url, language_tag, title_text
from watcher.feeds.errors import NotAFeed
from watcher.model import ParsedFeed

_KINDS: Final = {"https://jsonfeed.org/version/1": "json10", "https://jsonfeed.org/version/1.1": "json11"}
_MOST_MENDED: Final = 5_000


def parse_json(text: str, url: str) -> ParsedFeed:
    """A JSON Feed as values; of one that was cut short, the items that are whole. NotAFeed for any other JSON."""
    text = text.strip().removeprefix("\ufeff")
    fault = None
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        document, fault = _saved(text), f"malformed JSON: {_words(error)}"
        if document is None:
            raise NotAFeed(fault) from error
    if not isinstance(document, dict):
        raise NotAFeed("a JSON document that is no JSON Feed")
    version = str(document.get("version") or "")
    items = document.get("items")
    if "jsonfeed.org/version/" not in version or not isinstance(items, list):
        raise NotAFeed("a JSON document that is no JSON Feed")
    return ParsedFeed(
        kind=_KINDS.get(version.replace("http://", "https://").rstrip("/"), "json11"),
        title=title_text(_text(document, "title")),
        entries=finish((_draft(item) for item in items if isinstance(item, dict)), url),
        language=language_tag(_text(document, "language")),
        link=http_url(_text(document, "home_page_url"), url),
        fault=fault,
    )


def _draft(item: dict[str, Any]) -> Draft:
    bodies = (_text(item, "content_html"), _escaped(item, "content_text"), _escaped(item, "summary"))
    return Draft(
        guid=_text(item, "id"),
        title=_text(item, "title"),
        url=_text(item, "url") or _text(item, "external_url"),
        html=max(bodies[:2], key=len) or bodies[2],
        authors=tuple(_authors(item)),
        published=parse_date(_text(item, "date_published")),
        updated=parse_date(_text(item, "date_modified")),
        language=_text(item, "language"),
        tags=tuple(tag for tag in _list(item, "tags") if isinstance(tag, str)),
    )


def _authors(item: dict[str, Any]) -> Iterator[str]:
    for author in (*_list(item, "authors"), item.get("author")):
        if isinstance(author, dict):
            yield _text(author, "name")


def _text(fields: dict[str, Any], name: str) -> str:
    value = fields.get(name)
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)  # ids are numbers in many feeds
    return value if isinstance(value, str) else ""


def _escaped(fields: dict[str, Any], name: str) -> str:
    return escape(_text(fields, name), quote=False)


def _list(fields: dict[str, Any], name: str) -> list[Any]:
    value = fields.get(name)
    return value if isinstance(value, list) else []


def _words(error: ValueError | RecursionError) -> str:
    return "nested too deeply" if isinstance(error, RecursionError) else str(error)[:200]


def _saved(text: str) -> dict[str, Any] | None:
    """The head and the whole items of a JSON Feed that ends too early."""
    start = text.find('"items"')
    opening = text.find("[", start)
    if start < 0 or opening < 0 or "jsonfeed.org/version/" not in text[:start]:
        return None
    items: list[Any] = []
    position = opening + 1
    decoder = json.JSONDecoder()
    while len(items) < _MOST_MENDED:
        position += len(text[position : position + 1000]) - len(text[position : position + 1000].lstrip(" \t\r\n,"))
        try:
            item, position = decoder.raw_decode(text, position)
        except (ValueError, RecursionError):
            break
        items.append(item)
    try:
        head = json.loads(text[:start].rstrip().rstrip(",") + "}")
    except (ValueError, RecursionError):
        head = {"version": "https://jsonfeed.org/version/1.1"}
    return {**head, "items": items} if items and isinstance(head, dict) else None
