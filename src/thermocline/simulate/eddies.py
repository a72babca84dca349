"""Eddies: two quasi-geostrophic modes that stir each other and everything else.

    ∂q/∂t + J(ψ_total, q) + β_eff ∂ψ/∂x = F − q/τ,   q = ∇²ψ − ψ/L_d²,   ψ = 0 on land

q is carried by the semi-Lagrangian scheme; the planetary term, which makes Rossby waves, by the
trapezoidal rule, so that five-day steps are stable. F is weather, stronger where the mean flow
is, and comes in bursts (w|w| of a Gaussian w), as instabilities do. The grid holds no mesoscale
eddies (cells are 300 km wide): these are their larger cousins, and they play their part, making
filaments, fronts and heave.
"""

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter
from scipy.sparse import csc_matrix, diags, eye

from thermocline.simulate.advection import advect
from thermocline.simulate.configuration import Ocean
from thermocline.simulate.geography import Geography
from thermocline.simulate.noise import Weather
from thermocline.simulate.operators import (
    beta,
    east_derivative,
    laplacian,
    solver,
    velocity,
)

DAY = 86400.0
SPELLS = 0.35  # spread of the logarithm of eddy making, from year to year and sea to sea
PLANETARY = 0.03  # of β: these wide eddies then drift as slowly as real ones, at β_eff L_d²
EFFICIENCY = (0.52, 0.55)  # forcing per response, found by experiment: eddy_speed is then the speed


class Eddies:
    """Streamfunctions of the two modes, `psi` [2, H, W] in m²/s."""

    def __init__(
        self,
        ocean: Ocean,
        geography: Geography,
        mean_psi: NDArray,
        step: float,
        random: np.random.Generator,
    ):
        grid = geography.grid
        self._geography, self._step = geography, step
        self._keep = np.exp(-step / (ocean.eddy_memory * DAY))
        wet = geography.ocean[0]
        derivative, nabla2 = east_derivative(grid), laplacian(grid)
        planetary = csc_matrix(
            diags((beta(grid) * np.ones(grid.shape)).ravel()) @ derivative * (PLANETARY * step / 2)
        )
        self._planetary = planetary
        identity = eye(nabla2.shape[0])
        self._vorticity = [csc_matrix(nabla2 - identity / r**2) for r in ocean.eddy_radius]
        self._solve = [solver(csc_matrix(m + planetary), wet) for m in self._vorticity]
        self._weather = [Weather(grid, 0.45 * r, 20 * DAY, step, random) for r in ocean.eddy_radius]
        self._spells = Weather(grid, 1200e3, 400 * DAY, step, random)
        self._strength = [
            e * ocean.eddy_speed / r * self._activity(mean_psi)
            for e, r in zip(EFFICIENCY, ocean.eddy_radius, strict=True)
        ]
        self._mean = velocity(mean_psi, grid)
        self._taper = _polar_taper(grid.latitude)
        self.psi = np.zeros((2, *grid.shape))

    def _activity(self, mean_psi: NDArray) -> NDArray[np.float64]:
        """Where eddies are made [H, W]: a floor everywhere, 1 in strong currents."""
        grid = self._geography.grid
        u, v = velocity(mean_psi, grid)
        speed = gaussian_filter(np.hypot(u, v), 1.2, mode=("nearest", "wrap"))
        speed = speed / np.quantile(speed[self._geography.ocean[0]], 0.97)
        return np.clip(0.45 + 0.55 * speed, 0, 1.0) * _polar_taper(grid.latitude)

    def advance(self) -> NDArray[np.float64]:
        """The streamfunctions [2, H, W] one step later."""
        wet = self._geography.ocean[0]
        u, v = velocity(self.psi[0] + 0.6 * self.psi[1], self._geography.grid)
        u, v = (u + self._mean[0]) * self._taper, (v + self._mean[1]) * self._taper
        spell = np.exp(SPELLS * self._spells.advance())
        for mode in range(2):
            flat = self.psi[mode].ravel()
            q = (self._vorticity[mode] @ flat).reshape(wet.shape)
            carried = (
                advect(
                    (q * 1e6)[None].astype(np.float32),
                    u[None].astype(np.float32),
                    v[None].astype(np.float32),
                    self._step,
                    self._geography,
                )[0].astype(np.float64)
                / 1e6
            )
            burst = self._weather[mode].advance()
            force = self._strength[mode] * spell * burst * np.abs(burst) / np.sqrt(3)
            rhs = (
                self._keep * carried
                - (self._planetary @ flat).reshape(wet.shape)
                + force * (self._step / (30 * DAY))
            )
            self.psi[mode] = self._solve[mode](rhs)
        return self.psi


def current_shape(depth: NDArray) -> NDArray[np.float64]:
    """Share of each mode in the horizontal flow [2, C]: the second changes sign with depth."""
    z = np.asarray(depth, dtype=np.float64)
    return np.stack([0.25 + 0.75 * np.exp(-z / 450), 0.9 * np.cos(np.pi * np.minimum(z / 700, 1))])


def heave_shape(depth: NDArray) -> NDArray[np.float64]:
    """Share of each mode in the vertical displacement [2, C]: none at the surface."""
    z = np.asarray(depth, dtype=np.float64)
    first = 1 - np.exp(-z / 120)
    second = np.sin(np.pi * np.minimum(z / 550, 1.6)) * np.exp(-z / 900)
    return np.stack([first, 1.1 * second])


def _polar_taper(latitude: NDArray) -> NDArray[np.float64]:
    """1 in most oceans, towards 0 near the poles where cells are slivers [H, 1]."""
    return (1 / (1 + np.exp((np.abs(latitude) - 78) / 2)))[:, None]
