"""The model and other methods scored on days that were held out: the board of superres."""

from collections.abc import Iterable, Sequence

import numpy as np

from thermocline.config import Config
from thermocline.files import sha256_arrays
from thermocline.ocean.case import Case
from thermocline.ocean.downscaling import Downscaler, LowResolution, Pair
from thermocline.ocean.problem import Analysis
from thermocline.systems.boards import empty_board
from thermocline.systems.superres.config import settings
from thermocline.systems.superres.evaluation.presentation import presentation
from thermocline.systems.superres.evaluation.score import DownscaledScore
from thermocline.systems.superres.evaluation.scoring import score_downscaled
from thermocline.verify.board import scoring
from thermocline.verify.board.scoreboard import Context
from thermocline.verify.board.scoring import Progress, Scored
from thermocline.verify.metrics.sums import basin_index


def score_methods(
    methods: Sequence[Downscaler],
    pairs: Sequence[Pair],
    config: Config,
    progress: Progress = lambda each, label: each,
    truth: str = "",
) -> Scored:
    """Score `methods` on every day; the examples are the first day of each region.

    Args:
        methods: the first is the system's own.
        truth: digest of the days.
    """
    problems = [problem for problem, _ in pairs]
    context = lambda period: context_of(problems, period)
    board = empty_board("superres", config, context, presentation, truth)
    basins = {problem.region: basin_index(problem.grid) for problem in problems}
    regions = [problem.region for problem in problems]

    def score(analysis: Analysis, case: Case, rng: np.random.Generator) -> DownscaledScore:
        region = case.problem.region
        return score_downscaled(analysis, case.problem, case.truth, basins=basins[region], rng=rng)

    density = 1 / problems[0].factor ** 2
    return scoring.score_methods(
        board,
        [Case(problem, truth, "blocks", density, "tos") for problem, truth in pairs],
        methods,
        score,
        members=settings(config).evaluate.members,
        progress=progress,
        example=lambda case, index: regions.index(case.problem.region) == index,
    )


def context_of(problems: Iterable[LowResolution], period: str) -> Context:
    """The context of a board of super-resolution: cells, regions and what is sea in each case.

    Args:
        problems: every case, in order; the first tells size, factor and resolution.
        period: such as `2008` or `2010-2011`.
    """
    problems = list(problems)
    first = problems[0]
    axes = [a.round(4) for p in problems for a in (p.grid.latitude, p.grid.longitude)]
    description = {
        "rows": first.grid.shape[0],
        "columns": first.grid.shape[1],
        "factor": first.factor,
        "degrees": round(float(np.diff(first.grid.latitude).mean()), 4),
        "regions": list(dict.fromkeys(p.region for p in problems)),
        "digest": sha256_arrays(*axes)[:16],
    }
    masks = [p.ocean for p in problems]
    return Context(description, sha256_arrays(*masks), period, sum(int(m.sum()) for m in masks))
