"""The prior covariance of the ensemble OI: of training states, localised, without approximation.

    B = (γ · (X Xᵀ / (n − 1)) ∘ L′ + M Mᵀ) ∘ V    X: n training states of the season, one a column

L is the horizontal Gaspari–Cohn correlation of two water columns (Evensen, 2003, for ensemble
OI; Houtekamer & Mitchell, 2001, for the Schur product). L′ = (1 − β) L + β: a share β of the
covariance is not localised, and neither is an unknown offset of the mean state, which M adds (see
`hybrid`). V is κⁿ between levels that are n apart and weakens covariances between levels.

B is never formed: B Hᵀ is computed tile by tile from the observations within reach.
"""

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from thermocline.baselines.common.localisation import gaspari_cohn
from thermocline.baselines.common.observed import Observed, blocks
from thermocline.baselines.ensemble.draws import Draws, gaussian_states
from thermocline.baselines.ensemble.hybrid import Unlocalised
from thermocline.baselines.ensemble.increments import increments
from thermocline.baselines.ensemble.library import StateLibrary
from thermocline.baselines.ensemble.localised import localisation_root
from thermocline.baselines.ensemble.mean_state import MeanState, Modes
from thermocline.errors import BadData
from thermocline.trust.likelihood import believed

CACHED = ("unlocalised",)
"""Cached properties that do not depend on the coupling."""

Reach = tuple[slice, NDArray[np.int64], NDArray[np.float64]]


class EnsemblePrior:
    """N(0, B), with the covariance of the training states around a problem's month.

    Args:
        library: the training states.
        radius_km: great-circle distance at which covariances reach zero.
        season_months: states at most this many calendar months away are used; 6 means all.
        inflation: factor γ on the covariance.
        share: β, the share of the covariance that is not localised.
        mean_state: of an offset of the mean state; none if left out.
        coupling: κ, what covariances between neighbouring levels are multiplied by; κⁿ between
            those that are n apart.
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
    def parameters(self) -> dict[str, Any]:
        """All parameters but the states, and the coupling, which belongs to one request."""
        offset = self.mean_state
        return {
            "radius_km": self.radius_km,
            "season_months": self.season_months,
            "inflation": self.inflation,
            "share": self.share,
            **({} if offset is None else {"mean_state": offset.as_parameters()}),
        }

    def with_library(self, library: StateLibrary) -> Self:
        """The same method with other states."""
        return type(self)(library, **self.parameters)

    def with_share(self, share: float) -> Self:
        """The same method with another share that is not localised."""
        return type(self)(self.library, **(self.parameters | {"share": share}))

    def with_mean_state(self, mean_state: MeanState | None) -> Self:
        """The same method with another offset of the mean state."""
        return type(self)(self.library, **(self.parameters | {"mean_state": mean_state}))

    def with_coupling(self, coupling: float) -> Self:
        """The same method with weaker covariances between levels, for one request."""
        if coupling == self.coupling:
            return self
        other = type(self)(self.library, **self.parameters, coupling=coupling)
        other.__dict__.update({k: v for k, v in self.__dict__.items() if k in CACHED})
        return other

    def covariance(self, observed: Observed) -> NDArray[np.float64]:
        """H B Hᵀ [p, p], of which only the upper triangle is valid."""
        sample = observed.covariance()
        covariance = self.library.localise(observed, sample, self.radius_km, self.share)
        np.multiply(covariance, self.inflation, out=covariance)
        level = self.library.level[observed.row]
        if self.unlocalised.modes is not None:
            modes = self.unlocalised.modes.rows(observed.columns[observed.column], level)
            modes = modes.astype(np.float64)
            for block in blocks(len(observed)):
                right = slice(block.start, None)
                covariance[block, right] += modes[block] @ modes[right].T
        if self.coupling < 1:
            covariance *= self._between(level, level)
        return covariance

    def variance(self, observed: Observed) -> NDArray[np.float64]:
        """Of the prior in every row of the library [V]."""
        variance = self.inflation * self.library.variance(observed.season)
        if self.unlocalised.modes is not None:
            variance += self.unlocalised.modes.variance[self.library.level]
        return variance

    def increments_of(self, observed: Observed, weights: list[NDArray]) -> NDArray[np.float64]:
        """B Hᵀ w for each of the weights, [D, V]."""
        if self.coupling < 1:
            rows = np.zeros((len(weights), self.library.layout.cell.size))
            for tile, near, gain in self.reach(observed):
                for row, weight in zip(rows, weights, strict=True):
                    row[tile] = gain @ weight[near]
            return rows
        rows = increments(self.library, observed, self.radius_km, weights)
        rows *= self.inflation * (1 - self.share)
        return rows + self.unlocalised.increments(observed, weights) if self.unlocalised else rows

    def reach(self, observed: Observed) -> Iterator[Reach]:
        """For each tile its rows [v], the observations near it [m], and B Hᵀ [v, m].

        Without the part that reaches everywhere; with it, and all observations, where covariances
        between levels are believed less: it has no few columns then.
        """
        whole = self.coupling < 1
        radius = np.inf if whole and self.unlocalised else self.radius_km
        level, seen = self.library.level, self.unlocalised.seen(observed) if whole else None
        for tile in self.library.tiles(observed, radius):
            local = gaspari_cohn(tile.distance, self.radius_km * 1e3)
            local *= self.inflation * (1 - self.share)
            gain = local[tile.expand] * tile.covariance
            if whole:
                if self.unlocalised and seen is not None:
                    gain += self.unlocalised.rows(tile.rows, observed) @ seen[tile.near].T
                gain *= self._between(level[tile.rows], level[observed.row[tile.near]])
            yield tile.rows, tile.near, gain

    @cached_property
    def unlocalised(self) -> Unlocalised:
        """The part of the covariance that is not localised."""
        offset = self.mean_state
        modes = None if offset is None else Modes(offset, self.library.layout)
        return Unlocalised(self.library, self.inflation * self.share, modes)

    def _between(self, one: NDArray[np.int64], other: NDArray[np.int64]) -> NDArray[np.float32]:
        """V [n, m] of levels [n] and [m]."""
        return believed(one, other, self.coupling).astype(np.float32)

    def draws(self, observed: Observed, members: Sequence[int], seed: int) -> Draws:
        """Draws from N(0, B): [M, V], and at observations [M, p]."""
        root = localisation_root(self.library.layout.point, self.radius_km)
        rows, seen = gaussian_states(self.library, observed, members, seed, root, self.coupling)
        near = np.sqrt(self.inflation) * np.sqrt(1 - self.share)
        rows, seen = near * rows, near * seen
        if self.unlocalised:
            far, far_observed = self.unlocalised.draw(observed, members, seed, self.coupling)
            rows, seen = rows + far, seen + far_observed
        return rows, seen
