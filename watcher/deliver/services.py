"""Every other service through Apprise, an extra: each URL is sent to by itself, and keeps its own answer."""

import asyncio
import difflib
import hashlib
import importlib
import json
import logging
import re
import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import ModuleType
from typing import Any

from watcher import settings
from watcher.deliver import answers, threads
from watcher.digest import Look, render_chat, subject
from watcher.errors import ConfigError, Fault
from watcher.model import Attempt, AttemptOutcome, AttemptReason, DeliveryId, Digest, Outgoing, Recipient

_LEAST = 200  # characters; a service that takes less is given that
_MOST = 30_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]{0,30}")
_ALL = "all services: https://appriseit.com/services/"


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
        said = _read(outgoing.body)
        wanted = [label for label in outgoing.recipients or tuple(self._services) if label in said]
        if not wanted:
            return answers.foreign()
        now = _present(said, self._services)
        found = await asyncio.gather(*(self._send(label, now[label], said[label], outgoing.id) for label in wanted))
        for outcome in (AttemptOutcome.RETRY, AttemptOutcome.DEAD):
            failed = [one for one in found if one.outcome is outcome]
            if failed:
                partly = any(one.outcome is AttemptOutcome.SENT for one in found)
                reason = AttemptReason.PARTIAL if partly else AttemptReason.STATUS
                return Attempt(outcome=outcome, reason=reason, answer=failed[0].answer, recipients=tuple(found))
        return Attempt(
            outcome=AttemptOutcome.SENT,
            reason=AttemptReason.ACCEPTED,
            answer=found[0].answer,
            recipients=tuple(found),
        )

    async def probe(self) -> Attempt:
        """The URLs can be read; services cannot be asked without sending."""
        names = ", ".join(one.name for one in self._services.values())
        return Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer=f"not asked: {names}")

    async def _send(self, label: str, now: str | None, said: Mapping[str, str], delivery: DeliveryId) -> Recipient:
        """Tell one service; `now` is the label that its URL has now."""
        if now is None:
            return Recipient(address=label, outcome=AttemptOutcome.DEAD, answer="its URL has left the config")
        service = self._services[now]
        taken, answer = await self._told(service, self._lines[now], said, delivery)
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


def _read(body: bytes) -> Mapping[str, Mapping[str, str]]:
    """What each service is to say, by label; nothing where the channel was of another type when that was written."""
    try:
        said = json.loads(body)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _present(said: Collection[str], services: Collection[str]) -> Mapping[str, str | None]:
    """The label that each URL has now: a URL of the same scheme that took the place of another is its heir.

    None where the URL has left the config, or it cannot be told which one took its place.
    """
    found: dict[str, str | None] = {label: label if label in services else None for label in said}
    for scheme in {_scheme(label) for label in said}:
        gone = sorted(label for label in said if label not in services and _scheme(label) == scheme)
        new = sorted(label for label in services if label not in said and _scheme(label) == scheme)
        if len(gone) == len(new):
            found |= zip(gone, new, strict=True)
    return found


def _scheme(label: str) -> str:
    return label.rpartition("-")[0]


def _notify(service: _Service, said: Mapping[str, str]) -> bool:
    """Blocks. What goes wrong in a service's own code is a failure, and is not repeated: it may hold the URL."""
    try:
        return bool(service.notify.notify(body=said["body"], title=said["title"], body_format=said["format"]))
    except (OSError, TypeError, ValueError, LookupError, AttributeError, RuntimeError):
        return False


def faults(channel: settings.AppriseChannel) -> tuple[tuple[int, Fault], ...]:
    """What is wrong with its URLs, each with its place among them. ConfigError where the extra is missing."""
    apprise = _apprise(channel.name)
    asset = _asset(apprise)
    found = []
    for index, url in enumerate(channel.url):
        if _plugin(apprise, asset, url) is None:
            message, hint = _wrong(apprise, url)
            where = f"[{index}]" if len(channel.url) > 1 else ""
            found.append((index, Fault(message=message, path=f"channels.{channel.name}.url{where}", hint=hint)))
    return tuple(found)


def _services(channel: settings.AppriseChannel) -> dict[str, _Service]:
    if wrong := faults(channel):
        raise ConfigError([fault for _, fault in wrong])
    apprise = _apprise(channel.name)
    asset = _asset(apprise)
    found = {}
    for url in channel.url:
        plugin = _plugin(apprise, asset, url)
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


def _asset(apprise: ModuleType) -> Any:
    """Without Apprise's own pools: all services share them, and the process waits for them at its end."""
    return apprise.AppriseAsset(async_mode=False, service_timeout=0)


def _plugin(apprise: ModuleType, asset: Any, url: str) -> Any:
    """The service of a URL; None where Apprise knows none."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # it asks for modules that Python 3.13 has no more
        return apprise.Apprise.instantiate(url, asset=asset, suppress_exceptions=True)


def _wrong(apprise: ModuleType, url: str) -> tuple[str, str]:
    """Why a URL is none of Apprise's, and the cure; only its scheme is named, the rest may be secret."""
    scheme, colon, _ = url.partition("://")
    if not colon or not _SCHEME.fullmatch(scheme):
        return "this is no Apprise URL", "such as slack://TokenA/TokenB/TokenC"
    manuals = {name: str(one["setup_url"]) for one in _known(apprise) for name in _schemes(one)}
    if manual := manuals.get(scheme.lower()):
        return f"Apprise cannot read this URL of `{scheme}`", f"how one is written: {manual}"
    near = difflib.get_close_matches(scheme.lower(), manuals, n=1)
    return f"Apprise knows no service `{scheme}`", f"did you mean `{near[0]}`?" if near else _ALL


def _known(apprise: ModuleType) -> list[dict[str, Any]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        return list(apprise.Apprise().details()["schemas"])


def _schemes(service: Mapping[str, Any]) -> Iterator[str]:
    yield from (*(service["protocols"] or ()), *(service["secure_protocols"] or ()))


def _apprise(name: str) -> ModuleType:
    """The library, if it is there; its log is shut, for it may hold URLs."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            apprise = importlib.import_module("apprise")
    except ImportError as error:
        message = "channels of type apprise need an extra that is not installed"
        hint = 'pip install "feedwatcher[apprise]"'
        raise ConfigError([Fault(message=message, path=f"channels.{name}", hint=hint)]) from error
    log = logging.getLogger("apprise")
    log.propagate = False
    log.setLevel(logging.CRITICAL + 1)
    return apprise
