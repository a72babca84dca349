"""Thickness of sea ice: per grid cell, as the canonical one, or per area of the ice in it.

volume per cell area = thickness of the ice × its share of the cell
"""

import re
from typing import Any

import numpy as np
import xarray as xr

from thermocline.errors import BadData, BadFile
from thermocline.sources.fields.naming import find_variable
from thermocline.sources.fields.statuses import MISSING, USED
from thermocline.sources.fields.values import check_size, judged

CELL, ICE, UNSAID = "per grid cell", "per ice area", "unsaid"
"""What a thickness is the volume of ice divided by: the cell's area, or that of its ice."""
_ICE = (
    r"where (?:sea_)?ice\b|not volume divided|actual|floe|in[- ]situ|per ice|per unit ice|"
    r"ice[- ]covered"
)
_CELL = (
    r"effective|volume (?:per|divided)|(?:per|over|of the) (?:grid[- ]?)?cell|"
    r"grid[- ]?cell (?:mean|average)"
)


def thickness_kind(name: str, attributes: dict[Any, Any], mip: str = "") -> str:
    """What a variable of thickness says that it is: `CELL`, `ICE` or `UNSAID`.

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
    """Thickness per grid cell (m) of one per ice area (m) and the concentration (fraction).

    Open water has none: 0, where files leave it missing.
    """
    return xr.apply_ufunc(
        lambda h, c: np.where(c == 0, c, h * c), thickness, concentration,
        dask="parallelized", output_dtypes=[np.float32],
    )  # fmt: skip


def effective(
    raw: xr.Dataset, name: str, fields: tuple[xr.Variable, xr.Variable], flat: set, where: str
) -> tuple[tuple[xr.Variable, xr.Variable], str, str]:
    """Values and status of a thickness per grid cell if the file allows it, its kind, and a note.

    Args:
        fields: values and status of the thickness as it is in the file.
        flat: the horizontal dimensions.
    """
    kind = thickness_kind(name, raw[name].attrs, str(raw.attrs.get("mip_era", "")))
    if kind == CELL:
        return fields, kind, ""
    if kind == UNSAID:
        return fields, kind, "the file does not say whether its thickness is per grid cell"
    try:
        beside, _ = find_variable(raw, "siconc", where)
    except (BadData, BadFile):  # the former of what is no concentration, such as its error
        beside = ""
    if not beside or set(raw[beside].dims) != set(raw[name].dims):
        return fields, kind, "thickness is per ice area: multiply it by siconc (see per_cell)"
    check_size(raw.variables[beside], beside, where)
    share, held = judged(raw, beside, "siconc", flat, where)
    status = xr.apply_ufunc(
        _status, fields[1], held, share, dask="parallelized", output_dtypes=[np.int8],
        keep_attrs="override",
    )  # fmt: skip
    values = per_cell(fields[0], share).transpose(*fields[0].dims)
    return (values, status), CELL, f"thickness per ice area is multiplied by {beside}"


def _status(thickness: Any, concentration: Any, share: Any) -> Any:
    """That of the product: used where both are, or where there is no ice; else why not."""
    without = np.where(concentration == USED, thickness, MISSING)
    return np.where((share == 0) & (thickness == MISSING), USED, without).astype(np.int8)
