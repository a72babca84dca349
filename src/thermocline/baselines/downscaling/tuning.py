"""Settings of the classical downscaling methods, chosen on validation days.

Every candidate's score is returned beside the winner, so that the effort spent on a baseline is
on record. Means are chosen by RMSE, spreads by CRPS; both over all cells of sea, by area, in °C.
"""

from collections.abc import Sequence
from itertools import product
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.scoring import gaussian_crps
from thermocline.baselines.common.variogram import fit_covariance, less_plane, measure_variogram
from thermocline.baselines.downscaling.moments import Moments
from thermocline.baselines.downscaling.oi import DownscalingOI
from thermocline.baselines.downscaling.regression import DownscalingRegression
from thermocline.errors import BadConfig
from thermocline.ocean.downscaling import Downscaler, Pair

Table = list[dict[str, Any]]

MIXTURES: tuple[tuple[str, ...], ...] = (
    ("exponential",),
    ("matern32",),
    ("gaussian",),
    ("exponential", "matern32", "gaussian"),
)
LAGS = (2, 4)
REACHES = (1, 2, 3)
RIDGES = (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 1e-1)
CLASSES = (1, 4, 8)
FREEDOMS = (None, 128.0, 32.0, 8.0)
SPREADS = tuple(float(factor) for factor in np.geomspace(0.6, 1.7, 16))


def tune_downscaling_oi(
    train: Sequence[Pair],
    validation: Sequence[Pair],
    mixtures: Sequence[tuple[str, ...]] = MIXTURES,
    lags: Sequence[int] = LAGS,
    reaches: Sequence[int] = REACHES,
    freedoms: Sequence[float | None] = FREEDOMS,
    spreads: Sequence[float] = SPREADS,
) -> tuple[DownscalingOI, Table]:
    """The mixture of kernels and the window of least RMSE; then ν and a spread of least CRPS.

    Covariances are fitted to variograms of the training truths, each without its plane (which the
    method does not presume either), out to so many blocks as `lags` says.
    """
    need_days(train, validation)
    factor = train[0][0].factor
    widest = min(min(truth.shape) for _, truth in train) - 1
    methods: list[DownscalingOI] = []
    table: Table = []
    for lag, kernels in product(lags, mixtures):
        fields = (less_plane(truth) for _, truth in train)
        covariance = fit_covariance(measure_variogram(fields, min(lag * factor, widest)), kernels)
        for reach in reaches:
            methods.append(DownscalingOI(covariance, factor, reach))
            row = {"lag": lag, "kernels": "+".join(kernels), "stretch": covariance.stretch}
            rmse = rmse_over_sea(methods[-1], validation)
            table.append({"method": "oi", **row, "reach": reach, "rmse": rmse})
    best = methods[int(np.argmin([row["rmse"] for row in table]))]
    choices, scores = list(product(freedoms, spreads)), []
    for freedom in freedoms:
        method = DownscalingOI(best.covariance, factor, best.reach, freedom)
        scores += spread_scores(method, validation, spreads)
    for (freedom, spread), crps in zip(choices, scores, strict=True):
        table.append({"method": "oi", "freedom": freedom, "spread": spread, "crps": crps})
    chosen = choices[int(np.argmin(scores))]
    return DownscalingOI(best.covariance, factor, best.reach, *chosen), table


def tune_regression(
    train: Sequence[Pair],
    validation: Sequence[Pair],
    reaches: Sequence[int] = REACHES,
    ridges: Sequence[float] = RIDGES,
    classes: Sequence[int] = CLASSES,
) -> tuple[DownscalingRegression, Table]:
    """The window and ridge of least RMSE; then the number of classes of roughness of least CRPS.

    The RMSE is over blocks that are all sea, which are those a regression is fitted to. What is
    returned is fitted to training and validation days together.
    """
    need_days(train, validation)
    sums, others = (Moments.of(pairs, max(reaches)) for pairs in (train, validation))
    table: Table = []
    candidates = list(product(reaches, ridges))
    for reach, ridge in candidates:
        rmse = others.rmse(sums.filters(reach, ridge))
        table.append({"method": "regression", "reach": reach, "ridge": ridge, "rmse": rmse})
    reach, ridge = candidates[int(np.argmin([row["rmse"] for row in table]))]
    plain = DownscalingRegression.of(sums, reach, ridge)
    methods = [plain.with_error(train, count) for count in classes]
    scores = [spread_scores(method, validation, [1.0])[0] for method in methods]
    for count, crps in zip(classes, scores, strict=True):
        table.append({"method": "regression", "classes": count, "crps": crps})
    fitted = DownscalingRegression.of(sums + others, reach, ridge)
    return fitted.with_error([*train, *validation], classes[int(np.argmin(scores))]), table


def rmse_over_sea(method: Downscaler, pairs: Sequence[Pair]) -> float:
    """Root mean squared error over all cells of sea of all days, °C."""
    mean, _, truth, area = _answers(method, pairs)
    return float(np.sqrt(np.average((mean - truth) ** 2, weights=area)))


def spread_scores(
    method: Downscaler, pairs: Sequence[Pair], spreads: Sequence[float]
) -> list[float]:
    """Mean CRPS with the standard deviation multiplied by each of `spreads`, °C."""
    mean, std, truth, area = _answers(method, pairs)
    crps = lambda spread: gaussian_crps(mean, spread * std, truth)
    return [float(np.average(crps(spread), weights=area)) for spread in spreads]


def _answers(method: Downscaler, pairs: Sequence[Pair]) -> tuple[NDArray, ...]:
    """Mean, standard deviation, truth and area of all cells of sea that have a truth, [n] each."""
    parts = []
    for problem, truth in pairs:
        answer = method.analyse(problem, 0, 0)
        assert answer.std is not None
        told = problem.ocean & np.isfinite(truth)
        area = problem.grid.cell_area()[told]
        parts.append((answer.mean[0][told], answer.std[0][told], truth[told], area))
    return tuple(np.concatenate(each) for each in zip(*parts, strict=True))


def need_days(*sets: Sequence[Pair]) -> None:
    """Raises BadConfig if there is nothing to fit to, or to tune on."""
    if not all(sets):
        raise BadConfig("no training or no validation days", where="tuning of downscaling")
