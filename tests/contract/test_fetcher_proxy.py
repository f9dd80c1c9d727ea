from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import quote

import pytest

from tests.helpers.hostile import BODY, HostileServer, Page
from watcher.clock import SystemClock
from watcher.errors import ConfigError
from watcher.fetch import HttpFetcher
from watcher.fetch.guard import Address
from watcher.model import Fetched, FetchFailed, FetchReason, Gone, NotModified, Request, Validators
from watcher.settings import Fetch

SETTINGS = Fetch(timeout=timedelta(seconds=5), host_delay=timedelta(0), per_host=50, max_size=1_000_000)
NEWS = "http://news.example"


@pytest.fixture
async def proxy() -> AsyncIterator[HostileServer]:
    """Answers for every host, as a proxy would."""
    async with HostileServer() as running:
        running.pages["/page"] = Page(body=BODY, etag='"v"')
        yield running


@pytest.fixture
async def fetcher(proxy: HostileServer) -> AsyncIterator[HttpFetcher]:
    running = fetcher_for(proxy)
    yield running
    await running.aclose()


def fetcher_for(proxy: HostileServer, **changes: object) -> HttpFetcher:
    async def resolve(host: str, port: int) -> Sequence[Address]:
        known = {"news.example": "93.184.215.14", "inside.example": "10.0.0.1"}
        if host not in known:
            raise OSError("no such name here")
        return (ip_address(known[host]),)

    settings = SETTINGS.model_copy(update={"proxy": proxy.url("").replace("http://", "http://user:pw@"), **changes})
    return HttpFetcher(settings, SystemClock(), resolve=resolve)


async def test_everything_goes_through_the_proxy(proxy: HostileServer, fetcher: HttpFetcher) -> None:
    outcome = await fetcher.get(Request(url=f"{NEWS}/page"))
    assert isinstance(outcome, Fetched)
    assert outcome.body == BODY
    conditional = Request(url=f"{NEWS}/page", validators=Validators(etag='"v"'), trusted=True)
    assert isinstance(await fetcher.get(conditional), NotModified)
    assert [seen.target for seen in proxy.seen] == [f"{NEWS}/page"] * 2
    assert proxy.seen[0].headers["host"] == "news.example"
    assert proxy.seen[0].headers["proxy-authorization"].startswith("Basic ")


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/reset/body", FetchReason.RESET),
        ("/close/body", FetchReason.PROTOCOL),
        ("/garbage", FetchReason.PROTOCOL),
        ("/endless", FetchReason.TOO_LARGE),
        ("/endless/header", FetchReason.PROTOCOL),
        ("/gzip-bomb?mb=20", FetchReason.TOO_LARGE),
        ("/gzip-bomb/twice?mb=20", FetchReason.ENCODING),
        ("/loop", FetchReason.REDIRECTS),
        ("/status/407", FetchReason.AUTH),
        ("/challenge", FetchReason.CHALLENGE),
    ],
)
async def test_misbehaviour_through_a_proxy(
    proxy: HostileServer, fetcher: HttpFetcher, path: str, reason: FetchReason
) -> None:
    outcome = await fetcher.get(Request(url=NEWS + path))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is reason
    assert outcome.detail
    assert "pw" not in outcome.detail


async def test_deadline_holds_through_a_proxy(proxy: HostileServer) -> None:
    hasty = fetcher_for(proxy, timeout=timedelta(seconds=0.4))
    for path in ("/hang", "/drip?every=0.05"):
        outcome = await hasty.get(Request(url=NEWS + path))
        assert isinstance(outcome, FetchFailed)
        assert outcome.reason is FetchReason.TIMEOUT
    await hasty.aclose()


async def test_gone_through_a_proxy(proxy: HostileServer, fetcher: HttpFetcher) -> None:
    assert await fetcher.get(Request(url=f"{NEWS}/status/410")) == Gone(url=f"{NEWS}/status/410")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/page",
        "http://2130706433/page",
        "http://[::1]/page",
        "http://169.254.169.254/latest",
        "http://localhost/page",
        "http://metadata.google.internal/",
        "http://inside.example/page",
        f"{NEWS}/redirect?to={quote('http://10.0.0.1/page', safe='')}",
        f"{NEWS}/redirect?to={quote('http://inside.example/page', safe='')}",
    ],
)
async def test_guard_stands_before_the_proxy(proxy: HostileServer, fetcher: HttpFetcher, url: str) -> None:
    outcome = await fetcher.get(Request(url=url))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.BLOCKED
    assert proxy.asked("/page") == []


async def test_name_that_only_the_proxy_knows_is_left_to_it(proxy: HostileServer, fetcher: HttpFetcher) -> None:
    assert isinstance(await fetcher.get(Request(url="http://only-there.example/page")), Fetched)


async def test_https_through_a_tunnel(proxy: HostileServer) -> None:
    async with HostileServer(tls=True) as secure:
        secure.pages["/page"] = Page(body=BODY)
        fetcher = fetcher_for(proxy, ca=secure.ca)
        outcome = await fetcher.get(Request(url=secure.url("/page", host="news.example")))
        assert isinstance(outcome, Fetched)
        assert proxy.seen[0].method == "CONNECT"
        stranger = fetcher_for(proxy)
        refused = await stranger.get(Request(url=secure.url("/page", host="news.example")))
        assert isinstance(refused, FetchFailed)
        assert refused.reason is FetchReason.TLS
        await fetcher.aclose()
        await stranger.aclose()


async def test_proxy_that_is_down_is_refused() -> None:
    async with HostileServer() as gone:
        pass
    fetcher = fetcher_for(gone)
    outcome = await fetcher.get(Request(url=f"{NEWS}/page"))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.REFUSED
    assert "proxy" in outcome.detail
    await fetcher.aclose()


@pytest.mark.parametrize("url", ["socks5://127.0.0.1:1080", "proxy.example:3128", "http://", "ftp://proxy.example"])
def test_proxy_that_cannot_be_used_is_a_config_error(url: str) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.proxy"):
        HttpFetcher(SETTINGS.model_copy(update={"proxy": url}), SystemClock())
