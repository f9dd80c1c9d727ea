"""Mail against real SMTP servers on loopback."""

import base64
import socket
from collections.abc import Mapping
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from tests.helpers import digests
from tests.helpers.channels import email_channel, outgoing
from tests.helpers.smtp import Certificates, Script, mail_server, raw_server
from watcher import settings
from watcher.clock import SystemClock
from watcher.deliver import EmailChannel
from watcher.digest import Look
from watcher.model import Attempt, AttemptOutcome, AttemptReason, Digest

DIGEST = digests.digest(digests.topic("mosul-offensive", digests.story("s1"), digests.story("s2")))
ACCEPTED = (AttemptOutcome.SENT, AttemptReason.ACCEPTED)


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return Certificates(tmp_path_factory.mktemp("ca"))


def parsed(body: bytes) -> EmailMessage:
    message = message_from_bytes(body, _class=EmailMessage, policy=default)
    assert isinstance(message, EmailMessage)
    return message


def written(digest: Digest = DIGEST, delivery: str = "dlv_1", look: Look | None = None, **changes: Any) -> EmailMessage:
    channel = email_channel(25, **changes)
    if look is not None:
        channel = EmailChannel(channel._channel, look, SystemClock())
    return parsed(channel.render(digest, delivery))


async def attempted(channel: EmailChannel, *recipients: str) -> Attempt:
    return await channel.send(outgoing(channel, channel.render(DIGEST, "dlv_1"), *recipients))


def stands(attempt: Attempt) -> Mapping[str, AttemptOutcome]:
    return {recipient.address: recipient.outcome for recipient in attempt.recipients}


# The message


def test_the_headers_say_what_it_is() -> None:
    message = written(list_unsubscribe="https://example.org/leave?x=1")
    assert message["Subject"] == "Mosul offensive: 2 stories"
    assert message["From"] == "Watcher <watcher@example.org>"
    assert message["To"] == "desk@example.org"
    assert message["Date"].datetime == digests.MORNING
    assert message["Message-ID"] == "<dlv_1@example.org>"
    assert message["List-Id"] == "morning <morning.watcher.example.org>"
    assert message["List-Unsubscribe"] == "<https://example.org/leave?x=1>"
    assert message["Auto-Submitted"] == "auto-generated"
    assert message["MIME-Version"] == "1.0"


def test_no_unsubscribing_where_none_is_configured() -> None:
    assert "List-Unsubscribe" not in written()


def test_it_holds_text_and_then_html() -> None:
    message = written()
    assert message.get_content_type() == "multipart/alternative"
    text, html = message.iter_parts()
    assert isinstance(text, EmailMessage)
    assert isinstance(html, EmailMessage)
    assert (text.get_content_type(), html.get_content_type()) == ("text/plain", "text/html")
    assert "*Mosul offensive*" in text.get_content()
    assert "<mark" in html.get_content()


def test_every_line_is_short_and_seven_bits() -> None:
    arabic = digests.article("a", "معركة الموصل " * 40, feed="صوت دجلة", author="x" * 3000)
    body = email_channel(25).render(digests.digest(digests.topic("t", digests.story("s", arabic))), "dlv_1")
    assert body.isascii()
    assert max(len(line) for line in body.split(b"\r\n")) <= 998
    assert b"\n" not in body.replace(b"\r\n", b"")
    (text, _) = parsed(body).iter_parts()
    assert isinstance(text, EmailMessage)
    assert "معركة الموصل" in text.get_content()


def test_a_series_is_a_thread_per_local_day() -> None:
    athens = Look(timezone=ZoneInfo("Europe/Athens"))
    late = digests.digest(created=digests.MORNING.replace(hour=21, minute=30))
    mails = [written(look=athens), written(delivery="dlv_2", look=athens), written(late, "dlv_3", look=athens)]
    assert [mail["In-Reply-To"] for mail in mails] == [mail["References"] for mail in mails]
    assert [mail["References"] for mail in mails] == [
        "<morning.2016-10-20@example.org>",
        "<morning.2016-10-20@example.org>",
        "<morning.2016-10-21@example.org>",
    ]
    assert len({mail["Message-ID"] for mail in mails}) == 3


def test_series_are_threads_of_their_own() -> None:
    assert written(digests.digest(series="breaking"))["References"] == "<breaking.2016-10-20@example.org>"


@pytest.mark.parametrize(
    ("title", "subject"),
    [
        ("معركة الموصل من أجل استعادة المدينة القديمة", "معركة الموصل من أجل استعادة المدينة القديمة: 1 story"),
        ("Musul’da büyük operasyon, on binlerce kişi", "Musul’da büyük operasyon, on binlerce kişi: 1 story"),
        ("=?utf-8?q?fake?=", "= ?utf-8?q?fake?=: 1 story"),
    ],
)
def test_the_subject_comes_through_in_any_writing(title: str, subject: str) -> None:
    told = digests.digest(digests.topic("t", digests.story("s"), title=title))
    assert written(told)["Subject"] == subject


@pytest.mark.parametrize("name", ["Mosul\r\nBcc: all@example.org", "الموصل", "a b<c>@d", "x" * 300, ""])
def test_names_never_break_a_header(name: str) -> None:
    digest = digests.digest(digests.topic("t", digests.story("s"), title=name), series=name)
    message = written(digest, name)
    assert message["Bcc"] is None
    for header in ("Message-ID", "References"):
        left, right = message[header].strip("<>").split("@")
        assert right == "example.org"
        assert left.isascii()
        assert set(left) & set(" <>\r\n") == set()


def test_different_hostile_ids_stay_different() -> None:
    ids = {written(delivery=name)["Message-ID"] for name in ("a b", "a  b", "a-b", "الموصل", "موصل")}
    assert len(ids) == 5


def test_names_and_foreign_domains_of_people() -> None:
    channel = email_channel(25, to=("Bureau Ö <desk@bücher.example>", "desk@bücher.example", "b@example.org"))
    assert tuple(channel.recipients()) == ("desk@xn--bcher-kva.example", "b@example.org")
    message = parsed(channel.render(DIGEST, "d"))
    assert message["To"].startswith("Bureau Ö <desk@xn--bcher-kva.example>, ")


# The dialogue


@pytest.mark.parametrize("security", ["none", "starttls", "tls"])
@pytest.mark.parametrize("login", [None, ("watcher", "s3cret ö")])
async def test_mail_arrives(security: Any, login: tuple[str, str] | None, certificates: Certificates) -> None:
    async with mail_server(Script(security=security, login=login), certificates) as server:
        user = {"username": login[0], "password": login[1]} if login else {}
        channel = email_channel(server.port, ca=certificates.ca, smtp={"security": security, **user})
        attempt = await attempted(channel)
    assert (attempt.outcome, attempt.reason) == ACCEPTED
    assert stands(attempt) == {"desk@example.org": AttemptOutcome.SENT}
    (mail,) = server.mails
    assert (mail.encrypted, mail.logged_in) == (security != "none", login is not None)
    assert (mail.sender, mail.recipients) == ("watcher@example.org", ("desk@example.org",))
    assert mail.content == channel.render(DIGEST, "dlv_1")


async def test_a_certificate_nobody_vouches_for_is_refused(certificates: Certificates) -> None:
    for security in ("starttls", "tls"):
        async with mail_server(Script(security=security), certificates) as server:
            attempt = await attempted(email_channel(server.port, smtp={"security": security}))
        assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.TLS)
        assert "certificate" in attempt.answer.lower()
        assert server.mails == []


async def test_a_certificate_for_another_name_is_refused(certificates: Certificates) -> None:
    async with mail_server(Script(security="starttls"), certificates) as server:
        smtp = {"security": "starttls", "host": "127.0.0.2"}
        attempt = await attempted(email_channel(server.port, ca=certificates.ca, smtp=smtp))
    assert attempt.outcome is AttemptOutcome.RETRY
    assert server.mails == []


async def test_no_encryption_no_mail() -> None:
    async with mail_server(Script()) as server:
        attempt = await attempted(email_channel(server.port, smtp={"security": "starttls"}))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.TLS)
    assert "STARTTLS" in attempt.answer
    assert server.mails == []


async def test_a_missing_authority_file_is_an_outcome(tmp_path: Path) -> None:
    channel = email_channel(25, ca=tmp_path / "missing.pem", smtp={"security": "tls"})
    attempt = await attempted(channel)
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.TLS)


async def test_a_wrong_password_is_tried_again_and_not_told(certificates: Certificates) -> None:
    async with mail_server(Script(security="starttls", login=("watcher", "right")), certificates) as server:
        smtp = {"security": "starttls", "username": "watcher", "password": "wr0ng-password"}
        attempt = await attempted(email_channel(server.port, ca=certificates.ca, smtp=smtp))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.AUTH)
    assert "login as watcher: 535" in attempt.answer
    assert "wr0ng" not in attempt.answer


async def test_a_server_without_login_says_so() -> None:
    async with mail_server(Script()) as server:
        attempt = await attempted(email_channel(server.port, smtp={"username": "watcher", "password": "x"}))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.AUTH)


async def test_a_server_that_wants_a_login_is_not_a_refusal_for_good(certificates: Certificates) -> None:
    async with mail_server(Script(security="starttls", login=("watcher", "x")), certificates) as server:
        attempt = await attempted(email_channel(server.port, ca=certificates.ca, smtp={"security": "starttls"}))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.AUTH)


async def test_answers_are_cleaned_of_the_password(certificates: Certificates) -> None:
    secret = base64.b64encode(b"\0watcher\0pass-word").decode()
    script = Script(security="tls", login=("watcher", "pass-word"), data=f"451 saw pass-word and {secret}\x07 here")
    async with mail_server(script, certificates) as server:
        smtp = {"security": "tls", "username": "watcher", "password": "pass-word"}
        attempt = await attempted(email_channel(server.port, ca=certificates.ca, smtp=smtp))
    assert attempt.answer == "451 saw *** and *** here"


# Recipients


THREE = ("a@example.org", "b@example.org", "c@example.org")


async def test_each_recipient_stands_for_itself() -> None:
    script = Script(recipients={"b@example.org": "450 4.2.1 busy", "c@example.org": "550 5.1.1 nobody"})
    async with mail_server(script) as server:
        attempt = await attempted(email_channel(server.port, to=THREE))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.PARTIAL)
    assert stands(attempt) == {
        "a@example.org": AttemptOutcome.SENT,
        "b@example.org": AttemptOutcome.RETRY,
        "c@example.org": AttemptOutcome.DEAD,
    }
    assert [recipient.answer for recipient in attempt.recipients][1:] == ["450 4.2.1 busy", "550 5.1.1 nobody"]
    assert server.mails[0].recipients == ("a@example.org",)


async def test_a_retry_goes_only_to_the_rest_with_the_same_bytes() -> None:
    async with mail_server(Script()) as server:
        channel = email_channel(server.port, to=THREE)
        await attempted(channel)
        await attempted(channel, "b@example.org")
    first, second = server.mails
    assert (first.recipients, second.recipients) == (THREE, ("b@example.org",))
    assert first.content == second.content


async def test_all_refused_for_good_is_dead() -> None:
    async with mail_server(Script(recipients={"desk@example.org": "550 5.1.1 nobody"})) as server:
        attempt = await attempted(email_channel(server.port))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.DEAD, AttemptReason.REJECTED)
    assert attempt.answer == "550 5.1.1 nobody"
    assert server.mails == []


async def test_sent_to_some_and_refused_for_good_by_the_rest_is_shown_as_dead() -> None:
    async with mail_server(Script(recipients={"b@example.org": "550 5.1.1 nobody"})) as server:
        attempt = await attempted(email_channel(server.port, to=THREE))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.DEAD, AttemptReason.PARTIAL)
    assert len(server.mails) == 1


async def test_all_busy_is_tried_again() -> None:
    async with mail_server(Script(recipients=dict.fromkeys(THREE, "451 4.3.0 later"))) as server:
        attempt = await attempted(email_channel(server.port, to=THREE))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.STATUS)
    assert set(stands(attempt).values()) == {AttemptOutcome.RETRY}
    assert server.mails == []


async def test_a_server_that_closes_among_the_recipients_took_nothing() -> None:
    script = Script(recipients={"b@example.org": "421 4.7.0 going down", "a@example.org": "550 5.1.1 nobody"})
    async with mail_server(script) as server:
        attempt = await attempted(email_channel(server.port, to=THREE))
    assert attempt.outcome is AttemptOutcome.RETRY
    assert stands(attempt) == {
        "a@example.org": AttemptOutcome.DEAD,
        "b@example.org": AttemptOutcome.RETRY,
        "c@example.org": AttemptOutcome.RETRY,
    }
    assert server.mails == []


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        ("451 4.3.0 later", AttemptOutcome.RETRY, AttemptReason.STATUS),
        ("554 5.7.1 looks like spam", AttemptOutcome.DEAD, AttemptReason.REJECTED),
    ],
)
async def test_the_answer_to_the_message_counts_for_all(
    answer: str, outcome: AttemptOutcome, reason: AttemptReason
) -> None:
    async with mail_server(Script(data=answer)) as server:
        attempt = await attempted(email_channel(server.port, to=THREE))
    assert (attempt.outcome, attempt.reason, attempt.answer) == (outcome, reason, answer)
    assert set(stands(attempt).values()) == {outcome}


async def test_a_sender_refused_is_tried_again_as_the_config_may_change() -> None:
    async with mail_server(Script(mail="550 5.7.1 not your address")) as server:
        attempt = await attempted(email_channel(server.port))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.STATUS)
    assert attempt.answer == "550 5.7.1 not your address"


async def test_an_address_the_server_has_no_letters_for_does_not_stop_the_others() -> None:
    async with mail_server(Script()) as server:
        attempt = await attempted(email_channel(server.port, to=("مكتب@example.org", "b@example.org")))
    assert stands(attempt)["b@example.org"] is AttemptOutcome.SENT
    assert stands(attempt)["مكتب@example.org"] is AttemptOutcome.DEAD


async def test_a_foreign_address_is_served_where_the_server_can() -> None:
    async with mail_server(Script(utf8=True)) as server:
        attempt = await attempted(email_channel(server.port, to=("مكتب@example.org",)))
    assert attempt.outcome is AttemptOutcome.SENT
    assert server.mails[0].recipients == ("مكتب@example.org",)


# Faults


@pytest.mark.parametrize(
    ("greeting", "reason", "words"),
    [
        (b"421 4.3.2 shutting down\r\n", AttemptReason.STATUS, "421 4.3.2 shutting down"),
        (b"554 5.7.1 no service for you\r\n", AttemptReason.STATUS, "554 5.7.1 no service for you"),
        (b"", AttemptReason.TIMEOUT, ""),
        (b"HTTP/1.1 400 Bad Request\r\n\r\n", AttemptReason.STATUS, "Malformed"),
        (b"220-" + b"x" * 100_000, AttemptReason.STATUS, ""),
        (b"\xff\xfe\x00\r\n", AttemptReason.STATUS, ""),
    ],
)
async def test_strange_greetings_are_outcomes(greeting: bytes, reason: AttemptReason, words: str) -> None:
    async with raw_server(greeting) as port:
        attempt = await attempted(email_channel(port, wait=0.3))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, reason)
    assert words in attempt.answer
    assert len(attempt.answer) <= 300


@pytest.mark.parametrize("place", ["mail", "rcpt", "data"])
async def test_silence_anywhere_is_cut(place: Any) -> None:
    async with mail_server(Script(hang=place)) as server:
        attempt = await attempted(email_channel(server.port, wait=0.3))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.TIMEOUT)
    assert stands(attempt) == {"desk@example.org": AttemptOutcome.RETRY}


async def test_a_connection_lost_after_the_message_is_tried_again() -> None:
    async with mail_server(Script(reset="data")) as server:
        attempt = await attempted(email_channel(server.port))
    assert len(server.mails) == 1
    assert attempt.outcome is AttemptOutcome.RETRY
    assert stands(attempt) == {"desk@example.org": AttemptOutcome.RETRY}


async def test_what_was_written_for_another_type_of_channel_is_no_mail() -> None:
    async with mail_server(Script()) as server:
        channel = email_channel(server.port)
        attempt = await channel.send(outgoing(channel, b'{"type":"watcher.digest","data":{}}'))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.DEAD, AttemptReason.CONFIG)
    assert server.mails == []


@pytest.mark.parametrize("script", [Script(reset="quit"), Script(hang="quit")])
async def test_once_taken_it_is_sent_however_the_farewell_goes(script: Script, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("watcher.deliver.email._FAREWELL", 0.1)
    async with mail_server(script) as server:
        attempt = await attempted(email_channel(server.port, wait=2))
    assert (attempt.outcome, attempt.reason) == ACCEPTED
    assert len(server.mails) == 1


async def test_a_probe_logs_in_and_sends_nothing(certificates: Certificates) -> None:
    script = Script(security="starttls", login=("watcher", "right"))
    async with mail_server(script, certificates) as server:
        for password, outcome in (("right", AttemptOutcome.SENT), ("wrong", AttemptOutcome.RETRY)):
            smtp = {"security": "starttls", "username": "watcher", "password": password}
            attempt = await email_channel(server.port, ca=certificates.ca, smtp=smtp).probe()
            assert attempt.outcome is outcome
    assert server.mails == []


async def test_a_dot_alone_on_a_line_arrives(certificates: Certificates) -> None:
    dotted = digests.article("a", "x", matches=(digests.evidence(".", "Start\n.\nend ."),))
    async with mail_server(Script()) as server:
        channel = email_channel(server.port)
        body = (
            channel.render(digests.digest(digests.topic("t", digests.story("s", dotted))), "d") + b".\r\n..\r\nend\r\n"
        )
        await channel.send(outgoing(channel, body))
    assert server.mails[0].content == body


def test_the_password_is_in_no_repr() -> None:
    section = settings.Smtp(host="h", username="u", password="pass-word", timeout=timedelta(seconds=1))
    assert "pass-word" not in repr(section)


async def test_a_server_that_is_not_there_is_named_with_the_cure() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        port = taken.getsockname()[1]
        attempt = await attempted(email_channel(port))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.REFUSED)
    assert attempt.answer.startswith(f"no connection to 127.0.0.1, port {port}; is a mail server running there")
    assert "`smtp: host, port`" in attempt.answer
