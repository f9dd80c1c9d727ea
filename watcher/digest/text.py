"""The digest as plain text for a terminal of 80 columns, and for mail readers that show no HTML."""

import re
import unicodedata
from collections.abc import Iterable, Iterator

from watcher.digest.clean import direction
from watcher.digest.quotes import Passage, Piece
from watcher.digest.view import DigestView, Line, Look, MoveView, StoryView, TopicView, view
from watcher.model import Digest, Severity

_WIDTH = 78


def render_text(digest: Digest, look: Look) -> str:
    """The same content as the HTML; what was found stands between *asterisks*. Lines end in a line feed."""
    said = view(digest, look)
    lines = [*wrap(said.subject), *wrap(f"{said.series} · {said.made} ({said.zone})"), ""]
    if not said.topics:
        lines += [*wrap(f"Nothing new since {said.since}."), ""]
    for topic in said.topics:
        lines += _topic(topic, said.link)
    lines += _foot(said)
    return "\n".join(text.rstrip() for text in lines) + "\n"


def wrap(text: str, first: str = "", rest: str | None = None, width: int = _WIDTH) -> list[str]:
    """Lines of at most `width` columns, `first` before the first and `rest` before the others.

    Counts columns as terminals do: wide characters as two, combining marks as none. A word longer than a line is cut.
    """
    rest = first if rest is None else rest
    lines: list[str] = []
    current, used = first, _columns(first)
    empty = True
    for word in text.split():
        for part in _parts(word, width - max(_columns(first), _columns(rest))):
            space = 0 if empty else 1
            if not empty and used + space + _columns(part) > width:
                lines.append(current)
                current, used, space = rest, _columns(rest), 0
            current += " " * space + part
            used += space + _columns(part)
            empty = False
    return lines if empty else [*lines, current]


def _parts(word: str, width: int) -> Iterator[str]:
    """A word, in pieces that fit a line; writing without spaces breaks anywhere, a link nowhere."""
    if _columns(word) <= width or re.match(r"[(<]?https?://", word):
        yield word
        return
    part, used = "", 0
    for char in word:
        wide = _columns(char)
        if used + wide > width:
            yield part
            part, used = "", 0
        part += char
        used += wide
    yield part


def _columns(text: str) -> int:
    if text.isascii():
        return len(text)
    return sum(
        2
        if unicodedata.east_asian_width(char) in {"W", "F"}
        else 0
        if unicodedata.category(char) in {"Mn", "Me", "Cf"}
        else 1
        for char in text
    )


def _topic(topic: TopicView, link: str | None) -> list[str]:
    urgent = "" if topic.severity is Severity.INFO else f"{topic.severity.value}, "
    head = wrap(f"{topic.title.upper()} ({urgent}{topic.tally})")
    lines = [*head, "-" * min(_WIDTH, max(_columns(text) for text in head))]
    for alert in topic.alerts:
        lines += wrap(alert.words, "! ", "  ")
        for item in alert.stories:
            lines += _line(item, "  ")
    lines.append("")
    if topic.figures:
        lines += [topic.figures_title, *(text for moved in topic.figures for text in _move(moved)), ""]
    for number, story in enumerate(topic.stories, 1):
        lines += [*_story(number, story), ""]
    if topic.lines:
        lines.append("Also")
        for item in topic.lines:
            lines += _line(item, "  ")
        lines.append("")
    if topic.more:
        lines += [*wrap(f"… and {topic.more:,} more{f': {link}' if link else ''}"), ""]
    return lines


def _move(moved: MoveView) -> list[str]:
    lines = wrap(moved.words, "  - ", "    ")
    for label, said in (("now", moved.latest), ("before", moved.previous)):
        if said:
            lines += wrap(f"{label}: {said}", "    > ")
    return [*lines, f"    {moved.url}"] if moved.url else lines


def _story(number: int, story: StoryView) -> list[str]:
    lead = f"{number}. "
    pad = " " * len(lead)
    reason = f"[{story.reason}] " if story.update else ""
    names = (_name(story.feed), _name(story.author))
    facts = (*names, story.when, "" if story.update else "new", story.voices, story.note)
    lines = [
        *wrap(reason + _marked(story.headline), lead, pad),
        *wrap(" · ".join(fact for fact in facts if fact), pad),
    ]
    if story.url:
        lines.append(pad + story.url)
    if story.event:
        lines += wrap(f"Same event as: {story.event}", pad, f"{pad}  ")
    for passage in story.passages:
        lines += wrap(_quoted(passage), f"{pad}> ")
    for read in story.figures:
        lines += wrap(read, f"{pad}# ", f"{pad}  ")
    for item in story.others:
        lines += _line(item, pad)
    if story.others_more:
        lines.append(f"{pad}- and {story.others_more:,} more")
    for item in story.earlier:
        lines += wrap(f"Told before: {item.title}", pad, f"{pad}  ")
    return lines


def _line(item: Line, pad: str) -> list[str]:
    facts = ", ".join(fact for fact in (_name(item.feed), item.when) if fact)
    lines = wrap(f"{item.title} ({facts})" if facts else item.title, f"{pad}- ", f"{pad}  ")
    return [*lines, f"{pad}  {item.url}"] if item.url else lines


def _name(text: str) -> str:
    """A name written from right to left between marks that keep what stands around it in its order (UAX #9)."""
    return f"\u200e{text}\u200e" if text and direction(text) == "rtl" else text


def _quoted(passage: Passage) -> str:
    label = f"{passage.label}: " if passage.label else ""
    return label + _marked(passage.pieces)


def _marked(pieces: Iterable[Piece]) -> str:
    return "".join(f"*{item.text}*" if item.marked else item.text for item in pieces)


def _foot(said: DigestView) -> list[str]:
    lines = ["-" * 40, *wrap(f"{said.health[:1].upper()}{said.health[1:]}")]
    for feed, problem in said.problems:
        lines += wrap(f"{feed}: {problem}", "  - ", "    ")
    if said.problems_more:
        lines.append(f"  - and {said.problems_more:,} more")
    if said.truncated:
        lines += wrap(said.truncated)
    if said.link:
        lines.append(said.link)
    return lines
