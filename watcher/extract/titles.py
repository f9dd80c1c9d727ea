"""Which of a page's titles is the headline, and where the site's name in it ends."""

import html
import re
from collections.abc import Iterator, Sequence

from watcher.extract.boilerplate import key

_SEPARATOR = re.compile(r"\s+(?:[|»•·—–-]|::|//|<)\s+|\s*[|»]\s*")
_MAX_TITLE = 400
_GENERIC = frozenset(
    "www com org net news co uk edition english en ar tr m amp mobile web gov int info".split()  # noqa: SIM905
)


def choose(candidates: Sequence[str], bare: Sequence[str], sites: Sequence[str], host: str) -> str:
    """The first candidate, cut to its headline where that is certain.

    A part is cut off only if it is the site's name (`sites`, or the host's), or if what remains is one of `bare`:
    titles as they stand without any suffix, such as the only `<h1>` and the feed's.
    """
    if not candidates:
        return ""
    title = html.unescape(candidates[0])[:_MAX_TITLE]
    known = {key(text) for text in bare if text} - {""}
    names = {key(site) for site in sites} | set(_host_names(host))
    names -= {""}
    if key(title) in known and key(title) not in names:
        return title
    for part in _heads(title):
        if key(part) in known and key(part) not in names:
            return part
    return _without_site(title, names)


def _heads(title: str) -> Iterator[str]:
    """What stands before each separator, and after the first: the longest first."""
    found = list(_SEPARATOR.finditer(title))
    for separator in reversed(found):
        yield title[: separator.start()]
    for separator in found:
        yield title[separator.end() :]


def _without_site(title: str, names: set[str]) -> str:
    while True:
        separators = list(_SEPARATOR.finditer(title))
        if not separators:
            return title
        first, last = separators[0], separators[-1]
        if key(title[last.end() :]) in names:
            title = title[: last.start()]
        elif key(title[: first.start()]) in names:
            title = title[first.end() :]
        else:
            return title


def _host_names(host: str) -> Iterator[str]:
    labels = [label for label in host.lower().split(".") if label not in _GENERIC]
    for label in labels:
        yield key(label)
        yield key(label) + "news"
    yield key(host.removeprefix("www."))
