"""Real mail servers on loopback: plain, STARTTLS, implicit TLS, login, and faults as scripted."""

import asyncio
import ssl
import warnings
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import trustme
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

Place = Literal["", "connect", "mail", "rcpt", "data", "quit"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """What the server does. `recipients` are answers to RCPT, such as `{"b@x": "450 4.2.1 busy"}`.

    `hang` and `reset` name the command at which the server falls silent or resets the connection; a reset at `data`
    comes after the message was read in full. `data`, `mail` replace the answers of those commands.
    """

    security: Literal["none", "starttls", "tls"] = "none"
    login: tuple[str, str] | None = None
    recipients: Mapping[str, str] = field(default_factory=dict)
    mail: str = "250 OK"
    data: str = "250 2.0.0 taken"
    hang: Place = ""
    reset: Place = ""
    utf8: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Mail:
    """A message that the server read in full, whatever it answered."""

    sender: str
    recipients: tuple[str, ...]
    content: bytes
    encrypted: bool
    logged_in: bool

    def parsed(self) -> EmailMessage:
        message = message_from_bytes(self.content, _class=EmailMessage, policy=default)
        assert isinstance(message, EmailMessage)
        return message


class Certificates:
    """A made-up authority and a certificate of its own for loopback."""

    def __init__(self, folder: Path) -> None:
        authority = trustme.CA()
        self._server = authority.issue_cert("localhost", "127.0.0.1")
        self.ca = folder / "ca.pem"
        authority.cert_pem.write_to_path(str(self.ca))

    @cached_property
    def server(self) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._server.configure_cert(context)
        return context


@dataclass(slots=True, kw_only=True)
class MailServer:
    """A running server: where it listens, and what it read."""

    port: int = 0
    script: Script
    mails: list[Mail] = field(default_factory=list)
    sessions: list[SMTP] = field(default_factory=list)

    async def stop(self) -> None:
        """Drop every connection that is still open."""
        for session in self.sessions:
            if isinstance(session.transport, asyncio.WriteTransport):
                session.transport.abort()
        for _ in range(20):
            await asyncio.sleep(0)


class _Handler:
    def __init__(self, server: MailServer) -> None:
        self._server = server

    async def handle_MAIL(  # noqa: N802 - named by aiosmtpd
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._fault("mail", smtp)
        if self._server.script.mail.startswith("2"):
            envelope.mail_from = address
        return self._server.script.mail

    async def handle_RCPT(  # noqa: N802
        self, smtp: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        await self._fault("rcpt", smtp)
        answer = self._server.script.recipients.get(address, "250 OK")
        if answer.startswith("2"):
            envelope.rcpt_tos.append(address)
        if answer.startswith("421") and smtp.transport is not None:
            await smtp.push(answer)
            smtp.transport.close()
        return answer

    async def handle_DATA(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        assert isinstance(envelope.original_content, bytes)
        self._server.mails.append(
            Mail(
                sender=envelope.mail_from or "",
                recipients=tuple(envelope.rcpt_tos),
                content=envelope.original_content,
                encrypted=self._server.script.security == "tls" or session.ssl is not None,
                logged_in=bool(session.authenticated),
            )
        )
        await self._fault("data", smtp)
        return self._server.script.data

    async def handle_QUIT(self, smtp: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await self._fault("quit", smtp)
        return "221 Bye"

    async def _fault(self, place: Place, smtp: SMTP) -> None:
        if self._server.script.reset == place and smtp.transport is not None:
            assert isinstance(smtp.transport, asyncio.WriteTransport)
            smtp.transport.abort()
        if self._server.script.hang == place:
            await asyncio.Event().wait()


@asynccontextmanager
async def mail_server(script: Script, certificates: Certificates | None = None) -> AsyncIterator[MailServer]:
    """Serve until the block ends."""
    running = MailServer(script=script)
    loop = asyncio.get_running_loop()
    implicit = certificates.server if certificates and script.security == "tls" else None
    listening = await loop.create_server(_protocol(running, certificates), "127.0.0.1", 0, ssl=implicit)
    running.port = listening.sockets[0].getsockname()[1]
    try:
        yield running
    finally:
        listening.close()
        await running.stop()


@asynccontextmanager
async def raw_server(greeting: bytes) -> AsyncIterator[int]:
    """A server that says its greeting (nothing, where empty) and no more; yields its port."""
    ended: list[asyncio.Event] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        ended.append(asyncio.Event())
        try:
            writer.write(greeting)
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()
            ended[-1].set()

    listening = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield listening.sockets[0].getsockname()[1]
    finally:
        listening.close()
        for event in ended:
            await event.wait()
        await asyncio.sleep(0)


def _protocol(running: MailServer, certificates: Certificates | None) -> Callable[[], SMTP]:
    script = running.script

    def authenticate(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        assert script.login is not None
        user, password = script.login
        expected = LoginPassword(user.encode(), password.encode())
        return AuthResult(success=data == expected, handled=False)

    def make() -> SMTP:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of a login without STARTTLS: here it is implicit TLS or the test's point
            session = SMTP(
                _Handler(running),
                hostname="mail.test",
                enable_SMTPUTF8=script.utf8,
                tls_context=certificates.server if certificates and script.security == "starttls" else None,
                require_starttls=script.security == "starttls",
                auth_required=script.login is not None,
                auth_require_tls=script.security == "starttls",
                authenticator=authenticate if script.login else None,
                loop=asyncio.get_running_loop(),
            )
        running.sessions.append(session)
        return session

    return make
