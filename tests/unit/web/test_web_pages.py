"""The page over a real store: what it shows, whom it lets in, and that nothing hostile gets through it."""

import base64
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from tests.helpers.newsroom import Item, Newsroom, newsroom
from watcher.app import App, once, open_app
from watcher.clock import SystemClock
from watcher.config import Loaded, load
from watcher.daemon import Daemon
from watcher.feeds import opml
from watcher.model import AttemptOutcome, DeliveryId, DeliveryState, DeliveryView, DigestId, Recipient
from watcher.web.pages import site

EVIL = '<script>alert("x")</script> Mosul offensive & more'
CONFIG = """
storage: "sqlite:///watcher.db"
server: {{listen: "127.0.0.1:0"{token}}}
fetch: {{host_delay: 0ms, allow_private: [127.0.0.0/8], backfill: all}}
feeds: [{{url: "{base}/feed/main", name: "News & <b>room</b>"}}, "{base}/feed/none"]
topics: {{battle: {{title: "The battle", query: "Mosul NEAR/15 offensive"}}}}
channels: {{files: {{type: folder, path: out}}}}
digests: {{now: {{topics: ["*"], to: [files], wait: 0s}}}}
"""


@pytest.fixture
async def room() -> AsyncIterator[Newsroom]:
    async with newsroom() as made:
        made.publish("main", Item(slug="evil", title=EVIL, text="The Mosul offensive went on. " * 30))
        yield made


def settled(folder: Path, room: Newsroom, token: str = "") -> Loaded:
    file = folder / "watcher.yaml"
    file.write_text(CONFIG.format(base=room.base, token=f", token: {token}" if token else ""))
    return load(file, {}, read_opml=opml.parse_opml)


@pytest.fixture
async def app(room: Newsroom, tmp_path: Path) -> AsyncIterator[App]:
    made = await open_app(settled(tmp_path, room).settings, SystemClock())
    try:
        yield made
    finally:
        await made.aclose()


def visitor(app: App, daemon: Daemon | None = None) -> httpx.AsyncClient:
    served = site(app, daemon or Daemon(app, None, lambda: pytest.fail("nothing is reloaded")))
    return httpx.AsyncClient(transport=httpx.ASGITransport(app=served), base_url="http://127.0.0.1")


async def test_every_page_shows_what_became_of_an_article_and_nothing_hostile(app: App) -> None:
    await once(app)
    (article,) = await app.store.recent(5)
    (digest,) = await app.store.digests(5)
    paths = ("/", "/feeds", "/deliveries", f"/digests/{digest.id}", f"/articles/{article.article.id}")
    async with visitor(app) as page:
        for path in paths:
            answer = await page.get(path)
            assert answer.status_code == 200, path
            assert "<script" not in answer.text
            assert "<b>room" not in answer.text
            assert "default-src 'none'" in answer.headers["content-security-policy"]
            assert answer.headers["x-content-type-options"] == "nosniff"
        home = (await page.get("/")).text
        assert "The battle" in home
        assert "1/2" in home
        assert "border-inline-start" in home  # a quote's bar stands where its script begins
        assert "<mark>" in (await page.get(paths[-1])).text
        assert "404" in (await page.get("/feeds")).text


async def test_a_match_is_shown_however_much_else_was_read_since(app: App, room: Newsroom) -> None:
    await once(app)
    for number in range(250):
        room.publish("main", Item(slug=f"n{number}", title=f"Weather {number}", text=f"Rain, {number}. " * 20))
    await once(app, force=True)
    async with visitor(app) as page:
        assert "Mosul" in (await page.get("/")).text


async def test_before_the_first_poll_every_page_says_so(app: App) -> None:
    async with visitor(app) as page:
        assert "Nothing has matched yet" in (await page.get("/")).text
        for path in ("/feeds", "/deliveries"):
            assert (await page.get(path)).status_code == 200
        for path in ("/digests/none", "/articles/none", "/nowhere", "/articles/%00"):
            assert (await page.get(path)).status_code == 404, path
        assert (await page.post("/")).status_code == 405


def basic(password: str) -> str:
    return "Basic " + base64.b64encode(f"anybody:{password}".encode()).decode()


async def test_the_token_opens_and_nothing_else_does(app: App, room: Newsroom, tmp_path: Path) -> None:
    await app.reload(settled(tmp_path, room, token="sesame").settings)
    async with visitor(app) as page:
        for path in ("/", "/feeds", "/articles/x", "/nowhere"):
            refused = await page.get(path)
            assert refused.status_code == 401
            assert refused.headers["www-authenticate"].startswith("Basic")
        assert (await page.get("/healthz")).status_code != 401
        for wrong in ("Bearer", "Bearer ", "Bearer sesam", "sesame", "Digest sesame", basic(""), "Basic %%%", "Basic"):
            assert (await page.get("/", headers={"Authorization": wrong})).status_code == 401, wrong
        for right in ("Bearer sesame", "bearer sesame", basic("sesame")):
            assert (await page.get("/", headers={"Authorization": right})).status_code == 200, right


async def test_a_new_token_holds_from_the_reload_on(app: App, room: Newsroom, tmp_path: Path) -> None:
    async with visitor(app) as page:
        assert (await page.get("/")).status_code == 200
        await app.reload(settled(tmp_path, room, token="one").settings)
        assert (await page.get("/", headers={"Authorization": "Bearer one"})).status_code == 200
        await app.reload(settled(tmp_path, room, token="two").settings)
        assert (await page.get("/", headers={"Authorization": "Bearer one"})).status_code == 401
        assert (await page.get("/", headers={"Authorization": "Bearer two"})).status_code == 200


@pytest.mark.parametrize(("ago", "status"), [(None, 503), (1, 200), (59, 200), (61, 503)])
async def test_healthz_tells_whether_the_tick_runs(app: App, ago: int | None, status: int) -> None:
    daemon = Daemon(app, None, lambda: pytest.fail("nothing is reloaded"))
    daemon.last_tick = None if ago is None else datetime.now(UTC) - timedelta(seconds=ago)  # noqa: TID251 - SystemClock
    async with visitor(app, daemon) as page:
        answer = await page.get("/healthz")
    assert answer.status_code == status
    assert answer.json()["ok"] is (status == 200)


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "192.168.1.7:8080", "LOCALHOST"])
async def test_without_a_token_addresses_and_names_of_the_config_are_served(app: App, host: str) -> None:
    async with visitor(app) as page:
        assert (await page.get("/", headers={"Host": host})).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "127.0.0.1.nip.example:8080", "", "[", "a@b"]
)
async def test_a_foreign_name_that_leads_here_is_refused(app: App, host: str) -> None:
    async with visitor(app) as page:
        answer = await page.get("/", headers={"Host": host})
        assert answer.status_code == 421
        assert "public_url" in answer.text
        assert (await page.get("/healthz", headers={"Host": host})).status_code != 421


async def test_times_are_shown_with_their_zone(app: App) -> None:
    async with visitor(app) as page:
        assert "Times are UTC" in (await page.get("/")).text


@pytest.mark.parametrize(
    ("third", "said"), [(AttemptOutcome.SENT, "dead for 1 of 3"), (AttemptOutcome.RETRY, "dead for 2 of 3")]
)
async def test_a_mail_that_some_took_is_dead_for_the_others_alone(
    app: App, monkeypatch: pytest.MonkeyPatch, third: AttemptOutcome, said: str
) -> None:
    sent, dead = AttemptOutcome.SENT, AttemptOutcome.DEAD
    row = DeliveryView(
        id=DeliveryId("d1"),
        digest=DigestId("g1"),
        series="morning",
        channel="desk",
        state=DeliveryState.DEAD,
        created=datetime(2016, 10, 20, 7, tzinfo=UTC),
        next_attempt=None,
        attempts=(),
        recipients=tuple(
            Recipient(address=f"{n}@example.org", outcome=one) for n, one in enumerate((sent, dead, third))
        ),
    )

    async def deliveries(*_: object) -> tuple[DeliveryView, ...]:
        return (row,)

    monkeypatch.setattr(app.store, "deliveries", deliveries)
    async with visitor(app) as page:
        assert said in (await page.get("/deliveries")).text
