"""feedparser's strict parser, driven by us on well-formed bytes; the only file that touches it.

`feedparser.parse` is not called: it opens what looks like a path or a URL, guesses charsets that are known here, and
falls back to a parser that is slow on purpose-made input. Some of its habits are changed: ids stay as they are written
(a feed that moves keeps its entries), authors stay raw (its search for addresses takes quadratic time and cuts long
domains), so do dates, and nothing is sanitised or resolved inside bodies: who reads it treats every field as hostile.
"""

import io
import xml.sax
from typing import Any, Final
from xml.sax.handler import feature_external_ges, feature_external_pes, feature_namespaces
from xml.sax.xmlreader import AttributesNSImpl, InputSource

from feedparser.api import StrictFeedParser
from feedparser.datetimes import _parse_date

LONGEST_DATE: Final = 80
"""Characters; its patterns are not made for more."""

MOST_ATTRIBUTES: Final = 100
"""An element with more is read without them: looking them up takes quadratic time."""

MOST_TAGS: Final = 100
"""Of one entry: each is compared with all before it."""


class _Parser(StrictFeedParser):  # type: ignore[misc]  # feedparser ships no types
    can_be_relative_uri: Final = frozenset(StrictFeedParser.can_be_relative_uri) - {"id"}
    resolve_relative_uris = False
    sanitize_html = False

    def startElementNS(self, name: Any, qname: Any, attrs: Any) -> None:  # noqa: N802 - SAX's name
        sane = attrs if len(attrs) <= MOST_ATTRIBUTES else AttributesNSImpl({}, {})
        super().startElementNS(name, qname, sane)

    def _sync_author_detail(self, key: str = "author") -> None:
        context = self._get_context()
        people = context.get(f"{key}s")
        if people and not people[-1] and context.get(key):
            people[-1]["name"] = context[key]

    def _add_tag(self, term: str | None, scheme: str | None, label: str | None) -> None:
        if len(self._get_context().get("tags", ())) < MOST_TAGS:
            super()._add_tag(term, scheme, label)

    def _end_published(self) -> None:
        self.pop("published")

    def _end_updated(self) -> None:
        self.pop("updated")

    def _end_created(self) -> None:
        self.pop("created")

    _end_issued = _end_pubdate = _end_published
    _end_modified = _end_lastbuilddate = _end_updated


def parse_date(text: str) -> tuple[int, ...] | None:
    """A date in one of the many spellings that feedparser knows, UTC, year to minute; None where it knows none."""
    found = _parse_date(text) if text and len(text) <= LONGEST_DATE else None
    return tuple(found[:5]) if found else None


def read(document: bytes, url: str, *, based: bool) -> Any:
    """What feedparser makes of a feed: an object with `version`, `feeddata` and `entries`.

    `based`: whether a base is declared anywhere; without, it need not join URLs at every element.

    Raises:
        ValueError, LookupError, TypeError, AttributeError, AssertionError: its handlers stumbled.
        xml.sax.SAXException: the document is not well-formed.
    """
    handler = _Parser(url if based else "", None, "utf-8")
    reader = xml.sax.make_parser()  # noqa: S317 - the document holds no DOCTYPE, so no entities to expand
    reader.setFeature(feature_namespaces, True)  # noqa: FBT003 - SAX's own signature
    reader.setFeature(feature_external_ges, False)  # noqa: FBT003
    reader.setFeature(feature_external_pes, False)  # noqa: FBT003
    reader.setContentHandler(handler)
    reader.setErrorHandler(handler)
    source = InputSource()
    source.setByteStream(io.BytesIO(document))
    source.setEncoding("utf-8")
    reader.parse(source)
    return handler
