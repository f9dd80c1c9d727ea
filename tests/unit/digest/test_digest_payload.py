"""The JSON of the public interface."""

import json
from datetime import timedelta
from typing import Any

import pytest

from tests.helpers import digests
from watcher.digest import payload, payload_bytes
from watcher.model import Alert, ArticleId, EarlierArticle, Reason, SourcesHealth


def test_every_key_stands_where_the_interface_says() -> None:
    earlier = EarlierArticle(id=ArticleId("old"), url="https://news.example.org/old", title="Old")
    lead = digests.article(figures=(digests.figure(place="Mosul"),))
    told = digests.story("s1", lead, earlier=(earlier,), group="g")
    alert = Alert(reason="rate:spike", text="Three times the usual")
    moved = digests.told_move(latest_said=None)
    body = payload(digests.digest(digests.topic("mosul-offensive", told, alerts=(alert,), figures=(moved,))))
    sentence = digests.SENTENCE
    assert body == {
        "type": "watcher.digest",
        "timestamp": "2016-10-20T07:00:00Z",
        "data": {
            "id": "d-1",
            "digest": "morning",
            "from": "2016-10-19T07:00:00Z",
            "to": "2016-10-20T07:00:00Z",
            "sources": {
                "total": 45,
                "healthy": 42,
                "problems": [{"feed": "Plains Herald", "problem": "silent for 14 h"}],
            },
            "truncated": None,
            "topics": [
                {
                    "topic": "mosul-offensive",
                    "title": "Mosul offensive",
                    "severity": "warning",
                    "alerts": [
                        {"reason": "rate:spike", "text": "Three times the usual", "ended": False, "stories": []}
                    ],
                    "stories": [
                        {
                            "id": "s1",
                            "headline": "The battle for Mosul begins",
                            "reason": "new",
                            "origins": 1,
                            "group": "g",
                            "voices": [],
                            "lead_reason": None,
                            "earlier": [{"id": "old", "url": "https://news.example.org/old", "title": "Old"}],
                            "articles": [
                                {
                                    "id": "a1",
                                    "url": "https://news.example.org/a1",
                                    "title": "The battle for Mosul begins",
                                    "feed": "Tigris Wire",
                                    "author": None,
                                    "published": "2016-10-20T05:00:00Z",
                                    "language": "en",
                                    "lead": True,
                                    "full_text": True,
                                    "matches": [
                                        {
                                            "clause": "$mosul NEAR/15 offensive",
                                            "found": "Mosul offensive",
                                            "field": "text",
                                            "start": sentence.index("Mosul offensive"),
                                            "end": sentence.index("Mosul offensive") + 15,
                                            "quote": sentence,
                                        }
                                    ],
                                    "figures": [
                                        {
                                            "value": 700,
                                            "low": 700,
                                            "high": 700,
                                            "vague": False,
                                            "qualifier": "approx",
                                            "unit": "troops",
                                            "subject": "troops",
                                            "modality": "reported",
                                            "flow": "total",
                                            "place": "Mosul",
                                            "source": None,
                                            "quote": sentence,
                                            "start": 75,
                                            "end": 78,
                                        }
                                    ],
                                }
                            ],
                        }
                    ],
                    "figures": [
                        {
                            "subject": "displaced",
                            "unit": "people",
                            "place": "Mosul",
                            "modality": "reported",
                            "latest": 68000,
                            "previous": 54000,
                            "highest": 68000,
                            "sources": 3,
                            "disputed": False,
                            "latest_said": None,
                            "previous_said": {
                                "value": 54000,
                                "qualifier": "exact",
                                "at": "2016-10-19T07:00:00Z",
                                "quote": "It counted 54,000.",
                                "source": "IOM",
                                "feed": "Tigris Wire",
                                "url": "https://news.example.org/before",
                            },
                            "points": [
                                {"at": "2016-10-19T07:00:00Z", "value": 54000},
                                {"at": "2016-10-20T07:00:00Z", "value": 68000},
                            ],
                        }
                    ],
                }
            ],
        },
    }


def test_whole_seconds_still_bound_the_times() -> None:
    odd = timedelta(microseconds=300_000)
    body = payload(digests.digest(start=digests.MORNING + odd, end=digests.MORNING + odd))
    assert (body["data"]["from"], body["data"]["to"]) == ("2016-10-20T07:00:00Z", "2016-10-20T07:00:01Z")


@pytest.mark.parametrize(
    ("value", "written"), [(700.0, "700"), (2.5, "2.5"), (float("inf"), "null"), (float("nan"), "null")]
)
def test_numbers_are_json_and_whole_where_they_are(value: float, written: str) -> None:
    told = digests.story("s", digests.article(figures=(digests.figure(value),)))
    body = payload_bytes(digests.digest(digests.topic("t", told))).decode()
    assert f'"value":{written},' in body


def test_text_is_utf8_as_the_feed_told_it_and_always_encodes() -> None:
    told = digests.story("s", digests.article(title="الموصل \u202e\ud800"))
    body = payload_bytes(digests.digest(digests.topic("t", told)))
    assert json.loads(body)["data"]["topics"][0]["stories"][0]["headline"] == "الموصل \u202e?"


def _large(stories: int) -> Any:
    long = " ".join(["word"] * 100) + " Mosul"
    found = tuple(digests.evidence("Mosul", long) for _ in range(5))
    return digests.digest(
        digests.topic(
            "t",
            *[
                digests.story(f"s{number:05}", digests.article(f"a{number}", matches=found))
                for number in range(stories)
            ],
        )
    )


def test_what_fits_is_not_touched() -> None:
    whole = payload_bytes(_large(3))
    assert payload_bytes(_large(3), len(whole)) == whole


@pytest.mark.parametrize(
    ("limit", "words", "stories", "matches"),
    [
        (250_000, "shortened to fit: at most 3 matches an article", 100, 3),
        (110_000, "shortened to fit: one match an article, no figures of articles", 100, 1),
        (40_000, "shortened to fit: no matches, no figures of articles, nothing earlier", 100, 0),
    ],
)
def test_details_go_first(limit: int, words: str, stories: int, matches: int) -> None:
    body = payload_bytes(_large(100), limit, "https://watch.example.org/")
    data = json.loads(body)["data"]
    assert len(body) <= limit
    assert data["truncated"] == f"{words}; all of it: https://watch.example.org/digests/d-1"
    assert len(data["topics"][0]["stories"]) == stories
    assert len(data["topics"][0]["stories"][0]["articles"][0]["matches"]) == matches


def test_then_the_least_weighty_stories_go_and_are_counted() -> None:
    body = payload_bytes(_large(1000), 50_000)
    data = json.loads(body)["data"]
    kept = data["topics"][0]["stories"]
    assert 45_000 < len(body) <= 50_000
    assert [story["id"] for story in kept] == [f"s{number:05}" for number in range(len(kept))]
    assert data["truncated"] == f"shortened to fit: {1000 - len(kept):,} of 1,000 stories and most details left out"


def test_no_limit_is_too_small_to_say_that_something_is_missing() -> None:
    body = json.loads(payload_bytes(_large(10), 10))
    assert "10 of 10 stories" in body["data"]["truncated"]


def test_a_digest_truncated_before_says_both() -> None:
    told = digests.digest(digests.topic("t", digests.story("s")), truncated="2 topics left out")
    assert json.loads(payload_bytes(told, 400))["data"]["truncated"].startswith("2 topics left out; shortened to fit: ")


def test_many_sources_with_problems_fit_too() -> None:
    told = digests.digest(
        digests.topic("t", digests.story("s", reason=Reason.FIGURE)), sources=SourcesHealth(total=0, healthy=0)
    )
    assert json.loads(payload_bytes(told))["data"]["sources"] == {"total": 0, "healthy": 0, "problems": []}
