"""Large fields by blocks of rows, so that only one block of them is in memory at a time."""

from collections.abc import Iterator
from typing import TYPE_CHECKING

from numpy.typing import NDArray

if TYPE_CHECKING:
    import xarray as xr

ROWS, COLUMNS = 360, 720
"""Rows of a block, and rows and columns of a chunk of a file that is written by them: 1 MB."""


def row_blocks(count: int) -> list[slice]:
    """So many rows as slices of `ROWS`, the last one perhaps shorter."""
    return [slice(top, min(top + ROWS, count)) for top in range(0, count, ROWS)]


def by_rows(field: "xr.DataArray") -> Iterator[NDArray]:
    """The values of a field [..., H, W], H rows in blocks; those of fewer dimensions at once."""
    if field.ndim < 2:
        yield field.values
        return
    rows = field.dims[-2]
    for block in row_blocks(field.sizes[rows]):
        yield field.isel({rows: block}).values
