"""Grids on a map projection, such as the polar stereographic ones of sea ice.

    area of a cell = Δx Δy / k,     k the projection's areal scale at its centre

which is the midpoint rule: for cells of 25 km the error of an area is less than 1e-5 of it.
"""

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS, Proj, Transformer
from pyproj.exceptions import CRSError

from thermocline.errors import BadData
from thermocline.ocean.axes import Bracket, Index, bracket, cell_edges, nearest, within
from thermocline.ocean.grid import digest_of
from thermocline.ocean.sphere import wrap_longitude


@dataclass(frozen=True, eq=False)
class ProjectedGrid:
    """Cells between lines of equal x and y of a map; a `Grid`.

    Attributes:
        x, y: cell centres [W] and [H] in metres, ascending. Files that begin in the north have
            their rows turned on reading.
        crs: the projection as pyproj understands it, such as "EPSG:3413"; kept as its
            authority's code where it has one, as WKT otherwise.

    Raises:
        BadData: for axes that do not ascend, a CRS that is none or is not in metres, or cells
            that the projection puts nowhere on the Earth.
    """

    x: NDArray[np.floating]
    y: NDArray[np.floating]
    crs: str

    def __post_init__(self) -> None:
        for name, values in (("x", self.x), ("y", self.y)):
            if values.ndim != 1 or values.size < 2 or not np.all(np.diff(values) > 0):
                raise BadData(f"{name} is not strictly ascending", where="grid")
        object.__setattr__(self, "crs", _named(self.crs))
        if not all(np.isfinite(part).all() for part in self._centres):
            raise BadData(
                "some cells are nowhere on the Earth",
                where="grid",
                fix=f"give x and y in metres, within the bounds of {self.crs}",
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns, (H, W)."""
        return self.y.size, self.x.size

    @property
    def dims(self) -> tuple[str, str]:
        """Names of the dimensions."""
        return "y", "x"

    @property
    def periodic(self) -> bool:
        """Never: a map has borders."""
        return False

    @cached_property
    def _transformer(self) -> Transformer:
        """From degrees of the CRS's own ellipsoid to metres."""
        crs = CRS(self.crs)
        return Transformer.from_crs(crs.geodetic_crs, crs, always_xy=True)

    @cached_property
    def _centres(self) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        x, y = np.meshgrid(self.x, self.y)
        longitude, latitude = self._transformer.transform(x, y, direction="INVERSE")
        return latitude, wrap_longitude(np.where(np.isfinite(longitude), longitude, np.nan))

    def centres(self) -> tuple[NDArray[np.floating], NDArray[np.floating]]:
        """Latitude and longitude of every cell's centre, each [H, W]."""
        return self._centres

    def cell_area(self) -> NDArray[np.float64]:
        """Area of every cell [H, W] on the CRS's ellipsoid, in square metres; to be read only."""
        return self._area

    @cached_property
    def _area(self) -> NDArray[np.float64]:
        latitude, longitude = self._centres
        # A scale is taken along a parallel, which has no direction at a pole itself.
        scale = (
            Proj(CRS(self.crs))
            .get_factors(longitude, np.clip(latitude, -90 + 1e-4, 90 - 1e-4))
            .areal_scale
        )
        low, high = cell_edges(self.x, -np.inf, np.inf)
        south, north = cell_edges(self.y, -np.inf, np.inf)
        area = (north - south)[:, None] * (high - low)[None, :] / np.asarray(scale)
        area.flags.writeable = False
        return np.asarray(area)

    def project(
        self, latitude: ArrayLike, longitude: ArrayLike
    ) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """x and y of points, in metres; infinite where the projection has no place for them."""
        x, y = self._transformer.transform(
            wrap_longitude(longitude), np.asarray(latitude, np.float64)
        )
        return np.asarray(x), np.asarray(y)

    def locate(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Index, Index]:
        """Row and column of the cell that holds each point, or of the nearest one on the map."""
        x, y = self.project(latitude, longitude)
        return nearest(self.y, y), nearest(self.x, x)

    def contains(self, latitude: ArrayLike, longitude: ArrayLike) -> NDArray[np.bool_]:
        """Whether each point lies in a cell of the grid."""
        x, y = self.project(latitude, longitude)
        low, high = cell_edges(self.x, -np.inf, np.inf)
        south, north = cell_edges(self.y, -np.inf, np.inf)
        return within(x, low[0], high[-1]) & within(y, south[0], north[-1])

    def bracket(self, latitude: ArrayLike, longitude: ArrayLike) -> tuple[Bracket, Bracket]:
        """The rows and the columns whose centres lie around each point; see `Grid`."""
        x, y = self.project(latitude, longitude)
        return bracket(self.y, y), bracket(self.x, x)

    def coordinates(self) -> dict[str, Any]:
        """CF coordinates `y`, `x`, the auxiliary `latitude` and `longitude` [H, W], and `crs`."""
        made: dict[str, Any] = {}
        for name, values in (("y", self.y), ("x", self.x)):
            about = {
                "standard_name": f"projection_{name}_coordinate",
                "long_name": f"{name} of the projection",
                "units": "m",
                "axis": name.upper(),
                "bounds": f"{name}_bnds",
            }
            edges = np.stack(cell_edges(values, -np.inf, np.inf), axis=1)
            made[name] = (name, values, about)
            made[f"{name}_bnds"] = ((name, "bnds"), edges)
        for name, values, units in zip(
            ("latitude", "longitude"),
            self._centres,
            ("degrees_north", "degrees_east"),
            strict=True,
        ):
            about = {"standard_name": name, "long_name": name.capitalize(), "units": units}
            made[name] = (self.dims, values, about)
        mapping = CRS(self.crs).to_cf()
        if mapping.get("grid_mapping_name") == "polar_stereographic":
            # CF wants the pole, too, which pyproj leaves out beside a standard parallel.
            pole = float(np.copysign(90, mapping.get("standard_parallel", 90)))
            mapping.setdefault("latitude_of_projection_origin", pole)
        return {**made, "crs": ((), np.int32(0), mapping)}

    def describe(self) -> dict[str, Any]:
        """Plain JSON values from which `grid_from_description` makes the same grid."""
        return {
            "kind": "projected",
            "crs": self.crs,
            "x": self.x.tolist(),
            "y": self.y.tolist(),
        }

    def digest(self) -> str:
        """SHA-256 of the description."""
        return digest_of(self.describe())


def nsidc(hemisphere: str, step: float = 25_000.0) -> ProjectedGrid:
    """The polar stereographic grid of NSIDC's sea-ice products.

    Source: NSIDC, "A Guide to NSIDC's Polar Stereographic Projection": outer edges in km.

    Args:
        hemisphere: "north" (EPSG:3413) or "south" (EPSG:3976).
        step: size of a cell in metres; 25 km, or a divisor of it.

    Raises:
        BadData: for another hemisphere, or cells that do not fill the area.
    """
    edges = {
        "north": ("EPSG:3413", (-3850e3, 3750e3), (-5350e3, 5850e3)),
        "south": ("EPSG:3976", (-3950e3, 3950e3), (-3950e3, 4350e3)),
    }
    if hemisphere not in edges or not step > 0 or 25_000.0 % step:
        raise BadData(
            f"an NSIDC grid of the {hemisphere} with cells of {step} m",
            where="grid",
            fix="give north or south, and cells of 25 km or a divisor of it",
        )
    crs, *axes = edges[hemisphere]
    x, y = (low + step * (np.arange(round((high - low) / step)) + 0.5) for low, high in axes)
    return ProjectedGrid(x, y, crs)


def _named(crs: str) -> str:
    """The code of a CRS where its authority has exactly this one; its WKT otherwise."""
    try:
        known = CRS(crs)
    except CRSError as problem:
        raise BadData(
            f"no projection: {crs!r}", where="grid", fix='give a CRS such as "EPSG:3413"'
        ) from problem
    units = {axis.unit_name for axis in known.axis_info}
    if not known.is_projected or units != {"metre"}:
        raise BadData(
            f"{known.name} has axes in {', '.join(sorted(units))}",
            where="grid",
            fix='give a projected CRS in metres, such as "EPSG:3413"',
        )
    authority = known.to_authority()
    code = ":".join(authority) if authority else ""
    return code if code and CRS(code) == known else known.to_wkt()
