"""Where digests go. A channel renders once, and sends the same bytes on every attempt; it never raises."""

from pathlib import Path

from watcher import settings
from watcher.deliver.email import EmailChannel
from watcher.deliver.folder import FolderChannel, render_files
from watcher.deliver.mail import render_mail
from watcher.deliver.sample import test_digest
from watcher.deliver.services import ServicesChannel, faults as service_faults, render_services
from watcher.deliver.signing import decode_secret
from watcher.deliver.webhook import WebhookChannel, render_body
from watcher.digest import Look
from watcher.errors import ConfigError, Fault
from watcher.model import Digest
from watcher.ports import Channel, Clock

__all__ = [
    "EmailChannel",
    "FolderChannel",
    "WebhookChannel",
    "decode_secret",
    "faults",
    "make_channel",
    "render",
    "test_digest",
]


def make_channel(channel: settings.Channel, *, look: Look, clock: Clock, base: Path, ca: Path | None = None) -> Channel:
    """The channel that a config section names.

    Relative folders start at `base`; `ca` is a file of further authorities to trust. ConfigError where a secret cannot
    be one. Cheap: certificates are read when first needed, so a channel may be made for each look.
    """
    match channel:
        case settings.EmailChannel():
            return EmailChannel(channel, look, clock, ca=ca)
        case settings.WebhookChannel():
            return WebhookChannel(channel, look, clock, ca=ca)
        case settings.FolderChannel():
            return FolderChannel(channel, look, clock, base=base)
        case settings.AppriseChannel():
            return ServicesChannel(channel, look)


def faults(channel: settings.Channel) -> tuple[tuple[tuple[str | int, ...], Fault], ...]:
    """What keeps a channel's section from being one, each with its place below `channels`."""
    if not isinstance(channel, settings.AppriseChannel):
        return ()
    try:
        return tuple(((channel.name, "url", index), fault) for index, fault in service_faults(channel))
    except ConfigError as error:
        return tuple(((channel.name,), fault) for fault in error.faults)


def render(channel: settings.Channel, look: Look, digest: Digest, delivery_id: str) -> bytes:
    """What the channel's own `render` makes, as a function that a worker process can be given."""
    match channel:
        case settings.EmailChannel():
            return render_mail(channel, look, digest, delivery_id)
        case settings.WebhookChannel():
            return render_body(look, digest)
        case settings.FolderChannel():
            return render_files(look, digest, delivery_id)
        case settings.AppriseChannel():
            return render_services(channel, look, digest)
