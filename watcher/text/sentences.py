"""Where sentences begin and end, in news as it comes: abbreviations, initials, decimals, quotes, several scripts.

Follows the idea of Unicode's sentence boundaries (UAX #29) with the exceptions that news needs: a full stop ends a
sentence only where what stands before and after it lets it.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

LONGEST: Final = 1_500
"""A sentence never runs longer, in characters: lists and tables without full stops are cut at a space."""


class Span(NamedTuple):
    """Characters `start` to `end` (exclusive) of a text."""

    start: int
    end: int


_CLOSERS: Final = "\"'”’»›)\\]}」』）】〉》"
_OPENERS: Final = "\"'“‘«‹„‚(\\[{¿¡「『（【〈《—–\\-"
_SPACE: Final = r"[^\S\n\r\x0b\x0c\x85\u2028\u2029]"
_ALWAYS: Final = "。！？｡؟۔।॥։።။។"
_BOUNDARY: Final = re.compile(
    rf"(?P<line>[\n\r\x0b\x0c\x85\u2028\u2029]+)"
    rf"|(?P<mark>[.!?…{_ALWAYS}]+)(?:[{_CLOSERS}]|\[\d{{1,3}}\])*"
)
_NEXT: Final = re.compile(rf"(?P<gap>{_SPACE}*)(?:[{_OPENERS}]|{_SPACE}){{0,8}}(?P<word>\w{{0,24}})")
_TOKEN: Final = re.compile(r"[^\s(\[\"“‘«/—–]*$")


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


_TITLES: Final = _words(
    "mr mrs ms mx messrs dr prof rev fr sr jr st ste mt ft hon gen lt col maj capt cpt sgt cpl pvt adm brig cmdr cdr "
    "gov sen rep reps sens pres supt det insp amb atty asst dep dir sec ltc msgr ayat sheik mme mlle hr fra dña sra "
    "srta dra ing incl excl av vs viz cf eg ie al univ dept gov't ph"
)
"""Abbreviations that what they belong to always follows."""

_NUMBERED: Final = _words(
    "no nos nr num pop art arts sec secs sect fig figs p pp vol ch para approx est ca c circa av abs ziff lt res op"
)
"""Abbreviations that a number follows."""


_DAYS: Final = _words(
    "jan feb mar apr jun jul aug sep sept oct nov dec mon tue tues wed thu thur thurs fri sat sun okt dez dic ene "
    "ala ariz ark calif colo conn del fla ga ill ind kan ky la mass md mich minn miss mo mont neb nev okla ore pa "
    "tenn tex va vt wash wis wyo"
)
"""Months, days of the week and American states: abbreviations where they are capitalised, words where not."""

_ENDINGS: Final = _words("inc ltd co corp bros plc llc etc am pm ad bc eds ed ave blvd rd sq usw bzw etw ggf evtl vgl")
"""Abbreviations that may end a sentence: they do where a word follows that begins sentences."""

_STARTERS: Final = _words(
    "the a an it its he she his her they their we our you i this that these those there here in on at by for from of "
    "to with as but and or so yet when while after before since until if although though because however meanwhile "
    "also now then some many most more several no not one two all both each other such what who where why how "
    "is are was were earlier last only once still according despite during under over between about among"
)

_ORDINAL_MONTHS: Final = _words(
    "januar jänner februar märz april mai juni juli august september oktober november dezember jahrhundert"
)
"""What follows an ordinal written with a full stop, as in German: `17. Oktober`."""


def split(text: str) -> tuple[Span, ...]:
    """The sentences of a text in order, without the white space between them; linear in the text.

    Line breaks end sentences; decimals, initials and abbreviations (`3.5`, `J. Smith`, `U.S. forces`, `Oct. 17`) do
    not. Closing quotes and brackets belong to the sentence they close.
    """
    return tuple(span for start, end in _pieces(text) for span in _bounded(text, start, end))


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    start = 0
    for found in _BOUNDARY.finditer(text):
        if found["line"]:
            yield start, found.start()
            start = found.end()
        elif _ends(text, start, found):
            yield start, found.end()
            start = found.end()
    yield start, len(text)


def _bounded(text: str, start: int, end: int) -> Iterator[Span]:
    """The piece without white space around it, cut where it is longer than a sentence can be."""
    while start < end and text[start].isspace():
        start += 1
    while end - start > LONGEST:
        cut = text.rfind(" ", start, start + LONGEST)
        cut = cut if cut > start else start + LONGEST
        yield Span(start, cut)
        start = cut
        while start < end and text[start].isspace():
            start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if end > start:
        yield Span(start, end)


def _ends(text: str, start: int, found: re.Match[str]) -> bool:
    """Whether the punctuation found ends the sentence that began at `start`."""
    mark, end = found["mark"], found.end()
    if mark[-1] in _ALWAYS:
        return True
    following = _NEXT.match(text, end)
    word = following["word"] if following else ""
    gap = following["gap"] if following else ""
    if end == len(text) or (not word and gap):
        return _ends_before_no_word(text, end)
    if not gap and not (following and following.start("word") > end and text[end].isspace()):
        return _runs_on(text, found, word)
    if word[:1].islower():
        return False
    if "." not in mark or len(mark) > 1:
        return True
    return _full_stop_ends(text, start, found.start(), word)


def _ends_before_no_word(text: str, end: int) -> bool:
    """Nothing but punctuation follows: another full stop (`. . .`) belongs to the same sentence."""
    return not text[end : end + 2].strip().startswith((".", ",", ";", ":"))


def _runs_on(text: str, found: re.Match[str], word: str) -> bool:
    """A full stop with no space after it ends a sentence only between a word and a capitalised one: `fled.The`."""
    if not word or found.end() >= len(text):
        return False
    before = _token_before(text, found.start())
    starts_word = text[found.end()] == word[0] or found.end() - found.start() > 1
    plain = before.isalpha() and len(before) > 1 and before[-1].islower()
    return starts_word and plain and word[0].isupper() and word[1:2].islower()


def _token_before(text: str, end: int) -> str:
    """The run of non-space characters before `end`, at most 24 of them."""
    token = _TOKEN.search(text[max(0, end - 24) : end])
    return token.group() if token else ""


def _full_stop_ends(text: str, start: int, stop: int, word: str) -> bool:
    """Whether a single full stop, with a space and then `word` after it, ends the sentence."""
    token = _token_before(text, stop)
    name, follows = token.casefold().strip("'’"), word.casefold()
    if token.isdigit():
        first = not text[start : stop - len(token)].strip()
        return not (len(token) <= 2 and (first or follows in _ORDINAL_MONTHS))  # noqa: PLR2004 - a day or a list item
    dated = name in _DAYS and token[:1].isupper()
    if word[:1].isdigit() and (name in _NUMBERED or dated):
        return False
    if name in _TITLES:
        return False
    if word[:1].isdigit() and (name in _ENDINGS or name in {"a.m", "p.m"}):
        return True
    initial = len(token) == 1 and token.isupper()
    dotted = "." in token and all(len(part) <= 2 for part in token.split("."))  # noqa: PLR2004 - U.S, Ph.D, a.m
    if initial or dotted or dated or name in _ENDINGS:
        return follows in _STARTERS
    return True
