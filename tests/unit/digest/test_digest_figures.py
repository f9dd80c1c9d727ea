"""How a digest shows figures that moved: old and new, both sentences, who said so, and a picture beside the numbers."""

import base64
from dataclasses import replace
from email import message_from_bytes, policy
from email.message import EmailMessage
from zoneinfo import ZoneInfo

import pytest
from lxml import html

from tests.helpers import digests
from watcher.charts import sparklines
from watcher.deliver import render
from watcher.digest import Look, payload, render_html, render_text
from watcher.digest.merge import merge
from watcher.digest.words import disagreement, move as move_words
from watcher.model import Digest, DigestId, Qualifier, SeriesKey, Subject, Unit
from watcher.model.figure import Modality
from watcher.settings import EmailChannel, Smtp

CHANNEL = EmailChannel(
    name="desk", to=("desk@example.org",), sender="Watcher <w@example.org>", smtp=Smtp(host="mail.example.org")
)
(PICTURE,) = sparklines([tuple((point.at, point.value) for point in digests.told_move().points)])


def told(picture: str = PICTURE) -> Digest:
    return digests.digest(digests.topic("refugees", digests.story(), figures=(digests.told_move(sparkline=picture),)))


@pytest.mark.parametrize(
    "words",
    [
        "People displaced, Mosul: 54,000 → 68,000 (+26 %; highest so far; 3 sources)",
        "“It is 68,000 now.” — Tigris Wire, 20 Oct, 07:00",
        "“It counted 54,000.” — IOM, Tigris Wire, 19 Oct, 07:00",
    ],
)
def test_both_sentences_and_who_said_so_stand_in_text_and_html(words: str) -> None:
    shown = " ".join(html.document_fromstring(render_html(told(), Look())).text_content().split())
    written = " ".join(render_text(told(), Look()).replace("    >", "").split())
    assert words in shown
    assert words in written


def test_a_mail_carries_its_picture_by_content_id() -> None:
    first, second = (render(CHANNEL, Look(), told(), "msg_1") for _ in range(2))
    assert first == second
    mail = message_from_bytes(first, policy=policy.default)
    assert isinstance(mail, EmailMessage)
    assert [part.get_content_type() for part in mail.walk()] == [
        "multipart/alternative",
        "text/plain",
        "multipart/related",
        "text/html",
        "image/png",
    ]
    *_, page, picture = mail.walk()
    (source,) = html.document_fromstring(page.get_content()).xpath("//img/@src")
    assert source == f"cid:{picture['Content-ID'].strip('<>')}"
    assert picture.get_content_disposition() == "inline"
    assert picture.get_content() == base64.b64decode(PICTURE)
    assert picture.get_content().startswith(b"\x89PNG")


def test_a_digest_without_pictures_is_a_plain_mail() -> None:
    mail = message_from_bytes(render(CHANNEL, Look(), told(""), "msg_1"), policy=policy.default)
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


def test_a_page_carries_its_picture_in_itself_and_a_payload_none() -> None:
    assert f'src="data:image/png;base64,{PICTURE}"' in render_html(told(), Look())
    assert PICTURE not in str(payload(told()))


def test_a_hostile_sentence_stays_text() -> None:
    said = digests.told_move().latest_said
    assert said is not None
    moved = digests.told_move(latest_said=replace(said, quote="<script>x</script>", url="javascript:x"))
    page = render_html(digests.digest(digests.topic("t", digests.story(), figures=(moved,))), Look())
    assert "<script>" not in page
    assert "javascript:" not in page


def test_disagreement_in_words() -> None:
    move = digests.told_move()
    assert move.latest_said is not None
    assert move.previous_said is not None
    key = SeriesKey(subject=Subject.DISPLACED, unit=Unit.PEOPLE, place="Mosul", modality=Modality.REPORTED)
    most = replace(move.previous_said, qualifier=Qualifier.AT_MOST)
    assert disagreement(key, move.latest_said, most, ZoneInfo("UTC")) == (
        "Sources disagree on people displaced, Mosul: "
        "68,000 (Tigris Wire, 20 Oct, 07:00) against up to 54,000 (IOM, 19 Oct, 07:00)"
    )


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"previous": None}, "68,000 (first figure; 3 sources)"),
        ({"previous": 68_000}, "68,000 (as before; highest so far; 3 sources)"),
        ({"highest": 90_000}, "54,000 → 68,000 (+26 %; highest: 90,000; 3 sources)"),
        ({"latest": 45_000, "disputed": True}, "54,000 → 45,000 (−17 %; disputed; highest: 68,000; 3 sources)"),
        ({"latest_said": None}, "54,000 → 68,000 (+26 %; highest so far; 3 sources)"),
    ],
)
def test_how_a_series_stands_in_words(changes: dict[str, object], words: str) -> None:
    assert move_words(digests.told_move(**changes)) == f"People displaced, Mosul: {words}"


@pytest.mark.parametrize(
    ("begun", "previous", "quote"),
    [
        ({"previous": None, "previous_said": None, "latest": 54_000, "highest": 54_000}, 54_000, "It is 68,000 now."),
        ({"previous": 30_000, "latest": 54_000, "highest": 54_000}, 30_000, "It counted 54,000."),
        ({"previous": None, "previous_said": None, "latest": 68_000}, None, None),
    ],
)
def test_digests_that_become_one_tell_from_where_the_first_began(
    begun: dict[str, object], previous: float | None, quote: str | None
) -> None:
    parts = [
        digests.digest(digests.topic("refugees", digests.story(), figures=(moved,)))
        for moved in (digests.told_move(**begun), digests.told_move())
    ]
    (move,) = merge(parts, digest_id=DigestId("m"), period="1", created=parts[0].created).topics[0].figures
    assert (move.previous, move.latest) == (previous, 68_000)
    assert (move.previous_said and move.previous_said.quote) == quote


def test_a_bound_is_called_one() -> None:
    said = digests.told_move().latest_said
    assert said is not None
    moved = digests.told_move(latest_said=replace(said, qualifier=Qualifier.AT_LEAST))
    assert "(+26 %; a lower bound; highest so far; 3 sources)" in move_words(moved)


def test_what_moved_stands_before_the_stories_and_beside_the_subject() -> None:
    text = render_text(told(), Look())
    assert text.index("Figures that moved") < text.index("\n1. ")
    page = html.document_fromstring(render_html(told(), Look()))
    assert page.xpath("string(//*[@class='hidden'])").startswith("People displaced, Mosul: 54,000 → 68,000")
    shown = page.text_content()
    assert shown.index("Figures that moved") < shown.index(digests.story().headline, shown.index("Figures that moved"))


def test_first_figures_have_not_moved() -> None:
    first = digests.digest(digests.topic("t", digests.story(), figures=(digests.told_move(previous=None),)))
    assert "\nFigures\n" in render_text(first, Look())
