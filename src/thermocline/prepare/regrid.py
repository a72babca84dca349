"""Land-aware horizontal remapping with sparse-matrix weights.

W [target, source] holds nonnegative weights. With v the validity (0 or 1) of source cells,

    target = (W (v x)) / (W v)   where (W v) / (W 1) ≥ `minimum_valid`, else missing,

so land never mixes into the sea and a mask may differ at every time and level. For
`conservative` W is the area shared by each pair of cells, for which Σ target · (W v) equals
Σ source · area over the valid source cells, to rounding (Jones, 1999, first order).
"""

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadData
from thermocline.ocean.latlon import LatLonGrid
from thermocline.ocean.sphere import wrap_longitude
from thermocline.prepare.weights import Method, first_column, rectilinear, scattered


class Regridder:
    """Remaps fields [..., h, w] from a source to a target grid; weights are made once.

    Args:
        latitude, longitude: cell centres of the source in degrees, either both 1-D (rectilinear,
            any order and longitude convention) or both 2-D [h, w] (curvilinear).
        target: the grid to map to.
        method: `bilinear`, `conservative` (rectilinear sources only) or `nearest`. On a
            curvilinear source `bilinear` is the mean of the source cells inside a target cell, or
            where fewer than four are, the inverse-distance mean of the four nearest.
        minimum_valid: smallest share of a target's weight that must be valid.

    Raises:
        BadData: for coordinates that describe no grid, or a method that does not fit them.
    """

    def __init__(
        self,
        latitude: NDArray,
        longitude: NDArray,
        target: LatLonGrid,
        method: Method = "bilinear",
        minimum_valid: float = 0.5,
    ):
        latitude = np.asarray(latitude, dtype=np.float64)
        longitude = wrap_longitude(longitude)
        _check(latitude, longitude)
        self.target, self.method, self.minimum_valid = target, method, minimum_valid
        self.identity = False
        self.order: tuple[NDArray, NDArray] | None = None
        if latitude.ndim == 1:
            self.source_shape = (latitude.size, longitude.size)
            rows, columns = np.argsort(latitude), np.argsort(longitude)
            self.identity = (latitude.size, longitude.size) == target.shape and bool(
                np.allclose(latitude[rows], target.latitude, atol=1e-4)
                and np.allclose(longitude[columns], target.longitude, atol=1e-4)
            )
            latitude, longitude = latitude[rows], longitude[columns]
            if not self.identity:
                first = first_column(longitude)
                columns = np.roll(columns, -first)
                # Unwrapped: ascending from the first column east of the widest gap.
                longitude = np.concatenate([longitude[first:], longitude[:first] + 360])
            if not (np.all(np.diff(rows) > 0) and np.all(np.diff(columns) > 0)):
                self.order = (rows, columns)
            self.weights = rectilinear(latitude, longitude, target, method)
        else:
            self.source_shape = latitude.shape
            self.weights = scattered(latitude, longitude, target, method)
        # What a wholly valid cell has: its own area, even where the source does not reach.
        self._last: tuple[NDArray[np.bool_], NDArray, NDArray[np.bool_]] | None = None
        conservative = method == "conservative"
        self.full = target.cell_area().ravel() if conservative else self.weights.sum(axis=1)

    def __call__(self, field: NDArray) -> NDArray[np.float64]:
        """Remap a field [..., h, w] with NaN where missing to [..., H, W], likewise."""
        field = np.asarray(field)
        if field.shape[-2:] != self.source_shape:
            raise BadData(
                f"a field of {field.shape[-2:]} cells on a grid of {self.source_shape}",
                where="regridding",
                fix="give the field on the grid the regridder was made for",
            )
        if self.order is not None:
            field = field[..., self.order[0][:, None], self.order[1]]
        if self.identity:
            return field.astype(np.float64)
        # Cells first, as products with sparse matrices have them; once, before values are copied.
        flat = np.ascontiguousarray(field.reshape(-1, self.weights.shape[1]).T)
        valid = np.isfinite(flat)
        values = flat.astype(np.float64)
        values[~valid] = 0.0
        total = self.weights @ values
        share, enough = self._shares(valid)
        result = np.divide(total, share, out=np.full_like(total, np.nan), where=enough)
        return result.T.reshape(*field.shape[:-2], *self.target.shape)

    def _shares(self, valid: NDArray[np.bool_]) -> tuple[NDArray, NDArray[np.bool_]]:
        """W v of masks [h·w, N], and where it suffices; of the last masks from memory.

        Most archives have the same mask at every time.
        """
        if self._last is None or not np.array_equal(self._last[0], valid):
            share = self.weights @ valid.astype(np.float64)
            enough = (share >= self.minimum_valid * self.full[:, None] - 1e-12) & (share > 0)
            self._last = valid, share, enough
        return self._last[1:]

    def weight_of(self, valid: NDArray[np.bool_]) -> NDArray[np.float64]:
        """W v of one mask [h, w] as [H, W]: for `conservative`, the valid area in m²."""
        if self.order is not None:
            valid = valid[self.order[0][:, None], self.order[1]]
        return (self.weights @ valid.reshape(-1).astype(np.float64)).reshape(self.target.shape)


def _check(latitude: NDArray, longitude: NDArray) -> None:
    where = "source grid"
    if latitude.ndim not in (1, 2) or latitude.ndim != longitude.ndim:
        raise BadData("latitude and longitude must both be 1-D or both 2-D", where=where)
    if latitude.ndim == 2 and latitude.shape != longitude.shape:
        raise BadData(f"latitude {latitude.shape} but longitude {longitude.shape}", where=where)
    if latitude.ndim == 1:
        for name, values in (("latitude", latitude), ("longitude", longitude)):
            if (
                values.size < 2
                or not np.isfinite(values).all()
                or np.unique(values).size < len(values)
            ):
                raise BadData(
                    f"{name} has missing or repeated values, or fewer than two",
                    where=where,
                    fix="drop the cyclic point, or give a grid of at least 2 × 2 cells",
                )
    if np.nanmax(np.abs(latitude)) > 90:
        raise BadData(
            "latitude leaves the globe",
            where=where,
            fix="latitude lies between −90 and 90",
        )


def best_method(latitude: NDArray, longitude: NDArray, target: LatLonGrid) -> Method:
    """`conservative` for a rectilinear source finer than the target, otherwise `bilinear`."""
    if np.ndim(latitude) == 1 and len(latitude) > 1 and len(longitude) > 1:
        steps = [np.median(np.abs(np.diff(np.sort(x)))) for x in (latitude, longitude)]
        wanted = [np.median(np.diff(x)) for x in (target.latitude, target.longitude)]
        if steps[0] < 0.75 * wanted[0] and steps[1] < 0.75 * wanted[1]:
            return "conservative"
    return "bilinear"
