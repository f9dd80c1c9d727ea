"""A fetched page as an article: the stages of extraction in order."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import urlsplit

from watcher.extract import body, faults, meta
from watcher.extract.boilerplate import tidy
from watcher.extract.decode import utf8
from watcher.extract.language import primary, settle


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What a page holds.

    `title` is the page's own, without the site's name where that is certain; '' if there is none.
    `text` is the article in full, paragraphs parted by newlines, without a repeated headline; '' if none was found.
    `published` is aware UTC; `language` a primary subtag such as `en`; `canonical` absolute.
    `fault` says in words why the text is not, or not all of, the article: `empty`, `not HTML`, `bot challenge`,
    `consent page`, `login page`, `page not found`, `needs JavaScript` (all of them without text), `paywall`.
    """

    title: str
    text: str
    author: str | None = None
    published: datetime | None = None
    language: str | None = None
    canonical: str | None = None
    fault: str | None = None


def page(
    html: bytes,
    *,
    url: str,
    headers: Mapping[str, str],
    feed_title: str | None = None,
    feed_language: str | None = None,
) -> Page:
    """Read a page; whatever the bytes are, this returns, with `text` '' and a `fault` where no article can be had.

    `headers` have lower-case names. `feed_title` is the entry's title as the feed tells it, `feed_language` the
    language the feed declares, used where the page says nothing, or what the letters of its text rule out.
    """
    fault = faults.not_a_page(html, headers)
    data = b"" if fault else utf8(html, headers)
    tree = body.parse(data) if data else None
    if tree is None:
        return Page(title="", text="", fault=fault or "empty")
    found = meta.read(tree)
    title = meta.title(found, url, feed_title)
    text = tidy(body.article_lines(tree), title, feed_title or "", *found.headings)
    fault = faults.wall(data, title or "".join(found.titles[:1]), text, urlsplit(url).hostname or "")
    if fault:
        text = ""
    elif not text:
        fault = "empty"
    elif not meta.is_free(found) and faults.locked(text):
        fault = "paywall"
    declared = next(filter(None, map(primary, meta.language(found))), None) or primary(feed_language)
    return Page(
        title=title,
        text=text,
        author=meta.author(found),
        published=meta.published(found, url),
        language=settle(text or title, declared, feed_language),
        canonical=meta.canonical(found, url),
        fault=fault,
    )
