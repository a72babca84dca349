"""The figures of a report: an example of each region, and scores of all days."""

from pathlib import Path

import numpy as np

from thermocline.systems.superres.evaluation.maps import fig_downscaled
from thermocline.systems.superres.evaluation.scales import fig_gradients, fig_scales
from thermocline.systems.superres.model.method import Superresolver
from thermocline.verify.board.scoring import Scored
from thermocline.verify.board.text import date
from thermocline.verify.figures.calibration import fig_rank_histogram
from thermocline.verify.figures.comparison import fig_by_basin, fig_summary


def draw_figures(folder: Path, scored: Scored, model: Superresolver) -> None:
    """Draw everything into `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    board = scored.board
    fig_summary(folder / "summary.png", board)
    if any(sum(row.extra["spectra"]["truth"]) > 0 for row in board.rows):  # some box is all sea
        fig_scales(folder / "scales.png", board)
    fig_gradients(folder / "gradients.png", board)
    fig_by_basin(folder / "by_basin.png", board)
    fig_rank_histogram(folder / "rank_histogram.png", board)
    for case, answer in scored.examples:
        problem, truth = case.problem, case.truth
        region = problem.region or "example"
        scale = model.conditioning(problem).unit / model.contract.scales.unit
        fig_downscaled(
            folder / f"{region}.png",
            problem,
            truth,
            answer,
            uncertainty=None if np.ptp(scale[problem.ocean]) == 0 else scale,  # even noise
            title=f"{region.replace('_', ' ').title()}, {date(problem.date)}",
        )
