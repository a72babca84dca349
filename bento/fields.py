"""Fields of a finished answer, for the page: what there is, and slices of it as 32-bit floats."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, simplefilter

from thermocline.answers.dataset import OBSERVED
from thermocline.concurrency import FILES
from thermocline.errors import BadData
from thermocline.netcdf import open_answer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import xarray as xr

MOST_VALUES = 8_000_000
"""Values of a slice: 32 MB."""
HORIZONTAL = (("latitude", "longitude"), ("y", "x"))
"""Last two dims of a field: rows and columns."""


def description(paths: Sequence[Path]) -> dict[str, Any]:
    """What the files of an answer hold together: variables, coordinates, attributes, and grid.

    Args:
        paths: NetCDF files on the same cells; attributes are those of the first.
    """
    with _opened(paths) as datasets:
        merged, variables = datasets[0], []
        for dataset in datasets:
            variables += [_variable(dataset[name]) for name in _fields(dataset)]
        coordinates = {
            str(name): _plain(axis)
            for name, axis in merged.coords.items()
            if axis.dims == (name,) and "bnds" not in axis.dims
        }
        return {
            "variables": variables,
            "coordinates": coordinates,
            "attributes": {name: _number(value) for name, value in merged.attrs.items()},
        } | _grid(merged)


def values(
    paths: Sequence[Path], variable: str, index: Mapping[str, int], stride: int = 1
) -> tuple[bytes, tuple[int, ...]]:
    """A part of a variable as little-endian float32, NaN where there is no value, and its shape.

    Args:
        index: of dims that are fixed; the others stay whole.
        stride: every how-many-th row and column is taken, of those that stay whole.

    Raises:
        BadData: for a variable, a dim or an index that is not there, and for more than
            `MOST_VALUES` values.
    """
    import numpy as np

    with _opened(paths) as datasets:
        field = next((d[variable] for d in datasets if variable in _fields(d)), None)
        if field is None:
            fix = "see the answer's /fields"
            raise BadData(f"no variable {variable!r}", where="address", fix=fix)
        for dim, number in index.items():
            if dim not in field.dims:
                fix = f"known: {', '.join(map(str, field.dims))}"
                raise BadData(f"no dim {dim[:40]!r}", where=variable, fix=fix)
            if not 0 <= number < field.sizes[dim]:
                fix = f"give 0 to {field.sizes[dim] - 1}"
                raise BadData(f"index {number}", where=dim, fix=fix)
        whole = {dim: slice(None, None, stride) for dim in field.dims[-2:] if dim not in index}
        part = field.isel({**index, **whole})
        if part.size > MOST_VALUES:
            fix = f"fix more dims, or give a stride: at most {MOST_VALUES:,} values"
            raise BadData(f"{part.size:,} values", where=variable, fix=fix)
        return np.ascontiguousarray(part.values, "<f4").tobytes(), part.shape


@contextmanager
def _opened(paths: Sequence[Path]) -> "Iterator[list[xr.Dataset]]":
    with FILES:
        datasets = [open_answer(path) for path in paths]
        try:
            yield datasets
        finally:
            for dataset in datasets:
                dataset.close()


def _fields(dataset: "xr.Dataset") -> list[str]:
    """Names of what can be drawn on a map: numbers, and marks of cells, which become numbers."""
    return [
        str(name)
        for name, field in dataset.data_vars.items()
        if (field.dtype.kind == "f" or str(name).endswith(OBSERVED))
        and field.dims[-2:] in HORIZONTAL
        and name not in HORIZONTAL[0]
    ]


def _variable(field: "xr.DataArray") -> dict[str, Any]:
    about = ("long_name", "units", "standard_name", "ancillary_variables")
    said = {key: field.attrs.get(key, "") for key in about}
    return {"name": field.name, "dims": list(field.dims), "shape": list(field.shape), **said}


def _grid(dataset: "xr.Dataset") -> dict[str, Any]:
    """On latitudes and longitudes, or on a map whose projection is told as PROJ's text."""
    if "y" not in dataset.dims:
        return {"grid": "latitude_longitude"}
    from pyproj import CRS

    with catch_warnings():
        simplefilter("ignore", UserWarning)  # that PROJ's text says less than WKT does
        return {"grid": "projected", "crs": CRS.from_cf(dataset["crs"].attrs).to_proj4()}


def _plain(axis: "xr.DataArray") -> list[Any]:
    """An axis as JSON: numbers, or times as text."""
    return axis.values.tolist() if axis.dtype.kind in "fiu" else [str(v) for v in axis.values]


def _number(value: Any) -> Any:
    """An attribute as JSON."""
    return value.tolist() if hasattr(value, "tolist") else value
