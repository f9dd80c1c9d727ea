"""The matrix of manners: what a server says, and when and how it is asked again. The real poll job, a hostile server on
loopback that logs what it was asked, and a clock that jumps to each next poll, so that days pass at once.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from tests.helpers.clocks import HandClock
from tests.helpers.hostile import HostileServer, Page
from watcher import jobs, schedule
from watcher.app import App, open_app
from watcher.jobs.compile import sources
from watcher.model import FeedState, FetchReason, PollRecord
from watcher.settings import Extract, Feed, Fetch, Server, Settings

NOW = datetime(2016, 10, 20, 7, 0, tzinfo=UTC)  # a Thursday
MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
DATE = "Thu, 20 Oct 2016 05:00:00 GMT"


def rss(*items: str, head: str = "") -> bytes:
    listed = "".join(f"<item><guid>{name}</guid><title>{name}</title></item>" for name in items)
    return f"<rss version='2.0'><channel><title>T</title>{head}{listed}</channel></rss>".encode()


FEED = Page(body=rss("a"), content_type="application/rss+xml")
TAGGED = replace(FEED, etag='W/"v 1"', last_modified=DATE)


def says(status: int = 200, body: bytes = rss("a"), **headers: str) -> Page:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Page(status=status, body=body, content_type="application/rss+xml", headers=named)


@dataclass(kw_only=True)
class Guest:
    """One feed, polled whenever it is due."""

    server: HostileServer
    clock: HandClock
    app: App
    waits: list[timedelta] = field(default_factory=list)

    @property
    async def state(self) -> FeedState:
        (state,) = await self.app.store.feeds()
        return state

    async def poll(self, page: Page | None = None) -> FeedState:
        """Let the clock jump to when the feed is due, and poll it."""
        if page is not None:
            self.server.pages["/feed.xml"] = page
        before = await self.state
        self.clock.time = max(self.clock.time, before.next_check)
        began = self.clock.time
        polled = await jobs.poll(self.app.context, before.id)
        assert polled is not None
        after = await self.state
        self.waits.append(after.next_check - began)
        return after

    def header(self, name: str) -> list[str | None]:
        return [seen.headers.get(name) for seen in self.server.asked("/feed.xml")]


@pytest.fixture
async def guest(tmp_path: Path) -> AsyncIterator[Guest]:
    clock = HandClock(NOW)
    async with HostileServer() as server:
        settings = Settings(
            folder=tmp_path,
            storage=f"sqlite:///{tmp_path}/w.db",
            server=Server(),
            fetch=Fetch(host_delay=timedelta(0), max_size=1_000_000, timeout=timedelta(seconds=2)),
            extract=Extract(workers=1),
            feeds=(Feed(url=server.url("/feed.xml"), name="Example"),),
        )
        app = await open_app(settings, clock)
        visitor = Guest(server=server, clock=clock, app=app)
        yield visitor
        await visitor.app.aclose()


WAITS = {
    "nothing said": (says(), 13 * MINUTE, 17 * MINUTE),
    "max-age": (says(Cache_Control="public, max-age=7200"), 2 * HOUR, 2.3 * HOUR),
    "max-age less what it is old already": (says(Cache_Control="max-age=7200", Age="3600"), HOUR, 1.2 * HOUR),
    "no-cache": (says(Cache_Control="no-cache, max-age=7200"), 13 * MINUTE, 17 * MINUTE),
    "Expires": (
        says(Expires="Thu, 20 Oct 2016 12:00:00 GMT", Date="Thu, 20 Oct 2016 07:00:00 GMT"),
        5 * HOUR,
        6 * HOUR,
    ),
    "a year is a day": (says(Cache_Control="max-age=31536000"), DAY, 1.2 * DAY),
    "ttl": (says(body=rss("a", head="<ttl>120</ttl>")), 2 * HOUR, 2.3 * HOUR),
    "sy:update": (
        says(
            body=rss("a", head="<sy:updatePeriod>hourly</sy:updatePeriod>").replace(
                b"<rss", b"<rss xmlns:sy='http://purl.org/rss/1.0/modules/syndication/'"
            )
        ),
        HOUR,
        1.2 * HOUR,
    ),
    "429 with seconds": (says(429, b"", Retry_After="7200"), 2 * HOUR, 2.3 * HOUR),
    "503 with a date": (says(503, b"", Retry_After="Thu, 20 Oct 2016 12:30:00 GMT"), 5 * HOUR, 6 * HOUR),
    "a week is a day": (says(429, b"", Retry_After="604800"), DAY, 1.2 * DAY),
    "500": (says(500, b""), 13 * MINUTE, 17 * MINUTE),
    "404": (says(404, b""), 13 * MINUTE, 17 * MINUTE),
    "a page": (says(body=b"<html><title>Hello</title></html>"), 13 * MINUTE, 17 * MINUTE),
}


@pytest.mark.parametrize(("page", "least", "most"), WAITS.values(), ids=WAITS)
async def test_when_it_comes_back(guest: Guest, page: Page, least: timedelta, most: timedelta) -> None:
    await guest.poll(says())
    await guest.poll(page)
    assert least <= guest.waits[-1] <= most


ERRORS = {
    "what fails for the moment": (says(500, b""), 5),
    "what fails for good": (says(404, b""), 3),
    "a bot wall": (
        says(403, b"<title>Just a moment...</title><script src='/cdn-cgi/challenge-platform/h'>"),
        5,
    ),
    "a page instead": (says(body=b"<html><title>Hello</title></html>"), 3),
}


@pytest.mark.parametrize(("page", "polls"), ERRORS.values(), ids=ERRORS)
async def test_errors_back_off_to_a_day_and_no_further(guest: Guest, page: Page, polls: int) -> None:
    for _ in range(polls):
        state = await guest.poll(page)
    assert guest.waits[-1] > 1.6 * guest.waits[0]
    await guest.app.context.store.record_poll(PollRecord(state=replace(state, failures=200)), guest.clock.time)
    state = await guest.poll()
    assert 0.75 * DAY <= guest.waits[-1] <= DAY
    assert state.failing_since is not None
    state = await guest.poll(FEED)
    assert (state.failures, state.failing_since, state.error) == (0, None, None)
    assert guest.waits[-1] < 20 * MINUTE


async def test_validators_go_back_as_they_came_and_only_those_of_the_last_answer(guest: Guest) -> None:
    await guest.poll(TAGGED)
    await guest.poll()
    await guest.poll(replace(FEED, body=rss("b", "a"), last_modified="not a date"))
    await guest.poll()
    assert guest.header("if-none-match") == [None, 'W/"v 1"', 'W/"v 1"', None]
    assert guest.header("if-modified-since") == [None, DATE, DATE, "not a date"]
    assert guest.header("a-im") == [None, "feed", "feed", None]
    state = await guest.state
    assert (state.polls, state.unchanged, state.entries) == (4, 2, 2)


async def test_what_every_request_says(guest: Guest) -> None:
    await guest.poll(FEED)
    (agent,), (accept,), (coding,) = (guest.header(name) for name in ("user-agent", "accept", "accept-encoding"))
    assert agent
    assert "contact" in agent
    assert accept
    assert accept.startswith("application/atom+xml, application/rss+xml")
    assert coding
    assert "gzip" in coding


async def test_a_server_that_keeps_a_validator_for_another_body_is_asked_without_once_a_day(guest: Guest) -> None:
    await guest.poll(TAGGED)
    guest.server.pages["/feed.xml"] = replace(TAGGED, body=rss("b", "a"))
    while (await guest.state).entries < 2:
        await guest.poll()
    assert DAY <= guest.clock.time - NOW <= 1.3 * DAY
    asked = guest.header("if-none-match")
    assert asked[-1] is None
    assert None not in asked[1:-1]


async def test_an_answer_with_what_is_new_alone_loses_nothing(guest: Guest) -> None:
    await guest.poll(replace(FEED, body=rss("a", "b"), etag='"1"'))
    await guest.poll(replace(FEED, status=226, body=rss("c"), etag='"2"', headers={"IM": "feed"}))
    state = await guest.poll(replace(FEED, body=rss("c", "b", "a"), etag='"3"'))
    assert state.entries == 3


async def test_a_lasting_move_is_believed_the_third_time_and_a_passing_one_never(guest: Guest) -> None:
    guest.server.pages["/new.xml"] = guest.server.pages["/other.xml"] = FEED
    for _ in range(3):
        state = await guest.poll(says(302, b"", Location="/other.xml"))
    assert state.moved_to is None
    for _ in range(3):
        state = await guest.poll(says(308, b"", Location="/new.xml"))
    assert state.moved_to == guest.server.url("/new.xml")
    asked = len(guest.server.asked("/feed.xml"))
    await guest.poll()
    assert len(guest.server.asked("/feed.xml")) == asked


async def test_a_move_that_did_not_hold_is_forgotten(guest: Guest) -> None:
    guest.server.pages["/new.xml"] = FEED
    for page in (says(301, b"", Location="/new.xml"), says(301, b"", Location="/new.xml"), FEED):
        state = await guest.poll(page)
    assert (state.moved_to, state.moved_times) == (None, 0)


async def test_410_ends_polling_visibly(guest: Guest) -> None:
    await guest.poll(FEED)
    state = await guest.poll(says(410, b""))
    assert state.gone
    assert await guest.app.store.due_feeds(guest.clock.time + 30 * DAY, 10) == ()
    health = await sources(guest.app.store, guest.app.context.live, guest.clock.time)
    assert [problem.problem for problem in health.problems] == ["gone (410)"]


async def test_410_behind_a_passing_redirect_ends_nothing_and_behind_a_lasting_one_it_does(guest: Guest) -> None:
    guest.server.pages["/gone.xml"] = says(410, b"")
    state = await guest.poll(says(302, b"", Location="/gone.xml"))
    assert (state.gone, state.error, state.failures) == (False, FetchReason.STATUS, 1)
    state = await guest.poll(says(301, b"", Location="/gone.xml"))
    assert state.gone


async def test_where_a_believed_address_is_gone_the_old_one_has_the_last_word(guest: Guest) -> None:
    guest.server.pages["/new.xml"] = FEED
    for _ in range(3):
        await guest.poll(says(301, b"", Location="/new.xml"))
    guest.server.pages["/new.xml"] = says(410, b"")
    state = await guest.poll(FEED)
    assert (state.gone, state.failures) == (False, 1)
    assert "gone (410)" in state.error_detail
    state = await guest.poll()
    assert (state.gone, state.error, state.moved_to) == (False, None, None)


async def test_an_answer_that_confirms_a_body_confirms_how_long_it_is_fresh(guest: Guest) -> None:
    await guest.poll(replace(TAGGED, headers={"Cache-Control": "max-age=7200"}))
    await guest.poll(TAGGED)  # 304, and no word of it
    assert 2 * HOUR <= guest.waits[-1] <= 2.3 * HOUR
    await guest.poll(replace(TAGGED, headers={"Cache-Control": "max-age=60"}))
    assert guest.waits[-1] <= 30 * MINUTE


async def test_a_server_that_never_let_us_in_is_not_called_well(guest: Guest) -> None:
    state = await guest.poll(says(429, b"", Retry_After="60"))
    assert schedule.condition(state, guest.clock.time) == "turned away: the server answered 429 Too Many Requests"
    health = await sources(guest.app.store, guest.app.context.live, guest.clock.time)
    assert health.healthy == 0
    await guest.poll(FEED)
    state = await guest.poll(says(429, b"", Retry_After="60"))
    assert schedule.condition(state, guest.clock.time) == "asked to come later"
    health = await sources(guest.app.store, guest.app.context.live, guest.clock.time)
    assert health.healthy == 1, "it answered before, and may ask for a day to wait"


async def test_hours_and_days_that_the_feed_skips(guest: Guest) -> None:
    head = "<skipHours><hour>7</hour><hour>8</hour></skipHours><skipDays><day>Friday</day></skipDays>"
    await guest.poll(says(body=rss("a", head=head)))
    assert (await guest.state).next_check.hour == 9
    for _ in range(100):
        await guest.poll()
        due = (await guest.state).next_check
        assert due.hour not in {7, 8}
        assert due.weekday() != 4
        if due - NOW > 2 * DAY:
            break


async def test_timers_survive_a_restart(guest: Guest, tmp_path: Path) -> None:
    state = await guest.poll(says(429, b"", Retry_After="7200"))
    await guest.app.aclose()
    guest.app = await open_app(guest.app.settings, guest.clock)
    after = await guest.state
    assert (after.next_check, after.not_before) == (state.next_check, state.not_before)
    assert (tmp_path / "w.db").exists()


BOMBS = {
    "/gzip-bomb?mb=300": FetchReason.TOO_LARGE,
    "/gzip-bomb/deflate?mb=300": FetchReason.TOO_LARGE,
    "/gzip-bomb/twice?mb=300": FetchReason.ENCODING,
    "/big?size=100000000": FetchReason.TOO_LARGE,
    "/big/unknown?size=100000000": FetchReason.TOO_LARGE,
    "/endless": FetchReason.TOO_LARGE,
    "/endless/headers": FetchReason.PROTOCOL,
    "/drip": FetchReason.TIMEOUT,
    "/laughs": FetchReason.NOT_A_FEED,
}
ENTITIES = "".join(f'<!ENTITY {name} "{f"&{before};" * 10}">' for before, name in pairwise("abcdefghij"))
LAUGHS = f'<!DOCTYPE rss [<!ENTITY a "ha">{ENTITIES}]><html>&j;</html>'.encode()


async def test_bombs_are_cut_and_memory_stays_flat(tmp_path: Path) -> None:
    async with HostileServer() as server:
        server.pages["/laughs"] = says(body=LAUGHS)
        settings = Settings(
            folder=tmp_path,
            storage=f"sqlite:///{tmp_path}/w.db",
            fetch=Fetch(host_delay=timedelta(0), timeout=timedelta(seconds=5)),
            feeds=tuple(Feed(url=server.url(path), name=path) for path in BOMBS),
        )
        app = await open_app(settings, HandClock(NOW))
        states = await app.store.feeds()
        before = peak(afresh=True)
        for state in states:
            await jobs.poll(app.context, state.id)
        grown = peak() - before
        found = {state.url.removeprefix(server.url("")): state.error for state in await app.store.feeds()}
        await app.aclose()
    assert found == BOMBS
    assert grown < 60, f"{grown} MB"


def peak(*, afresh: bool = False) -> float:
    """The most memory that this process had since it was last reset, in MB."""
    if afresh:
        Path("/proc/self/clear_refs").write_text("5")
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024
