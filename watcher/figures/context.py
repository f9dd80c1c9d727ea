"""What is told of a figure itself: whether it is so, may come or could be held; a level, an addition, a rate."""

import re
from typing import Final

from watcher.figures.lexicon import Frame
from watcher.figures.links import Mention
from watcher.figures.sentence import Sentence
from watcher.model import Flow, Modality, Subject

_BEFORE: Final = 5
_RATE_REACH: Final = 6
_PLACE_REACH: Final = 14
_SOURCE_LENGTH: Final = 9
_ALIAS_LENGTH: Final = 5
_WORDS: Final = re.compile(r"[^\w]+")


def modality(sentence: Sentence, mention: Mention) -> Modality:
    """`capacity` or `expected` where a word that says so governs the figure, else `reported`."""
    start, stop = _governed(sentence, mention)
    if mention.link and mention.link.left and is_event(mention):
        ahead = range(mention.end, min(len(sentence.norms), mention.end + 4))
        stop = next((at for at in ahead if sentence.norm(at) in {",", ";", ":", "("}), ahead.stop)
    found = {
        said
        for at in range(start, stop)
        if (hit := sentence.words.modality.longest(sentence.norms, at))
        for said in hit[0]
    }
    if Modality.CAPACITY in found:
        return Modality.CAPACITY
    return Modality.EXPECTED if Modality.EXPECTED in found else Modality.REPORTED


def _governed(sentence: Sentence, mention: Mention) -> tuple[int, int]:
    """The tokens whose words tell the modality: before the verb and its figure, within the clause."""
    link = mention.link
    first = mention.begin
    if link and link.left and link.last <= mention.begin:
        first = link.first
    start = first
    while start > max(0, first - _BEFORE) and sentence.norm(start - 1) not in {
        ",",
        ";",
        ":",
        ".",
        "(",
        ")",
        "and",
        "but",
    }:
        start -= 1
    stop = mention.begin
    if link and not link.left and link.first >= mention.end:
        stop = link.last
    elif link is None:
        stop = min(len(sentence.norms), mention.end + 1)
    return start, stop


def flow(sentence: Sentence, mention: Mention) -> Flow:
    """`rate` with a unit of time, `new` with words of addition, else `total`."""
    if _rate(sentence, mention):
        return Flow.RATE
    inside = range(mention.quantity.end, mention.end)
    if mention.quantity.flow or any(sentence.has("more", at) and sentence.norm(at + 1) != "than" for at in inside):
        return Flow.NEW
    return Flow.TOTAL


def _rate(sentence: Sentence, mention: Mention) -> bool:
    stop = min(len(sentence.norms), mention.end + _RATE_REACH)
    if mention.link and not mention.link.left:
        stop = min(len(sentence.norms), max(stop, mention.link.last + 4))
    for at in range(mention.end, stop):
        if sentence.norm(at) in {",", ";", ":", "."}:
            break
        if sentence.has("rate_alone", at):
            return True
        if sentence.has("per", at) and sentence.has("rate_unit", at + 1) and not sentence.has("rate_not", at + 2):
            return not (sentence.norm(at) in {"a", "an"} and sentence.has("preposition", at - 1))
    near = range(max(0, mention.begin - 3), mention.begin)
    return any(sentence.has("rate_alone", at) for at in near)


def is_event(mention: Mention) -> bool:
    """Whether a figure is told by a noun of event."""
    return (
        mention.link is not None and mention.link.said.frame is Frame.EVENT and mention.subject is not Subject.RESIDENTS
    )
