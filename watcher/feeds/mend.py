"""Malformed XML made well-formed, as much as can be saved, so that only a strict parser ever reads it.

Steps, each taken only where the one before did not suffice: characters that XML forbids, entities of HTML, bare
ampersands and undeclared prefixes; then markup left unescaped inside titles and bodies; then libxml2's recovery.
"""

import re
from collections.abc import Callable
from html.entities import html5
from typing import Final
from xml.parsers import expat

from lxml import etree

_FORBIDDEN: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
_CDATA: Final = re.compile(r"<!\[CDATA\[(?:.*?\]\]>|.*)|<!--(?:.*?-->|.*)", re.DOTALL)
_REFERENCE: Final = re.compile(r"&(?:#(\d{1,8}|[xX][0-9a-fA-F]{1,7});|(\w{1,40});)?")
_PREFIX: Final = re.compile(r"<([A-Za-z_][\w.-]{0,60}):|\s([A-Za-z_][\w.-]{0,60}):[\w.-]{1,60}\s*=")
_ROOT: Final = re.compile(r"<[A-Za-z_][\w:.-]*")
_TEXT_ELEMENT: Final = re.compile(
    r"<(/?)(title|description|summary|subtitle|content|content:encoded|dc:title|dc:description|dc:creator|"
    r"copyright|rights|itunes:summary|media:description|media:title)((?:\s[^<>]*)?)>",
    re.IGNORECASE,
)
_ITEM: Final = re.compile(r"<(/?)(item|entry|url)(?=[\s>])[^<>]*>", re.IGNORECASE)
_NAMESPACES: Final = {
    "atom": "http://www.w3.org/2005/Atom",
    "a10": "http://www.w3.org/2005/Atom",
    "content": "http://purl.org/rss/1.0/modules/content/",
    "dc": "http://purl.org/dc/elements/1.1/",
    "dcterms": "http://purl.org/dc/terms/",
    "feedburner": "http://rssnamespace.org/feedburner/ext/1.0",
    "georss": "http://www.georss.org/georss",
    "itunes": "http://www.itunes.com/dtds/podcast-1.0.dtd",
    "media": "http://search.yahoo.com/mrss/",
    "news": "http://www.google.com/schemas/sitemap-news/0.9",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "slash": "http://purl.org/rss/1.0/modules/slash/",
    "sy": "http://purl.org/rss/1.0/modules/syndication/",
    "wfw": "http://wellformedweb.org/CommentAPI/",
    "xhtml": "http://www.w3.org/1999/xhtml",
}
_LARGEST: Final = 0x10FFFF
_MOST_PREFIXES: Final = 100


def forbidden(text: str) -> bool:
    """Whether the text holds characters that no XML document may."""
    return _FORBIDDEN.search(text) is not None


def mended(text: str) -> tuple[str, str | None]:
    """The document (without XML declaration and DOCTYPE) well-formed, and what was wrong with it.

    Raises ValueError with the parser's words where nothing can be saved.
    """
    clean = _FORBIDDEN.sub("", text)
    fault = _fault(clean)
    if fault is None:
        return clean, None if clean == text else "malformed XML: forbidden control characters"
    for step in (_declared, _opaque, _recovered):
        clean = step(clean)
        if _fault(clean) is None:
            return clean, f"malformed XML: {fault}"
    raise ValueError(fault)


def _fault(text: str) -> str | None:
    """What a strict parser says against the text; None where it is well-formed with its namespaces."""
    parser = expat.ParserCreate("utf-8", " ")
    try:
        parser.Parse(text.encode("utf-8"), True)  # noqa: FBT003 - expat's own signature
    except expat.ExpatError as error:
        return str(error)
    return None


def _declared(text: str) -> str:
    """Ampersands and entities of HTML as XML writes them, and every prefix declared at the root."""
    return _with_prefixes(_outside_cdata(text, lambda part: _REFERENCE.sub(_reference, part)))


def _outside_cdata(text: str, change: Callable[[str], str]) -> str:
    parts: list[str] = []
    position = 0
    for kept in _CDATA.finditer(text):
        parts += (change(text[position : kept.start()]), kept[0])
        position = kept.end()
    return "".join((*parts, change(text[position:])))


def _reference(found: re.Match[str]) -> str:
    number, name = found[1], found[2]
    if number:
        code = int(number[1:], 16) if number[0] in "xX" else int(number)
        return found[0].lower() if code <= _LARGEST and not _FORBIDDEN.match(chr(code)) else ""
    if name in {"amp", "lt", "gt", "quot", "apos"}:
        return found[0]
    known = html5.get(f"{name};") if name else None
    return "".join(f"&#{ord(char)};" for char in known) if known else f"&amp;{found[0][1:]}"


def _with_prefixes(text: str) -> str:
    root = _ROOT.search(text)
    if not root:
        return text
    used = dict.fromkeys(prefix for pair in _PREFIX.findall(text) for prefix in pair if prefix)
    missing = [
        f' xmlns:{prefix}="{_NAMESPACES.get(prefix, "urn:undeclared:" + prefix)}"'
        for prefix in tuple(used)[:_MOST_PREFIXES]
        if prefix not in {"xml", "xmlns"} and not re.search(rf"\sxmlns:{re.escape(prefix)}\s*=", text)
    ]
    return f"{text[: root.end()]}{''.join(missing)}{text[root.end() :]}"


def _opaque(text: str) -> str:
    """Markup that stands unescaped in titles and bodies, escaped: their content becomes text again."""
    parts: list[str] = []
    position, opened = 0, None
    for tag in _TEXT_ELEMENT.finditer(text):
        closing, name = bool(tag[1]), tag[2].lower()
        if opened is None and not closing and not tag[3].endswith("/"):
            opened = name
            parts.append(text[position : tag.end()].replace('type="xhtml"', 'type="html"'))
            position = tag.end()
        elif opened == name and closing:
            inner = _outside_cdata(text[position : tag.start()], lambda part: part.replace("<", "&lt;"))
            parts += (inner, tag[0])
            position, opened = tag.end(), None
    return "".join((*parts, text[position:]))


def _recovered(text: str) -> str:
    """What libxml2 can read of it; an item that the end of the document cut in two is left out."""
    opened, closed = 0, 0
    for tag in _ITEM.finditer(text):
        if tag[1]:
            closed = tag.end()
        else:
            opened = tag.start()
    if 0 < closed <= opened:
        text = text[:closed]
    tree, _ = recovered_tree(text)
    return "" if tree is None else _with_prefixes(etree.tostring(tree, encoding="unicode"))


def recovered_tree(text: str) -> tuple[etree._Element | None, str | None]:
    """What libxml2 can read of a document, and its first complaint. Nothing is expanded, nothing is fetched."""
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, load_dtd=False, remove_pis=True)
    try:
        tree = etree.fromstring(text.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        return None, str(error)
    faults = parser.error_log.filter_from_errors()
    return tree, faults[0].message if len(faults) else None
