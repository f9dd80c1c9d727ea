import asyncio
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import pytest

from tests.helpers.hostile import BODY, HostileServer, Page
from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher
from watcher.model import Fetched, FetchFailed, FetchReason, Gone, NotModified, Request, Validators
from watcher.settings import Fetch

ROOT = Path(__file__).parents[2]
LIMIT = 1_000_000
SETTINGS = Fetch(timeout=timedelta(seconds=10), host_delay=timedelta(0), per_host=50, max_size=LIMIT)

HASTY = SETTINGS.model_copy(update={"timeout": timedelta(seconds=0.4)})

TOO_SLOW = ["/hang", "/hang/head", "/hang/body", "/drip?every=0.05", "/drip/head?every=0.05"]

FAILURES = [
    ("/reset", FetchReason.RESET),
    ("/reset/body", FetchReason.RESET),
    ("/close", FetchReason.RESET),
    ("/close/head", FetchReason.RESET),
    ("/close/body", FetchReason.RESET),
    ("/close/chunk", FetchReason.RESET),
    ("/garbage", FetchReason.PROTOCOL),
    ("/garbage/ssh", FetchReason.PROTOCOL),
    ("/garbage/html", FetchReason.PROTOCOL),
    ("/garbage/http2", FetchReason.PROTOCOL),
    ("/garbage/status", FetchReason.PROTOCOL),
    ("/garbage/version", FetchReason.PROTOCOL),
    ("/garbage/chunk", FetchReason.PROTOCOL),
    ("/garbage/coding", FetchReason.ENCODING),
    ("/big", FetchReason.TOO_LARGE),
    ("/big/unknown", FetchReason.TOO_LARGE),
    ("/endless", FetchReason.TOO_LARGE),
    ("/endless/chunks", FetchReason.TOO_LARGE),
    ("/endless/crumbs", FetchReason.PROTOCOL),
    ("/endless/headers", FetchReason.PROTOCOL),
    ("/endless/header", FetchReason.PROTOCOL),
    ("/endless/interim", FetchReason.PROTOCOL),
    ("/endless/trailers", FetchReason.PROTOCOL),
    ("/endless/members", FetchReason.ENCODING),
    ("/endless/line", FetchReason.PROTOCOL),
    ("/gzip-bomb?mb=20", FetchReason.TOO_LARGE),
    ("/gzip-bomb/deflate?mb=20", FetchReason.TOO_LARGE),
    ("/gzip-bomb/twice?mb=20", FetchReason.ENCODING),
    ("/packed/br", FetchReason.ENCODING),
    ("/packed/zstd", FetchReason.ENCODING),
    ("/packed/charset", FetchReason.ENCODING),
    ("/packed/lie", FetchReason.ENCODING),
    ("/packed/cut", FetchReason.PROTOCOL),
    ("/length/long", FetchReason.RESET),
    ("/length/huge", FetchReason.TOO_LARGE),
    ("/length/two", FetchReason.PROTOCOL),
    ("/length/word", FetchReason.PROTOCOL),
    ("/length/negative", FetchReason.PROTOCOL),
    ("/length/digits", FetchReason.PROTOCOL),
    ("/status/401", FetchReason.AUTH),
    ("/status/402", FetchReason.AUTH),
    ("/status/403", FetchReason.AUTH),
    ("/status/407", FetchReason.AUTH),
    ("/status/404", FetchReason.NOT_FOUND),
    ("/status/429", FetchReason.RATE_LIMITED),
    ("/status/503?Retry-After=60", FetchReason.RATE_LIMITED),
    ("/status/503", FetchReason.SERVER),
    ("/status/500", FetchReason.SERVER),
    ("/status/599", FetchReason.SERVER),
    ("/status/204", FetchReason.STATUS),
    ("/status/206", FetchReason.STATUS),
    ("/status/300", FetchReason.STATUS),
    ("/status/304", FetchReason.STATUS),  # nothing was asked conditionally
    ("/status/418", FetchReason.STATUS),
    ("/status/451", FetchReason.STATUS),
    ("/status/999", FetchReason.STATUS),
    ("/challenge", FetchReason.CHALLENGE),
    ("/challenge?status=503", FetchReason.CHALLENGE),
    ("/challenge?status=429", FetchReason.CHALLENGE),
    ("/status/403?cf-mitigated=challenge", FetchReason.CHALLENGE),
    ("/status/202?x-amzn-waf-action=challenge", FetchReason.CHALLENGE),
]

BODIES = [
    ("/packed/gzip", BODY),
    ("/packed/gzip?step=1", BODY),
    ("/packed/x-gzip", BODY),
    ("/packed/members", BODY),
    ("/packed/members?step=1", BODY),
    ("/packed/padded", BODY),
    ("/packed/deflate?step=1", BODY),
    ("/packed/raw", BODY),
    ("/packed/raw?step=1", BODY),
    ("/packed/none", BODY),
    ("/packed/empty", b""),
    ("/length/short", BODY[:6]),
    ("/length/same", BODY),
    ("/length/both", BODY),
    ("/chunked", BODY),
    ("/chunked?step=1", BODY),
    ("/big?size=1000000", b" " * LIMIT),
    ("/status/203", b"<p>no</p>"),
    ("/status/226", b"<p>no</p>"),
]


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer() as running:
        yield running


@pytest.fixture
async def fetcher() -> AsyncIterator[HttpFetcher]:
    running = HttpFetcher(SETTINGS, SystemClock())
    yield running
    await running.aclose()


@pytest.mark.parametrize(("path", "reason"), FAILURES)
async def test_failure_has_its_reason(
    server: HostileServer, fetcher: HttpFetcher, path: str, reason: FetchReason
) -> None:
    outcome = await fetcher.get(Request(url=server.url(path), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is reason
    assert outcome.detail
    assert "Errno" not in outcome.detail


@pytest.mark.parametrize("path", TOO_SLOW)
async def test_whole_response_has_one_deadline(server: HostileServer, path: str) -> None:
    fetcher = HttpFetcher(HASTY, SystemClock())
    outcome = await fetcher.get(Request(url=server.url(path), trusted=True))
    assert outcome == FetchFailed(reason=FetchReason.TIMEOUT, detail="no complete answer within 0.4 s")
    await fetcher.aclose()


@pytest.mark.parametrize(("path", "body"), BODIES)
async def test_body_is_decoded(server: HostileServer, fetcher: HttpFetcher, path: str, body: bytes) -> None:
    outcome = await fetcher.get(Request(url=server.url(path), trusted=True))
    assert isinstance(outcome, Fetched)
    assert outcome.body == body


async def test_one_bad_server_costs_only_its_own_turn(server: HostileServer) -> None:
    fetcher = HttpFetcher(SETTINGS.model_copy(update={"timeout": timedelta(seconds=2)}), SystemClock())
    server.pages["/good"] = Page(body=b"good")
    paths = ("/hang", "/drip", "/reset", "/close", "/garbage", "/length/long", "/packed/br", "/status/500", "/loop")
    bad = [fetcher.get(Request(url=server.url(path), trusted=True)) for path in paths]
    good = [fetcher.get(Request(url=server.url("/good", host="localhost"), trusted=True)) for _ in range(20)]
    outcomes = await asyncio.gather(*bad, *good)
    assert [type(outcome) for outcome in outcomes] == [FetchFailed] * len(paths) + [Fetched] * 20
    await fetcher.aclose()


async def test_nobody_listening_is_refused(fetcher: HttpFetcher) -> None:
    async with HostileServer() as gone:
        url = gone.url()
    outcome = await fetcher.get(Request(url=url, trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.REFUSED
    assert outcome.detail == "127.0.0.1 refused the connection"


async def test_unknown_name_is_dns(fetcher: HttpFetcher) -> None:
    outcome = await fetcher.get(Request(url="http://nowhere.invalid/", trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.DNS


@pytest.mark.parametrize(
    "url",
    [
        "",
        "feed.xml",
        "ftp://example.org/",
        "file:///etc/passwd",
        "http://",
        "http://[::1",
        "http://a:99999/",
        "http:///x",
    ],
)
async def test_what_is_no_url_is_bad_url(fetcher: HttpFetcher, url: str) -> None:
    outcome = await fetcher.get(Request(url=url, trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.BAD_URL


@pytest.mark.parametrize("host", ["a" * 64 + ".example", "a..b", ".", "%00", "xn--\u00ff", "1.2.3.4.5"])
async def test_host_that_is_no_host_fails_quietly(fetcher: HttpFetcher, host: str) -> None:
    outcome = await fetcher.get(Request(url=f"http://{host}/", trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason in {FetchReason.BAD_URL, FetchReason.DNS}


async def test_header_that_breaks_its_line_is_not_sent(server: HostileServer, fetcher: HttpFetcher) -> None:
    request = Request(url=server.url("/echo"), headers={"X-Key": "a\r\nX-Other: b"}, trusted=True)
    outcome = await fetcher.get(request)
    assert isinstance(outcome, FetchFailed)
    assert server.seen == []


async def test_request_has_its_own_bound(server: HostileServer, fetcher: HttpFetcher) -> None:
    outcome = await fetcher.get(Request(url=server.url("/big?size=2000"), trusted=True, max_size=1000))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.TOO_LARGE


async def test_gone_is_gone(server: HostileServer, fetcher: HttpFetcher) -> None:
    assert await fetcher.get(Request(url=server.url("/status/410"), trusted=True)) == Gone(
        url=server.url("/status/410")
    )


@pytest.mark.parametrize(
    ("query", "seconds"),
    [
        ("Retry-After=120", 120),
        ("Retry-After=-5", 0),
        ("Retry-After=Thu,%2020%20Oct%202016%2007:00:00%20GMT", 0),
        ("Retry-After=99999999999999999999", 366 * 86_400),
    ],
)
async def test_retry_after_is_told(server: HostileServer, fetcher: HttpFetcher, query: str, seconds: int) -> None:
    outcome = await fetcher.get(Request(url=server.url(f"/status/429?{query}"), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.retry_after == timedelta(seconds=seconds)


async def test_challenge_is_named(server: HostileServer, fetcher: HttpFetcher) -> None:
    outcome = await fetcher.get(Request(url=server.url("/challenge"), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert "Cloudflare" in outcome.detail
    assert outcome.status == 403


@pytest.mark.parametrize("etag", ['"plain"', 'W/"weak"', "unquoted", '"a, b"', '"\u00e9\u00ff"', '""', "'x'"])
async def test_validators_are_echoed_as_they_came(server: HostileServer, fetcher: HttpFetcher, etag: str) -> None:
    modified = "Thursday, 20-Oct-16 07:00:00 GMT"
    server.pages["/feed"] = Page(body=b"<rss/>", etag=etag, last_modified=modified)
    first = await fetcher.get(Request(url=server.url("/feed"), trusted=True))
    assert isinstance(first, Fetched)
    assert first.validators == Validators(etag=etag, last_modified=modified)
    second = await fetcher.get(Request(url=server.url("/feed"), validators=first.validators, trusted=True))
    assert isinstance(second, NotModified)
    headers = server.seen[-1].headers
    assert (headers["if-none-match"], headers["if-modified-since"]) == (etag, modified)
    assert headers["a-im"] == "feed"


async def test_manners_of_a_first_request(server: HostileServer, fetcher: HttpFetcher) -> None:
    await fetcher.get(Request(url=server.url("/echo"), accept="application/rss+xml", trusted=True))
    seen = server.seen[0]
    assert seen.method == "GET"
    assert dict(seen.headers) == {
        "host": f"127.0.0.1:{server.port}",
        "user-agent": SETTINGS.user_agent,
        "accept": "application/rss+xml",
        "accept-encoding": "gzip, deflate",
    }


async def test_connection_is_kept_and_a_stale_one_replaced(server: HostileServer, fetcher: HttpFetcher) -> None:
    server.pages["/page"] = Page(body=b"page")
    request = Request(url=server.url("/page"), trusted=True)
    for _ in range(3):
        assert isinstance(await fetcher.get(request), Fetched)
    assert server.connections == 1
    assert isinstance(await fetcher.get(Request(url=server.url("/close/after"), trusted=True)), FetchFailed)
    for _ in range(2):
        await fetcher.get(Request(url=server.url("/status/404"), trusted=True))  # promises to stay, and closes
        assert isinstance(await fetcher.get(request), Fetched)


async def test_closing_leaves_nothing_open(server: HostileServer) -> None:
    fetcher = HttpFetcher(SETTINGS, SystemClock())
    await fetcher.aclose()
    server.pages["/page"] = Page(body=b"page")
    fetcher = HttpFetcher(SETTINGS, SystemClock())
    await fetcher.get(Request(url=server.url("/page"), trusted=True))
    await fetcher.aclose()


MEMORY = """
import asyncio, resource, sys
from datetime import timedelta
from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher
from watcher.model import FetchFailed, Request
from watcher.settings import Fetch

async def main(port):
    fetcher = HttpFetcher(Fetch(timeout=timedelta(seconds=30), host_delay=timedelta(0)), SystemClock())
    base = f"http://127.0.0.1:{port}"
    await fetcher.get(Request(url=base + "/echo", trusted=True))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    for path in ("/gzip-bomb?mb=300", "/gzip-bomb/twice?mb=300", "/endless", "/endless/chunks", "/big?size=100000000"):
        outcome = await fetcher.get(Request(url=base + path, trusted=True))
        assert isinstance(outcome, FetchFailed), outcome
    hidden = await fetcher.get(Request(url=base + "/gzip-bomb/hidden?mb=300", trusted=True))
    assert len(hidden.body) < 400_000
    await fetcher.aclose()
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)

asyncio.run(main(int(sys.argv[1])))
"""


async def test_memory_stays_flat(server: HostileServer) -> None:
    command = [sys.executable, "-c", MEMORY, str(server.port)]
    process = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, stdout=subprocess.PIPE, env={**os.environ, "PYTHONPATH": str(ROOT)}
    )
    output, _ = await process.communicate()
    assert process.returncode == 0
    assert int(output) < 40_000  # KB; the bound is 10 MB, and 300 MB were sent
