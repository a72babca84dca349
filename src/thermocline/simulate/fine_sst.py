"""Fine sea-surface temperature of the nature run: its monthly state, stirred by eddies.

    T(x, day) = T̄(x + ξ(x), day)

T̄ is the surface of a member's monthly file, interpolated in space and time; ξ, the way back to
where the water took its temperature, is made by stirring. So fronts and filaments are those of
advection, and no value lies outside those of the water around. A few regions are made, each a box
of 160 × 160 cells of 0.05°, every member with eddies of its own speed, size and memory. The
eddies' statistics do not change with time: between two dated days they are moved on by a few
turnovers, which they forget, and not by the weeks or years that lie between.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import distance_transform_edt, gaussian_filter, map_coordinates

from thermocline.ocean.blocks import block_mean
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sea_mask import is_sea
from thermocline.ocean.sphere import EARTH_RADIUS
from thermocline.simulate import cmip6_file
from thermocline.simulate.fine_configuration import CELL, FACTOR, REGIONS, Configuration, Region
from thermocline.simulate.stirring import Eddies, Stirring

MARGIN = 16  # cells around a region
SPIN_UP, APART = 3.0, 1.6  # turnovers
FREEZING = -1.8  # °C
SMOOTHING = 0.5  # of a block: standard deviation of the coarse product's Gaussian
ERROR = 0.06, 0.12  # °C: the coarse product's, in the open sea and at most


class Surface:
    """Monthly-mean surface temperature of a member, anywhere and at any day."""

    def __init__(self, path: Path):
        from thermocline.netcdf import open_dataset

        with open_dataset(path) as file:
            temperature = np.ma.filled(file["thetao"][:, 0].astype(np.float64), np.nan)
            self._latitude, longitude = file["lat"][:].data, file["lon"][:].data
            days = float(file["time"][0])
        self._first = cmip6_file.EPOCH + int(days // 365)  # its years have no leap day
        dry = np.isnan(temperature[0])
        rows, columns = distance_transform_edt(dry, return_distances=False, return_indices=True)
        self._months = np.pad(temperature[:, rows, columns], ((0, 0), (0, 0), (4, 4)), mode="wrap")
        self._start, self._step = longitude[0], longitude[1] - longitude[0]

    def __call__(self, day: date, latitude: NDArray, longitude: NDArray) -> NDArray[np.float64]:
        """°C at places (degrees; shapes agree), cubic in space and linear between mid-months."""
        year = (day.timetuple().tm_yday - 0.5) / 365.25
        place = np.clip(12 * (day.year - self._first + year) - 0.5, 0, len(self._months) - 1)
        low = min(int(place), len(self._months) - 2)
        month = self._months[low] + (place - low) * (self._months[low + 1] - self._months[low])
        row = np.interp(latitude, self._latitude, np.arange(self._latitude.size))
        column = (longitude - self._start) % 360 / self._step + 4
        return map_coordinates(month, [row, column], order=3, mode="nearest")


@dataclass(frozen=True)
class State:
    """One day of a region: °C, NaN on land, fine [160, 160], coarse and its error [32, 32]."""

    day: np.datetime64
    fine: NDArray[np.float64]
    coarse: NDArray[np.float64]
    error: NDArray[np.float64]


def sea(grid: LatLonGrid) -> NDArray[np.bool_]:
    """Where a cell's centre is sea [H, W]."""
    return is_sea(grid.latitude, grid.longitude)


def states(region: Region, member: Configuration, surface: Surface, seed: int) -> Iterator[State]:
    """The days of a member in a region, in order of time; the same for the same seed."""
    random = np.random.default_rng([seed, member.seed, REGIONS.index(region)])
    grid = region.grid(margin=MARGIN)
    wet = sea(grid)
    metres = EARTH_RADIUS * np.radians(CELL)
    shrink = np.cos(np.radians(grid.latitude.mean()))
    stirring = Stirring(
        member.speed * region.speed, member.size * region.wavelength, member.memory, member.brake
    )
    eddies = Eddies(stirring, wet, (metres, metres * shrink), random)
    eddies.advance(SPIN_UP)
    latitude, longitude = np.meshgrid(grid.latitude, grid.longitude, indexing="ij")
    for day in days(member, random):
        north, east = np.degrees(eddies.advance(APART) / EARTH_RADIUS)
        fine = surface(day, latitude + north, longitude + east / shrink)
        yield _observed(np.datetime64(day), np.maximum(fine, FREEZING), wet, grid, random)


def days(member: Configuration, random: np.random.Generator) -> list[date]:
    """One day at random in each of equal parts of every period: all seasons, ascending."""
    found = []
    for first, last, count in member.days:
        start, length = date(first, 1, 1), (date(last + 1, 1, 1) - date(first, 1, 1)).days
        edges = np.linspace(0, length, count + 1).astype(int)
        found += [start + timedelta(int(d)) for d in random.integers(edges[:-1], edges[1:])]
    return found


def _observed(
    day: np.datetime64,
    fine: NDArray,
    wet: NDArray[np.bool_],
    grid: LatLonGrid,
    random: np.random.Generator,
) -> State:
    """The box without its margin, and the coarse product that a provider makes of it.

    A provider's analysis does not average: it is smoothed by some half a block before, and errs.
    """
    width = SMOOTHING * FACTOR
    share = gaussian_filter(wet.astype(float), width)
    smooth = gaussian_filter(np.where(wet, fine, 0), width) / np.maximum(share, 1e-6)
    inside = (slice(MARGIN, -MARGIN),) * 2
    wet, area = wet[inside], grid.cell_area()[inside]
    coarse = block_mean(smooth[inside], area * wet, FACTOR)
    known = np.isfinite(coarse)
    some = np.maximum(block_mean(wet.astype(float), area, FACTOR), 1 / FACTOR**2)
    error = np.where(known, np.round(np.minimum(ERROR[0] / np.sqrt(some), ERROR[1]), 2), np.nan)
    coarse = coarse + error * random.standard_normal(coarse.shape)
    return State(day, np.where(wet, fine[inside], np.nan), coarse, error)
