"""Trees of elements to plain text: paragraphs as lines, boilerplate lines dropped."""

import re
from collections.abc import Sequence
from functools import cache

from lxml import etree, html

from watcher.extract.boilerplate import is_boilerplate, tidy

_BLOCK_TAGS = (
    "address article aside blockquote body br caption center dd details dialog div dl dt fieldset figcaption figure"
    " footer form h1 h2 h3 h4 h5 h6 header hr legend li main nav ol p pre section summary table tbody tfoot thead tr ul"
    " ab head item lb list quote row"  # trafilatura's own
)
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_CELLS = frozenset({"td", "th", "cell"})
_SILENT = frozenset(
    "script style noscript iframe object embed svg math template select button input textarea audio video head".split()  # noqa: SIM905 - a list of words
)
_ESCAPED = re.compile(r"</?(?:p|br|a|div|span|img|strong|em|b|i|ul|li|h[1-6])\b[^>]*>", re.IGNORECASE)
_MAX_FEED_HTML = 500_000


def feed_text(markup: str) -> str:
    """The plain text of the markup a feed carries, one paragraph a line; entities and doubly escaped markup resolved.

    Trailers of feed software ("The post … appeared first on …", "Continue reading …") are dropped.
    """
    text = _plain(markup[:_MAX_FEED_HTML].replace("<![CDATA[", "").replace("]]>", ""))
    if _ESCAPED.search(text):
        text = _plain(text)
    return tidy(text.split("\n"))


def _plain(markup: str) -> str:
    if "<" not in markup and "&" not in markup:
        return markup
    data = f"<html><body><div>{markup}</div></body></html>".encode("utf-8", "replace")
    try:
        tree = html.document_fromstring(data, parser=parser())
    except (etree.LxmlError, ValueError):
        return ""
    bound(tree)
    for link in list(tree.iter("a")):
        if is_boilerplate(" ".join("".join(link.itertext()).split())):
            link.drop_tree()
    body = tree.find("body")
    return "\n".join(lines(tree if body is None else body))


def lines(root: etree._Element) -> list[str]:
    """The text under an element: a line for each block, inner white space collapsed, table cells parted by ` | `."""
    found: list[str] = []
    line: list[str] = []

    def flush() -> None:
        text = " ".join("".join(line).split()).strip("| ")
        line.clear()
        if text:
            found.append(text)

    walk = etree.iterwalk(root, events=("start", "end"))
    for event, element in walk:
        tag = element.tag
        block = tag in _BLOCKS
        if block:
            flush()
        if event == "end":
            line.append((element.tail or "") if element is not root else "")
        elif (tag in _SILENT and element is not root and not _is_heading(element)) or not isinstance(tag, str):
            walk.skip_subtree()
        else:
            if tag in _CELLS and line:
                line.append(" | ")
            line.append(element.text or "")
    flush()
    return found


def _is_heading(element: etree._Element) -> bool:
    """Whether `head` is a heading of trafilatura's, not the head of a page."""
    return element.tag == "head" and element.get("rend") is not None


MAX_CHILDREN = 2_000
MAX_ELEMENTS = 20_000


def bound(tree: etree._Element) -> None:
    """Cut what no article has: children beyond `MAX_CHILDREN` of one element, elements beyond `MAX_ELEMENTS` in all.

    Removing and merging nodes takes time quadratic in siblings; this keeps every page of permitted size below seconds.
    """
    for wide in _wide()(tree):
        _remove(wide[MAX_CHILDREN:])
    if _total()(tree) > MAX_ELEMENTS:
        _remove(list(tree.iter("*"))[MAX_ELEMENTS:])


def _remove(elements: Sequence[etree._Element]) -> None:
    """Remove elements with their tails, the last first, so that each is still where it was found."""
    for element in reversed(elements):
        parent = element.getparent()
        if parent is not None:
            parent.remove(element)


@cache
def _wide() -> etree.XPath:
    return etree.XPath(f"descendant-or-self::*[*[{MAX_CHILDREN + 1}]]")


@cache
def _total() -> etree.XPath:
    return etree.XPath("count(//*)")


@cache
def parser() -> html.HTMLParser:
    """Forgiving, without comments and processing instructions, for UTF-8 bytes."""
    return html.HTMLParser(
        collect_ids=False, default_doctype=False, encoding="utf-8", remove_comments=True, remove_pis=True
    )
