"""A small friendly digest, for trying a channel."""

from datetime import datetime, timedelta

from watcher.model import (
    ArticleId,
    Digest,
    DigestArticle,
    DigestId,
    DigestStory,
    DigestTopic,
    Evidence,
    Reason,
    Severity,
    SourcesHealth,
    StoryId,
)

_QUOTE = "If you can read this sentence, the channel works, and digests will look like this one."
_FOUND = "the channel works"


def test_digest(now: datetime) -> Digest:
    """One made-up story under one made-up topic, dated `now`."""
    start = _QUOTE.index(_FOUND)
    evidence = Evidence(
        clause=f'"{_FOUND}"', found=_FOUND, field="text", start=start, end=start + len(_FOUND), quote=_QUOTE
    )
    title = "A test from Watcher: nothing has happened, all is well"
    article = DigestArticle(
        id=ArticleId("test"),
        url="https://example.org/watcher-test",
        title=title,
        feed="Watcher",
        author=None,
        published=now,
        language="en",
        lead=True,
        full_text=True,
        matches=(evidence,),
    )
    story = DigestStory(id=StoryId("test"), headline=title, reason=Reason.NEW, origins=1, articles=(article,))
    return Digest(
        id=DigestId("test"),
        series="test",
        period="test",
        start=now - timedelta(hours=1),
        end=now,
        created=now,
        sources=SourcesHealth(total=1, healthy=1),
        topics=(DigestTopic(topic="test", title="Test", severity=Severity.INFO, stories=(story,)),),
    )


test_digest.__test__ = False  # type: ignore[attr-defined]  # a sample, though its name reads like a test's
