"""The score of any answer in physical units, on any grid."""

from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.problem import Analysis, Problem
from thermocline.verify.metrics.ranks import case_ranks
from thermocline.verify.metrics.scores import Score
from thermocline.verify.metrics.shape import forecast_fields, shape_scores
from thermocline.verify.metrics.sums import by_level_and_basin, check_shapes, quantities


def score_field(
    analysis: Analysis,
    problem: Problem,
    truth: NDArray,
    rng: np.random.Generator | None = None,
    thin: int = 1,
) -> Score:
    """Score an answer against the truth over every sea cell, weighted by area.

    Args:
        analysis: of `problem`, in physical units; what stands on land is not read.
        truth: [C, H, W], in the same units.
        rng: draws ties of the rank histogram; without it no ranks are counted.
        thin: the rank histogram counts every `thin`-th row and column.

    Raises:
        BadData: if shapes differ, or a scored value is not finite.
    """
    ocean, area = problem.ocean, np.asarray(problem.grid.cell_area())
    parts = {
        "truth": truth,
        "mean": analysis.mean,
        "standard deviation": analysis.std,
        "members": analysis.members,
    }
    check_shapes(parts, ocean, area, "score_field")
    x, mean, std, members = (
        None if values is None else np.where(ocean, values, 0.0).astype(np.float64)
        for values in parts.values()
    )
    assert x is not None and mean is not None
    found = {"weight": ocean.astype(np.float64), **quantities(x, mean, std, members)}
    found |= shape_scores(x, forecast_fields(mean, std, members), ocean, area)
    return Score(
        case=problem.case,
        sums={name: by_level_and_basin(v, ocean, area, None) for name, v in found.items()},
        members=None if members is None else len(members),
        tables=case_ranks(members, x, ocean, rng, thin),
        evaluations=analysis.evaluations,
        seconds=analysis.seconds,
    )


def layers(analysis: Analysis, problem: Problem, only: slice) -> tuple[Analysis, Problem]:
    """An answer and what was asked for some of its channels, without the observations."""
    asked = replace(
        problem, channels=problem.channels[only], ocean=problem.ocean[only], observations=()
    )
    answer = replace(
        analysis,
        mean=analysis.mean[only],
        std=None if analysis.std is None else analysis.std[only],
        members=None if analysis.members is None else analysis.members[:, only],
    )
    return answer, asked
