"""Figures over time as pictures: sparklines for mail, a chart for `figures-history`. Pure.

The plotting library costs a second and 65 MB when it is first imported, so that only who draws pays: worker processes,
and the command. The same points give the same bytes.
"""

import base64
import io
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

Points = tuple[tuple[datetime, float], ...]
"""Levels and when each was told, earliest first."""

WIDTH, HEIGHT = 140, 32
"""Of a sparkline as it is shown, in CSS pixels; it is drawn twice as fine."""

_LINE = "#2f7dd1"  # seen on white and on black
_INCH = 96  # CSS pixels
_MARGIN = 0.06  # of the range, above and below
_LINES = 8  # of a chart; more cannot be told apart


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart."""

    name: str
    points: Points


def sparklines(series: Sequence[Points]) -> tuple[str, ...]:
    """Each series as a PNG in base64: a small line in steps with its last level marked; empty for no points."""
    return tuple(_sparkline(points) if points else "" for points in series)  # where none has any, nothing is imported


def _sparkline(points: Points) -> str:
    figure = _figure(WIDTH, HEIGHT)
    axes = figure.add_axes((0, 0, 1, 1))
    axes.set_axis_off()
    times = [moment.timestamp() for moment, _ in points]
    values = [value for _, value in points]
    axes.plot(times, values, drawstyle="steps-post", color=_LINE, linewidth=1.5)
    axes.plot(times[-1:], values[-1:], marker="o", markersize=4, color=_LINE)
    _frame(axes, times, values)
    made = io.BytesIO()
    figure.savefig(made, format="png", dpi=2 * _INCH, transparent=True, metadata={"Software": None})
    return base64.b64encode(made.getvalue()).decode("ascii")


def _frame(axes: "Axes", times: Sequence[float], values: Sequence[float]) -> None:
    """Room for the line's width and the mark at every edge."""
    wide = max(times) - min(times) or 1.0
    high = max(values) - min(values) or 1.0
    axes.set_xlim(min(times) - _MARGIN / 2 * wide, max(times) + _MARGIN / 2 * wide)
    axes.set_ylim(min(values) - 3 * _MARGIN * high, max(values) + 3 * _MARGIN * high)


def chart(title: str, lines: Sequence[Line]) -> str:
    """An SVG document: the levels of each series over time, named at its side."""
    _hush()
    from matplotlib import rc_context  # noqa: PLC0415 - see above
    from matplotlib.ticker import FuncFormatter  # noqa: PLC0415

    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "watcher", "font.family": "sans-serif"}):
        figure = _figure(800, 400)
        axes = figure.add_axes((0.1, 0.12, 0.86, 0.76))
        for line in lines[:_LINES]:
            times, values = [moment for moment, _ in line.points], [value for _, value in line.points]
            axes.plot(times, values, drawstyle="steps-post", marker="o", markersize=3, label=_plain(line.name))  # type: ignore[arg-type]  # it takes times
        axes.set_title(_plain(title), loc="left")
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
        axes.grid(visible=True, alpha=0.3)
        if lines:
            axes.legend(loc="upper left", frameon=False, fontsize="small")
        figure.autofmt_xdate(rotation=0, ha="center")
        made = io.StringIO()
        figure.savefig(made, format="svg", metadata={"Date": None, "Creator": None})
    return made.getvalue()


def _figure(width: int, height: int) -> "Figure":
    _hush()
    from matplotlib.figure import Figure  # noqa: PLC0415 - see above

    return Figure(figsize=(width / _INCH, height / _INCH), dpi=_INCH)


def _hush() -> None:
    """Where the library keeps its list of fonts is nobody's concern."""
    logging.getLogger("matplotlib").setLevel(logging.ERROR)


def _plain(text: str) -> str:
    """Text that is no formula."""
    return text.replace("$", r"\$")
