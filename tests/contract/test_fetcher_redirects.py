import base64
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from tests.helpers.hostile import BODY, HostileServer, Page
from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher
from watcher.model import Fetched, FetchFailed, FetchReason, NotModified, Request, Validators
from watcher.settings import Fetch

SETTINGS = Fetch(timeout=timedelta(seconds=10), host_delay=timedelta(0), per_host=50)


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer() as running:
        yield running


@pytest.fixture
async def elsewhere() -> AsyncIterator[HostileServer]:
    async with HostileServer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    running = HttpFetcher(
        Fetch.model_validate(SETTINGS.model_dump() | {"allow_private": ("127.0.0.0/8",)}), SystemClock()
    )
    yield running
    await running.aclose()


def redirect(server: HostileServer, to: str, status: int = 302) -> str:
    return server.url(f"/redirect?status={status}&to={quote(to, safe='')}")


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_ten_redirects_are_followed(server: HostileServer, fetcher: HttpFetcher, status: int) -> None:
    outcome = await fetcher.get(Request(url=server.url(f"/chain/10?status={status}"), trusted=True))
    assert isinstance(outcome, Fetched)
    assert outcome.body == BODY
    assert outcome.url == server.url(f"/chain/0?status={status}")
    assert outcome.moved_to == (outcome.url if status in {301, 308} else None)


async def test_eleven_are_too_many(server: HostileServer, fetcher: HttpFetcher) -> None:
    outcome = await fetcher.get(Request(url=server.url("/chain/11"), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.REDIRECTS
    assert len(server.seen) == 11


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/loop", "the redirects go in a circle: {base}/loop → {base}/loop"),
        ("/loop/a", "the redirects go in a circle: {base}/loop/a → {base}/loop/b → {base}/loop/a"),
    ],
)
async def test_circle_is_named(server: HostileServer, fetcher: HttpFetcher, path: str, words: str) -> None:
    outcome = await fetcher.get(Request(url=server.url(path), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.REDIRECTS
    assert words.format(base=server.url("")) in outcome.detail


@pytest.mark.parametrize(
    "target", ["ftp://example.org/x", "javascript:alert(1)", "file:///etc/passwd", "http://", "http://[::1", "data:,x"]
)
async def test_only_to_http(server: HostileServer, fetcher: HttpFetcher, target: str) -> None:
    outcome = await fetcher.get(Request(url=redirect(server, target), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.REDIRECTS


async def test_redirect_to_nowhere(server: HostileServer, fetcher: HttpFetcher) -> None:
    outcome = await fetcher.get(Request(url=server.url("/redirect"), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.REDIRECTS


@pytest.mark.parametrize(
    ("first", "second", "moved"),
    [(301, 308, "end"), (301, 302, "middle"), (302, 301, None), (307, 308, None), (308, 303, "middle")],
)
async def test_moved_is_the_leading_run_of_permanent_redirects(
    server: HostileServer, fetcher: HttpFetcher, first: int, second: int, moved: str | None
) -> None:
    server.pages["/end"] = Page(body=b"here", etag='"v"')
    middle = redirect(server, server.url("/end"), second)
    request = Request(url=redirect(server, middle, first), trusted=True)
    outcome = await fetcher.get(request)
    assert isinstance(outcome, Fetched)
    expected = {"end": server.url("/end"), "middle": middle, None: None}[moved]
    assert outcome.moved_to == expected
    again = await fetcher.get(Request(url=request.url, validators=Validators(etag='"v"'), trusted=True))
    assert isinstance(again, NotModified)
    assert again.moved_to == expected


async def test_fragments_are_not_sent(server: HostileServer, fetcher: HttpFetcher) -> None:
    server.pages["/end"] = Page(body=b"here")
    outcome = await fetcher.get(Request(url=redirect(server, "/end#part") + "#top", trusted=True))
    assert isinstance(outcome, Fetched)
    assert outcome.url == server.url("/end")
    assert [seen.path for seen in server.seen] == ["/redirect", "/end"]
    assert not any("#" in seen.target for seen in server.seen)


async def test_own_headers_stay_at_home(server: HostileServer, elsewhere: HostileServer, fetcher: HttpFetcher) -> None:
    headers = {"Authorization": "Bearer secret", "X-Key": "secret", "User-Agent": "Mine/1", "Host": "evil"}
    back = redirect(elsewhere, server.url("/echo"))
    request = Request(url=redirect(server, back), headers=headers, validators=Validators(etag='"v"'), trusted=True)
    outcome = await fetcher.get(request)
    assert isinstance(outcome, Fetched)
    for seen in (server.seen[0], server.seen[-1]):
        assert seen.headers["authorization"] == "Bearer secret"
        assert seen.headers["x-key"] == "secret"
        assert seen.headers["user-agent"] == "Mine/1"
        assert seen.headers["host"] == f"127.0.0.1:{server.port}"
    away = elsewhere.seen[0].headers
    assert "secret" not in json.dumps(dict(away))
    assert away["user-agent"] == SETTINGS.user_agent
    assert away["if-none-match"] == '"v"'


async def test_credentials_of_the_url_become_a_header(
    server: HostileServer, elsewhere: HostileServer, fetcher: HttpFetcher
) -> None:
    url = redirect(server, elsewhere.url("/echo")).replace("http://", "http://us%40er:p%3Ass@")
    outcome = await fetcher.get(Request(url=url, trusted=True))
    assert isinstance(outcome, Fetched)
    assert server.seen[0].headers["authorization"] == "Basic " + base64.b64encode(b"us@er:p:ss").decode()
    assert "authorization" not in elsewhere.seen[0].headers
    direct = await fetcher.get(Request(url=server.url("/echo").replace("http://", "http://me:pw@"), trusted=True))
    assert isinstance(direct, Fetched)
    assert direct.url == server.url("/echo")


async def test_cookies_live_for_one_visit(server: HostileServer, fetcher: HttpFetcher) -> None:
    for _ in range(2):
        outcome = await fetcher.get(Request(url=server.url("/cookies"), trusted=True))
        assert isinstance(outcome, Fetched)
    assert ["cookie" in seen.headers for seen in server.seen] == [False, True, False, True]


async def test_each_hop_has_its_time_and_the_visit_its_bound(server: HostileServer) -> None:
    for step in range(9):
        server.pages[f"/slow/{step}"] = Page(
            status=302, headers={"Location": server.url(f"/slow/{step + 1}")}, delay=0.35
        )
    hasty = HttpFetcher(SETTINGS.model_copy(update={"timeout": timedelta(seconds=0.5)}), SystemClock())
    outcome = await hasty.get(Request(url=server.url("/slow/0"), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.TIMEOUT
    assert 1 < len(server.seen) <= 5  # of 0.35 s each, within 3 × 0.5 s
    await hasty.aclose()
