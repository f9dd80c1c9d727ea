"""Whose voice an article is: an agency that it credits, the site it was first written for, else its own site."""

import re
from typing import Final
from urllib.parse import urlsplit

from watcher.model import Voice
from watcher.stories.lexicon import agencies, ambiguous, every, hosts
from watcher.text.words import Words, fold

_HEAD: Final = 260  # characters of a dateline
_FIRST: Final = 3  # lines at either end of a text where credits stand
_LAST: Final = 6
_SHORT: Final = 200  # characters of a line that is a credit
_BEFORE: Final = 12  # words of a line before its credit
_NAME: Final = 6  # words of a name after a credit
_BRACKETS: Final = re.compile(r"[(\[（]([^()\[\]（）]{2,60})[)\]）]")
_DASHED: Final = re.compile(r"^(.{2,60}?)\s*(?:[—–|]|--|\s-)\s")
_OWN: Final = re.compile(r"(?:©|\(c\)|copyright)\s*(?:\d{4}\s*)?(.{2,60})", re.IGNORECASE)
_ENDING: Final = re.compile(r"[.;|•·(\[\n]| - | – | — ")
_LIST: Final = re.compile(r"\s*(?:,|/|&|\+|\band\b|\bet\b|\bund\b|\by\b|\bve\b|\bو\b)\s*", re.IGNORECASE)


def origin(text: str, *, url: str, author: str | None = None, canonical: str | None = None) -> Voice:
    """Read whose voice an article is, most certain first.

    A dateline (`MOSUL (Reuters) -`), a byline, a credit at either end of the text (`Source: AFP`, `The original source
    of this article is …`, in several languages), a canonical link to another site, the site itself.
    """
    credit = _dateline(text) or _byline(author) or _credit(text)
    if credit is not None:
        return Voice(key=fold(credit), name=credit, credited=True)
    own, other = site(url), site(canonical or "")
    return Voice(key=other.key, name=other.name, credited=True) if other.key and other.key != own.key else own


def site(url: str) -> Voice:
    """The voice of the site at which a page stands; an agency's own pages are the agency's."""
    host = _host(url)
    name = hosts().get(host, host)
    return Voice(key=fold(name) or name, name=name)


def stands_on(url: str, name: str) -> bool:
    """Whether a page stands on the site of a voice: `The Global Gazette` is at home at `www.globalgazette.example`."""
    if not name:
        return False
    bare = "".join(fold(name).split()).removeprefix("the")
    labels = {"".join(fold(label).split()).removeprefix("the") for label in _host(url).split(".")[:-1]}
    return site(url).name == name or bare in labels


def _dateline(text: str) -> str | None:
    head = text[:_HEAD].split("\n", 2)
    for line in head[:2]:
        for found in _BRACKETS.finditer(line):
            if (name := _agency(found[1])) is not None:
                return name
        dashed = _DASHED.match(line)
        if dashed is not None and (name := _agency(dashed[1])) is not None:
            return name
    return None


def _byline(author: str | None) -> str | None:
    return _agency(author) or _inside(author) if author else None


def _credit(text: str) -> str | None:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    for line in dict.fromkeys((*reversed(lines[-_LAST:]), *lines[:_FIRST])):
        if (name := _credited(line)) is not None:
            return name
    return None


def _credited(line: str) -> str | None:
    """Who a line at the end of a text credits: after a word of credit, in brackets, after ©, or alone."""
    read = Words(line)
    named = _after_credit(line, read)
    if named is not None:
        return named
    if len(line) <= _SHORT and (name := _agency(line.strip(" -—–.()[]"))) is not None:
        return name
    closing = [found for found in _BRACKETS.finditer(line) if found.end() >= len(line.rstrip(" ."))]
    own = _OWN.search(line)
    for found in (*closing, *([own] if own else [])):
        if (name := _agency(_ENDING.split(found[1])[0])) is not None:
            return name
    return None


def _after_credit(line: str, read: Words) -> str | None:
    phrases = every("credits")
    for start in range(min(len(read.tokens), _BEFORE)):
        size = phrases.at(read.tokens, start)
        if not size or start + size >= len(read.tokens):
            continue
        begin, end = read.spans[start + size - 1].end, read.spans[start + size].start
        colon = ":" in line[begin:end] or "：" in line[begin:end]
        if size == 1 and not (colon and start == 0):  # "source" is also a word
            continue
        rest = _ENDING.split(line[end:])[0].strip(" :,\"'“”")
        if rest.lower().startswith("the "):
            rest = rest[4:]
        words = rest.split()
        agency = _agency(rest) or _inside(rest)
        if agency is not None:
            return agency
        if 0 < len(words) <= _NAME and (rest[:1].isupper() or not rest[:1].isascii()):
            return rest
    return None


def _agency(text: str) -> str | None:
    """The agency that the text is the name of; of several in a list the first."""
    for part in _LIST.split(text.strip()):
        name = agencies().get(tuple(Words(part).tokens))
        if name is not None:
            return name
    return None


def _inside(text: str) -> str | None:
    """An agency named somewhere in a byline, such as `By A. Writer, Reuters`."""
    read = Words(text)
    for start in range(len(read.tokens)):
        for size in (4, 3, 2, 1):
            name = agencies().get(tuple(read.tokens[start : start + size]))
            spelling = text[read.spans[start].start : read.spans[min(start + size, len(read.tokens)) - 1].end]
            if name is not None and spelling not in ambiguous():
                return name
    return None


def _host(url: str) -> str:
    try:
        return (urlsplit(url).hostname or "").removeprefix("www.").removeprefix("m.")
    except ValueError:
        return ""
