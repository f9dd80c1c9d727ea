"""Channels of type apprise: each URL by itself, fitted, and without a secret in anything that is shown."""

import asyncio
import json
import logging
import warnings
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta

import pytest

from tests.helpers import digests
from tests.helpers.newsroom import Answer as Slow, newsroom
from tests.helpers.receiver import Answer, Receiver, receiver
from watcher import settings
from watcher.deliver.services import ServicesChannel
from watcher.digest import Look, render_chat
from watcher.errors import ConfigError
from watcher.model import Attempt, AttemptOutcome, AttemptReason, DeliveryId, Outgoing

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    pytest.importorskip("apprise")
SECRET = "hushhushhush"
LOOK = Look(public_url="https://w.example")


def channel(*receivers: Receiver, path: str = "") -> ServicesChannel:
    urls = tuple(f"json://user:{SECRET}@127.0.0.1:{one.port}/{path}" for one in receivers)
    return ServicesChannel(settings.AppriseChannel(name="chat", url=urls, timeout=timedelta(seconds=10)), LOOK)


def outgoing(of: ServicesChannel, *recipients: str) -> Outgoing:
    made = digests.digest(digests.topic("war", digests.story()))
    body = of.render(made, "msg_1")
    return Outgoing(
        id=DeliveryId("msg_1"),
        channel="chat",
        body=body,
        created=made.created,
        recipients=recipients or tuple(of.recipients()),
    )


def open_words(attempt: Attempt, of: ServicesChannel) -> str:
    return f"{attempt} {of.recipients()} {attempt.answer}"


async def test_each_url_is_sent_to_and_keeps_its_own_answer(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with receiver() as good, receiver(Answer(status=500)) as bad:
        chat = channel(good, bad)
        attempt = await chat.send(outgoing(chat))
        assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.PARTIAL)
        first, second = attempt.recipients
        assert (first.outcome, second.outcome) == (AttemptOutcome.SENT, AttemptOutcome.RETRY)
        again = await chat.send(outgoing(chat, second.address))
        assert [one.address for one in again.recipients] == [second.address]
        assert len(good.requests) == 1
        assert len(bad.requests) == 2
        assert SECRET not in open_words(attempt, chat) + caplog.text
        said = json.loads(good.requests[0].body)
        assert "The battle for Mosul begins" in said["message"]
        assert said["title"]


async def test_a_url_that_replaced_another_is_told_what_waited_for_that() -> None:
    async with receiver() as good, receiver() as mended:
        old = channel(good, mended, path="expired")
        waiting = old.recipients()[1]
        new = ServicesChannel(
            settings.AppriseChannel(
                name="chat",
                url=(
                    f"json://user:{SECRET}@127.0.0.1:{good.port}/expired",
                    f"json://user:{SECRET}@127.0.0.1:{mended.port}/renewed",
                ),
            ),
            LOOK,
        )
        attempt = await new.send(outgoing(old, waiting))
        assert attempt.outcome is AttemptOutcome.SENT
        assert [one.address for one in attempt.recipients] == [waiting]
        assert [one.target for one in mended.requests] == ["/renewed"]
        assert not good.requests


async def test_a_url_that_has_left_the_config_is_given_up_at_once_and_the_others_are_not_told_again() -> None:
    async with receiver() as good, receiver() as gone:
        old, new = channel(good, gone), channel(good)
        attempt = await new.send(outgoing(old, old.recipients()[1]))
        assert attempt.outcome is AttemptOutcome.DEAD
        assert attempt.answer == "its URL has left the config"
        assert not good.requests
        both = await new.send(outgoing(old))
        assert (both.outcome, both.reason) == (AttemptOutcome.DEAD, AttemptReason.PARTIAL)
        assert len(good.requests) == 1


@pytest.mark.parametrize("body", [b"MIME-Version: 1.0", b'{"type":"watcher.digest","data":{}}', b"[]"])
async def test_what_was_written_for_another_type_of_channel_is_never_called_sent(body: bytes) -> None:
    async with receiver() as one:
        chat = channel(one)
        attempt = await chat.send(replace(outgoing(chat), body=body))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.DEAD, AttemptReason.CONFIG)
    assert not one.requests


async def test_the_bytes_are_the_same_each_time_and_say_what_each_service_is_told() -> None:
    async with receiver() as one:
        chat = channel(one)
        assert chat.render(digests.digest(), "a") == chat.render(digests.digest(), "b")


async def test_a_refused_connection_is_tried_again() -> None:
    async with receiver() as one:
        chat = channel(one)
    attempt = await chat.send(outgoing(chat))
    assert attempt.outcome is AttemptOutcome.RETRY
    assert SECRET not in open_words(attempt, chat)


def test_a_url_that_apprise_does_not_know_is_told_without_it() -> None:
    wrong = settings.AppriseChannel(name="chat", url=(f"nosuch://{SECRET}",))
    with pytest.raises(ConfigError) as raised:
        ServicesChannel(wrong, LOOK)
    assert SECRET not in str(raised.value)
    assert "channels.chat.url" in str(raised.value)
    assert SECRET not in repr(wrong)


def test_without_the_extra_the_fault_names_the_cure(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "apprise", None)
    with pytest.raises(ConfigError, match=r"pip install .feedwatcher\[apprise\]"):
        ServicesChannel(settings.AppriseChannel(name="chat", url=("json://x",)), LOOK)


@pytest.mark.parametrize("markdown", [True, False])
@pytest.mark.parametrize("limit", [200, 500, 2000, 30_000])
def test_a_chat_is_told_whole_stories_within_its_length(limit: int, markdown: bool) -> None:  # noqa: FBT001
    topic = digests.topic("war", *(digests.story(f"s{n}") for n in range(30)))
    text = render_chat(digests.digest(topic), replace(LOOK, max_stories=25), limit=limit, markdown=markdown)
    assert len(text) <= limit
    told = text.count("The battle for Mosul begins")
    assert f"… and {30 - told:,} more: https://w.example" in text or limit == 200


def test_nothing_from_a_feed_is_markup_or_mentions_anybody() -> None:
    title = "[click](https://evil.example) **@everyone** <!channel> `code`"
    story = digests.story("s", digests.article(title=title))
    made = digests.digest(digests.topic("war", story))
    marked = render_chat(made, LOOK, limit=4000, markdown=True)
    assert "\\[click\\](https" in marked
    assert "@everyone" not in marked
    assert "<!channel" not in marked
    assert "@everyone" not in render_chat(made, LOOK, limit=4000, markdown=False)


def test_an_empty_digest_says_that_nothing_is_new() -> None:
    assert render_chat(digests.digest(), LOOK, limit=500, markdown=True).startswith("Nothing new since")


def hurried(address: str, wait: float) -> ServicesChannel:
    section = settings.AppriseChannel(name="chat", url=(address,), timeout=timedelta(seconds=wait))
    return ServicesChannel(section, LOOK)


async def test_a_service_that_hangs_is_told_one_thing_at_a_time_and_holds_up_nobody() -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    async with receiver(Answer(fault="hang")) as stuck:
        chat = hurried(f"json://127.0.0.1:{stuck.port}/?rto=30", 0.3)
        first, second = outgoing(chat), replace(outgoing(chat), id=DeliveryId("msg_2"))
        assert (await chat.send(first)).answer == "JSON: no answer within 0.3 s"
        assert (await chat.send(second)).answer == "JSON: still busy with an earlier message"
        assert (await chat.send(first)).answer == "JSON: no answer within 0.3 s"
        assert await asyncio.to_thread(len, "free") == 4
        assert len(stuck.open) == 1


async def test_what_a_service_took_too_late_is_not_sent_again() -> None:
    async with newsroom() as room:
        room.hook_answer = lambda _: Slow(status=200, delay=0.8)
        chat = hurried(f"json://{room.base.removeprefix('http://')}/hook", 0.3)
        first, second = outgoing(chat), replace(outgoing(chat), id=DeliveryId("msg_2"))
        assert (await chat.send(first)).outcome is AttemptOutcome.RETRY
        await asyncio.sleep(0.8)
        room.hook_answer = lambda _: Slow(status=200)
        assert (await chat.send(second)).outcome is AttemptOutcome.SENT
        attempt = await chat.send(first)
        assert (attempt.outcome, attempt.answer) == (AttemptOutcome.SENT, "JSON: took it late")
        assert len(room.hooks) == 2


def test_a_chat_is_told_the_figures_of_a_story_and_those_that_moved() -> None:
    told = digests.story(articles=(digests.article(figures=(digests.figure(),)),))
    made = digests.digest(digests.topic("war", told, figures=(digests.move(),)))
    said = render_chat(made, LOOK, limit=2000, markdown=False)
    assert "700 troops" in said
    assert "54,000 → 68,000" in said
