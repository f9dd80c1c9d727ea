"""The digest for chats: short Markdown or plain lines, cut to what a service takes, always at the end of a story."""

import re
from collections.abc import Callable

from watcher.digest.view import AlertView, DigestView, Look, StoryView, TopicView, view
from watcher.model import Digest

_SPECIAL = re.compile(r"([\\`*_\[\]<>#|~])")
_MENTION = re.compile(r"@(?=\w)")
_QUOTE = 280
_FIGURES = 2


def render_chat(digest: Digest, look: Look, *, limit: int, markdown: bool) -> str:
    """What a chat is told: topics, headlines with links, one sentence each; at most `limit` characters.

    What does not fit is counted, with a link to the page where there is one. Nothing from a feed can mention
    somebody, or be taken for markup.
    """
    said = view(digest, look)
    clean = _escaped if markdown else _plain
    blocks = [block for topic in said.topics for block in _topic_blocks(topic, clean, markdown=markdown)]
    if not blocks:
        blocks = [clean(f"Nothing new since {said.since}. {said.health}.")]
    kept: list[str] = []
    for index, block in enumerate(blocks):
        rest = _rest(said, len(blocks) - index - 1)
        if len("\n\n".join([*kept, block, rest])) > limit:
            kept.append(_rest(said, len(blocks) - index))
            break
        kept.append(block)
    else:
        if said.more:
            kept.append(_rest(said, 0))
    return "\n\n".join(part for part in kept if part)[:limit]


def _rest(said: DigestView, left: int) -> str:
    count = left + said.more
    if not count:
        return ""
    return f"… and {count:,} more{f': {said.link}' if said.link else ''}"


def _topic_blocks(topic: TopicView, clean: Callable[[str], str], *, markdown: bool) -> list[str]:
    head = f"**{clean(topic.title)}**" if markdown else clean(topic.title).upper()
    blocks = [_alert(alert, clean, markdown=markdown) for alert in topic.alerts]
    blocks += [_story(story, clean, markdown=markdown) for story in topic.stories]
    blocks += [_linked(clean(moved.words), moved.url, markdown=markdown) for moved in topic.figures]
    blocks += [_linked(clean(line.title), line.url, markdown=markdown) for line in topic.lines]
    return [f"{head}\n{blocks[0]}", *blocks[1:]] if blocks else []


def _alert(alert: AlertView, clean: Callable[[str], str], *, markdown: bool) -> str:
    lines = [_linked(clean(item.title), item.url, markdown=markdown) for item in alert.stories]
    return "\n".join([clean(alert.words), *(f"- {text}" for text in lines)])


def _story(story: StoryView, clean: Callable[[str], str], *, markdown: bool) -> str:
    headline = clean("".join(piece.text for piece in story.headline))
    reason = f"[{story.reason}] " if story.update else ""
    facts = " · ".join(clean(fact) for fact in (story.feed, story.when, story.voices) if fact)
    lines = [(clean(reason) if reason else "") + _linked(headline, story.url, markdown=markdown), facts]
    for passage in story.passages[:1]:
        text = "".join(piece.text for piece in passage.pieces)
        lines.append("> " + clean(text if len(text) <= _QUOTE else text[: _QUOTE - 1] + "…"))
    if story.figures:
        lines.append(clean("; ".join(story.figures[:_FIGURES])))
    return "\n".join(line for line in lines if line)


def _linked(text: str, url: str | None, *, markdown: bool) -> str:
    if url is None:
        return text
    safe = url.replace("(", "%28").replace(")", "%29")
    return f"[{text}]({safe})" if markdown else f"{text}\n{url}"


def _plain(text: str) -> str:
    return _MENTION.sub("@\u200b", text).replace("<!", "<\u200b!")


def _escaped(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", _plain(text))
