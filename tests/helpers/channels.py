"""Channels for tests, pointed at servers on loopback."""

from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.helpers.digests import MORNING
from watcher import settings
from watcher.clock import SystemClock
from watcher.deliver import EmailChannel, FolderChannel, WebhookChannel
from watcher.digest import Look
from watcher.model import DeliveryId, Outgoing
from watcher.ports import Channel

SECRET = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"


def email_channel(port: int, *, ca: Path | None = None, wait: float = 5, **changes: Any) -> EmailChannel:
    """Mail to `desk@example.org` through loopback; `smtp` replaces single fields of the server's section."""
    smtp = {"host": "127.0.0.1", "port": port, "security": "none", "timeout": timedelta(seconds=wait)}
    smtp |= changes.pop("smtp", {})
    section = {"name": "desk", "to": ("desk@example.org",), "from": "Watcher <watcher@example.org>", "smtp": smtp}
    return EmailChannel(settings.EmailChannel.model_validate(section | changes), Look(), SystemClock(), ca=ca)


def webhook_channel(url: str, *, ca: Path | None = None, wait: float = 5, **changes: Any) -> WebhookChannel:
    section = {"name": "hook", "url": url, "secret": (SECRET,), "timeout": timedelta(seconds=wait)}
    return WebhookChannel(settings.WebhookChannel.model_validate(section | changes), Look(), SystemClock(), ca=ca)


def folder_channel(path: Path, base: Path = Path()) -> FolderChannel:
    section = settings.FolderChannel.model_validate({"name": "files", "path": path})
    return FolderChannel(section, Look(), SystemClock(), base=base)


def outgoing(channel: Channel, body: bytes, *recipients: str, name: str = "dlv_1") -> Outgoing:
    """What the deliver job hands to a channel."""
    return Outgoing(
        id=DeliveryId(name),
        channel="test",
        body=body,
        created=MORNING,
        recipients=recipients or tuple(channel.recipients()),
    )
