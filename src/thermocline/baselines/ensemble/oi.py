"""Localised multivariate ensemble optimal interpolation, without further approximation.

    x_a = B Hᵀ S⁻¹ y,   S = H B Hᵀ + R,   P = B − B Hᵀ S⁻¹ H B

B is that of `ensemble_prior`. S has the size of the observations, and B Hᵀ also gives the diagonal
of P, to single precision. y are the observed anomalies and R their error covariance, both in
standard deviations of the climate; H picks the observed cells.
"""

import json
import time
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.cholesky import Factor, factorise, half, invert, quadratic, solve
from thermocline.baselines.common.observed import Observed, months_of
from thermocline.baselines.common.stored import read_arrays, reading, write_arrays
from thermocline.baselines.ensemble.draws import sampled_states
from thermocline.baselines.ensemble.hybrid import Everywhere
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.prior import EnsemblePrior
from thermocline.errors import BadData
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.problem import Analysis, Field
from thermocline.trust.innovations import Innovations, evenly


class EnsembleOI(EnsemblePrior):
    """Ensemble OI; made from a `StateLibrary`, or by `EnsembleOI.of` from plain arrays."""

    @property
    def name(self) -> str:
        """Its name on scoreboards."""
        return "ensemble_oi_hybrid" if self.share else "ensemble_oi"

    @classmethod
    def of(
        cls,
        states: NDArray,
        months: NDArray,
        grid: LatLonGrid,
        radius_km: float,
        season_months: int = 6,
        inflation: float = 1.0,
        serial: NDArray | None = None,
    ) -> "EnsembleOI":
        """From states [N, C, H, W], months and serial numbers [N]; see `StateLibrary`."""
        library = StateLibrary(states, months, grid, serial=serial)
        return cls(library, radius_km, season_months, inflation)

    def analyse(self, problem: AnomalyProblem, members: int = 0, seed: int = 0) -> Analysis:
        """Mean and standard deviation [C, H, W] of the Gaussian posterior.

        No members are drawn: `members` and `seed` are ignored.

        Sea cells that no training state covers get the prior: mean 0, standard deviation 1.

        Raises:
            BadObservations: if there are too many.
        """
        start = time.perf_counter()
        observed = self.library.observe(problem, self.season_months)
        factor = self._factor(observed)
        weight = solve(factor, observed.y)
        inverse = invert(factor).astype(np.float32)  # good to 1e-4 of the prior
        mean = np.zeros(self.library.layout.cell.size)
        variance = self.variance(observed)
        far = None
        if self.unlocalised and self.coupling == 1:
            far = Everywhere.of(self.unlocalised.seen(observed), weight, inverse)
        for rows, near, gain in self.reach(observed):
            mean[rows] = gain @ weight[near]
            single = gain.astype(np.float32)
            variance[rows] -= quadratic(single, half(inverse[np.ix_(near, near)]))
            if far is not None:
                own = self.unlocalised.rows(rows, observed)
                mean[rows] += far.mean(own)
                variance[rows] -= far.explained(own, near, single)
        std = np.sqrt(np.maximum(variance, 0))
        return Analysis(
            self._fields(problem, mean),
            self._fields(problem, std, fill=1),
            seconds=time.perf_counter() - start,
        )

    def posterior(
        self, problem: AnomalyProblem, members: Sequence[int], seed: int, *, gaussian: bool = False
    ) -> tuple[Field, Field]:
        """The exact mean [C, H, W], and draws [M, C, H, W] x_k + K(y + e_k − H x_k), e_k ~ N(0, R).

        x_k is a training state of the season (times √γ) and so keeps the shapes of the real
        ocean; or, if `gaussian`, a draw from N(0, B), and the answer one from N(x_a, P). Draw k
        depends on the problem, the seed and k alone, to the bit, and not on the other draws.
        """
        observed = self.library.observe(problem, self.season_months)
        factor = self._factor(observed)
        if gaussian:
            rows, seen = self.draws(observed, members, seed)
        else:
            scale = np.sqrt(self.inflation)
            rows, seen = sampled_states(self.library, observed, members, seed)
            rows, seen = scale * rows, scale * seen
        weights = []
        for k, at in zip(members, seen, strict=True):
            noise = observed.noise(self.library.layout.cell.size, seed, k)
            # One right-hand side at a time: a block of them would round differently.
            weights.append(solve(factor, observed.y + (noise - at)))
        rows = np.concatenate([rows, np.zeros((1, rows.shape[1]))])
        weights.append(solve(factor, observed.y))
        rows += self.increments_of(observed, weights)
        fields = self._fields(problem, rows)
        return fields[-1], fields[:-1]

    def means(self, problems: Sequence[AnomalyProblem]) -> Field:
        """Means [T, C, H, W] of problems observed at the same cells with the same errors.

        One factorisation serves all problems of a season.

        Raises:
            BadData: if the problems differ in where or how well they are observed.
        """
        first = problems[0]
        fields = np.zeros((len(problems), *first.y.shape), np.float32)
        for problem in problems:
            if not _alike(problem, first):
                raise BadData(
                    f"{problem.case!r} and {first.case!r} are not observed alike",
                    where="ensemble OI",
                )
        whole_year = self.season_months == 6
        for month in {0 if whole_year else problem.month for problem in problems}:
            chosen = [i for i, p in enumerate(problems) if whole_year or p.month == month]
            observed = [self.library.observe(problems[i], self.season_months) for i in chosen]
            factor = self._factor(observed[0])
            weights = [solve(factor, each.y) for each in observed]
            fields[chosen] = self._fields(first, self.increments_of(observed[0], weights))
        return fields

    def _factor(self, observed: Observed) -> Factor:
        return factorise(self.covariance(observed), observed.s_y)

    def innovations(self, problem: AnomalyProblem) -> Innovations:
        """The innovations of a problem's observations, or of an even subset of them."""
        observed = self.library.observe(problem, self.season_months)
        observed = observed.where(evenly(observed.column))
        upper = np.triu(self.covariance(observed))
        return Innovations(
            observed.y,
            observed.s_y,
            upper + np.triu(upper, 1).T,
            self.library.level[observed.row],
            self.library.layout.cell[observed.row] % self.library.layout.plane,
            self.library.layout.shape[0],
        )

    def _fields(self, problem: AnomalyProblem, rows: NDArray, fill: float = 0) -> Field:
        return np.where(problem.ocean, self.library.layout.scatter(rows, fill), np.float32(0))

    def save(self, path: str | Path) -> None:
        """Write states (8 bits each if quantised) and parameters as safetensors, atomically."""
        notes = {"ensemble_oi": json.dumps(self.parameters)}
        write_arrays(path, self.library.arrays(), notes)

    @classmethod
    def load(cls, path: str | Path) -> "EnsembleOI":
        """Read what `save` wrote; raises BadFile for anything else."""
        with reading(path, "an ensemble OI"):
            arrays, notes = read_arrays(path)
            return cls(StateLibrary.from_arrays(arrays), **json.loads(notes["ensemble_oi"]))


def _alike(one: AnomalyProblem, other: AnomalyProblem) -> bool:
    """Whether both are observed at the same cells and months with the same errors."""
    pairs = list(zip(months_of(one), months_of(other), strict=False))
    return len(one.around) == len(other.around) and all(
        lag == lag_too and np.array_equal(s_y * observed, s_y_too * observed_too)
        for (lag, _, s_y, observed), (lag_too, _, s_y_too, observed_too) in pairs
    )
