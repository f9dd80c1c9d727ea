"""Text and HTML: the same content, whatever the feeds sent."""

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings, strategies as st
from lxml import html

from tests.helpers import digests
from watcher.digest import Look, payload, render_chat, render_html, render_text, subject
from watcher.digest.text import wrap
from watcher.digest.view import shares
from watcher.model import (
    Alert,
    AlertStory,
    ArticleId,
    Digest,
    EarlierArticle,
    Flow,
    Modality,
    Problem,
    Qualifier,
    Reason,
    Severity,
    SourcesHealth,
    StoryId,
    Subject,
    Unit,
)

LOOK = Look(timezone=ZoneInfo("Europe/Athens"), public_url="https://watch.example.org")


def rich() -> Digest:
    lead = digests.article("a1", author="Lina Haddad", figures=(digests.figure(place="Mosul"),))
    copy = digests.article("a2", "Army says the advance has begun", feed="Levant Courier", lead=False, matches=())
    earlier = EarlierArticle(id=ArticleId("old"), url="https://news.example.org/old", title="As told yesterday")
    first = digests.story("s1", lead, copy, origins=3)
    update = digests.story("s2", digests.article("a3", "Second headline"), reason=Reason.FIGURE, earlier=(earlier,))
    alert = Alert(reason="rate:spike", text="Three times the usual")
    topic = digests.topic(
        "mosul-offensive", first, update, severity=Severity.CRITICAL, alerts=(alert,), figures=(digests.move(),)
    )
    return digests.digest(topic)


def alarmed() -> Digest:
    """Two alerts made by one story and another, and one that tells of an end."""
    first, second = (
        AlertStory(id=StoryId(f"s{number}"), headline=title, url=url, feed="Tigris Wire", published=digests.MORNING)
        for number, (title, url) in enumerate(
            [("Columns close in <b>", "https://news.example.org/1"), ("Villages @here", "javascript:alert(1)")]
        )
    )
    alerts = (
        Alert(reason="rate:frequency", text="7 stories in 6 h (5 asked)", stories=(first, second)),
        Alert(reason="rate:spike", text="7 stories since 01:00; more than usual", stories=(first,)),
        Alert(reason="rate:frequency", text="Over: 1 story in the last 6 h", ended=True),
    )
    return digests.digest(digests.topic("mosul-rate", alerts=alerts))


def test_alerts_come_with_the_stories_that_made_them_each_once() -> None:
    text, page = render_text(alarmed(), LOOK), render_html(alarmed(), LOOK)
    chat = render_chat(alarmed(), LOOK, limit=4000, markdown=True)
    for said in (text, page, chat):
        assert said.count("https://news.example.org/1") == 1
        assert "javascript" not in said
    assert "! 7 stories in 6 h (5 asked)\n  - Columns close in <b> (Tigris Wire, 20 Oct, 10:00)\n" in text
    assert "Columns close in &lt;b&gt;" in page
    assert page.index("7 stories in 6 h") < page.index("Columns close") < page.index("more than usual")
    assert "Villages @\u200bhere" in chat
    assert len(payload(alarmed())["data"]["topics"][0]["alerts"][1]["stories"]) == 1


def test_the_subject_says_what_a_rate_came_to() -> None:
    assert subject(alarmed()) == "Mosul rate: 7 stories in 6 h (5 asked) and 2 more alerts"
    assert "Columns close in &lt;b&gt; · Villages" in render_html(alarmed(), LOOK)


def many(*counts: int) -> Digest:
    topics = (
        digests.topic(f"t{place}", *[digests.story(f"{place}-{number}") for number in range(count)])
        for place, count in enumerate(counts)
    )
    return digests.digest(*topics)


SAID = [
    "Mosul offensive: 2 stories",
    "morning · Thu 20 Oct 2016, 10:00 (Europe/Athens)",
    "2 stories, 1 alert",
    "Three times the usual",
    "The battle for Mosul begins",
    "Tigris Wire · Lina Haddad · 20 Oct, 08:00",
    "3 independent sources",
    "Army says the advance has begun",
    "Levant Courier",
    "About 700 troops, Mosul",
    "New figure",
    "As told yesterday",
    "People displaced, Mosul: 54,000 → 68,000 (+26 %; highest so far; 3 sources)",
    "42 of 45 sources healthy",
    "Plains Herald: silent for 14 h",
]


@pytest.mark.parametrize("words", SAID)
def test_text_and_html_say_the_same(words: str) -> None:
    shown = " ".join(html.document_fromstring(render_html(rich(), LOOK)).text_content().split())
    written = " ".join(render_text(rich(), LOOK).split())
    assert words in shown
    assert words in written


def test_terms_are_marked_in_both() -> None:
    assert "long-awaited *Mosul offensive* on" in " ".join(render_text(rich(), LOOK).replace(">", "").split())
    marks = html.document_fromstring(render_html(rich(), LOOK)).xpath("//mark/text()")
    assert marks == ["Mosul offensive", "Mosul offensive"]


def test_a_term_found_only_in_the_headline_is_marked_there() -> None:
    title = "Mosul offensive begins"
    found = digests.evidence("Mosul offensive", title, field="title")
    told = digests.digest(digests.topic("t", digests.story("s", digests.article("a", title, matches=(found,)))))
    assert "*Mosul offensive* begins" in render_text(told, LOOK)
    assert html.document_fromstring(render_html(told, LOOK)).xpath("//h3//mark/text()") == ["Mosul offensive"]


def test_the_headline_is_plain_where_a_sentence_says_it() -> None:
    title = "Mosul offensive begins"
    matches = (digests.evidence("Mosul offensive", title, field="title"), digests.evidence())
    told = digests.digest(digests.topic("t", digests.story("s", digests.article("a", title, matches=matches))))
    assert html.document_fromstring(render_html(told, LOOK)).xpath("//h3//mark") == []


def test_another_field_is_named() -> None:
    found = digests.evidence("Lina Haddad", "Lina Haddad", field="author")
    told = digests.digest(digests.topic("t", digests.story("s", digests.article("a", matches=(found,)))))
    assert "> author: *Lina Haddad*" in render_text(told, LOOK)


def test_offsets_that_lie_do_no_harm() -> None:
    wrong = digests.evidence("Mosul offensive", at=40)
    lying = type(wrong)(
        clause="c", found="nowhere", field="text", start=9999, end=3, quote="A sentence.", quote_start=5
    )
    told = digests.digest(digests.topic("t", digests.story("s", digests.article("a", matches=(wrong, lying)))))
    text = render_text(told, LOOK)
    assert "*Mosul offensive*" in text
    assert "> A sentence." in text


def test_an_article_known_only_from_its_feed_says_so() -> None:
    told = digests.digest(digests.topic("t", digests.story("s", digests.article("a", full_text=False))))
    assert "from the feed’s summary" in render_text(told, LOOK)
    assert "from the feed’s summary" in render_html(told, LOOK)


def test_times_are_in_the_zone_given_with_the_year_where_it_is_another() -> None:
    old = digests.article("a", published=digests.MORNING - timedelta(days=400))
    text = render_text(digests.digest(digests.topic("t", digests.story("s", old))), Look())
    assert "16 Sep 2015, 07:00" in text
    assert "Thu 20 Oct 2016, 07:00 (UTC)" in text


def test_an_empty_digest_says_that_nothing_is_new() -> None:
    for shown in (render_text(digests.digest(), LOOK), render_html(digests.digest(), LOOK)):
        assert "Nothing new — 42 of 45 sources healthy" in shown
        assert "Nothing new since Wed 19 Oct 2016, 10:00." in shown


def test_what_is_not_shown_is_counted_and_linked() -> None:
    told = many(44)
    page = html.document_fromstring(render_html(told, LOOK))
    assert len(page.xpath("//h3")) == 20
    (more,) = [link for link in page.xpath("//a") if link.text_content() == "and 14 more"]
    assert more.get("href") == "https://watch.example.org/digests/d-1"
    assert "… and 14 more: https://watch.example.org/digests/d-1" in render_text(told, LOOK)
    assert "and 14 more" in render_html(told, Look())
    assert "and 14 more\n" in render_text(told, Look())


def test_a_long_topic_does_not_crowd_out_a_short_one() -> None:
    text = render_text(many(10_000, 1, 2), LOOK)
    assert "and 9,973 more" in text
    assert text.count("The battle for Mosul begins") == 30


@pytest.mark.parametrize(
    ("counts", "limit", "given"),
    [
        ((5, 5), 4, (2, 2)),
        ((9, 1), 6, (5, 1)),
        ((1, 2, 3), 99, (1, 2, 3)),
        ((3, 3), 0, (0, 0)),
        ((), 5, ()),
        ((2, 2, 2), 1, (1, 0, 0)),
    ],
)
def test_places_are_dealt_out_fairly(counts: tuple[int, ...], limit: int, given: tuple[int, ...]) -> None:
    assert shares(counts, limit) == given


def test_many_problems_and_copies_are_counted() -> None:
    copies = [digests.article(f"c{number}", lead=False) for number in range(9)]
    problems = tuple(Problem(feed=f"Feed {number}", problem="silent") for number in range(14))
    told = digests.digest(
        digests.topic("t", digests.story("s", digests.article(), *copies)),
        sources=SourcesHealth(total=20, healthy=6, problems=problems),
        truncated="2 topics left out",
    )
    for shown in (render_text(told, LOOK), render_html(told, LOOK)):
        assert shown.count("and 4 more") == 2
        assert "2 topics left out" in shown


def test_markup_from_feeds_stays_text() -> None:
    bad = '"><script>alert(1)</script><img src=x onerror=alert(1)>'
    told = digests.digest(
        digests.topic(
            "t",
            digests.story(
                "s",
                digests.article(
                    "a",
                    bad,
                    url='javascript:alert("x")',
                    feed=bad,
                    author=bad,
                    language='en" onclick="x',
                    matches=(digests.evidence("<script>", bad),),
                    figures=(digests.figure(place=bad, source=bad),),
                ),
            ),
            title=bad,
        ),
        sources=SourcesHealth(total=1, healthy=0, problems=(Problem(feed=bad, problem=bad),)),
    )
    page = html.document_fromstring(render_html(told, LOOK))
    assert page.xpath("//script|//img|//@onclick|//@onerror") == []
    assert set(page.xpath("//@href")) == {"https://watch.example.org/digests/d-1"}
    assert bad in page.xpath("//h3")[0].text_content()
    assert "javascript:" not in render_text(told, LOOK)


def test_every_link_leads_to_its_article() -> None:
    page = html.document_fromstring(render_html(rich(), LOOK))
    links = {link.text_content(): link.get("href") for link in page.xpath("//a")}
    assert links["The battle for Mosul begins"] == "https://news.example.org/a1"
    assert links["Army says the advance has begun"] == "https://news.example.org/a2"
    assert links["As told yesterday"] == "https://news.example.org/old"


def test_arabic_runs_from_right_to_left_and_names_stay_in_order() -> None:
    quote = "بدأت معركة الموصل فجر اليوم"
    arabic = digests.article(
        "a", "معركة الموصل", feed="صوت دجلة", language="ar", matches=(digests.evidence("الموصل", quote),)
    )
    told = digests.digest(digests.topic("t", digests.story("s", arabic)))
    page = html.document_fromstring(render_html(told, LOOK))
    assert (page.xpath("//h3/@dir"), page.xpath("//h3/@lang")) == (["rtl"], ["ar"])
    assert page.xpath("//p[mark]/@dir") == ["rtl"]
    assert "text-align: right" in page.xpath("//p[mark]/@style")[0]
    assert "\u200eصوت دجلة\u200e · 20 Oct" in render_text(told, LOOK)


def test_the_document_needs_nothing_from_outside() -> None:
    document = render_html(rich(), LOOK)
    page = html.document_fromstring(document)
    assert page.xpath("//img|//link|//script|//iframe") == []
    assert "@media (prefers-color-scheme: dark)" in document
    assert "@media (max-width: 480px)" in document
    assert page.xpath("//h3/@style")
    assert "url(" not in document
    assert "@import" not in document


def test_a_full_digest_stays_below_what_mail_clients_clip() -> None:
    long = "Officials said on Tuesday that the advance went on. " * 12
    found = tuple(digests.evidence("advance", f"{number} {long}", at=number * 999) for number in range(5))
    told = digests.digest(
        digests.topic("t", *[digests.story(f"s{number}", digests.article(matches=found)) for number in range(60)])
    )
    assert len(render_html(told, LOOK).encode()) < 102_000


def test_text_fits_a_terminal() -> None:
    long = digests.article("a", "word " * 60, url=f"https://news.example.org/{'x' * 90}", author="name " * 30)
    wide = digests.article(
        "b", "軍は今日モスルに入った。" * 10, matches=(digests.evidence("モスル", "軍は今日モスルに入った。" * 9),)
    )
    told = digests.digest(digests.topic("t", digests.story("s1", long), digests.story("s2", wide)))
    for line in render_text(told, LOOK).splitlines():
        assert len(line) <= 79 or "https://" in line
        assert line == line.rstrip()


@pytest.mark.parametrize(
    ("text", "width", "lines"),
    [
        ("one two three", 9, ["- one two", "  three"]),
        ("abcdefghijkl", 8, ["- abcdef", "  ghijkl"]),
        ("軍は今日モ", 8, ["- 軍は今", "  日モ"]),
        ("https://example.org/long", 8, ["- https://example.org/long"]),
        ("", 8, []),
    ],
)
def test_wrapping_counts_columns(text: str, width: int, lines: list[str]) -> None:
    assert wrap(text, "- ", "  ", width) == lines


def test_an_own_template_is_used() -> None:
    look = Look(template="<p>{{ digest.subject }}: {{ digest.topics[0].stories[0].url }}</p>")
    assert "Mosul offensive: 2 stories: https://news.example.org/a1" in render_html(rich(), look)


@pytest.mark.parametrize(
    "template",
    [
        "{{ digest.nothing }}",
        "{% if %}",
        "{{ 1 / 0 }}",
        "{{ digest.topics[99].title }}",
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ digest + 1 }}",
        "{% include 'elsewhere.html' %}",
        "{{ range(1000000000) }}",
    ],
)
def test_an_own_template_that_fails_gives_way_to_the_built_in_one(template: str) -> None:
    shown = render_html(rich(), Look(template=template))
    assert "The battle for Mosul begins" in shown
    assert "Your own template failed" in shown


def test_an_own_template_is_escaped() -> None:
    told = digests.digest(digests.topic("t", digests.story("s"), title="<b>bold</b>"))
    assert "&lt;b&gt;" in render_html(told, Look(template="<p>{{ digest.topics[0].title }}</p>"))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({}, "About 700 troops"),
        (
            {"qualifier": Qualifier.EXACT, "value": 68_000, "unit": Unit.PEOPLE, "subject": Subject.DISPLACED},
            "68,000 people displaced",
        ),
        ({"qualifier": Qualifier.AT_LEAST, "high": None, "flow": Flow.NEW}, "At least 700 more troops"),
        ({"qualifier": Qualifier.AT_MOST, "low": None, "flow": Flow.RATE}, "Up to 700 troops a day"),
        ({"qualifier": Qualifier.RANGE, "low": 600, "high": 800}, "600–800 troops"),
        (
            {"vague": True, "low": 1000, "high": 10_000, "unit": Unit.FAMILIES, "subject": Subject.DISPLACED},
            "1,000–10,000 families displaced",
        ),
        (
            {"modality": Modality.EXPECTED, "unit": Unit.PEOPLE, "subject": Subject.REFUGEES},
            "About 700 refugees, expected",
        ),
        ({"unit": Unit.TROOPS, "subject": Subject.KILLED, "source": "the UN"}, "About 700 troops killed (the UN)"),
        ({"unit": Unit.FAMILIES, "subject": Subject.REFUGEES}, "About 700 families (refugees)"),
        ({"subject": None}, "About 700 troops"),
    ],
)
def test_figures_in_words(changes: dict[str, Any], words: str) -> None:
    told = digests.digest(digests.topic("t", digests.story("s", digests.article(figures=(digests.figure(**changes),)))))
    assert f"# {words}\n" in render_text(told, LOOK)


hostile = st.text(st.characters(codec=None), max_size=60)


@settings(max_examples=60, deadline=None)
@given(title=hostile, quote=hostile, found=hostile, url=hostile, start=st.integers(-5, 80))
def test_nothing_a_feed_says_stops_a_digest(title: str, quote: str, found: str, url: str, start: int) -> None:
    seen = type(digests.evidence())(
        clause=found, found=found, field="text", start=start, end=start + len(found), quote=quote, quote_start=0
    )
    told = digests.digest(
        digests.topic("t", digests.story("s", digests.article("a", title, url=url, matches=(seen,), author=quote)))
    )
    document = render_html(told, LOOK)
    text = render_text(told, LOOK)
    assert document.encode()
    assert text.encode()
    assert not set(text) & set("\x00\x1b\r\u202e\u2066")
    for link in html.document_fromstring(document).xpath("//@href"):
        assert link.startswith(("https://", "http://"))
