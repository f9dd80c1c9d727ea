"""Every other service through Apprise, an extra: each URL is sent to by itself, and keeps its own answer."""

import asyncio
import hashlib
import importlib
import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from watcher import settings
from watcher.deliver import threads
from watcher.digest import Look, render_chat, subject
from watcher.errors import ConfigError, Fault
from watcher.model import Attempt, AttemptOutcome, AttemptReason, DeliveryId, Digest, Outgoing, Recipient

_LEAST = 200  # characters; a service that takes less is given that
_MOST = 30_000


@dataclass(frozen=True, slots=True, kw_only=True)
class _Service:
    """One URL. `label` tells it from the others and gives nothing away."""

    label: str
    name: str
    notify: Any
    limit: int
    title_limit: int
    markdown: bool


@dataclass(slots=True, kw_only=True)
class _Line:
    """What is under way to a service, and what it took after we had stopped waiting for its answer."""

    delivery: DeliveryId | None = None
    sending: Future[bool] | None = None
    late: set[DeliveryId] = field(default_factory=set)

    def look(self) -> None:
        """Note how a message ended that nobody waited for."""
        if self.sending is None or not self.sending.done():
            return
        if self.delivery is not None and self.sending.exception() is None and self.sending.result():
            self.late.add(self.delivery)
        self.sending = self.delivery = None


class ServicesChannel:
    """Sends to one or more URLs of Apprise, to each one message at a time."""

    def __init__(self, channel: settings.AppriseChannel, look: Look) -> None:
        self._channel = channel
        self._look = look
        self._services = _services(channel)
        self._lines = {label: _Line() for label in self._services}

    def render(self, digest: Digest, delivery_id: str) -> bytes:  # noqa: ARG002 - chats know no ids
        """What each service is to say, as JSON by label: Markdown where it takes it, within its length."""
        return render_services(self._channel, self._look, digest)

    def recipients(self) -> Sequence[str]:
        """The services' labels."""
        return tuple(self._services)

    async def send(self, outgoing: Outgoing) -> Attempt:
        """Each service that has not taken it yet; a retry goes only to those."""
        said = json.loads(outgoing.body)
        wanted = [label for label in outgoing.recipients or tuple(self._services) if label in said]
        found = await asyncio.gather(*(self._send(label, said[label], outgoing.id) for label in wanted))
        failed = [one for one in found if one.outcome is not AttemptOutcome.SENT]
        if not failed:
            answer = found[0].answer if found else "there is nobody to tell"
            return Attempt(
                outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer=answer, recipients=tuple(found)
            )
        reason = AttemptReason.PARTIAL if len(failed) < len(found) else AttemptReason.STATUS
        return Attempt(outcome=AttemptOutcome.RETRY, reason=reason, answer=failed[0].answer, recipients=tuple(found))

    async def probe(self) -> Attempt:
        """The URLs can be read; services cannot be asked without sending."""
        names = ", ".join(one.name for one in self._services.values())
        return Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer=f"not asked: {names}")

    async def _send(self, label: str, said: Mapping[str, str], delivery: DeliveryId) -> Recipient:
        service = self._services.get(label)
        if service is None:
            return Recipient(address=label, outcome=AttemptOutcome.DEAD, answer="its URL has left the config")
        taken, answer = await self._told(service, self._lines[label], said, delivery)
        outcome = AttemptOutcome.SENT if taken else AttemptOutcome.RETRY
        return Recipient(address=label, outcome=outcome, answer=f"{service.name}: {answer}")

    async def _told(
        self, service: _Service, line: _Line, said: Mapping[str, str], delivery: DeliveryId
    ) -> tuple[bool, str]:
        """Whether the service took it, and in words. A thread cannot be stopped: one that still hangs is not joined."""
        line.look()
        if delivery in line.late:
            line.late.discard(delivery)
            return True, "took it late"
        if line.sending is not None and line.delivery != delivery:
            return False, "still busy with an earlier message"
        if line.sending is None:
            line.delivery, line.sending = delivery, threads.start(_notify, service, said)
        limit = self._channel.timeout.total_seconds()
        sending = line.sending
        try:
            async with asyncio.timeout(limit):
                taken = await asyncio.wrap_future(sending)
        except TimeoutError:
            return False, f"no answer within {limit:g} s"
        line.sending = line.delivery = None
        return taken, "took it" if taken else "did not take it"


def render_services(channel: settings.AppriseChannel, look: Look, digest: Digest) -> bytes:
    """What each service of the channel is to say."""
    said = {}
    for label, service in _services(channel).items():
        title = subject(digest)[: service.title_limit] if service.title_limit else ""
        text = render_chat(digest, look, limit=service.limit, markdown=service.markdown)
        said[label] = {"title": title, "body": text, "format": "markdown" if service.markdown else "text"}
    return json.dumps(said, ensure_ascii=False, sort_keys=True).encode("utf-8", "replace")


def _notify(service: _Service, said: Mapping[str, str]) -> bool:
    """Blocks. What goes wrong in a service's own code is a failure, and is not repeated: it may hold the URL."""
    try:
        return bool(service.notify.notify(body=said["body"], title=said["title"], body_format=said["format"]))
    except (OSError, TypeError, ValueError, LookupError, AttributeError, RuntimeError):
        return False


def _services(channel: settings.AppriseChannel) -> dict[str, _Service]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it asks for modules that Python 3.13 has no more
        apprise = _apprise(channel.name)
        # Its own pools are shared by all services, and the process waits for them at its end.
        asset = apprise.AppriseAsset(async_mode=False, service_timeout=0)
        plugins = [apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True) for url in channel.url]
    found = {}
    for index, (url, plugin) in enumerate(zip(channel.url, plugins, strict=True)):
        if plugin is None:
            message = f"Apprise knows no such URL as the {index + 1}. one" if len(channel.url) > 1 else "no Apprise URL"
            raise ConfigError([Fault(message=message, path=f"channels.{channel.name}.url")])
        sender = apprise.Apprise(asset=asset)
        sender.add(plugin)
        scheme = url.partition(":")[0].lower()
        label = f"{scheme}-{hashlib.blake2b(url.encode(), digest_size=4).hexdigest()}"
        title = max(0, int(plugin.title_maxlen))
        found[label] = _Service(
            label=label,
            name=str(plugin.service_name or scheme),
            notify=sender,
            limit=min(max(int(plugin.body_maxlen) - (0 if title else _LEAST), _LEAST), _MOST),
            title_limit=title,
            markdown="markdown" in str(plugin.notify_format),
        )
    return found


def _apprise(name: str) -> ModuleType:
    """The library, if it is there; its log is shut, for it may hold URLs."""
    try:
        apprise = importlib.import_module("apprise")
    except ImportError as error:
        message = "channels of type apprise need an extra that is not installed"
        hint = 'pip install "feedwatcher[apprise]"'
        raise ConfigError([Fault(message=message, path=f"channels.{name}", hint=hint)]) from error
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.CRITICAL + 1)
    return apprise
