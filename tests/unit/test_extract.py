"""Pages to articles: each file in tests/cases/extract is a page and what must come of it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import yaml

from watcher.extract import Page, detect, feed_text, page

_CASES = sorted(Path("tests/cases/extract").glob("*.yaml"))
_PARAGRAPH = "The council said on Tuesday that the bridge would be opened to cars before the winter. " * 4


@pytest.mark.parametrize("path", _CASES, ids=lambda path: path.stem)
def test_case(path: Path) -> None:
    case: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    found = page(
        case["html"].encode(case.get("encode", "utf-8")),
        url=case["url"],
        headers=case.get("headers", {}),
        feed_title=case.get("feed_title"),
        feed_language=case.get("feed_language"),
    )
    for name, expected in case["expect"].items():
        assert _told(found, name) == expected, f"{case['shows']}: {name}\n{found}"


def _told(found: Page, name: str) -> object:
    lines = found.text.split("\n") if found.text else []
    if name == "text":
        return lines
    if name in {"starts", "ends"}:
        return lines[0 if name == "starts" else -1]
    return getattr(found, name)


def test_every_case_says_what_it_shows() -> None:
    assert len(_CASES) > 35
    assert all(yaml.safe_load(path.read_text(encoding="utf-8"))["shows"] for path in _CASES)


_HOSTILE = {
    "nothing": b"",
    "white space": b" \n\t ",
    "40,000 nested tags": b"<html><body>" + b"<div>" * 40_000 + _PARAGRAPH.encode(),
    "unclosed inline tags": b"<html><body>" + b"<b><i>" * 20_000 + _PARAGRAPH.encode(),
    "every byte there is": bytes(range(256)) * 4_000,
    "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 100,
    "a PDF": b"%PDF-1.4\n" + b"x" * 1_000,
    "tags alone": b"<" * 300_000,
    "a doctype cut off": b"<!DOCTYPE html",
    "100,000 attributes": b"<html><body><div " + b"".join(b'a%d="<" ' % n for n in range(100_000)) + b">",
    "an attribute of a megabyte": b"<html><body><div class='" + b"comment " * 130_000 + b"'></div>",
    "a table row of 30,000 cells": b"<html><body><article><table><tr>" + b"<td>x</td>" * 30_000,
    "20,000 links in a paragraph": b"<html><body><article><p>" + b"<a href=x>word</a> " * 20_000,
    "deep JSON-LD": b"<script type='application/ld+json'>" + b"[" * 100_000 + b"</script>",
    "nested lists": b"<html><body><article>" + b"<ul><li>" * 20_000 + _PARAGRAPH.encode(),
    "lone surrogates": "<html><body><p>\ud800\udfff".encode("utf-8", "surrogatepass"),
}


@pytest.mark.parametrize("html", _HOSTILE.values(), ids=_HOSTILE)
def test_hostile_page_is_a_page_all_the_same(html: bytes) -> None:
    found = page(html, url="https://example.org/", headers={})
    assert isinstance(found, Page)
    assert found.text or found.fault


@pytest.mark.parametrize("name", ["nothing", "white space", "40,000 nested tags", "every byte there is", "a picture"])
def test_page_without_an_article_has_no_text_but_a_fault(name: str) -> None:
    found = page(_HOSTILE[name], url="https://example.org/", headers={})
    assert found.text == ""
    assert found.fault


def test_header_says_that_it_is_no_page() -> None:
    found = page(b"{}", url="https://example.org/", headers={"content-type": "application/json; charset=utf-8"})
    assert found.fault == "not HTML (application/json)"


def test_what_stands_behind_a_huge_attribute_is_read() -> None:
    html = b"<html><body><div data-x='" + b"a=1 " * 100_000 + b"'></div><article><p>" + _PARAGRAPH.encode()
    assert page(html, url="https://example.org/", headers={}).text == _PARAGRAPH.strip()


def test_page_of_three_megabytes_is_cut_and_read() -> None:
    html = b"<html><body><article><p>" + _PARAGRAPH.encode() + b"</p></article><!--" + b"x" * 3_000_000
    assert page(html, url="https://example.org/", headers={}).text == _PARAGRAPH.strip()


def test_utf16_with_a_byte_order_mark() -> None:
    html = f"<html><body><article><p>{_PARAGRAPH}</p></article></body></html>".encode("utf-16")
    assert page(html, url="https://example.org/", headers={}).text == _PARAGRAPH.strip()


def test_character_cut_off_at_the_limit_leaves_the_page_utf8() -> None:
    start = "<html><body><article><p>Köprü açıldı. " + _PARAGRAPH + "</p></article><!--"
    html = (start + "ü" * 2_000_000).encode()
    assert page(html, url="https://example.org/", headers={}).text.startswith("Köprü açıldı.")


def test_feed_language_serves_where_the_page_says_nothing() -> None:
    html = b"<html><body><article><p>Mosul 3-2 Erbil</p></article></body></html>"
    assert page(html, url="https://example.org/", headers={}, feed_language="ar-IQ").language == "ar"


@pytest.mark.parametrize(
    ("text", "declared", "feed", "language"),
    [
        ("الموصل 3-2", "en", "ar-IQ", "ar"),
        ("الموصل 3-2", "en", "en", None),
        ("Three bridges were reopened on Tuesday.", "ar", "ar", "en"),
        ("Mosul 3-2", "ar", "en", "ar"),
        ("Mosul 3-2 الموصل", "ar", "en", "ar"),
        ("Mûsil 3-2", "ku", "en", "ku"),
    ],
)
def test_letters_rule_out_what_a_page_declares(text: str, declared: str, feed: str, language: str | None) -> None:
    html = f'<html lang="{declared}"><body><article><p>{text}</p></article></body></html>'.encode()
    assert page(html, url="https://example.org/", headers={}, feed_language=feed).language == language


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("plain text", "plain text"),
        ("<p>one</p><p>two</p>", "one\ntwo"),
        ("one<br/>two &amp; three", "one\ntwo & three"),
        ("&lt;p&gt;escaped &amp;amp; twice&lt;/p&gt;", "escaped & twice"),
        ("a < b and c > d", "a < b and c > d"),
        ('<p>Teaser … <a href="x">Read more</a></p>', "Teaser …"),
        ('<p>Text.</p><p>The post <a href="x">Text</a> appeared first on <a href="y">Site</a>.</p>', "Text."),
        ("<script>alert(1)</script><style>p{}</style><p>text</p>", "text"),
        ("<![CDATA[<p>text</p>]]>", "text"),
        ("<ul><li>one</li><li>two</li></ul>", "one\ntwo"),
        ("<img src=x onerror=alert(1)>", ""),
        ("", ""),
    ],
)
def test_feed_text(markup: str, text: str) -> None:
    assert feed_text(markup) == text


@pytest.mark.parametrize(
    ("text", "hint", "language"),
    [
        ("Iraqi forces began the long-awaited offensive to retake Mosul.", None, "en"),
        ("Hükümet sözcüsü askerlerin geri çekilmeyeceğini söyledi.", "en", "tr"),
        ("أعلنت قيادة العمليات المشتركة أن القوات تتقدم نحو المدينة", None, "ar"),
        ("Pêşmerge li nêzî Mûsilê pêşve diçin û gundên nû rizgar kirin", None, "ku"),
        ("هێزەکانی پێشمەرگە لە نزیک مووسڵ بەرەو پێش دەچن", None, "ckb"),
        ("Mosul 3-2", "ar_IQ", "ar"),
        ("Mosul 3-2", None, None),
        ("", "not a tag at all", None),
    ],
)
def test_detect(text: str, hint: str | None, language: str | None) -> None:
    assert detect(text, hint) == language


@pytest.mark.parametrize(
    ("written", "moment"),
    [
        ("2016-10-18T09:30:00Z", datetime(2016, 10, 18, 9, 30, tzinfo=UTC)),
        ("2016-10-18T09:30:00.123+0300", datetime(2016, 10, 18, 6, 30, tzinfo=UTC)),
        ("2016-10-18 09:30", datetime(2016, 10, 18, 9, 30, tzinfo=UTC)),
        ("2016/10/18", datetime(2016, 10, 18, tzinfo=UTC)),
        ("20161018T093000", datetime(2016, 10, 18, 9, 30, tzinfo=UTC)),
        ("Tue, 18 Oct 2016 09:30:00 +0300", datetime(2016, 10, 18, 6, 30, tzinfo=UTC)),
        ("1476783000", datetime(2016, 10, 18, 9, 30, tzinfo=UTC)),
        ("1476783000000", datetime(2016, 10, 18, 9, 30, tzinfo=UTC)),
        ("October 18, 2016 9:30 PM", datetime(2016, 10, 18, 21, 30, tzinfo=UTC)),
        ("18th October 2016", datetime(2016, 10, 18, tzinfo=UTC)),
        ("18.10.2016 09:30", datetime(2016, 10, 18, 9, 30, tzinfo=UTC)),
        ("10/18/2016", datetime(2016, 10, 18, tzinfo=UTC)),
        ("18 Ekim 2016 Salı 09:30", datetime(2016, 10, 18, 9, 30, tzinfo=UTC)),
        ("١٨ تشرين الأول ٢٠١٦", datetime(2016, 10, 18, tzinfo=UTC)),
        ("18 أكتوبر 2016", datetime(2016, 10, 18, tzinfo=UTC)),
        ("2016-13-45", None),
        ("0001-01-01T00:00:00Z", None),
        ("99/99/9999", None),
        ("yesterday", None),
    ],
)
def test_dates(written: str, moment: datetime | None) -> None:
    html = f"<html><head><meta name='date' content='{written}'></head><body><p>x</p></body></html>".encode()
    assert page(html, url="https://example.org/a", headers={}).published == moment
