"""The sentences that matched, with the terms marked, trimmed around them where long."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from watcher.digest.clean import Direction, direction, piece
from watcher.model import DigestArticle, Evidence

_LONG = 340  # characters of a quote that are shown untrimmed
_AROUND = 110  # characters kept at least on either side of a marked term
_REACH = 25  # how far a cut may move to fall between words
_MOST = 3  # quotes an article

Span = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Piece:
    """A run of text, marked or not."""

    text: str
    marked: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Passage:
    """One quoted sentence. `label` names the field where it is neither title nor text."""

    pieces: tuple[Piece, ...]
    direction: Direction
    label: str = ""


def passages(article: DigestArticle) -> tuple[Passage, ...]:
    """The article's matched sentences, at most three, in the order of their evidence; the title is not among them."""
    quotes: dict[tuple[str, int, str], list[Span]] = {}
    for evidence in article.matches:
        if evidence.field != "title" and evidence.quote.strip():
            key = (evidence.field, evidence.quote_start, evidence.quote)
            quotes.setdefault(key, []).extend(_spans(evidence, evidence.quote))
    made: list[Passage] = []
    for (field, _, quote), spans in quotes.items():
        if len(made) == _MOST:
            break
        passage = _passage(quote, spans, article.language, "" if field == "text" else field)
        if passage.pieces and passage not in made:
            made.append(passage)
    return tuple(made)


def headline_pieces(headline: str, article: DigestArticle, *, mark: bool) -> tuple[Piece, ...]:
    """The headline; where `mark`, with what was found in the title marked."""
    spans: list[Span] = []
    if mark and headline == article.title:
        for evidence in article.matches:
            if evidence.field == "title":
                spans.extend(_spans(evidence, headline))
    return _tidy(_pieces(headline, _merged(spans)))


def _spans(evidence: Evidence, text: str) -> Iterable[Span]:
    """Where `found` stands in `text`; nowhere, where the offsets lie."""
    start = evidence.start - evidence.quote_start if evidence.field != "title" else evidence.start
    end = start + evidence.end - evidence.start
    if 0 <= start < end <= len(text) and text[start:end] == evidence.found:
        return ((start, end),)
    start = text.find(evidence.found) if evidence.found else -1
    return ((start, start + len(evidence.found)),) if start >= 0 else ()


def _passage(quote: str, spans: Sequence[Span], language: str | None, label: str) -> Passage:
    marks = _merged(spans)
    pieces: list[Piece] = []
    reached = 0
    for start, end in _windows(quote, marks):
        gap = "… " if start and not reached else " … " if start > reached else ""
        inside = [(max(s, start), min(e, end)) for s, e in marks if s < end and e > start]
        pieces += [
            Piece(text=gap, marked=False),
            *_pieces(quote[start:end], [(s - start, e - start) for s, e in inside]),
        ]
        reached = end
    if reached < len(quote.rstrip()):
        pieces.append(Piece(text=" …", marked=False))
    return Passage(pieces=_tidy(pieces), direction=direction(quote, language), label=label)


def _windows(quote: str, marks: Sequence[Span]) -> list[Span]:
    """The parts of a quote to show: all of it, or what surrounds its marks."""
    if len(quote) <= _LONG:
        return [(0, len(quote))]
    marks = marks or [(0, 0)]
    around = max(_AROUND, _LONG // (2 * len(marks)))
    windows: list[Span] = []
    room = _LONG
    for start, end in marks:
        near = [e for s, e in marks if s <= end + around and e - start <= _LONG]
        stop = max([min(end, start + _LONG), *near])
        window = (_cut(quote, max(0, start - around), -1), _cut(quote, min(len(quote), stop + around), 1))
        if windows and window[0] <= windows[-1][1]:
            room += windows[-1][1] - windows[-1][0]
            window = (windows.pop()[0], window[1])
        windows.append(window)
        room -= window[1] - window[0]
        if room < around:
            break
    return windows


def _cut(text: str, place: int, step: int) -> int:
    """The nearest gap between words from `place` outwards; `place` itself in writing without gaps."""
    for moved in range(_REACH):
        at = place + step * moved
        if at <= 0 or at >= len(text):
            return max(0, min(len(text), at))
        if text[at - 1 if step < 0 else at].isspace():
            return at
    return place


def _merged(spans: Iterable[Span]) -> list[Span]:
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _pieces(text: str, marks: Iterable[Span]) -> list[Piece]:
    pieces: list[Piece] = []
    reached = 0
    for start, end in marks:
        pieces += [Piece(text=text[reached:start], marked=False), Piece(text=text[start:end], marked=True)]
        reached = end
    return [*pieces, Piece(text=text[reached:], marked=False)]


def _tidy(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """Cleaned, without empty pieces, trimmed at both ends."""
    kept = [Piece(text=text, marked=item.marked) for item in pieces if (text := piece(item.text))]
    if kept:
        kept[0] = Piece(text=kept[0].text.lstrip(), marked=kept[0].marked)
        kept[-1] = Piece(text=kept[-1].text.rstrip(), marked=kept[-1].marked)
    return tuple(item for item in kept if item.text)
