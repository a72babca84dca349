"""Grid mappings of variables (CF 5.6): a map projection or a rotated pole."""

import re
from collections.abc import Callable
from typing import Any

import xarray as xr

from thermocline.errors import BadData
from thermocline.sources.coordinates.axes import Axes

DESCRIBED = ("grid_mapping_name", "crs_wkt", "spatial_ref")
"""Attributes that describe a coordinate reference system."""
ROTATED = "rotated_latitude_longitude"
POLAR = "polar_stereographic"
MERIDIANS = ("straight_vertical_longitude_from_pole", "longitude_of_projection_origin")
"""Attributes for the meridian that points down on a polar stereographic map."""
TEXT = "lon_0"
"""The name of that meridian in a PROJ string."""


def described_crs(
    raw: xr.Dataset, name: str, places: bool, fits: Callable[[Any], bool], where: str
) -> Any:
    """The coordinate reference system (pyproj) of a variable's grid mapping; None if it has none.

    Args:
        places: whether the file has 2-D latitudes and longitudes.
        fits: whether cells in a reference system are at these latitudes and longitudes.

    Raises:
        BadData: for attributes that are not understood, and for different meridians if neither the
            latitudes and longitudes nor a PROJ string decide between them.
    """
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    mapping = _mapping(raw, name)
    if not mapping or (places and not set(DESCRIBED) & set(raw.variables[mapping].attrs)):
        return None
    attributes = raw.variables[mapping].attrs
    try:
        stated = _meridians(attributes)
        found = [CRS.from_cf(each) for each in _with_one_meridian(attributes, stated)]
    except (CRSError, KeyError, ValueError, TypeError) as problem:
        raise BadData(
            f"the grid mapping {mapping} is not understood",
            where=where,
            fix="correct its attributes by CF's conventions, appendix F",
        ) from problem
    if len(found) == 1:
        return found[0]
    fitting = [crs for crs in found if places and fits(crs)]
    said = stated.get(TEXT)
    if not fitting and not places and said is not None:
        others = [each for name, each in stated.items() if name != TEXT]
        fitting = found[:1] if any(_same(said, each) for each in others) else []
    if not fitting:
        listed = ", ".join(f"{name} {each:g}" for name, each in stated.items())
        raise BadData(
            f"the grid mapping {mapping} contradicts itself: {listed}",
            where=where,
            fix="correct the meridian that points down on the map",
        )
    return fitting[0]


def _meridians(attributes: dict[str, Any]) -> dict[str, float]:
    """The meridians of a polar stereographic map, by attribute; empty if it is described as text.

    They may differ, as in files of NSIDC.
    """
    if attributes.get("grid_mapping_name") != POLAR or set(DESCRIBED[1:]) & set(attributes):
        return {}
    stated = {name: float(attributes[name]) for name in MERIDIANS if name in attributes}
    texts = " ".join(str(value) for name, value in attributes.items() if "proj4" in name.lower())
    said = re.search(r"\+lon_0=([-+.\d]+)", texts)
    return stated | ({TEXT: float(said[1])} if said else {})


def _with_one_meridian(
    attributes: dict[str, Any], stated: dict[str, float]
) -> list[dict[str, Any]]:
    """The attributes with each of the stated meridians, that of the PROJ string first.

    If all agree, the only element is the attributes as they are.
    """
    first = sorted(stated, key=lambda name: name != TEXT)
    if all(_same(stated[name], stated[first[0]]) for name in first):
        return [attributes]
    kept = {name: value for name, value in attributes.items() if name not in MERIDIANS}
    return [kept | {MERIDIANS[0]: stated[name]} for name in first]


def _same(one: float, other: float) -> bool:
    """Whether two meridians are equal."""
    return abs((one - other + 180) % 360 - 180) < 1e-6


def refuse_rotated(raw: xr.Dataset, name: str, axes: Axes, places: bool, where: str) -> None:
    """Raise BadData for a grid of a rotated pole without true latitudes and longitudes."""
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
    """Name of a variable's grid mapping, else of the file's only one; "" if there is none."""
    field = raw.variables[name]
    said = str(field.attrs.get("grid_mapping", field.encoding.get("grid_mapping", "")))
    mapping = said.split(":")[0].split(" ")[0]
    if not mapping:
        known = [n for n, v in raw.variables.items() if "grid_mapping_name" in v.attrs]
        mapping = str(known[0]) if len(known) == 1 else ""
    return mapping if mapping in raw.variables else ""
