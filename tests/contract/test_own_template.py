"""A user's own template runs in a worker process; one that fails, hangs or swells costs its look, never a digest."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.helpers.desk import Desk, desk
from watcher.digest import Look
from watcher.jobs import outbox
from watcher.pool import WorkerPool
from watcher.settings import DigestPolicy, FolderChannel, Topic

NOW = datetime(2016, 10, 20, 12, 0, tzinfo=UTC)
WAR = Topic(name="war", title="War", query="war")


@pytest.fixture
async def at(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    monkeypatch.setattr(outbox, "TEMPLATE_LIMIT", timedelta(seconds=4))
    pool = WorkerPool(1, 500_000_000)
    async with desk(NOW) as made:
        policy = DigestPolicy(name="d", topics=("*",), to=("files",), wait=timedelta(0), every=timedelta(0))
        await made.adopt([WAR], [FolderChannel(name="files", path=Path("files"))], [policy])
        made.context = replace(made.context, workers=pool)
        yield made
    await pool.aclose()


async def sent(at: Desk, look: Look) -> str:
    at.context.live.looks = {"d": look}
    await at.news("a", "war")
    await at.tick()
    return at.boxes["files"].sent[0][1].body.decode()


async def test_the_own_template_is_what_is_sent(at: Desk) -> None:
    assert "OWN: Title of a" in await sent(at, Look(template="<p>OWN: {{ digest.preheader }}</p>"))


@pytest.mark.parametrize(
    ("template", "why"),
    [
        ("{{ nothing.here }}", "UndefinedError"),
        ("{% for %}", "TemplateSyntaxError"),
        ("{{ ''.__class__.__mro__ }}", "SecurityError"),
        ("{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}", "timeout"),
        ("{{ ('a' * 10 ** 10) | length }}", "memory"),
        ("{{ 'a' * 30_000_000 }}", "it made 30,000,000 characters"),
    ],
    ids=["undefined", "syntax", "sandbox", "endless", "huge", "long"],
)
async def test_one_that_fails_gives_way_to_the_built_in_which_says_so(at: Desk, template: str, why: str) -> None:
    body = await sent(at, Look(template=template))
    assert "Title of a" in body
    assert "Your own template failed" in body
    assert why.lower() in body.lower()
