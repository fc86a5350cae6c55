"""Panels that dashboards are made of, drawn with matplotlib."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from matplotlib.axes import Axes

BINS = 40
FEW = 5
"""Bars are as thin as if there were at least so many."""
INK, FAINT, GRID = "#1f2937", "#6b7280", "#e5e7eb"
GOOD, FAIR, BAD, UNKNOWN = "#16a34a", "#f59e0b", "#dc2626", "#d1d5db"
PALE, STRONG = "#93c5fd", "#2563eb"
COLOURS = (
    STRONG, "#0d9488", "#9333ea", "#ea580c", "#0891b2", "#65a30d", "#db2777", "#4f46e5",
    "#a16207", "#475569", "#be123c", "#15803d", "#7c3aed", "#0369a1", "#b45309", "#64748b",
)  # fmt: skip

type Points = Sequence[tuple[float, float]]
"""Moments (UTC, s) and values."""

type Span = tuple[float, float]
"""From when to when (UTC, s)."""


def words(name: str) -> str:
    """A metric's or an alarm's name, as one would say it."""
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])|(?<=x)(?=[A-Z])", " ", name).capitalize()


def frame(axes: Axes, title: str) -> None:
    """Give a panel its title and quiet lines."""
    axes.set_title(title, loc="left", fontsize=11, fontweight="bold", color=INK, pad=8)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.spines["bottom"].set_color(GRID)
    axes.tick_params(length=0, labelsize=8, colors=FAINT)
    axes.set_axisbelow(True)


def stacked(
    axes: Axes, series: Mapping[str, Points], span: Span, colours: Sequence[str] = COLOURS
) -> None:
    """Sums over time, as bars on top of each other, with their totals."""
    width = (span[1] - span[0]) / BINS or 1
    moments = [span[0] + (at + 0.5) * width for at in range(BINS)]
    below = [0.0] * BINS
    for (name, points), colour in zip(series.items(), colours, strict=False):
        heights = [0.0] * BINS
        for at, value in points:
            heights[min(int((at - span[0]) / width), BINS - 1)] += value
        axes.bar(
            moments, heights, width * 0.85, below, color=colour,
            label=f"{name}  {sum(heights):,.0f}",
        )  # fmt: skip
        below = [low + high for low, high in zip(below, heights, strict=True)]
    _over_time(axes, span, max(below))


def dots(axes: Axes, points: Points, span: Span, label: str) -> None:
    """Every value at its moment."""
    values = [value for _, value in points]
    axes.plot([at for at, _ in points], values, "o", color=STRONG, alpha=0.6, label=label)
    _over_time(axes, span, max(values, default=0))


def bars(
    axes: Axes,
    rows: Mapping[str, Sequence[float]],
    colours: Mapping[str, str],
    form: str = "{:,.0f}",
) -> None:
    """A few values for each row, side by side, with their figures; `colours` by their names."""
    height = 0.8 / len(colours)
    longest = max((value for values in rows.values() for value in values), default=0) or 1
    for at, (name, colour) in enumerate(colours.items()):
        places = [row + at * height for row in range(len(rows))]
        values = [row[at] for row in rows.values()]
        axes.barh(places, values, height * 0.85, color=colour, label=name)
        for place, value in zip(places, values, strict=True):
            axes.text(
                value + longest * 0.01, place, form.format(value), parse_math=False,
                va="center", fontsize=7, color=FAINT,
            )  # fmt: skip
    axes.set_yticks([row + 0.4 - height / 2 for row in range(len(rows))], list(rows))
    axes.set_xlim(0, longest * 1.2)
    axes.set_ylim(max(len(rows), FEW), -0.5)
    axes.set_xticks([])
    if len(colours) > 1:
        axes.legend(
            loc="lower right", bbox_to_anchor=(1, 1), ncols=len(colours), fontsize=7, frameon=False,
            labelcolor=FAINT,
        )  # fmt: skip


def lamps(axes: Axes, states: Mapping[str, str]) -> None:
    """A lamp for each name: green, red, or grey where nothing is known yet."""
    rows = (len(states) + 1) // 2
    for at, (name, state) in enumerate(states.items()):
        column, row = divmod(at, rows)
        colour = {"OK": GOOD, "ALARM": BAD}.get(state, UNKNOWN)
        axes.plot(column + 0.04, -row, "o", color=colour, markersize=8)
        axes.text(column + 0.1, -row, name, va="center", fontsize=8, color=INK)
    axes.set_xlim(0, 2)
    axes.set_ylim(-rows, 1)
    _bare(axes)


def nothing(axes: Axes, why: str) -> None:
    """Say why a panel is empty."""
    axes.text(0, 0.85, why, fontsize=9, color=FAINT, transform=axes.transAxes)
    _bare(axes)


def _bare(axes: Axes) -> None:
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines["bottom"].set_visible(False)


def _over_time(axes: Axes, span: Span, highest: float) -> None:
    """Have a panel show the same time as all others, UTC, and its legend above all values."""
    form = "%H:%M:%S" if span[1] - span[0] < 600 else "%H:%M"
    axes.set_xlim(*span)
    axes.set_ylim(0, (highest or 1) * 1.6)
    axes.locator_params(axis="both", nbins=5)
    axes.xaxis.set_major_formatter(lambda at, _: datetime.fromtimestamp(at, UTC).strftime(form))
    axes.grid(axis="y", color=GRID, linewidth=0.8)
    axes.legend(loc="upper left", fontsize=7, frameon=False, labelcolor=FAINT, ncols=3)
