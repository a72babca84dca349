"""Depth, pressure and potential temperature of sea water by TEOS-10 (gsw).

Where a profile has no usable salinity, `ASSUMED_SALINITY` is used: for true salinities of 33 to 37
the error of potential temperature is less than 0.01 °C down to 2000 m.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

ASSUMED_SALINITY = 35.0
"""Practical salinity for conversions where none was measured (`so` stays NaN there)."""
GRAMS = 35.16504 / 35
"""Absolute salinity (g/kg) per unit of practical salinity, of the standard composition."""


def depth_from_pressure(pressure: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Depth in metres, positive down, of sea pressure in dbar; shapes broadcast."""
    import gsw

    return -np.asarray(gsw.z_from_p(pressure, latitude), dtype=np.float64)


def pressure_from_depth(depth: ArrayLike, latitude: ArrayLike) -> NDArray[np.float64]:
    """Sea pressure in dbar at a depth in metres, positive down; shapes broadcast."""
    import gsw

    return np.asarray(gsw.p_from_z(-np.asarray(depth), latitude), dtype=np.float64)


def potential_temperature(
    temperature: ArrayLike,
    salinity: ArrayLike,
    pressure: ArrayLike,
    latitude: ArrayLike,
    longitude: ArrayLike,
) -> NDArray[np.float64]:
    """Potential temperature, referred to 0 dbar, in °C; shapes broadcast.

    Args:
        temperature: in situ, °C (ITS-90).
        salinity: practical; NaN where unknown.
        pressure: sea pressure, dbar.
    """
    import gsw

    known = np.isfinite(np.asarray(salinity, dtype=np.float64))
    practical = np.where(known, salinity, ASSUMED_SALINITY)
    absolute = gsw.SA_from_SP(practical, pressure, longitude, latitude)
    # Far from any ocean gsw gives NaN; the standard composition is used there.
    absolute = np.where(np.isfinite(absolute), absolute, practical * GRAMS)
    return np.asarray(gsw.pt0_from_t(absolute, temperature, pressure), dtype=np.float64)


def practical_salinity(
    absolute: ArrayLike, pressure: ArrayLike, latitude: ArrayLike, longitude: ArrayLike
) -> NDArray[np.float64]:
    """Practical salinity of an absolute one (g/kg) at a sea pressure (dbar); shapes broadcast."""
    import gsw

    practical = np.asarray(gsw.SP_from_SA(absolute, pressure, longitude, latitude), np.float64)
    plain = np.asarray(absolute, np.float64) / GRAMS
    return np.where(np.isfinite(practical), practical, plain)
