from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.helpers.hostile import BODY, HostileServer, Page
from watcher.clock import SystemClock
from watcher.errors import ConfigError
from watcher.fetch import HttpFetcher
from watcher.fetch.guard import Address
from watcher.model import Fetched, FetchFailed, FetchReason, Request
from watcher.settings import Fetch

SETTINGS = Fetch(timeout=timedelta(seconds=1), host_delay=timedelta(0), per_host=50)


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer(tls=True) as running:
        running.pages["/page"] = Page(body=BODY)
        yield running


def fetcher_for(ca: Path | None) -> HttpFetcher:
    async def resolve(host: str, port: int) -> Sequence[Address]:
        return (ip_address("127.0.0.1"),)

    return HttpFetcher(SETTINGS.model_copy(update={"ca": ca}), SystemClock(), resolve=resolve)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "news.example"])
async def test_own_authority_is_trusted(server: HostileServer, host: str) -> None:
    fetcher = fetcher_for(server.ca)
    for _ in range(2):
        outcome = await fetcher.get(Request(url=server.url("/page", host=host), trusted=True))
        assert isinstance(outcome, Fetched)
        assert outcome.body == BODY
    assert server.connections == 1
    await fetcher.aclose()


@pytest.mark.parametrize(
    ("host", "known", "words"),
    [("127.0.0.1", False, "unable to get local issuer"), ("other.example", True, "not valid for 'other.example'")],
)
async def test_invalid_certificate_is_named(server: HostileServer, host: str, known: bool, words: str) -> None:  # noqa: FBT001
    fetcher = fetcher_for(server.ca if known else None)
    outcome = await fetcher.get(Request(url=server.url("/page", host=host), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.TLS
    assert words in outcome.detail
    await fetcher.aclose()


@pytest.mark.parametrize(
    ("path", "reason"),
    [
        ("/hang", FetchReason.TIMEOUT),
        ("/reset", FetchReason.RESET),
        ("/close/body", FetchReason.RESET),
        ("/endless/crumbs", FetchReason.PROTOCOL),
        ("/gzip-bomb?mb=20", FetchReason.TOO_LARGE),
    ],
)
async def test_misbehaviour_behind_tls(server: HostileServer, path: str, reason: FetchReason) -> None:
    fetcher = fetcher_for(server.ca)
    outcome = await fetcher.get(Request(url=server.url(path), trusted=True))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is reason
    await fetcher.aclose()


@pytest.mark.parametrize(
    ("path", "reason"), [("/garbage", FetchReason.TLS), ("/hang", FetchReason.TIMEOUT), ("/close", FetchReason.RESET)]
)
async def test_https_at_a_plain_server(path: str, reason: FetchReason) -> None:
    async with HostileServer() as plain:
        plain.greeting = path
        fetcher = fetcher_for(None)
        outcome = await fetcher.get(Request(url=plain.url().replace("http:", "https:"), trusted=True))
        assert isinstance(outcome, FetchFailed)
        assert outcome.reason is reason
        await fetcher.aclose()


async def test_ca_that_cannot_be_read_is_a_config_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"fetch\.ca"):
        fetcher_for(tmp_path / "missing.pem")
    broken = tmp_path / "broken.pem"
    broken.write_text("no certificate")
    with pytest.raises(ConfigError, match=r"fetch\.ca"):
        fetcher_for(broken)
