"""What holds for every figure, whatever the sentence."""

import pytest

from watcher.figures import find
from watcher.figures.language import choose, detect
from watcher.figures.lexicon import LANGUAGES, load
from watcher.model import Figure, Flow, Modality, Qualifier, Subject, Unit


def test_positions_are_of_the_text_and_not_of_the_sentence() -> None:
    text = "Nothing happened.\n\nThen 1.3 million people fled. Between 20 and 30 soldiers died."
    first, second = find(text)
    assert text[first.start : first.end] == "1.3 million"
    assert first.quote == "Then 1.3 million people fled."
    assert text[second.start : second.end] == "20 and 30"
    assert second.quote == "Between 20 and 30 soldiers died."


def test_a_figure_has_every_field() -> None:
    (figure,) = find("According to the UNHCR, up to 4,000 more people could flee Tikrit.")
    assert figure == Figure(
        value=4000,
        low=None,
        high=4000,
        vague=False,
        qualifier=Qualifier.AT_MOST,
        unit=Unit.PEOPLE,
        subject=Subject.DISPLACED,
        modality=Modality.EXPECTED,
        flow=Flow.NEW,
        place="tikrit",
        source="UNHCR",
        quote="According to the UNHCR, up to 4,000 more people could flee Tikrit.",
        start=30,
        end=35,
    )


def test_whole_numbers_are_whole() -> None:
    (figure,) = find("Some 1.3 million people fled.")
    assert isinstance(figure.value, int)


def test_places_go_by_the_name_given() -> None:
    places = {"mosul": "Mosul", "الموصل": "Mosul", "nineveh plain": "Mosul"}
    (english,) = find("About 40 families fled the Nineveh Plain.", places=places)
    (arabic,) = find("نزح 300 شخص من الموصل.", "ar", places=places)
    assert english.place == arabic.place == "Mosul"


def test_a_place_given_is_found_without_a_preposition() -> None:
    (figure,) = find("Mosul: 12 dead", places={"mosul": "Mosul"})
    assert figure.place == "Mosul"


def test_place_and_source_of_the_sentence_before() -> None:
    _, second = find("The Red Crescent said 10 people were hurt in Kut. Another 12 people are missing.")
    assert (second.place, second.source) == ("kut", "Red Crescent")


def test_no_text_no_figures() -> None:
    assert find("") == ()
    assert find("\n \t") == ()
    assert find("No number stands here.") == ()


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The army said that ten people were killed in the north.", "en"),
        ("Au moins dix personnes ont été tuées dans le nord du pays.", "fr"),
        ("Al menos diez personas murieron en el norte del país.", "es"),
        ("Mindestens zehn Menschen wurden bei dem Anschlag in der Stadt getötet.", "de"),
        ("Saldırıda en az on kişi öldü ve çok sayıda kişi yaralandı, daha sonra bir açıklama yapıldı.", "tr"),
        ("قتل عشرة أشخاص في الهجوم.", "ar"),
        ("12 killed", "en"),
        ("", "en"),
    ],
)
def test_the_text_tells_its_language(text: str, language: str) -> None:
    assert detect(text) == language


def test_a_language_told_is_kept_and_one_not_read_here_is_not() -> None:
    assert choose("Twelve people", "ar-IQ") == "ar"
    assert choose("Twelve people", "tr_TR") == "tr"
    assert choose("The number of people in the city", "nl") == "en"


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_lexicon_has_what_the_grammar_asks_for(language: str) -> None:
    words = load(language)
    assert words.language == language
    assert words.cardinals
    assert words.scales
    assert words.nouns.words
    assert words.predicates.words
    assert words.detect
    assert "" not in words.vocabulary


@pytest.mark.parametrize(
    "piece", ["1 ", "1,", "1-", "(5 ", "two hundred ", "thousands of ", "12 people ", "5 killed\n"]
)
def test_long_runs_of_numbers_are_read(piece: str) -> None:
    text = piece * 2_000
    figures = find(text, "en")
    assert all(len(figure.quote) <= 1_500 for figure in figures)
