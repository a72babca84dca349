"""How far a network's increment of the ensemble OI is trusted: fitted, level by level.

    mean = a + g·mean(d_k − e_k),     z_k = a + s·(e_k − a) + g·(d_k − e_k)

a is the analysis, e_k a draw around it, and d_k − e_k the network's increment: the same for every
k where it is known without drawing. g is the least squares factor on validation cases, kept in
[0, 1.5]: a network that learned caution may have earned more than it asks for. s then makes spread
match error.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Field
from thermocline.systems.calibration import NOTHING, Calibration

MAX_FACTOR = 1.5
"""The largest factor on the network's correction."""


@dataclass(frozen=True, eq=False)
class AnswerParts:
    """The parts an answer is made of: a [C, H, W], e and d [M, C, H, W], evaluations a member.

    `increment` is the network's [C, H, W] where it is known without drawing.
    """

    analysis: Field
    draws: Field
    diffused: Field
    evaluations: int
    increment: Field | None = None


def combine(drawn: AnswerParts, correction: np.ndarray, spread: np.ndarray) -> tuple[Field, Field]:
    """Mean [C, H, W] and members [M, C, H, W] with factors g and s by level, [C] each."""
    g, s = correction[:, None, None], spread[:, None, None]
    increment = drawn.diffused - drawn.draws
    known = increment.mean(axis=0) if drawn.increment is None else drawn.increment
    mean = drawn.analysis + g * known
    fields = drawn.analysis + s * (drawn.draws - drawn.analysis) + g * increment
    return mean.astype(np.float32), fields.astype(np.float32)


def fit_calibration(
    cases: Sequence[tuple[float, AnomalyProblem, Field, AnswerParts]], area: np.ndarray
) -> Calibration:
    """Fit g and s by least squares on validation cases (density, problem, truth, drawn).

    g minimises the error of the mean at each level and density; s then makes the mean squared error
    equal to (1 + 1/M) times the ensemble variance.
    """
    densities = sorted({density for density, *_ in cases})
    corrections, spreads = [], []
    for density in densities:
        chosen = [(p, x, d) for other, p, x, d in cases if other == density]
        levels = range(chosen[0][1].shape[0])
        g = np.array([_regress(chosen, area, c) for c in levels])
        corrections.append(tuple(float(v) for v in g))
        spreads.append(tuple(_spread(chosen, area, c, g[c]) for c in levels))
    return Calibration(
        density=tuple(densities), correction=tuple(corrections), spread=tuple(spreads)
    )


def fading_to_prior(calibration: Calibration, inflation: float) -> Calibration:
    """The calibration extended to no observation at all, where the answer is the climatology.

    There the correction is 0; and members spread as the training states do, of whose variance the
    ensemble OI's `inflation` keeps what is best once something is observed.
    """
    levels = len(calibration.correction[0])
    return Calibration(
        density=(NOTHING, *calibration.density),
        correction=((0.0,) * levels, *calibration.correction),
        spread=((inflation**-0.5,) * levels, *calibration.spread),
    )


def _regress(
    cases: Sequence[tuple[AnomalyProblem, Field, AnswerParts]], area: np.ndarray, c: int
) -> float:
    """Least-squares factor of the mean increment on the error of the analysis, at level c."""
    above = below = 0.0
    for problem, truth, drawn in cases:
        weight = area * problem.ocean[c]
        increment = (drawn.diffused[:, c] - drawn.draws[:, c]).mean(axis=0)
        above += float((weight * increment * (truth[c] - drawn.analysis[c])).sum())
        below += float((weight * increment**2).sum())
    return float(np.clip(above / below, 0, MAX_FACTOR)) if below else 0.0


def _spread(
    cases: Sequence[tuple[AnomalyProblem, Field, AnswerParts]], area: np.ndarray, c: int, g: float
) -> float:
    """The s in [0.3, 3] at which (1 + 1/M) · variance equals the mean's squared error.

    Both are quadratic in s: the variance of s·e + g·d about its mean, the error of
    a + s·(ē − a) + g·d̄, with e the draws and d their increments.
    """
    square = linear = constant = 0.0
    for problem, truth, drawn in cases:
        weight = area * problem.ocean[c]
        increment = g * (drawn.diffused[:, c] - drawn.draws[:, c])
        offset = drawn.draws[:, c].mean(axis=0) - drawn.analysis[c]
        rest = truth[c] - drawn.analysis[c] - increment.mean(axis=0)
        draws = drawn.draws[:, c] - drawn.draws[:, c].mean(axis=0)
        moved = increment - increment.mean(axis=0)
        scale = (1 + 1 / len(draws)) / (len(draws) - 1)
        square += float((weight * (scale * (draws**2).sum(axis=0) - offset**2)).sum())
        linear += float((weight * (scale * (draws * moved).sum(axis=0) + offset * rest)).sum())
        constant += float((weight * (scale * (moved**2).sum(axis=0) - rest**2)).sum())
    if square <= 0:
        return 1.0
    inside = linear**2 - square * constant
    return float(np.clip((-linear + np.sqrt(max(inside, 0))) / square, 0.3, 3.0))
