"""What people bring from other engines: each habit with why it does nothing here and what to write instead."""

import re
from difflib import get_close_matches
from typing import Final, NamedTuple

from watcher.topics.syntax import Place


class Habit(NamedTuple):
    """A pattern over a bare run of characters; the cure may name its first group."""

    pattern: re.Pattern[str]
    message: str
    cure: str


def _habit(pattern: str, message: str, cure: str) -> Habit:
    return Habit(re.compile(pattern), message, cure)


HABITS: Final = (
    _habit(r"^\|\|?$|\|", "`|` is not an operator", "write OR"),
    _habit(r"^&&?$|^&|&$|&&", "`&` is not an operator", 'write AND, or put a name such as "B & Q" in quotes'),
    _habit(r"^-+(?=\w)", "a leading `-` does not exclude", r"write NOT before the word"),
    _habit(r"^\++(?=\w|=|~|\$)", "a leading `+` means nothing", "leave it out: words side by side are all needed"),
    _habit(r"^!+(?=.)", "`!` is not an operator", "write NOT"),
    _habit(r"\?", "`?` is no wildcard", "use * at one end of the word, or a regex such as /wom[ae]n/"),
    _habit(r"[\[\]{}]", "only round brackets group", "write ( and )"),
    _habit(
        "[（）]|[＊](?=.)|(?<=.)[＊]|^[＝＄～／](?=.)|^(?:title|text|url|author|feed|tag|lang)：",
        "full-width signs are no operators",
        "write ( ) * = $ ~ / : in their narrow form, or put the words in quotes",
    ),
    _habit(
        r"^:(?=\w)", "a colon needs the name of a field right before it", "write title:mosul, or leave the colon out"
    ),
    _habit(r"\\", "a backslash does nothing outside a regex", "put the words in quotes, or use /a regex/"),
    _habit(r"(?<=.)\^[\d.]*$", "clauses have no weights", "leave out the ^ and what follows"),
    _habit(
        r"(?<=\w)~[\d.]*$",
        "there is no fuzzy search",
        "write ~ before the word for its inflections, or list the spellings with OR",
    ),
    _habit(r"^AROUND(?:/?\d+)?$", "AROUND is another engine's operator", "write NEAR/5 between the two"),
    _habit(
        r"^(?i:w|n|p|pre|adj|onear|within|prox|same)/(\d+)$",
        "this is another engine's operator",
        r"write NEAR/\1, or BEFORE/\1 where the order counts",
    ),
    _habit(
        r"^(?:NEAR|ADJ|BEFORE|ATLEAST|WITHIN|ONEAR)[:=]?(\d+)$",
        "the number stands after a slash",
        r"write NEAR/\1, BEFORE/\1 or ATLEAST/\1",
    ),
    _habit(r"^(?:ANDNOT|BUTNOT)$", "this is another engine's operator", "write AND NOT"),
    _habit(r"^(?:XOR|ANDMAYBE|ADJ)$", "this is another engine's operator", "use AND, OR, NOT, NEAR/5, BEFORE/5"),
    _habit(r"^(?:AND|OR|NOT)/\d*$", "AND, OR and NOT take no number", "write NEAR/5 for words close together"),
)

_FIELDS: Final = {
    "site": "url",
    "inurl": "url",
    "allinurl": "url",
    "link": "url",
    "domain": "url",
    "host": "url",
    "intitle": "title",
    "allintitle": "title",
    "headline": "title",
    "subject": "title",
    "intext": "text",
    "allintext": "text",
    "body": "text",
    "content": "text",
    "source": "feed",
    "publication": "feed",
    "by": "author",
    "byline": "author",
    "from": "author",
    "language": "lang",
    "category": "tag",
    "label": "tag",
    "topic": "tag",
    "tags": "tag",
}


def field_cure(name: str) -> str:
    """What to write instead of an unknown field."""
    lower = name.casefold()
    if name in {"NEAR", "BEFORE", "ATLEAST"}:
        return f"write {name}/5"
    if lower in {"http", "https"}:
        return 'put an address in quotes: url:"example.org/world"'
    close = _FIELDS.get(lower) or next(iter(get_close_matches(lower, [place.value for place in Place], 1)), None)
    known = ", ".join(f"{place.value}:" for place in Place)
    return f"write {close}:" if close else f"fields are {known}; put words with a colon in quotes"
