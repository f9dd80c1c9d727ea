"""Numbers that count nobody: years, dates, times, ages, shares, money, scores, labels, parts of names."""

from typing import Final

from watcher.figures.quantities import Quantity
from watcher.figures.sentence import Sentence
from watcher.figures.tokens import Kind

_FIRST_YEAR: Final = 1000
_LAST_YEAR: Final = 2100
_MIDNIGHT: Final = 2400
_MODERN: Final = 1900
_LAST_DAY: Final = 31
_OLDEST: Final = 110
_OF_AGE: Final = 21
_SMALL: Final = 10
_RATIO: Final = 14
_LONGEST_LABEL: Final = 10_000
_GLUE: Final = frozenset({"/", ":", ".", "°", "'", "×", "^", "=", "_", "\\"})
_ONWARD: Final = frozenset({"to", "-", "–", "or"})
_DASHES: Final = frozenset({"-", "–", "—", "‐", "‑"})


def masked(sentence: Sentence, quantity: Quantity) -> bool:
    """Whether the form of a number, or the words at its sides, say that it is no count."""
    return (
        not quantity.whole
        or _glued(sentence, quantity)
        or _measured(sentence, quantity)
        or _labelled(sentence, quantity)
        or _dated(sentence, quantity)
        or _aged(sentence, quantity)
        or _share(sentence, quantity)
    )


def _glued(sentence: Sentence, quantity: Quantity) -> bool:
    """`24/7`, `9:30`, `AK-47`, `2-1`, `5.1.2`, `#12`, `-4`, `60-nation` (but not `2,000-strong`)."""
    before, after = quantity.first - 1, quantity.last
    if sentence.tight(quantity.first):
        if sentence.norm(before) in _GLUE | {"#", "№"}:
            return True
        if sentence.norm(before) in _DASHES and _dashed(sentence, before):
            return True
    if not sentence.tight(after) or quantity.end > after:
        return False  # what is written onto it says how sure it is: 500'den fazla
    if sentence.norm(after) in _GLUE and sentence.tight(after + 1):
        return True
    if sentence.norm(after) in _DASHES and sentence.tight(after + 1):
        return not (sentence.has("strong", after + 1) or sentence.norm(after + 1) in {"odd", "plus"})
    return False


def _dashed(sentence: Sentence, dash: int) -> bool:
    """Whether a dash before a number joins it to a name or to other digits, rather than stands for a pause."""
    return sentence.norm(dash) in {"-", "‐", "‑"} and (
        dash == 0 or sentence.tight(dash) or not sentence.is_word(dash - 1)
    )


def _measured(sentence: Sentence, quantity: Quantity) -> bool:
    after, before = quantity.end, quantity.begin - 1
    if sentence.has("money", quantity.first - 1) or sentence.has("money", before) or sentence.has("money", after):
        return True
    if sentence.norm(after) == "per" and sentence.norm(after + 1) in {"cent", "100", "hundred", "thousand"}:
        return True
    if sentence.norm(before) == "per" and quantity.high >= _SMALL:
        return True
    if sentence.norm(after) in {"head", "heads"} and sentence.has("of", after + 1):
        return sentence.has("animals", after + 2)
    compound = sentence.norm(after).partition("-")
    if compound[1] and compound[0] in sentence.words.classes.get("measure", ()):
        return True
    onward = sentence.number_at.get(after + 1) if sentence.norm(after) in _ONWARD else None
    ends = (after, onward.last) if onward else (after,)
    return any(sentence.has("percent", at) or sentence.has("measure", at) for at in ends)


def _labelled(sentence: Sentence, quantity: Quantity) -> bool:
    """`Day 5`, `Resolution 2254`, `No. 12`: the number names what stands before it."""
    told = sentence.tokens[quantity.first].text
    if quantity.begin != quantity.first or quantity.vague or "," in told or quantity.low >= _LONGEST_LABEL:
        return False
    if sentence.norm(quantity.first - 1) == "." and sentence.has("label", quantity.first - 2):
        return True
    if sentence.has("of", quantity.first - 1) and sentence.has("band", quantity.first - 2):
        titled = sentence.tokens[quantity.last].text.istitle() if quantity.last < len(sentence.tokens) else False
        titled = titled or sentence.capitalised(quantity.first)  # Group of Seven leaders
        return sentence.capitalised(quantity.first - 2) and (quantity.first > 2 or titled)  # noqa: PLR2004
    named = sentence.has("label", quantity.first - 1)
    return named and not sentence.has("determiner", quantity.first - 2) and not sentence.has("last", quantity.first - 2)


def _dated(sentence: Sentence, quantity: Quantity) -> bool:
    before, after = quantity.first - 1, quantity.last
    if quantity.high <= _LAST_DAY and not quantity.vague:
        named = (sentence.has("month", before) or sentence.has("month", after)) and not _counted_month(
            sentence, quantity
        )
        if named or (sentence.has("month", before - 1) and sentence.norm(before) in {".", "the"}):
            return True
        if _second_day(sentence, quantity):
            return True
    if quantity.parts > 1 and _MODERN <= quantity.low < quantity.high <= _LAST_YEAR and not _counts(sentence, quantity):
        return "," not in sentence.text[sentence.tokens[quantity.first].start : sentence.tokens[quantity.last - 1].end]
    return quantity.bare and (_year(sentence, quantity) or _clock(sentence, quantity))


def _clock(sentence: Sentence, quantity: Quantity) -> bool:
    """`secure at around 1600`: an hour as soldiers write it."""
    at = quantity.begin - 1
    hour = _FIRST_YEAR <= quantity.low < _MIDNIGHT and quantity.low % 100 < 60  # noqa: PLR2004
    told = sentence.norm(at) == "at" and not sentence.has("level_links", at - 1) and not _counts(sentence, quantity)
    return hour and told and "," not in sentence.tokens[quantity.first].text


def _counted_month(sentence: Sentence, quantity: Quantity) -> bool:
    return (
        quantity.qualified
        and quantity.low > 1
        and sentence.norm(quantity.last) in {"may", "march", "mar", "jun", "dec"}
    )


def _second_day(sentence: Sentence, quantity: Quantity) -> bool:
    """`March 28 and 29`, `July 4-6`: a day after a day."""
    at = quantity.first - 1
    if sentence.norm(at) not in {"and", "to", "y", "et", "und", "ve", "-", "–", ",", "or", "until", "through"}:
        return False
    numeral = sentence.number_before.get(at)
    return bool(
        numeral
        and numeral.high <= _LAST_DAY
        and sentence.has("month", numeral.first - 1)
        and not sentence.is_word(quantity.last)
    )


def _year(sentence: Sentence, quantity: Quantity) -> bool:
    """A bare number of four digits that stands where years stand."""
    if not _FIRST_YEAR <= quantity.low <= _LAST_YEAR:
        return False
    before = quantity.first - 1
    if quantity.begin != quantity.first and sentence.norm(before) not in {"the", "its", "their", "his", "our"}:
        return False
    pause = sentence.norm(before) in {",", "."}
    after_month = any(sentence.has("month", at) for at in (before, before - 1 if pause else before, before - 2))
    if after_month or sentence.has("year_before", before):
        return True
    if quantity.low < _MODERN:
        return False
    if sentence.norm(before) in {"", ":"} and sentence.capitalised(quantity.last):
        return True
    dated = pause and sentence.tokens[before - 1].kind in {Kind.DIGITS, Kind.ORDINAL}
    named = sentence.norm(before) in {"(", "the", "/"} or sentence.norm(quantity.last) in {")", "]", "'s"}
    return dated or named or (sentence.has("year_perhaps", before) and not _counts(sentence, quantity))


def _counts(sentence: Sentence, quantity: Quantity) -> bool:
    """Whether a noun or a predicate follows closely."""
    return any(
        at in sentence.said_at or sentence.words.nouns.longest(sentence.norms, at)
        for at in range(quantity.end, quantity.end + 3)
    )


def _aged(sentence: Sentence, quantity: Quantity) -> bool:
    """`Safana, 23, fled`, `aged 14`, `under 18`, `children under five`."""
    if quantity.high > _OLDEST or quantity.vague:
        return False
    before = quantity.first - 1
    aged = sentence.has("aged", before) or sentence.has("aged", quantity.begin - 1)
    if aged or _another_age(sentence, quantity):
        return True
    if sentence.has("aged", before - 1) and sentence.norm(before) in {
        "of",
        "between",
        "under",
        "over",
        "from",
        "about",
    }:
        return True
    if quantity.high <= _OF_AGE and sentence.norm(before) in {"under", "below", "over", "above"}:
        return not _leads_to_noun(sentence, quantity)
    if (
        sentence.has("be", before)
        and sentence.norm(before - 1) in {"he", "she", "i", "who"}
        and not sentence.has("be", quantity.end)
    ):
        return quantity.end not in sentence.said_at and not _leads_to_noun(sentence, quantity)
    return _in_apposition(sentence, quantity)


def _another_age(sentence: Sentence, quantity: Quantity) -> bool:
    """`aged 17, 24 and 61`: a number in a row that begins with an age."""
    at = quantity.first
    while sentence.norm(at - 1) in {",", "&", "-", "to"} or sentence.has("conjunction", at - 1):
        numeral = sentence.number_before.get(at - 1) or sentence.number_before.get(at - 2)
        if numeral is None or numeral.high > _OLDEST:
            return False
        at = numeral.first
        if sentence.has("aged", at - 1):
            return True
    return False


def _leads_to_noun(sentence: Sentence, quantity: Quantity) -> bool:
    return any(sentence.words.nouns.longest(sentence.norms, at) for at in range(quantity.end, quantity.end + 4))


def _in_apposition(sentence: Sentence, quantity: Quantity) -> bool:
    """A bare number between commas after a name is an age."""
    at = quantity.first - 1
    if quantity.begin != quantity.first or sentence.norm(at) not in {",", "("} or not sentence.capitalised(at - 1):
        return False
    closes = sentence.norm(quantity.last) in {",", ")", "and", ".", ""}
    return closes and quantity.low > 1 and quantity.bare and not sentence.has("month", at - 1)


def _share(sentence: Sentence, quantity: Quantity) -> bool:
    """`one in four`, `nine out of 10`, `three of every five`; and the number after it."""
    if quantity.parts > 1 and "ratio" in sentence.norms[max(0, quantity.first - _RATIO) : quantity.first]:
        return True
    ahead = next((item for at in range(1, 4) if (item := sentence.number_at.get(quantity.last + at))), None)
    if ahead and _is_ratio(sentence, quantity.low, quantity.last, ahead.first, ahead.low):
        return True
    back = next((item for at in range(1, 4) if (item := sentence.number_before.get(quantity.first - at))), None)
    return bool(back and _is_ratio(sentence, back.low, back.last, quantity.first, quantity.low))


def _boundary_after(sentence: Sentence, at: int) -> bool:
    return bool(sentence.marks[at]) or at in sentence.said_at


def _is_ratio(sentence: Sentence, part: float, start: int, stop: int, of: float) -> bool:
    """Whether the words between two numbers make them a share: in, out of, of every."""
    words = sentence.norms[start:stop]
    if not words or part > of:
        return False
    if words == ("to",) and "ratio" in sentence.norms[max(0, start - _RATIO) : start]:
        return True
    every = any(sentence.has("every", at) for at in range(start, stop))
    noun = sentence.words.nouns.longest(sentence.norms, start)
    if noun and noun[1] == stop - 1 and sentence.has("ratio_in", stop - 1) and part == 1:
        return not sentence.is_word(stop + 1) or _boundary_after(sentence, stop + 1)
    if words[0] in sentence.words.classes.get("ratio_in", ()) and (len(words) == 1 or every):
        round_number = of in {2, 3, 4, 5, 6, 7, 8, 9, 10, 12, 15, 20, 25, 50, 100, 1000, 10000, 100000, 1000000}
        return round_number and (part <= _SMALL) and not sentence.said_before.get(start - 1)
    return every or (words == ("out", "of") and of <= 100)  # noqa: PLR2004
