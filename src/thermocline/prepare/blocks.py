"""Pieces of the time axis that are worth reading at once."""

from itertools import accumulate, pairwise

import xarray as xr

STEPS = 60
"""Steps at once of data that are in memory already."""


def time_blocks(data: xr.DataArray) -> list[slice]:
    """Slices of `time` that cover it; lazy data are cut only where their own chunks are.

    Providers often compress along time, so that a shorter piece would have to decompress (and
    xarray to decode) the same chunk again and again.
    """
    steps = data.sizes["time"]
    if data.chunks is None:
        edges = [*range(0, steps, STEPS), steps]
    else:
        edges = [0, *accumulate(data.chunks[data.get_axis_num("time")])]
    return [slice(start, stop) for start, stop in pairwise(edges)]
