"""The demo's news site as values: every path with its body, made from the articles, a base URL and the present."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, select_autoescape
from markupsafe import Markup

from watcher.demo.content import Outlet, Story, outlets, stories, words

_COPY_DELAY = timedelta(minutes=25)
_RELATED = 5
_TEASER = 48  # characters, where a feed only teases
_RTL = frozenset({"ar", "ckb", "fa", "he", "ur"})
_ROBOTS = b"User-agent: *\nDisallow: /search\n"
_PHOTO = (
    b'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 16 9"><rect width="16" height="9" fill="#c9c2b4"/></svg>'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Resource:
    """What is served at a path."""

    content_type: str
    body: bytes
    etag: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Printed:
    """A story as one publisher prints it."""

    story: Story
    outlet: Outlet
    title: str
    path: str
    published: datetime
    paragraphs: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The whole site: `resources` by path, and the URLs of the publishers' `feeds` by their slug."""

    base_url: str
    resources: Mapping[str, Resource]
    printed: tuple[Printed, ...]
    feeds: Mapping[str, str]

    @classmethod
    def build(cls, base_url: str, now: datetime) -> "Site":
        """The site as it stands at `now`, under `base_url` (no slash at its end); same arguments, same bytes."""
        press = _Press(base_url=base_url, outlets=outlets(), words=words())
        printed = tuple(sorted(press.prints(now), key=lambda item: item.published, reverse=True))
        return cls(
            base_url=base_url,
            resources=MappingProxyType(dict(press.resources(printed))),
            printed=printed,
            feeds={outlet.slug: f"{base_url}/{outlet.slug}/feed.xml" for outlet in press.outlets},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Press:
    base_url: str
    outlets: tuple[Outlet, ...]
    words: Mapping[str, Mapping[str, Any]]

    def prints(self, now: datetime) -> Iterator[Printed]:
        by_slug = {outlet.slug: outlet for outlet in self.outlets}
        for story in stories():
            published = (now - timedelta(hours=story.hours)).replace(microsecond=0)
            yield self._print(story, by_slug[story.outlet], story.title, published, story.paragraphs)
            for order, (slug, title) in enumerate(story.also.items(), 1):
                outlet = by_slug[slug]
                first, *rest = story.paragraphs
                copied = (outlet.dateline + first, *rest, f"{by_slug[story.outlet].name} contributed to this report.")
                yield self._print(story, outlet, title, published + order * _COPY_DELAY, copied)

    def _print(
        self, story: Story, outlet: Outlet, title: str, published: datetime, paragraphs: tuple[str, ...]
    ) -> Printed:
        path = f"/{outlet.slug}/{story.slug}.html"
        return Printed(story=story, outlet=outlet, title=title, path=path, published=published, paragraphs=paragraphs)

    def resources(self, printed: Sequence[Printed]) -> Iterator[tuple[str, Resource]]:
        render = _Renderer(base_url=self.base_url, words=self.words, environment=_environment())
        yield "/robots.txt", _resource("text/plain; charset=utf-8", _ROBOTS)
        index = render.template("index.html", base=self.base_url, outlets=self.outlets)
        yield "/", _resource("text/html; charset=utf-8", index)
        for outlet in self.outlets:
            own = [item for item in printed if item.outlet == outlet]
            yield f"/{outlet.slug}/feed.xml", _resource(f"{outlet.feed_type}; charset=utf-8", render.feed(outlet, own))
            yield f"/{outlet.slug}/", _resource("text/html; charset=utf-8", render.home(outlet, own))
            yield f"/{outlet.slug}/photo.svg", _resource("image/svg+xml", _PHOTO)
            for item in own:
                yield item.path, _resource("text/html; charset=utf-8", render.page(item, printed))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Renderer:
    base_url: str
    words: Mapping[str, Mapping[str, Any]]
    environment: Environment

    def template(self, name: str, **values: object) -> bytes:
        return self.environment.get_template(name).render(**values).encode()

    def page(self, item: Printed, printed: Sequence[Printed]) -> bytes:
        """An article as noisy as pages are: menus, other headlines, comments, a cookie banner."""
        same = [other for other in printed if other.outlet.language == item.outlet.language and other != item]
        own = [other for other in same if other.outlet == item.outlet] or same
        return self.template(
            f"{item.outlet.page}.html",
            **self._frame(item.outlet),
            story={
                "slug": item.story.slug,
                "title": item.title,
                "author": item.story.author,
                "section": item.story.section,
                "teaser": item.story.teaser,
            },
            url=self.base_url + item.path,
            published=item.published,
            date=f"{item.published:%d.%m.%Y %H:%M}",
            paragraphs=item.paragraphs,
            related=[{"url": self.base_url + other.path, "title": other.title} for other in own[:_RELATED]],
            linked_data=self._linked_data(item),
        )

    def home(self, outlet: Outlet, own: Sequence[Printed]) -> bytes:
        return self.template("home.html", **self._frame(outlet), items=[self._item(item) for item in own])

    def feed(self, outlet: Outlet, own: Sequence[Printed]) -> bytes:
        return self.template(f"{outlet.format}.xml", **self._frame(outlet), items=[self._item(item) for item in own])

    def _frame(self, outlet: Outlet) -> dict[str, object]:
        return {
            "outlet": outlet,
            "home": f"{self.base_url}/{outlet.slug}/",
            "words": self.words[outlet.language],
            "direction": "rtl" if outlet.language in _RTL else "ltr",
        }

    def _item(self, item: Printed) -> dict[str, str]:
        url, more = self.base_url + item.path, self.words[item.outlet.language]["continue"]
        escaped = [str(Markup.escape(paragraph)) for paragraph in item.paragraphs]
        teaser = f'{item.story.teaser[:_TEASER]}… <a href="{url}">{more}</a>'
        return {
            "slug": item.story.slug,
            "title": item.title,
            "url": url,
            "author": item.story.author,
            "section": item.story.section,
            "teaser": item.story.teaser,
            "rfc822": format_datetime(item.published, usegmt=True),
            "iso": f"{item.published:%Y-%m-%dT%H:%M:%SZ}",
            "summary": teaser if item.outlet.carries == "teaser" else f"<p>{Markup.escape(item.story.teaser)}</p>",
            "full": "".join(f"<p>{text}</p>" for text in escaped) if item.outlet.carries == "full" else "",
        }

    def _linked_data(self, item: Printed) -> Markup:
        data = {
            "@context": "https://schema.org",
            "@type": "NewsArticle",
            "headline": item.title,
            "datePublished": item.published.isoformat(),
            "author": [{"@type": "Person", "name": item.story.author}],
            "publisher": {"@type": "Organization", "name": item.outlet.name},
            "inLanguage": item.outlet.language,
        }
        return Markup(json.dumps(data, ensure_ascii=False).replace("<", "\\u003c"))  # noqa: S704 - nothing can close the script


def _environment() -> Environment:
    return Environment(
        loader=PackageLoader("watcher.demo"), autoescape=select_autoescape(("html", "xml")), keep_trailing_newline=True
    )


def _resource(content_type: str, body: bytes) -> Resource:
    return Resource(content_type=content_type, body=body, etag=f'"{hashlib.sha256(body).hexdigest()[:20]}"')
