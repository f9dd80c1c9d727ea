"""What the grammar knows of a language: words by class, number words, nouns, predicates, read from `lexicon/*.yaml`."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Flag, StrEnum, auto
from functools import cache
from importlib.resources import files
from typing import Any, Final

import yaml

from watcher.figures.phrases import GAP, NAME, Phrases, expand, inflect, plural
from watcher.figures.tokens import fold
from watcher.model import Flow, Modality, Qualifier, Subject, Unit

LANGUAGES: Final = ("en", "ar", "tr", "fr", "es", "de", "pt")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_SHORTEST_STEM: Final = 3
_STEM: Final = re.compile(r"(?P<stem>[^\W\d_]+)~(?P<name>\w+)")
_LOST: Final = "\ufffd"
_MENDED: Final = 5


class Frame(StrEnum):
    """Where those who are counted stand to a predicate.

    `VERB`: its object, or the subject of its passive (kill). `ACT`: its subject (flee). `STATE`: what is said of them
    (homeless, in custody). `EVENT`: a noun that takes them with *of* (the displacement of). `ANY`: the nearest side.
    """

    VERB = "verb"
    ACT = "act"
    STATE = "state"
    EVENT = "event"
    ANY = "any"


class Form(Flag):
    """Which form of the verb a phrase is; past and participle are often one (killed)."""

    NONE = 0
    BASE = auto()
    PAST = auto()
    PARTICIPLE = auto()
    GERUND = auto()


@dataclass(frozen=True, slots=True)
class Predicate:
    """What may be said of people or dwellings. `only`: of this unit alone; `weak`: a noun that says more wins."""

    subject: Subject
    frame: Frame
    form: Form = Form.NONE
    only: Unit | None = None
    weak: bool = False


@dataclass(frozen=True, slots=True)
class Noun:
    """What may be counted.

    `needs`: only where this is said of it. `singular`: it may stand before another noun. `national`: a people's name.
    """

    unit: Unit
    subject: Subject | None = None
    needs: Subject | None = None
    singular: bool = False
    national: bool = False


@dataclass(frozen=True, slots=True)
class Bounds:
    """What a number phrase is worth: exact where both ends are one, else vague."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Words:
    """A language, ready for the grammar. `classes` are the function words by name; see the files for the rest."""

    language: str
    decimal: str
    inflected: bool
    glued: tuple[str, ...]
    detect: frozenset[str]
    capitals: Mapping[str, str]
    classes: Mapping[str, frozenset[str]]
    cardinals: Mapping[str, int]
    hundreds: Mapping[str, int]
    scales: Mapping[str, int]
    number_class: Mapping[str, frozenset[str]]
    number_phrases: Phrases[Bounds]
    number_starts: frozenset[str]
    qualifiers: Phrases[Qualifier]
    qualifiers_after: Phrases[Qualifier]
    nouns: Phrases[Noun]
    groups: Phrases[Subject]
    predicates: Phrases[Predicate]
    modality: Phrases[Modality]
    flow_before: Phrases[Flow]
    flow_after: Phrases[Flow]
    decrease: Phrases[bool]
    according: Phrases[bool]
    stems: frozenset[str] = field(default=frozenset())
    vocabulary: frozenset[str] = field(default=frozenset())
    splits: frozenset[str] = field(default=frozenset())
    marks: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def has(self, name: str, word: str) -> bool:
        """Whether a word is of a class of function words."""
        return word in self.classes.get(name, frozenset())

    def canon(self, norm: str) -> str:
        """The lexicon's own form of a folded word: itself, or the stem that it begins with (`askerleri` → `asker*`)."""
        if norm in self.vocabulary:
            return norm
        if _LOST in norm:
            return self._mended(norm)
        if self.language == "ar":
            return next((form for form in arabic_forms(norm) if form in self.vocabulary), self._stem(norm))
        return self._stem(norm) if self.stems else norm

    def _mended(self, norm: str) -> str:
        """A word with letters lost to a wrong decoding (`fam�lias`), where the lexicon has just one for it."""
        if len(norm) < _MENDED or norm.count(_LOST) > len(norm) // 3:
            return norm
        fits = (word for word in self.vocabulary if len(word) == len(norm))
        found = [word for word in fits if all(a in {b, _LOST} for a, b in zip(norm, word, strict=True))]
        return found[0] if len(found) == 1 else norm

    def _stem(self, norm: str) -> str:
        for length in range(min(len(norm), 16), _SHORTEST_STEM - 1, -1):
            if norm[:length] in self.stems:
                return norm[:length] + "*"
        return norm


def arabic_forms(norm: str) -> Iterator[str]:
    """An Arabic word without what is written onto it: و ف ب ل ك, and the article."""
    bare = norm[1:] if len(norm) > _SHORTEST_STEM and norm[0] in "وفبلك" else ""
    if bare:
        yield bare
    for word in (norm, bare):
        if word.startswith(("ال", "لل")) and len(word) > _SHORTEST_STEM + 1:
            yield word[2:]


@cache
def load(language: str) -> Words:
    """The lexicon of a language, one of `LANGUAGES`."""
    text = files("watcher.figures").joinpath(f"lexicon/{language}.yaml").read_text(encoding="utf-8")
    return _build(yaml.load(text, Loader=_LOADER))  # noqa: S506 - a safe one


def _build(raw: Mapping[str, Any]) -> Words:
    numbers, source = raw["numbers"], raw.get("source", {})
    classes = {name: _set(words) for name, words in raw["classes"].items()}
    classes["countries"] = _set(raw.get("countries", ""))
    for name in ("said", "roles"):
        classes[name] = _set(source.get(name, ""))
    levels = raw.get("levels", {})
    for name in ("nouns", "links", "changes"):
        classes[f"level_{name}"] = _set(levels.get(name, ""))
    cardinals = {fold(str(word)): value for word, value in numbers["cardinals"].items()}
    if numbers.get("compounds"):
        cardinals |= _german(cardinals)
    scales = {fold(str(word)): value for word, value in numbers["scales"].items()}
    number_phrases = _number_phrases(numbers)
    words = Words(
        language=raw["language"],
        decimal=raw["decimal"],
        inflected=bool(raw.get("inflected")),
        glued=tuple(str(raw.get("glued", "")).split()),
        detect=_set(raw["detect"]),
        capitals=raw.get("capitals", {}),
        classes=classes,
        cardinals=cardinals,
        hundreds={fold(str(word)): value for word, value in numbers.get("hundreds", {}).items()},
        scales=scales,
        number_class={
            name: _set(numbers.get(name, "")) for name in ("articles", "and", "halves", "fractions", "point")
        },
        number_phrases=number_phrases,
        number_starts=frozenset(cardinals) | frozenset(scales) | number_phrases.words,
        qualifiers=_by_value(raw["qualifiers"].get("before", {}), Qualifier, backward=True),
        qualifiers_after=_by_value(raw["qualifiers"].get("after", {}), Qualifier),
        nouns=_nouns(raw),
        groups=_by_value(raw.get("groups", {}), Subject, backward=True),
        predicates=_predicates(raw),
        modality=_by_value(raw.get("modality", {}), Modality),
        flow_before=_listed(raw, "new_before", Flow.NEW, backward=True),
        flow_after=_listed(raw, "new_after", Flow.NEW),
        decrease=_flags(raw.get("flow", {}).get("decrease", ()), backward=True),
        according=_flags(source.get("according", ())),
    )
    return _with_vocabulary(words)


def _with_vocabulary(words: Words) -> Words:
    every: set[str] = set().union(*words.classes.values(), *words.number_class.values())
    every |= set(words.cardinals) | set(words.hundreds) | set(words.scales)
    for phrases in (
        words.number_phrases, words.qualifiers, words.qualifiers_after, words.nouns, words.groups, words.predicates,
        words.modality, words.flow_before, words.flow_after, words.decrease, words.according,
    ):  # fmt: skip
        every |= phrases.words - {GAP, NAME}
    stems = frozenset(word[:-1] for word in every if word.endswith("*"))
    fields = {name: getattr(words, name) for name in Words.__slots__}
    splits = words.number_starts | frozenset(words.hundreds) | words.number_class["halves"]
    return Words(
        **{**fields, "stems": stems, "vocabulary": frozenset(every), "splits": splits, "marks": _marks(words.classes)}
    )


def _german(words: Mapping[str, int]) -> dict[str, int]:
    """Every German number below a thousand, which are single words: `dreihundertfünfundzwanzig`."""
    ones = {value: word for word, value in words.items() if value < 10}  # noqa: PLR2004
    below = {value: word for word, value in words.items() if value < 20}  # noqa: PLR2004
    for value, word in [(value, word) for word, value in words.items() if 20 <= value < 100]:  # noqa: PLR2004
        below[value] = word
        below |= {value + one: ("ein" if one == 1 else ones[one]) + "und" + word for one in range(1, 10)}
    found = {word: value for value, word in below.items()}
    for hundreds in range(1, 10):
        for prefix in ("ein", "") if hundreds == 1 else (ones[hundreds],):
            found[f"{prefix}hundert"] = hundreds * 100
            for value, word in (*below.items(), *((1, one) for one in ("ein", "eins", "eine"))):
                found |= {f"{prefix}hundert{joint}{word}": hundreds * 100 + value for joint in ("", "und") if value}
    return found


def _marks(classes: Mapping[str, frozenset[str]]) -> dict[str, frozenset[str]]:
    """The classes of every function word."""
    every = frozenset().union(*classes.values())
    return {word: frozenset(name for name, listed in classes.items() if word in listed) for word in every}


def _set(listed: str | Sequence[str]) -> frozenset[str]:
    return frozenset(fold(str(word)) for word in (listed.split() if isinstance(listed, str) else listed))


def _sequences(phrase: str) -> Iterator[tuple[str, ...]]:
    for words in expand(str(phrase)):
        yield tuple(word if word == GAP else fold(word) for word in words)


def _by_value(table: Mapping[str, Sequence[str]], kind: Any, *, backward: bool = False) -> Phrases[Any]:
    found: Phrases[Any] = Phrases(backward=backward)
    for name, listed in table.items():
        for phrase in listed:
            for words in _sequences(phrase):
                found.add(words, kind(name))
    return found


def _listed(raw: Mapping[str, Any], name: str, value: Flow, *, backward: bool = False) -> Phrases[Flow]:
    return _by_value({value: raw.get("flow", {}).get(name, ())}, Flow, backward=backward)


def _flags(listed: Sequence[str], *, backward: bool = False) -> Phrases[bool]:
    return _by_value({"yes": listed}, bool, backward=backward)


def _number_phrases(numbers: Mapping[str, Any]) -> Phrases[Bounds]:
    found: Phrases[Bounds] = Phrases()
    for phrase, value in (numbers.get("exact") or {}).items():
        for words in _sequences(phrase):
            found.add(words, Bounds(value, value))
    for phrase, (low, high) in (numbers.get("vague") or {}).items():
        for words in _sequences(phrase):
            found.add(words, Bounds(low, high))
    return found


def _nouns(raw: Mapping[str, Any]) -> Phrases[Noun]:
    found: Phrases[Noun] = Phrases()
    for entry in raw["nouns"]:
        subject, needs = entry.get("subject"), entry.get("needs")
        unit = Unit(entry["unit"])
        for phrase in (*str(entry.get("words", "")).split(), *entry.get("phrases", ())):
            for words in _sequences(phrase):
                found.add(words, Noun(
                    unit, Subject(subject) if subject else None, Subject(needs) if needs else None,
                    _may_modify(words[-1]) if raw.get("inflected") else False,
                ))  # fmt: skip
    for word in str(raw.get("peoples", "")).split():
        found.add((fold(word),), Noun(Unit.PEOPLE, national=True))
    return found


_PLURALS: Final = frozenset(
    {"people", "men", "women", "children", "dead", "wounded", "injured", "displaced", "personnel", "idps"}
)


def _may_modify(word: str) -> bool:
    """Whether an English noun may stand before another as its modifier: a singular (`refugee camps`)."""
    return not (
        word in _PLURALS
        or word.endswith(("men", "people", "children"))
        or (word.endswith("s") and not word.endswith("ss"))
    )


def _predicates(raw: Mapping[str, Any]) -> Phrases[Predicate]:
    """The phrases of all predicates. There are a hundred thousand, so what they mean is made once for all of a kind."""
    meanings: dict[tuple[Predicate, ...], tuple[Predicate, ...]] = {}
    joined: dict[tuple[tuple[Predicate, ...], Predicate, Form], tuple[Predicate, ...]] = {}
    forms: dict[tuple[str, ...], tuple[Predicate, ...]] = {}
    for entry in raw["predicates"]:
        for plain, phrases in _phrases_of(entry, raw):
            for words, form in phrases:
                step = forms.get(words, ()), plain, form
                if step not in joined:
                    made = _joined(*step)
                    joined[step] = meanings.setdefault(made, made)
                forms[words] = joined[step]
    found: Phrases[Predicate] = Phrases(stops=_gap_stops(raw))
    for words, of in forms.items():
        found.put(words, of)
    return found


def _joined(before: tuple[Predicate, ...], plain: Predicate, form: Form) -> tuple[Predicate, ...]:
    """What a phrase means, with one form more of one predicate."""
    for index, other in enumerate(before):
        if replace(other, form=Form.NONE) == plain:
            return (*before[:index], replace(other, form=other.form | form), *before[index + 1 :])
    return (*before, replace(plain, form=form))


_GAP_STOPS: Final = ("be", "have", "modal", "preposition", "relative", "subordinator", "conjunction", "gap_stops")


def _gap_stops(raw: Mapping[str, Any]) -> frozenset[str]:
    """What no gap in a phrase passes: words that open something else."""
    classes = raw["classes"]
    stops: frozenset[str] = frozenset().union(*(_set(classes.get(name, "")) for name in _GAP_STOPS))
    return stops - _set(classes.get("determiner", ""))


_FRAMES: Final = {
    "verbs": Frame.VERB,
    "acts": Frame.ACT,
    "states": Frame.STATE,
    "events": Frame.EVENT,
    "any": Frame.ANY,
}
_FORMS: Final = {form.lower(): Form[form] for form in ("BASE", "PAST", "PARTICIPLE", "GERUND")}


def _phrases_of(
    entry: Mapping[str, Any], raw: Mapping[str, Any]
) -> Iterator[tuple[Predicate, Iterator[tuple[tuple[str, ...], Form]]]]:
    """Every phrase of a predicate with its form, as the file has it, or inflected where the file leaves that to us."""
    countries = "|".join(str(raw.get("countries", "")).split())
    endings = {name: str(listed).split() for name, listed in raw.get("endings", {}).items()}
    irregular = {verb: tuple(forms.split()) for verb, forms in raw.get("inflections", {}).items()}
    only = Unit(entry["only"]) if entry.get("only") else None
    for name, frame in (*_FRAMES.items(), *((form, Frame.VERB) for form in _FORMS)):
        plain = Predicate(Subject(entry["subject"]), frame, Form.NONE, only, bool(entry.get("weak")))
        for phrase in entry.get(name) or ():
            for words in _sequences(_with_endings(phrase.replace("$country", countries), endings)):
                if raw.get("inflected") and name not in _FORMS:
                    forms = _inflected(words, frame, irregular)
                else:
                    forms = iter(
                        [(words, Form.PAST | Form.PARTICIPLE if name == "verbs" else _FORMS.get(name, Form.NONE))]
                    )
                yield plain, forms


def _with_endings(phrase: str, endings: Mapping[str, Sequence[str]]) -> str:
    """`evacu~ar` is the stem with each of the endings that the file calls `ar`."""
    return _STEM.sub(lambda found: "|".join(found["stem"] + end.strip("_") for end in endings[found["name"]]), phrase)


def _inflected(
    words: tuple[str, ...], frame: Frame, irregular: Mapping[str, tuple[str, ...]]
) -> Iterator[tuple[tuple[str, ...], Form]]:
    if frame is Frame.VERB or frame is Frame.ACT:
        rest = words[1:]
        for form, firsts in inflect(words[0], irregular).items():
            for first in firsts:
                yield (first, *rest), _FORMS[form]
        return
    yield words, Form.NONE
    if frame is Frame.EVENT and len(words) == 1:
        yield (plural(words[0]),), Form.NONE
