"""A report written by the scoreboard itself, of methods whose quality is chosen."""

from pathlib import Path

import numpy as np
from tiny_model import DEPTH, statistics

from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis
from thermocline.systems.reconstruct.evaluation.presentation import PRESENTATION
from thermocline.systems.reconstruct.evaluation.score import score_case
from thermocline.verify.board.boardfiles import write_board
from thermocline.verify.board.scoreboard import Board, Context
from thermocline.verify.metrics.sums import basin_index

GRID = LatLonGrid.regular(16, 32)
QUALITY = {"climatology": 1.0, "oi": 0.9, "ensemble_oi": 0.7}


def board(
    ours: float = 0.6,
    *,
    period: str = "2005-2009",
    seed: int = 0,
    months: int = 6,
    noise: int = 0,
    densities: tuple[float, ...] = (0.005, 0.02, 0.075),
) -> Board:
    """Errors of each method are its quality times the truth plus a little noise of its own."""
    stats = statistics(GRID)
    context = Context.of(GRID, DEPTH, stats.ocean, period)
    board = Board("reconstruct", context, 200, seed, presentation=PRESENTATION)
    shape = stats.ocean.shape
    zero = np.zeros(shape, np.float32)
    for density in densities:
        for method, quality in {"thermocline": ours, **QUALITY}.items():
            scores = []
            for month in range(1, months + 1):
                rng = np.random.default_rng(month)
                truth = rng.standard_normal(shape).astype(np.float32)
                own = np.random.default_rng([month, noise, len(method)])
                mean = (1 - quality) * truth + 0.1 * own.standard_normal(shape)
                members = mean + quality * own.standard_normal((4, *shape))
                case = f"truth/2005-{month:02d}"
                observed = (rng.random(shape) < density) & stats.ocean
                score = score_case(
                    Analysis(
                        mean.astype(np.float32),
                        None if method == "thermocline" else np.full(shape, 0.5, np.float32),
                        members.astype(np.float32) if method == "thermocline" else None,
                    ),
                    AnomalyProblem(zero, zero + 1, observed, stats.ocean, month, case),
                    truth,
                    stats,
                    GRID.cell_area(),
                    basins=basin_index(GRID),
                    rng=rng,
                )
                scores.append(score)
            board.add(method, "columns", density, scores, variable="thetao")
    return board


def write_report(folder: Path, ours: float = 0.6, **options: object) -> Path:
    """The folder that evaluation would write."""
    write_board(board(ours, **options), folder)  # type: ignore[arg-type]
    return folder
