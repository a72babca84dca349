"""Scores at withheld measurements, and their uncertainty by float.

A measurement is the state of its cell and level plus an error of its own, so a forecast of it is
the analysis made wider by that error, s. For M members that is a mixture of M normals, whose CRPS
has a closed form (Grimit et al., 2006, QJRMS): with A(μ, σ) = E|N(μ, σ²)|,

    CRPS = mean_i A(y − x_i, s) − ½ mean_{i≠j} A(x_i − x_j, √2 s),

the mean over pairs of *different* members, which makes it fair (Ferro, 2014).
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.special import ndtr

from thermocline.config import ErrorConfig
from thermocline.observe import error_std
from thermocline.ocean.problem import Analysis
from thermocline.verify.metrics.probabilistic import crps_gaussian
from thermocline.verify.significance.bootstrap import Interval, interval

from .floats import Fold
from .setting import Setting


def score(
    analysis: Analysis,
    fold: Fold,
    setting: Setting,
    errors: ErrorConfig,
    error_inflation: NDArray | None = None,
) -> pd.DataFrame:
    """One row a withheld measurement: float, profile, level, latitude, and in °C:

    error, forecast − measurement; noise, the std of the measurement's own error; variance, of the
    forecast measurement, where the forecast is an ensemble's mean counted 1 + 1/M times; crps.
    Measurements without water near them on the grid are left out.

    Args:
        error_inflation: factors on the measurements' errors by level [C].
    """
    operator = setting.operator(fold.held)
    wet = operator.sum(axis=1) > 0.5
    operator, held = operator[wet], fold.held[wet]
    scale = setting.statistics.std.astype(np.float64)
    at = lambda field: operator @ (field * scale).ravel()
    reference = setting.reference(held)
    forecast = reference + at(analysis.mean)
    s = error_std(errors, operator @ scale.ravel())
    if error_inflation is not None:
        s = s * error_inflation[held.level]
    if analysis.members is None:
        assert analysis.std is not None
        variance = at(analysis.std) ** 2 + s**2
        crps = crps_gaussian(forecast, np.sqrt(variance), held.value)
    else:
        members = reference + np.stack([at(member) for member in analysis.members])
        # Members' own mean errs by a share of their variance more; a better mean does not.
        own = np.allclose(members.mean(axis=0), forecast, atol=1e-4)
        variance = (1 + own / len(members)) * members.var(axis=0, ddof=1) + s**2
        crps = crps_dressed(members, s, held.value)
    return pd.DataFrame(
        {
            "float": held.platform,
            "profile": held.profile,
            "level": held.level,
            "latitude": held.latitude,
            "error": forecast - held.value,
            "noise": s,
            "variance": variance,
            "crps": crps,
        }
    )


def crps_dressed(members: NDArray, s: ArrayLike, y: NDArray) -> NDArray[np.float64]:
    """Fair CRPS [n] of y [n] for members [M, n], M > 1, each with a normal error of std s [n]."""
    count = len(members)
    accuracy = absolute_normal(y - members, s).mean(axis=0)
    pairs = absolute_normal(members[:, None] - members[None, :], np.sqrt(2) * np.asarray(s))
    # A pair of a member with itself is no pair of independent draws.
    own = count * absolute_normal(0.0, np.sqrt(2) * np.asarray(s))
    return accuracy - (pairs.sum(axis=(0, 1)) - own) / (2 * count * (count - 1))


def absolute_normal(mean: ArrayLike, std: ArrayLike) -> NDArray[np.float64]:
    """E|x| for x ~ N(mean, std²), std > 0; shapes broadcast."""
    mean, std = np.asarray(mean, np.float64), np.asarray(std, np.float64)
    z = mean / std
    density = np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)
    return mean * (2 * ndtr(z) - 1) + 2 * std * density


def rmse(rows: pd.DataFrame) -> float:
    """Root mean squared error over measurements, °C."""
    return float(np.sqrt((rows.error**2).mean()))


def spread_skill(rows: pd.DataFrame) -> float:
    """Forecast spread of measurements over RMSE; 1 where the forecast knows its error."""
    return float(np.sqrt(rows.variance.mean())) / rmse(rows)


def innovation(rows: pd.DataFrame) -> float:
    """Root mean square of the errors in units of the measurements' own assumed errors."""
    return float(np.sqrt(((rows.error / rows.noise) ** 2).mean()))


def difference_by_float(
    candidate: pd.DataFrame, reference: pd.DataFrame, column: str, n: int = 2000
) -> Interval | None:
    """Interval of candidate − reference, resampling floats with all their measurements.

    Both hold the same measurements in the same order. `column` is `error`, compared as RMSE, or
    `crps`, as its mean. Profiles of one float are alike, so that the floats are the cases.
    """
    codes, floats = pd.factorize(candidate["float"])
    totals = lambda values: np.bincount(codes, values, len(floats))
    count = totals(np.ones(len(codes)))
    prepare: Callable = np.square if column == "error" else np.asarray
    finish: Callable = np.sqrt if column == "error" else np.asarray
    ours, theirs = (totals(prepare(rows[column])) for rows in (candidate, reference))

    def statistic(drawn: NDArray[np.float64]) -> NDArray[np.float64]:
        i = drawn.astype(int)
        size = count[i].sum(axis=-1)
        return finish(ours[i].sum(axis=-1) / size) - finish(theirs[i].sum(axis=-1) / size)

    return interval(np.arange(len(floats)), statistic, n)
