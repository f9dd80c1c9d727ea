"""What a poll asks, and whom: an address that a redirect chose is not one that the config named."""

from datetime import UTC, datetime

import pytest

from watcher.dedupe import same_origin
from watcher.jobs.poll import request_for
from watcher.model import FeedId, FeedState
from watcher.settings import Feed

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)
SECRET = {"Authorization": "Bearer s3cret"}


def asked(url: str, moved_to: str, times: int = 3) -> tuple[str, dict[str, str], bool]:
    state = FeedState(id=FeedId(1), url=url, next_check=NOW, moved_to=moved_to, moved_times=times)
    request = request_for(Feed(url=url, name="a", headers=SECRET), state, NOW)
    return request.url, dict(request.headers), request.trusted


def test_a_move_to_another_server_gets_no_secrets_and_is_not_trusted() -> None:
    found = asked("https://news.example/feed", "http://169.254.169.254/latest")
    assert found == ("http://169.254.169.254/latest", {}, False)


@pytest.mark.parametrize("moved_to", ["https://news.example/new", "https://news.example:443/new"])
def test_a_move_on_the_same_server_keeps_both(moved_to: str) -> None:
    assert asked("https://news.example/feed", moved_to) == (moved_to, SECRET, True)


def test_a_move_that_has_not_held_is_not_asked() -> None:
    assert asked("https://news.example/feed", "https://other.example/", 2)[0] == "https://news.example/feed"


def test_a_feed_with_a_password_is_asked_where_the_password_belongs() -> None:
    url = "https://user:word@news.example/feed"
    assert asked(url, "https://news.example/new") == (url, SECRET, True)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("http://a.example/x", "https://a.example/y", True),
        ("http://a.example:80/x", "http://a.example/y", True),
        ("http://a.example:8080/", "http://a.example/", False),
        ("http://a.example:8080/", "https://a.example:8080/", True),
        ("http://a.example/", "http://b.example/", False),
        ("http://a.example/", "http://a.example:99999/", False),
        ("http://a.example/", "http://[::1/", False),
        ("http:///", "http:///", False),
    ],
)
def test_which_urls_are_of_one_server(one: str, other: str, *, same: bool) -> None:
    assert same_origin(one, other) is same
