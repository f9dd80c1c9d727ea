"""The ledger of figures: kept with a reading, found by series, put right by an edit and by a rebuild."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from tests.helpers.digests import figure
from tests.helpers.storing import (
    DAY,
    HOUR,
    NOW,
    SERIES,
    TOPIC,
    article,
    feed_of,
    match,
    new_entry,
    pending,
    polled,
    read_entry,
    waiting,
)
from watcher.model import ArticleId, Figure, Flow, PollRecord, SeriesKey, Subject, Unit
from watcher.store import SqlStore
from watcher.store.ledger import MOST, NEWEST

ONE = ArticleId("id-one")
FLED = figure(54_000, unit=Unit.PEOPLE, subject=Subject.DISPLACED, place="Mosul", source="IOM", quote="It said 54,000.")
MORE = replace(FLED, value=68_000, low=68_000, high=68_000)
KEY = SeriesKey.of(FLED)


async def read(store: SqlStore, name: str, *figures: Figure, **changes: Any) -> None:
    """Bring an article that says these figures, or read it again."""
    await store.sync_series([SERIES], [TOPIC], NOW)
    entries = await polled(store, await feed_of(store), name)
    await read_entry(store, entries[0], name, figures=figures, **changes)


async def edit(store: SqlStore, name: str, *figures: Figure, **changes: Any) -> None:
    """Let the feed tell that an article changed, and read it again a day later."""
    feed = await feed_of(store)
    known = (await store.known_entries(feed.id, [name]))[name]
    await store.record_poll(PollRecord(state=feed, changed=((known.id, new_entry(name, fingerprint="2")),)), NOW + DAY)
    assert (await pending(store, known.id)).edited
    values: dict[str, Any] = {"figures": figures, "edited": True, "at": NOW + DAY, "notices": (), "text_hash": "2"}
    await read_entry(store, known.id, name, **(values | changes))


def values(found: Any) -> list[float]:
    return [one.figure.value for one in found]


async def test_figures_are_kept_whole_under_every_topic_that_matched(store: SqlStore) -> None:
    vague = replace(FLED, value=1000, low=1000, high=10000, vague=True, place=None, subject=None, source=None)
    open_ended = replace(FLED, high=None, flow=Flow.NEW, start=90)
    said = (FLED, open_ended, replace(vague, start=99, value=2.5))
    await read(store, "one", *said, matches=(match(), match("other")))
    for topic in (TOPIC, "other"):
        found = await store.observations(topic)
        assert tuple(sorted((one.figure for one in found), key=lambda one: one.start)) == said
        assert {(one.article, one.at, one.url, one.current) for one in found} == {
            (ONE, NOW, "https://news.example/one", True)
        }
    assert {one.settled for one in await store.observations(TOPIC)} == {True}, "it was told"
    assert {one.settled for one in await store.observations("other")} == {False}


async def test_a_place_that_is_the_articles_makes_the_series_and_stays_untold(store: SqlStore) -> None:
    inferred = replace(FLED, place=None, home="Mosul", former=True)
    await read(store, "one", inferred)
    assert [one.figure for one in await store.ledger(TOPIC, [KEY])] == [inferred]
    (notice,) = await store.pending_notices(SERIES)
    assert notice.figures == (inferred,)


async def test_what_is_not_to_be_told_counts_as_known(store: SqlStore) -> None:
    await read(store, "one", FLED, notices=(), tell=False)
    assert [one.settled for one in await store.observations(TOPIC)] == [True]


async def test_a_series_is_found_with_its_highest_and_the_article_asked_for(store: SqlStore) -> None:
    await read(store, "one", FLED, article=article("one", published=NOW - DAY))
    await read(store, "two", MORE, replace(FLED, place="Tal Afar"))
    assert values(await store.ledger(TOPIC, [KEY])) == [54_000, 68_000]
    assert values(await store.ledger(TOPIC, [])) == []
    assert values(await store.ledger(TOPIC, [], ONE)) == [54_000]
    assert values(await store.ledger("other", [KEY])) == []
    assert values(await store.ledger(TOPIC, [replace(KEY, subject=None)])) == []


async def test_of_a_long_series_the_newest_and_the_highest_are_looked_at(store: SqlStore) -> None:
    await read(store, "top", replace(FLED, value=9_000_000), article=article("top", published=NOW - 90 * DAY))
    many = tuple(replace(FLED, value=10_000 + number, start=number) for number in range(NEWEST + 200))
    await read(store, "many", *many, article=article("many", published=NOW - DAY))
    await read(store, "last", MORE)
    found = await store.ledger(TOPIC, [KEY])
    assert len(found) == NEWEST + 1
    assert (values(found)[0], values(found)[-1]) == (9_000_000, 68_000)


async def test_a_page_that_is_one_long_table_fills_no_ledger(store: SqlStore) -> None:
    many = tuple(replace(FLED, value=number, start=number) for number in range(MOST + 5))
    await read(store, "one", *many)
    assert values(await store.observations(TOPIC)) == list(range(MOST))
    await store.rewrite_figures(TOPIC, {ONE: many}, [], {})
    assert len(await store.observations(TOPIC)) == MOST


async def test_an_article_from_the_future_is_observed_when_it_was_read(store: SqlStore) -> None:
    await read(store, "one", FLED, article=article("one", published=NOW + 9 * DAY))
    assert [one.at for one in await store.observations(TOPIC)] == [NOW]


async def test_reading_again_changes_nothing(store: SqlStore) -> None:
    await read(store, "one", FLED, MORE)
    before = await store.observations(TOPIC)
    await edit(store, "one", FLED, MORE)
    assert await store.observations(TOPIC) == before


async def test_an_edit_adds_what_is_new_and_keeps_what_was_said(store: SqlStore) -> None:
    await read(store, "one", FLED)
    await edit(store, "one", MORE)
    old, new = await store.observations(TOPIC)
    assert (old.figure, old.at, old.current) == (FLED, NOW, False)
    assert (new.figure, new.at, new.current) == (MORE, NOW + DAY, True)
    (notice,) = await store.pending_notices(SERIES)
    assert notice.figures == (MORE,), "a digest shows what the article says now"


async def test_an_article_that_matches_no_more_says_nothing_now(store: SqlStore) -> None:
    await read(store, "one", FLED)
    await edit(store, "one", FLED, matches=())
    assert [one.current for one in await store.observations(TOPIC)] == [False]


async def test_a_rebuild_takes_what_is_read_no_more_and_adds_what_is_new_as_known(store: SqlStore) -> None:
    await read(store, "one", FLED)
    await read(store, "two", FLED, article=article("two", published=NOW - HOUR))
    await read(store, "three", FLED)
    await store.rewrite_figures(TOPIC, {ONE: (FLED,), ArticleId("id-two"): (MORE,)}, [ArticleId("id-three")], {})
    found = {one.article: one for one in await store.observations(TOPIC)}
    assert found.keys() == {ONE, "id-two"}
    assert found[ArticleId("id-two")].figure == MORE
    assert found[ArticleId("id-two")].at == NOW - HOUR
    assert found[ArticleId("id-two")].settled


async def test_what_an_edit_took_outlives_a_rebuild(store: SqlStore) -> None:
    await read(store, "one", FLED)
    await edit(store, "one", MORE)
    await store.rewrite_figures(TOPIC, {ONE: (MORE,)}, [], {})
    assert values(await store.observations(TOPIC)) == [54_000, 68_000]


async def test_what_an_edit_took_is_read_again_where_its_sentence_tells_more(store: SqlStore) -> None:
    await read(store, "one", FLED)
    await edit(store, "one", MORE)
    assert await store.retired_figures(TOPIC, [ONE]) == {ONE: (FLED,)}
    better = replace(FLED, subject=Subject.REFUGEES, former=True)
    for _ in range(2):
        await store.rewrite_figures(TOPIC, {ONE: (MORE,)}, [], {ONE: {FLED.quote: (better,), "Another.": (MORE,)}})
        old, new = await store.observations(TOPIC)
        assert (old.figure, old.at, old.current) == (better, NOW, False)
        assert (new.figure, new.at, new.current) == (MORE, NOW + DAY, True)
    await store.rewrite_figures(TOPIC, {}, [], {ONE: {FLED.quote: ()}})
    assert [one.figure for one in await store.observations(TOPIC)] == [MORE]


async def test_what_is_read_otherwise_in_a_sentence_keeps_the_time_of_the_edit_that_brought_it(store: SqlStore) -> None:
    await read(store, "one", FLED)
    await edit(store, "one", MORE)
    better = replace(MORE, subject=Subject.REFUGEES)
    await store.rewrite_figures(TOPIC, {ONE: (better,)}, [], {})
    assert [(one.figure, one.at) for one in await store.observations(TOPIC)] == [(FLED, NOW), (better, NOW + DAY)]


async def test_of_an_article_that_is_lost_nothing_is_kept(store: SqlStore) -> None:
    await read(store, "one", FLED)
    await edit(store, "one", MORE)
    await store.rewrite_figures(TOPIC, {}, [ONE], {})
    assert await store.observations(TOPIC) == ()


async def test_retention_takes_observations_with_their_articles(store: SqlStore) -> None:
    await read(store, "one", FLED, notices=())
    assert await waiting(store) == ()
    await store.sync_feeds([], NOW)
    await store.purge(NOW + 900 * DAY, *[timedelta(days=300)] * 3)
    assert await store.observations(TOPIC) == ()
