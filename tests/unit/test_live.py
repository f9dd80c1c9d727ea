"""A config that takes another's place."""

import warnings
from pathlib import Path

import pytest

from watcher.app import make_channels
from watcher.clock import SystemClock
from watcher.jobs import Live
from watcher.settings import AppriseChannel, Settings, WebhookChannel

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    pytest.importorskip("apprise")
CHAT = AppriseChannel(name="chat", url=("json://127.0.0.1:9/a",))
OTHER = AppriseChannel(name="other", url=("json://127.0.0.1:9/b",))
HOOK = WebhookChannel(name="hook", url="http://127.0.0.1:9/hook")


def live(*channels: AppriseChannel | WebhookChannel) -> Live:
    settings = Settings(folder=Path("/nowhere"), channels=channels)
    return Live(settings, channels=make_channels(settings, SystemClock()))


def test_a_service_that_stays_as_it_was_keeps_what_it_knows_of_messages_under_way() -> None:
    before = live(CHAT, OTHER, HOOK)
    renewed = OTHER.model_copy(update={"url": ("json://127.0.0.1:9/renewed",)})
    added = AppriseChannel(name="added", url=("json://127.0.0.1:9/c",))
    after = live(CHAT, renewed, HOOK, added).after(before)
    assert after.channels["chat"] is before.channels["chat"]
    assert after.channels["other"] is not before.channels["other"]
    assert after.channels["hook"] is not before.channels["hook"], "a renewed certificate is read"
    assert sorted(after.channels) == ["added", "chat", "hook", "other"]
