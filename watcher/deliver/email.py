"""Mail over SMTP (RFC 5321): each recipient stands for itself, encryption never falls back."""

import asyncio
import base64
import socket
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from ssl import SSLContext

import aiosmtplib

from watcher import settings
from watcher.deliver.answers import caused_by_tls, clean_answer, foreign
from watcher.deliver.mail import bare_address, render_mail
from watcher.deliver.trust import trust
from watcher.digest import Look
from watcher.model import Attempt, AttemptOutcome, AttemptReason, Digest, Outgoing, Recipient
from watcher.ports import Clock

_FAREWELL = 2.0  # seconds for QUIT: the mail is taken already
_AUTH_CODES = frozenset({530, 534, 535, 538})
_CLOSING = 421
_PERMANENT = 500


class EmailChannel:
    """Sends mail through one server."""

    def __init__(self, channel: settings.EmailChannel, look: Look, clock: Clock, *, ca: Path | None = None) -> None:
        self._channel = channel
        self._look = look
        self._clock = clock
        self._ca = ca
        self._sender = bare_address(channel.sender)
        self._secrets = _secrets(channel.smtp)

    def render(self, digest: Digest, delivery_id: str) -> bytes:
        """The whole MIME message."""
        return render_mail(self._channel, self._look, digest, delivery_id)

    def recipients(self) -> Sequence[str]:
        """Bare addresses, each once."""
        return tuple(dict.fromkeys(bare_address(address) for address in self._channel.to))

    async def send(self, outgoing: Outgoing) -> Attempt:
        """One dialogue, within the time-out as a whole; every recipient's own answer is in the attempt."""
        if outgoing.body.startswith(b"{"):
            return foreign()
        tally = _Tally(outgoing.recipients or tuple(self.recipients()), self._secrets)
        return await self._dialogue(tally, outgoing.body)

    async def probe(self) -> Attempt:
        """Greeting, encryption and login, nothing sent."""
        return await self._dialogue(_Tally((), self._secrets), None)

    async def _dialogue(self, tally: "_Tally", body: bytes | None) -> Attempt:
        limit = self._channel.smtp.timeout.total_seconds()
        try:
            client = self._client(limit)
        except (OSError, ValueError) as error:
            return tally.failed(AttemptReason.TLS, f"the certificates to trust cannot be read: {error}")
        try:
            async with asyncio.timeout(limit):
                failed = await self._converse(client, tally, body)
            if client.is_connected:
                await _farewell(client)
        except TimeoutError:
            failed = tally.failed(AttemptReason.TIMEOUT, f"no answer within {limit:g} s")
        finally:
            client.close()
        return failed or tally.attempt()

    def _client(self, limit: float) -> aiosmtplib.SMTP:
        smtp = self._channel.smtp
        return aiosmtplib.SMTP(
            hostname=smtp.host,
            port=smtp.port,
            use_tls=smtp.security == "tls",
            start_tls=smtp.security == "starttls",
            tls_context=None if smtp.security == "none" else self._context,
            local_hostname=_own_name(),
            timeout=limit,
        )

    async def _converse(self, client: aiosmtplib.SMTP, tally: "_Tally", body: bytes | None) -> Attempt | None:
        """Connect, log in, hand over; None where the tally tells the outcome."""
        try:
            await client.connect()
        except (aiosmtplib.SMTPException, OSError, ValueError, OverflowError) as error:
            return tally.failed(_connect_reason(error), self._unreached(error))
        smtp = self._channel.smtp
        if smtp.username is not None:
            try:
                await client.login(smtp.username, smtp.password or "")
            except (aiosmtplib.SMTPException, OSError, ValueError) as error:
                reason = _reason(error) if isinstance(error, OSError) else AttemptReason.AUTH
                return tally.failed(reason, f"login as {smtp.username}: {_said(error)}")
        try:
            if body is None:
                said = (await client.noop()).message
                tally.greeted(f"{'connected' if smtp.username is None else f'logged in as {smtp.username}'}: {said}")
            else:
                await self._hand_over(client, tally, body)
        except (aiosmtplib.SMTPException, OSError, ValueError) as error:
            return tally.failed(_reason(error), _said(error))
        return None

    def _unreached(self, error: Exception) -> str:
        """What went wrong before anything was said, with the cure where nobody answers."""
        if _connect_reason(error) is not AttemptReason.REFUSED:
            return _said(error)
        smtp, cause = self._channel.smtp, error.__cause__ or error
        where = f"{smtp.host}, port {smtp.port}"
        return f"no connection to {where}; is a mail server running there, and are `smtp: host, port` right? ({cause})"

    async def _hand_over(self, client: aiosmtplib.SMTP, tally: "_Tally", body: bytes) -> None:
        foreign = not all(address.isascii() for address in (self._sender, *tally.waiting))
        if foreign and client.is_ehlo_or_helo_needed:
            await client.ehlo()
        utf8 = foreign and client.supports_extension("smtputf8")
        encoding = "utf-8" if utf8 else "ascii"
        await client.mail(self._sender, options=["SMTPUTF8"] if utf8 else [], encoding=encoding)
        accepted: list[str] = []
        for address in tally.waiting:
            try:
                await client.rcpt(address, encoding=encoding)
                accepted.append(address)
            except UnicodeError:
                tally.refused(address, 553, "the server takes no such address (no SMTPUTF8)")
            except aiosmtplib.SMTPRecipientRefused as error:
                tally.refused(address, error.code, error.message)
                if error.code == _CLOSING:
                    raise
        if not accepted:
            return
        try:
            answer = await client.data(body)
        except aiosmtplib.SMTPDataError as error:
            for address in accepted:
                tally.refused(address, error.code, error.message)
            return
        for address in accepted:
            tally.accepted(address, f"{answer.code} {answer.message}")

    @cached_property
    def _context(self) -> SSLContext:
        return trust(self._ca)


class _Tally:
    """How each recipient stands while the dialogue goes on; those without an answer wait."""

    def __init__(self, addresses: Sequence[str], secrets: Sequence[str]) -> None:
        self._stand: dict[str, Recipient | None] = dict.fromkeys(addresses)
        self._secrets = secrets
        self._reason = AttemptReason.ACCEPTED
        self._said = ""

    @property
    def waiting(self) -> tuple[str, ...]:
        return tuple(address for address, recipient in self._stand.items() if recipient is None)

    def greeted(self, answer: str) -> None:
        self._said = self._clean(answer)

    def accepted(self, address: str, answer: str) -> None:
        self._set(address, AttemptOutcome.SENT, answer)

    def refused(self, address: str, code: int, answer: str) -> None:
        """5xx is for good, unless it is our login that is missing; anything else may pass."""
        if code in _AUTH_CODES:
            self._reason = AttemptReason.AUTH
        final = code >= _PERMANENT and code not in _AUTH_CODES
        self._set(address, AttemptOutcome.DEAD if final else AttemptOutcome.RETRY, f"{code} {answer}")

    def failed(self, reason: AttemptReason, answer: str) -> Attempt:
        """The dialogue broke off: all that were not refused for good, wait."""
        said = self._clean(answer)
        waiting = (
            recipient or Recipient(address=address, outcome=AttemptOutcome.RETRY, answer=said)
            for address, recipient in self._stand.items()
        )
        return Attempt(outcome=AttemptOutcome.RETRY, reason=reason, answer=said, recipients=tuple(waiting))

    def attempt(self) -> Attempt:
        """The outcome as a whole: waiting while anyone waits, dead where anyone was refused for good."""
        recipients = tuple(recipient for recipient in self._stand.values() if recipient is not None)
        outcomes = {recipient.outcome for recipient in recipients}
        for outcome in (AttemptOutcome.RETRY, AttemptOutcome.DEAD):
            if outcome in outcomes:
                first = next(recipient for recipient in recipients if recipient.outcome is outcome)
                alike = all(recipient.answer == first.answer for recipient in recipients)
                said = first.answer if alike else f"{first.address}: {first.answer}"
                reason = self._mixed(outcome, outcomes)
                return Attempt(outcome=outcome, reason=reason, answer=said, recipients=recipients)
        said = recipients[0].answer if recipients else self._said
        return Attempt(outcome=AttemptOutcome.SENT, reason=AttemptReason.ACCEPTED, answer=said, recipients=recipients)

    def _mixed(self, outcome: AttemptOutcome, outcomes: set[AttemptOutcome]) -> AttemptReason:
        if AttemptOutcome.SENT in outcomes:
            return AttemptReason.PARTIAL
        if self._reason is AttemptReason.AUTH:
            return AttemptReason.AUTH
        return AttemptReason.REJECTED if outcome is AttemptOutcome.DEAD else AttemptReason.STATUS

    def _set(self, address: str, outcome: AttemptOutcome, answer: str) -> None:
        self._stand[address] = Recipient(address=address, outcome=outcome, answer=self._clean(answer))

    def _clean(self, answer: str) -> str:
        return clean_answer(answer, self._secrets)


async def _farewell(client: aiosmtplib.SMTP) -> None:
    """QUIT as a courtesy: how it goes changes nothing."""
    try:
        async with asyncio.timeout(_FAREWELL):
            await client.quit()
    except (aiosmtplib.SMTPException, OSError):
        return


def _connect_reason(error: Exception) -> AttemptReason:
    """Refusal of STARTTLS comes as a bare SMTPException: no encryption, no mail."""
    return AttemptReason.TLS if type(error) is aiosmtplib.SMTPException else _reason(error)


def _reason(error: Exception) -> AttemptReason:
    if caused_by_tls(error):
        return AttemptReason.TLS
    match error:
        case TimeoutError():
            return AttemptReason.TIMEOUT
        case aiosmtplib.SMTPResponseException(code=code) if code in _AUTH_CODES:
            return AttemptReason.AUTH
        case aiosmtplib.SMTPResponseException():
            return AttemptReason.STATUS
        case aiosmtplib.SMTPConnectError():
            return AttemptReason.REFUSED
        case _:
            return AttemptReason.ERROR


def _said(error: Exception) -> str:
    if isinstance(error, aiosmtplib.SMTPResponseException):
        return f"{error.code} {error.message}"
    return str(error) or type(error).__name__


def _secrets(smtp: settings.Smtp) -> tuple[str, ...]:
    """The password as it might come back: plain, and in the forms that AUTH sends it."""
    if not smtp.password:
        return ()
    secret = smtp.password.encode()
    user = (smtp.username or "").encode()
    plain = (b"\0" + user + b"\0" + secret, user + b"\0" + user + b"\0" + secret, secret)
    return (smtp.password, *(base64.b64encode(form).decode() for form in plain))


def _own_name() -> str:
    """Our name for EHLO, without asking DNS; the address literal where the host has no full one (RFC 5321 §4.1.3)."""
    name = socket.gethostname()
    return name if "." in name and name.isascii() and not any(char.isspace() for char in name) else "[127.0.0.1]"
