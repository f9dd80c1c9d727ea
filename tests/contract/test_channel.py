"""What every channel keeps: the same bytes on every attempt, an outcome whatever the receiver does."""

import pickle
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings as hypothesis_settings, strategies as st

from tests.helpers import digests
from tests.helpers.channels import email_channel, folder_channel, outgoing, webhook_channel
from tests.helpers.receiver import Answer, receiver
from tests.helpers.smtp import Script, mail_server
from watcher import settings
from watcher.clock import SystemClock
from watcher.deliver import make_channel, render, test_digest as sample_digest
from watcher.digest import Look
from watcher.model import AttemptOutcome, AttemptReason, Digest
from watcher.ports import Channel

KINDS = ("email", "webhook", "folder")
DIGEST = digests.digest(digests.topic("mosul-offensive", digests.story("s1"), digests.story("s2")))


@dataclass(kw_only=True)
class World:
    """A channel of one kind with a receiver that takes everything, and what that has seen."""

    channel: Channel
    seen: Callable[[], list[bytes]] = field(default=list)


def _files(folder: Path) -> list[bytes]:
    return [path.read_bytes() for path in sorted(folder.glob("*"))] if folder.exists() else []


@pytest.fixture(params=KINDS)
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    async with AsyncExitStack() as stack:
        match request.param:
            case "email":
                server = await stack.enter_async_context(mail_server(Script()))
                seen = lambda: [mail.content for mail in server.mails]  # noqa: E731
                yield World(channel=email_channel(server.port), seen=seen)
            case "webhook":
                hook = await stack.enter_async_context(receiver())
                yield World(channel=webhook_channel(hook.url), seen=lambda: [got.body for got in hook.requests])
            case _:
                folder = tmp_path / "digests"
                yield World(channel=folder_channel(folder), seen=lambda: _files(folder))


async def test_what_was_rendered_arrives(world: World) -> None:
    body = world.channel.render(DIGEST, "dlv_1")
    attempt = await world.channel.send(outgoing(world.channel, body))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.SENT, AttemptReason.ACCEPTED)
    assert any(b"The battle for Mosul begins" in seen for seen in world.seen())


async def test_rendering_depends_on_its_arguments_alone(world: World) -> None:
    assert world.channel.render(DIGEST, "dlv_1") == world.channel.render(DIGEST, "dlv_1")


async def test_a_retry_repeats_the_same_bytes(world: World) -> None:
    body = world.channel.render(DIGEST, "dlv_1")
    await world.channel.send(outgoing(world.channel, body))
    first = world.seen()
    await world.channel.send(outgoing(world.channel, body))
    assert set(world.seen()) == set(first)


async def test_a_probe_sends_nothing(world: World) -> None:
    attempt = await world.channel.probe()
    assert attempt.outcome is AttemptOutcome.SENT
    assert world.seen() == []


async def test_the_sample_goes_through_every_channel(world: World) -> None:
    body = world.channel.render(sample_digest(digests.MORNING), "dlv_test")
    attempt = await world.channel.send(outgoing(world.channel, body))
    assert attempt.outcome is AttemptOutcome.SENT
    assert any(b"the channel works" in seen for seen in world.seen())


async def test_an_empty_digest_can_be_sent(world: World) -> None:
    attempt = await world.channel.send(outgoing(world.channel, world.channel.render(digests.digest(), "dlv_1")))
    assert attempt.outcome is AttemptOutcome.SENT


@pytest.fixture
def nobody() -> int:
    """A port on which nobody listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    assert isinstance(port, int)
    return port


async def test_nobody_there_is_an_outcome(nobody: int) -> None:
    for channel in (email_channel(nobody), webhook_channel(f"http://127.0.0.1:{nobody}/")):
        for attempt in (await channel.send(outgoing(channel, channel.render(DIGEST, "dlv_1"))), await channel.probe()):
            assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.REFUSED)
            assert attempt.answer


async def test_a_host_without_an_address_is_an_outcome() -> None:
    mail = email_channel(25, smtp={"host": "nowhere.invalid"})
    hook = webhook_channel("https://nowhere.invalid/hook")
    for channel in (mail, hook):
        for attempt in (await channel.send(outgoing(channel, channel.render(DIGEST, "dlv_1"))), await channel.probe()):
            assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.REFUSED)


async def test_a_receiver_that_hangs_is_cut() -> None:
    async with mail_server(Script(hang="data")) as server, receiver(Answer(fault="hang")) as hook:
        for channel in (email_channel(server.port, wait=0.3), webhook_channel(hook.url, wait=0.3)):
            attempt = await channel.send(outgoing(channel, channel.render(DIGEST, "dlv_1")))
            assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.TIMEOUT)
            assert "0.3 s" in attempt.answer


hostile = st.text(st.characters(codec=None), max_size=40)


def _hostile_digest(text: str) -> Digest:
    lead = digests.article("a", text, url=text, feed=text, author=text, matches=())
    return digests.digest(digests.topic(text, digests.story(text, lead), title=text), series=text)


@hypothesis_settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=hostile)
def test_no_text_stops_a_rendering(text: str, tmp_path: Path) -> None:
    digest = _hostile_digest(text)
    for channel in (email_channel(25), webhook_channel("http://127.0.0.1/"), folder_channel(tmp_path)):
        assert channel.render(digest, "dlv_1")


def test_each_section_makes_its_channel(tmp_path: Path) -> None:
    smtp = {"host": "mail.example.org"}
    sections: list[settings.Channel] = [
        settings.EmailChannel.model_validate({"name": "e", "to": ("a@b.org",), "from": "c@d.org", "smtp": smtp}),
        settings.WebhookChannel(name="w", url="https://example.org/hook"),
        settings.FolderChannel(name="f", path=Path("out")),
    ]
    made = [make_channel(one, look=Look(), clock=SystemClock(), base=tmp_path) for one in sections]
    assert [type(one).__name__ for one in made] == ["EmailChannel", "WebhookChannel", "FolderChannel"]
    assert [tuple(one.recipients()) for one in made] == [("a@b.org",), (), ()]
    for section, channel in zip(sections, made, strict=True):
        work = pickle.loads(pickle.dumps(partial(render, section, Look(), DIGEST, "dlv_1")))  # noqa: S301 - our own
        assert work() == channel.render(DIGEST, "dlv_1")


def test_retry_settings_do_not_matter_to_rendering() -> None:
    patient = settings.Retry(give_up=timedelta(days=9))
    plain = webhook_channel("https://example.org/hook")
    changed = webhook_channel("https://example.org/hook", retry=patient)
    assert plain.render(DIGEST, "d") == changed.render(DIGEST, "d")
