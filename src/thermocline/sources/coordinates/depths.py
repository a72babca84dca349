"""Depths in metres of the vertical coordinate of a field."""

import re

import numpy as np
import xarray as xr

from thermocline.errors import BadData, shown
from thermocline.sources.common.units import metres

DEEPEST = 12_000.0
OTHER = re.compile(r"sigma|\bs_(?:rho|w|r)\b|\bdensit(?:y|ies)\b|terrain|isopycn")
"""Words in the name of vertical coordinates that are not depths."""
LAYER = re.compile(r"\blayers?\b")
"""The same, unless the name also has the word depth."""


def depth_metres(coordinate: xr.DataArray, where: str) -> np.ndarray:
    """Depth in metres, positive down, of a vertical coordinate in any unit of length, either sign.

    Raises:
        BadData: for terrain-following levels, an index of levels, other units, heights above the
            surface, and depths that are impossible in the sea.
    """
    said = {key: str(value).strip().lower() for key, value in coordinate.attrs.items()}
    standard, units = said.get("standard_name", ""), str(coordinate.attrs.get("units", ""))
    if "sigma" in standard or "_s_coordinate" in standard or "formula_terms" in said:
        raise BadData(
            f"levels of {coordinate.name} follow the sea floor",
            where=where,
            fix="interpolate the model's output to depth levels first",
        )
    values = np.atleast_1d(np.asarray(coordinate.values, dtype=np.float64))
    if not units.strip() and _is_other(f"{coordinate.name} {said.get('long_name', '')}", values):
        raise BadData(
            f"{coordinate.name} has no units and is not a depth: its values are "
            f"{shown(f'{np.nanmin(values):g} to {np.nanmax(values):g}')}",
            where=where,
            fix="interpolate to depth levels first, or set its units to m if these are depths",
        )
    counted = re.search(
        r"\b(index|number)\b", f"{standard} {said.get('long_name', '')}".replace("_", " ")
    )
    if (not units.strip() and (counted or _counts(values))) or units.strip() in ("1", "level"):
        raise BadData(
            f"{coordinate.name} numbers the levels and is not a depth",
            where=where,
            fix="add a coordinate with their depths in metres",
        )
    values = metres(values, units, where=where)
    # Heights are negative below the surface, whatever `positive` says.
    below = 0.0 - values if values.size and np.nanmax(values) <= 0 else values
    if said.get("positive") == "up" and np.nanmax(values) > 0:
        raise BadData(
            f"{coordinate.name} is positive up, but its values are above the surface",
            where=where,
            fix="correct the attribute positive, or the sign of the values",
        )
    if np.nanmin(below) < -5 or np.nanmax(below) > DEEPEST:
        raise BadData(
            f"{coordinate.name} goes from {shown(np.nanmin(below))} to "
            f"{shown(np.nanmax(below))} m, which is impossible in the sea",
            where=where,
            fix="correct its values, or its units",
        )
    return below


def _is_other(described: str, values: np.ndarray) -> bool:
    """Whether levels without a unit are fractions of the depth, densities or layers."""
    text = described.lower()
    shares = values.size > 1 and bool((np.abs(values) <= 1).all())
    layers = LAYER.search(text) is not None and "depth" not in text
    return shares or layers or OTHER.search(text) is not None


def _counts(values: np.ndarray) -> bool:
    """Whether values are 0, 1, 2 … or 1, 2, 3 …, as an index of levels."""
    return values.size > 2 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())
