"""Durations and sizes."""

from datetime import timedelta

import pytest
from hypothesis import given, strategies as st

from watcher.config import format_duration, parse_duration, parse_size


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("500ms", 0.5),
        ("20s", 20),
        ("15m", 900),
        ("6h", 21_600),
        ("2d", 172_800),
        ("1h30m", 5_400),
        ("1.5s", 1.5),
        ("0s", 0),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_duration(text) == timedelta(seconds=seconds)


@pytest.mark.parametrize("text", ["", "5", "m", "5 m", "5min", "-5m", "5M", "5m,", "1e3s", "٥m", "99999999d", "1..5s"])
def test_what_is_no_duration(text: str) -> None:
    with pytest.raises(ValueError, match=r"not a duration|longer than"):
        parse_duration(text)


@given(st.timedeltas(timedelta(0), timedelta(days=36_500)))
def test_a_written_duration_is_read_again(duration: timedelta) -> None:
    rounded = timedelta(milliseconds=round(duration / timedelta(milliseconds=1)))
    assert parse_duration(format_duration(rounded)) == rounded


def test_durations_are_written_short() -> None:
    assert [format_duration(timedelta(seconds=seconds)) for seconds in (0, 90, 86_400, 0.25, -60)] == [
        "0s",
        "1m30s",
        "1d",
        "250ms",
        "-1m",
    ]


@pytest.mark.parametrize(
    ("text", "size"), [("10MB", 10_000_000), ("1.5kb", 1_500), ("1 GiB", 2**30), ("512B", 512), ("64KiB", 65_536)]
)
def test_sizes(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("text", ["", "10", "MB", "10 M", "-1MB", "10MBs", "1e3MB"])
def test_what_is_no_size(text: str) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(text)
