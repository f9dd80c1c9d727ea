"""Values for the store's tests, with what does not matter filled in."""

from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

from watcher.model import (
    Article,
    ArticleId,
    DeliveryId,
    Digest,
    DigestId,
    Entry,
    EntryId,
    Evidence,
    FeedState,
    Match,
    NewDelivery,
    NewEntry,
    NewNotice,
    NoticeId,
    PendingEntry,
    PollRecord,
    ReadRecord,
    Reason,
    SourcesHealth,
    StoryId,
)
from watcher.ports import Store

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
FEED = "https://news.example/feed"
OTHER_FEED = "https://wire.example/feed"
TOPIC = "mosul-offensive"
SERIES = "breaking"


def new_entry(name: str, **changes: Any) -> NewEntry:
    """An entry that links to https://news.example/NAME."""
    url = f"https://news.example/{name}"
    entry = Entry(key=name, title=f"Title of {name}", url=url, html=f"<p>Teaser of {name}</p>", published=NOW)
    values: dict[str, Any] = {
        "entry": entry,
        "fingerprint": f"print-{name}",
        "url": url,
        "published": NOW,
        "dated": True,
        "tell": True,
    }
    return NewEntry(**(values | changes))


def match(topic: str = TOPIC, found: str = "Mosul offensive") -> Match:
    """A match with one piece of evidence."""
    evidence = Evidence(
        clause="$mosul NEAR/15 offensive", found=found, field="text", start=4, end=19, quote=f"The {found} began."
    )
    return Match(topic=topic, evidence=(evidence,))


def article(name: str, **changes: Any) -> Article:
    """The article behind `new_entry(name)`."""
    values: dict[str, Any] = {
        "id": ArticleId(f"id-{name}"),
        "url": f"https://news.example/{name}",
        "title": f"Title of {name}",
        "text": f"The Mosul offensive began, says {name}.",
        "author": "A. Writer",
        "published": NOW,
        "dated": True,
        "language": "en",
        "full_text": True,
    }
    return Article(**(values | changes))


def notice(read: Article, *, reason: Reason = Reason.NEW, revision: str = "", **changes: Any) -> NewNotice:
    """A notice of an article that founded its own story."""
    values: dict[str, Any] = {
        "topic": TOPIC,
        "article": read.id,
        "story": StoryId(f"story-{read.id}"),
        "reason": reason,
        "revision": revision,
        "series": (SERIES,),
    }
    return NewNotice(**(values | changes))


def reading(pending: PendingEntry, read: Article, **changes: Any) -> ReadRecord:
    """A reading that matched the topic and tells it."""
    values: dict[str, Any] = {
        "entry": pending.id,
        "feed": pending.feed,
        "article": read,
        "urls": (),
        "story": StoryId(f"story-{read.id}"),
        "text_hash": sha256(read.text.encode("utf-8", "replace")).hexdigest(),
        "matches": (match(),),
        "notices": (notice(read),),
        "tell": True,
        "at": NOW,
        "fingerprint": pending.content.fingerprint,
    }
    return ReadRecord(**(values | changes))


async def feed_of(store: Store, url: str = FEED, *, also: tuple[str, ...] = ()) -> FeedState:
    """A feed of a store whose config names it, and the others."""
    ids = await store.sync_feeds([url, *also], NOW)
    state = await store.feed(ids[url])
    assert state is not None
    return state


async def polled(store: Store, feed: FeedState, *names: str, now: datetime = NOW) -> tuple[EntryId, ...]:
    """Poll a feed that brings these entries."""
    return await store.record_poll(PollRecord(state=feed, new=tuple(map(new_entry, names))), now)


async def pending(store: Store, entry: EntryId) -> PendingEntry:
    """An entry that waits."""
    found = await store.entry(entry)
    assert found is not None
    return found


async def read_entry(store: Store, entry: EntryId, name: str, **changes: Any) -> tuple[str, ...]:
    """Read an entry as `article(name)`."""
    return await store.record_read(reading(await pending(store, entry), article(name), **changes)) or ()


async def told_article(store: Store, *names: str, feed: str = FEED) -> None:
    """Bring, read and match articles, so that a notice of each waits in the series."""
    await store.sync_series([SERIES], [TOPIC], NOW)
    state = await feed_of(store, feed)
    for entry, name in zip(await polled(store, state, *names), names, strict=True):
        assert await read_entry(store, entry, name) == (SERIES,)


def digest(period: str = "1", **changes: Any) -> Digest:
    """A digest without stories."""
    values: dict[str, Any] = {
        "id": DigestId(f"digest-{period}"),
        "series": SERIES,
        "period": period,
        "start": NOW - HOUR,
        "end": NOW,
        "created": NOW,
        "sources": SourcesHealth(total=1, healthy=1),
        "topics": (),
    }
    return Digest(**(values | changes))


def delivery(name: str, **changes: Any) -> NewDelivery:
    """A delivery to the channel `hook`."""
    values: dict[str, Any] = {"id": DeliveryId(name), "channel": "hook", "body": f"body of {name}".encode()}
    return NewDelivery(**(values | changes))


async def waiting(store: Store, series: str = SERIES) -> tuple[NoticeId, ...]:
    """The ids of the notices that wait in a series."""
    return tuple(one.id for one in await store.pending_notices(series))
