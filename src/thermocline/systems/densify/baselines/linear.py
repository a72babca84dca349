"""Statistics of a region for linear methods: climate, modes, and a joint covariance.

The joint covariance of mode coefficients and surface predictors, by lag, gives at lag zero the
normal equations of a ridge regression on any subset of predictors, and at all lags the covariance
of the residuals of that regression.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.columns.lag_covariance import LagCovariance
from thermocline.baselines.common.stored import read_arrays, reading, write_arrays
from thermocline.ocean.problem import Problem
from thermocline.systems.densify.baselines.modes import Modes
from thermocline.systems.densify.baselines.surface import ALL, filled, predictors
from thermocline.systems.densify.data.climate import Climate
from thermocline.systems.densify.data.raw import SURFACE
from thermocline.systems.densify.data.waters import States

REACH = 30
"""Largest lag of covariances, cells."""
WET = "wet"
"""Not in files of models from before the sea floor was included."""


@dataclass(frozen=True, eq=False)
class Linear:
    """A region.

    Attributes:
        climate: of all V channels, water and surface.
        modes: of the C channels of water.
        centre: means of the predictors [P].
        joint: of K coefficients and P predictors.
        digest: of the region's grid.
        wet: where each channel has water [C, H, W].
    """

    climate: Climate
    modes: Modes
    centre: NDArray[np.float32]
    joint: LagCovariance
    digest: str
    wet: NDArray[np.bool_]

    @classmethod
    def of(
        cls,
        states: States,
        wet: NDArray[np.bool_],
        digest: str,
        explained: float,
        climate: Climate | None = None,
    ) -> "Linear":
        """Of training states with water where `wet`; with their own climate, or a given one."""
        ocean = wet[0]
        climate = climate or Climate.of(np.nan_to_num(states.values), states.days, ocean)
        anomalies = climate.anomalies(states.values, states.days)
        count = anomalies.shape[1] - len(SURFACE)
        modes = Modes.of(anomalies[:, :count], ocean, explained)
        x = np.stack(
            [
                predictors(dict(zip(SURFACE, each[count:], strict=True)), ocean, day)
                for each, day in zip(anomalies, states.days, strict=True)
            ]
        )
        centre = x[..., ocean].mean(axis=(0, 2))
        x = np.where(ocean, x - centre[:, None, None], 0)
        c = modes.coefficients(anomalies[:, :count])
        joint = LagCovariance.of(np.concatenate([c, x], axis=1), ocean, REACH)
        return cls(climate, modes, centre.astype(np.float32), joint, digest, wet)

    @property
    def count(self) -> int:
        """K."""
        return self.modes.vectors.shape[1]

    @property
    def channels(self) -> int:
        """C, of water."""
        return len(self.modes.vectors)

    def surface(self, problem: Problem) -> dict[str, NDArray[np.float32]]:
        """Anomalies of the surface fields that a problem gives, [H, W] each, with gaps filled.

        A field without a single value in the sea counts as not given.
        """
        mean = self.climate.mean(problem.time)[self.channels :]
        std = self.climate.std[self.channels :]
        found = {}
        for name in self.known(problem):
            i = SURFACE.index(name)
            anomaly = (problem.covariates[name] - mean[i]) / std[i]
            found[name] = filled(anomaly, self.climate.ocean)
        return found

    def known(self, problem: Problem) -> dict[str, NDArray[np.bool_]]:
        """Masks [H, W] of the given surface fields in the sea, by name; without empty ones."""
        given = {name: problem.covariates[name] for name in SURFACE if name in problem.covariates}
        known = {name: np.isfinite(each) & self.climate.ocean for name, each in given.items()}
        return {name: each for name, each in known.items() if each.any()}

    def predictors(self, problem: Problem) -> NDArray[np.float32]:
        """Centred predictors [P, H, W] of a problem."""
        ocean = self.climate.ocean
        made = predictors(self.surface(problem), ocean, problem.time)
        return np.where(ocean, made - self.centre[:, None, None], 0)

    def regression(self, given: NDArray[np.int64], ridge: float) -> NDArray[np.float64]:
        """B [K, P']: regression of coefficients on the predictors with indices `given`.

        `ridge` is added to their covariance, as a share of each one's variance.
        """
        k, joint = self.count, self.joint.here
        gram = joint[k + given][:, k + given]
        gram = gram + ridge * np.diag(np.diag(gram))
        return np.asarray(np.linalg.solve(gram, joint[:k, k + given].T).T, np.float64)

    def explained(self, given: NDArray[np.int64], weights: NDArray) -> NDArray[np.float64]:
        """Covariance [K, K] of the coefficients as predicted by a regression B: B Σ Bᵀ."""
        inner = self.joint.here[self.count + given][:, self.count + given]
        return np.asarray(weights @ inner @ weights.T)

    def residual(self, given: NDArray[np.int64], weights: NDArray) -> LagCovariance:
        """Covariance of the residuals of a regression B."""
        return self.joint.of_residual(slice(0, self.count), self.count + given, weights)

    def save(self, path: Path) -> None:
        """Write everything as safetensors, whole or not at all."""
        arrays: dict[str, NDArray] = {
            "coefficients": self.climate.coefficients,
            "std": self.climate.std,
            "ocean": self.climate.ocean.astype(np.uint8),
            "vectors": self.modes.vectors,
            "lost": self.modes.lost,
            "centre": self.centre,
            "joint": self.joint.values,
            WET: self.wet.astype(np.uint8),
        }
        write_arrays(path, arrays, {"digest": self.digest, "predictors": json.dumps(ALL)})

    @classmethod
    def load(cls, path: Path) -> "Linear":
        """Read what `save` wrote; raises BadFile for anything else."""
        with reading(path, "the linear methods of a region"):
            a, notes = read_arrays(path)
            held = a.get(WET)
            if notes["predictors"] != json.dumps(ALL):
                raise ValueError("its predictors are others")
            climate = Climate(a["coefficients"], a["std"], a["ocean"].astype(bool))
            modes, joint = Modes(a["vectors"], a["lost"]), LagCovariance(a["joint"])
            shape = len(modes.vectors), *climate.ocean.shape
            wet = np.broadcast_to(climate.ocean if held is None else held.astype(bool), shape)
            return cls(climate, modes, a["centre"], joint, notes["digest"], wet)
