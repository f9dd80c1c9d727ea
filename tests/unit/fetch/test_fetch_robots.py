import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from watcher.fetch import RobotsTxt
from watcher.fetch.robots import MAX_KNOWN, MAX_READ
from watcher.model import Fetched, FetchFailed, FetchOutcome, FetchReason, Gone, Request

AGENT = "Watcher/0.1 (news watcher; editor@example.org)"


@dataclass
class HandClock:
    """A clock that only moves when told to."""

    seconds: float = 0.0

    def now(self) -> datetime:
        return datetime(2016, 10, 20, tzinfo=UTC) + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds


@dataclass
class Site:
    """A fetcher with one answer for every robots.txt."""

    answer: FetchOutcome
    asked: list[Request] = field(default_factory=list)
    delay: float = 0.0

    async def get(self, request: Request) -> FetchOutcome:
        self.asked.append(request)
        await asyncio.sleep(self.delay)
        return self.answer

    async def aclose(self) -> None:
        pass


def says(text: str | bytes) -> Fetched:
    body = text.encode() if isinstance(text, str) else text
    return Fetched(url="http://a.example/robots.txt", status=200, headers={}, body=body)


def fails(reason: FetchReason, status: int | None = None, retry_after: timedelta | None = None) -> FetchFailed:
    return FetchFailed(reason=reason, detail="no", status=status, retry_after=retry_after)


def robots(answer: FetchOutcome) -> tuple[RobotsTxt, Site, HandClock]:
    site, clock = Site(answer), HandClock()
    return RobotsTxt(site, AGENT, clock), site, clock


@pytest.mark.parametrize(
    ("text", "path", "allowed"),
    [
        ("", "/a", True),
        ("User-agent: *\nDisallow:", "/a", True),
        ("User-agent: *\nDisallow: /", "/a", False),
        ("User-agent: *\nDisallow: /a", "/a/b", False),
        ("User-agent: *\nDisallow: /a", "/b", True),
        ("User-agent: *\nDisallow: /a\nAllow: /a/b", "/a/b", True),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf", False),
        ("User-agent: *\nDisallow: /*.pdf$", "/x/y.pdf?a", True),
        ("User-agent: *\nDisallow: /search?q=", "/search?q=mosul", False),
        ("User-agent: watcher\nDisallow: /a\n\nUser-agent: *\nDisallow: /", "/b", True),
        ("User-agent: WATCHER\nDisallow: /a\n\nUser-agent: *\nAllow: /", "/a", False),
        ("User-agent: birdwatcher\nDisallow: /", "/a", True),
        ("User-agent: news\nDisallow: /", "/a", True),
        ("User-agent: editor\nDisallow: /", "/a", True),
        ("\ufeffUser-agent: *\nDisallow: /a", "/a", False),
        ("User-agent: *\rDisallow: /a", "/a", False),
        ("User-agent: *\nDisallow: /خبر", "/%D8%AE%D8%A8%D8%B1", False),
        (b"\xff\xfe\x00\x01" * 100, "/a", True),
        ("<!doctype html><p>Not found</p>", "/a", True),
    ],
)
async def test_rules(text: str | bytes, path: str, *, allowed: bool) -> None:
    robot, _, _ = robots(says(text))
    assert await robot.allows(f"http://a.example{path}") is allowed


@pytest.mark.parametrize(
    ("answer", "allowed"),
    [
        (fails(FetchReason.NOT_FOUND, 404), True),
        (fails(FetchReason.AUTH, 401), True),
        (fails(FetchReason.AUTH, 403), True),
        (fails(FetchReason.CHALLENGE, 403), True),
        (fails(FetchReason.STATUS, 418), True),
        (Gone(url="http://a.example/robots.txt"), True),
        (fails(FetchReason.REDIRECTS), True),
        (fails(FetchReason.TOO_LARGE), True),
        (fails(FetchReason.BLOCKED), True),
        (fails(FetchReason.RATE_LIMITED, 429), False),
        (fails(FetchReason.RATE_LIMITED, 503), False),
        (fails(FetchReason.SERVER, 500), False),
        (fails(FetchReason.TIMEOUT), False),
        (fails(FetchReason.DNS), False),
        (fails(FetchReason.REFUSED), False),
        (fails(FetchReason.TLS), False),
    ],
)
async def test_what_a_failure_means(answer: FetchOutcome, *, allowed: bool) -> None:
    robot, _, _ = robots(answer)
    assert await robot.allows("http://a.example/a") is allowed


async def test_asked_once_a_day_for_each_origin() -> None:
    robot, site, clock = robots(says("User-agent: *\nDisallow: /a"))
    for seconds in (0, 1, 80_000, 86_399):
        clock.seconds = seconds
        assert not await robot.allows("http://a.example/a")
    assert [request.url for request in site.asked] == ["http://a.example/robots.txt"]
    assert not site.asked[0].trusted
    clock.seconds = 86_400
    await robot.allows("http://a.example/a")
    for url in ("https://a.example/a", "http://a.example:8080/a", "http://b.example/a"):
        await robot.allows(url)
    assert [request.url for request in site.asked[2:]] == [
        "https://a.example/robots.txt",
        "http://a.example:8080/robots.txt",
        "http://b.example/robots.txt",
    ]


async def test_unreachable_keeps_to_the_copy_there_was() -> None:
    robot, site, clock = robots(says("User-agent: *\nDisallow: /a"))
    assert await robot.allows("http://a.example/b")
    site.answer = fails(FetchReason.SERVER, 500)
    clock.seconds += 90_000
    assert await robot.allows("http://a.example/b")
    assert not await robot.allows("http://a.example/a")
    assert len(site.asked) == 2
    site.answer = says("User-agent: *\nDisallow: /b")
    clock.seconds += 1000
    assert not await robot.allows("http://a.example/b")


async def test_unreachable_forbids_but_not_for_ever() -> None:
    robot, site, clock = robots(fails(FetchReason.TIMEOUT))
    assert not await robot.allows("http://a.example/a")
    clock.seconds = 60
    assert not await robot.allows("http://a.example/a")
    assert len(site.asked) == 1
    clock.seconds = 11 * 3600
    assert not await robot.allows("http://a.example/a")
    clock.seconds = 13 * 3600
    assert await robot.allows("http://a.example/a")
    site.answer = says("User-agent: *\nDisallow: /")
    clock.seconds = 14 * 3600
    assert not await robot.allows("http://a.example/a")


async def test_retry_after_is_honoured() -> None:
    robot, site, clock = robots(fails(FetchReason.RATE_LIMITED, 429, timedelta(hours=2)))
    await robot.allows("http://a.example/a")
    clock.seconds = 7000
    await robot.allows("http://a.example/a")
    assert len(site.asked) == 1
    clock.seconds = 7300
    await robot.allows("http://a.example/a")
    assert len(site.asked) == 2


async def test_one_question_at_a_time() -> None:
    robot, site, _ = robots(says("User-agent: *\nDisallow: /a"))
    site.delay = 0.01
    urls = [f"http://a.example/{'a' if number % 2 else 'b'}" for number in range(20)]
    answers = await asyncio.gather(*(robot.allows(url) for url in urls))
    assert answers == [not number % 2 for number in range(20)]
    assert len(site.asked) == 1


async def test_cancelled_asker_does_not_fail_the_others() -> None:
    robot, site, _ = robots(says(""))
    site.delay = 0.02
    first, second = (asyncio.create_task(robot.allows("http://a.example/a")) for _ in range(2))
    await asyncio.sleep(0.005)
    first.cancel()
    assert await second
    assert len(site.asked) == 2


async def test_memory_is_bounded() -> None:
    robot, _, _ = robots(says(""))
    for number in range(MAX_KNOWN + 50):
        await robot.allows(f"http://host{number}.example/")
    assert len(robot._known) == MAX_KNOWN
    robot, _, _ = robots(says("# nothing\n" * 50_000))
    for number in range(20):
        await robot.allows(f"http://host{number}.example/")
    assert len(robot._known) < 10


async def test_only_the_beginning_of_a_large_file_counts() -> None:
    padding = "#" * (MAX_READ - 50) + "\n"
    robot, _, _ = robots(says(f"User-agent: *\nDisallow: /a\n{padding}\n{padding}Disallow: /b"))
    assert not await robot.allows("http://a.example/a")
    assert await robot.allows("http://a.example/b")


@pytest.mark.parametrize("url", ["", "mailto:a@example.org", "http://", "http://[::1", "/relative"])
async def test_what_is_no_web_address_is_left_to_the_fetcher(url: str) -> None:
    robot, site, _ = robots(says("User-agent: *\nDisallow: /"))
    assert await robot.allows(url)
    assert site.asked == []
