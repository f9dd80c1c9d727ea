import pytest

from watcher.feeds.opml import NotOpml, OpmlFeed, parse_opml, write_opml

LIST = """<?xml version="1.0" encoding="utf-8"?><!-- mine -->
<opml version="2.0"><head><title>x</title></head><body>
<outline text="Iraq"><outline text="Wires">
  <outline type="rss" text="A &amp; co" xmlUrl="https://a.example/rss" htmlUrl="https://a.example/"/>
  <outline type="rss" title="B" text="ignored" xmlurl=" https://b.example/rss "/></outline>
  <outline text="C" xmlUrl="https://c.example/rss" category="/Politics/Local,War"/></outline>
<outline type="rss" xmlUrl="https://d.example/rss"/>
<outline text="again" xmlUrl="https://a.example/rss"/>
<outline text="evil" xmlUrl="file:///etc/passwd"/><outline text="evil" xmlUrl="javascript:x"/>
<outline text="empty folder"/>
</body></opml>"""


def test_folders_and_categories_become_tags_and_each_feed_comes_once() -> None:
    assert parse_opml(LIST.encode()) == (
        OpmlFeed(url="https://a.example/rss", name="A & co", tags=("Iraq", "Wires")),
        OpmlFeed(url="https://b.example/rss", name="B", tags=("Iraq", "Wires")),
        OpmlFeed(url="https://c.example/rss", name="C", tags=("Iraq", "Politics", "Local", "War")),
        OpmlFeed(url="https://d.example/rss", name="https://d.example/rss", tags=()),
    )


def test_what_is_written_can_be_read() -> None:
    feeds = (
        OpmlFeed(url="https://a.example/?a=1&b=2", name='A "quoted" <name>', tags=("الموصل",)),
        OpmlFeed(url="https://b.example/", name="B", tags=()),
        OpmlFeed(url="https://c.example/", name="C", tags=("wire", "iraq")),
        OpmlFeed(url="https://d.example/", name="D", tags=("wire",)),
    )
    assert sorted(parse_opml(write_opml(feeds)), key=lambda feed: feed.url) == list(feeds)


def test_what_xml_cannot_hold_is_left_out() -> None:
    (feed,) = parse_opml(write_opml([OpmlFeed(url="https://a.example/", name="a\x00b\x0cc", tags=("x\x01", "\x02"))]))
    assert feed == OpmlFeed(url="https://a.example/", name="ab c", tags=("x",))


def test_a_broken_list_gives_what_can_be_read() -> None:
    broken = LIST.replace("</body></opml>", "").replace("A &amp; co", "A & co").encode("utf-16")
    assert len(parse_opml(broken)) == 4


@pytest.mark.parametrize(
    ("data", "says"),
    [
        (b"", "not an OPML file"),
        (b"<rss version='2.0'/>", "its first element is <rss>"),
        (b"<html><body>", "html"),
        (b"<opml", "a broken OPML file: "),
        (b"feeds:\n- https://a.example/", "not an OPML file"),
    ],
)
def test_what_is_no_opml_is_named(data: bytes, says: str) -> None:
    with pytest.raises(NotOpml, match=says):
        parse_opml(data)


def test_a_bomb_does_not_go_off_and_deep_folders_do_no_harm() -> None:
    bomb = (
        b'<!DOCTYPE opml [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>'
        b'<opml><body><outline text="&b;" xmlUrl="https://a.example/"/></body></opml>'
    )
    assert [feed.url for feed in parse_opml(bomb)] == ["https://a.example/"]
    with pytest.raises(NotOpml, match="broken"):
        parse_opml(b"<opml><body>" + b'<outline text="x">' * 40_000)
