"""Large-scale heave of the thermocline: winds push it, long Rossby waves carry it westward.

∂h/∂t − c(φ) ∂h/∂x = W − h/τ,    c = β L(φ)²,  fast near the equator, slow near the poles
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.advection import advect
from thermocline.simulate.configuration import Ocean
from thermocline.simulate.geography import Geography
from thermocline.simulate.noise import Weather
from thermocline.simulate.operators import beta, coriolis

DAY = 86400.0
WAVE_SPEED = 2.6  # of the first baroclinic gravity mode, m/s
MEMORY = 240.0  # days


class WindHeave:
    """Displacement of the thermocline by winds, `h` [H, W], metres, positive down."""

    def __init__(
        self, ocean: Ocean, geography: Geography, step: float, random: np.random.Generator
    ):
        grid = geography.grid
        self._geography, self._step = geography, step
        self._weather = Weather(grid, 900e3, 25 * DAY, step, random, smoothness=1)
        f = np.abs(coriolis(grid))
        radius = WAVE_SPEED / np.sqrt(f**2 + 2 * beta(grid) * WAVE_SPEED)
        speed = np.minimum(beta(grid) * radius**2, 0.5) * np.ones(grid.shape)
        self._u = -speed[None].astype(np.float32)
        self._v = np.zeros_like(self._u)
        self._keep = np.exp(-step / (MEMORY * DAY))
        # A forced, damped wave loses memory to travel time too; 60 days is a typical crossing.
        travel = 700e3 * 3 / speed / DAY
        memory = 1 / (1 / MEMORY + 1 / travel)
        self._strength = ocean.wind_heave / np.sqrt(2 * 25 * memory * (memory / (memory + 25)))
        self.h = np.zeros(grid.shape)

    def advance(self) -> NDArray[np.float64]:
        """The displacement [H, W] one step later."""
        carried = advect(
            self.h[None].astype(np.float32), self._u, self._v, self._step, self._geography
        )[0]
        wind = self._strength * self._weather.advance() * (self._step / DAY)
        self.h = (self._keep * carried + wind) * self._geography.ocean[0]
        return self.h
