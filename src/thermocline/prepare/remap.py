"""Fields on any grid to cells of a map, such as the polar ones of sea ice.

W [target, source] holds areas. With v the validity (0 or 1) of source cells,

    target = (W (v x)) / (W v)   where W v ≥ `minimum_valid` of the target's area, else missing

so land never mixes into the sea, and Σ target · (W v) equals Σ source · area over the valid source
cells that are used. W is one of three:

    identical   the same grid: fields come out as they are, to the bit
    nested      the same projection, source cells lie wholly in target cells: their true areas
    centres     any other grid: each source cell counts wholly where its centre is; a target cell
                without any centre takes the nearest one within 1.5 cell widths
"""

from typing import Any, Literal

import numpy as np
import xarray as xr
from numpy.typing import NDArray
from scipy.sparse import csr_array

from thermocline.errors import BadData
from thermocline.ocean.projected import ProjectedGrid
from thermocline.prepare.overlap import SAME, areas, centres_within, close, nested_cells

COMPONENTS = ("siu", "siv")
"""Components along a grid's own x and y."""
COARSEST = 5
"""How many times as wide as the target's cells the source's may be: some 5° for sea ice."""


class MapRemapper:
    """Remaps fields [..., h, w] to a map; weights are made once.

    Args:
        source: a grid on a map, or latitude and longitude of the centres, both [h, w] in degrees
            (NaN where a model has no point).
        minimum_valid: smallest share of a target cell that must be valid.
        where: what the source is of, for errors.

    Raises:
        BadData: for cells that are too wide to say anything of the target's.

    Attributes:
        method: `identical`, `nested` or `centres`.
        weights: W [H·W, h·w], in m².
    """

    method: Literal["identical", "nested", "centres"]

    def __init__(
        self,
        source: ProjectedGrid | tuple[NDArray, NDArray],
        target: ProjectedGrid,
        minimum_valid: float = 0.5,
        where: str = "grid",
    ):
        self.target, self.minimum_valid = target, minimum_valid
        full = target.cell_area().ravel()
        cells = nested_cells(source, target) if isinstance(source, ProjectedGrid) else None
        if isinstance(source, ProjectedGrid):
            latitude, longitude, area = *source.centres(), source.cell_area()
        else:
            latitude, longitude = (np.asarray(part, dtype=np.float64) for part in source)
            area = areas(latitude, longitude)
        self.source_shape = latitude.shape
        if cells is not None:
            known = cells >= 0
            self.method = "nested"
            if self.source_shape == target.shape and close(source, target):
                self.method = "identical"
            rows, columns = cells[known], np.flatnonzero(known)
        else:
            self.method = "centres"
            _check_width(area, full, where)
            rows, columns = centres_within(latitude, longitude, area, target)
        shape = (full.size, latitude.size)
        self.weights = csr_array((area.ravel()[columns], (rows, columns)), shape=shape)
        # Where centres are few, a cell has as much area as they have; where many, its own.
        inside = self.weights.sum(axis=1)
        few = np.bincount(rows, minlength=full.size) < 9
        self.full = np.where(few & (self.method == "centres"), inside, np.maximum(full, inside))

    def __call__(self, field: NDArray) -> NDArray:
        """Remap a field [..., h, w] with NaN where missing to [..., H, W], likewise.

        Raises:
            BadData: for a field of another shape than the source's.
        """
        field = np.asarray(field)
        if field.shape[-2:] != self.source_shape:
            raise BadData(
                f"a field of {field.shape[-2:]} cells on a grid of {self.source_shape}",
                where="remapping",
                fix="give the field on the grid the remapper was made for",
            )
        if self.method == "identical":
            return field
        flat = field.reshape(-1, self.weights.shape[1]).T
        valid = np.isfinite(flat)
        total = self.weights @ np.where(valid, flat, 0.0).astype(np.float64)
        share = self.weights @ valid.astype(np.float64)
        enough = (share >= (self.minimum_valid - SAME) * self.full[:, None]) & (share > 0)
        result = np.divide(total, share, out=np.full_like(total, np.nan), where=enough)
        return result.T.reshape(*field.shape[:-2], *self.target.shape)


def to_map(dataset: xr.Dataset, variable: str, target: ProjectedGrid) -> xr.DataArray:
    """`variable`(…, y, x) of a canonical field on the cells of a map.

    Raises:
        BadData: for a component along x or y of another map, or of no map; like `MapRemapper`.
    """
    remapper, field = remapper_of(dataset, variable, target), dataset[variable]
    values = remapper(field.values).astype(field.dtype)
    dims = (*field.dims[:-2], *target.dims)
    kept = {d: field[d] for d in field.dims[:-2] if d in field.coords}
    axes = {d: (d, getattr(target, d)) for d in target.dims}
    return xr.DataArray(values, kept | axes, dims, name=variable, attrs=field.attrs)


def remapper_of(dataset: xr.Dataset, variable: str, target: ProjectedGrid) -> MapRemapper:
    """What remaps a canonical field to a map; raises BadData like `to_map`."""
    source: Any
    where = str(dataset.attrs.get("file", "")) or variable
    if dataset.attrs.get("crs"):
        source = ProjectedGrid(dataset.x.values, dataset.y.values, dataset.attrs["crs"])
    else:
        source = dataset.latitude.values, dataset.longitude.values
        if dataset.latitude.ndim == 1:
            source = tuple(np.meshgrid(*source, indexing="ij"))
    if variable in COMPONENTS and getattr(source, "crs", None) != target.crs:
        raise BadData(
            f"{variable} is along the lines of its own grid, which are not those of {target.crs}",
            where=where,
            fix="give drift on the same projection, or turn its components to it first",
        )
    return MapRemapper(source, target, where=where)


def _check_width(source: NDArray, target: NDArray, where: str) -> None:
    """Raises BadData where cells of areas [h, w] are far wider than those of areas [H·W]."""
    known = source[source > 0]
    given, own = (np.sqrt(np.median(area)) / 1e3 for area in (known if known.size else 0, target))
    if given > COARSEST * own:
        raise BadData(
            f"its values are some {given:,.0f} km apart, for cells of {own:,.0f} km",
            where=where,
            fix=f"give a field whose cells are at most {COARSEST * own:,.0f} km wide",
        )
