"""What is silenced is recorded and shown, not told, and not told afterwards; a story's update is."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, desk
from tests.helpers.storing import article
from watcher.jobs import Live
from watcher.model import ArticleId, Reason, Silence, StoryId
from watcher.settings import DigestPolicy, FolderChannel, Topic
from watcher.store import SqlStore

NOW = datetime(2016, 10, 20, 12, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
TOPICS = [Topic(name=name, title=name, query=name) for name in ("war", "talks")]
AT_ONCE = DigestPolicy(name="now", topics=("*",), to=("desk",), wait=timedelta(0), every=timedelta(0))
MORNING = DigestPolicy(name="morning", topics=("*",), to=("late",), at="0 7 * * *")


@pytest.fixture
async def at() -> AsyncIterator[Desk]:
    async with desk(NOW) as made:
        channels = [FolderChannel(name=name, path=Path(name)) for name in ("desk", "late")]
        await made.adopt(TOPICS, channels, [AT_ONCE, MORNING])
        yield made


def silence(topic: str = "war", *, hours: float = 6, **changes: object) -> Silence:
    values = {"topic": topic, "starts": NOW, "ends": NOW + hours * HOUR, "why": "known", "by": "desk"}
    return Silence(**(values | changes))  # type: ignore[arg-type]


def told(at: Desk, box: str = "desk") -> list[tuple[str, str]]:
    return [(topic, title.removeprefix("Title of ")) for _, topic, title in at.boxes[box].told()]


async def test_a_silenced_topic_is_not_told_then_or_afterwards_and_the_others_are(at: Desk) -> None:
    made = await at.store.add_silence(silence())
    await at.news("a", "war", "talks")
    await at.until(NOW + 7 * HOUR, HOUR)
    await at.news("b", "war")
    await at.until(NOW + 24 * HOUR, HOUR)
    assert told(at) == [("talks", "a"), ("war", "b")]
    assert sorted(told(at, "late")) == [("talks", "a"), ("war", "b")]
    stored = await at.store.stored(article("a").id)
    assert stored is not None
    assert {(topic, series, one.id) for topic, series, one in stored.silenced} == {
        ("war", "now", made.id),
        ("war", "morning", made.id),
    }
    assert [match.topic for match in stored.matches] == ["talks", "war"]


async def test_what_waits_when_the_silence_begins_is_told_once_it_has_ended_unless_it_would_be_told_in_it(
    at: Desk,
) -> None:
    await at.news("a", "war")
    at.clock.pass_(timedelta(minutes=1))
    await at.store.add_silence(silence(hours=1, starts=at.clock.now()))
    await at.until(NOW + 24 * HOUR, HOUR / 3)
    assert told(at) == []
    assert told(at, "late") == [("war", "a")]


async def test_unsilence_lets_what_comes_next_be_told(at: Desk) -> None:
    made = await at.store.add_silence(silence())
    await at.news("a", "war")
    await at.until(NOW + HOUR, HOUR)
    assert await at.store.end_silence(made.id, at.clock.now())
    assert not await at.store.end_silence(made.id, at.clock.now())
    await at.news("b", "war")
    await at.tick()
    assert told(at) == [("war", "b")]


async def test_a_place_is_silent_by_any_name_of_its_list(at: Desk) -> None:
    live = at.context.live
    settings = live.settings.with_changes(terms={"mosul": ("Mosul", "Ninawa")})
    at.context.live = Live(settings, channels=live.channels, renderers=live.renderers)
    await at.store.add_silence(silence(place="Nínawa"))
    await at.news("a", "war")  # its sentence names Mosul
    await at.tick()
    assert told(at) == []
    await at.store.add_silence(silence("talks", place="Bashiqa"))
    await at.news("b", "talks")
    await at.tick()
    assert told(at) == [("talks", "b")]


async def test_a_place_is_silent_where_the_text_begins_with_it_and_not_where_it_is_named_later(
    at: Desk,
) -> None:
    await at.store.add_silence(silence("talks", place="Bashiqa"))
    await at.news("a", "talks", text="BASHIQA, Iraq - Talks went on.\nMore is expected.")
    await at.news("b", "talks", text="Talks went on.\nA camp at Bashiqa was not mentioned.")
    await at.tick()
    assert told(at) == [("talks", "b")]


async def test_an_acknowledged_story_is_told_again_when_it_gains_something(at: Desk) -> None:
    story = StoryId("story-id-a")
    await at.news("a", "war")
    await at.tick()
    assert await at.store.story_of("id-a") == await at.store.story_of(story) == story
    at.clock.pass_(timedelta(minutes=1))
    await at.store.add_silence(silence("", story=story, starts=at.clock.now(), hours=100))
    at.clock.pass_(HOUR)
    await at.news("b", "war", story=story)
    await at.news("c", "war", story=story, reason=Reason.ORIGIN)
    await at.tick()
    assert told(at) == [("war", "a")]
    at.clock.pass_(HOUR)
    await at.news("d", "war", story=story, reason=Reason.FIGURE)
    at.clock.pass_(HOUR)
    await at.tick()
    await at.news("e", "war", story=story)
    await at.tick()
    assert told(at) == [("war", "a"), ("war", "d"), ("war", "e")]
    await at.until(NOW + 24 * HOUR, HOUR)
    assert sorted(told(at, "late")) == [("war", "a"), ("war", "d"), ("war", "e")]
    assert await at.store.silences(at.clock.now()) == ()


async def test_silences_of_the_config_start_end_and_stay_what_they_are(at: Desk) -> None:
    store = at.store
    first = silence(origin="one")
    await store.sync_silences([first, silence("talks", origin="two"), silence(hours=-1, origin="past")], NOW)
    (one, two) = await store.silences(NOW)
    assert (one.topic, two.topic) == ("war", "talks")
    own = await store.add_silence(silence())
    await store.sync_silences([silence(origin="one", starts=NOW + HOUR)], NOW + HOUR)
    assert await store.silences(NOW + HOUR) == (one, own)
    await store.sync_silences([], NOW + 2 * HOUR)
    assert await store.silences(NOW + 2 * HOUR) == (own,)


async def test_the_store_keeps_silences_alike_on_every_engine(store: SqlStore) -> None:
    made = await store.add_silence(silence(place="Bashiqa\0", story=StoryId("s")))
    assert await store.silences(NOW) == (made,)
    assert made.place == "Bashiqa\ufffd"
    assert await store.silenced_of(ArticleId("none")) == ()
    assert await store.story_of("nowhere") is None
    await store.record_silenced("now", (), {made.id: NOW + HOUR}, NOW)
    assert [one.ends for one in await store.silences(NOW)] == [NOW + HOUR]
    assert not await store.end_silence(made.id + 1, NOW)
