"""How large the centre's error is expected to be: one number, or a map learned from pairs.

    σ² = Σ_k w_k f_k²,   w ≥ 0,   f = (1, |∇c|, curvature of the blocks, the centre's own std)

with w by non-negative least squares on squared errors, each counted by 1/σ⁴ of the round before:
where squared errors are χ² that is the weight of each, so that fronts do not drown the rest.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import nnls

from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.problem import Analysis
from thermocline.ocean.uncertainty_map import streamfunction_speed, uncertainty_map
from thermocline.systems.superres.config import ShiftConfig
from thermocline.systems.superres.model.features import Features, features, squares_of

PUBLISHED_UNIT = 20.0
"""°C, half of [−5, 35] °C, which the published preset takes to [−1, 1]."""
FAST = 99.0
"""Percentile of the speed at which the physics map is 1; the published one takes each maximum."""
MANY = 1000
"""Pairs, evenly taken, that are enough to fit scales."""
ROUNDS = 4


class Scales(BaseModel):
    """What brings errors to order one: °C a unit, and what the uncertainty map is made of."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: float
    reference: float | None = None  # speed at which the physics map is 1
    weights: tuple[float, ...] = ()  # w of the learned map
    kernel: tuple[tuple[float, ...], ...] = ()  # of the noise's correlation; white without


def noise_map(
    problem: LowResolution,
    centre: NDArray,
    seen: Features,
    process: ShiftConfig,
    scales: Scales,
) -> NDArray[np.float64]:
    """u [H, W], positive."""
    if process.uncertainty == "none":
        return np.ones(problem.ocean.shape)
    if process.uncertainty == "physics":
        return uncertainty_map(
            centre, problem.grid, problem.ocean, base=process.floor, reference=scales.reference
        )
    return np.sqrt(squares_of(seen) @ np.array(scales.weights)) / scales.unit


def fit_scales(pairs: Sequence[Pair], centres: Sequence[Analysis], process: ShiftConfig) -> Scales:
    """The scales of training pairs, such that z has variance one (or as published)."""
    if process.predicts == "field":
        return Scales(unit=PUBLISHED_UNIT)
    some = np.unique(np.linspace(0, len(pairs) - 1, MANY).astype(int))
    cases = [(*pairs[k], centres[k], pairs[k][0].ocean) for k in some]
    together = lambda parts: np.concatenate([*parts]).astype(np.float64)
    error = together((truth - centre.mean[0])[sea] for _, truth, centre, sea in cases)
    found = Scales(unit=_rms(error))
    if process.uncertainty == "physics":
        speed = together(
            streamfunction_speed(centre.mean[0], problem.grid, sea)[sea]
            for problem, _, centre, sea in cases
        )
        found = found.model_copy(update={"reference": float(np.percentile(speed, FAST))})
    elif process.uncertainty == "learned":
        squares = together(squares_of(features(p, centre))[sea] for p, _, centre, sea in cases)
        found = found.model_copy(update={"weights": tuple(_regress(squares, error**2).tolist())})
    u = together(
        noise_map(p, centre.mean[0], features(p, centre), process, found)[sea]
        for p, _, centre, sea in cases
    )
    off = _rms(error / (found.unit * u))
    if found.weights:
        return found.model_copy(update={"weights": tuple(off**2 * w for w in found.weights)})
    return found.model_copy(update={"unit": off * found.unit})


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _regress(squares: NDArray, squared: NDArray) -> NDArray[np.float64]:
    """Non-negative w with squares @ w ≈ squared, [n, K] and [n], weighted as the module says."""
    size = np.sqrt(np.mean(squares**2, axis=0)) + 1e-12
    scaled = squares / size
    sigma2 = np.full(len(squared), squared.mean())
    weights = np.zeros(scaled.shape[1])
    for _ in range(ROUNDS):
        rows = scaled / sigma2[:, None]
        # The normal equations' square root keeps the problem small, whatever the pairs.
        root = np.linalg.cholesky(
            rows.T @ rows + 1e-9 * np.trace(rows.T @ rows) * np.eye(len(weights))
        )
        target = np.linalg.solve(root, rows.T @ (squared / sigma2))
        weights, _ = nnls(root.T, target)
        sigma2 = np.maximum(scaled @ weights, 0.01 * squared.mean())
    weights[0] += 1e-4 * squared.mean()  # no cell is certain
    return weights / size
