"""Regression on surface fields and OI of its residuals: mean, spread, and draws."""

import math
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.columns.lag_covariance import LagCovariance, kernel_covariance
from thermocline.baselines.columns.oi import ColumnOI
from thermocline.errors import BadData
from thermocline.ocean.problem import Analysis, Problem
from thermocline.systems.densify.baselines.coverage import (
    Part,
    Posterior,
    blended,
    coverage,
    doubted,
    parts,
)
from thermocline.systems.densify.baselines.linear import Linear
from thermocline.systems.densify.baselines.surface import (
    GRAVEST,
    LOCAL,
    MULTISCALE,
    Predictor,
    chosen,
)
from thermocline.systems.densify.data.columns import Columns, columns_of

KINDS: dict[str, tuple[Predictor, ...]] = {
    "gem": GRAVEST,
    "oi": (),
    "armor3d": LOCAL,
    "ridge_oi": MULTISCALE,
}
"""Methods by the predictors that they use."""


def region_of(regions: Sequence[Linear], problem: Problem) -> Linear:
    """The region of a problem, by its grid; raises BadData if there is none."""
    digest = problem.grid.digest()
    for each in regions:
        if each.digest == digest:
            return each
    raise BadData(
        "no region has this grid",
        where=problem.case or "problem",
        fix="ask for one of the regions that were prepared",
    )


@dataclass(frozen=True, eq=False)
class SurfaceOI:
    """Ridge regression of mode coefficients on surface fields, then OI of its residuals.

    Attributes:
        regions: statistics of each.
        kind: one of `KINDS`.
        ridge: see `Linear.regression`.
        radius: cells at which covariances are tapered to zero; with `kernel` the length of a
            Gaussian, the same for all modes.
        inflation: factor on the covariance of the residuals of the regression.
        kernel: whether covariances are a Gaussian function of distance for each mode, instead of
            those of the archive.
        columns: whether observed columns are used.
        spread: whether answers with members have a standard deviation, too; without, they take half
            of the time.
    """

    regions: Sequence[Linear]
    kind: str = "ridge_oi"
    ridge: float = 1e-2
    radius: float = 20.0
    inflation: float = 1.0
    kernel: bool = False
    columns: bool = True
    spread: bool = True
    _made: dict[tuple[str, tuple[int, ...]], tuple[NDArray, ColumnOI]] = field(default_factory=dict)
    _making: Lock = field(default_factory=Lock)

    @property
    def name(self) -> str:
        """Its name on the board."""
        return self.kind

    def analyse(self, problem: Problem, members: int, seed: int) -> Analysis:
        """Mean, spread and draws in physical units."""
        start, region = time.perf_counter(), region_of(self.regions, problem)
        ocean, x = region.climate.ocean, region.predictors(problem)
        seen = columns_of(problem if self.columns else None, region.climate, region.modes)
        stated = self.spread or not members
        cells = np.flatnonzero(ocean & stated)

        def answer(number: int, part: Part) -> Posterior:
            keys = ([seed, member, *[number] * (number > 0)] for member in range(members))
            rngs = [np.random.default_rng(key) for key in keys]
            return self._posterior(region, part, x, seen, rngs, cells)

        used = {p.field for p in KINDS[self.kind]}
        known = {name: k for name, k in region.known(problem).items() if name in used}
        kappa = {name: coverage(each, ocean) for name, each in known.items()}
        every = parts(kappa, ocean.shape)
        answers = [answer(number, part) for number, part in enumerate(every)]
        found = answers[0] if len(every) == 1 else blended(answers, every, cells)
        std = np.zeros((region.channels, *ocean.shape), np.float32) if stated else None
        if std is not None:
            std[:, ocean] = np.sqrt(np.maximum(region.modes.variance(found.covariance), 0))
        return physical(
            problem,
            region,
            region.modes.anomalies(found.mean),
            std,
            region.modes.anomalies(found.draws) if members else None,
            start,
        )

    def _posterior(
        self,
        region: Linear,
        part: Part,
        x: NDArray,
        seen: Columns,
        rngs: Sequence[np.random.Generator],
        cells: NDArray[np.int64],
    ) -> Posterior:
        """Of the coefficients given some of the fields; `x` are the predictors of all."""
        weights, given, oi = self._fit(region, part.fields)
        guess = np.tensordot(weights, x[given], 1).astype(np.float32)
        predicted = np.einsum(
            "nkl,ln->nk", seen.information, guess.reshape(len(guess), -1)[:, seen.place]
        )
        left = seen._replace(evidence=seen.evidence - predicted)
        unknown = 1 - part.known.flat[seen.place]
        evidence = doubted(left, region.explained(given, weights), unknown)
        increment, spread, draws = oi.analyse(seen.place, *evidence, rngs, cells)
        return Posterior(guess + increment, spread, guess + draws)

    def _fit(self, region: Linear, fields: Sequence[str]) -> tuple[NDArray, NDArray, ColumnOI]:
        given = chosen(KINDS[self.kind], fields)
        key = region.digest, tuple(given)
        with self._making:  # only one of concurrent cases computes it
            if key not in self._made:
                self._made[key] = self._of(region, given, region.climate.ocean.shape)
        weights, oi = self._made[key]
        return weights, given, oi

    def _of(
        self, region: Linear, given: NDArray, shape: tuple[int, int]
    ) -> tuple[NDArray, ColumnOI]:
        """The regression on these predictors, and the OI of its residuals."""
        weights = region.regression(given, self.ridge)
        left = region.residual(given, weights)
        if self.kernel:
            reach = math.ceil(4 * self.radius)
            left = kernel_covariance(np.diag(left.here), self.radius, reach)
        else:
            left = left.tapered(self.radius)
        left = LagCovariance(np.float32(self.inflation) * left.values)
        return weights, ColumnOI(left, shape)


def physical(
    problem: Problem,
    region: Linear,
    mean: NDArray,
    std: NDArray | None,
    members: NDArray | None,
    start: float,
) -> Analysis:
    """Anomalies [C, H, W] (and members) of a region's climate as an answer to a problem."""
    normal = region.climate.mean(problem.time)[: region.channels]
    scale = region.climate.std[: region.channels, None, None]
    of: Callable[[NDArray], NDArray] = lambda anomaly: problem.fill(normal + scale * anomaly)
    return Analysis(
        of(mean),
        None if std is None else problem.fill(scale * std),
        None if members is None else of(members),
        seconds=time.perf_counter() - start,
    )
