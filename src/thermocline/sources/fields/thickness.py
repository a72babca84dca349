"""Thickness of sea ice, per area of the grid cell (the canonical one) or per area of its ice.

thickness per cell area = thickness per ice area × concentration
"""

import re
from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.sources.fields.naming import find_variable
from thermocline.sources.fields.statuses import MISSING, USED
from thermocline.sources.fields.values import check_size, values_and_status

CELL, ICE, UNSAID = "per grid cell", "per ice area", "unsaid"
"""Thickness is the volume of ice divided by the area of the cell, or by the area of its ice."""
_ICE = (
    r"where (?:sea_)?ice\b|not volume divided|actual|floe|in[- ]situ|per ice|per unit ice|"
    r"ice[- ]covered"
)
_CELL = (
    r"effective|volume (?:per|divided)|(?:per|over|of the) (?:grid[- ]?)?cell|"
    r"grid[- ]?cell (?:mean|average)"
)


def thickness_kind(name: str, attributes: dict[Any, Any], mip: str = "") -> str:
    """The kind of a variable of thickness, by its attributes: `CELL`, `ICE` or `UNSAID`.

    Args:
        name: CMIP5's and neXtSIM's `sit` and CMIP6's `sivol` are per grid cell, CMIP6's `sithick`
            is per ice area.
        mip: the file's attribute `mip_era`.
    """
    methods = str(attributes.get("cell_methods", "")).lower()
    text = " ".join(str(attributes.get(key, "")).lower() for key in ("long_name", "comment"))
    if re.search(_ICE, methods) or re.search(_ICE, text):
        return ICE
    if re.search(_CELL, text) or re.search(r"where sea\b", methods):
        return CELL
    if name.lower() in ("sit", "sivol"):
        return CELL
    return ICE if name == "sithick" and mip == "CMIP6" else UNSAID


def per_cell(thickness: Any, concentration: Any) -> Any:
    """Thickness per grid cell (m) from thickness per ice area (m) and concentration (fraction).

    In open water it is 0, also where the thickness is missing.
    """
    return xr.apply_ufunc(
        lambda h, c: np.where(c == 0, c, h * c), thickness, concentration,
        dask="parallelized", output_dtypes=[np.float32],
    )  # fmt: skip


def effective(
    raw: xr.Dataset, name: str, fields: tuple[xr.Variable, xr.Variable], flat: set, where: str
) -> tuple[tuple[xr.Variable, xr.Variable], str, str]:
    """Values and status of the thickness per grid cell if possible, its kind, and a note.

    Args:
        fields: values and status of the thickness in the file.
        flat: the horizontal dimensions.
    """
    kind = thickness_kind(name, raw[name].attrs, str(raw.attrs.get("mip_era", "")))
    if kind == CELL:
        return fields, kind, ""
    if kind == UNSAID:
        return fields, kind, "the file does not say whether its thickness is per grid cell"
    try:
        beside, _ = find_variable(raw, "siconc", where)
    except (BadData, BadFile):  # none, or no concentration itself, such as its error
        beside = ""
    if not beside or set(raw[beside].dims) != set(raw[name].dims):
        return fields, kind, "thickness is per ice area: multiply it by the concentration (siconc)"
    check_size(raw.variables[beside], beside, where)
    share, held = values_and_status(raw, beside, "siconc", flat, where)
    status = xr.apply_ufunc(
        _status, fields[1], held, share, dask="parallelized", output_dtypes=[np.int8],
        keep_attrs="override",
    )  # fmt: skip
    values = per_cell(fields[0], share).transpose(*fields[0].dims)
    return (values, status), CELL, f"thickness per ice area is multiplied by {beside}"


def _status(thickness: Any, concentration: Any, share: Any) -> Any:
    """The status of the product: used where both are used, or where there is no ice."""
    without = np.where(concentration == USED, thickness, MISSING)
    return np.where((share == 0) & (thickness == MISSING), USED, without).astype(np.int8)
