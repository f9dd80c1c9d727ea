"""From numbers to quantities: ranges, shared magnitudes, and the words that qualify a number."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from watcher.figures.numbers import Numeral
from watcher.figures.sentence import Sentence
from watcher.model import Flow, Qualifier

_DASHES: Final = frozenset({"-", "–", "—", "~", "‒"})
_DOUBTS: Final = frozenset(
    {",", "or", "even", "if", "not", "possibly", "perhaps", "maybe", "to", "and", "-", "–", "probably"}
)
_DOUBT_LENGTH: Final = 5
_QUALIFIER_STEPS: Final = 5
_TWO: Final = 2
_LEAST, _MOST = Qualifier.AT_LEAST, Qualifier.AT_MOST


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its qualifiers: number at tokens `first` to `last`, all of it from `begin` to `end` (exclusive)."""

    first: int
    last: int
    begin: int
    end: int
    low: float
    high: float
    qualifier: Qualifier
    flow: Flow | None = None
    vague: bool = False
    bare: bool = False
    whole: bool = True
    parts: int = 1

    @property
    def value(self) -> float:
        """The number; of a range the middle; of vague words the lower bound."""
        return (self.low + self.high) / 2 if self.qualifier is Qualifier.RANGE and not self.vague else self.low

    @property
    def qualified(self) -> bool:
        """Whether a word before or after says how sure the number is."""
        return self.qualifier is not Qualifier.EXACT


def quantities(sentence: Sentence) -> list[Quantity]:
    """The quantities of a sentence in order, numbers that belong together joined."""
    found: list[Quantity] = []
    numerals = sentence.numerals
    index = 0
    while index < len(numerals):
        joined, taken = _joined(sentence, index)
        found.append(_qualified(sentence, joined))
        index += taken
    return found


def _plain(numeral: Numeral) -> Quantity:
    return Quantity(
        numeral.first, numeral.last, numeral.first, numeral.last, numeral.low, numeral.high,
        Qualifier.APPROX if numeral.vague else Qualifier.EXACT,
        vague=numeral.vague, bare=numeral.bare, whole=numeral.whole,
    )  # fmt: skip


def _joined(sentence: Sentence, index: int) -> tuple[Quantity, int]:
    """The quantity that begins with a numeral, and how many numerals it took."""
    first = sentence.numerals[index]
    if index + 1 >= len(sentence.numerals):
        return _plain(first), 1
    second = sentence.numerals[index + 1]
    if _told_twice(sentence, first, second):
        return replace(_plain(first), last=second.last + 1, end=second.last + 1), 2
    gap = sentence.norms[first.last : second.first]
    if first.vague or second.vague:
        doubted = first.vague and second.vague and gap and len(gap) <= _DOUBT_LENGTH and set(gap) <= _DOUBTS
        if doubted and first.low < second.low:
            return replace(_plain(first), last=second.last, end=second.last, high=second.high), 2
        return _plain(first), 1
    low, high = _shared(sentence, first, second), second.low
    if _is_range(sentence, first, second, gap) and low < high:
        whole = second.whole and abs(low - round(low)) < 1e-6 * max(1.0, low)
        return Quantity(
            first.first, second.last, first.first, second.last, low, high, Qualifier.RANGE, whole=whole, parts=2
        ), 2
    return _plain(first), 1


def _told_twice(sentence: Sentence, first: Numeral, second: Numeral) -> bool:
    """`ten (10) persons`: the same in words and in digits."""
    closed = sentence.norms[first.last : second.first] == ("(",) and sentence.norm(second.last) == ")"
    return closed and (first.low, first.high) == (second.low, second.high)


def _shared(sentence: Sentence, first: Numeral, second: Numeral) -> float:
    """The first number of a range, with the second one's magnitude where it has none itself: `3 to 10 million`."""
    scale = sentence.words.scales.get(sentence.norm(second.last - 1), 0)
    hundred = sentence.words.hundreds.get(sentence.norm(second.last - 1), 0)
    if hundred and not second.scaled and first.low < min(second.low / hundred, 10):
        return first.low * hundred
    if second.scaled and not first.scaled and scale and first.low < second.low / scale:
        return first.low * scale
    return first.low


def _is_range(sentence: Sentence, first: Numeral, second: Numeral, gap: tuple[str, ...]) -> bool:
    core = tuple(word for word in gap if word not in {"as", "many", "even", "perhaps", "possibly", "some", "about"})
    if len(gap) > 4 or len(core) != 1:  # noqa: PLR2004
        return False
    link, before = core[0], sentence.norm(first.first - 1)
    if link in _DASHES:
        return not _chained(sentence, first, second)
    if sentence.has("range_to", first.last) or link in sentence.words.classes.get("range_to", ()):
        return not _changes(sentence, first)
    if link in sentence.words.classes.get("range_and", ()):
        return _opens(sentence, "range_between", first)
    return link in sentence.words.classes.get("range_or", ()) and before != "," and second.low <= first.low * 10


def _opens(sentence: Sentence, name: str, first: Numeral) -> bool:
    return any(sentence.has(name, at) for at in range(first.first - 3, first.first))


def _changes(sentence: Sentence, first: Numeral) -> bool:
    """Whether it changed from A to B, or by A to B: no range."""
    told = _opens(sentence, "range_from", first) or sentence.has("range_by", first.first - 1)
    reach = 8 if told else 2
    return any(sentence.has("level_changes", at) for at in range(first.first - reach, first.first))


def _chained(sentence: Sentence, first: Numeral, second: Numeral) -> bool:
    """Whether more digits hang on by dashes: dates, telephone numbers, scores."""
    return (sentence.norm(first.first - 1) in _DASHES and sentence.tight(first.first)) or (
        sentence.norm(second.last) in _DASHES and sentence.tight(second.last) and sentence.tight(second.last + 1)
    )


def _qualified(sentence: Sentence, quantity: Quantity) -> Quantity:
    """The quantity with what stands around it: qualifiers, and words that make it an addition."""
    begin, flow = quantity.first, quantity.flow
    qualifiers: list[Qualifier] = []
    for _ in range(_QUALIFIER_STEPS):
        before = sentence.words.qualifiers.longest(sentence.norms, begin)
        newly = sentence.words.flow_before.longest(sentence.norms, begin)
        if newly and (before is None or newly[1] <= before[1]):
            flow, begin = newly[0][0], newly[1]
        elif before:
            qualifiers.extend(before[0])
            begin = before[1]
        elif sentence.has("range_between", begin - 1):
            begin -= 1
            break
        elif quantity.parts > 1 and sentence.has("range_from", begin - 1):
            begin -= 1
        else:
            break
    end, later = _after(sentence, quantity.last)
    qualifiers.extend(later)
    if newly := sentence.words.flow_after.longest(sentence.norms, end):
        flow = newly[0][0]
    return replace(quantity, begin=begin, end=end, qualifier=_strongest(sentence, quantity, qualifiers), flow=flow)


def _after(sentence: Sentence, last: int) -> tuple[int, Sequence[Qualifier]]:
    found = sentence.words.qualifiers_after.longest(sentence.norms, last)
    if found:
        return found[1], found[0]
    if sentence.norm(last) == "-" and sentence.norm(last + 1) in {"odd", "plus"}:
        return last + 2, [Qualifier.APPROX if sentence.norm(last + 1) == "odd" else Qualifier.AT_LEAST]
    return last, []


def _strongest(sentence: Sentence, quantity: Quantity, said: list[Qualifier]) -> Qualifier:
    if quantity.qualifier is Qualifier.RANGE or quantity.vague:
        return quantity.qualifier
    if quantity.low > _TWO and "couple" in sentence.norms[quantity.first : quantity.last]:
        said = [*said, Qualifier.APPROX]
    for wanted in (_LEAST, _MOST, Qualifier.APPROX):
        if wanted in said:
            return wanted
    return Qualifier.EXACT


def near(items: list[Quantity], at: int) -> Iterator[Quantity]:
    """The quantities that begin at or after a token."""
    return (item for item in items if item.begin >= at)
