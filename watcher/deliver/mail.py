"""A digest as a complete mail: the same bytes for the same digest and delivery."""

import base64
import hashlib
import re
from dataclasses import replace
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, parseaddr

from watcher import settings
from watcher.digest import Look, content_id, render_html, render_text, subject
from watcher.digest.clean import line
from watcher.model import Digest

_UNSAFE = re.compile(r"[^A-Za-z0-9_.+-]+")
_MOSTLY_FOREIGN = 6  # one character in so many beyond ASCII: base64 is shorter than quoted-printable


def render_mail(channel: settings.EmailChannel, look: Look, digest: Digest, delivery_id: str) -> bytes:
    """Text and HTML in one MIME message (RFC 5322, 2045), CRLF line ends, 7-bit clean.

    The Message-ID and the boundary are made from the delivery's id, so that a mail sent twice is known as one. A
    series is a thread per day: its mails all answer to one root that is never sent itself.
    """
    sender = _address(channel.sender)
    message = EmailMessage(policy=SMTP)
    message["From"] = sender
    message["To"] = [_address(address) for address in channel.to]
    message["Subject"] = line(subject(digest)).replace("=?", "= ?")  # never taken for an encoded word (RFC 2047)
    message["Date"] = format_datetime(digest.created)
    if channel.list_unsubscribe:
        message["List-Unsubscribe"] = f"<{_link(channel.list_unsubscribe)}>"
    message["Auto-Submitted"] = "auto-generated"
    message["X-Auto-Response-Suppress"] = "All"
    html = render_html(digest, replace(look, pictures="cid"))
    _fill(message, render_text(digest, look), html, delivery_id)
    _add_pictures(message, digest, html, delivery_id)
    return _ids(digest, look, delivery_id, _atom(sender.domain or "localhost")) + message.as_bytes()


def _ids(digest: Digest, look: Look, delivery_id: str, domain: str) -> bytes:
    """The headers made of ids alone, written by hand: the library would encode those that are longer than a line."""
    series = _atom(digest.series)
    root = f"<{series}.{digest.created.astimezone(look.timezone).date().isoformat()}@{domain}>"
    lines = (
        f"Message-ID: <{_atom(delivery_id)}@{domain}>",
        f"In-Reply-To: {root}",
        f"References: {root}",
        f"List-Id: {series} <{series}.watcher.{domain}>",
    )
    return "".join(f"{text}\r\n" for text in lines).encode("ascii")


def bare_address(text: str) -> str:
    """The address in `Name <address>`, its domain in ASCII (IDNA) where it can be said so."""
    address = parseaddr(text)[1] or text.strip()
    local, at, domain = address.rpartition("@")
    try:
        return f"{local}{at}{domain.encode('idna').decode()}" if at else address
    except UnicodeError:
        return address


def _fill(message: EmailMessage, text: str, html: str, delivery_id: str) -> None:
    message.set_content(text, subtype="plain", charset="utf-8", cte=_encoding(text))
    message.add_alternative(html, subtype="html", charset="utf-8", cte=_encoding(html))
    message.set_boundary(_boundary(delivery_id))
    for part in message.iter_parts():
        del part["MIME-Version"]


def _add_pictures(message: EmailMessage, digest: Digest, html: str, delivery_id: str) -> None:
    """The sparklines that the HTML shows, beside it in one multipart/related (RFC 2387)."""
    moves = [moved for topic in digest.topics for moved in topic.figures if moved.sparkline]
    pictures = {content_id(moved): moved.sparkline for moved in moves}
    part = list(message.iter_parts())[-1]
    for number, (name, picture) in enumerate(pictures.items(), 1):
        if f"cid:{name}" in html and isinstance(part, EmailMessage):
            content, file = base64.b64decode(picture), f"figure-{number}.png"
            part.add_related(content, "image", "png", cid=f"<{name}>", disposition="inline", filename=file)
    if part.is_multipart():
        part.set_boundary(_boundary(f"{delivery_id}/related"))
        for inner in part.iter_parts():
            del inner["MIME-Version"]


def _boundary(seed: str) -> str:
    return "=_" + hashlib.sha256(seed.encode("utf-8", "replace")).hexdigest()[:40]


def _encoding(text: str) -> str:
    foreign = len(text.encode()) - len(text)
    return "base64" if foreign * _MOSTLY_FOREIGN > len(text) else "quoted-printable"


def _address(text: str) -> Address:
    name = line(parseaddr(text)[0], 100)
    address = bare_address(text)
    local, domain = address.rsplit("@", 1) if "@" in address else (address, "")
    return Address(display_name=name, username=local, domain=domain)


def _atom(text: str) -> str:
    """What may stand in an id (RFC 5322 dot-atom); what is left out tells itself apart by a hash."""
    safe = re.sub(r"\.{2,}", ".", _UNSAFE.sub("-", text)).strip(".-")
    if text and safe == text and len(safe) <= 60:  # noqa: PLR2004 - leaves room in a line of 78
        return safe
    return f"{safe[:40].strip('.-')}-{hashlib.sha256(text.encode('utf-8', 'replace')).hexdigest()[:12]}".lstrip("-")


def _link(text: str) -> str:
    return re.sub(r"[^\x21-\x7e]|[<>]", "", text)
