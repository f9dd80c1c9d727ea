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
_LINES = 12  # of a chart; the rest is counted
_WIDE, _PANEL = 800, 190  # of a chart, in CSS pixels
_GAP, _HEAD, _FOOT = 46, 44, 46


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One line of a chart; what is disputed is marked beside it."""

    name: str
    points: Points
    disputed: Points = ()


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
    """An SVG document: the levels of each series over time, each in a panel with a scale of its own.

    Series differ a hundredfold (families beside people, the dead beside the displaced), so no scale would serve two.
    """
    _hush()
    from matplotlib import rc_context  # noqa: PLC0415 - see above

    shown = [line for line in lines if line.points][:_LINES]
    rows = shown or [Line(name="", points=())]
    tall = _HEAD + _PANEL * len(rows) + _FOOT
    last = max((line.points[-1][0] for line in shown), default=None)
    with rc_context({"svg.fonttype": "none", "svg.hashsalt": "watcher", "font.family": "sans-serif"}):
        figure = _figure(_WIDE, tall)
        first: Axes | None = None
        for number, line in enumerate(rows, 1):
            bottom = _FOOT + _PANEL * (len(rows) - number)
            axes = figure.add_axes((0.1, bottom / tall, 0.86, (_PANEL - _GAP) / tall), sharex=first)
            first = first or axes
            _panel(axes, line, last)
            axes.tick_params(labelbottom=number == len(rows))
        more = f" (and {len(lines) - len(shown):,} more)" if len(shown) < len(lines) else ""
        figure.text(0.1, 1 - 0.6 * _HEAD / tall, _plain(title) + more, fontsize="large", va="center")
        made = io.StringIO()
        figure.savefig(made, format="svg", metadata={"Date": None, "Creator": None})
    return made.getvalue()


def _panel(axes: "Axes", line: Line, last: datetime | None) -> None:
    """One series: its levels in steps, each standing until the next, the last until the end of the chart."""
    from matplotlib.dates import AutoDateLocator, ConciseDateFormatter  # noqa: PLC0415 - see above
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # noqa: PLC0415

    times, values = [moment for moment, _ in line.points], [value for _, value in line.points]
    if last is not None:
        axes.plot([*times, last], [*values, values[-1]], drawstyle="steps-post", color=_LINE)  # type: ignore[arg-type]  # it takes times
        axes.plot(times, values, linestyle="", marker="o", markersize=4, color=_LINE)  # type: ignore[arg-type]
        for moment, value in line.disputed:
            axes.plot([moment], [value], marker="o", markersize=4, color=_LINE, fillstyle="none")  # type: ignore[arg-type]
    name = f"{line.name}: {values[-1]:,.0f}" if values else line.name
    axes.set_title(_plain(name), loc="left", fontsize="medium")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    locator = AutoDateLocator()  # type: ignore[no-untyped-call]
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]
    axes.grid(visible=True, alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    high = max([*values, *(value for _, value in line.disputed)], default=1.0)
    axes.set_ylim(0, high * (1 + 2 * _MARGIN) or 1.0)


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
