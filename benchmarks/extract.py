"""Reading pages: `watcher.extract.page` beside bare trafilatura with the same settings, on generated pages.

    python benchmarks/extract.py [--pages 200]

CPU time of one core, the two taking turns page by page so that both see the same machine; also what trafilatura costs
with its own metadata, since `page` brings title, author, date, language and canonical URL as well.
"""

import argparse
import random
import time
from collections import Counter
from collections.abc import Callable

import trafilatura

from watcher.extract import detect, page

_WORDS = (
    "the of and to in a said that for on was with as at by from it were had they city army road river council bridge "
    "families officials village morning government camp people district border operation water north south east west"
)
_SECTIONS = ("World", "Politics", "Business", "Culture", "Sport", "Weather", "Opinion", "Video")


def sentence(draw: random.Random) -> str:
    """Words in a row, with a capital and a full stop."""
    text = " ".join(draw.choices(_WORDS.split(), k=draw.randint(9, 26)))
    return text.capitalize() + "."


def generated(draw: random.Random) -> bytes:
    """A news page of 100 to 250 KB: as many links, scripts and teasers as such pages have, and an article."""
    paragraphs = "".join(
        f"<p>{' '.join(sentence(draw) for _ in range(draw.randint(2, 5)))}</p>" for _ in range(draw.randint(8, 24))
    )
    teasers = "".join(
        f'<div class="card"><a href="/story/{n}"><img src="/i/{n}.jpg" alt=""><h3>{sentence(draw)}</h3></a>'
        f'<span class="date">18 October 2016</span></div>'
        for n in range(draw.randint(20, 60))
    )
    menu = "".join(
        f'<li class="item"><a href="/{name}/{n}">{name} {n}</a></li>' for name in _SECTIONS for n in range(12)
    )
    scripts = "".join(
        f"<script>window.q=window.q||[];q.push({{id:{n},v:'{'x' * draw.randint(500, 9_000)}'}});</script>"
        for n in range(draw.randint(8, 20))
    )
    title = sentence(draw)[:70]
    return f"""<!DOCTYPE html><html lang="en"><head><meta charset="utf-8"><title>{title} | Example Herald</title>
<meta property="og:title" content="{title}"><meta property="og:site_name" content="Example Herald">
<meta property="article:published_time" content="2016-10-18T09:30:00Z"><meta name="author" content="Hana Karim">
<link rel="canonical" href="https://example.org/story/1"><style>{".c{color:red}" * 400}</style>{scripts}</head>
<body><header><nav><ul>{menu}</ul></nav></header><main><article class="story"><h1>{title}</h1>
<div class="share"><a href="#">Facebook</a><a href="#">Twitter</a></div>
<div class="article-body">{paragraphs}</div></article>
<aside class="related"><h2>Related stories</h2>{teasers}</aside></main>
<footer><ul>{menu}</ul></footer></body></html>""".encode()


def bare(html: bytes) -> object:
    """Trafilatura with the settings that `page` uses."""
    return trafilatura.extract(html, fast=True, favor_recall=True, include_comments=False)


def with_metadata(html: bytes) -> object:
    """The same with trafilatura's metadata."""
    return trafilatura.bare_extraction(html, fast=True, favor_recall=True, include_comments=False, with_metadata=True)


def ours(html: bytes) -> object:
    """What the daemon calls."""
    return page(html, url="https://example.org/story/1", headers={"content-type": "text/html; charset=utf-8"})


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=200)
    count = parser.parse_args().pages
    draw = random.Random(1)  # noqa: S311 - pages, not secrets
    pages = [generated(draw) for _ in range(count)]
    ways: dict[str, Callable[[bytes], object]] = {"bare": bare, "bare with metadata": with_metadata, "page": ours}
    spent: Counter[str] = Counter()
    detect("A text of some length, so that the model of languages is loaded before the clock runs.", None)
    for way in ways.values():
        way(pages[0])
    for html in pages:
        for name, way in ways.items():
            start = time.process_time()
            way(html)
            spent[name] += time.process_time() - start  # type: ignore[assignment]
    size = sum(map(len, pages)) / count / 1_000
    print(f"{count} pages of {size:.0f} KB on average, one core")
    for name in ways:
        print(f"  {name:<20} {count / spent[name]:7.1f} pages/s")
    print(f"  page / bare                {spent['bare'] / spent['page']:.2f}   (aim: 0.90 or more)")
    print(f"  page / bare with metadata  {spent['bare with metadata'] / spent['page']:.2f}")


if __name__ == "__main__":
    main()
