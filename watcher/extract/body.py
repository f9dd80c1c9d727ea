"""The article's own text out of a page's tree, by trafilatura.

It is imported when first used: the worker processes read pages, and the daemon need not hold what only they use.
"""

import logging
import re
from functools import cache
from typing import TYPE_CHECKING

from lxml import etree, html

from watcher.extract.markup import bound, lines, parser

if TYPE_CHECKING:
    from trafilatura.settings import Extractor

_TAG = re.compile(rb"<([a-zA-Z][a-zA-Z0-9]*+)(?:[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>?")
_HUGE_TAG = 50_000  # bytes; beyond, it is data for scripts, and parsing takes time quadratic in its attributes
_LARGE_PAGE = 250_000
_BRIEF = 25  # characters of the shortest story
_SHORT = 250  # characters, below which a page of many more may have been misread
_UNSEEN = 2  # times as much in its paragraphs as was found: then it was
_DEAD = ("style", "svg", "noscript", "iframe", "template", "object", "embed", "canvas", "link", "meta")
_BROKEN = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError, etree.LxmlError)


def parse(data: bytes) -> html.HtmlElement | None:
    """UTF-8 bytes to a tree of bounded size, None where there is nothing to parse."""
    try:
        tree = html.document_fromstring(_without_huge_tags(data), parser=parser())
    except (etree.LxmlError, ValueError):
        return None
    bound(tree)
    return tree


def _without_huge_tags(data: bytes) -> bytes:
    if len(data) < _LARGE_PAGE:
        return data
    return _TAG.sub(lambda tag: tag[0] if len(tag[0]) < _HUGE_TAG else b"<%b>" % tag[1], data)


def article_lines(tree: html.HtmlElement) -> list[str]:
    """The paragraphs of the article, headings and captions among them. Takes out of the tree what holds no text."""
    _prune(tree)
    found = _extract(tree, _options(_BRIEF))
    told = sum(map(len, found))
    if told < _SHORT and sum(len(text) for text in _paragraphs()(tree)) > _UNSEEN * told:
        found = _extract(tree, _options(_SHORT)) or found
    return found


def _extract(tree: html.HtmlElement, options: "Extractor") -> list[str]:
    from trafilatura import bare_extraction  # noqa: PLC0415 - see above

    try:
        document = bare_extraction(tree, options=options)
    except _BROKEN:
        return []
    body = getattr(document, "body", None)
    return [] if body is None else lines(body)


def _prune(tree: html.HtmlElement) -> None:
    """Drop what carries no text, to spare later passes looking at it; JSON-LD stays, as a last resort."""
    for script in tree.iter("script"):
        if "json" not in (script.get("type") or ""):
            script.tag = "style"
    etree.strip_elements(tree, *_DEAD, with_tail=False)


@cache
def _paragraphs() -> etree.XPath:
    return etree.XPath("//p//text()")


@cache
def _options(least: int) -> "Extractor":
    """Fast and without comments; recall mode scores best on the public benchmark of article extraction.

    With less than `least` characters found, trafilatura takes whatever the page says, menus and all.
    """
    from trafilatura.settings import Extractor  # noqa: PLC0415 - see above

    logging.getLogger("trafilatura").setLevel(logging.CRITICAL)  # that a page has no text is a result, not a warning
    options = Extractor(output_format="txt", fast=True, recall=True, comments=False)
    options.min_extracted_size = least
    return options
