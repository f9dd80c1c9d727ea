"""The delivery promise under SIGKILL, failing receivers, full disks and clocks that are set; see promise.py."""

from pathlib import Path

import pytest

from tests.system.promise import promise


async def test_nothing_is_lost_and_nothing_told_twice(tmp_path: Path) -> None:
    verdict = await promise(tmp_path, kills=6, seed=7, longest=4.0)
    assert verdict.kept, verdict


@pytest.mark.slow
async def test_the_promise_over_many_kills(tmp_path: Path) -> None:
    verdict = await promise(tmp_path, kills=60, seed=8)
    assert verdict.kept, verdict
