"""Sitemap indexes: the entries are in other sitemaps, which are asked as politely as the index itself.

What was asked and how it answered is kept where other feeds keep what their last body held.
"""

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace

from watcher.model import Fetched, FetchOutcome, NotModified, ParsedFeed, Request, Validators
from watcher.pipeline import FeedReading
from watcher.ports import Fetcher

_MARK = b"index:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A sitemap that an index names, and how it answered."""

    url: str
    outcome: FetchOutcome
    before: Validators

    @property
    def validators(self) -> Validators:
        """What to ask with the next time."""
        return self.outcome.validators if isinstance(self.outcome, Fetched) else self.before


def remembered(marks: bytes) -> Mapping[str, Validators]:
    """The children that were asked the last time; none where the feed is no index."""
    if not marks.startswith(_MARK):
        return {}
    try:
        kept = json.loads(marks.removeprefix(_MARK))
        return {url: Validators(etag=etag, last_modified=modified) for url, (etag, modified) in kept.items()}
    except (ValueError, TypeError, AttributeError):
        return {}


def wanted(outcome: FetchOutcome, reading: FeedReading | None, marks: bytes) -> tuple[str, ...]:
    """The children to ask now; none where the feed is no index, or did not answer."""
    if reading is not None:
        return reading.children
    return tuple(remembered(marks)) if isinstance(outcome, Fetched | NotModified) else ()


async def ask(fetcher: Fetcher, urls: tuple[str, ...], marks: bytes, accept: str) -> tuple[Child, ...]:
    """Ask the children, each with its own validators. They are not the config's own: private addresses stay closed."""
    known = remembered(marks)

    async def one(url: str) -> Child:
        before = known.get(url, Validators())
        outcome = await fetcher.get(Request(url=url, validators=before, accept=accept))
        return Child(url=url, outcome=outcome, before=before)

    return tuple(await asyncio.gather(*(one(url) for url in urls)))


def together(reading: FeedReading | None, children: tuple[Child, ...], read: tuple[FeedReading, ...]) -> FeedReading:
    """What the index and its children told, as one reading."""
    own = reading or FeedReading(
        feed=ParsedFeed(kind="sitemap-index", title="", entries=()), told=(), marks=b"", whole=True, language=None
    )
    told = {one.entry.key: one for part in read for one in part.told}
    answered = [child for child in children if isinstance(child.outcome, Fetched | NotModified)]
    kept = {child.url: (child.validators.etag, child.validators.last_modified) for child in answered}
    whole = all(isinstance(child.outcome, Fetched) for child in children)
    return replace(own, told=tuple(told.values()), marks=_MARK + json.dumps(kept).encode(), whole=whole)
