"""The simulated ocean: temperature carried by currents, stirred by eddies, forced by weather.

    T(z) = T̄(z − h(z), month) + θ
    θ(t + Δt) = [T̄ + θ](x − (ū + u')Δt) − T̄(x − ūΔt) + surface flux − damping

The mean flow ū and the mean temperature T̄ are in balance; eddies u' act on T̄ + θ, so that fronts
are folded into filaments, and heave h moves the thermocline up and down. Within the mixed layer
θ is mixed: summer's shallow layer leaves winter's anomalies below, to re-emerge next winter.
"""

from collections.abc import Callable, Iterator

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.advection import advect
from thermocline.simulate.climatology import Climatology
from thermocline.simulate.configuration import Ocean
from thermocline.simulate.currents import decay, gyres
from thermocline.simulate.eddies import DAY, Eddies, current_shape, heave_shape
from thermocline.simulate.el_nino import ElNino, heave_maps, surface_maps
from thermocline.simulate.geography import Geography
from thermocline.simulate.heave import WindHeave
from thermocline.simulate.noise import Weather
from thermocline.simulate.operators import coriolis, velocity

STEP = 5.0  # days; 73 steps are a year of 365 days
STEPS_PER_YEAR = 73
MONTH_ENDS = np.cumsum([31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
FINE = np.unique(
    np.concatenate([np.arange(0, 200, 10), np.arange(200, 500, 25), np.arange(500, 1301, 100)])
).astype(np.float64)
LARGEST_HEAVE = 90.0  # metres
FREEZING = -1.8


class Simulation:
    """One ocean in motion; `months()` yields its monthly means."""

    def __init__(self, ocean: Ocean, geography: Geography, spin_up: int = 3, seed: int = 0):
        self.ocean, self.geography = ocean, geography
        self._spin_up = spin_up
        grid, step = geography.grid, STEP * DAY
        streams = [np.random.default_rng([seed, ocean.seed, part]) for part in range(6)]
        self.climatology = Climatology(ocean, geography)
        psi = gyres(ocean, geography)
        taper = (1 / (1 + np.exp((np.abs(grid.latitude) - 78) / 2)))[:, None]
        shape = decay(geography.depth)[:, None, None]
        mean = velocity(psi, grid)
        self._mean = [(shape * part * taper).astype(np.float32) for part in mean]
        self._taper = taper
        self._eddies = Eddies(ocean, geography, psi, step, streams[0])
        self._wind_heave = WindHeave(ocean, geography, step, streams[1])
        self._el_nino = ElNino(ocean, streams[2])
        self._flux = Weather(grid, ocean.flux_length, 9.0, STEP, streams[3], smoothness=1)
        self._storms = Weather(grid, 900e3, 20.0, STEP, streams[4])
        self._current_shape = current_shape(geography.depth)[..., None, None]
        self._heave_shape = heave_shape(geography.depth)[..., None, None]
        self._surface_maps, self._heave_maps = surface_maps(geography), heave_maps(geography)
        # p = ρ f ψ pushes the thermocline; it vanishes at the equator, where winds take over.
        self._displacement = coriolis(grid) / ocean.reduced_gravity
        memory = (
            np.interp(geography.depth, [0, 60, 300, 1000], [0.35, 0.4, 0.6, 1.0])[:, None, None]
            * ocean.deep_memory
        )
        self._keep = np.exp(-STEP / memory)
        thickness = np.gradient(geography.depth)[:, None, None]
        self._thickness = np.where(geography.ocean, thickness, 0.0)
        self._fine = self._mean_state()
        self._rest, self._carried = self._balance()
        self.theta = np.zeros(geography.ocean.shape, dtype=np.float32)

    def _mean_state(self) -> NDArray[np.float32]:
        """T̄ [12, F, H, W] at the fine depths: the climatology, with fronts sharpened by gyres."""
        monthly = np.stack([self.climatology.temperature(m + 0.5, FINE) for m in range(12)])
        target = np.stack([np.interp(self.geography.depth, FINE, np.arange(FINE.size))], axis=0)[0]
        low = np.floor(target).astype(int)
        share = (target - low)[:, None, None]
        annual = monthly.mean(axis=0)
        rest = annual[low] * (1 - share) + annual[np.minimum(low + 1, FINE.size - 1)] * share
        field = rest.astype(np.float32)
        pull = STEP / np.interp(self.geography.depth, [0, 300, 1000], [110, 350, 1200])
        for _ in range(3 * STEPS_PER_YEAR):
            field = advect(field, self._mean[0], self._mean[1], STEP * DAY, self.geography)
            field = field + (pull[:, None, None] * (rest - field)).astype(np.float32)
        change = self.geography.fill((field - rest).astype(np.float32))
        place = np.interp(FINE, self.geography.depth, np.arange(self.geography.depth.size))
        low = np.floor(place).astype(int)
        share = (place - low)[:, None, None]
        high = np.minimum(low + 1, change.shape[0] - 1)
        monthly += change[low] * (1 - share) + change[high] * share
        return np.maximum(monthly, FREEZING).astype(np.float32)

    def _balance(self) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """T̄ and T̄(x − ūΔt), each [12, C, H, W]."""
        depth = np.broadcast_to(self.geography.depth[:, None, None], self.geography.ocean.shape)
        rest = np.stack([self._at(fine, depth) for fine in self._fine])
        u, v = self._mean
        carried = [advect(r, u, v, STEP * DAY, self.geography) for r in rest]
        return rest, np.stack(carried)

    def _at(self, fine: NDArray[np.float32], depth: NDArray) -> NDArray[np.float32]:
        """`fine` [F, H, W] at depths [C, H, W], linear between fine levels."""
        place = np.interp(depth, FINE, np.arange(FINE.size))
        low = np.minimum(place.astype(np.int64), FINE.size - 2)
        share = (place - low).astype(np.float32)
        upper = np.take_along_axis(fine, low, axis=0)
        return upper + share * (np.take_along_axis(fine, low + 1, axis=0) - upper)

    def advance(self, day: float, years: float) -> NDArray[np.float32]:
        """Temperature [C, H, W] one step later; `day` of the year, `years` since the start."""
        o, g = self.ocean, self.geography
        month = 12 * day / 365
        fine, rest, carried = (_at_month(x, month) for x in (self._fine, self._rest, self._carried))
        psi = self._eddies.advance()
        u, v = velocity(psi, g.grid)
        u, v = (np.einsum("mcij,mij->cij", self._current_shape, w * self._taper) for w in (u, v))
        u, v = u.astype(np.float32) + self._mean[0], v.astype(np.float32) + self._mean[1]
        stirred = advect(rest + self.theta, u, v, STEP * DAY, g)
        theta = stirred - carried
        warm, charge, flavour = self._el_nino.advance(STEP, month)
        theta = self._surface(theta * self._keep, month, warm, flavour)
        self.theta = np.where(g.ocean, theta, 0).astype(np.float32)
        tilt, recharge = self._heave_maps
        first = (
            self._wind_heave.advance()
            + self._displacement * psi[0]
            + tilt * warm
            + recharge * charge
        )
        heave = self._heave_shape[0] * first + self._heave_shape[1] * self._displacement * psi[1]
        heave = LARGEST_HEAVE * np.tanh(heave / LARGEST_HEAVE)
        trend = o.warming / 10 * years * np.exp(-g.depth / 350)[:, None, None]
        depth = np.maximum(g.depth[:, None, None] - heave, 0)
        field = self._at(fine, depth) + self.theta + trend.astype(np.float32)
        return np.maximum(field, np.float32(FREEZING))

    def _surface(
        self, theta: NDArray, month: float, warm: float, flavour: float
    ) -> NDArray[np.float64]:
        """Heat exchanged with the air, spread over the mixed layer, and mixing within it."""
        o, g = self.ocean, self.geography
        layer = np.maximum(self.climatology.mixed_layer(month), 15.0)
        depth = g.depth[:, None, None]
        inside = np.clip((layer - depth) / (0.3 * layer) + 0.5, 0, 1)
        weight = inside * self._thickness
        total = np.maximum(weight.sum(axis=0), 1e-6)
        mixed = (weight * theta).sum(axis=0) / total
        theta = theta + inside * (mixed - theta)
        storms = self._storms.advance()
        tilt, change = self._surface_maps
        forced = (tilt + flavour * change) * warm / o.surface_memory
        shallow = 50.0 / np.clip(layer, 20, 150)
        flux = o.flux * self._flux.advance() * (1 + 0.35 * storms) * shallow**0.7
        damping = shallow / o.surface_memory * np.clip(1 + 0.4 * storms, 0.1, 3)
        tendency = flux + forced * np.clip(shallow, 0.6, 1.6) - damping * mixed
        return theta + STEP * inside * tendency

    def months(
        self, years: int, since: int = 0, progress: Callable[[], None] = lambda: None
    ) -> Iterator[NDArray[np.float32]]:
        """Monthly means [C, H, W] in °C, land NaN, of `years` years after the spin-up.

        `since` is how many years of warming lie before the first of them.
        """
        sums = np.zeros(self.geography.ocean.shape)
        for year in range(-self._spin_up, years):
            count, month = 0, 0
            for step in range(STEPS_PER_YEAR):
                day = (step + 0.5) * STEP
                if day > MONTH_ENDS[month]:
                    if year >= 0:
                        yield self._finish(sums, count)
                    sums[:], count, month = 0, 0, month + 1
                sums += self.advance(day, since + year + day / 365)
                count += 1
            if year >= 0:
                yield self._finish(sums, count)
            sums[:] = 0
            progress()

    def _finish(self, sums: NDArray, count: int) -> NDArray[np.float32]:
        return np.where(self.geography.ocean, sums / count, np.nan).astype(np.float32)


def _at_month(monthly: NDArray[np.float32], month: float) -> NDArray[np.float32]:
    """A monthly cycle [12, …] at a time of the year (0…12), linear between mid-months."""
    low = int(np.floor(month - 0.5))
    share = np.float32(month - 0.5 - low)
    return monthly[low % 12] * (1 - share) + monthly[(low + 1) % 12] * share


def simulate(
    ocean: Ocean,
    geography: Geography,
    years: int,
    spin_up: int = 3,
    seed: int = 0,
    since: int = 0,
    progress: Callable[[], None] = lambda: None,
) -> NDArray[np.float32]:
    """Monthly-mean temperature [12·years, C, H, W] in °C, land NaN; the same for the same seed."""
    run = Simulation(ocean, geography, spin_up, seed)
    return np.stack(list(run.months(years, since, progress)))
