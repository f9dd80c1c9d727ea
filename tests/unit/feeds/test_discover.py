from watcher.feeds.discover import WELL_KNOWN, Candidate, Source, candidates, robots_sitemaps

PAGE = """<!doctype html><html><head><title>News</title><base href="https://www.news.example/home/">
<link rel="alternate" type="application/rss+xml" title="Comments on all" href="/comments/feed">
<link rel="stylesheet" type="text/css" href="/x.css">
<link rel="alternate" hreflang="de" href="/de"><link rel="alternate" type="application/json" href="/api">
<link rel="ALTERNATE home" type="Application/Atom+XML; charset=utf-8" title="All &lt;b&gt;news&lt;/b&gt;" href="atom">
<link rel="feed" href="/plain"><link rel="alternate" type="application/rss+xml" href="javascript:x"></head>
<body><a href="/world/rss.xml">World <b>RSS</b></a><a href="https://feeds.news.example/politics">no</a>
<a href="https://feeds.news.example/politics.rss">Politics</a><a href="https://elsewhere.example/feed">other site</a>
<a href="/feedback">no</a><a href="/?feed=rss2">query</a><a href="/home">no</a></body></html>"""


def found(source: Source) -> list[tuple[str, str]]:
    told = candidates(PAGE.encode(), "https://www.news.example/")
    return [(candidate.url, candidate.title) for candidate in told if candidate.source is source]


def test_links_of_the_head_come_first_comments_last() -> None:
    assert found(Source.LINK) == [
        ("https://www.news.example/home/atom", "All news"),
        ("https://www.news.example/plain", ""),
        ("https://www.news.example/api", ""),
        ("https://www.news.example/comments/feed", "Comments on all"),
    ]


def test_then_what_looks_like_a_feed_on_the_same_site() -> None:
    assert found(Source.ANCHOR) == [
        ("https://www.news.example/world/rss.xml", "World RSS"),
        ("https://feeds.news.example/politics.rss", "Politics"),
        ("https://www.news.example/?feed=rss2", "query"),
    ]


def test_then_the_well_known_paths_each_url_once() -> None:
    told = candidates(b'<a href="/rss.xml">RSS</a>', "https://news.example/a/b?c")
    assert told[0] == Candidate(url="https://news.example/rss.xml", title="RSS", source=Source.ANCHOR)
    assert len(told) == len(WELL_KNOWN) == len({candidate.url for candidate in told})
    assert [candidate.source for candidate in told] == [
        Source.ANCHOR,
        *[Source.WELL_KNOWN] * (len(WELL_KNOWN) - 1),
    ]


def test_an_empty_or_broken_page_leaves_the_well_known_paths() -> None:
    for page in (b"", b"\x00\xff", b"<<<<", b"<link" * 10_000, b"<div>" * 40_000):
        assert len(candidates(page, "https://news.example/")) == len(WELL_KNOWN)


def test_sitemaps_of_robots_txt_those_of_news_first() -> None:
    robots = b"""User-agent: *\r\nDisallow: /x\r\nSitemap: https://s.example/all.xml
 sitemap :https://s.example/news.xml\nSitemap: /rel\n"""
    urls = [candidate.url for candidate in robots_sitemaps(robots)]
    assert urls == ["https://s.example/news.xml", "https://s.example/all.xml"]
