"""The main series of `operations` as one picture: small plots, one question each."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, date2num
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter

from enrichment_pipeline.operations.history import History
from enrichment_pipeline.operations.kinds import ALL, KINDS

_COLUMNS, _INCHES, _DPI = 3, (4.2, 2.6), 75
_MOST_LINES = 6


@dataclass(frozen=True, slots=True)
class _Panel:
    title: str
    area: str
    name: str
    limit: float | None = None


_PANELS = (
    _Panel("Labels: share answered by tier", "labels", "share answered"),
    _Panel("Sources: share silent", "sources", "share silent", 0.2),
    _Panel("Songstats: share of the month's cap", "songstats", "share of cap", 1.0),
    _Panel("Cool-down queue: tracks by state", "cooldown", "tracks"),
    _Panel("Artists: share of answers by band", "matcher", "share in band"),
    _Panel("Runs of 7 days: share failed", "runs", "share failed", 0.2),
)


def main_series_png(history: History) -> bytes:
    """The picture; a panel without values says so instead of being empty. Equal history gives equal bytes."""
    rows = -(-len(_PANELS) // _COLUMNS)
    # Figure without pyplot: no global state, no display, nothing to close
    figure = Figure(figsize=(_INCHES[0] * _COLUMNS, _INCHES[1] * rows), dpi=_DPI)
    FigureCanvasAgg(figure)
    for place, panel in enumerate(_PANELS, start=1):
        _draw(figure.add_subplot(rows, _COLUMNS, place), panel, history)
    figure.tight_layout()
    out = io.BytesIO()
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def _draw(axes: Axes, panel: _Panel, history: History) -> None:
    axes.set_title(panel.title, fontsize=9)
    subjects = _subjects(panel, history)
    if not subjects:
        axes.set_axis_off()
        axes.text(0.5, 0.5, "nothing measured yet", ha="center", va="center", color="#777777", fontsize=9)
        return
    for subject in subjects:
        series = history.values(panel.area, subject, panel.name)
        label = "" if subject == ALL else subject
        # the marker shows a series of one point, which as a line would be nothing
        axes.plot(
            date2num([at for at, _ in series]),
            [v for _, v in series],
            marker="o",
            ms=3,
            lw=1.2,
            label=label or None,
        )
    if panel.limit is not None:
        axes.axhline(panel.limit, color="#b03a48", lw=1, ls="--")
    locator = AutoDateLocator(minticks=2, maxticks=6)
    axes.xaxis.set_major_locator(locator)
    axes.xaxis.set_major_formatter(ConciseDateFormatter(locator))
    axes.tick_params(labelsize=7)
    if KINDS[panel.area, panel.name].unit == "share":
        axes.yaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))
        # a little below 0, where a line at 0 would lie under the frame
        axes.set_ylim(-0.03, 1.05)
    else:
        axes.set_ylim(bottom=0)
    axes.grid(visible=True, alpha=0.25)
    if subjects != [ALL]:
        axes.legend(fontsize=7)


def _subjects(panel: _Panel, history: History) -> Sequence[str]:
    """Subjects that have values: of many, those whose latest value is highest."""
    found = {
        key[1]: series[-1][1]
        for key, series in history.series.items()
        if (key[0], key[2]) == (panel.area, panel.name) and series
    }
    # among equals MusicBrainz, on which most rests
    chosen = sorted(found, key=lambda of: (-found[of], not of.startswith("musicbrainz"), of))[:_MOST_LINES]
    return sorted(chosen)
