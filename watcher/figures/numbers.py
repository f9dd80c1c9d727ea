"""Numbers as news writes them: digits, words, both (`1.3 million`), parts (`half a million`), vague (`hundreds of`)."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from watcher.figures.lexicon import Words
from watcher.figures.tokens import Kind, Token

_FRACTIONS: Final = {"½": 0.5, "¼": 0.25, "¾": 0.75, "⅓": 1 / 3, "⅔": 2 / 3}
_LONGEST: Final = 15
_GROUP: Final = 3
_HUNDRED: Final = 100
_THOUSAND: Final = 1000
_TEN: Final = 10
_TWENTY: Final = 20
_SUMS: Final = frozenset({"es", "ar", "de", "fr", "pt"})


@dataclass(frozen=True, slots=True)
class Numeral:
    """A number read from tokens `first` to `last` (exclusive). `bare`: one run of digits without separators."""

    first: int
    last: int
    low: float
    high: float
    bare: bool = False
    scaled: bool = False

    @property
    def vague(self) -> bool:
        """Whether only bounds are told (dozens)."""
        return self.low != self.high

    @property
    def whole(self) -> bool:
        """Whether it can count people: above nothing, without a fraction."""
        return (
            self.low >= 0 and math.isfinite(self.high) and abs(self.low - round(self.low)) < 1e-6 * max(1.0, self.low)
        )


def parse_digits(text: str, decimal: str) -> float | None:
    """The value of digits with separators, by the language's decimal mark; None where they make no number.

    Groups of three after a mark that is not the decimal one are thousands; so are two or more such groups after any
    mark (`1.200.000`). Indian grouping (`1,20,000`) is read where commas group.
    """
    if len(text) > _LONGEST + 8:
        return None
    plain = "".join(mark for mark in text if not mark.isspace()).replace("٬", "'").replace("’", "'")
    marks = {mark for mark in plain if not mark.isdigit()}
    if not marks:
        return _plain(plain)
    if len(marks) == 1:
        return _one_mark(plain, marks.pop(), decimal)
    last = max(marks, key=plain.rindex)
    return _decimal(plain, last, min(marks, key=plain.rindex))


def _one_mark(plain: str, mark: str, decimal: str) -> float | None:
    if mark == "٫" or (mark == decimal and plain.count(mark) == 1):
        return _decimal(plain, mark, "")
    grouped = _grouped(plain, mark)
    return grouped if grouped is not None or plain.count(mark) > 1 or mark == "'" else _decimal(plain, mark, "")


def _grouped(plain: str, mark: str) -> float | None:
    head, *groups = plain.split(mark)
    thousands = all(len(group) == _GROUP for group in groups)
    indian = len(groups) > 1 and len(groups[-1]) == _GROUP and all(len(group) == 2 for group in groups[:-1])  # noqa: PLR2004
    if 0 < len(head) <= _GROUP and (thousands or (indian and len(head) < _GROUP)):
        return float(head + "".join(groups))
    return None


def _decimal(plain: str, mark: str, grouping: str) -> float | None:
    whole, _, part = plain.rpartition(mark)
    value = _grouped(whole, grouping) if grouping and grouping in whole else _plain(whole)
    return None if value is None or not part.isdigit() else value + float("0." + part)


def _plain(whole: str) -> float | None:
    return float(whole) if whole.isdigit() and len(whole) <= _LONGEST else None


class NumberReader:
    """Reads the numbers of one sentence, given its tokens with their lexicon forms."""

    def __init__(self, tokens: Sequence[Token], norms: Sequence[str], words: Words) -> None:
        self._tokens = tokens
        self._words = words
        self._flat = [index for index in range(len(tokens)) if not _hyphen_inside(tokens, index, words)]
        self._norms = [norms[index] for index in self._flat]
        if words.has("thousand_inside", words.language):
            self._take_apart()

    def _take_apart(self) -> None:
        """German writes thousands as one word: `zwölftausendfünfhundert` is read as three."""
        flat, norms = self._flat, self._norms
        self._flat, self._norms = [], []
        for index, norm in zip(flat, norms, strict=True):
            before, thousand, after = norm.partition("tausend")
            known = (
                thousand
                and (before or after)
                and all(part in self._words.cardinals for part in (before, after) if part)
            )
            parts = [part for part in (before, thousand, after) if part] if known else [norm]
            self._flat.extend([index] * len(parts))
            self._norms.extend(parts)

    def read(self) -> list[Numeral]:
        """Every number in order, none overlapping."""
        found: list[Numeral] = []
        at = 0
        while at < len(self._flat):
            numeral = self._at(at) if self._may_start(at) else None
            if numeral is None:
                at += 1
                continue
            low, high, end, scaled = numeral
            low, high = round(low, 3), round(high, 3)
            first, last = self._flat[at], self._flat[end - 1] + 1
            bare = last - first == 1 and self._tokens[first].text.isdigit()
            found.append(Numeral(first, last, low, high, bare, scaled))
            at = end
        return found

    def _may_start(self, at: int) -> bool:
        norm = self._norms[at]
        return (
            self._kind(at) is Kind.DIGITS
            or norm in self._words.number_starts
            or norm in self._words.hundreds
            or norm in _FRACTIONS
            or norm in self._words.number_class["articles"]
            or norm in self._words.number_class["halves"]
        )

    def _kind(self, at: int) -> Kind:
        return self._tokens[self._flat[at]].kind

    def _at(self, at: int) -> tuple[float, float, int, bool] | None:
        phrase = self._words.number_phrases.longest(self._norms, at)
        if self._in("articles", at) and phrase is None and self._words.number_phrases.longest(self._norms, at + 1):
            return None
        exact = self._fraction_of_scale(at) or self._cardinal(at)
        if phrase and (exact is None or phrase[1] >= exact[1]):
            bounds, end = phrase[0][0], phrase[1]
            return bounds.low, bounds.high, end, True
        if exact is None:
            return None
        value, end = exact
        scaled = any(self._norms[index] in self._words.scales for index in range(at, end))
        return value, value, end, scaled

    def _norm(self, at: int) -> str:
        return self._norms[at] if at < len(self._norms) else ""

    def _in(self, name: str, at: int) -> bool:
        return self._norm(at) in self._words.number_class[name]

    def _fraction_of_scale(self, at: int) -> tuple[float, int] | None:
        """`half a million`, `three quarters of a million`, `a quarter of a million`, `half million`."""
        index, times = at, 1.0
        if self._in("articles", index):
            index += 1
        elif self._norm(index) in self._words.cardinals and self._in("halves", index + 1):
            times = float(self._words.cardinals[self._norm(index)])
            index += 1
        share = self._words.number_class["halves"]
        if self._norm(index) not in share:
            return None
        part = _SHARES.get(self._norm(index), 0.5)
        index += 1
        if self._words.has("of", self._norm(index)):
            index += 1
        if self._in("articles", index):
            index += 1
        scale = self._words.scales.get(self._norm(index), 0)
        return (round(times * part * scale), index + 1) if scale >= _THOUSAND else None

    def _cardinal(self, at: int, *, nested: bool = False) -> tuple[float, int] | None:
        state = _Sum()
        index = at
        if self._in("articles", index) and not nested:
            multiplier = self._norm(index + 1)
            spelled = multiplier in self._words.hundreds or (multiplier in self._words.scales and len(multiplier) > 2)  # noqa: PLR2004
            if not spelled:
                return self._counted(at, state, index)
            state.current = 1.0
            index += 1
        return self._counted(at, state, index)

    def _counted(self, at: int, state: "_Sum", index: int) -> tuple[float, int] | None:
        end = index if state.current is not None else at
        while index < len(self._norms):
            taken = self._take(state, index, first=index == at)
            if not taken:
                break
            index = end = taken
        value = state.value()
        return (value, end) if value is not None and end > at and state.said else None

    def _take(self, state: "_Sum", at: int, *, first: bool) -> int:
        """Adds what stands at `at` to the sum; the index after it, or 0 where it does not belong."""
        norm = self._norms[at]
        if self._kind(at) is Kind.DIGITS:
            return self._take_digits(state, at, first=first)
        if self._in("point", at) and state.current is not None:
            return self._take_point(state, at + 1)
        if self._in("and", at) and norm not in self._words.cardinals:
            return self._take_and(state, at + 1) if state.said else 0
        return at + 1 if self._word(state, norm) else 0

    def _word(self, state: "_Sum", norm: str) -> bool:
        words = self._words
        if norm in words.cardinals:
            return state.add(float(words.cardinals[norm]), words.language)
        if norm in words.hundreds:
            return state.times_hundred(words.hundreds[norm], alone=words.language != "en")
        if norm in words.scales:
            bare = words.has("bare_scale", norm) and not state.said
            return state.times_scale(float(words.scales[norm]), bare=bare)
        return norm in _FRACTIONS and state.add_part(_FRACTIONS[norm])

    def _take_digits(self, state: "_Sum", at: int, *, first: bool) -> int:
        token = self._tokens[self._flat[at]]
        value = parse_digits(token.text, self._words.decimal)
        if value is not None and value != int(value) and self._norm(at + 1) not in self._words.scales:
            value = _grouped(token.text, "." if "." in token.text else ",") or value  # nobody counts 4.800 people
        if value is None:
            return 0
        if first:
            state.start(value)
            return self._mixed_fraction(state, at + 1)
        follows = self._norm(at + 1) in self._words.hundreds or self._norm(at + 1) in self._words.scales
        return at + 1 if follows and state.current is None and value < state.ceiling and state.add(value, "") else 0

    def _mixed_fraction(self, state: "_Sum", at: int) -> int:
        """`2 1/2 million`: digits, a slash, digits, and a scale word after them."""
        texts = [self._tokens[index].text for index in self._flat[at : at + 3]]
        shape = len(texts) == 3 and texts[1] == "/" and texts[0].isdigit() and texts[2] in {"2", "3", "4"}  # noqa: PLR2004
        if shape and self._norm(at + 3) in self._words.scales and state.add_part(int(texts[0]) / int(texts[2])):
            return at + 3
        return at

    def _take_point(self, state: "_Sum", at: int) -> int:
        digits = ""
        while self._norm(at) in self._words.cardinals and self._words.cardinals[self._norm(at)] < _TEN:
            digits += str(self._words.cardinals[self._norm(at)])
            at += 1
        return at if digits and state.add_part(float("0." + digits)) else 0

    def _take_and(self, state: "_Sum", at: int) -> int:
        """What follows *and*: a half, or a smaller number in words (`one hundred and six`)."""
        if self._in("articles", at) and self._in("halves", at + 1):
            return at + 2 if state.add_part(_SHARES.get(self._norm(at + 1), 0.5)) else 0
        words, norm = self._words, self._norm(at)
        value = float(words.cardinals.get(norm, 0))
        if words.has("units_first", words.language) and state.add_tens(value):
            return at + 1
        if norm in words.hundreds and words.language == "pt" and state.times_hundred(words.hundreds[norm], alone=True):
            return at + 1  # mil e cem
        if norm in words.cardinals and (words.language != "en" or state.ends_in_hundreds):
            return at + 1 if state.add(value, words.language) else 0
        if words.language != "en" or not (norm in words.cardinals or self._small_digits(at)):
            return 0
        return self._take_smaller(state, at)

    def _take_smaller(self, state: "_Sum", at: int) -> int:
        smaller = self._cardinal(at, nested=True)
        if smaller is None or not state.last or smaller[0] >= min(state.last, _THOUSAND * _THOUSAND):
            return 0
        state.rest += smaller[0]
        return smaller[1]

    def _small_digits(self, at: int) -> bool:
        text = self._tokens[self._flat[at]].text if at < len(self._flat) else ""
        return text.isdigit() and len(text) <= 2  # noqa: PLR2004


_SHARES: Final = {
    "half": 0.5, "quarter": 0.25, "quarters": 0.25, "third": 1 / 3, "thirds": 1 / 3, "medio": 0.5, "media": 0.5,
    "demi": 0.5, "halbe": 0.5, "yarim": 0.5, "نصف": 0.5,
}  # fmt: skip


class _Sum:
    """A number as its words are heard: what is complete (`total`), what still grows (`current`)."""

    __slots__ = ("ceiling", "current", "last", "rest", "said", "total")

    def __init__(self) -> None:
        self.total = 0.0
        self.rest = 0.0
        self.current: float | None = None
        self.ceiling = math.inf
        self.last = 0.0
        self.said = False

    def start(self, value: float) -> None:
        self.current = value
        self.said = True

    def value(self) -> float | None:
        if self.current is None and not self.last:
            return None
        return self.total + (self.current or 0.0) + self.rest

    @property
    def ends_in_hundreds(self) -> bool:
        """Whether the last word heard was a hundred."""
        return self.current is not None and self.current >= _HUNDRED and self.current % _HUNDRED == 0

    def add(self, value: float, language: str) -> bool:
        """One more word for a number: five after twenty, twenty after three hundred."""
        if self.rest or not self._fits(value, language):
            return False
        if language == "fr" and value == _TWENTY and self.current is not None and self.current % _HUNDRED == 4:  # noqa: PLR2004
            self.current += 76
        else:
            self.current = (self.current or 0.0) + value
        self.said = True
        return True

    def _fits(self, value: float, language: str) -> bool:
        if self.current is None:
            return value < self.ceiling
        held = self.current % _HUNDRED
        if self.current >= _HUNDRED and held == 0:
            return value < (_THOUSAND if self.current >= _THOUSAND else _HUNDRED) and (
                self.last != 0 or language in _SUMS
            )
        if held >= _TWENTY and held % _TEN == 0 and value < _TEN:
            return value > 0
        if language == "tr" and held == _TEN:
            return 0 < value < _TEN
        if language == "fr":
            return _french(held, value)
        return language == "ar" and 0 < held < _TEN and (_TWENTY <= value < _HUNDRED or value == _TEN)

    def add_tens(self, value: float) -> bool:
        """German and Arabic say the ones first: five and twenty."""
        if self.current is None or not 0 < self.current % _HUNDRED < _TEN or not _TWENTY <= value < _HUNDRED:
            return False
        self.current += value
        return True

    def add_part(self, part: float) -> bool:
        if self.current is not None:
            self.current += part
        elif self.last:
            self.rest += part * self.last
        else:
            self.current = part
        self.said = True
        return True

    def times_hundred(self, value: float, *, alone: bool) -> bool:
        """A hundred of what stands before it; in some languages also one hundred, after thousands: mille cent."""
        if (
            self.rest
            or (self.current is not None and self.current >= _THOUSAND)
            or (self.current is None and self.last and not (alone and self.last >= _THOUSAND))
        ):
            return False
        held = self.current if self.current is not None else 1.0
        if held > _HUNDRED and held % _HUNDRED < _TWENTY and held % _HUNDRED and held != int(held):
            return False
        self.current = held * value
        self.last = value
        self.said = True
        return True

    def times_scale(self, value: float, *, bare: bool) -> bool:
        if self.rest:
            return False
        if self.current is None:
            if not bare and not self.total:
                return False
            if self.total and self.last:
                return False
        if value >= self.ceiling:
            return False
        self.total += (1.0 if self.current is None else self.current) * value
        self.current = None
        self.ceiling = self.last = value
        self.said = True
        return True


def _french(held: float, value: float) -> bool:
    """Sixty-ten, four-twenty, four-twenty-ten, ten-seven."""
    teens = held in {60, 80} and _TEN <= value < _TWENTY
    return teens or (held == 4 and value == _TWENTY) or (held in {10, 70, 90} and value in {7, 8, 9})  # noqa: PLR2004


def _hyphen_inside(tokens: Sequence[Token], index: int, words: Words) -> bool:
    """Whether a token is the hyphen of a compound number (`twenty-six`, `half-a-million`), which reading skips."""
    if tokens[index].norm != "-" or not 0 < index < len(tokens) - 1 or not tokens[index].tight:
        return False
    before, after = tokens[index - 1], tokens[index + 1]
    if not after.tight or after.kind is not Kind.WORD:
        return False
    half = after.norm in words.number_class["articles"] and before.norm in words.number_class["halves"]
    return half or (after.norm in words.splits and (before.kind is Kind.WORD or after.norm in words.scales))
