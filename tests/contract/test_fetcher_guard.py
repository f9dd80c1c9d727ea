from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import timedelta
from ipaddress import ip_address
from urllib.parse import quote

import pytest

from tests.helpers.hostile import BODY, HostileServer, Page
from watcher.clock import SystemClock
from watcher.fetch import HttpFetcher
from watcher.fetch.guard import Address
from watcher.model import Fetched, FetchFailed, FetchOutcome, FetchReason, Request
from watcher.settings import Fetch

OPEN = Fetch(timeout=timedelta(seconds=10), host_delay=timedelta(0), per_host=50)
PRIVATE_TOO = Fetch.model_validate(OPEN.model_dump() | {"allow_private": ("127.0.0.0/8",)})

LOOPBACK = [
    "127.0.0.1",
    "127.1",
    "127.0.1",
    "2130706433",
    "0x7f000001",
    "0x7f.1",
    "0177.0.0.1",
    "017700000001",
    "127.0.0.1.",
    "localhost",
    "[::1]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[::]",
    "0.0.0.0",  # noqa: S104 - to be asked, not to be listened on
    "0",
]


class Names:
    """A resolver whose answers are given; it counts how often it was asked."""

    def __init__(self, names: Mapping[str, Sequence[Sequence[str]]]) -> None:
        self._answers = {name: list(answers) for name, answers in names.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Sequence[Address]:
        self.asked.append(host)
        answers = self._answers[host]
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return tuple(ip_address(address) for address in answer)


@pytest.fixture
async def server() -> AsyncIterator[HostileServer]:
    async with HostileServer() as running:
        running.pages["/page"] = Page(body=BODY)
        yield running


async def ask(settings: Fetch, request: Request, names: Names | None = None) -> FetchOutcome:
    fetcher = HttpFetcher(settings, SystemClock(), resolve=names)
    try:
        return await fetcher.get(request)
    finally:
        await fetcher.aclose()


def blocked(outcome: FetchOutcome) -> bool:
    return isinstance(outcome, FetchFailed) and outcome.reason is FetchReason.BLOCKED


@pytest.mark.parametrize("host", LOOPBACK)
async def test_no_spelling_reaches_loopback(server: HostileServer, host: str) -> None:
    assert blocked(await ask(OPEN, Request(url=server.url("/page", host=host))))
    assert server.connections == 0


@pytest.mark.parametrize("host", LOOPBACK)
async def test_no_redirect_reaches_loopback(server: HostileServer, host: str) -> None:
    async with HostileServer() as first:
        target = quote(server.url("/page", host=host), safe="")
        outcome = await ask(OPEN, Request(url=first.url(f"/redirect?to={target}"), trusted=True))
    assert blocked(outcome)
    assert isinstance(outcome, FetchFailed)
    assert outcome.detail.startswith("redirected to ")
    assert server.connections == 0


async def test_redirect_to_metadata_is_blocked(server: HostileServer) -> None:
    target = quote("http://169.254.169.254/latest/meta-data/", safe="")
    outcome = await ask(PRIVATE_TOO, Request(url=server.url(f"/redirect?to={target}"), trusted=True))
    assert blocked(outcome)
    assert isinstance(outcome, FetchFailed)
    assert "cloud metadata" in outcome.detail


async def test_what_the_config_names_is_allowed(server: HostileServer) -> None:
    assert isinstance(await ask(OPEN, Request(url=server.url("/page"), trusted=True)), Fetched)
    assert isinstance(await ask(OPEN, Request(url=server.url("/page", host="localhost"), trusted=True)), Fetched)


async def test_redirect_at_the_same_place_is_allowed(server: HostileServer) -> None:
    outcome = await ask(OPEN, Request(url=server.url("/redirect?to=/page"), trusted=True))
    assert isinstance(outcome, Fetched)


async def test_untrusted_never_rides_on_a_trusted_connection(server: HostileServer) -> None:
    fetcher = HttpFetcher(OPEN, SystemClock())
    assert isinstance(await fetcher.get(Request(url=server.url("/page"), trusted=True)), Fetched)
    assert blocked(await fetcher.get(Request(url=server.url("/page"))))
    await fetcher.aclose()


async def test_allowed_networks_are_open(server: HostileServer) -> None:
    assert isinstance(await ask(PRIVATE_TOO, Request(url=server.url("/page"))), Fetched)
    target = quote(server.url("/page"), safe="")
    async with HostileServer() as first:
        outcome = await ask(PRIVATE_TOO, Request(url=first.url(f"/redirect?to={target}")))
    assert isinstance(outcome, Fetched)
    assert blocked(await ask(PRIVATE_TOO, Request(url="http://[::1]/")))


async def test_name_with_a_private_address_is_blocked(server: HostileServer) -> None:
    names = Names({"news.example": [["127.0.0.1"]]})
    outcome = await ask(OPEN, Request(url=server.url("/page", host="news.example")), names)
    assert blocked(outcome)
    assert isinstance(outcome, FetchFailed)
    assert outcome.detail.startswith("news.example (127.0.0.1) is a loopback address")


async def test_the_address_that_was_checked_is_dialled(server: HostileServer) -> None:
    """A name that answers with an allowed address first and with another afterwards is asked once only."""
    names = Names({"news.example": [["127.0.0.1"], ["10.0.0.1"]]})
    outcome = await ask(PRIVATE_TOO, Request(url=server.url("/page", host="news.example")), names)
    assert isinstance(outcome, Fetched)
    assert names.asked == ["news.example"]
    assert server.seen[0].headers["host"] == f"news.example:{server.port}"


async def test_private_addresses_among_public_ones_are_left_out(server: HostileServer) -> None:
    names = Names({"news.example": [["10.0.0.1", "fd00::1", "127.0.0.1", "169.254.169.254"]]})
    outcome = await ask(PRIVATE_TOO, Request(url=server.url("/page", host="news.example")), names)
    assert isinstance(outcome, Fetched)


async def test_next_address_is_tried_when_the_first_refuses(server: HostileServer) -> None:
    names = Names({"news.example": [["127.0.0.2", "::1", "127.0.0.1"]]})
    outcome = await ask(OPEN, Request(url=server.url("/page", host="news.example"), trusted=True), names)
    assert isinstance(outcome, Fetched)


async def test_refused_everywhere_is_refused() -> None:
    async with HostileServer() as gone:
        url = gone.url("/page", host="news.example")
    names = Names({"news.example": [["127.0.0.1", "127.0.0.2"]]})
    outcome = await ask(OPEN, Request(url=url, trusted=True), names)
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.REFUSED


async def test_name_without_addresses_is_dns() -> None:
    outcome = await ask(OPEN, Request(url="http://news.example/", trusted=True), Names({"news.example": [[]]}))
    assert isinstance(outcome, FetchFailed)
    assert outcome.reason is FetchReason.DNS
