"""Scores of super-resolved days as tables, with intervals over blocks of days."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from thermocline.systems.superres.evaluation.score import DownscaledScore
from thermocline.verify.metrics import gradients
from thermocline.verify.metrics.resolution import OCTAVES
from thermocline.verify.metrics.scores import pool
from thermocline.verify.significance.bootstrap import (
    Interval,
    interval,
    mean,
    root_mean,
    verdict,
    widened,
)
from thermocline.verify.significance.resampling import resample

DRAWS = 4000
SCORES = {
    "RMSE, °C": ("mse", root_mean, 1.0),
    "gradient RMSE, K/100 km": ("gradient_mse", root_mean, 1e4),
    "CRPS, °C": ("crps", mean, 1.0),
}
"""Column of a day's record, how days make one number of it, and the unit."""

Scored = dict[str, list[DownscaledScore]]
"""Of every method, the same days in order of time."""


def day_by_day(scored: Scored) -> pd.DataFrame:
    """One row a method and day."""
    rows = [
        {"method": method, "day": score.day, **score.record(1.0)}
        for method, scores in scored.items()
        for score in scores
    ]
    return pd.DataFrame(rows)


def summary(scored: Scored, block: int) -> pd.DataFrame:
    """One row a method: scores with 95 % intervals, spread, and the fine scales.

    `octave 1` to `3` are the share of the truth's power in octaves of wavenumber, from long waves
    to short, and `gradients` the distance of the distribution of |∇T| from the truth's, in
    decades: of members where there are any, else of the mean.
    """
    rows = []
    for method, scores in scored.items():
        total = pool(scores)
        kind = "mean" if total.members is None else "member"
        row: dict[str, object] = {"method": method}
        for name, found in _intervals(scores, block).items():
            row |= {name: found.estimate, f"{name}, low": found.low, f"{name}, high": found.high}
        row["spread/skill"] = total.spread_skill
        row["resolution, km"] = total.effective_resolution
        for number, band in enumerate(OCTAVES, 1):
            row[f"octave {number}"] = total.share_of_power(kind, band)
        counts = (total.totals[f"gradients_{of}"] for of in (kind, "truth"))
        row["gradients"] = gradients.distance(*counts)
        rows.append(row | {"bias": total.bias, "ms a day": 1e3 * total.seconds})
    return pd.DataFrame(rows)


def print_summary(console: Console, scored: Scored, references: Sequence[str], block: int) -> None:
    """The summary, and every method against each of the references."""
    table = summary(scored, block)
    shown = Table(*(name for name in table if not name.endswith((" low", " high"))))
    for _, row in table.iterrows():
        cells = [str(row["method"]), *(_interval(row, name) for name in SCORES)]
        rest = ("spread/skill", "resolution, km", "octave 1", "octave 2", "octave 3", "gradients")
        cells += ["" if pd.isna(row[name]) else f"{row[name]:.3g}" for name in rest]
        shown.add_row(*cells, f"{row['bias']:+.3f}", f"{row['ms a day']:.1f}")
    console.print(shown)
    for reference in references:
        against = Table("over that of", *SCORES, "gradients", title=f"{reference}: its score …")
        for method in scored:
            if method != reference:
                pair = scored[reference], scored[method]
                against.add_row(method, *ratios(*pair, block), gradient_ratio(*pair, block))
        console.print(against)
    console.print(f"95 % intervals by (paired) bootstrap over blocks of {block} scored days")


def ratios(scores: Sequence[DownscaledScore], others: Sequence, block: int) -> list[str]:
    """One method's scores over another's; bold where the whole interval lies to one side."""
    texts = []
    for column, statistic, _ in SCORES.values():
        a, b = (_column(each, column) for each in (scores, others))
        found = verdict(a, b, statistic, DRAWS, block=block)
        assert found is not None, "fewer than two blocks of days"
        texts.append(_told(found.ratio))
    return texts


def gradient_ratio(
    scores: Sequence[DownscaledScore], others: Sequence[DownscaledScore], block: int
) -> str:
    """The same of how far the distribution of |∇T| is from the truth's, over all days together."""
    index = resample(len(scores), DRAWS, 0, block)
    truth = _counts(scores, "truth")
    distances = []
    for each in (scores, others):
        own = _counts(each, "mean" if pool(each).members is None else "member")
        apart = lambda days, own=own: gradients.distance(own[days].sum(0), truth[days].sum(0))
        distances.append((apart(slice(None)), np.array([apart(days) for days in index])))
    (one, ones), (other, other_ones) = distances
    return _told(widened(one / other, ones / other_ones, len(scores) / block))


def _counts(scores: Sequence[DownscaledScore], of: str) -> np.ndarray:
    return np.stack([score.totals[f"gradients_{of}"] for score in scores])


def _told(span: Interval) -> str:
    text = f"{span.estimate:.3f} \\[{span.low:.3f}, {span.high:.3f}]"
    return text if span.low <= 1 <= span.high else f"[bold]{text}[/bold]"


def _intervals(scores: Sequence[DownscaledScore], block: int) -> dict[str, Interval]:
    found = {}
    for name, (column, statistic, unit) in SCORES.items():
        scale = unit if statistic is root_mean else np.sqrt(unit)
        each = interval(scale * _column(scores, column), statistic, DRAWS, block=block)
        assert each is not None, "fewer than two blocks of days"
        found[name] = each
    return found


def _column(scores: Sequence[DownscaledScore], name: str) -> np.ndarray:
    return np.array([score.record(1.0)[name] for score in scores], np.float64)


def _interval(row: pd.Series, name: str) -> str:
    low, high = row[f"{name}, low"], row[f"{name}, high"]
    return f"{row[name]:.4f} \\[{low:.3f}, {high:.3f}]"
