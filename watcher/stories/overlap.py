"""What two texts share, word by word: which words of one stand in a run of five that the other has too."""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

from watcher.stories.lexicon import every
from watcher.stories.signature import SHINGLE, Shingle, shingles, words

NUMBER = "#"
_AROUND = 2  # words on either side that say which number of a text this is


_EDGE = 4  # lines at either end where a page speaks of itself
_SHORT = 220  # characters of such a line


@dataclass(frozen=True, slots=True)
class Text:
    """A text's words and shingles, made once. `counted`: the first word and the one after the last that are news."""

    words: list[str]
    shingles: list[Shingle]
    distinct: frozenset[Shingle]
    counted: slice


def read(text: str) -> Text:
    """The words of a text, and every five of them in a row.

    Lines at its beginning and end that are about the page (credits, invitations to subscribe) are not counted.
    """
    tokens = words(text)
    runs = shingles(tokens)
    lines = [line for line in text.split("\n") if line and not line.isspace()]
    before = _about_page(lines[: min(_EDGE, len(lines) - 1)])
    after = _about_page(lines[: -min(_EDGE, len(lines) - 1) - 1 : -1]) if len(lines) > 1 else 0
    if before + SHINGLE > len(tokens) - after:
        before = after = 0
    return Text(tokens, runs, frozenset(runs), slice(before, len(tokens) - after))


def _about_page(lines: Iterable[str]) -> int:
    """How many words stand in these lines up to the last that is about the page."""
    boilerplate = every("boilerplate")
    count = total = 0
    for line in lines:
        if len(line) > _SHORT:
            break
        tokens = words(line)
        total += len(tokens)
        if boilerplate.inside(tokens):
            count = total
    return count


def covered(text: Text, known: Collection[Shingle]) -> list[bool]:
    """For each word of the text, whether it stands in one of the known shingles."""
    marks = [False] * len(text.words)
    end = 0
    for place, shingle in enumerate(text.shingles):
        if shingle in known:
            for word in range(max(end, place), place + SHINGLE):
                marks[word] = True
            end = place + SHINGLE
    return marks


def share(text: Text, known: Collection[Shingle]) -> float:
    """How much of what counts in a text stands in known shingles, from 0 to 1."""
    return fraction(covered(text, known)[text.counted])


def fraction(marks: Sequence[bool]) -> float:
    """How many are True, from 0 to 1."""
    return sum(marks) / len(marks) if marks else 0.0


@dataclass(frozen=True, slots=True)
class Numbers:
    """How the numbers of two texts compare where the words around them are the same."""

    same: int
    moved: int

    @property
    def other_edition(self) -> bool:
        """Whether most of them differ: one page filled in twice, not one text."""
        return self.moved >= 2 and self.moved > self.same  # noqa: PLR2004 - one number alone may have been put right


def compare_numbers(first: Sequence[str], second: Sequence[str]) -> Numbers:
    """Numbers, weekdays and months of two texts that stand between the same words."""
    left, right = _slots(first), _slots(second)
    same = moved = 0
    for around in left.keys() & right.keys():
        agree = (left[around] & right[around]).total()
        same += agree
        moved += min(left[around].total(), right[around].total()) - agree
    return Numbers(same, moved)


def _slots(tokens: Sequence[str]) -> dict[tuple[str, ...], Counter[str]]:
    """The numbers of a text by the words around them; digits in a row are one number."""
    masked, values = _masked(tokens)
    slots: dict[tuple[str, ...], Counter[str]] = {}
    for place, value in values.items():
        around = (*masked[max(0, place - _AROUND) : place], NUMBER, *masked[place + 1 : place + 1 + _AROUND])
        if len(around) > _AROUND:
            slots.setdefault(around, Counter())[value] += 1
    return slots


def _masked(tokens: Sequence[str]) -> tuple[list[str], dict[int, str]]:
    days = every("calendar").firsts
    masked: list[str] = []
    values: dict[int, str] = {}
    running = False
    for token in tokens:
        digits = not token.isalpha() and any(character.isdigit() for character in token)
        if digits and running:
            values[len(masked) - 1] += f" {token}"
        elif digits or token in days:
            values[len(masked)] = token
            masked.append(NUMBER)
        else:
            masked.append(token)
        running = digits
    return masked, values
