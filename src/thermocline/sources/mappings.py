"""What a variable's grid mapping says (CF 5.6): a projection, a rotated pole, or nothing."""

from typing import Any

import xarray as xr

from thermocline.errors import BadData
from thermocline.sources.axes import Axes

DESCRIBED = ("grid_mapping_name", "crs_wkt", "spatial_ref")
"""Attributes by which a grid mapping says which it is."""
ROTATED = "rotated_latitude_longitude"


def described(raw: xr.Dataset, name: str, places: bool, where: str) -> Any:
    """What a variable's grid mapping describes; None of one that says nothing beside `places`."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    mapping = _mapping(raw, name)
    if not mapping or (places and not set(DESCRIBED) & set(raw.variables[mapping].attrs)):
        return None
    try:
        return CRS.from_cf(raw.variables[mapping].attrs)
    except (CRSError, KeyError, ValueError, TypeError) as problem:
        raise BadData(
            f"the grid mapping {mapping} is not understood",
            where=where,
            fix="correct its attributes by CF's conventions, appendix F",
        ) from problem


def refuse_rotated(raw: xr.Dataset, name: str, axes: Axes, places: bool, where: str) -> None:
    """Raise BadData for latitudes and longitudes of a rotated pole without the true ones."""
    mapping = _mapping(raw, name)
    if places or not mapping:
        return
    field, own = raw.variables[name], [axes.latitude, axes.longitude]
    stated = "grid_mapping" in {**field.attrs, **field.encoding}
    if raw.variables[mapping].attrs.get("grid_mapping_name") == ROTATED and (
        stated or not all(own) or all(str(axis).lower() in ("rlat", "rlon") for axis in own)
    ):
        raise BadData(
            f"{name} is on a grid of a rotated pole, without true latitudes and longitudes",
            where=where,
            fix="add them for every cell, in two dimensions, or remap it first",
        )


def _mapping(raw: xr.Dataset, name: str) -> str:
    """The grid mapping that a variable names, or if it names none, the file's only one; or ""."""
    field = raw.variables[name]
    said = str(field.attrs.get("grid_mapping", field.encoding.get("grid_mapping", "")))
    mapping = said.split(":")[0].split(" ")[0]
    if not mapping:
        known = [n for n, v in raw.variables.items() if "grid_mapping_name" in v.attrs]
        mapping = str(known[0]) if len(known) == 1 else ""
    return mapping if mapping in raw.variables else ""
