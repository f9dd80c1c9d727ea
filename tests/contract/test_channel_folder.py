"""Files in a folder: whole or not at all, under names that sort by time."""

import json
import os
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.helpers import digests
from tests.helpers.channels import folder_channel, outgoing
from watcher.digest import Look, payload_bytes, render_html, render_text
from watcher.model import AttemptOutcome, AttemptReason, Digest

DIGEST = digests.digest(digests.topic("mosul-offensive", digests.story("s1")))
STEM = "20161020T070000Z-morning-dlv_1"


async def put(folder: Path, digest: Digest = DIGEST, name: str = "dlv_1") -> Any:
    channel = folder_channel(folder)
    return await channel.send(outgoing(channel, channel.render(digest, name), name=name))


def held_in(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.iterdir()}


def names_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_three_files_hold_the_digest(tmp_path: Path) -> None:
    attempt = await put(tmp_path / "deep" / "digests")
    folder = tmp_path / "deep" / "digests"
    assert attempt.outcome is AttemptOutcome.SENT
    assert attempt.answer == str(folder / f"{STEM}.html")
    assert {path.name for path in folder.iterdir()} == {f"{STEM}.html", f"{STEM}.txt", f"{STEM}.json"}
    assert (folder / f"{STEM}.html").read_text() == render_html(DIGEST, Look())
    assert (folder / f"{STEM}.txt").read_text() == render_text(DIGEST, Look())
    assert (folder / f"{STEM}.json").read_bytes() == payload_bytes(DIGEST)


async def test_the_same_delivery_writes_the_same_files(tmp_path: Path) -> None:
    await put(tmp_path)
    before = held_in(tmp_path)
    await put(tmp_path)
    assert held_in(tmp_path) == before


async def test_names_sort_by_time(tmp_path: Path) -> None:
    moments = [digests.MORNING + timedelta(hours=hours) for hours in (30, 0, 3)]
    for number, moment in enumerate(moments):
        await put(tmp_path, digests.digest(created=moment), f"dlv_{number}")
    assert [path.stem[-1] for path in sorted(held_in(tmp_path)) if path.suffix == ".html"] == ["1", "2", "0"]


@pytest.mark.parametrize("name", ["../../etc/passwd", "a/b", "الموصل", "x" * 400, "", ".", "a\x00b"])
async def test_names_never_leave_the_folder(tmp_path: Path, name: str) -> None:
    folder = tmp_path / "digests"
    attempt = await put(folder, digests.digest(series=name), name)
    assert attempt.outcome is AttemptOutcome.SENT
    assert len(held_in(folder)) == 3
    assert names_in(tmp_path) == ["digests"]


async def test_a_stored_name_is_not_trusted_either(tmp_path: Path) -> None:
    folder = tmp_path / "digests"
    channel = folder_channel(folder)
    held = json.loads(channel.render(DIGEST, "dlv_1")) | {"name": "../../outside"}
    attempt = await channel.send(outgoing(channel, json.dumps(held).encode()))
    assert attempt.outcome is AttemptOutcome.SENT
    assert names_in(tmp_path) == ["digests"]


async def test_a_relative_path_starts_at_the_base(tmp_path: Path) -> None:
    channel = folder_channel(Path("var/digests"), base=tmp_path)
    await channel.send(outgoing(channel, channel.render(DIGEST, "dlv_1")))
    assert (tmp_path / "var" / "digests" / f"{STEM}.html").exists()


@pytest.mark.parametrize("body", [b"", b"not json", b"[]", b'{"name": "x"}', b"\xff"])
async def test_a_body_that_is_none_is_an_outcome(tmp_path: Path, body: bytes) -> None:
    channel = folder_channel(tmp_path)
    attempt = await channel.send(outgoing(channel, body))
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.ERROR)


async def test_a_folder_that_cannot_be_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    for attempt in (await put(tmp_path / "file"), await folder_channel(tmp_path / "file").probe()):
        assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.DISK)
        assert "exists" in attempt.answer


async def test_a_full_disk_leaves_nothing_half_done(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    await put(tmp_path, name="dlv_0")
    before = held_in(tmp_path)
    written: list[int] = []

    def full(handle: int) -> None:
        written.append(handle)
        if len(written) == 2:
            raise OSError(28, os.strerror(28))

    monkeypatch.setattr(os, "fsync", full)
    attempt = await put(tmp_path)
    assert (attempt.outcome, attempt.reason) == (AttemptOutcome.RETRY, AttemptReason.DISK)
    assert attempt.answer == f"{tmp_path}: No space left on device"
    assert held_in(tmp_path) == before
