"""OPML 1.0 and 2.0: lists of feeds in and out, folders as tags."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from lxml import etree

from watcher.errors import WatcherError
from watcher.feeds.charset import decode
from watcher.feeds.entry import http_url
from watcher.feeds.mend import recovered_tree
from watcher.feeds.sniff import document
from watcher.text.markup import label, tidy

MAX_NAME: Final = 200


class NotOpml(WatcherError):  # noqa: N818 - named for what it is
    """The bytes are no OPML; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OpmlFeed:
    """One feed of a list; `tags` are the folders it stands in, outermost first, and its categories."""

    url: str
    name: str
    tags: tuple[str, ...] = ()


def parse_opml(data: bytes) -> tuple[OpmlFeed, ...]:
    """The feeds of a list in its order, each once (with the tags of all places where it stands).

    Raises:
        NotOpml: it is something else, or so broken that no feed can be read of it.
    """
    text, root, _ = document(decode(data, {})[0])
    if root != "opml":
        raise NotOpml(f"not an OPML file: its first element is <{root[:40]}>" if root else "not an OPML file")
    tree, fault = recovered_tree(text)
    if tree is None:
        raise NotOpml(f"a broken OPML file: {fault or 'nothing in it'}")
    found: dict[str, OpmlFeed] = {}
    for feed in _feeds(tree):
        known = found.get(feed.url)
        tags = tuple(dict.fromkeys((*known.tags, *feed.tags))) if known else feed.tags
        found[feed.url] = replace(known or feed, tags=tags)
    if fault and not found:
        raise NotOpml(f"a broken OPML file: {fault}")
    return tuple(found.values())


def write_opml(feeds: Iterable[OpmlFeed]) -> bytes:
    """An OPML 2.0 list: a feed stands in the folder of its first tag, and names all of them as categories."""
    opml = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(opml, "head"), "title").text = "Feeds"
    body = etree.SubElement(opml, "body")
    folders: dict[str, etree._Element] = {}
    for feed in feeds:
        tags = tuple(tag for tag in (tidy(tag) for tag in feed.tags) if tag)
        parent = body
        if tags:
            if tags[0] not in folders:
                folders[tags[0]] = etree.SubElement(body, "outline", text=tags[0], title=tags[0])
            parent = folders[tags[0]]
        name = tidy(feed.name) or feed.url
        outline = etree.SubElement(parent, "outline", type="rss", text=name, title=name, xmlUrl=tidy(feed.url))
        if len(tags) > 1:
            outline.set("category", ",".join(tag.replace(",", " ") for tag in tags))
    return etree.tostring(opml, encoding="utf-8", xml_declaration=True, pretty_print=True)


def _feeds(tree: etree._Element) -> Iterator[OpmlFeed]:
    for outline in tree.iter():
        if not isinstance(outline.tag, str) or outline.tag.rsplit("}", 1)[-1].lower() != "outline":
            continue
        fields = {str(name).lower(): str(value) for name, value in outline.attrib.items()}
        url = http_url(fields.get("xmlurl", ""))
        if url:
            name = label(fields.get("title") or fields.get("text") or "")[:MAX_NAME]
            yield OpmlFeed(url=url, name=name or url, tags=tuple(dict.fromkeys(_tags(outline, fields))))


def _tags(outline: etree._Element, fields: dict[str, str]) -> Iterator[str]:
    for folder in reversed([*outline.iterancestors()]):
        names = {str(name).lower(): str(value) for name, value in folder.attrib.items()}
        if isinstance(folder.tag, str) and folder.tag.lower() == "outline" and "xmlurl" not in names:
            yield from filter(None, [label(names.get("text") or names.get("title") or "")])
    for category in fields.get("category", "").split(","):
        yield from filter(None, (label(part) for part in category.split("/")))
