"""Canonical URLs, whatever the input."""

from urllib.parse import parse_qsl, urlsplit

from hypothesis import example, given, strategies as st

from watcher.dedupe import canonical_url

pieces = st.text(
    alphabet=st.sampled_from("aZ09-._~%2eF5/?#&=;:@!$'()*+,[]\\ \"<>^`{|}äم\u0130\u200d\t\x00"), max_size=30
)
hosts = st.sampled_from(
    ["news.example", "NEWS.example.", "bücher.example", "[::1]", "news.example:80", "a:b@news.example"]
)
urls = st.builds("{}://{}/{}".format, st.sampled_from(["http", "https", "HTTP"]), hosts, pieces)


def canonical(url: str) -> str | None:
    try:
        return canonical_url(url)
    except ValueError:
        return None


@given(urls)
@example("http://news.example/%25%34%31")
@example("http://news.example/?url=%2575tm_a=1")
@example("http://www.google.com/url?url=https://www.google.com/url?url=https://news.example/")
def test_twice_is_once(url: str) -> None:
    once = canonical(url)
    assert once is None or canonical(once) == once


@given(urls)
def test_it_is_ascii_without_blanks_and_says_the_same_host(url: str) -> None:
    found = canonical(url)
    if found is not None:
        assert found.isascii()
        assert not set(found) & set(' \t\n"<>^`{|}')
        assert urlsplit(found).scheme == urlsplit(url).scheme


@given(st.lists(st.tuples(st.sampled_from(["id", "p", "q", "page", "b"]), st.text(max_size=5)), max_size=5))
def test_what_names_the_page_is_kept_in_its_order(pairs: list[tuple[str, str]]) -> None:
    query = "&".join(f"{name}={value.encode('utf-8', 'replace').hex()}" for name, value in pairs)
    found = canonical_url(f"https://news.example/?utm_source=x&{query}&fbclid=y")
    assert parse_qsl(urlsplit(found).query, keep_blank_values=True) == parse_qsl(query, keep_blank_values=True)


@given(st.text(max_size=60))
def test_anything_else_is_refused_with_a_value_error_at_most(text: str) -> None:
    canonical(text)
