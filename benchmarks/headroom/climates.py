"""Gaussian worlds: fields that have the mean and covariance of given states, and nothing else."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.localised import draw, localisation_root
from thermocline.baselines.ensemble.oi import EnsembleOI
from thermocline.ocean.anomalies import AnomalyProblem
from thermocline.ocean.problem import Field
from thermocline.systems.reconstruct.data.states import States


@dataclass(frozen=True, eq=False)
class Climate:
    """An ensemble OI's idea of the ocean, N(0, B), to draw oceans from."""

    ensemble: EnsembleOI

    @cached_property
    def root(self) -> NDArray[np.float32]:
        """F with F Fᵀ = L."""
        return localisation_root(self.ensemble.library.layout.point, self.ensemble.radius_km)

    def field(
        self, problem: AnomalyProblem, rng: np.random.Generator, *, localised: bool = True
    ) -> Field:
        """One draw [C, H, W] of N(0, γ·XXᵀ/(n − 1) ∘ L) for a problem's season, or without L."""
        library = self.ensemble.library
        observed = library.observe(problem, self.ensemble.season_months)
        if localised:
            rows, _ = draw(library, observed, self.root, rng)
        else:
            states = np.concatenate([library.states[:, s] for s in observed.season], axis=1)
            count = states.shape[1]
            rows = states @ rng.standard_normal(count, dtype=np.float32) / np.sqrt(count - 1)
        return library.layout.scatter(np.sqrt(self.ensemble.inflation) * rows)


def own_climate(store: States, member: str, like: EnsembleOI) -> tuple[Field, Climate]:
    """A member's mean [C, H, W], and its climate around it, as `like` would estimate it.

    From its training years; a member that has none (the truth) is known by its test years alone.
    """
    for split in ("train", "test"):
        states, months, names = store.states(split)
        mine = [name.split("/")[0] == member for name in names]
        if any(mine):
            break
    states, months = states[mine], months[mine]
    mean = states.mean(axis=0)
    library = StateLibrary(states - mean, months, store.grid, quantise=False)
    return mean, Climate(EnsembleOI(library, like.radius_km, like.season_months))
