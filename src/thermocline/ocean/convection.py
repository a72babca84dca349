"""Static stability of water columns: where lighter water lies under heavier, and what mends it.

Everywhere: temperature (potential, °C) and salinity (practical) [..., L, H, W], NaN on land and
below the floor; depth [L] in metres, ascending; latitude and longitude [H, W].
"""

import gsw
import numpy as np
from numpy.typing import NDArray

STABLE = 5e-3
"""kg/m³ by which deeper water may be lighter: what rounding makes of mixed water."""


def convect(
    temperature: NDArray,
    salinity: NDArray,
    depth: NDArray,
    latitude: NDArray,
    longitude: NDArray,
) -> tuple[NDArray, NDArray]:
    """The same columns with unstable neighbours mixed, until none is `inverted`.

    Neighbours that are upside down become one layer of equal conservative temperature and absolute
    salinity, the means of its levels by thickness; a layer that is unstable against the next one
    joins it, and so on ("pool adjacent violators"). So heat and salt of a column are kept, up to
    rounding. Levels that are in no such layer keep their bits.
    """
    water = temperature.copy(), salinity.copy()
    unstable = inverted(*water, depth, latitude, longitude)
    which = np.nonzero(unstable.any(axis=-3))
    # From here on [L, 1, n]: the n columns that have to be mixed.
    joined, before = _columns(unstable, which), [_columns(values, which) for values in water]
    north, east = (np.broadcast_to(x, unstable.shape[-2:]) for x in (latitude, longitude))
    north, east = (x[which[-2:]][None] for x in (north, east))
    absolute, conservative, pressure = teos10(before[0], before[1], depth, north, east)
    thickness = _thickness(depth)
    after = [values.copy() for values in before]
    left = np.arange(joined.shape[-1])
    while left.size:
        layers, here = _layers(joined[..., left]), (north[:, left], east[:, left])
        sa, ct = (_means(x[..., left], layers, thickness) for x in (absolute, conservative))
        mixed = gsw.pt_from_CT(sa, ct), gsw.SP_from_SA(sa, pressure[..., left], here[1], here[0])
        for old, new, values in zip(before, after, mixed, strict=True):
            new[..., left] = np.where(layers.any(axis=0), values, old[..., left])
        found = inverted(after[0][..., left], after[1][..., left], depth, *here)
        joined[..., left] |= found
        left = left[found.any(axis=(0, 1))]
    for values, new in zip(water, after, strict=True):
        np.moveaxis(values, -3, -1)[which] = new[:, 0].T
    return water


def inverted(
    temperature: NDArray,
    salinity: NDArray,
    depth: NDArray,
    latitude: NDArray,
    longitude: NDArray,
    tolerance: float = STABLE,
) -> NDArray[np.bool_]:
    """Which neighbouring levels [..., L − 1, H, W] are upside down; never on land.

    The upper one is heavier than the lower one by more than `tolerance`, kg/m³, both brought to the
    pressure between them. `inverted(...).sum() / sea pairs` is the share that is reported.
    """
    absolute, conservative, pressure = teos10(temperature, salinity, depth, latitude, longitude)
    middle = (pressure[1:] + pressure[:-1]) / 2
    upper, lower = (
        gsw.rho(absolute[..., part, :, :], conservative[..., part, :, :], middle)
        for part in (slice(None, -1), slice(1, None))
    )
    return np.nan_to_num(upper - lower, nan=-1.0) > tolerance


def teos10(
    temperature: NDArray, salinity: NDArray, depth: NDArray, latitude: NDArray, longitude: NDArray
) -> tuple[NDArray, NDArray, NDArray]:
    """Absolute salinity, conservative temperature, and sea pressure [L, H, W]."""
    pressure = gsw.p_from_z(-np.asarray(depth, float)[:, None, None], latitude)
    absolute = gsw.SA_from_SP(salinity, pressure, longitude, latitude)
    return absolute, gsw.CT_from_pt(absolute, temperature), pressure


def _thickness(depth: NDArray) -> NDArray[np.float64]:
    """Of each level's layer [L], m: from the surface, halfway to the next, down to the deepest."""
    edges = np.concatenate([[0.0], (depth[1:] + depth[:-1]) / 2, depth[-1:]])
    return np.diff(edges)


def _columns(values: NDArray, which: tuple[NDArray, ...]) -> NDArray:
    """Chosen columns of [..., L, H, W] as [L, 1, n], a copy."""
    return np.moveaxis(values, -3, -1)[which].T[:, None].copy()


def _layers(joined: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Whether a level belongs to the one above, and to the one below [2, L, 1, n]."""
    alone = np.zeros_like(joined[:1])
    return np.stack([np.concatenate([alone, joined]), np.concatenate([joined, alone])])


def _means(
    values: NDArray[np.float64], layers: NDArray[np.bool_], thickness: NDArray
) -> NDArray[np.float64]:
    """Means by thickness of each level's layer [L, 1, n]."""
    above, below = layers
    weight = np.broadcast_to(thickness[:, None, None], values.shape)
    sums = np.stack([weight * values, weight])
    # They run down through a layer, and the whole sum runs up again.
    for i in range(1, len(above)):
        sums[:, i] += np.where(above[i], sums[:, i - 1], 0.0)
    for i in range(len(above) - 2, -1, -1):
        sums[:, i] = np.where(below[i], sums[:, i + 1], sums[:, i])
    return np.asarray(sums[0] / sums[1])
