"""Cells that a file flags as anything but open sea: land, lakes, rivers, ice (GHRSST, CF 3.5)."""

import numpy as np
import xarray as xr

MASK = "mask"
CLOSED = {"land", "lake", "river", "ice"}


def open_sea(raw: xr.Dataset, field: xr.DataArray) -> xr.DataArray:
    """`field` (in blocks) without the cells that the file's `mask` names land, lake, river or ice.

    Flags are named by `flag_meanings` and given by `flag_values` or, as bits, by `flag_masks`; a
    mask that names nothing, or lies on other dimensions, is left alone.
    """
    if MASK not in raw.variables:
        return field
    mask = raw[MASK]
    meanings = str(mask.attrs.get("flag_meanings", "")).lower().split()
    values, bits = (
        np.atleast_1d(mask.attrs.get(f"flag_{kind}", ())) for kind in ("values", "masks")
    )
    closed = [CLOSED & set(meaning.replace("-", "_").split("_")) != set() for meaning in meanings]
    if not set(mask.dims) <= set(field.dims) or not any(closed):
        return field
    flags = mask.chunk({dim: field.chunksizes[dim] for dim in mask.dims})
    flags = flags.fillna(0).astype(np.int64)
    if values.size == len(closed):
        shut = flags.isin(values[closed])
    elif bits.size == len(closed):
        shut = (flags & int(np.bitwise_or.reduce(bits[closed].astype(np.int64)))) != 0
    else:
        return field
    return field.where(~shut.reset_coords(drop=True))
