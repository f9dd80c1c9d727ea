"""Sitemap indexes: the entries are in other sitemaps, which are asked as politely as the index itself.

What was asked and how it answered is kept where other feeds keep what their last body held. A sitemap that fails is
asked again at the next poll (not before its Retry-After); an index fails where none of its sitemaps answers.
"""

import asyncio
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from watcher.dedupe import same_origin
from watcher.model import (
    Fetched,
    FetchFailed,
    FetchOutcome,
    FetchReason,
    NotModified,
    ParsedFeed,
    Request,
    Validators,
)
from watcher.pipeline import FeedReading
from watcher.ports import Fetcher
from watcher.schedule import DAY
from watcher.settings import Feed

_MARK = b"index:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known of a sitemap: its validators, when it last came whole, and until when it wants to be left alone."""

    validators: Validators = field(default_factory=Validators)
    full: datetime | None = None
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A sitemap that an index names, how it answered, and what it told; `outcome` is None where it was not asked."""

    url: str
    known: Known
    outcome: FetchOutcome | None = None
    reading: FeedReading | None = None


def remembered(marks: bytes) -> Mapping[str, Known]:
    """The sitemaps that were listed the last time; none where the feed is no index."""
    if not marks.startswith(_MARK):
        return {}
    try:
        kept = json.loads(marks.removeprefix(_MARK))
        return {url: _read(*fields) for url, fields in kept.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def wanted(outcome: FetchOutcome, reading: FeedReading | None, marks: bytes) -> tuple[str, ...]:
    """The sitemaps to ask now; none where the feed is no index, or did not answer."""
    if reading is not None:
        return reading.children
    return tuple(remembered(marks)) if isinstance(outcome, Fetched | NotModified) else ()


async def ask(
    fetcher: Fetcher, feed: Feed, urls: Sequence[str], marks: bytes, accept: str, now: datetime
) -> tuple[Child, ...]:
    """Ask the sitemaps, each with its own validators, once a day without.

    The config names those of the index's own server too; others get none of its headers, and may not be private.
    """
    before = remembered(marks)

    async def one(url: str) -> Child:
        known = before.get(url, Known())
        if known.not_before is not None and known.not_before > now:
            return Child(url=url, known=known)
        stale = known.full is None or now - known.full >= DAY
        named = same_origin(url, feed.url)
        request = Request(
            url=url,
            validators=Validators() if stale else known.validators,
            headers=feed.headers if named else {},
            accept=accept,
            trusted=named,
        )
        return Child(url=url, known=known, outcome=await fetcher.get(request))

    return tuple(await asyncio.gather(*(one(url) for url in urls)))


def together(
    outcome: FetchOutcome, reading: FeedReading | None, children: Sequence[Child], now: datetime
) -> tuple[FetchOutcome, FeedReading]:
    """What the index and its sitemaps told, as one answer."""
    own = reading or FeedReading(
        feed=ParsedFeed(kind="sitemap-index", title="", entries=()), told=(), marks=b"", whole=True, language=None
    )
    told = {one.entry.key: one for child in children if child.reading for one in child.reading.told}
    kept = {child.url: _written(_known(child, now)) for child in children}
    whole = all(isinstance(child.outcome, Fetched) for child in children)
    read = replace(own, told=tuple(told.values()), marks=_MARK + json.dumps(kept).encode(), whole=whole)
    if any(isinstance(child.outcome, Fetched | NotModified) for child in children):
        return outcome, read
    return _none_answered(children, now), read


def _none_answered(children: Sequence[Child], now: datetime) -> FetchFailed:
    failed = next((child.outcome for child in children if isinstance(child.outcome, FetchFailed)), None)
    waits = [child.known.not_before - now for child in children if child.outcome is None and child.known.not_before]
    waits += [
        child.outcome.retry_after
        for child in children
        if isinstance(child.outcome, FetchFailed) and child.outcome.retry_after
    ]
    why = "none of the sitemaps that it lists answers"
    return FetchFailed(
        reason=failed.reason if failed else FetchReason.RATE_LIMITED if waits else FetchReason.NOT_FOUND,
        detail=f"{why}: {failed.detail}" if failed else why,
        status=failed.status if failed else None,
        retry_after=min(waits) if len(waits) == len(children) else None,
    )


def _known(child: Child, now: datetime) -> Known:
    match child.outcome:
        case Fetched(validators=validators):
            return Known(validators=validators, full=now)
        case NotModified():
            return replace(child.known, not_before=None)
        case FetchFailed(retry_after=wait) if wait:
            return replace(child.known, not_before=now + min(wait, DAY))
        case _:
            return child.known


def _written(known: Known) -> list[str | None]:
    moments = (moment.isoformat() if moment else None for moment in (known.full, known.not_before))
    return [known.validators.etag, known.validators.last_modified, *moments]


def _read(etag: str | None, modified: str | None, full: str | None = None, not_before: str | None = None) -> Known:
    return Known(
        validators=Validators(etag=etag, last_modified=modified),
        full=datetime.fromisoformat(full) if full else None,
        not_before=datetime.fromisoformat(not_before) if not_before else None,
    )
