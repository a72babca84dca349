"""Localised ensemble OI of mode coefficients, with surface fields as observed variables.

The state of a training week is its K leading coefficients and its surface fields, thinned:
satellite observations are treated like columns, with the covariances of training states
(`thermocline.baselines.ensemble.oi`). Only columns observed at all levels are used.
"""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.layout import Layout
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Analysis, Problem
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.methods import physical, region_of
from thermocline.systems.densify.data.columns import columns_of
from thermocline.systems.densify.data.raw import SURFACE
from thermocline.systems.densify.data.waters import States

COEFFICIENTS = 8
NUGGET = 0.1
"""Additional error of surface fields, in standard deviations; training states have their own."""
DRAWS = 32
"""Draws for the spread of answers without members."""


@dataclass(frozen=True, eq=False)
class SurfaceEnsembleOI:
    """The method with tuned ensembles, by the digest of each region's grid."""

    regions: Sequence[Linear]
    ensembles: Mapping[str, EnsembleOI]
    name: str = "ensemble_oi"

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Mean, spread and draws; a draw starts from a training state."""
        start, region = time.perf_counter(), region_of(self.regions, problem)
        own = self.ensembles[region.digest]
        asked = anomaly_problem(region, own.library.layout, problem)
        mean, draws = own.posterior(asked, range(members or DRAWS), seed)
        mean, draws = mean[:-3], draws[:, :-3]
        modes, k = region.modes.vectors[:, : len(mean)], slice(0, len(mean))
        columns = lambda fields: np.einsum("ck,...kyx->...cyx", modes, fields, optimize=True)
        scale = np.sqrt(np.diag(region.joint.here)[k]).astype(np.float32)[:, None, None]
        mean, draws = columns(scale * mean), columns(scale * draws)
        cut = np.maximum(1 - modes**2 @ np.square(scale[:, 0, 0]), 0)[:, None, None]
        std = np.sqrt(draws.var(axis=0, ddof=min(len(draws) - 1, 1)) + cut)
        return physical(problem, region, mean, std, draws if members else None, start)


def library_fields(region: Linear, states: States, thinning: int) -> NDArray[np.float32]:
    """Coefficients in their standard deviations, and thinned surface anomalies [N, K + 3, H, W]."""
    anomalies = region.climate.anomalies(states.values, states.days)
    c = region.modes.coefficients(anomalies[:, : region.channels])[:, :COEFFICIENTS]
    c /= np.sqrt(np.diag(region.joint.here)[: c.shape[1], None, None])
    return np.concatenate([c, thinned(anomalies[:, region.channels :], thinning)], axis=1)


def thinned(fields: NDArray, thinning: int) -> NDArray[np.float32]:
    """Fields [..., H, W], 0 but at every so many rows and columns."""
    made = np.zeros(fields.shape, np.float32)
    start = thinning // 2
    at = (..., slice(start, None, thinning), slice(start, None, thinning))
    made[at] = fields[at]
    return made


def anomaly_problem(region: Linear, layout: Layout, problem: Problem) -> AnomalyProblem:
    """Observations of the channels of a library with that layout."""
    ocean = layout.scatter(np.ones(layout.cell.size)) > 0
    y, s_y = np.zeros(ocean.shape, np.float32), np.ones(ocean.shape, np.float32)
    observed = np.zeros(ocean.shape, bool)
    count = len(ocean) - len(SURFACE)
    for name, field in region.surface(problem).items():
        channel = count + SURFACE.index(name)
        observed[channel] = ocean[channel] & np.isfinite(problem.covariates[name])
        y[channel] = np.where(observed[channel], field, 0)
        s_y[channel] = np.where(observed[channel], NUGGET, 1)
    seen = columns_of(problem, region.climate, region.modes)
    whole = np.isfinite(seen.anomaly).all(axis=1)
    if whole.any():
        variance = np.linalg.inv(seen.information[whole])
        scale = np.sqrt(np.diag(region.joint.here)[:count])
        values = np.einsum("nkl,nl->nk", variance, seen.evidence[whole])[:, :count] / scale
        errors = np.sqrt(np.einsum("nkk->nk", variance)[:, :count]) / scale
        rows, columns = np.divmod(seen.place[whole], ocean.shape[-1])
        y[:count, rows, columns], s_y[:count, rows, columns] = values.T, errors.T
        observed[:count, rows, columns] = ocean[:count, rows, columns]
    return AnomalyProblem(y, s_y, observed, ocean, 1, problem.case)
