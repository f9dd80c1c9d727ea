"""What two texts share, word by word: which words of one stand in a run of five that the other has too."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from watcher.stories.lexicon import every
from watcher.stories.signature import LONGEST, SHINGLE, Shingle, shingles, words
from watcher.text.words import Words

Slot = tuple[str, ...]
Blanks = tuple[list[str], dict[int, str]]
"""Words with a blank in place of what is filled in, and what stands in each blank."""

BLANK = "#"
_AROUND = 2  # words on either side that say which blank of a text this is


_STOPS = frozenset('.!?:\n"“”…')  # after these a capital says nothing
_FILLED = 2  # blanks that differ at least
_EDGE = 4  # lines at either end where a page speaks of itself
_SHORT = 220  # characters of such a line
_CREDIT = 8  # words of a line that begins by saying whose text it is
_NEWS = 12  # words of a line that is not about the page: what comes after it is news


@dataclass(frozen=True, slots=True)
class Text:
    """A text's words and shingles, made once. `counted`: the first word and the one after the last that are news."""

    words: list[str]
    shingles: list[Shingle]
    distinct: frozenset[Shingle]
    counted: slice  # of whole numbers
    text: str

    def names(self) -> Iterator[bool]:
        """For each word, whether it has a capital and begins no sentence."""
        text, before = self.text, 0
        for start, end in Words(text).bounds[:LONGEST]:
            if text[start].isupper():
                yield before > 0 and (text[before:start] == " " or _STOPS.isdisjoint(text[before:start]))
            else:
                yield False
            before = end

    @property
    def size(self) -> int:
        """How many words are news."""
        return len(self.words[self.counted])

    @property
    def news(self) -> list[str]:
        """The words that are news; all where none is."""
        return self.words[self.counted] or self.words


def read(text: str) -> Text:
    """The words of a text, and every five of them in a row.

    Lines at its beginning and end that are about the page (credits, invitations to subscribe) are not counted.
    """
    tokens = words(text)
    runs = shingles(tokens)
    lines = [line for line in text.split("\n") if line and not line.isspace()]
    before, after = _about_page(lines[:_EDGE]), _about_page(lines[: -_EDGE - 1 : -1])
    return Text(tokens, runs, frozenset(runs), slice(before, max(before, len(tokens) - after)), text)


def _about_page(lines: Iterable[str]) -> int:
    """How many words stand in these lines up to the last that is about the page."""
    boilerplate, credit = every("boilerplate"), every("credits")
    count = total = 0
    for line in lines:
        if len(line) > _SHORT:
            break
        tokens = words(line)
        total += len(tokens)
        if boilerplate.inside(tokens) or (len(tokens) <= _CREDIT and credit.at(tokens, 0)):
            count = total
        elif len(tokens) > _NEWS:
            break
    return count


def covered(text: Text, known: Collection[Shingle]) -> list[bool]:
    """For each word of the text, whether it stands in one of the known shingles."""
    found = [shingle in known for shingle in text.shingles]
    if True not in found:
        return [False] * len(text.words)
    edge = [False] * (SHINGLE - 1)
    padded = [*edge, *found, *edge]
    shifted = (padded[shift : shift + len(text.words)] for shift in range(SHINGLE))
    return [a or b or c or d or e for a, b, c, d, e in zip(*shifted, strict=True)]


def share(text: Text, known: Collection[Shingle]) -> float:
    """How much of what counts in a text stands in known shingles, from 0 to 1."""
    return fraction(covered(text, known)[text.counted])


def pairs_shared(first: Text, second: Text) -> tuple[float, float]:
    """How much of what counts in each of two texts stands in two words in a row that the other has too."""
    left, right = first.words[first.counted], second.words[second.counted]
    return _in_pairs(left, set(pairwise(right))), _in_pairs(right, set(pairwise(left)))


def _in_pairs(words: Sequence[str], known: Collection[tuple[str, str]]) -> float:
    marks = [pair in known for pair in pairwise(words)]
    return fraction([before or after for before, after in zip([False, *marks], [*marks, False], strict=True)])


def fraction(marks: Sequence[bool]) -> float:
    """How many are True, from 0 to 1."""
    return sum(marks) / len(marks) if marks else 0.0


@dataclass(frozen=True, slots=True)
class Fillings:
    """How what is filled in compares, of two texts, where the words around it are the same."""

    same: int
    moved: int

    @property
    def differ(self) -> bool:
        """Whether most of it does; one alone may have been put right."""
        return self.moved >= _FILLED and self.moved > self.same


def is_other_edition(text: Text, marks: Sequence[bool], others: Sequence[Text]) -> bool:
    """Whether a text is a page filled in anew, not the text of these: most numbers differ, or most names.

    Of several it is compared with the one that has most such places in common, for others may have left them out.
    `marks`: which of its words that count are known.
    """
    if len(marks) - sum(marks) < _FILLED:
        return False
    for kind in (numbers, capitals):
        own = _slots(kind(text))
        found = [_compare(own, _slots(kind(other))) for other in others] if own else []
        if max(found, key=lambda one: one.same + one.moved, default=Fillings(0, 0)).differ:
            return True
    return False


def _compare(left: Mapping[Slot, Counter[str]], right: Mapping[Slot, Counter[str]]) -> Fillings:
    same = moved = 0
    for around in left.keys() & right.keys():
        agree = (left[around] & right[around]).total()
        same += agree
        moved += min(left[around].total(), right[around].total()) - agree
    return Fillings(same, moved)


def _slots(blanks: Blanks) -> dict[Slot, Counter[str]]:
    """What is filled in by the words around it."""
    masked, values = blanks
    slots: dict[Slot, Counter[str]] = {}
    for place, value in values.items():
        around = (*masked[max(0, place - _AROUND) : place], BLANK, *masked[place + 1 : place + 1 + _AROUND])
        if len(around) > _AROUND:
            slots.setdefault(around, Counter())[value] += 1
    return slots


def numbers(text: Text) -> Blanks:
    """The numbers, in digits or words, weekdays and months of a text; digits in a row are one number."""
    days, numerals = every("calendar").firsts, every("numerals").firsts
    written = days | numerals
    return _blanked(
        text.words,
        [not word.isalpha() and any(map(str.isdigit, word)) for word in text.words],
        [word in written for word in text.words],
    )


def capitals(text: Text) -> Blanks:
    """The names of a text: words in capitals within its sentences, those in a row as one."""
    is_name = list(text.names())
    return _blanked(text.words, is_name, [False] * len(is_name))


def _blanked(words: Sequence[str], joining: Iterable[bool], alone: Iterable[bool]) -> Blanks:
    """The words with blanks for what is filled in, and what stood in each; of `joining` those in a row are one."""
    masked: list[str] = []
    values: dict[int, str] = {}
    running = False
    for word, joins, stands in zip(words, joining, alone, strict=True):
        if joins and running:
            values[len(masked) - 1] += f" {word}"
        elif joins or stands:
            values[len(masked)] = word
            masked.append(BLANK)
        else:
            masked.append(word)
        running = joins
    return masked, values
