"""What the long-lived process does not carry: libraries that only worker processes use."""

import asyncio
import sys

import pytest

from tests.helpers.command import environment

HEAVY = ("trafilatura", "numpy", "py3langid", "matplotlib", "apprise")


@pytest.mark.parametrize("module", ["watcher.app", "watcher.daemon", "watcher.cli.service"])
async def test_the_daemon_does_not_load_what_only_workers_use(module: str) -> None:
    look = f"import sys, {module}; print(*(name for name in {HEAVY!r} if name in sys.modules))"
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", look, stdout=asyncio.subprocess.PIPE, env=environment()
    )
    out, _ = await process.communicate()
    assert (process.returncode, out.decode().strip()) == (0, "")
