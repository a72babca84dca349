"""What a variable's grid mapping says (CF 5.6): a projection, a rotated pole, or nothing."""

import re
from typing import Any

import xarray as xr

from thermocline.errors import BadData
from thermocline.sources.axes import Axes

DESCRIBED = ("grid_mapping_name", "crs_wkt", "spatial_ref")
"""Attributes by which a grid mapping says which it is."""
ROTATED = "rotated_latitude_longitude"
POLAR = "polar_stereographic"
MERIDIANS = ("straight_vertical_longitude_from_pole", "longitude_of_projection_origin")
"""Attributes of a polar stereographic map for the meridian that points down."""


def described(raw: xr.Dataset, name: str, places: bool, where: str) -> Any:
    """What a variable's grid mapping describes; None of one that says nothing beside `places`."""
    from pyproj import CRS
    from pyproj.exceptions import CRSError

    mapping = _mapping(raw, name)
    if not mapping or (places and not set(DESCRIBED) & set(raw.variables[mapping].attrs)):
        return None
    try:
        return CRS.from_cf(_with_one_meridian(raw.variables[mapping].attrs, mapping, where))
    except BadData:
        raise
    except (CRSError, KeyError, ValueError, TypeError) as problem:
        raise BadData(
            f"the grid mapping {mapping} is not understood",
            where=where,
            fix="correct its attributes by CF's conventions, appendix F",
        ) from problem


def _with_one_meridian(attributes: dict[str, Any], mapping: str, where: str) -> dict[str, Any]:
    """Attributes of a polar stereographic map that state one meridian.

    Where two of them differ, as NSIDC has it, PROJ's text decides if it has one of both. What is
    described by a text of its own is as it is.

    Raises:
        BadData: for meridians that differ, and nothing that decides.
    """
    if attributes.get("grid_mapping_name") != POLAR or set(DESCRIBED[1:]) & set(attributes):
        return attributes
    stated = {name: float(attributes[name]) for name in MERIDIANS if name in attributes}
    texts = " ".join(str(value) for name, value in attributes.items() if "proj4" in name.lower())
    said = re.search(r"\+lon_0=([-+.\d]+)", texts)
    text = {"lon_0": float(said[1])} if said else {}
    same = lambda one, other: abs((one - other + 180) % 360 - 180) < 1e-6
    meridian, *others = [*text.values(), *stated.values()] or [0.0]
    agreeing = [same(meridian, each) for each in others]
    if not all(agreeing):
        if not (text and any(agreeing)):
            listed = ", ".join(f"{name} {each:g}" for name, each in (stated | text).items())
            raise BadData(
                f"the grid mapping {mapping} contradicts itself: {listed}",
                where=where,
                fix="correct the meridian that points down on the map",
            )
        kept = {name: value for name, value in attributes.items() if name not in MERIDIANS}
        return kept | {MERIDIANS[0]: meridian}
    return attributes


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
