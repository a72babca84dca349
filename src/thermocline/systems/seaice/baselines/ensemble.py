"""Localised multivariate ensemble OI of sea ice, on any grid and for observations of any kind.

    B = γ · (X Xᵀ/(n − 1)) ∘ L          X: perturbations of n training states of the season
    x_a = x̄ + B Hᵀ (H B Hᵀ + R)⁻¹ (y − H x̄),      P = B − B Hᵀ (H B Hᵀ + R)⁻¹ H B

L is the Gaspari–Cohn correlation of two places. States are taken as they are; or, `anamorphosed`,
after each variable was made Gaussian by its own ranks (see `anamorphosis`). B is never formed.
"""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_factor, cho_solve

from thermocline.baselines.common.localisation import arc, gaspari_cohn
from thermocline.baselines.common.stored import read_arrays, reading, write_arrays
from thermocline.ocean.operators import Cells
from thermocline.ocean.problem import Problem
from thermocline.systems.seaice.baselines.library import Library
from thermocline.systems.seaice.data.raw import ICE


class Posterior(NamedTuple):
    """What the ensemble OI makes of observations, in the space it works in, over the sea.

    Attributes:
        mean, std: [5, S].
        draws: [M, 5, S]: z_k + K(y + e_k − H z_k), z_k = x̄ + √γ (x_k − x̄) of training states x_k.
    """

    mean: NDArray[np.float32]
    std: NDArray[np.float32]
    draws: NDArray[np.float32]


@dataclass(frozen=True, eq=False)
class Ensemble:
    """The library with tuned parameters.

    Attributes:
        radius_km: distance at which covariances have faded to zero.
        season_months: states at most this many calendar months away are used.
        inflation: γ.
    """

    library: Library
    radius_km: float
    season_months: int
    inflation: float

    @property
    def parameters(self) -> dict[str, float]:
        """All but the states."""
        return {n: getattr(self, n) for n in ("radius_km", "season_months", "inflation")}

    @property
    def digest(self) -> str:
        """Of states and parameters."""
        return f"{self.library.digest} {self.parameters}"

    def seen(self, problem: Problem) -> tuple[NDArray, NDArray, NDArray, NDArray]:
        """Channel, sea cell, value and error of each observation; land and other times left out."""
        size, parts = self.library.ocean.size, []
        for each in problem.observations:
            if each.lag or not isinstance(each.operator, Cells):
                continue
            channel, cell = np.divmod(each.operator.index, size)
            at = self.library.place[cell]
            kept = at >= 0
            parts.append(np.stack([channel, at, each.y, each.s_y])[:, kept])
        channel, cell, y, s_y = np.concatenate(parts, axis=1) if parts else np.zeros((4, 0))
        return channel.astype(int), cell.astype(int), y, s_y

    def posterior(
        self,
        states: NDArray[np.float32],
        seen: tuple[NDArray, NDArray, NDArray, NDArray],
        members: int,
        seed: int,
        spread: bool = True,
    ) -> Posterior:
        """Of states [n, 5, S] and of observations in the same space.

        Without `spread`, which is most of the work, `std` is that of before the observations.
        """
        channel, cell, y, s_y = seen
        n, c, s = states.shape
        mean = states.mean(axis=0)
        x = (states - mean).reshape(n, c * s) * np.float32((self.inflation / (n - 1)) ** 0.5)
        hx = x.reshape(n, c, s)[:, channel, cell]
        where = self.library.points[cell]
        among = gaspari_cohn(arc(where, where), self.radius_km * 1e3)
        covariance = (hx.T @ hx).astype(np.float64) * among + np.diag(np.maximum(s_y, 1e-6) ** 2)
        factor = cho_factor(covariance, lower=True)
        reach = gaspari_cohn(arc(self.library.points, where), self.radius_km * 1e3)
        gain = (x.T @ hx).reshape(c, s, -1) * reach.astype(np.float32)
        gain = gain.reshape(c * s, -1)
        noise = np.zeros((members, len(y)))
        for k, row in enumerate(noise):
            row[:] = np.random.default_rng([seed, k]).standard_normal(len(y)) * s_y
        drawn = states[picked(n, members, seed)]
        drawn = drawn + np.float32(self.inflation**0.5 - 1) * (drawn - mean)
        right = np.stack([y - mean[channel, cell], *(y + noise - drawn[:, channel, cell])])
        weights = cho_solve(factor, right.T).astype(np.float32)
        change = (gain @ weights).T.reshape(-1, c, s)
        variance = np.square(x).sum(axis=0)
        if spread:
            solved = cho_solve(factor, np.eye(len(y))).astype(np.float32)
            variance -= np.einsum("vp,vp->v", gain @ solved, gain)
        std = np.sqrt(np.maximum(variance, 1e-8)).reshape(c, s).astype(np.float32)
        return Posterior(mean + change[0], std, drawn + change[1:])

    def fields(self, values: NDArray) -> NDArray[np.float32]:
        """Values over the sea [..., S] as fields [..., H, W], 0 on land."""
        made = np.zeros((*values.shape[:-1], *self.library.ocean.shape), np.float32)
        made[..., self.library.ocean] = values
        return made

    def save(self, path: Path) -> None:
        """Write states and parameters as safetensors, whole or not at all."""
        grid = json.dumps(self.library.grid)
        notes = {"parameters": json.dumps(self.parameters), "grid": grid}
        write_arrays(path, self.library.arrays, notes)

    @classmethod
    def load(cls, path: Path) -> "Ensemble":
        """Read what `save` wrote; raises BadFile for anything else."""
        with reading(path, "an ensemble of sea ice"):
            arrays, notes = read_arrays(path)
            arrays["ocean"] = arrays["ocean"].astype(bool)
            library = Library(**arrays, grid=json.loads(notes["grid"]))
            assert len(library.low) == len(ICE)
            return cls(library, **json.loads(notes["parameters"]))


def picked(n: int, members: int, seed: int) -> NDArray[np.int64]:
    """Which of n states each member goes on from: each once, then any; k-th by k and the seed."""
    dealt = np.random.default_rng([seed, 0, 1]).permutation(n)[:members]
    more = [np.random.default_rng([seed, k, 1]).integers(n) for k in range(n, members)]
    return np.concatenate([dealt, np.array(more, np.int64)])
