"""What all tests share. The last line of a run names what did not run, and why."""

import shutil
from collections.abc import Iterator

import pytest

NEEDS = {"browser": "no Chromium was found (install `chromium`)", "slow": "they take longer: `make test-slow`"}
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """Where Chromium is, if it is."""
    return next((path for name in BROWSERS if (path := shutil.which(name))), None)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    del config
    if chromium() is None:
        for item in items:
            if item.get_closest_marker("browser"):
                item.add_marker(pytest.mark.skip(reason=NEEDS["browser"]))


@pytest.hookimpl(hookwrapper=True, trylast=True)
def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> Iterator[None]:
    yield
    left = []
    if chromium() is None:
        left.append(f"browser tests: {NEEDS['browser']}")
    if "not slow" in (terminalreporter.config.option.markexpr or ""):
        left.append(f"slow tests: {NEEDS['slow']}")
    terminalreporter.config.stash[_LEFT] = left


_LEFT = pytest.StashKey[list[str]]()


def pytest_unconfigure(config: pytest.Config) -> None:
    left = config.stash.get(_LEFT, None)
    if left:
        print("Did not run: " + "; ".join(left))  # noqa: T201 - the last line, after pytest's own
