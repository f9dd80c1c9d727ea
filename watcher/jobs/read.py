"""read(entry): fetch the page, judge it in a worker, decide who is to be told; one commit."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from watcher import alerts, dedupe, pipeline, schedule
from watcher.errors import WorkFailed, WorkReason
from watcher.jobs.context import Context, Live, Ready
from watcher.jobs.figures import recorded
from watcher.jobs.rates import counted
from watcher.jobs.stories import TRIES, Place, find, kept, settled
from watcher.model import (
    Article,
    EntryId,
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    Figure,
    Gone,
    KnownArticle,
    Match,
    NotModified,
    PendingEntry,
    ReadRecord,
    Request,
    StoryId,
)

PAGE_ACCEPT = "text/html, application/xhtml+xml, */*;q=0.1"
MATCH_LIMIT = timedelta(seconds=20)
_TEXTUAL = ("text/", "application/xhtml", "application/xml", "application/octet-stream")


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """What reading an entry came to."""

    article: Article
    topics: tuple[str, ...]
    failure: str | None
    ready: Ready


async def read(context: Context, entry_id: EntryId) -> Read | None:
    """Read one entry now; None where it does not wait (any more)."""
    pending = await context.store.entry(entry_id)
    if pending is None:
        return None
    async with context.pages.hold(pending.content.url) as waited:
        if waited:  # another feed's entry for the page was read meanwhile
            pending = await context.store.entry(entry_id)
        if pending is None:
            return None
        known = pending.article
        if known is not None and known.article.full_text and not pending.edited:
            return await _carried(context, pending, known)
        return await _fetched(context, pending)


async def _carried(context: Context, pending: PendingEntry, known: KnownArticle) -> Read:
    """A further feed carries an article we have: its page is not fetched again, its topics are looked at again."""
    live, article = context.live, known.article
    carriers = tuple(live.carrier(url) for url in dict.fromkeys((*known.feeds, pending.feed_url)))
    document = pipeline.document_of(
        article.title, article.text, article.url, article.author, article.language, carriers
    )
    found = await context.workers.run(pipeline.rematch, MATCH_LIMIT, document, live.rules)
    judged = _Judgement(
        article=article,
        matches=found.matches,
        figures=found.figures,
        text_hash=dedupe.text_hash(article.text),
        aliases=(),
    )
    return await _commit(context, live, pending, known, judged)


async def _fetched(context: Context, pending: PendingEntry) -> Read:
    live = context.live
    outcome = await _page(context, live, pending)
    judged, failure = await _judge(context, live, pending, outcome)
    known = pending.article
    if known is None and judged.aliases:
        known = await context.store.article_by_url(judged.aliases)
    if known is not None and known.article.full_text and not pending.edited:
        return await _carried(context, pending, known)  # the page redirects to one that we have
    judgement = _Judgement(
        article=_article(pending, judged, known),
        matches=judged.matches,
        figures=judged.figures,
        text_hash=judged.text_hash,
        aliases=judged.aliases,
        judged=judged,
    )
    now, retry_at = context.clock.now(), None
    if failure is not None and failure.reason.temporary:
        retry_at = schedule.retry_page(pending.first_seen, pending.attempts + 1, now, context.noise())
    return await _commit(context, live, pending, known, judgement, failure=failure, retry_at=retry_at)


async def _page(context: Context, live: Live, pending: PendingEntry) -> FetchOutcome | None:
    """The page's bytes; None where there is none to be had, or none is wanted."""
    feed = live.feeds.get(pending.feed_url)
    url = pending.content.entry.url
    if url is None or (feed is not None and not feed.full_text):
        return None
    if live.settings.extract.robots and not await context.robots.allows(url):
        return FetchFailed(reason=FetchReason.ROBOTS, detail="robots.txt asks us not to read it")
    return await context.fetcher.get(Request(url=url, accept=PAGE_ACCEPT))


async def _judge(
    context: Context, live: Live, pending: PendingEntry, outcome: FetchOutcome | None
) -> tuple[pipeline.Judged, FetchFailed | None]:
    known = pending.article.feeds if pending.article else ()
    case = pipeline.Case(
        entry=pending.content.entry,
        url=pending.content.url,
        carriers=tuple(live.carrier(url) for url in dict.fromkeys((*known, pending.feed_url))),
        before=pending.article.article.text if pending.article and pending.edited else None,
    )
    limit = live.settings.extract.timeout
    page, failure = _usable(outcome)
    if page is not None:
        try:
            judged = await context.workers.run(pipeline.judge, limit, replace(case, page=page), live.rules)
        except WorkFailed as stopped:
            failure = FetchFailed(reason=_why(stopped), detail=f"the page could not be read: {stopped}")
        else:
            return judged, _fault(judged)
    return await context.workers.run(pipeline.judge, limit, case, live.rules), failure


def _why(stopped: WorkFailed) -> FetchReason:
    """A page that takes too much stays as it is; a disk that is full, or a worker that was killed, does not."""
    ours = stopped.reason in {WorkReason.RAISED, WorkReason.CRASHED}
    return FetchReason.MACHINE if ours else FetchReason.UNREADABLE


def _usable(outcome: FetchOutcome | None) -> tuple[pipeline.PageBytes | None, FetchFailed | None]:
    match outcome:
        case Fetched():
            kind = outcome.headers.get("content-type", "text/html").lower()
            if not kind.startswith(_TEXTUAL):
                detail = f"the page is {kind.split(';')[0]}, not HTML"
                return None, FetchFailed(reason=FetchReason.UNREADABLE, detail=detail)
            return pipeline.PageBytes(url=outcome.url, headers=dict(outcome.headers), body=outcome.body), None
        case FetchFailed():
            return None, outcome
        case Gone():
            return None, FetchFailed(reason=FetchReason.NOT_FOUND, detail="the page is gone (410)", status=410)
        case NotModified() | None:
            return None, None


def _fault(judged: pipeline.Judged) -> FetchFailed | None:
    if judged.fault is None:
        return None
    reason = FetchReason.CHALLENGE if "challenge" in judged.fault else FetchReason.UNREADABLE
    return FetchFailed(reason=reason, detail=judged.fault)


def _article(pending: PendingEntry, judged: pipeline.Judged, known: KnownArticle | None) -> Article:
    content = pending.content
    from_page = None if content.dated else judged.published
    return Article(
        id=known.article.id if known else dedupe.article_id(content.url),
        url=known.article.url if known else content.url,
        title=judged.title,
        text=judged.text,
        author=judged.author,
        published=from_page or content.published,
        dated=content.dated or from_page is not None,
        language=judged.language,
        full_text=judged.full_text,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Judgement:
    article: Article
    matches: tuple[Match, ...]
    figures: tuple[Figure, ...]
    text_hash: str
    aliases: tuple[str, ...]
    judged: pipeline.Judged | None = None  # None where the text was not read anew


async def _commit(
    context: Context,
    live: Live,
    pending: PendingEntry,
    known: KnownArticle | None,
    judged: _Judgement,
    *,
    failure: FetchFailed | None = None,
    retry_at: datetime | None = None,
) -> Read:
    """Decide story and notices and record all; once more where others came meanwhile."""
    for left in reversed(range(TRIES)):
        place = await _place(context, live, known, judged)
        record = _record(live, pending, known, judged, place, context.clock.now())
        record = replace(
            record,
            sight=place.sight if left else None,
            retry_at=retry_at,
            failure=failure.reason if failure else None,
            failure_detail=failure.detail if failure else "",
        )
        series = await recorded(context, live, record)
        if series is not None:
            break
    return Read(
        article=judged.article,
        topics=tuple(match.topic for match in judged.matches),
        failure=failure.detail if failure else None,
        ready=Ready(series=series or ()),
    )


async def _place(context: Context, live: Live, known: KnownArticle | None, judged: _Judgement) -> Place:
    if known is not None and judged.judged is not None and not known.article.full_text and judged.article.full_text:
        return await settled(context, judged.judged, known, live.settings.stories, context.clock.now())
    if known is not None or judged.judged is None:
        return await kept(context, known.story if known else StoryId(judged.article.id))
    founder = StoryId(judged.article.id)
    return await find(context, judged.judged, founder, live.settings.stories, context.clock.now())


def _record(
    live: Live,
    pending: PendingEntry,
    known: KnownArticle | None,
    judged: _Judgement,
    place: Place,
    now: datetime,
) -> ReadRecord:
    read = judged.judged
    voice = read.voice if read and not place.echoes else None
    reading = alerts.Reading(
        article=judged.article.id,
        story=place.story,
        matches=tuple(match for match in judged.matches if match.topic not in live.rated),
        before=tuple(match.topic for match in known.matches) if known and known.told else (),
        edited=pending.edited,
        tell=pending.content.tell,
        fingerprint=pending.content.fingerprint,
        anew=read.anew if read else False,
        noticed={one.topic: one.story for one in place.own.noticed},
        gains=place.gains,
        confirms=place.confirms,
        voices=len(place.voices(voice)) or 1,
        voices_before=len(place.leader.voices) if place.leader else 0,
        heard=place.heard,
    )
    wanted = {topic.name: topic.min_origins for topic in live.settings.topics}
    return ReadRecord(
        entry=pending.id,
        feed=pending.feed,
        article=judged.article,
        urls=judged.aliases,
        story=place.story,
        text_hash=judged.text_hash,
        matches=judged.matches,
        figures=judged.figures,
        notices=alerts.decide(reading, live.takers, wanted),
        tell=pending.content.tell,
        edited=pending.edited,
        at=now,
        fingerprint=pending.content.fingerprint,
        signature=read.signature if read else (),
        voice=voice,
        event=place.event,
        gist=read.gist if read else None,
        release=alerts.enough(reading, wanted),
        counts=counted(live, pending, known, judged.matches),
        arrived=None if pending.edited else pending.content.arrived,
        moved=known is not None and known.story != place.story,
    )
