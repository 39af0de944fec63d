"""Two small plots per split: precision against coverage, and probability against what came true."""

from __future__ import annotations

import io
from collections.abc import Callable

from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from enrichment_pipeline.evaluation.harness import MODEL, EvaluationResult
from enrichment_pipeline.evaluation.metrics import coverage_curve, reliability

_INCHES, _DPI = (5.2, 3.4), 80
# Colours of the visibilities and of rivals; told apart without colour by their order in the legend too.
_COLOURS = ("#1b6ca8", "#e07b39", "#3a8f5c", "#8a8a8a")
_RIVALS = {"splink_em_posterior": "#b03a48", "hand_weighted_vote": "#777777"}


def _png(draw: Callable[[Axes], None]) -> bytes:
    # Figure without pyplot: no global state, no display, nothing to close
    figure = Figure(figsize=_INCHES, dpi=_DPI)
    FigureCanvasAgg(figure)
    axes = figure.add_subplot()
    draw(axes)
    axes.grid(visible=True, alpha=0.25)
    figure.tight_layout()
    out = io.BytesIO()
    # no date and no version in the file, so that equal numbers are equal bytes
    figure.savefig(out, format="png", metadata={"Software": None})
    return out.getvalue()


def precision_coverage_png(result: EvaluationResult, split: str) -> bytes:
    """Precision of the surest answers against their share of all lines, by visibility and for two rivals."""

    def draw(axes: Axes) -> None:
        visibilities = [v for s, v, m in result.answers if s == split and m == MODEL]
        for colour, visibility in zip(_COLOURS, visibilities, strict=False):
            x, y = coverage_curve(result.answers[split, visibility, MODEL])
            axes.plot(x, y, color=colour, label=visibility)
        for method, colour in _RIVALS.items():
            answers = result.answers.get((split, "title+label", method))
            if answers is not None:
                x, y = coverage_curve(answers)
                axes.plot(x, y, color=colour, linestyle="--", linewidth=1, label=f"{method}, title+label")
        axes.set(
            title=f"{split}: precision against coverage",
            xlabel="share of lines answered",
            ylabel="share of answers right",
            xlim=(0, 1),
            ylim=(0, 1.02),
        )
        if axes.lines:
            axes.legend(fontsize=7)

    return _png(draw)


def reliability_png(result: EvaluationResult, split: str) -> bytes:
    """Mean probability of the first answer against the share right, in ten bins, by visibility."""

    def draw(axes: Axes) -> None:
        axes.plot([0, 1], [0, 1], color="#bbbbbb", linewidth=1)
        visibilities = [v for s, v, m in result.answers if s == split and m == MODEL]
        for colour, visibility in zip(_COLOURS, visibilities, strict=False):
            points = reliability(result.answers[split, visibility, MODEL])
            axes.plot(
                [p for p, _, _ in points],
                [share for _, share, _ in points],
                color=colour,
                marker="o",
                markersize=4,
                label=visibility,
            )
        axes.set(
            title=f"{split}: does the probability come true?",
            xlabel="probability of the first answer",
            ylabel="share right",
            xlim=(0, 1),
            ylim=(0, 1.02),
        )
        axes.legend(fontsize=7)

    return _png(draw)
