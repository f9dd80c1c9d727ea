"""Which language a text is in.

The model is imported when first used, for the worker processes read texts, not the daemon.
"""

import re
from collections.abc import Sequence
from functools import cache
from types import MappingProxyType
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

_ENOUGH = 30  # characters; below, a guess is worth less than a hint
_SAMPLE = 500
_SURE = 0.85
_CERTAIN = 0.99
_IMPOSSIBLE = 0.001
_ENOUGH_TO_CONTRADICT = 200
_TAG = re.compile(r"^\s*([a-z]{2,3})(?:[-_][a-z0-9]+)*\s*$", re.IGNORECASE)
_RETIRED = {"iw": "he", "in": "id", "ji": "yi", "nb": "no", "nn": "no"}
# Languages news is written in: the model's dialects and small neighbours would only split their shares.
_NEWS_TAGS = (
    "am ar az bg bn bs ca cs da de el en es et fa fi fr he hi hr hu hy id it ja ka kk ko ku lt lv mk ms nl no pl ps pt"
    " ro ru sdh sk sl so sq sr sv sw ta th tr ug uk ur uz vi zh"
)
_NEWS = frozenset(_NEWS_TAGS.split())
# Words so common in a language that a text full of them need not be put to the model.
_COMMON = MappingProxyType(
    {
        "en": frozenset(("the", "of", "and", "to", "in", "a", "is", "that", "for", "on", "was", "with")),
        "ar": frozenset(("في", "من", "على", "إلى", "أن", "عن", "التي", "الذي", "مع", "ما", "هذا", "بعد")),
        "tr": frozenset(("ve", "bir", "bu", "için", "ile", "de", "da", "olarak", "daha", "olan", "sonra", "kadar")),
    }
)
_COMMON_SHARE = 0.12
# Written in one script alone, as Kurdish, Azeri and Uzbek are not.
_LATIN_TAGS = "bs ca cs da de en es et fi fr hu id it lt lv ms nl no pl pt ro sk sl so sq sv sw tr vi"
_LATIN = frozenset(_LATIN_TAGS.split())
_ARABIC = frozenset(("ar", "ckb", "fa", "ps", "ug", "ur"))
_SORANI = ("sdh", "ckb")  # the model's only Kurdish in Arabic script stands for Sorani


def detect(text: str, hint: str | None) -> str | None:
    """The language of a text as a primary subtag (BCP 47), such as `en`; `hint` where the text is short or unclear."""
    sample = _sample(text)
    if len(sample) < _ENOUGH:
        return primary(hint)
    language, share = _ranked(sample)[0]
    return language if share >= _SURE else primary(hint)


def settle(text: str, declared: str | None, hint: str | None = None) -> str | None:
    """The language a page declares, unless a text of some length surely is in another.

    A text in Arabic letters, however short, is in no language of Latin ones, and the other way round where it is more
    than names; `hint` is what else is said of its language, such as by its feed.
    """
    if declared is None:
        return detect(text, None)
    sample = _sample(text)
    if declared in _foreign(sample):
        return detect(text, None if primary(hint) in _foreign(sample) else hint)
    if len(sample) < _ENOUGH_TO_CONTRADICT or declared not in _NEWS | {_SORANI[1]} or _is_plainly(sample, declared):
        return declared
    ranked = _ranked(sample)
    language, share = ranked[0]
    contradicted = share >= _CERTAIN and dict(ranked).get(declared, 1.0) < _IMPOSSIBLE
    return language if contradicted and (declared, language) != ("ku", "ckb") else declared


def primary(tag: str | None) -> str | None:
    """The primary subtag of a language tag or locale (`ar` of `ar-IQ`, `en` of `en_GB`), None for what is none."""
    found = _TAG.match(tag or "")
    if not found:
        return None
    language = found[1].lower()
    return _RETIRED.get(language, language)


def _sample(text: str) -> str:
    return " ".join(text[:_SAMPLE].split())


def _foreign(sample: str) -> frozenset[str]:
    """The languages that a sample cannot be in, by the letters of most of it."""
    arabic = sum("\u0620" <= letter <= "\u06ff" for letter in sample)
    latin = sum(letter.isalpha() and letter < "\u0250" for letter in sample)
    if arabic == latin or min(arabic, latin) * 3 > max(arabic, latin):
        return frozenset()
    if arabic > latin:
        return _LATIN
    return _ARABIC if len(sample) >= _ENOUGH else frozenset()


def _is_plainly(sample: str, language: str) -> bool:
    words = sample.lower().split()
    common = _COMMON.get(language, frozenset())
    return sum(word in common for word in words) > _COMMON_SHARE * len(words)


def _ranked(sample: str) -> Sequence[tuple[str, float]]:
    """Languages with their shares of probability, the likeliest first."""
    model, name = _SORANI
    return [(name if language == model else language, share) for language, share in _identifier().rank(sample)]


@cache
def _identifier() -> "LanguageIdentifier":
    from py3langid.langid import MODEL_FILE, LanguageIdentifier  # noqa: PLC0415 - see above

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    identifier.set_languages([language for language in identifier.labels if language in _NEWS])
    return identifier
