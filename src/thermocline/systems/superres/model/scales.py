"""The expected size of the first guess's error: one number, or a map fitted on pairs.

    σ² = Σ_k w_k f_k²,   w ≥ 0,   f = (1, |∇c|, curvature of the blocks, the first guess's std)

with w by non-negative least squares on squared errors, with weights 1/σ⁴ of the previous iteration:
these are the inverse variances of χ² distributed squared errors, so that fronts do not dominate.
"""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict
from scipy.optimize import nnls

from thermocline.ocean.downscaling import LowResolution, Pair
from thermocline.ocean.problem import Analysis
from thermocline.ocean.uncertainty_map import streamfunction_speed, uncertainty_map
from thermocline.systems.superres.config.model import ShiftConfig
from thermocline.systems.superres.model.features import Features, features, squares_of

PUBLISHED_UNIT = 20.0
"""°C: the published preset scales [−5, 35] °C to [−1, 1]."""
FAST = 99.0
"""Percentile of the speed at which the physics map is 1; published: the maximum of each map."""
MAX_PAIRS = 1000
"""Evenly spaced pairs that scales are fitted on, at most."""
ITERATIONS = 4


class Scales(BaseModel):
    """The unit of errors in °C, and the parameters of the uncertainty map and of the noise."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    unit: float
    reference: float | None = None  # speed at which the physics map is 1
    weights: tuple[float, ...] = ()  # w of the learned map
    kernel: tuple[tuple[float, ...], ...] = ()  # of the noise's correlation; white without


def noise_map(
    problem: LowResolution,
    first_guess: NDArray,
    seen: Features,
    process: ShiftConfig,
    scales: Scales,
) -> NDArray[np.float64]:
    """u [H, W], positive."""
    if process.uncertainty == "none":
        return np.ones(problem.ocean.shape)
    if process.uncertainty == "physics":
        return uncertainty_map(
            first_guess, problem.grid, problem.ocean, base=process.floor, reference=scales.reference
        )
    return np.sqrt(squares_of(seen) @ np.array(scales.weights)) / scales.unit


def fit_scales(
    pairs: Sequence[Pair], first_guesses: Sequence[Analysis], process: ShiftConfig
) -> Scales:
    """The scales of training pairs, such that z has variance one (or as published)."""
    if process.predicts == "field":
        return Scales(unit=PUBLISHED_UNIT)
    some = np.unique(np.linspace(0, len(pairs) - 1, MAX_PAIRS).astype(int))
    cases = [(*pairs[k], first_guesses[k], pairs[k][0].ocean) for k in some]
    together = lambda parts: np.concatenate([*parts]).astype(np.float64)
    error = together((truth - first_guess.mean[0])[sea] for _, truth, first_guess, sea in cases)
    scales = Scales(unit=_rms(error))
    if process.uncertainty == "physics":
        speed = together(
            streamfunction_speed(first_guess.mean[0], problem.grid, sea)[sea]
            for problem, _, first_guess, sea in cases
        )
        scales = scales.model_copy(update={"reference": float(np.percentile(speed, FAST))})
    elif process.uncertainty == "learned":
        squares = together(
            squares_of(features(p, first_guess))[sea] for p, _, first_guess, sea in cases
        )
        scales = scales.model_copy(update={"weights": tuple(_regress(squares, error**2).tolist())})
    u = together(
        noise_map(p, first_guess.mean[0], features(p, first_guess), process, scales)[sea]
        for p, _, first_guess, sea in cases
    )
    excess = _rms(error / (scales.unit * u))
    if scales.weights:
        return scales.model_copy(update={"weights": tuple(excess**2 * w for w in scales.weights)})
    return scales.model_copy(update={"unit": excess * scales.unit})


def _rms(values: NDArray[np.float64]) -> float:
    return float(np.sqrt(np.mean(values**2)))


def _regress(squares: NDArray, squared: NDArray) -> NDArray[np.float64]:
    """Non-negative w with squares @ w ≈ squared, [n, K] and [n]; for weights see the module."""
    size = np.sqrt(np.mean(squares**2, axis=0)) + 1e-12
    scaled = squares / size
    sigma2 = np.full(len(squared), squared.mean())
    weights = np.zeros(scaled.shape[1])
    for _ in range(ITERATIONS):
        rows = scaled / sigma2[:, None]
        # The square root of the normal equations is small for any number of pairs.
        root = np.linalg.cholesky(
            rows.T @ rows + 1e-9 * np.trace(rows.T @ rows) * np.eye(len(weights))
        )
        target = np.linalg.solve(root, rows.T @ (squared / sigma2))
        weights, _ = nnls(root.T, target)
        sigma2 = np.maximum(scaled @ weights, 0.01 * squared.mean())
    weights[0] += 1e-4 * squared.mean()  # no cell has error zero
    return weights / size
