import pickle
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from watcher import dedupe
from watcher.model import Entry, EntryId, KnownEntry

CASES = Path(__file__).parents[1] / "cases" / "urls"
NOW = datetime(2016, 10, 20, 12, tzinfo=UTC)
FEED = "https://feeds.example/rss.xml"


def lines(name: str) -> list[str]:
    text = (CASES / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line and not line.startswith("# ")]


@pytest.mark.parametrize("line", lines("canonical.txt"))
def test_a_url_has_one_spelling(line: str) -> None:
    url, canonical = line.split("  →  ")
    assert dedupe.canonical_url(url) == canonical
    assert dedupe.canonical_url(canonical) == canonical


@pytest.mark.parametrize("url", lines("refused.txt"))
def test_what_is_no_page_is_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        dedupe.canonical_url(url)


def test_an_entry_without_a_link_has_an_address_within_its_feed() -> None:
    url = dedupe.entry_url(FEED, Entry(key="k", title="t"))
    assert url.startswith(f"{FEED}#entry-")
    assert url == dedupe.entry_url(FEED, Entry(key="k", title="other"))
    assert url != dedupe.entry_url(FEED, Entry(key="l", title="t"))
    assert dedupe.entry_url(FEED, Entry(key="k", title="t", url="https://[bad")) == url
    assert dedupe.entry_url(FEED, Entry(key="k", title="t", url="https://X.example/?utm_id=1")) == "https://x.example/"


def test_article_ids_are_short_and_always_the_same() -> None:
    assert dedupe.article_id("https://x.example/") == "4eombr7pe7zc23yd"
    assert len({dedupe.article_id(f"https://x.example/{n}") for n in range(1000)}) == 1000


SAID = Entry(key="k", title="Bridge reopens", html="<p>The bridge &amp; road reopened.</p>")


@pytest.mark.parametrize(
    "same",
    [
        replace(SAID, html="<div class='x'>The  bridge &#38; road\n reopened.<!-- 5 --><script>1</script></div>"),
        replace(SAID, published=NOW, updated=NOW),
        replace(SAID, url="https://x.example/", author="Ana", tags=("x",), language="en", key="other"),
    ],
)
def test_markup_and_dates_do_not_change_what_an_entry_says(same: Entry) -> None:
    assert dedupe.fingerprint(same) == dedupe.fingerprint(SAID)


@pytest.mark.parametrize(
    "other",
    [
        replace(SAID, title="Bridge reopened"),
        replace(SAID, html="<p>The bridge &amp; road reopened!</p>"),
        replace(SAID, title="Bridge reopensThe bridge", html="&amp; road reopened."),
    ],
)
def test_other_words_do(other: Entry) -> None:
    assert dedupe.fingerprint(other) != dedupe.fingerprint(SAID)


def test_one_text_has_one_hash_however_it_is_set() -> None:
    assert dedupe.text_hash("“Mosul” — the\n\nBATTLE, 2016") == dedupe.text_hash('"mosul" the battle (2016).')
    assert dedupe.text_hash("700 troops") != dedupe.text_hash("800 troops")


def poll(
    *entries: Entry, first: bool = True, backfill: object = timedelta(days=2), **known: KnownEntry
) -> dedupe.Triage:
    told = dedupe.told(entries, FEED)
    return dedupe.split(told, known, now=NOW, first_poll=first, backfill=backfill)  # type: ignore[arg-type]


def aged(days: float) -> Entry:
    return replace(SAID, published=NOW - timedelta(days=days))


@pytest.mark.parametrize(
    ("entry", "first", "backfill", "tell"),
    [
        pytest.param(aged(1.9), True, timedelta(days=2), True, id="recent at first poll"),
        pytest.param(aged(2.1), True, timedelta(days=2), False, id="old at first poll"),
        pytest.param(SAID, True, timedelta(days=2), False, id="undated at first poll"),
        pytest.param(aged(400), True, "all", True, id="all of a first poll"),
        pytest.param(SAID, True, "all", True, id="all, undated"),
        pytest.param(aged(0), True, "none", False, id="none of a first poll"),
        pytest.param(aged(400), False, timedelta(days=2), True, id="old at a later poll"),
        pytest.param(SAID, False, "none", True, id="undated at a later poll"),
        pytest.param(replace(SAID, updated=NOW), True, timedelta(days=2), True, id="only updated"),
        pytest.param(aged(-0.9), True, timedelta(days=2), True, id="some hours ahead"),
        pytest.param(aged(-3), True, timedelta(days=2), False, id="days ahead"),
    ],
)
def test_what_a_first_poll_tells(entry: Entry, *, first: bool, backfill: object, tell: bool) -> None:
    (found,) = poll(entry, first=first, backfill=backfill).new
    assert found.tell is tell


@pytest.mark.parametrize(
    ("entry", "published", "dated"),
    [
        pytest.param(aged(1), NOW - timedelta(days=1), True, id="as told"),
        pytest.param(replace(SAID, updated=NOW - timedelta(days=1)), NOW - timedelta(days=1), True, id="only updated"),
        pytest.param(SAID, NOW, False, id="undated"),
        pytest.param(aged(-0.5), NOW, True, id="half a day ahead"),
        pytest.param(aged(-1.5), NOW, False, id="further ahead"),
        pytest.param(replace(SAID, published=datetime(1970, 1, 1, tzinfo=UTC)), NOW, False, id="a counter at zero"),
        pytest.param(replace(SAID, published=datetime(1, 1, 1, tzinfo=UTC)), NOW, False, id="another counter at zero"),
    ],
)
def test_when_an_entry_is_from(entry: Entry, published: datetime, *, dated: bool) -> None:
    (found,) = poll(entry).new
    assert (found.published, found.dated) == (published, dated)


def test_new_changed_and_seen_are_told_apart_in_the_feeds_order() -> None:
    entries = [replace(SAID, key=key) for key in "abcd"]
    known = {
        "b": KnownEntry(id=EntryId(2), key="b", fingerprint=dedupe.fingerprint(SAID)),
        "c": KnownEntry(id=EntryId(3), key="c", fingerprint="before"),
    }
    triage = poll(*entries, first=False, **known)
    assert [found.entry.key for found in triage.new] == ["a", "d"]
    assert [(number, found.entry.key, found.tell) for number, found in triage.changed] == [(3, "c", True)]
    assert triage.seen == (2,)
    assert triage.new[0].fingerprint == dedupe.fingerprint(SAID)
    assert triage.new[0].url == dedupe.entry_url(FEED, entries[0])


def test_a_key_that_comes_twice_counts_once_the_first_one() -> None:
    (found,) = poll(replace(SAID, title="first"), replace(SAID, title="second")).new
    assert found.entry.title == "first"


def test_nothing_comes_to_nothing() -> None:
    assert poll() == dedupe.Triage()


def test_what_travels_between_processes_arrives_as_it_was() -> None:
    bare = Entry(key="k", title="t")
    whole = Entry(
        key="é",
        title="t",
        url="https://a.example/",
        html="<p>x",
        author="A",
        published=NOW,
        updated=NOW + timedelta(hours=1),
        language="ar",
        tags=("a", "b"),
    )
    told = dedupe.told((bare, whole), FEED)
    assert pickle.loads(pickle.dumps(told, pickle.HIGHEST_PROTOCOL)) == told  # noqa: S301 - our own
