"""The main job by real mail: TLS, login, each recipient for itself, the same message on every retry."""

import json
from collections.abc import AsyncIterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.helpers.command import daemon
from tests.helpers.inside import inside
from tests.helpers.newsroom import Item, Newsroom, newsroom
from tests.helpers.smtp import Certificates, MailServer, Script, mail_server
from tests.system.test_main_job import BATTLE, config

LOGIN = ("watcher", "open sesame")


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with newsroom() as made:
        made.publish("main", BATTLE)
        yield made


def mailing(folder: Path, room: Newsroom, server: MailServer, ca: Path | None, *to: str, **smtp: object) -> Path:
    """A config that mails a digest at once."""
    login = {"username": LOGIN[0], "password": LOGIN[1]} if server.script.login else {}
    channel = {
        "type": "email",
        "to": list(to or ("desk@example.org",)),
        "from": "Watcher <watcher@example.org>",
        "smtp": {"host": "localhost", "port": server.port, "security": server.script.security, **login, **smtp},
        "retry": {"first": "1s", "max": "1s"},
    }
    fetch = {"interval": "1s", "min_interval": "1s", "host_delay": "0ms", "allow_private": ["127.0.0.0/8"]}
    return config(
        folder,
        room,
        channels={"desk": channel},
        digests={"now": {"topics": ["*"], "to": ["desk"], "wait": "0s", "every": "1s"}},
        fetch=fetch | ({"ca": str(ca)} if ca else {}),
    )


def parts(message: EmailMessage) -> tuple[str, str]:
    """The text and the HTML of a mail."""
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


@pytest.mark.parametrize("security", ["starttls", "tls"])
async def test_the_news_comes_by_encrypted_mail_with_a_login_once(
    room: Newsroom, tmp_path: Path, security: str
) -> None:
    certificates = Certificates(tmp_path)
    script = Script(security="tls" if security == "tls" else "starttls", login=LOGIN)
    async with mail_server(script, certificates) as server:
        file = mailing(tmp_path, room, server, certificates.ca)
        first = await inside("-c", file, "once")
        assert first.code == 0, first.err
        (mail,) = server.mails
        assert mail.encrypted
        assert mail.logged_in
        assert mail.recipients == ("desk@example.org",)
        message = mail.parsed()
        for header in ("Message-ID", "Date", "List-Id"):
            assert message[header], header
        assert "The battle" in message["Subject"]
        for part in parts(message):
            assert BATTLE.title in part
            assert "roughly" in part
            assert f"{room.base}/page/battle" in part
        second = await inside("-c", file, "once")
        assert second.code == 0, second.err
        assert len(server.mails) == 1
    assert LOGIN[1] not in first.out + first.err


async def test_a_retry_goes_only_to_those_who_have_not_accepted_with_the_same_message(
    room: Newsroom, tmp_path: Path
) -> None:
    refusing = {"busy@example.org": "450 4.2.1 busy", "nobody@example.org": "550 5.1.1 no such user"}
    async with mail_server(Script(recipients=refusing)) as server:
        file = mailing(tmp_path, room, server, None, "desk@example.org", "busy@example.org", "nobody@example.org")
        async with daemon(file, tmp_path / "log") as running:
            await running.until(lambda: bool(server.mails))
            server.script = Script(recipients={"nobody@example.org": "550 5.1.1 no such user"})
            await running.until(lambda: "sent to the others; nobody@example.org: 550" in running.log)
            assert await running.stop() == 0
        assert [mail.recipients for mail in server.mails] == [("desk@example.org",), ("busy@example.org",)]
        assert server.mails[0].content == server.mails[1].content
        dead = await inside("-c", file, "deliveries", "--dead")
        assert "dead for 1 of 3" in dead.out, "somebody refused it for good, and that is not to be lost from sight"
        assert "no such user" in (await inside("-c", file, "deliveries", "--json")).out
        server.script = Script()
        (delivery,) = json.loads((await inside("-c", file, "deliveries", "--json")).out)
        assert (await inside("-c", file, "retry", delivery["id"])).code == 0
        assert (await inside("-c", file, "once")).code == 0
        assert server.mails[-1].recipients == ("nobody@example.org",)
        assert not json.loads((await inside("-c", file, "deliveries", "--dead", "--json")).out)


async def test_a_server_without_starttls_gets_nothing(room: Newsroom, tmp_path: Path) -> None:
    async with mail_server(Script()) as server:
        ended = await inside("-c", mailing(tmp_path, room, server, None, security="starttls"), "once")
        assert ended.code == 1
        assert "delivery failed (retry): desk" in ended.err
        assert not server.mails


async def test_a_stranger_with_the_servers_name_gets_nothing(room: Newsroom, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    async with mail_server(Script(security="starttls", login=LOGIN), certificates) as server:
        ended = await inside("-c", mailing(tmp_path, room, server, None), "once")
        assert ended.code == 1
        assert "certificate" in ended.err
        assert not server.mails


async def test_send_test_shows_each_recipients_answer(room: Newsroom, tmp_path: Path) -> None:
    async with mail_server(Script(recipients={"b@example.org": "550 5.1.1 no such user"})) as server:
        ended = await inside(
            "-c", mailing(tmp_path, room, server, None, "a@example.org", "b@example.org"), "send-test", "desk"
        )
        assert ended.code == 1
        assert "a@example.org: sent" in ended.out
        assert "b@example.org: dead 550 5.1.1 no such user" in ended.out
        assert ended.err.startswith("desk: ")
        assert len(server.mails) == 1
    assert not room.asked


async def test_check_online_names_a_wrong_password(room: Newsroom, tmp_path: Path) -> None:
    certificates = Certificates(tmp_path)
    async with mail_server(Script(security="starttls", login=LOGIN), certificates) as server:
        right = await inside("-c", mailing(tmp_path, room, server, certificates.ca), "check", "--online")
        assert right.code == 0, right.err
        wrong = mailing(tmp_path, room, server, certificates.ca, password="guess")
        ended = await inside("-c", wrong, "check", "--online")
        assert ended.code == 1
        assert "channel desk: login as watcher" in ended.err
        assert "guess" not in ended.err + ended.out
        assert not server.mails


async def test_subjects_and_names_of_any_script_arrive_whole(room: Newsroom, tmp_path: Path) -> None:
    title = "الجيش يبدأ هجوم الموصل \N{EM DASH} Musul'a doğru"
    room.feeds["main"] = [Item(slug="musul", title=title, text=f"{title}. Mosul offensive.\n{BATTLE.text}")]
    async with mail_server(Script()) as server:
        ended = await inside("-c", mailing(tmp_path, room, server, None), "once")
        assert ended.code == 0, ended.err
        for part in parts(server.mails[0].parsed()):
            assert "هجوم الموصل" in part
        assert server.mails[0].content.isascii()
