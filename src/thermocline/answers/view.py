"""The requested part of an answer (see `answers.wanted`): box, depths, quantiles."""

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from thermocline.answers.wanted import numbers
from thermocline.errors import BadData
from thermocline.ocean.sphere import CLOSE, between, eastward

if TYPE_CHECKING:
    import xarray as xr
    from pydantic import BaseModel

MEMBERS = "_members"
"""What names of variables end with that hold every member."""

View = Callable[["xr.Dataset"], "xr.Dataset"]
"""Gives the wanted part of a whole answer, or of what lies on the same cells."""


def view(request: "BaseModel", whole: "xr.Dataset") -> View:
    """What a request wants of an answer.

    Raises:
        BadData: if there is nothing in its box, or no level between its depths.
    """
    indexers: dict[str, Any] = {}
    shifted: NDArray | None = None
    if box := getattr(request, "box", None):
        rows, columns, shifted = part_of(whole["latitude"].values, whole["longitude"].values, box)
        y, x = whole["latitude"].dims[0], whole["longitude"].dims[-1]
        indexers |= {str(y): rows, str(x): columns}
    if depths := getattr(request, "depths", None):
        indexers["depth"] = _depths(whole, *numbers(depths))

    def wanted(dataset: "xr.Dataset") -> "xr.Dataset":
        own = {dim: index for dim, index in indexers.items() if dim in dataset.dims}
        part = dataset.isel(own)
        return part if shifted is None else _shifted(part, shifted)

    if indexers and not _any_value(wanted(whole)):
        raise no_value("box" if box else "depths")
    return wanted


def no_value(where: str) -> BadData:
    """Nothing lies in the part that is wanted."""
    fix = "name a part with water in it"
    return BadData("there is no value in the part that is wanted", where=where, fix=fix)


def told(request: "BaseModel", answer: "xr.Dataset") -> "xr.Dataset":
    """An answer with the quantiles that a request wants, and without members unless it wants them.

    `<variable>_quantiles` has the dim `quantile` in the place of the members. Of N members, which
    are as likely as the truth, the k-th smallest is the quantile k/(N + 1); between two of them,
    quantiles are interpolated.
    """
    if quantiles := getattr(request, "quantiles", None):
        answer = _with_quantiles(answer, np.array(numbers(quantiles)))
    if not getattr(request, "keep_members", False):
        names = [name for name in answer.data_vars if str(name).endswith(MEMBERS)]
        along = {dim for name in names for dim in answer[name].dims[:1]}
        # Members without a coordinate that numbers them leave none.
        answer = answer.drop_vars(names).drop_dims(along, errors="ignore")
    return answer


def part_of(
    latitude: NDArray, longitude: NDArray, box: str
) -> tuple[slice, slice | NDArray, NDArray | None]:
    """Rows and columns of the cells in a box, and where its longitudes lie, if they are an axis.

    Args:
        latitude, longitude: of cells' centres: axes [H] and [W], or both [H, W]. Of the latter it
            is the smallest rectangle of rows and columns that holds the cells in the box.
        box: see `answers.wanted`.

    Returns:
        Longitudes increase eastward, and differ from the given ones by whole turns.

    Raises:
        BadData: if it holds fewer than two rows or columns, or two parts with a gap between them.
    """
    west, south, east, north = numbers(box)
    from_west, along = eastward(longitude, west), between(longitude, west, east)
    across = (latitude >= south - CLOSE) & (latitude <= north + CLOSE)
    if latitude.ndim == 2:
        rows, columns = map(np.unique, np.nonzero(across & along))
        _enough(rows, columns, latitude, longitude)
        return _reach(rows), _reach(columns), None
    rows, columns = np.flatnonzero(across), np.flatnonzero(along)
    _enough(rows, columns, latitude, longitude)
    if (np.diff(columns) == 1).all():
        inside = longitude[columns]
        return _reach(rows), _reach(columns), west + from_west[columns[0]] + inside - inside[0]
    columns = columns[np.argsort(from_west[columns], kind="stable")]
    if np.diff(from_west[columns]).max() > 1.5 * np.abs(np.diff(longitude)).max():
        raise BadData(
            "the box holds two parts of the answer, with a gap between them",
            where="box",
            fix="ask for one of them, or change west and east for one another",
        )
    return _reach(rows), columns, west + from_west[columns]


def _reach(found: NDArray) -> slice:
    return slice(int(found.min()), int(found.max()) + 1)


def _enough(rows: NDArray, columns: NDArray, latitude: NDArray, longitude: NDArray) -> None:
    if min(len(rows), len(columns)) < 2:
        raise BadData(
            "the box holds fewer than two rows or columns of cells",
            where="box",
            fix=f"name a larger one: the answer reaches from {latitude.min():.4g} to "
            f"{latitude.max():.4g} degrees north and from {longitude.min():.4g} to "
            f"{longitude.max():.4g} degrees east",
        )


def _shifted(part: "xr.Dataset", longitude: NDArray) -> "xr.Dataset":
    """With its longitudes where they are wanted, from -180 to 360 where that can be.

    They are moved by whole turns alone.
    """
    if "longitude" not in part.coords:
        return part
    axis = part["longitude"]
    start, end = longitude[[0, -1]]
    good = start >= -180 - CLOSE and end <= 360 + CLOSE
    moved_by = 0 if good else (start + 180 + CLOSE) % 360 - 180 - CLOSE - start
    turns = 360 * np.round((longitude + moved_by - axis.values) / 360)
    moved = {"longitude": axis.copy(data=axis.values + turns)}
    if "longitude_bnds" in part.variables:
        edges = part["longitude_bnds"]
        moved["longitude_bnds"] = edges.copy(data=edges.values + turns[:, None])
    return part.assign_coords(moved)


def _depths(whole: "xr.Dataset", shallowest: float, deepest: float) -> slice:
    if "depth" not in whole.dims:
        raise BadData("the answer has no depths", where="depths", fix="leave them out")
    levels = whole["depth"].values
    inside = np.flatnonzero((levels >= shallowest) & (levels <= deepest))
    if not len(inside):
        raise BadData(
            f"no level lies from {shallowest:g} to {deepest:g} m",
            where="depths",
            fix=f"the levels are {', '.join(f'{level:g}' for level in levels)} m",
        )
    return slice(int(inside[0]), int(inside[-1]) + 1)


def _any_value(part: "xr.Dataset") -> bool:
    """Whether a cell has a value, of the first field of the part."""
    from thermocline.ocean.rows import by_rows

    for field in part.data_vars.values():
        if field.dtype.kind == "f" and field.ndim >= 2:
            return any(bool(np.isfinite(rows).any()) for rows in by_rows(field))
    return True


def _with_quantiles(answer: "xr.Dataset", quantiles: NDArray) -> "xr.Dataset":
    import xarray as xr

    said = {"long_name": "Share of the distribution that lies below", "units": "1"}
    found: dict[str, Any] = {}
    for name, members in answer.data_vars.items():
        if str(name).endswith(MEMBERS):
            variable = str(name).removesuffix(MEMBERS)
            found[f"{variable}_quantiles"] = _quantiles(members, answer[variable].attrs, quantiles)
    return answer.assign(found).assign_coords(quantile=xr.Variable("quantile", quantiles, said))


def _quantiles(
    members: "xr.DataArray", attributes: Mapping[str, Any], quantiles: NDArray
) -> "xr.Variable":
    import xarray as xr

    dims, count = ("quantile", *members.dims[1:]), members.shape[0]
    values = members.data
    if members.chunks:
        import dask.array as da

        whole = values.rechunk({0: count})
        chunks = whole.chunks[1:]
        each = partial(da.map_blocks, _of, whole, dtype=np.float32, chunks=chunks, drop_axis=0)
        of = da.stack([each(quantile) for quantile in quantiles])
    else:
        of = _of(values, quantiles)
    kept = ("standard_name", "units", "grid_mapping", "coordinates")
    said = {name: attributes[name] for name in kept if name in attributes}
    name = attributes.get("long_name", members.name)
    return xr.Variable(dims, of, {"long_name": f"{name}: quantiles of {count} members"} | said)


def _of(members: NDArray, quantiles: NDArray | float) -> NDArray[np.float32]:
    """Quantiles of members, along the first axis; NaN where a member is."""
    found = np.quantile(members, quantiles, axis=0, method="weibull")
    return np.asarray(found, np.float32)
