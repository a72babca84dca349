"""Water columns on an eddying flow: heave, spice, weather, and a mixed layer that entrains.

    T(z) = T̄(z − ζ) + season + weather + spice,      S(z) = S̄(z − ζ) + compensating spice

ζ is the downward displacement of isopycnals: f (ψ_i − ψ_i+1)/g′ at the layers' interfaces and
linear between them, so that curved mean profiles turn it into skewed anomalies. Then heat and salt
above the mixed layer's depth are mixed, and columns that are unstable all the same are sorted by
density. South of the equator the plane is mirrored: ψ and f change sign, and the sea's surface
does not.
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.simulate.arctic.weather import Field
from thermocline.simulate.mesoscale.configuration import CELL, CELLS, LEVELS, Member, Region

GRAVITY = 9.81
FINE = 8.0  # m: of the levels in which the mixed layer is made
WEEK = 7.0  # days between states
COMPENSATED = 0.26  # salinity for a degree along an isopycnal
SPICE = ((0, 0.5), (125, 0.7), (475, 0.8), (1100, 0.35), (1500, 0.15))  # of `spice`, by depth
MEMORY = {  # m, days
    "wind": (300e3, 14.0),
    "heat": (300e3, 35.0),
    "rain": (250e3, 40.0),
    "second": (100e3, 30.0),
}
RAIN = 0.09  # salinity at the surface
SECOND = (0, 0.0), (150, 22.0), (400, 0.0), (700, -22.0), (1200, 0.0)
"""Heave (m) by depth of a second baroclinic mode, which hardly moves the surface: the layers' flow
has too little of it."""
TILT = 40.0  # m: the thermocline's mean slope, half the difference across the box


class Columns:
    """Columns of a member in a region; every call is a week later.

    Args:
        region, member: whose water it is.
        random: where the weather comes from.
    """

    def __init__(self, region: Region, member: Member, random: np.random.Generator):
        self._region, self._member = region, member
        self._north = region.south > 0
        shallow = np.arange(FINE / 2, 400, FINE)
        self._z = np.concatenate([shallow, [z for z in LEVELS if z >= 400]])
        self._mixable = len(shallow)
        make = lambda kind: Field((CELLS, CELLS), CELL, *MEMORY[kind], WEEK, random)
        self._weather = {kind: make(kind) for kind in MEMORY}
        self._y = np.linspace(-1, 1, CELLS)[:, None]

    def __call__(self, day: np.datetime64, psi: NDArray, tracer: NDArray) -> NDArray[np.float32]:
        """Temperature and salinity [2, C, H, W] at LEVELS of a streamfunction and its tracer."""
        for each in self._weather.values():
            each.advance()
        heave, spice = self._heave(psi), self._spice(tracer)
        member, z = self._member, self._z[:, None, None]
        source = np.maximum(np.maximum.accumulate(z - heave, axis=0), 0)
        table = np.arange(0.0, 4000.0, 10.0)
        mean = mean_profile(self._region, member, table)
        temperature, salinity = (np.interp(source, table, each) for each in mean)
        year, south = _year(day), 0 if self._north else np.pi
        # Warmest in the middle of August north of the equator.
        warm = member.season * self._region.season * np.cos(2 * np.pi * (year - 0.62) + south)
        heat = warm + member.weather * self._weather["heat"].values()
        temperature += (heat + self._region.gradient / 2 * self._y) * np.exp(-z / 50) + spice
        salinity += RAIN * self._weather["rain"].values() * np.exp(-z / 60) + COMPENSATED * spice
        depth = self._mixed_layer(year + south / (2 * np.pi), heave)
        mixed = self._mix(np.stack([temperature, salinity]), depth)
        return self._sampled(_sorted(mixed)).astype(np.float32)

    def _heave(self, psi: NDArray) -> NDArray[np.float64]:
        layers = self._member.layers
        gravity = np.array(layers.reduced_gravity)[:, None, None]
        at = layers.f * (psi[:-1] - psi[1:]) / gravity
        depth = np.cumsum(layers.thickness)
        known = np.concatenate([[0], depth])
        weights = np.stack(
            [np.interp(self._z, known, np.eye(len(known))[i + 1]) for i in range(len(at))], axis=1
        )
        heave = np.tensordot(weights, _mirrored(at, self._north), 1)
        second = np.interp(self._z, *np.array(SECOND).T)[:, None, None]
        heave += second * self._weather["second"].values()
        poleward = self._y if self._north else -self._y
        return heave - TILT * poleward * np.interp(self._z, known[:3], (0, 1, 1))[:, None, None]

    def _spice(self, tracer: NDArray) -> NDArray[np.float64]:
        """°C; water from the warmer side is the saltier one on its isopycnal."""
        thickness = np.array(self._member.layers.thickness)
        centres = np.cumsum(thickness) - thickness / 2
        weights = np.stack([np.interp(self._z, centres, row) for row in np.eye(len(centres))], 1)
        shape = np.interp(self._z, *np.array(SPICE).T)[:, None, None]
        moved = np.tensordot(weights, _mirrored(tracer, self._north), 1) / 1e6
        return -self._member.spice * shape * moved

    def _mixed_layer(self, year: float, heave: NDArray) -> NDArray[np.float64]:
        """Depth [H, W], m: deepest in early March, shallower above lifted isopycnals."""
        own, member = self._region, self._member
        winter = ((1 + np.cos(2 * np.pi * (year - 0.17))) / 2) ** 2
        depth = member.mixed_layer * (own.summer + (own.winter - own.summer) * winter)
        anomaly = member.wind * self._weather["wind"].values() + heave[self._mixable - 1] / 150
        return np.clip(depth * np.exp(anomaly), 10, 380)

    def _mix(self, water: NDArray, depth: NDArray) -> NDArray[np.float64]:
        """Water [2, Z, H, W], homogeneous above `depth`; heat and salt are kept."""
        top = self._z[: self._mixable, None, None] - FINE / 2
        share = np.clip((depth - top) / FINE, 0, 1)
        shallow = water[:, : self._mixable]
        mean = (share * shallow).sum(axis=1) / share.sum(axis=0)
        mixed = share * mean[:, None] + (1 - share) * shallow
        return np.concatenate([mixed, water[:, self._mixable :]], axis=1)

    def _sampled(self, water: NDArray) -> NDArray[np.float64]:
        """At LEVELS, by linear interpolation."""
        weights = np.stack([np.interp(LEVELS, self._z, row) for row in np.eye(len(self._z))], 1)
        return np.einsum("lz,vzhw->vlhw", weights, water, optimize=True)


def mean_profile(region: Region, member: Member, depth: NDArray) -> NDArray[np.float64]:
    """Temperature and salinity [2, Z] of water at rest at `depth` [Z]."""
    centre = region.thermocline + member.deeper
    sharp = (1 - np.tanh((depth - centre) / region.width)) / (1 + np.tanh(centre / region.width))
    decay = region.share * sharp + (1 - region.share) * np.exp(-depth / region.decay)
    temperature = region.deep + (region.top + member.warmth - region.deep) * decay
    return np.stack([temperature, np.interp(temperature, *np.array(region.salinity).T)])


def sea_surface(psi: NDArray, member: Member, region: Region) -> NDArray[np.float64]:
    """Height [H, W] of the sea above its mean, m: f ψ/g of the uppermost layer."""
    return _mirrored(member.layers.f / GRAVITY * psi[:1], region.south > 0)[0]


def density(temperature: NDArray, salinity: NDArray) -> NDArray[np.floating]:
    """Less 1000, kg/m³, at the surface (Mamayev, 1975): good to 0.05 here, and quick."""
    t = temperature
    return 28.152 - 0.0735 * t - 0.00469 * t**2 + (0.802 - 0.002 * t) * (salinity - 35)


def _sorted(water: NDArray) -> NDArray[np.float64]:
    """Water [2, Z, H, W] whose unstable columns are sorted by density."""
    weight = density(*water)
    unstable = (np.diff(weight, axis=0) < 0).any(axis=0)
    order = np.argsort(weight[:, unstable], axis=0, kind="stable")
    for part in water:
        part[:, unstable] = np.take_along_axis(part[:, unstable], order, axis=0)
    return water


def _mirrored(fields: NDArray, north: bool) -> NDArray:
    return fields if north else fields[:, ::-1]


def _year(day: np.datetime64) -> float:
    """Fraction of the year."""
    start = day.astype("datetime64[Y]")
    return float((day.astype("datetime64[D]") - start.astype("datetime64[D]")).astype(int) / 365.25)
