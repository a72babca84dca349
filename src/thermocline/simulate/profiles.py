"""Where floats and ships went, and what they measured in the simulated truth.

Floats drift all over the deep, ice-free ocean; ships sample along a few lines and stop
shallower. A profile is the monthly field interpolated to its position (nearest water where a
corner is land) plus noise: unresolved small scales, correlated along the profile, and the
instrument's own. A few are spoiled on purpose and flagged, as in any real archive.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from thermocline.ocean.sphere import great_circle_distance
from thermocline.simulate.geography import Geography

FLOAT_LEVELS = np.array(
    [5, 10, 15, 20, 30, 40, 50, 60, 75, 90, 100, 125, 150, 175, 200, 225, 250, 300, 350, 400, 450,
     500, 550, 600, 650, 700, 750, 800, 850, 900, 950, 1000, 1050, 1100],
    dtype=float,
)  # fmt: skip
SHIP_LEVELS = np.arange(5.0, 760.0, 25.0)
SHIP_LINES = (  # latitude, longitude of both ends
    ((50, -5), (41, -70)),
    ((35, 140), (48, -125)),
    ((34, -118), (21, -158)),
    ((-34, 18), (-32, 115)),
    ((-36, 174), (20, -157)),
    ((-55, -64), (-62, -58)),
    ((-43, 147), (-66, 140)),
    ((5, 100), (12, 52)),
    ((-23, -42), (15, -25)),
)
FLOATS, SHIPS = 330, 6  # profiles a month; lines a month
INSTRUMENT, SMALL_SCALES = 0.01, 0.15  # °C
GOOD, BAD = "1", "4"


@dataclass
class Profiles:
    """Profiles [N] × levels [L]; NaN pads short ones. Temperatures are potential, °C."""

    latitude: NDArray
    longitude: NDArray
    day: NDArray  # of the month, 0…
    depth: NDArray
    temperature: NDArray
    salinity: NDArray
    level_flag: NDArray
    profile_flag: NDArray
    position_flag: NDArray
    platform: list[str]
    instrument: list[str]


def observe_month(
    field: NDArray, geography: Geography, days: int, random: np.random.Generator
) -> Profiles:
    """Profiles of one month's mean temperature `field` [C, H, W] (°C, land NaN)."""
    latitude, longitude, ship = _positions(field, geography, random)
    count, levels = latitude.size, FLOAT_LEVELS.size
    depth = np.where(ship[:, None], _padded(SHIP_LEVELS, levels), FLOAT_LEVELS[None, :])
    jitter = np.where(ship[:, None], 0, random.uniform(-2, 2, (count, levels)))
    depth = np.where(depth > 8, depth + jitter, depth)
    # Some floats park shallower; some ship drops fail early.
    depth[depth > random.choice([400, 700, 1200, 1200, 1200, 1200], count)[:, None]] = np.nan
    temperature = _interpolate(field, geography, latitude, longitude, depth)
    depth[np.isnan(temperature)] = np.nan
    small = SMALL_SCALES * random.standard_normal((count, 3)) @ _shapes(depth)
    temperature = temperature + small + INSTRUMENT * random.standard_normal(depth.shape)
    enough = np.isfinite(temperature).sum(axis=1) >= 5
    temperature = np.maximum(temperature, -1.9)
    salinity = _salinity(latitude, temperature, depth)
    salinity[ship] = np.nan  # expendable probes measure no salinity
    platform = [
        f"{'S' if s else ''}{'LN' if s else 39}{random.integers(10000, 99999)}" for s in ship
    ]
    profiles = Profiles(
        latitude, longitude, np.sort(random.uniform(0, days, count)), depth, temperature, salinity,
        np.where(np.isfinite(temperature), GOOD, " "), np.full(count, GOOD),
        np.full(count, GOOD), platform, ["401" if s else "831" for s in ship],
    )  # fmt: skip
    profiles = _select(profiles, enough)
    _spoil(profiles, random)
    return profiles


def _positions(
    field: NDArray, geography: Geography, random: np.random.Generator
) -> tuple[NDArray, NDArray, NDArray]:
    """Latitude, longitude and whether a ship took it; few where the surface is near freezing."""
    grid = geography.grid
    weight = np.cos(np.radians(grid.latitude))[:, None] * geography.ocean[0]
    weight = weight * np.where(geography.ocean[-1], 1.0, 0.15)
    weight = weight * np.clip((np.nan_to_num(field[0]) + 1.7) / 1.5, 0.03, 1)
    cells = random.choice(weight.size, FLOATS, p=(weight / weight.sum()).ravel())
    step = grid.latitude[1] - grid.latitude[0]
    lat = grid.latitude[cells // grid.shape[1]] + random.uniform(-0.5, 0.5, FLOATS) * step
    lon = grid.longitude[cells % grid.shape[1]] + random.uniform(-0.5, 0.5, FLOATS) * step
    lats, lons, ships = [lat], [lon], [np.zeros(FLOATS, dtype=bool)]
    for line in random.choice(len(SHIP_LINES), SHIPS, replace=False):
        (lat0, lon0), (lat1, lon1) = SHIP_LINES[line]
        if abs(lon1 - lon0) > 180:
            lon1 += 360 if lon1 < lon0 else -360
        stops = max(4, int(great_circle_distance(lat0, lon0, lat1, lon1) / 350e3))
        share = (np.arange(stops) + random.uniform(0, 1)) / stops
        lats.append(lat0 + share * (lat1 - lat0) + random.normal(0, 0.2, stops))
        lons.append(lon0 + share * (lon1 - lon0) + random.normal(0, 0.2, stops))
        ships.append(np.ones(stops, dtype=bool))
    longitude = (np.concatenate(lons) + 180) % 360 - 180
    return np.concatenate(lats), longitude, np.concatenate(ships)


def _padded(levels: NDArray, size: int) -> NDArray:
    return np.concatenate([levels[:size], np.full(max(0, size - levels.size), np.nan)])[None, :]


def _interpolate(
    field: NDArray, geography: Geography, latitude: NDArray, longitude: NDArray, depth: NDArray
) -> NDArray:
    """Bilinear in the horizontal among water cells, linear in depth; NaN below the floor."""
    grid = geography.grid
    y = np.interp(latitude, grid.latitude, np.arange(grid.shape[0]))
    x = (longitude - grid.longitude[0]) / (grid.longitude[1] - grid.longitude[0])
    row, column = np.floor(y).astype(int), np.floor(x).astype(int)
    total, weight = 0.0, 0.0
    for dr in (0, 1):
        for dc in (0, 1):
            r = np.minimum(row + dr, grid.shape[0] - 1)
            c = (column + dc) % grid.shape[1]
            share = np.abs(1 - dr - (y - row)) * np.abs(1 - dc - (x - column))
            value = field[:, r, c]
            total = total + np.nan_to_num(value) * share
            weight = weight + np.isfinite(value) * share
    column_values = np.where(weight > 0.25, total / np.maximum(weight, 1e-9), np.nan).T
    result = np.full(depth.shape, np.nan)
    for i, values in enumerate(column_values):
        wet = np.isfinite(values)
        if wet.any():
            reach = depth[i] <= 1.1 * geography.depth[wet][-1]
            result[i, reach] = np.interp(depth[i, reach], geography.depth[wet], values[wet])
    return result


def _shapes(depth: NDArray) -> NDArray:
    z = FLOAT_LEVELS
    shapes = np.stack([np.exp(-z / 60), np.exp(-(((z - 130) / 90) ** 2)), np.exp(-z / 600) * 0.5])
    return shapes[:, : depth.shape[1]]


def _salinity(latitude: NDArray, temperature: NDArray, depth: NDArray) -> NDArray:
    """A plausible salinity: salty subtropics, fresh poles, 34.7 at depth."""
    surface = (
        34.0 + 2.2 * np.exp(-(((np.abs(latitude) - 24) / 14) ** 2)) - 1.0 * (np.abs(latitude) > 60)
    )
    return 34.7 + (surface[:, None] - 34.7) * np.exp(-depth / 300) + 0.01 * (temperature - 10) / 10


def _select(profiles: Profiles, keep: NDArray) -> Profiles:
    values: dict[str, Any] = {}
    for name, value in vars(profiles).items():
        if isinstance(value, list):
            values[name] = [v for v, k in zip(value, keep, strict=True) if k]
        else:
            values[name] = value[keep]
    return Profiles(**values)


def _spoil(profiles: Profiles, random: np.random.Generator) -> None:
    """Spikes, stuck sensors, wrong positions and rejected profiles, each with its flag."""
    count = profiles.latitude.size
    victims = random.permutation(count)
    for i in victims[:12]:  # a spike
        level = random.choice(np.flatnonzero(np.isfinite(profiles.temperature[i])))
        profiles.temperature[i, level] += random.choice([-1, 1]) * random.uniform(6, 25)
        profiles.level_flag[i, level] = BAD
    for i in victims[12:17]:  # a sensor stuck from some depth on
        wet = np.flatnonzero(np.isfinite(profiles.temperature[i]))
        stuck = wet[wet.size // 2 :]
        profiles.temperature[i, stuck] = profiles.temperature[i, stuck[0]]
        profiles.level_flag[i, stuck] = BAD
    for i in victims[17:22]:  # a rejected profile
        wet = np.isfinite(profiles.temperature[i])
        profiles.temperature[i, wet] += random.uniform(2, 5)
        profiles.level_flag[i, wet], profiles.profile_flag[i] = BAD, BAD
    for i in victims[22:24]:  # a wrong position
        profiles.latitude[i] = -profiles.latitude[i]
        profiles.position_flag[i] = BAD
