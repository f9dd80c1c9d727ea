"""`extract`, and reading what a FILE_OR_URL argument names."""

import asyncio
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import click

from watcher import extract as extraction
from watcher.cli.common import Options, common, print_line
from watcher.cli.figure_table import figures_json, print_figures
from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher
from watcher.figures import find
from watcher.model import Fetched, FetchFailed, Request
from watcher.settings import Fetch

_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
_NO_TEXT = "it is neither HTML nor text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What an argument held, as an article. `fault` says in words why there is none."""

    source: str
    url: str | None = None
    title: str = ""
    text: str = ""
    author: str | None = None
    published: datetime | None = None
    language: str | None = None
    fault: str | None = None


@click.command()
@common
@click.argument("sources", nargs=-1, required=True, metavar="FILE_OR_URL…")
@click.option("--jsonl", is_flag=True, help="One JSON object a line.")
@click.option("--figures", is_flag=True, help="Also the figures read in it.")
def extract(options: Options, sources: tuple[str, ...], jsonl: bool, figures: bool) -> None:
    """Print the full text of pages, with title, author, date and language."""
    del options
    failed = False
    for found in read_sources(sources):
        if found.fault:
            failed = True
            click.echo(f"{found.source}: {found.fault}", err=True)
        read = find(found.text, found.language) if figures else ()
        if jsonl:
            print_line(as_json(found) | ({"figures": figures_json(read)} if figures else {}))
        elif not found.fault or found.text:
            click.echo(as_text(found))
            if figures:
                print_figures(read)
    if failed:
        raise click.exceptions.Exit(1)


def as_json(found: Source) -> dict[str, object]:
    """The public form."""
    return {
        "source": found.source,
        "url": found.url,
        "title": found.title,
        "text": found.text,
        "author": found.author,
        "published": found.published,
        "language": found.language,
    }


def as_text(found: Source) -> str:
    """For people."""
    facts = [found.author, found.published and f"{found.published:%d %B %Y %H:%M} UTC", found.language, found.url]
    head = "\n".join(part for part in (found.title, " · ".join(str(fact) for fact in facts if fact)) if part)
    return f"{head}\n\n{found.text}\n"


def read_sources(names: Sequence[str]) -> list[Source]:
    """Each argument as an article, in order; URLs are fetched politely, side by side."""
    return asyncio.run(_read_sources(names))


async def _read_sources(names: Sequence[str]) -> list[Source]:
    fetcher = HttpFetcher(Fetch(), SystemClock())
    try:
        return list(await asyncio.gather(*(_read_one(fetcher, name) for name in names)))
    finally:
        await fetcher.aclose()


async def _read_one(fetcher: HttpFetcher, name: str) -> Source:
    if not name.lower().startswith(("http://", "https://")):
        return _file(name)
    match await fetcher.get(Request(url=name, accept="text/html, */*;q=0.1", trusted=True)):
        case Fetched() as fetched if _binary(fetched.body):
            return Source(source=name, url=fetched.url, fault=_NO_TEXT)
        case Fetched() as fetched:
            page = extraction.page(fetched.body, url=fetched.url, headers=fetched.headers)
            return _source(name, page, url=fetched.url)
        case FetchFailed(detail=detail):
            return Source(source=name, url=name, fault=detail)
        case _:
            return Source(source=name, url=name, fault="the page is gone (410)")


def _binary(data: bytes) -> bool:
    return data.startswith(b"%PDF") or (b"\0" in data and not data.startswith(_UTF_16))


def _file(name: str) -> Source:
    if "://" in name or not name:
        return Source(source=name, fault="it is no file, and URLs start with http:// or https://")
    try:
        data = sys.stdin.buffer.read() if name == "-" else Path(name).read_bytes()
    except OSError as error:
        return Source(source=name, fault=f"cannot be read: {error.strerror}")
    if _binary(data):
        return Source(source=name, fault=_NO_TEXT)
    start = data[:2_000].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    if start.startswith(b"<") or b"<html" in start or name.lower().endswith((".html", ".htm", ".xhtml")):
        return _source(name, extraction.page(data, url="", headers={}), url=None)
    text = (
        data.decode("utf-16" if data.startswith(_UTF_16) else "utf-8-sig", errors="replace")
        .replace("\r\n", "\n")
        .strip()
    )
    fault = None if text else "there is no text in it"
    return Source(source=name, text=text, language=extraction.detect(text, None), fault=fault)


def _source(name: str, page: extraction.Page, *, url: str | None) -> Source:
    fault = page.fault or (None if page.text else "no article text was found in it")
    return Source(
        source=name,
        url=url,
        title=page.title,
        text=page.text,
        author=page.author,
        published=page.published,
        language=page.language,
        fault=fault,
    )
