"""The digest's HTML in a real browser: on a phone and a desk, in light and dark."""

from collections.abc import Iterator
from typing import Literal
from zoneinfo import ZoneInfo

import pytest
from playwright.sync_api import Page

from tests.helpers import digests
from tests.helpers.chromium import chromium
from watcher.digest import Look, render_html
from watcher.model import Alert, AlertStory, Digest, Problem, Reason, Severity, SourcesHealth, StoryId

pytestmark = pytest.mark.browser

LOOK = Look(timezone=ZoneInfo("Europe/Athens"), public_url="https://watch.example.org")
PHONE, DESK = 375, 1200


@pytest.fixture(scope="module")
def page() -> Iterator[Page]:
    with chromium() as browser:
        yield browser.new_page()


def rich() -> Digest:
    quote = "بدأت القوات العراقية معركة الموصل فجر اليوم"
    arabic = digests.article(
        "a3", "معركة الموصل تبدأ", feed="صوت دجلة", language="ar", matches=(digests.evidence("الموصل", quote),)
    )
    unbroken = digests.article("a4", "W" * 200, url=f"https://news.example.org/{'x' * 300}", feed="F" * 200)
    copies = [digests.article(f"c{number}", f"Copy {number}", lead=False) for number in range(3)]
    made = tuple(
        AlertStory(id=StoryId(title), headline=title, url="https://n.example/1", feed="Wire", published=digests.MORNING)
        for title in ("Columns close in", "V" * 150)
    )
    topic = digests.topic(
        "mosul-offensive",
        digests.story("s1", digests.article("a1", figures=(digests.figure(),)), *copies, origins=3),
        digests.story("s2", arabic),
        digests.story("s3", unbroken, reason=Reason.FIGURE),
        severity=Severity.CRITICAL,
        alerts=(
            Alert(reason="rate:spike", text="Three times as many stories as usual", stories=made),
            Alert(reason="rate:frequency", text="Over: 2 stories in the last 6 h", ended=True),
        ),
        figures=(digests.move(),),
    )
    rest = digests.topic("refugees", *[digests.story(f"r{number}") for number in range(40)])
    problems = (Problem(feed="https://" + "x" * 120, problem="silent for 14 h"),)
    return digests.digest(topic, rest, sources=SourcesHealth(total=45, healthy=44, problems=problems))


def show(page: Page, digest: Digest, width: int = PHONE, scheme: Literal["light", "dark"] = "light") -> None:
    page.set_viewport_size({"width": width, "height": 800})
    page.emulate_media(color_scheme=scheme)
    page.set_content(render_html(digest, LOOK))


@pytest.mark.parametrize("digest", [rich(), digests.digest()], ids=["rich", "empty"])
def test_nothing_runs_out_of_the_page(page: Page, digest: Digest) -> None:
    for width in (320, PHONE, 768, DESK):
        show(page, digest, width)
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_the_sheet_is_narrow_on_a_desk_and_wide_on_a_phone(page: Page) -> None:
    for width, least, most in ((DESK, 600, 640), (PHONE, PHONE, PHONE)):
        show(page, rich(), width)
        box = page.locator(".sheet").bounding_box()
        assert box is not None
        assert least <= box["width"] <= most


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_marks_stand_out_and_everything_can_be_read(page: Page, scheme: Literal["light", "dark"]) -> None:
    show(page, rich(), PHONE, scheme)
    mark = page.locator("mark").first
    assert mark.is_visible()
    assert mark.text_content() == "Mosul offensive"
    assert contrast(page, "mark") >= 7
    for selector in ("h1", "h2", ".title", ".quote", ".line", ".alert", ".over", ".figure"):
        assert contrast(page, selector) >= 7, selector
    for selector in (".meta", ".foot p", ".critical", ".update", ".small"):
        assert contrast(page, selector) >= 4.5, selector


def test_dark_mode_is_dark(page: Page) -> None:
    show(page, rich(), PHONE, "dark")
    assert luminance(background(page, ".card")) < 0.05
    assert luminance(background(page, "body")) < 0.05


def test_links_lead_to_the_articles(page: Page) -> None:
    show(page, rich(), PHONE)
    assert page.get_by_role("link", name="The battle for Mosul begins").first.get_attribute("href") == (
        "https://news.example.org/a1"
    )
    assert page.get_by_role("link", name="Copy 2").get_attribute("href") == "https://news.example.org/c2"
    more = page.get_by_role("link", name="and 13 more")
    assert more.get_attribute("href") == "https://watch.example.org/digests/d-1"


def test_arabic_stands_on_the_right(page: Page) -> None:
    show(page, rich(), DESK)
    card = page.locator(".card").first.bounding_box()
    quote = page.locator("p.quote.rtl")
    mark = quote.locator("mark").bounding_box()
    assert card is not None
    assert mark is not None
    assert mark["x"] > card["x"] + card["width"] / 2
    assert quote.evaluate("e => getComputedStyle(e).direction") == "rtl"


def test_what_mail_clients_preview_is_not_seen(page: Page) -> None:
    show(page, rich(), PHONE)
    hidden = page.locator(".hidden")
    assert "معركة الموصل تبدأ" in (hidden.text_content() or "")
    assert not hidden.is_visible()


def test_it_asks_nothing_of_the_network(page: Page) -> None:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.set_content(render_html(rich(), LOOK))
    assert asked == []


def background(page: Page, selector: str) -> tuple[float, ...]:
    """The colour behind an element: its own, or that of the nearest around it that has one."""
    text = page.locator(selector).first.evaluate(
        """e => { for (; e; e = e.parentElement) { const c = getComputedStyle(e).backgroundColor;
                  if (c !== 'rgba(0, 0, 0, 0)') return c; } return 'rgb(255, 255, 255)'; }"""
    )
    return colour(text)


def colour(text: str) -> tuple[float, ...]:
    return tuple(float(part) for part in text.partition("(")[2].rstrip(")").split(","))[:3]


def luminance(rgb: tuple[float, ...]) -> float:
    """Relative luminance (WCAG 2.2)."""
    red, green, blue = (
        part / 255 / 12.92 if part / 255 <= 0.04045 else ((part / 255 + 0.055) / 1.055) ** 2.4 for part in rgb
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(page: Page, selector: str) -> float:
    """How well an element's text stands out from what is behind it (WCAG 2.2: 4.5 is enough, 7 is good)."""
    text = colour(page.locator(selector).first.evaluate("e => getComputedStyle(e).color"))
    dark, light = sorted((luminance(text), luminance(background(page, selector))))
    return (light + 0.05) / (dark + 0.05)
