"""What a channel does not take yet waits and goes as one digest: no article twice, none lost, whatever happens."""

import random
from collections import Counter
from collections.abc import AsyncIterator
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers.desk import Desk, desk
from watcher.errors import StoreError
from watcher.jobs import gather
from watcher.model import Attempt, AttemptOutcome, AttemptReason, DeliveryState, Outgoing, Severity
from watcher.settings import DigestPolicy, FolderChannel, Quiet, Retry, Topic

EVENING = datetime(2016, 10, 20, 21, 0, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
NIGHT = Quiet(start=time(22), end=time(7))
WAR = Topic(name="war", title="War", query="war", severity=Severity.CRITICAL)
TALKS = Topic(name="talks", title="Talks", query="talks")
AT_ONCE: dict[str, Any] = {"wait": timedelta(0), "every": timedelta(0)}


def box(name: str, **changes: Any) -> FolderChannel:
    return FolderChannel(name=name, path=Path(name), **changes)


def rolling(name: str, *to: str, **changes: Any) -> DigestPolicy:
    return DigestPolicy(name=name, topics=("*",), to=to, **AT_ONCE | changes)


@pytest.fixture
async def at() -> AsyncIterator[Desk]:
    async with desk(EVENING) as made:
        yield made


async def states(at: Desk) -> Counter[DeliveryState]:
    return Counter(one.state for one in await at.store.deliveries(100))


async def test_what_falls_into_quiet_hours_goes_as_one_digest_when_they_end(at: Desk) -> None:
    await at.adopt([TALKS], [box("chat", quiet=NIGHT), box("hook")], [rolling("now", "chat", "hook")])
    for hours, name in ((0, "a"), (2, "b"), (3, "c"), (4, "d")):
        await at.until(EVENING + hours * HOUR)
        await at.news(name, "talks")
        await at.tick()
    chat, hook = at.boxes["chat"], at.boxes["hook"]
    assert len(hook.sent) == 4
    assert len(chat.sent) == 1
    assert await states(at) == {DeliveryState.SENT: 5, DeliveryState.WAITING: 3}
    (waits, *_) = await at.store.deliveries(1, states=[DeliveryState.WAITING])
    assert waits.note == "quiet until 21 Oct 07:00 UTC"
    await at.until(EVENING + 12 * HOUR, 10 * MINUTE)
    assert len(chat.sent) == 2
    assert chat.titles() == ["Title of d", "Title of c", "Title of b"]
    assert chat.times[-1] == datetime(2016, 10, 21, 7, 0, tzinfo=UTC)
    assert chat.bodies[-1]["from"] == "2016-10-20T21:00:00Z"
    assert await states(at) == {DeliveryState.SENT: 6, DeliveryState.MERGED: 3}
    assert set(chat.told().values()) == {1}


async def test_one_that_waited_alone_goes_out_as_itself(at: Desk) -> None:
    await at.adopt([TALKS], [box("chat", quiet=NIGHT), box("hook")], [rolling("now", "chat", "hook")])
    await at.until(EVENING + 2 * HOUR)
    await at.news("a", "talks")
    await at.until(EVENING + 11 * HOUR)
    assert at.boxes["chat"].bodies[0]["id"] == at.boxes["hook"].bodies[0]["id"]
    assert await states(at) == {DeliveryState.SENT: 2}


async def test_what_may_pass_goes_out_in_quiet_hours_and_the_rest_waits(at: Desk) -> None:
    quiet = NIGHT.model_copy(update={"passing": (Severity.CRITICAL,)})
    await at.adopt([WAR, TALKS], [box("chat", quiet=quiet)], [rolling("now", "chat")])
    await at.until(EVENING + 2 * HOUR)
    await at.news("a", "war", "talks")
    await at.news("b", "talks")
    await at.tick()
    await at.news("c", "war")
    await at.tick()
    chat = at.boxes["chat"]
    assert [[topic["topic"] for topic in body["topics"]] for body in chat.bodies] == [["war"], ["war"]]
    await at.until(EVENING + 12 * HOUR, HOUR)
    assert chat.told() == Counter(
        {
            ("now", "war", "Title of a"): 1,
            ("now", "war", "Title of c"): 1,
            ("now", "talks", "Title of a"): 1,
            ("now", "talks", "Title of b"): 1,
        }
    )
    assert len({body["id"] for body in chat.bodies}) == len(chat.bodies) == 3


async def test_what_exceeds_a_rate_goes_as_one_digest_when_there_is_room(at: Desk) -> None:
    await at.adopt([TALKS], [box("hook", max_per_hour=2)], [rolling("now", "hook")])
    for number in range(8):
        await at.news(f"n{number}", "talks")
        await at.tick()
        await at.until(at.clock.now() + 5 * MINUTE)
    hook = at.boxes["hook"]
    assert len(hook.sent) == 2
    await at.until(EVENING + HOUR + 10 * MINUTE)
    assert len(hook.sent) == 3
    assert len(hook.titles()) == 6
    assert hook.times[2] - hook.times[0] >= HOUR
    assert set(hook.told().values()) == {1}


async def test_several_series_share_a_channels_rate(at: Desk) -> None:
    await at.adopt([TALKS], [box("hook", max_per_hour=3)], [rolling(f"s{n}", "hook") for n in range(5)])
    await at.news("a", "talks")
    await at.tick()
    assert len(at.boxes["hook"].sent) == 3
    await at.until(EVENING + 61 * MINUTE)
    assert len(at.boxes["hook"].sent) == 5


async def test_an_urgent_topic_is_escalated_at_once_and_not_told_there_again(at: Desk) -> None:
    morning = DigestPolicy(
        name="morning", topics=("*",), to=("desk", "hook"), at="0 7 * * *", escalate={Severity.CRITICAL: ("hook",)}
    )
    await at.adopt([WAR, TALKS], [box("desk"), box("hook")], [morning])
    await at.news("a", "war", "talks")
    await at.tick()
    hook, mail = at.boxes["hook"], at.boxes["desk"]
    (body,) = hook.bodies
    assert body["digest"] == "morning"
    assert [(topic["topic"], topic["stories"][0]["reason"]) for topic in body["topics"]] == [("war", "escalated")]
    assert not mail.sent
    await at.until(EVENING + 11 * HOUR, 10 * MINUTE)
    assert [topic["topic"] for topic in hook.bodies[1]["topics"]] == ["talks"]
    assert sorted(topic["topic"] for topic in mail.bodies[0]["topics"]) == ["talks", "war"]
    assert mail.bodies[0]["topics"][0]["stories"][0]["reason"] == "new"
    assert set(hook.told().values()) == set(mail.told().values()) == {1}
    assert [one.series for one in await at.store.deliveries(10)] == ["morning"] * 3


async def test_an_escalation_to_a_channel_of_its_own_leaves_the_digest_as_it_is(at: Desk) -> None:
    morning = DigestPolicy(
        name="morning", topics=("*",), to=("desk",), at="0 7 * * *", escalate={Severity.CRITICAL: ("hook",)}
    )
    await at.adopt([WAR], [box("desk"), box("hook")], [morning])
    await at.news("a", "war")
    await at.until(EVENING + 11 * HOUR, HOUR)
    assert len(at.boxes["hook"].sent) == len(at.boxes["desk"].sent) == 1


async def test_an_empty_digest_is_sent_where_it_is_wanted(at: Desk) -> None:
    wanted = DigestPolicy(name="m", topics=("*",), to=("desk",), at="0 7 * * *", empty="send")
    unwanted = DigestPolicy(name="n", topics=("*",), to=("hook",), at="0 7 * * *")
    await at.adopt([WAR], [box("desk"), box("hook")], [wanted, unwanted])
    await at.until(EVENING + 2 * DAY, HOUR)
    assert len(at.boxes["desk"].sent) == 2
    assert not at.boxes["hook"].sent
    assert at.boxes["desk"].bodies[0]["topics"] == []


async def test_after_a_downtime_of_days_there_is_one_digest(at: Desk) -> None:
    hourly = DigestPolicy(name="h", topics=("*",), to=("desk",), at="0 * * * *", empty="send")
    await at.adopt([WAR], [box("desk")], [hourly])
    await at.news("a", "war")
    at.clock.pass_(3 * DAY)
    for _ in range(3):
        await at.tick()
    assert len(at.boxes["desk"].sent) == 1
    assert at.boxes["desk"].titles() == ["Title of a"]


async def test_retry_sends_what_waits_now(at: Desk) -> None:
    await at.adopt([TALKS], [box("chat", quiet=NIGHT)], [rolling("now", "chat")])
    await at.until(EVENING + 2 * HOUR)
    await at.news("a", "talks")
    await at.tick()
    (waits,) = await at.store.deliveries(5)
    assert await at.store.retry_delivery(waits.id, at.clock.now())
    await at.tick()
    assert at.boxes["chat"].titles() == ["Title of a"]
    assert not await at.store.retry_delivery(waits.id, at.clock.now())


async def test_quiet_hours_that_leave_the_config_hold_nothing_back(at: Desk) -> None:
    await at.adopt([TALKS], [box("chat", quiet=NIGHT)], [rolling("now", "chat")])
    await at.until(EVENING + 2 * HOUR)
    await at.news("a", "talks")
    await at.tick()
    await at.adopt([TALKS], [box("chat")], [rolling("now", "chat")])
    await at.tick()
    assert at.boxes["chat"].titles() == ["Title of a"]


async def test_what_waits_for_a_channel_that_is_gone_is_given_up_visibly(at: Desk) -> None:
    await at.adopt([TALKS], [box("chat", quiet=NIGHT), box("hook")], [rolling("now", "chat", "hook")])
    await at.until(EVENING + 2 * HOUR)
    await at.news("a", "talks")
    await at.tick()
    await at.adopt([TALKS], [box("hook")], [rolling("now", "hook")])
    await at.until(EVENING + 2 * DAY, HOUR)
    assert (await states(at))[DeliveryState.WAITING] == 1
    await at.until(EVENING + 4 * DAY, HOUR)
    (dead,) = await at.store.deliveries(5, states=[DeliveryState.DEAD])
    assert dead.attempts[0].answer == "channel 'chat' is not in the config, or is disabled"


async def test_a_digest_released_late_has_its_whole_time_to_be_delivered(at: Desk) -> None:
    refused = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.REFUSED)
    retry = {"first": MINUTE, "max": MINUTE, "give_up": HOUR}
    await at.adopt([TALKS], [box("chat", quiet=NIGHT, retry=retry)], [rolling("now", "chat")])
    await at.until(EVENING + 2 * HOUR)
    await at.news("a", "talks")
    at.boxes["chat"].answer = lambda _: refused
    await at.until(EVENING + 10 * HOUR + 30 * MINUTE)
    at.boxes["chat"].answer = lambda _: Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED)
    await at.until(EVENING + 10 * HOUR + 40 * MINUTE)
    assert len(at.boxes["chat"].sent) == 1


async def test_gathering_twice_sends_once(at: Desk) -> None:
    await at.adopt([TALKS], [box("chat", quiet=NIGHT)], [rolling("now", "chat")])
    await at.until(EVENING + 2 * HOUR)
    await at.news("a", "talks")
    await at.tick()
    at.clock.pass_(9 * HOUR)
    assert await gather(at.context, "now", "chat") is not None
    assert await gather(at.context, "now", "chat") is None


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_comes_when_each_channel_is_told_each_article_once(at: Desk, seed: int) -> None:
    """Random news over days, channels of every kind, receivers that fail, a clock that is set forwards and back."""
    chance = random.Random(seed)  # noqa: S311 - the same each time
    quiet = NIGHT.model_copy(update={"passing": (Severity.CRITICAL,)})
    channels = [box("chat", quiet=quiet), box("hook", max_per_hour=3), box("both", quiet=NIGHT, max_per_hour=1)]
    morning = DigestPolicy(
        name="morning",
        topics=("*",),
        to=("chat", "hook"),
        at="0 7 * * *",
        escalate={Severity.CRITICAL: ("hook", "both")},
    )
    now = rolling("now", "chat", "hook", "both", wait=timedelta(seconds=30), every=5 * MINUTE)
    await at.adopt([WAR, TALKS], channels, [now, morning])
    refused = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.REFUSED)
    sent = Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED)
    for each in at.boxes.values():
        each.answer = lambda _: refused if chance.random() < 0.3 else sent
    expected: Counter[tuple[str, str, str]] = Counter()
    for number in range(60):
        topics = chance.choice([("war",), ("talks",), ("war", "talks")])
        await at.news(f"n{number}", *topics)
        for topic in topics:
            for series in ("now", "morning"):
                expected[series, topic, f"Title of n{number}"] = 1
        for _ in range(chance.randrange(4)):
            await at.tick()
            at.clock.pass_(timedelta(seconds=chance.choice([1, 40, 300, 1800, 9000])))
        if chance.random() < 0.05:
            at.clock.pass_(chance.choice([-5 * HOUR, 30 * HOUR]))
    await at.until(at.clock.now() + 3 * DAY, 20 * MINUTE)
    urgent = Counter({one: 1 for one in expected if one[0] == "now" or one[1] == "war"})
    assert at.boxes["chat"].told() == expected
    assert at.boxes["hook"].told() == expected
    assert at.boxes["both"].told() == urgent
    for each in at.boxes.values():
        assert len({outgoing.id for _, outgoing in each.sent}) == len(each.sent)
    assert set(await states(at)) <= {DeliveryState.SENT, DeliveryState.MERGED}


REFUSED = Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.STATUS, answer="503")
TAKEN = Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED)


async def test_a_retry_that_falls_into_quiet_hours_waits_for_their_end(at: Desk) -> None:
    slow = Retry(first=2 * HOUR, max=2 * HOUR)
    await at.adopt([TALKS], [box("chat", quiet=NIGHT, retry=slow)], [rolling("now", "chat")])
    at.boxes["chat"].answer = lambda _: REFUSED
    await at.news("a", "talks")
    await at.tick()
    at.boxes["chat"].answer = lambda _: TAKEN
    await at.until(EVENING + 4 * HOUR)
    (view,) = await at.store.deliveries(9)
    assert (view.state, view.note, len(view.attempts)) == (DeliveryState.PENDING, "quiet until 21 Oct 07:00 UTC", 1)
    await at.until(EVENING + 12 * HOUR)
    assert at.boxes["chat"].times == [EVENING + 10 * HOUR]


async def test_a_retry_of_what_may_pass_and_one_that_is_asked_for_go_in_quiet_hours(at: Desk) -> None:
    slow = Retry(first=2 * HOUR, max=2 * HOUR)
    night = NIGHT.model_copy(update={"passing": (Severity.CRITICAL,)})
    await at.adopt([WAR, TALKS], [box("chat", quiet=night, retry=slow)], [rolling("now", "chat")])
    at.boxes["chat"].answer = lambda _: REFUSED
    await at.news("a", "war")
    await at.tick()
    await at.news("b", "talks")
    await at.tick()
    at.boxes["chat"].answer = lambda _: TAKEN
    await at.until(EVENING + 4 * HOUR)
    assert at.boxes["chat"].titles() == ["Title of a"]
    (waits,) = await at.store.deliveries(9, states=[DeliveryState.PENDING])
    assert await at.store.retry_delivery(waits.id, at.clock.now())
    await at.tick()
    assert at.boxes["chat"].titles() == ["Title of b"]


async def test_one_that_is_asked_for_is_tried_all_night(at: Desk) -> None:
    soon = Retry(first=MINUTE, max=MINUTE)
    await at.adopt([TALKS], [box("chat", quiet=NIGHT, retry=soon)], [rolling("now", "chat")])
    await at.until(EVENING + 2 * HOUR)
    at.boxes["chat"].answer = lambda _: REFUSED
    await at.news("a", "talks")
    await at.tick()
    (waits,) = await at.store.deliveries(5)
    assert await at.store.retry_delivery(waits.id, at.clock.now())
    await at.until(at.clock.now() + 10 * MINUTE)
    at.boxes["chat"].answer = lambda _: TAKEN
    await at.until(at.clock.now() + 5 * MINUTE)
    assert at.boxes["chat"].titles() == ["Title of a"]


async def test_nothing_is_sent_while_the_store_takes_no_note_of_it(at: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    await at.adopt([TALKS], [box("chat")], [rolling("now", "chat")])
    full = StoreError("the disk is full")

    async def refuse(*_: object) -> None:
        raise full

    with monkeypatch.context() as patch:
        patch.setattr(at.store, "begin_attempt", refuse)
        await at.news("a", "talks")
        with pytest.raises(StoreError):
            await at.tick()
    assert at.boxes["chat"].sent == []
    await at.tick()
    assert at.boxes["chat"].titles() == ["Title of a"]


async def test_a_429_holds_back_what_comes_next_for_the_channel_too(at: Desk) -> None:
    slow = Retry(first=2 * HOUR, max=2 * HOUR)
    await at.adopt([TALKS], [box("chat", retry=slow)], [rolling("now", "chat")])
    asked: list[str] = []

    def busy(outgoing: Outgoing) -> Attempt:
        asked.append(outgoing.id)
        return Attempt(outcome=AttemptOutcome.RETRY, reason=AttemptReason.RATE_LIMITED, answer="429")

    at.boxes["chat"].answer = busy
    for name in ("a", "b"):
        await at.news(name, "talks")
        await at.until(at.clock.now() + 5 * MINUTE)
    assert len(asked) == 1
    at.boxes["chat"].answer = lambda _: TAKEN
    await at.until(EVENING + 3 * HOUR)
    assert [at.boxes["chat"].titles(which) for which in range(2)] == [["Title of a"], ["Title of b"]]
