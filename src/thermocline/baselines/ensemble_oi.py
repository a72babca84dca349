"""Localised multivariate ensemble optimal interpolation, without approximation of its own.

    B = γ · (X Xᵀ / (n − 1)) ∘ L′ + M Mᵀ  X: n training states of the season, one a column
    x_a = B Hᵀ S⁻¹ y,   S = H B Hᵀ + R     P = B − B Hᵀ S⁻¹ H B

L is the horizontal Gaspari–Cohn correlation of two water columns (Evensen, 2003, for ensemble
OI; Houtekamer & Mitchell, 2001, for the Schur product). B is never built: S has the size of the
observations, and B Hᵀ is made tile by tile from the observations within reach, which also gives
the diagonal of P, to single precision. L′ = (1 − β) L + β: a share β of the covariance is not
localised, and neither is an unknown offset of the mean state, which is added (see `hybrid`). The
covariance between levels may be believed by κ < 1 alone. y are the observed anomalies and R their
error covariance, both in standard deviations of the climate; H picks the observed cells.
"""

import json
import time
from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.cholesky import Factor, factorise, half, invert, quadratic, solve
from thermocline.baselines.draws import dealt_states, gaussian_states
from thermocline.baselines.hybrid import Everywhere, Unlocalised
from thermocline.baselines.increments import increments
from thermocline.baselines.library import StateLibrary
from thermocline.baselines.localisation import gaspari_cohn
from thermocline.baselines.localised import localisation_root
from thermocline.baselines.mean_state import MeanState, Modes
from thermocline.baselines.observed import Observed, blocks, months_of
from thermocline.errors import BadData, BadFile
from thermocline.files import atomic_path
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.grid import LatLonGrid
from thermocline.ocean.problem import Analysis, Field
from thermocline.trust.innovations import Innovations, evenly

CACHED = ("_far",)
"""What does not depend on the coupling."""

Reach = tuple[slice, NDArray[np.int64], NDArray[np.float64]]


class EnsembleOI:
    """Ensemble OI with the covariance of the training states around a problem's month.

    Args:
        library: the training states; `EnsembleOI.of` takes plain arrays.
        radius_km: great-circle distance at which covariances have faded to zero.
        season_months: states at most this many calendar months away are used; 6 means all.
        inflation: factor γ on the covariance.
        share: β, the share of the covariance that is not localised.
        mean_state: of an offset of the mean state; none if left out.
        coupling: κ, what covariances between levels are multiplied by.
    """

    def __init__(
        self,
        library: StateLibrary,
        radius_km: float,
        season_months: int = 6,
        inflation: float = 1.0,
        share: float = 0.0,
        mean_state: MeanState | Mapping[str, Any] | None = None,
        coupling: float = 1.0,
    ):
        fits = 0 < radius_km <= 20_000 and inflation > 0 and 0 <= season_months <= 6
        if not fits or not 0 <= share < 1 or not 0 <= coupling <= 1:
            raise BadData(
                f"radius {radius_km} km, season {season_months} months, inflation {inflation}, "
                f"share {share}, coupling {coupling}",
                where="ensemble OI",
                fix="0 < radius ≤ 20000 km, 0 ≤ season ≤ 6 months, inflation > 0, 0 ≤ share < 1, "
                "0 ≤ coupling ≤ 1",
            )
        self.library = library
        self.radius_km, self.season_months, self.inflation = radius_km, season_months, inflation
        self.share, self.coupling = share, coupling
        self.mean_state = MeanState(**mean_state) if isinstance(mean_state, Mapping) else mean_state

    @property
    def name(self) -> str:
        """What it is called on scoreboards."""
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

    @property
    def parameters(self) -> dict[str, Any]:
        """All but the states, and the coupling, which is a single request's."""
        offset = self.mean_state
        return {
            "radius_km": self.radius_km,
            "season_months": self.season_months,
            "inflation": self.inflation,
            "share": self.share,
            **({} if offset is None else {"mean_state": offset.as_parameters()}),
        }

    def with_library(self, library: StateLibrary) -> "EnsembleOI":
        """The same method with other states."""
        return EnsembleOI(library, **self.parameters)

    def with_share(self, share: float) -> "EnsembleOI":
        """The same method with another share that is not localised."""
        return EnsembleOI(self.library, **(self.parameters | {"share": share}))

    def with_mean_state(self, mean_state: MeanState | None) -> "EnsembleOI":
        """The same method with another offset of the mean state."""
        return EnsembleOI(self.library, **(self.parameters | {"mean_state": mean_state}))

    def with_coupling(self, coupling: float) -> "EnsembleOI":
        """The same method with covariances between levels believed less, for one request."""
        if coupling == self.coupling:
            return self
        other = EnsembleOI(self.library, **self.parameters, coupling=coupling)
        other.__dict__.update({k: v for k, v in self.__dict__.items() if k in CACHED})
        return other

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
        variance = self._variance(observed)
        far = None
        if self._far and self.coupling == 1:
            far = Everywhere.of(self._far.seen(observed), weight, inverse)
        for rows, near, gain in self._reach(observed):
            mean[rows] = gain @ weight[near]
            single = gain.astype(np.float32)
            variance[rows] -= quadratic(single, half(inverse[np.ix_(near, near)]))
            if far is not None:
                own = self._far.rows(rows, observed)
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
        depends on the problem, the seed and k alone, to the bit: not on which other draws are
        asked for.
        """
        observed = self.library.observe(problem, self.season_months)
        factor = self._factor(observed)
        scale = np.sqrt(self.inflation)
        if gaussian:
            root = localisation_root(self.library.layout.point, self.radius_km)
            rows, seen = gaussian_states(self.library, observed, members, seed, root, self.coupling)
            near = scale * np.sqrt(1 - self.share)
            rows, seen = near * rows, near * seen
            if self._far:
                far, far_at = self._far.draw(observed, members, seed, self.coupling)
                rows, seen = rows + far, seen + far_at
        else:
            rows, seen = dealt_states(self.library, observed, members, seed)
            rows, seen = scale * rows, scale * seen
        weights = []
        for k, at in zip(members, seen, strict=True):
            noise = observed.noise(self.library.layout.cell.size, seed, k)
            # One right-hand side at a time: a block of them would round differently.
            weights.append(solve(factor, observed.y + (noise - at)))
        rows = np.concatenate([rows, np.zeros((1, rows.shape[1]))])
        weights.append(solve(factor, observed.y))
        rows += self._increments(observed, weights)
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
            fields[chosen] = self._fields(first, self._increments(observed[0], weights))
        return fields

    def _increments(self, observed: Observed, weights: list[NDArray]) -> NDArray[np.float64]:
        """B Hᵀ w for each of the weights, [D, V]."""
        if self.coupling < 1:
            rows = np.zeros((len(weights), self.library.layout.cell.size))
            for tile, near, gain in self._reach(observed):
                for row, weight in zip(rows, weights, strict=True):
                    row[tile] = gain @ weight[near]
            return rows
        rows = increments(self.library, observed, self.radius_km, weights)
        rows *= self.inflation * (1 - self.share)
        return rows + self._far.increments(observed, weights) if self._far else rows

    @cached_property
    def _far(self) -> Unlocalised:
        """The part of the covariance that is not localised."""
        offset = self.mean_state
        modes = None if offset is None else Modes(offset, self.library.layout)
        return Unlocalised(self.library, self.inflation * self.share, modes)

    def _factor(self, observed: Observed) -> Factor:
        return factorise(self.covariance(observed), observed.s_y)

    def covariance(self, observed: Observed) -> NDArray[np.float64]:
        """H B Hᵀ [p, p], of which only the upper triangle is meant to be read."""
        sample = observed.covariance()
        covariance = self.library.localise(observed, sample, self.radius_km, self.share)
        np.multiply(covariance, self.inflation, out=covariance)
        level = self.library.level[observed.row]
        if self._far.modes is not None:
            modes = self._far.modes.rows(observed.columns[observed.column], level)
            modes = modes.astype(np.float64)
            for block in blocks(len(observed)):
                right = slice(block.start, None)
                covariance[block, right] += modes[block] @ modes[right].T
        if self.coupling < 1:
            covariance *= self._between(level, level)
        return covariance

    def innovations(self, problem: AnomalyProblem) -> Innovations:
        """What a problem's observations, or an even choice of them, are to this prior."""
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

    def _variance(self, observed: Observed) -> NDArray[np.float64]:
        """Of the prior, [V]."""
        variance = self.inflation * self.library.variance(observed.season)
        if self._far.modes is not None:
            variance += self._far.modes.variance[self.library.level]
        return variance

    def _between(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float32]:
        """V [n, m] of levels [n] and [m]."""
        same = one[:, None] == other
        return np.where(same, np.float32(1), np.float32(self.coupling))

    def _reach(self, observed: Observed) -> Iterator[Reach]:
        """For each tile its rows [v], the observations near it [m], and B Hᵀ [v, m].

        Without the part that reaches everywhere; with it, and all observations, where covariances
        between levels are believed less: it has no few columns then.
        """
        whole = self.coupling < 1
        radius = np.inf if whole and self._far else self.radius_km
        level, seen = self.library.level, self._far.seen(observed) if whole else None
        for tile in self.library.tiles(observed, radius):
            local = gaspari_cohn(tile.distance, self.radius_km * 1e3)
            local *= self.inflation * (1 - self.share)
            gain = local[tile.expand] * tile.covariance
            if whole:
                if self._far and seen is not None:
                    gain += self._far.rows(tile.rows, observed) @ seen[tile.near].T
                gain *= self._between(level[tile.rows], level[observed.row[tile.near]])
            yield tile.rows, tile.near, gain

    def _fields(self, problem: AnomalyProblem, rows: NDArray, fill: float = 0) -> Field:
        return np.where(problem.ocean, self.library.layout.scatter(rows, fill), np.float32(0))

    def save(self, path: str | Path) -> None:
        """Write states (8 bits each if quantised) and parameters as safetensors, atomically."""
        from safetensors.numpy import save_file

        parameters = json.dumps(self.parameters)
        arrays = {k: np.ascontiguousarray(v) for k, v in self.library.arrays().items()}
        with atomic_path(path) as temporary:
            save_file(arrays, temporary, metadata={"ensemble_oi": parameters})

    @classmethod
    def load(cls, path: str | Path) -> "EnsembleOI":
        """Read what `save` wrote; raises BadFile for anything else."""
        from safetensors import SafetensorError, safe_open

        try:
            with safe_open(path, framework="numpy") as stream:
                parameters = json.loads((stream.metadata() or {})["ensemble_oi"])
                arrays = {name: stream.get_tensor(name) for name in stream.keys()}  # noqa: SIM118
            return cls(StateLibrary.from_arrays(arrays), **parameters)
        except (OSError, KeyError, TypeError, ValueError, SafetensorError) as problem:
            raise BadFile(
                f"not an ensemble OI: {problem}", where=str(path), fix="run `dvc repro`"
            ) from problem


def _alike(one: AnomalyProblem, other: AnomalyProblem) -> bool:
    """Whether both are observed at the same cells and months with the same errors."""
    pairs = list(zip(months_of(one), months_of(other), strict=False))
    return len(one.around) == len(other.around) and all(
        lag == lag_too and np.array_equal(s_y * observed, s_y_too * observed_too)
        for (lag, _, s_y, observed), (lag_too, _, s_y_too, observed_too) in pairs
    )
