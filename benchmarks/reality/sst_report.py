"""Tables and the figure of the sea-surface temperature benchmark."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from rich.console import Console
from rich.table import Table

from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.systems.reconstruct.evaluation.presentation import PRESENTATION
from thermocline.verify.figures.maps import fig_maps
from thermocline.verify.significance.bootstrap import Verdict, root_mean, verdict

from .tasman import MARGIN, Case, Series

OURS = "thermocline"


def print_tables(console: Console, table: pd.DataFrame, block: int) -> None:
    """Scores of every method, and ours against each; `block` days are resampled together."""
    for (setting, density), rows in table.groupby(["setting", "density"], sort=False):
        count = rows.day.nunique()
        shown = Table(
            "", "RMSE, °C", "CRPS, °C", "spread/skill", "ours / its: RMSE", "ours / its: CRPS",
            title=f"{setting}, {density:.1%} of cells, {count} days",
        )  # fmt: skip
        ours = rows[rows.method == OURS]
        for method in PRESENTATION.ordered(rows.method.unique()):
            theirs = rows[rows.method == method]
            ratios = ["", ""]
            if method != OURS:
                ratios = [ratio(found) for found in compare(ours, theirs, block)]
            shown.add_row(
                method,
                f"{np.sqrt(theirs.mse.mean()):.4f}",
                f"{theirs.crps.mean():.4f}",
                f"{np.sqrt(theirs.variance.mean() / theirs.mse.mean()):.2f}",
                *ratios,
            )
        console.print(shown)
    console.print(
        f"95 % intervals by paired bootstrap over blocks of {block} scored days, about a month"
    )


def compare(ours: pd.DataFrame, theirs: pd.DataFrame, block: int) -> tuple[Verdict, Verdict]:
    """Ours against theirs by RMSE and by CRPS, on the same days in order of time."""
    a, b = ours.sort_values("day"), theirs.sort_values("day")
    assert list(a.day) == list(b.day)
    by_rmse = verdict(a.mse, b.mse, root_mean, 4000, block=block)
    by_crps = verdict(a.crps, b.crps, n=4000, block=block)
    assert by_rmse and by_crps, "fewer than two blocks of days"
    return by_rmse, by_crps


def ratio(found: Verdict) -> str:
    """The ratio and its interval; bold where the whole interval lies to one side."""
    span = found.ratio
    text = f"{span.estimate:.3f} [{span.low:.3f}, {span.high:.3f}]".replace("[", "\\[")
    return text if found.decision == "undecided" else f"[bold]{text}[/bold]"


def draw_example(path: Path, series: Series, case: Case, answer: Analysis) -> Path:
    """Truth, observations, reconstruction, error and stated uncertainty on one day, °C; a PNG."""
    box = np.s_[..., :-MARGIN]
    day = case.problem.case
    index = int(np.flatnonzero(series.serial == np.datetime64(day).astype(np.int64))[0])
    degrees = lambda anomaly: series.degrees(anomaly, index)[box]
    assert answer.std is not None
    seen, std = case.problem.observed, answer.std * series.statistics.std
    return fig_maps(
        path,
        LatLonGrid(series.grid.latitude, series.grid.longitude[box]),
        [0.0],
        degrees(case.truth),
        np.where(seen, series.degrees(case.problem.y, index), np.nan)[box],
        degrees(answer.mean),
        np.where(series.ocean, std, np.nan)[box],
        at=(0,),
        title=f"Sea-surface temperature east of Tasmania, {day}, from {seen.sum()} cells of this "
        f"day and {sum(day.observed.sum() for day in case.problem.around)} of the days around it",
    )
