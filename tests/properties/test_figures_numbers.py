"""A number written in any form that is read comes back as itself, wherever it stands in a sentence."""

from typing import Final

import pytest
from hypothesis import given, strategies as st

from watcher.figures import find
from watcher.figures.lexicon import LANGUAGES, load
from watcher.figures.numbers import parse_digits
from watcher.model import Figure, Qualifier, Subject

SMALL: Final = [
    "zero",
    "one",
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
    "thirteen",
    "fourteen",
    "fifteen",
    "sixteen",
    "seventeen",
    "eighteen",
    "nineteen",
]
TENS: Final = ["_", "_", "twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
GERMAN: Final = [
    "null",
    "ein",
    "zwei",
    "drei",
    "vier",
    "fünf",
    "sechs",
    "sieben",
    "acht",
    "neun",
    "zehn",
    "elf",
    "zwölf",
]
GERMAN_TENS: Final = [
    "_",
    "zehn",
    "zwanzig",
    "dreißig",
    "vierzig",
    "fünfzig",
    "sechzig",
    "siebzig",
    "achtzig",
    "neunzig",
]
COUNTS: Final = st.integers(min_value=2, max_value=99_999_999)
BELOW_MILLION: Final = st.integers(min_value=2, max_value=999_999)


@pytest.fixture(scope="module", autouse=True)
def _lexicons() -> None:
    for language in LANGUAGES:
        load(language)


def words(number: int) -> str:
    """English, as style guides spell it: `three hundred and twenty-one thousand and five`."""
    if number < 20:
        return SMALL[number]
    if number < 100:
        return TENS[number // 10] + (f"-{SMALL[number % 10]}" if number % 10 else "")
    for size, name in ((1_000_000, "million"), (1_000, "thousand"), (100, "hundred")):
        if number >= size:
            rest = number % size
            joint = " and " if rest < 100 else " "
            return f"{words(number // size)} {name}" + (f"{joint}{words(rest)}" if rest else "")
    raise AssertionError(number)


def german(number: int) -> str:
    """German, as one word below a million."""
    if number < 13:
        return GERMAN[number]
    if number < 20:
        return {16: "sechzehn", 17: "siebzehn"}.get(number, GERMAN[number - 10] + "zehn")
    if number < 100:
        return (f"{GERMAN[number % 10]}und" if number % 10 else "") + GERMAN_TENS[number // 10]
    if number < 1000:
        return f"{GERMAN[number // 100]}hundert" + (german(number % 100) if number % 100 else "")
    return f"{german(number // 1000)}tausend" + (german(number % 1000) if number % 1000 else "")


TURKISH: Final = ["_", "bir", "iki", "üç", "dört", "beş", "altı", "yedi", "sekiz", "dokuz"]
TURKISH_TENS: Final = ["_", "on", "yirmi", "otuz", "kırk", "elli", "altmış", "yetmiş", "seksen", "doksan"]
FRENCH: Final = [
    "zéro", "un", "deux", "trois", "quatre", "cinq", "six", "sept", "huit", "neuf", "dix", "onze", "douze",
    "treize", "quatorze", "quinze", "seize", "dix-sept", "dix-huit", "dix-neuf",
]  # fmt: skip
FRENCH_TENS: Final = {20: "vingt", 30: "trente", 40: "quarante", 50: "cinquante", 60: "soixante"}
SPANISH: Final = [
    "cero", "un", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve", "diez", "once", "doce",
    "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve", "veinte", "veintiún",
    "veintidós", "veintitrés", "veinticuatro", "veinticinco", "veintiséis", "veintisiete", "veintiocho",
    "veintinueve",
]  # fmt: skip
SPANISH_TENS: Final = ["_", "_", "_", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"]
SPANISH_HUNDREDS: Final = [
    "_", "ciento", "doscientas", "trescientas", "cuatrocientas", "quinientas", "seiscientas", "setecientas",
    "ochocientas", "novecientas",
]  # fmt: skip


def french(number: int) -> str:
    """French, as in France: sixty-ten, four-twenties."""
    if number < 20:
        return FRENCH[number]
    if number < 100:
        tens = number // 10 * 10 if number < 70 else 60 if number < 80 else 80
        word, rest = FRENCH_TENS.get(tens, "quatre-vingt"), number - tens
        if rest == 0:
            return word + ("s" if tens == 80 else "")
        return f"{word} et {FRENCH[rest]}" if rest in {1, 11} and tens < 80 else f"{word}-{FRENCH[rest]}"
    if number < 1000:
        head = "cent" if number < 200 else FRENCH[number // 100] + (" cents" if number % 100 == 0 else " cent")
        return head + (f" {french(number % 100)}" if number % 100 else "")
    head = "mille" if number < 2000 else f"{singular(french(number // 1000))} mille"
    return head + (f" {french(number % 1000)}" if number % 1000 else "")


def singular(told: str) -> str:
    """Before *mille*, eighty and the hundreds lose their s."""
    return told.removesuffix("s") if told.endswith(("vingts", "cents")) else told


def spanish(number: int) -> str:
    """Spanish, of persons: the hundreds agree with them."""
    if number < 30:
        return SPANISH[number]
    if number < 100:
        return SPANISH_TENS[number // 10] + (f" y {SPANISH[number % 10]}" if number % 10 else "")
    if number < 1000:
        head = "cien" if number == 100 else SPANISH_HUNDREDS[number // 100]
        return head + (f" {spanish(number % 100)}" if number % 100 else "")
    head = "mil" if number < 2000 else f"{spanish(number // 1000)} mil"
    return head + (f" {spanish(number % 1000)}" if number % 1000 else "")


def turkish(number: int) -> str:
    """Turkish, word by word: neither one hundred nor one thousand is said."""
    if number >= 1000:
        head = "bin" if number < 2000 else f"{turkish(number // 1000)} bin"
        return head + (f" {turkish(number % 1000)}" if number % 1000 else "")
    if number >= 100:
        head = "yüz" if number < 200 else f"{TURKISH[number // 100]} yüz"
        return head + (f" {turkish(number % 100)}" if number % 100 else "")
    if number >= 10:
        return TURKISH_TENS[number // 10] + (f" {TURKISH[number % 10]}" if number % 10 else "")
    return TURKISH[number]


def one(text: str, language: str = "en") -> Figure:
    found = find(text, language)
    assert len(found) == 1, (text, found)
    return found[0]


@given(COUNTS, st.sampled_from([",", "\u00a0", "\u202f", "\u2009", " ", "'"]))
def test_groups_of_three(number: int, separator: str) -> None:
    told = f"{number:,}".replace(",", separator)
    text = f"Officials say {told} people were displaced."
    figure = one(text)
    assert figure.value == number
    assert text[figure.start : figure.end] == told


@given(COUNTS)
def test_plain_digits(number: int) -> None:
    assert one(f"The storm displaced some {number} people.").value == number


@given(COUNTS)
def test_spelled_out(number: int) -> None:
    text = f"At least {words(number)} soldiers were killed."
    figure = one(text)
    assert (figure.value, figure.low, figure.high) == (number, number, None)
    assert text[figure.start : figure.end] == words(number)


@given(BELOW_MILLION)
def test_spelled_out_in_german(number: int) -> None:
    assert one(f"Mindestens {german(number)} Menschen wurden getötet.", "de").value == number


@given(BELOW_MILLION)
def test_spelled_out_in_french(number: int) -> None:
    assert one(f"Au moins {french(number)} personnes ont été tuées.", "fr").value == number


@given(BELOW_MILLION)
def test_spelled_out_in_spanish(number: int) -> None:
    assert one(f"Al menos {spanish(number)} personas fueron evacuadas.", "es").value == number


@given(BELOW_MILLION)
def test_spelled_out_in_turkish(number: int) -> None:
    assert one(f"Selde {turkish(number)} kişi öldü.", "tr").value == number


@given(COUNTS)
def test_told_in_words_and_digits(number: int) -> None:
    figure = one(f"The storm displaced {words(number)} ({number:,}) people.")
    assert (figure.value, figure.subject) == (number, Subject.DISPLACED)


@given(st.integers(min_value=1, max_value=999), st.integers(min_value=0, max_value=9))
def test_decimals_of_a_million(whole: int, tenths: int) -> None:
    number = whole * 1_000_000 + tenths * 100_000
    for told in (f"{whole}.{tenths} million", f"{whole}.{tenths}m", f"{whole}.{tenths} mn"):
        assert one(f"About {told} people have fled.").value == number
    assert one(f"Environ {whole},{tenths} millions de personnes ont fui.", "fr").value == number


@given(COUNTS)
def test_arabic_indic_digits(number: int) -> None:
    eastern = f"{number:,}".translate(str.maketrans("0123456789,", "٠١٢٣٤٥٦٧٨٩٬"))
    assert one(f"نزح {eastern} شخص من المدينة.", "ar").value == number


@given(COUNTS)
def test_points_between_groups(number: int) -> None:
    told = f"{number:,}".replace(",", ".")
    for language, text in (("es", f"Unas {told} personas huyeron."), ("tr", f"{told} kişi öldü.")):
        assert one(text, language).value == number


@given(BELOW_MILLION, st.integers(min_value=1, max_value=999_999), st.sampled_from(["{}-{}", "{} to {}", "{}–{}"]))
def test_ranges(low: int, step: int, form: str) -> None:
    high = low + step
    figure = one(f"Between dawn and dusk, {form.format(f'{low:,}', f'{high:,}')} people were injured.")
    assert (figure.qualifier, figure.low, figure.high) == (Qualifier.RANGE, low, high)
    assert figure.value == (low + high) / 2


@given(BELOW_MILLION)
def test_bounds(number: int) -> None:
    least = one(f"More than {number:,} people were arrested.")
    most = one(f"Up to {number:,} people were arrested.")
    assert (least.low, least.high, least.value) == (number, None, number)
    assert (most.low, most.high, most.value) == (None, number, number)
    assert least.subject is most.subject is Subject.DETAINED


@pytest.mark.parametrize(
    ("text", "decimal", "value"),
    [
        ("1.2", ".", 1.2), ("1,2", ",", 1.2), ("1.200", ",", 1200), ("1.200", ".", 1.2), ("1.234.567", ".", 1_234_567),
        ("1,234.5", ".", 1234.5), ("1.234,5", ",", 1234.5), ("12,34,567", ".", 1_234_567), ("1'000", ".", 1000),
        ("٣٫٥", ".", 3.5), ("12,34", ".", 12.34), ("1,2,3", ".", None), ("9" * 40, ".", None),
    ],
)  # fmt: skip
def test_separators(text: str, decimal: str, value: float | None) -> None:
    assert parse_digits(text, decimal) == value


@given(st.text(max_size=400), st.sampled_from([None, *LANGUAGES, "xx", "pt-BR"]))
def test_any_text_is_read_without_fault(text: str, language: str | None) -> None:
    for figure in find(text, language):
        assert text[figure.start : figure.end].strip()
        assert figure.quote in text
        assert figure.low is None or figure.high is None or figure.low <= figure.value <= figure.high


@given(
    st.lists(
        st.sampled_from(
            [
                "killed",
                "12",
                "people",
                "and",
                ",",
                "of",
                "the",
                "(",
                ")",
                "to",
                "-",
                "3,000",
                "million",
                "one",
                "half",
                "–",
                "were",
                "from",
                "fled",
                "%",
                "in",
                "2016",
            ]
        ),
        max_size=60,
    )
)
def test_any_order_of_telling_words_is_read_without_fault(pieces: list[str]) -> None:
    text = " ".join(pieces)
    found = find(text, "en")
    assert [figure.start for figure in found] == sorted(figure.start for figure in found)
