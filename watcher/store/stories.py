"""What the decision on an article's story is made from, and what of it is kept.

Copies are found by sampled shingles. A shingle that many articles have (a line of the page) finds nothing, so no more
than `COMMON` rows are kept of one: a look-up reads a bounded number of rows, however large the archive is.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    ColumnElement,
    Connection,
    bindparam,
    delete,
    exists,
    func,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite

from watcher.model import (
    ArticleId,
    EventLeader,
    EventLeaders,
    Kin,
    Noticed,
    NoticeId,
    ReadRecord,
    Sight,
    StoryCandidate,
    StoryCandidates,
    StoryId,
)
from watcher.store.rows import chunks, insert_new
from watcher.store.schema import articles, held_notices, notices, series, series_notices, shingles, stories

COMMON = 16
"""Rows of one shingle; an article of a story that has as many copies is found by those."""
LIKELY = 8
"""Candidates whose texts are compared."""
_SLIGHT = 8  # who shares so many times less than another is not looked at beside it
LEADERS = 60
"""Events that a new story is compared with."""
_MEETING = 0x57544353  # the advisory lock under which stories are founded and joined
_PRUNED = 5_000  # rows in one transaction

_SINCE = bindparam("since", type_=shingles.c.seen.type)


@cache
def _searching(dialect: str) -> tuple[Any, Any]:
    """The statements that find and keep shingles. All hashes are one parameter, so that each is compiled once."""
    if dialect == "postgresql":
        given: Any = func.unnest(bindparam("hashes", type_=ARRAY(BigInteger))).table_valued("value").render_derived()
    else:
        given = func.json_each(bindparam("hashes", type_=JSON)).table_valued("value")
    shared = select(shingles.c.hash, shingles.c.article).join_from(given, shingles, shingles.c.hash == given.c.value)
    kept = select(func.count()).where(shingles.c.hash == given.c.value, shingles.c.seen >= _SINCE)
    new = select(
        given.c.value,
        bindparam("first", type_=shingles.c.seen.type),
        bindparam("of_article", type_=shingles.c.article.type),
    ).where(kept.correlate(given).scalar_subquery() < COMMON)
    made: Any = (postgresql if dialect == "postgresql" else sqlite).insert(shingles)
    keep = made.from_select(["hash", "seen", "article"], new).on_conflict_do_nothing()
    return shared.where(shingles.c.seen >= _SINCE), keep


def candidates(connection: Connection, hashes: Sequence[int], since: datetime) -> StoryCandidates:
    """Articles first read since then that share shingles, those with the rarest in common first."""
    by_hash = _sharing(connection, hashes, since)
    if not by_hash:
        return StoryCandidates(likely=(), seen=frozenset())
    weights: dict[str, float] = defaultdict(float)
    shared: Counter[str] = Counter()
    for sharing in by_hash.values():
        shared.update(sharing)
        for article in sharing:
            weights[article] += 1 / len(sharing)
    least = max(shared.values(), default=0) // _SLIGHT
    ranked = sorted(weights, key=lambda article: (-weights[article], article))
    chosen = [article for article in ranked[:LIKELY] if shared[article] > least]
    query = select(articles.c.id, articles.c.story, articles.c.first_seen, articles.c.text, articles.c.title)
    rows = connection.execute(query.where(articles.c.id.in_(chosen), articles.c.text.is_not(None))).all()
    topics = _topics_of(connection, chosen)
    found = {row.id: _candidate(row, topics[row.id]) for row in rows}
    return StoryCandidates(
        likely=tuple(found[article] for article in chosen if article in found),
        seen=frozenset(map(ArticleId, weights)),
    )


def _sharing(connection: Connection, hashes: Sequence[int], since: datetime) -> dict[int, list[str]]:
    by_hash: dict[int, list[str]] = defaultdict(list)
    if hashes:
        shared, _ = _searching(connection.dialect.name)
        for value, article in connection.execute(shared, {"hashes": list(hashes), "since": since}).all():
            by_hash[value].append(article)
    return by_hash


def _candidate(row: Any, topics: Collection[str]) -> StoryCandidate:
    return StoryCandidate(
        article=ArticleId(row.id),
        story=StoryId(row.story),
        text=row.text,
        first_seen=row.first_seen,
        topics=frozenset(topics),
        title=row.title,
    )


def _topics_of(connection: Connection, ids: Sequence[str]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = defaultdict(set)
    for row in connection.execute(select(notices.c.article, notices.c.topic).where(notices.c.article.in_(ids))):
        found[row.article].add(row.topic)
    return found


def event_leaders(connection: Connection, topics: Sequence[str], since: datetime) -> EventLeaders:
    """The stories founded since then that were noticed under these topics, each the first of its event."""
    last = connection.scalar(select(func.max(notices.c.id))) or 0
    recent = (
        select(notices.c.story)
        .where(notices.c.topic.in_(topics), notices.c.recorded >= since)
        .order_by(notices.c.recorded.desc())
        .limit(4 * LEADERS)
        .subquery()
    )
    query = (
        select(stories.c.id, stories.c.founded, stories.c.gist)
        .where(stories.c.id.in_(select(recent.c.story)), stories.c.founded >= since)
        .where(stories.c.event.is_(None), stories.c.gist.is_not(None))
        .order_by(stories.c.founded.desc())
        .limit(LEADERS)
    )
    leaders = tuple(
        EventLeader(story=StoryId(row.id), founded=row.founded, gist=row.gist) for row in connection.execute(query)
    )
    return EventLeaders(leaders=leaders, notice=NoticeId(last))


def kin(connection: Connection, story: StoryId) -> Kin:
    """What a story is part of; for one that is not there yet, itself alone."""
    event = StoryId(connection.scalar(select(stories.c.event).where(stories.c.id == story)) or story)
    told = select(stories.c.voice).where(_of_event(event), stories.c.voice.is_not(None)).distinct()
    unsent = exists().where(series_notices.c.notice == notices.c.id, series_notices.c.digest.is_(None))
    unreleased = exists().where(held_notices.c.notice == notices.c.id)
    query = (
        select(notices.c.topic, notices.c.story, or_(unsent, unreleased).label("waits"))
        .join_from(articles, notices, notices.c.article == articles.c.id)
        .where(articles.c.story == story)
        .order_by(notices.c.id)
    )
    noticed: dict[str, Noticed] = {}
    for row in connection.execute(query):
        before = noticed.get(row.topic)
        noticed[row.topic] = Noticed(
            topic=row.topic,
            story=before.story if before else StoryId(row.story),
            waits=bool(row.waits) or (before is not None and before.waits),
        )
    return Kin(event=event, noticed=tuple(noticed.values()), voices=frozenset(connection.scalars(told)))


def _of_event(event: str) -> ColumnElement[bool]:
    return or_(stories.c.id == event, stories.c.event == event)


@dataclass(frozen=True, slots=True)
class ToldBy:
    """The names of the voices that tell a story's event, its own, and the first story of it where there are several."""

    voices: tuple[str, ...] = ()
    group: StoryId | None = None
    own: str = ""


def voices_of(connection: Connection, ids: Sequence[str]) -> dict[str, ToldBy]:
    """Who tells each of these stories, the first voice first."""
    events: dict[str, str] = {}
    for run in chunks(ids):
        named = select(stories.c.id, stories.c.event).where(stories.c.id.in_(run))
        events |= {story: event or story for story, event in connection.execute(named)}
    voices: dict[str, dict[str, str]] = defaultdict(dict)
    own: dict[str, str] = {}
    sizes: Counter[str] = Counter()
    for run in chunks(sorted(set(events.values()))):
        query = (
            select(stories.c.id, stories.c.event, stories.c.voice, stories.c.voice_name)
            .where(or_(stories.c.id.in_(run), stories.c.event.in_(run)))
            .order_by(stories.c.founded, stories.c.id)
        )
        for row in connection.execute(query):
            event = row.event or row.id
            sizes[event] += 1
            if row.voice is not None:
                own[row.id] = row.voice_name
                voices[event].setdefault(row.voice, row.voice_name)
    return {
        story: ToldBy(
            tuple(voices[event].values()), StoryId(event) if sizes[event] > 1 else None, own=own.get(story, "")
        )
        for story, event in events.items()
    }


def has_changed(connection: Connection, record: ReadRecord, sight: Sight) -> bool:
    """Whether an article or a story came since the decision was made that might change it.

    From here to the commit nobody else founds or joins a story.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"SELECT pg_advisory_xact_lock({_MEETING})"))
    sharing = _sharing(connection, record.signature, sight.since)
    if any(article not in sight.articles for found in sharing.values() for article in found):
        return True
    if sight.notice is None:
        return False
    topics = [match.topic for match in record.matches]
    later = select(notices.c.id).where(notices.c.topic.in_(topics), notices.c.id > sight.notice)
    return connection.execute(later.limit(1)).first() is not None


def found(connection: Connection, record: ReadRecord) -> None:
    """Keep the story, where it is new; let it have the voice that one of its copies credits, else the earliest's."""
    voice = record.voice
    named = {"voice": voice.key, "voice_name": voice.name, "credited": voice.credited} if voice else {}
    row = {"id": record.story, "founded": record.at, "event": record.event, "gist": record.gist, **named}
    connection.execute(insert_new(connection, stories), row)
    if voice and (voice.credited or str(record.story) != record.article.id):
        uncredited = update(stories).where(stories.c.id == record.story, stories.c.credited.is_(False))
        of_story = articles.c.story == record.story, articles.c.published <= record.article.published
        first = uncredited if voice.credited else uncredited.where(~exists().where(*of_story))
        connection.execute(first.values(named))
    if record.gist is not None:
        missing = update(stories).where(stories.c.id == record.story, stories.c.gist.is_(None))
        connection.execute(missing.values(gist=record.gist))


def keep_signature(connection: Connection, record: ReadRecord, article: str, seen: datetime) -> None:
    """Let the article be found by the shingles that are not common already."""
    if not record.signature:
        return
    since = record.sight.since if record.sight else seen
    _, keep = _searching(connection.dialect.name)
    given = {"hashes": list(record.signature), "since": since, "first": seen, "of_article": article}
    connection.execute(keep, given)


def move(connection: Connection, article: str, old: str, new: str) -> None:
    """Let an article leave its story for another; what waits to be told of it is told with that, if at all.

    Of a story that nobody tells any more nothing is left but its id; who reports its event reports that of the other.
    """
    connection.execute(update(articles).where(articles.c.id == article).values(story=new))
    mine = notices.c.article == article, notices.c.story == old
    for number, topic in connection.execute(select(notices.c.id, notices.c.topic).where(*mine)).all():
        others = select(notices.c.id).where(notices.c.story == new, notices.c.topic == topic)
        if connection.execute(others.limit(1)).first() is None:
            continue
        still = waiting_series(connection, topic, new, held=False)
        late = delete(series_notices).where(series_notices.c.notice == number, series_notices.c.digest.is_(None))
        connection.execute(late.where(series_notices.c.series.not_in(still)))
    connection.execute(update(notices).where(*mine).values(story=new))
    if connection.execute(select(articles.c.id).where(articles.c.story == old).limit(1)).first() is None:
        event = connection.scalar(select(stories.c.event).where(stories.c.id == new)) or new
        connection.execute(update(stories).where(stories.c.event == old, stories.c.id != event).values(event=event))
        empty = {"event": None, "voice": None, "voice_name": None, "gist": None}
        connection.execute(update(stories).where(stories.c.id == old).values(empty))


def waiting_series(connection: Connection, topic: str, story: str, *, held: bool) -> tuple[str, ...]:
    """The series in which something of a story waits under a topic, to be told or for a second voice."""
    table = held_notices if held else series_notices
    query = (
        select(table.c.series)
        .join_from(notices, table, table.c.notice == notices.c.id)
        .where(notices.c.story == story, notices.c.topic == topic)
        .distinct()
    )
    return tuple(connection.scalars(query if held else query.where(series_notices.c.digest.is_(None))))


def release(connection: Connection, story: str, topics: Iterable[str]) -> tuple[str, ...]:
    """Let out what was held of the story's event under these topics; the series that have something to tell now."""
    event = connection.scalar(select(stories.c.event).where(stories.c.id == story)) or story
    query = (
        select(held_notices.c.notice, held_notices.c.series)
        .join_from(stories, notices, notices.c.story == stories.c.id)
        .join(held_notices, held_notices.c.notice == notices.c.id)
        .join(series, series.c.name == held_notices.c.series)
        .where(_of_event(event), notices.c.topic.in_(list(topics)), series.c.active.is_(True))
    )
    rows = [{"notice": row.notice, "series": row.series} for row in connection.execute(query)]
    if rows:
        connection.execute(insert_new(connection, series_notices), rows)
        connection.execute(delete(held_notices).where(held_notices.c.notice.in_([row["notice"] for row in rows])))
    return tuple(dict.fromkeys(row["series"] for row in rows))


def prune(connection: Connection, before: datetime) -> int:
    """Forget some shingles of articles first read before then, and what was held for so long; how many there were."""
    old = select(shingles.c.hash, shingles.c.seen, shingles.c.article).where(shingles.c.seen < before)
    last = connection.scalar(select(func.max(old.order_by(shingles.c.seen).limit(_PRUNED).subquery().c.seen)))
    if last is None:
        stale = exists().where(notices.c.id == held_notices.c.notice, notices.c.recorded < before)
        return connection.execute(delete(held_notices).where(stale)).rowcount
    return connection.execute(delete(shingles).where(shingles.c.seen <= last)).rowcount
