"""Articles, and the entries that wait to be read: what is asked of them."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select, tuple_, update

from watcher.model import (
    Article,
    ArticleId,
    DigestId,
    EntryId,
    FeedId,
    KnownArticle,
    Match,
    PendingEntry,
    StoredArticle,
    StoryId,
)
from watcher.store.codec import entry_from, match_from
from watcher.store.rows import chunks
from watcher.store.schema import (
    article_feeds,
    article_urls,
    articles,
    digests,
    entries,
    feeds,
    matches,
    notices,
    series_notices,
)
from watcher.store.types import key_of

_TOPICS_EACH = 8  # matches looked at for one article wanted
PAGE = 200
"""Articles read from the archive at a time."""
_OPENING = 300  # characters of a text's first paragraph that tell what it is about


_ENTRY = (
    select(entries, feeds.c.url)
    .join(feeds, entries.c.feed == feeds.c.id)
    .where(entries.c.id == bindparam("number"), entries.c.due.is_not(None))
)
_OF_URLS = select(article_urls.c.url, article_urls.c.article).where(
    article_urls.c.url.in_(bindparam("urls", expanding=True))
)


def due_entries(connection: Connection, now: datetime, limit: int) -> tuple[EntryId, ...]:
    """Entries to read, oldest first."""
    query = select(entries.c.id).where(entries.c.due <= now).order_by(entries.c.due, entries.c.id).limit(limit)
    return tuple(EntryId(number) for number in connection.scalars(query))


def entry(connection: Connection, number: EntryId) -> PendingEntry | None:
    """One entry that still waits to be read, with the article it leads to where there is one."""
    row = connection.execute(_ENTRY, {"number": number}).first()
    if row is None:
        return None
    content = entry_from(row.content)
    article = row.article or article_of_urls(connection, [content.url])
    return PendingEntry(
        id=EntryId(row.id),
        feed=FeedId(row.feed),
        feed_url=row.url,
        content=content,
        edited=row.edited,
        attempts=row.attempts,
        first_seen=row.first_seen,
        article=None if article is None else _known(connection, article),
    )


def article_of_urls(connection: Connection, urls: Sequence[str]) -> str | None:
    """The id of the article that the first known of these URLs leads to."""
    keys = list(dict.fromkeys(key_of(url) for url in urls))
    found: dict[str, str] = {}
    for run in chunks(keys):
        found |= {row.url: row.article for row in connection.execute(_OF_URLS, {"urls": list(run)})}
    return next((found[key] for key in keys if key in found), None)


def article_by_url(connection: Connection, urls: Sequence[str]) -> KnownArticle | None:
    """The article that any of these canonical URLs leads to."""
    article = article_of_urls(connection, urls)
    return None if article is None else _known(connection, article)


def postpone_entry(connection: Connection, number: EntryId, until: datetime) -> None:
    """Leave a waiting entry for later."""
    connection.execute(update(entries).where(entries.c.id == number, entries.c.due.is_not(None)).values(due=until))


def _known(connection: Connection, article: str) -> KnownArticle | None:
    row = connection.execute(select(articles).where(articles.c.id == article)).first()
    if row is None:
        return None
    return KnownArticle(
        article=article_from(row),
        story=StoryId(row.story),
        feeds=carriers(connection, [article])[article],
        matches=matches_of(connection, [article])[article],
        told=row.told,
        read_at=row.read_at,
    )


def article_from(row: Row[Any], text: str | None = None) -> Article:
    """An article of a row of `articles`; `text` instead of its own, which is empty once retention took it."""
    return Article(
        id=ArticleId(row.id),
        url=row.url,
        title=row.title,
        text=(row.text or "") if text is None else text,
        author=row.author,
        published=row.published,
        dated=row.dated,
        language=row.language,
        full_text=row.full_text,
    )


def carriers(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[str, ...]]:
    """The URLs of the feeds that carried each article, the first carrier first."""
    found: dict[str, tuple[str, ...]] = defaultdict(tuple)
    for run in chunks(ids):
        query = (
            select(article_feeds.c.article, feeds.c.url)
            .join(feeds, article_feeds.c.feed == feeds.c.id)
            .where(article_feeds.c.article.in_(run))
            .order_by(article_feeds.c.article, article_feeds.c.at, article_feeds.c.feed)
        )
        for row in connection.execute(query):
            found[row.article] += (row.url,)
    return found


def matches_of(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[Match, ...]]:
    """What each article matched when last read, by topic."""
    found: dict[str, tuple[Match, ...]] = defaultdict(tuple)
    for run in chunks(ids):
        query = (
            select(matches.c.article, matches.c.evidence)
            .where(matches.c.article.in_(run))
            .order_by(matches.c.article, matches.c.topic)
        )
        for row in connection.execute(query):
            found[row.article] += (match_from(row.evidence),)
    return found


def openings(connection: Connection, ids: Sequence[str]) -> Mapping[ArticleId, str]:
    """The beginning of each article's text: its first paragraph, cut to where it tells what it is about."""
    found: dict[ArticleId, str] = {}
    for run in chunks(sorted(set(ids))):
        query = select(articles.c.id, articles.c.text).where(articles.c.id.in_(run), articles.c.text.is_not(None))
        for row in connection.execute(query):
            found[ArticleId(row.id)] = row.text.lstrip().partition("\n")[0][:_OPENING]
    return found


def _fates(connection: Connection, ids: Sequence[str]) -> Mapping[str, tuple[tuple[DigestId, str, datetime], ...]]:
    """The digests in which each article was told: id, series, when."""
    found: dict[str, tuple[tuple[DigestId, str, datetime], ...]] = defaultdict(tuple)
    for run in chunks(ids):
        query = (
            select(notices.c.article, digests.c.id, digests.c.series, digests.c.created)
            .join_from(notices, series_notices, series_notices.c.notice == notices.c.id)
            .join(digests, series_notices.c.digest == digests.c.id)
            .where(notices.c.article.in_(run))
            .distinct()
            .order_by(digests.c.created, digests.c.id)
        )
        for row in connection.execute(query):
            found[row.article] += ((DigestId(row.id), row.series, row.created),)
    return found


def _stored(connection: Connection, rows: Sequence[Row[Any]]) -> tuple[StoredArticle, ...]:
    ids = [row.id for row in rows]
    by_feeds = carriers(connection, ids)
    by_matches = matches_of(connection, ids)
    by_fates = _fates(connection, ids)
    return tuple(
        StoredArticle(
            article=article_from(row),
            story=StoryId(row.story),
            feeds=by_feeds[row.id],
            matches=by_matches[row.id],
            read_at=row.read_at,
            failure=": ".join(part for part in (row.failure, row.failure_detail) if part) or None,
            digests=by_fates[row.id],
            first_seen=row.first_seen,
            told=row.told,
        )
        for row in rows
    )


def stored(connection: Connection, ref: str) -> StoredArticle | None:
    """An article by id or URL, with its fate."""
    article = article_of_urls(connection, [ref]) or ref
    found = _stored(connection, connection.execute(select(articles).where(articles.c.id == article)).all())
    return found[0] if found else None


def recent(connection: Connection, limit: int, topic: str | None) -> tuple[StoredArticle, ...]:
    """The articles read last, newest first; of a topic, those that match it."""
    if topic is None:
        query = select(articles).order_by(articles.c.read_at.desc()).limit(limit)
    else:
        query = (
            select(articles)
            .join(matches, matches.c.article == articles.c.id)
            .where(matches.c.topic == topic)
            .order_by(matches.c.at.desc())
            .limit(limit)
        )
    return _stored(connection, connection.execute(query).all())


def matched(connection: Connection, limit: int) -> tuple[StoredArticle, ...]:
    """The articles that matched last, under whatever topic, newest first; fewer where one matched under very many."""
    newest = select(matches.c.article).order_by(matches.c.at.desc()).limit(_TOPICS_EACH * limit)
    chosen = list(dict.fromkeys(connection.scalars(newest)))[:limit]
    rows = {row.id: row for row in connection.execute(select(articles).where(articles.c.id.in_(chosen)))}
    return _stored(connection, [rows[article] for article in chosen])


Place = tuple[datetime, str]
"""Where a page of the archive ends: published, id."""


def archive_page(
    connection: Connection, since: datetime | None, after: Place | None
) -> tuple[tuple[StoredArticle, ...], Place | None]:
    """The next articles with text, oldest first, and where to go on; None at the end."""
    query = select(articles).order_by(articles.c.published, articles.c.id).limit(PAGE)
    if after is not None:
        place = tuple_(articles.c.published, articles.c.id)
        query = query.where(place > tuple_(bindparam("published", after[0], articles.c.published.type), after[1]))
    elif since is not None:
        query = query.where(articles.c.published >= since)
    rows = connection.execute(query).all()
    page = _stored(connection, [row for row in rows if row.text is not None])
    return page, ((rows[-1].published, rows[-1].id) if len(rows) == PAGE else None)
