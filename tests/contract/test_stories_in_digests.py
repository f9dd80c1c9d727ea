"""Stories where digests are escalated, and where several unsent ones become one: told once, under one headline."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, desk
from watcher.model import Reason, Severity, StoryId
from watcher.settings import DigestPolicy, FolderChannel, Quiet, Topic

EVENING = datetime(2016, 10, 20, 21, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
STORY = StoryId("story-id-first")


@pytest.fixture
async def at() -> AsyncIterator[Desk]:
    async with desk(EVENING) as made:
        yield made


async def escalated(at: Desk) -> None:
    """A morning digest of an urgent topic, which a hook hears at once; the first report has come."""
    war = Topic(name="war", title="War", query="war", severity=Severity.CRITICAL)
    morning = DigestPolicy(
        name="morning", topics=("*",), to=("desk", "hook"), at="0 7 * * *", escalate={Severity.CRITICAL: ("hook",)}
    )
    boxes = [FolderChannel(name=name, path=Path(name)) for name in ("desk", "hook")]
    await at.adopt([war], boxes, [morning])
    await at.news("first", "war")
    await at.tick()


async def test_a_copy_that_comes_after_an_escalation_is_not_told_where_that_went(at: Desk) -> None:
    await escalated(at)
    await at.news("copy", "war", story=STORY, listed=True)
    await at.until(EVENING + 11 * HOUR, HOUR)
    assert at.boxes["hook"].titles() == ["Title of first"]
    assert len(at.boxes["hook"].sent) == 1
    assert sorted(at.boxes["desk"].titles()) == ["Title of copy", "Title of first"]


async def test_an_update_after_an_escalation_is_told_there_and_in_the_morning(at: Desk) -> None:
    await escalated(at)
    await at.news("more", "war", story=STORY, reason=Reason.FIGURE)
    await at.until(EVENING + 11 * HOUR, HOUR)
    hook, mail = at.boxes["hook"], at.boxes["desk"]
    assert [body["topics"][0]["stories"][0]["reason"] for body in hook.bodies] == ["escalated", "escalated"]
    assert hook.titles() == ["Title of more"]
    assert [one["title"] for one in hook.bodies[1]["topics"][0]["stories"][0]["earlier"]] == ["Title of first"]
    assert len(mail.sent) == 1
    assert sorted(mail.titles()) == ["Title of first", "Title of more"]


async def test_a_story_and_its_update_that_go_as_one_have_one_lead(at: Desk) -> None:
    talks = Topic(name="talks", title="Talks", query="talks")
    now = DigestPolicy(name="now", topics=("*",), to=("chat",), wait=timedelta(0), every=timedelta(0))
    chat = FolderChannel(name="chat", path=Path("chat"), quiet=Quiet(start=time(20), end=time(7)))
    await at.adopt([talks], [chat], [now])
    await at.news("first", "talks")
    await at.tick()
    at.clock.pass_(HOUR)
    await at.news("more", "talks", story=STORY, reason=Reason.FIGURE)
    await at.tick()
    await at.until(EVENING + 11 * HOUR, HOUR)
    (body,) = at.boxes["chat"].bodies
    (story,) = body["topics"][0]["stories"]
    assert (story["reason"], story["headline"], story["lead_reason"]) == ("new", "Title of first", "earliest")
    assert [(one["title"], one["lead"]) for one in story["articles"]] == [
        ("Title of first", True),
        ("Title of more", False),
    ]
    assert story["earlier"] == []
