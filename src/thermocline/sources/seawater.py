"""Depth, pressure and potential temperature of sea water by TEOS-10 (gsw).

Where a profile has no usable salinity, `ASSUMED_SALINITY` stands in for it: between 33 and 37
that changes potential temperature by less than 0.01 °C down to 2000 m.
"""

import numpy as np
from numpy.typing import ArrayLike, NDArray

ASSUMED_SALINITY = 35.0
"""Practical salinity used for conversions where none was measured (`so` stays NaN there)."""


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
    """Potential temperature (of 0 dbar), °C; shapes broadcast.

    Args:
        temperature: in situ, °C (ITS-90).
        salinity: practical; NaN where unknown.
        pressure: sea pressure, dbar.
    """
    import gsw

    known = np.isfinite(np.asarray(salinity, dtype=np.float64))
    practical = np.where(known, salinity, ASSUMED_SALINITY)
    absolute = gsw.SA_from_SP(practical, pressure, longitude, latitude)
    # Far from any ocean gsw knows no composition; there the standard one has to do.
    absolute = np.where(np.isfinite(absolute), absolute, practical * (35.16504 / 35))
    return np.asarray(gsw.pt0_from_t(absolute, temperature, pressure), dtype=np.float64)
