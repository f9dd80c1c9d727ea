"""Standard Webhooks over HTTP: signed, never redirected, cut when slow."""

import asyncio
import ssl
from collections.abc import Sequence
from functools import cached_property
from http import HTTPStatus
from pathlib import Path

import httpx

from watcher import __version__, settings
from watcher.deliver.answers import caused_by_tls, clean_answer, foreign, retry_after, url_secrets
from watcher.deliver.signing import PREFIX, decode_secret, signature
from watcher.deliver.trust import trust
from watcher.digest import Look, payload_bytes
from watcher.errors import ConfigError, Fault
from watcher.model import Attempt, AttemptOutcome, AttemptReason, Digest, Outgoing
from watcher.ports import Clock

MAX_BODY = 1_000_000  # bytes; what servers take as they come is a little more
_LAST_PORT = 65_535
_ANSWER = 4_000  # bytes read of an answer
_AUTH = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.PROXY_AUTHENTICATION_REQUIRED})


class WebhookChannel:
    """Posts digests as JSON to one URL."""

    def __init__(self, channel: settings.WebhookChannel, look: Look, clock: Clock, *, ca: Path | None = None) -> None:
        self._channel = channel
        self._look = look
        self._clock = clock
        self._ca = ca
        self._keys = _keys(channel)
        bare = (secret.removeprefix(PREFIX) for secret in channel.secret)
        self._secrets = (*channel.secret, *bare, *url_secrets(channel.url))

    def render(self, digest: Digest, delivery_id: str) -> bytes:  # noqa: ARG002 - the id travels in a header
        """The body of the public interface, shortened where it is too large."""
        return render_body(self._look, digest)

    def recipients(self) -> Sequence[str]:
        """None: a webhook has no addresses."""
        return ()

    async def send(self, outgoing: Outgoing) -> Attempt:
        """One POST, within the time-out as a whole. 2xx is sent, 410 held, all else to be tried again."""
        if not outgoing.body.startswith(b'{"type":'):
            return foreign()
        if (fault := _fault(self._channel.url)) is not None:
            return self._failed(AttemptReason.CONFIG, fault)
        try:
            async with asyncio.timeout(self._channel.timeout.total_seconds()):
                return await self._post(outgoing)
        except TimeoutError:
            return self._failed(AttemptReason.TIMEOUT, f"no answer within {self._channel.timeout.total_seconds():g} s")
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, ValueError) as error:
            return self._failed(_reason(error), str(error) or type(error).__name__)

    async def probe(self) -> Attempt:
        """Connects, with TLS for https, and asks nothing: a receiver need not know of test requests."""
        limit = self._channel.timeout.total_seconds()
        if (fault := _fault(self._channel.url)) is not None:
            return self._failed(AttemptReason.CONFIG, fault)
        try:
            url = httpx.URL(self._channel.url)
            secure = url.scheme == "https"
            async with asyncio.timeout(limit):
                _, writer = await asyncio.open_connection(
                    url.host, url.port or (443 if secure else 80), ssl=self._context if secure else None
                )
        except TimeoutError:
            return self._failed(AttemptReason.TIMEOUT, f"no connection within {limit:g} s")
        except (httpx.InvalidURL, OSError, ValueError) as error:
            reason = AttemptReason.TLS if caused_by_tls(error) else AttemptReason.REFUSED
            return self._failed(reason, str(error) or type(error).__name__)
        writer.transport.abort()
        return Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer="connected")

    async def aclose(self) -> None:
        """Close the client."""
        if "_client" in self.__dict__:
            await self._client.aclose()

    async def _post(self, outgoing: Outgoing) -> Attempt:
        request = self._client.build_request(
            "POST", self._channel.url, content=outgoing.body, headers=self._headers(outgoing)
        )
        response = await self._client.send(request, stream=True)
        try:
            if response.is_success:
                return Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer=_status(response))
            return self._refused(response, await _beginning(response))
        finally:
            await response.aclose()

    def _headers(self, outgoing: Outgoing) -> dict[str, str]:
        timestamp = int(self._clock.now().timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": f"Watcher/{__version__}",
            "accept-encoding": "identity",
            "webhook-id": outgoing.id,
            "webhook-timestamp": str(timestamp),
        }
        if self._keys:
            headers["webhook-signature"] = signature(self._keys, outgoing.id, timestamp, outgoing.body)
        return headers

    def _refused(self, response: httpx.Response, said: str) -> Attempt:
        why = "(redirects are not followed)" if response.has_redirect_location else said
        answer = clean_answer(f"{_status(response)} {why}", self._secrets)
        if response.status_code == HTTPStatus.GONE:
            return Attempt(outcome=AttemptOutcome.HELD, reason=AttemptReason.GONE, answer=answer)
        wait = retry_after(response.headers.get("retry-after"), self._clock.now())
        return Attempt(outcome=AttemptOutcome.RETRY, reason=_status_reason(response), answer=answer, retry_after=wait)

    def _failed(self, reason: AttemptReason, answer: str) -> Attempt:
        return Attempt(outcome=AttemptOutcome.RETRY, reason=reason, answer=clean_answer(answer, self._secrets))

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        return httpx.AsyncClient(
            verify=self._context,
            trust_env=False,
            follow_redirects=False,
            timeout=self._channel.timeout.total_seconds(),
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    @cached_property
    def _context(self) -> ssl.SSLContext:
        return trust(self._ca)


def render_body(look: Look, digest: Digest) -> bytes:
    """The JSON of the public interface, at most a million bytes."""
    return payload_bytes(digest, MAX_BODY, look.public_url)


def _keys(channel: settings.WebhookChannel) -> tuple[bytes, ...]:
    try:
        return tuple(decode_secret(secret) for secret in channel.secret)
    except ValueError as error:
        raise ConfigError([Fault(message=str(error), path=f"channels.{channel.name}.secret")]) from None


def _fault(text: str) -> str | None:
    """What keeps a URL from being asked at all."""
    try:
        url = httpx.URL(text)
    except (httpx.InvalidURL, ValueError) as error:
        return f"not a URL: {error}"
    if url.scheme not in {"http", "https"} or not url.host or (url.port or 0) > _LAST_PORT:
        return "not a URL of http or https with a host"
    return None


async def _beginning(response: httpx.Response) -> str:
    """The start of an answer, undecoded; what came before the connection broke."""
    read = b""
    try:
        async for chunk in response.aiter_raw():
            read += chunk
            if len(read) >= _ANSWER:
                break
    except httpx.HTTPError:
        pass
    return read[:_ANSWER].decode("utf-8", "replace")


def _status(response: httpx.Response) -> str:
    return f"{response.status_code} {response.reason_phrase}".strip()


def _status_reason(response: httpx.Response) -> AttemptReason:
    if response.status_code in _AUTH:
        return AttemptReason.AUTH
    if response.status_code == HTTPStatus.TOO_MANY_REQUESTS:
        return AttemptReason.RATE_LIMITED
    return AttemptReason.STATUS


def _reason(error: Exception) -> AttemptReason:
    if caused_by_tls(error):
        return AttemptReason.TLS
    if isinstance(error, httpx.TimeoutException):
        return AttemptReason.TIMEOUT
    return AttemptReason.REFUSED if isinstance(error, httpx.ConnectError) else AttemptReason.ERROR
