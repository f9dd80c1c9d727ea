"""The notation of the lexicon files, English inflection, and the tree of phrases."""

import pytest

from watcher.figures.phrases import Phrases, expand, inflect, plural
from watcher.figures.tokens import Kind, fold, tokenise


@pytest.mark.parametrize(
    ("phrase", "sequences"),
    [
        ("dead", {("dead",)}),
        ("shot|gunned dead", {("shot", "dead"), ("gunned", "dead")}),
        ("their|the homes", {("their", "homes"), ("the", "homes")}),
        ("leave [their] homes", {("leave", "homes"), ("leave", "their", "homes")}),
        ("in [a|the] camp", {("in", "camp"), ("in", "a", "camp"), ("in", "the", "camp")}),
    ],
)
def test_expand(phrase: str, sequences: set[tuple[str, ...]]) -> None:
    assert set(expand(phrase)) == sequences


@pytest.mark.parametrize(
    ("verb", "forms"),
    [
        ("kill", ("kills", "killed", "killed", "killing")),
        ("displace", ("displaces", "displaced", "displaced", "displacing")),
        ("bury", ("buries", "buried", "buried", "burying")),
        ("crush", ("crushes", "crushed", "crushed", "crushing")),
        ("flee", ("flees", "fled", "fled", "fleeing")),
    ],
)
def test_inflect(verb: str, forms: tuple[str, ...]) -> None:
    found = inflect(verb, {"flee": ("flees", "fled", "fled", "fleeing")})
    assert (found["base"][1], found["past"][0], found["participle"][0], found["gerund"][0]) == forms


def test_plural() -> None:
    assert [plural(noun) for noun in ("death", "injury", "siege", "loss")] == ["deaths", "injuries", "sieges", "losses"]


def test_the_longest_phrase_wins_in_either_direction() -> None:
    forward: Phrases[str] = Phrases()
    backward: Phrases[str] = Phrases(backward=True)
    for phrases in (forward, backward):
        phrases.add(("more",), "more")
        phrases.add(("more", "than"), "more than")
    words = ["some", "more", "than", "ten"]
    assert forward.longest(words, 1) == (("more than",), 3)
    assert backward.longest(words, 3) == (("more than",), 1)
    assert forward.longest(words, 3) is None
    assert backward.longest(words, 0) is None


def test_fold_keeps_apart_what_turkish_keeps_apart() -> None:
    assert fold("öldü") != fold("oldu")
    assert fold("Élan") == "elan"
    assert fold("آلاف") == fold("الاف")
    assert fold("İSTANBUL") == fold("istanbul")


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        ("1.2m people", [("1.2", Kind.DIGITS), ("m", Kind.WORD), ("people", Kind.WORD)]),
        ("the 9th", [("the", Kind.WORD), ("9th", Kind.ORDINAL)]),
        ("RAV4 MH17", [("RAV4", Kind.OPAQUE), ("MH17", Kind.OPAQUE)]),
        ("173mm", [("173mm", Kind.OPAQUE)]),
        ("40homes", [("40", Kind.DIGITS), ("homes", Kind.WORD)]),
        ("U.S. troops", [("U.S.", Kind.WORD), ("troops", Kind.WORD)]),
        ("12 345 men", [("12 345", Kind.DIGITS), ("men", Kind.WORD)]),
        ("Iraq's", [("Iraq", Kind.WORD), ("'s", Kind.WORD)]),
        ("https://example.org/5/people", [("https://example.org/5/people", Kind.OPAQUE)]),
    ],
)
def test_tokens(text: str, tokens: list[tuple[str, Kind]]) -> None:
    found = tokenise(text)
    assert [(token.text, token.kind) for token in found] == tokens
    assert all(text[token.start : token.end] == token.text for token in found)
