import pytest

from watcher.text.markup import has_tags, label, plain, storable, tidy


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>One</p><p>two</p>", "One two"),
        ("Mo<b>s</b>ul<br>now", "Mosul now"),
        ("a<!-- hidden -->b<!-- never closed", "a b"),
        ("a<script>if (1 < 2) x()</script>b<style>p {}</style>c<script>never closed", "a b c"),
        ('<img alt="a > b" src=x>caption', "caption"),
        ("<a title=it's>unquoted</a>", "unquoted"),
        ("5 < 6 and 7 > 3", "5 < 6 and 7 > 3"),
        ("&amp;amp; &eacute;&#233;&#x1F600;&nbsp;.", "&amp; éé😀 ."),
        ("<o:p>x</o:p><my-tag>y</my-tag>", "x y"),
        ("tail <b", "tail <b"),
        ("", ""),
    ],
)
def test_the_words_of_html(html: str, text: str) -> None:
    assert plain(html) == text


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("List<String> &amp; <b>bold</b>", "List<String> & bold"),
        ("<script>alert(1)</script>Title", "Title"),
        ("<3 this", "<3 this"),
        ("<article>x</article> <abc>", "x <abc>"),
    ],
)
def test_a_label_keeps_what_html_does_not_know(title: str, text: str) -> None:
    assert label(title) == text


def test_what_nobody_sees_goes() -> None:
    assert tidy("a\u202eb\u2066c\u00add\ufeff\x07\ud800 \t\n\x85 e") == "abcd e"
    assert tidy("می\u200cخواهد") == "می\u200cخواهد"


def test_what_no_store_takes_goes() -> None:
    assert storable("a\x00b\ud800c\n\t") == "abc\n\t"


def test_tags_are_told_from_signs() -> None:
    assert has_tags("a <br/> b")
    assert has_tags("<DIV class='x'>")
    assert not has_tags("1 < 2 > 3 <abc>")


@pytest.mark.parametrize("piece", ["<", "<a", "<a '", '<a "', "<!--", "<script>", "<script", "&", "</", "<b>", "<svg/"])
def test_what_is_never_closed_takes_linear_time(piece: str) -> None:
    """A quadratic reader would need hours; the run would not end."""
    plain(piece * 60_000)
