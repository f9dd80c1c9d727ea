"""Notices become a digest in order of weight."""

from collections.abc import Sequence
from datetime import timedelta

from tests.helpers.digests import MORNING, evidence, notice
from watcher.digest import assemble
from watcher.model import ArticleId, Digest, DigestId, PendingNotice, Reason, Severity, SourcesHealth, StoryId

TOPICS = {
    "calm": ("Calm", Severity.INFO),
    "mosul-offensive": ("Mosul offensive", Severity.WARNING),
    "other": ("Other", Severity.WARNING),
    "urgent": ("Urgent", Severity.CRITICAL),
}


def made(notices: Sequence[PendingNotice]) -> Digest:
    return assemble(
        notices,
        digest_id=DigestId("d"),
        series="breaking",
        period="7",
        start=MORNING - timedelta(hours=1),
        end=MORNING,
        created=MORNING,
        topics=TOPICS,
        sources=SourcesHealth(total=2, healthy=1),
    )


def test_topics_come_by_severity_then_as_configured() -> None:
    told = made([notice(1, topic="other"), notice(2, topic="calm"), notice(3, topic="urgent"), notice(4)])
    assert [topic.topic for topic in told.topics] == ["urgent", "mosul-offensive", "other", "calm"]
    assert told.topics[0].title == "Urgent"


def test_a_topic_the_config_no_longer_knows_is_told_last_of_its_kind_under_its_name() -> None:
    told = made([notice(1, topic="gone"), notice(2, topic="other")])
    assert [(topic.topic, topic.title) for topic in told.topics] == [("other", "Other"), ("gone", "gone")]


def test_nothing_pending_makes_an_empty_digest() -> None:
    told = made([])
    assert told.topics == ()
    assert (told.series, told.period, told.start, told.end) == ("breaking", "7", MORNING - timedelta(hours=1), MORNING)


def test_a_story_stands_once_with_its_articles_the_lead_first() -> None:
    (topic,) = made(
        [
            notice(1, story=StoryId("s"), lead=False, origins=2),
            notice(2, story=StoryId("s"), lead=True, origins=3),
            notice(3, story=StoryId("s"), lead=False, origins=3, published=MORNING - timedelta(days=1)),
        ]
    ).topics
    (story,) = topic.stories
    assert [article.id for article in story.articles] == ["a2", "a3", "a1"]
    assert (story.headline, story.origins, story.reason) == ("Headline of a2", 3, Reason.NEW)
    assert [article.lead for article in story.articles] == [True, False, False]


def test_one_article_under_two_topics_comes_under_both() -> None:
    told = made([notice(1), notice(2, article_id="a1", topic="other")])
    assert [topic.stories[0].articles[0].id for topic in told.topics] == ["a1", "a1"]


def test_new_stories_come_before_updates_then_by_origins_then_the_latest() -> None:
    (topic,) = made(
        [
            notice(1, reason=Reason.FIGURE, origins=9),
            notice(2, origins=1, published=MORNING - timedelta(hours=3)),
            notice(3, origins=4),
            notice(4, origins=1, published=MORNING - timedelta(hours=1)),
        ]
    ).topics
    assert [story.articles[0].id for story in topic.stories] == ["a3", "a4", "a2", "a1"]


def test_the_most_telling_reason_stands_for_the_story() -> None:
    (topic,) = made(
        [
            notice(1, story=StoryId("s"), reason=Reason.ORIGIN),
            notice(2, story=StoryId("s"), reason=Reason.FIGURE, lead=False),
        ]
    ).topics
    assert topic.stories[0].reason is Reason.FIGURE


def test_an_article_noticed_twice_stands_once_as_it_was_last() -> None:
    (topic,) = made(
        [
            notice(1, title="As first told"),
            notice(2, article_id="a1", title="As edited", reason=Reason.EDITED, evidence=(evidence("Iraqi forces"),)),
        ]
    ).topics
    (article,) = topic.stories[0].articles
    assert (article.title, article.matches[0].found) == ("As edited", "Iraqi forces")


def test_what_was_told_before_is_named_once_and_not_what_is_told_now() -> None:
    before = (ArticleId("old"), "https://news.example.org/old", "Old")
    again = (ArticleId("a2"), "https://news.example.org/a2", "Edited")
    (topic,) = made(
        [
            notice(1, story=StoryId("s"), reason=Reason.FIGURE, earlier=(before, again)),
            notice(2, story=StoryId("s"), reason=Reason.EDITED, lead=False, earlier=(before,)),
        ]
    ).topics
    assert [article.title for article in topic.stories[0].earlier] == ["Old"]


def test_evidence_is_carried_and_may_be_missing() -> None:
    (topic,) = made([notice(1, evidence=()), notice(2, published=MORNING - timedelta(days=1))]).topics
    assert topic.stories[0].articles[0].matches == ()
    assert topic.stories[1].articles[0].matches == (evidence(),)


def test_the_order_of_notices_does_not_change_the_digest() -> None:
    notices = [notice(number, story=StoryId(f"s{number % 3}"), lead=number < 3) for number in range(9)]
    assert made(notices) == made(notices[::-1])


def test_ten_thousand_notices_make_one_digest() -> None:
    told = made([notice(number) for number in range(10_000)])
    assert len(told.topics[0].stories) == 10_000
