"""One field in many guises: every equivalent way in which a provider might write it, by chance."""

from dataclasses import dataclass, field
from pathlib import Path

import netCDF4
import numpy as np
from numpy.typing import NDArray

LAT, LON = np.array([-37.5, -36.5, -35.5, -34.5, -33.5]), np.array([-58.5, -57.5, -56.5, -55.5])
DEPTH = np.array([5.0, 50.0, 500.0])
YEAR = 2009  # not a leap year: every calendar but that of 360 days has its months
EDGES = np.array([np.datetime64(f"{YEAR}-{month:02d}-01") for month in (1, 2, 3, 4)])
CELSIUS = ("degC", "deg celsius", "DEG C", "Celsius", "degrees_celsius", "degree_C", "°C", "C")
KELVIN = ("K", "kelvin", "Kelvin", "degrees_kelvin", "degK")
UNITS = {**{u: (1, 0) for u in CELSIUS}, **{u: (1, 273.15) for u in KELVIN}, "degF": (1.8, 32)}
NAMES = {
    "thetao": ("thetao", "votemper", "TEMP", "temp", "ptm"),
    "tos": ("tos", "sst", "SST", "analysed_sst", "sea_surface_temperature"),
}
STANDARD = {
    "thetao": ("sea_water_potential_temperature",),
    "tos": ("sea_surface_temperature", "sea_surface_foundation_temperature",
            "sea_surface_subskin_temperature"),
}  # fmt: skip
SECONDS = {"days": 86400, "hours": 3600, "minutes": 60, "seconds": 1, "milliseconds": 1e-3}


@dataclass
class Stored:
    """A variable of a file: its values as they are stored."""

    dims: tuple[str, ...]
    values: NDArray
    attributes: dict = field(default_factory=dict)
    fill: object = None


def truth(variable: str) -> NDArray[np.float64]:
    """°C [3, levels, 5, 4]: every value another, NaN at two places."""
    levels = DEPTH if variable == "thetao" else np.zeros(1)
    t, z, y, x = np.meshgrid(np.arange(3), levels, LAT, LON, indexing="ij")
    values = 12 + 2 * t - z / 100 + (y + 35) + (x + 57) / 4
    values[:, :, 0, 0] = values[:, -1, 3, 2] = np.nan
    return values


def written(path: Path, variables: dict[str, Stored], storage: str, packed: bool) -> None:
    with netCDF4.Dataset(path, "w", format=storage) as file:
        for stored in variables.values():
            for name, size in zip(stored.dims, stored.values.shape, strict=True):
                if name not in file.dimensions:
                    file.createDimension(name, size)
        for name, stored in variables.items():
            compressed = {"zlib": True} if packed and stored.dims else {}
            made = file.createVariable(
                name, stored.values.dtype, stored.dims, fill_value=stored.fill, **compressed
            )
            made.set_auto_maskandscale(False)
            made.setncatts(stored.attributes)
            made[...] = stored.values


class Encoding:
    """The encoding that a seed stands for.

    Attributes:
        variables: what the file holds.
        expected: what must be read, °C [time, depth, latitude, longitude].
        tolerance: of the encoding, °C.
        wild: values that the file itself rejects.
        said: the choices made, for messages.
    """

    def __init__(self, seed: int):
        self.rng = np.random.default_rng(seed)
        self.variable = self.pick("thetao", "tos")
        self.expected = truth(self.variable)
        self.said: dict[str, object] = {"seed": seed, "variable": self.variable}
        self.variables: dict[str, Stored] = {}
        self.axes()
        self.time()
        self.temperature()
        self.flags()
        self.others()
        classic = any(s.values.dtype.kind in "u" or s.values.dtype == np.int64
                      for s in self.variables.values())  # fmt: skip
        self.storage = self.choose("storage", "NETCDF4", "NETCDF4_CLASSIC", "NETCDF3_CLASSIC",
                                   "NETCDF3_64BIT_DATA")  # fmt: skip
        if classic:
            self.storage = "NETCDF4"

    def pick(self, *options):
        return options[self.rng.integers(len(options))]

    def choose(self, what: str, *options):
        self.said[what] = chosen = self.pick(*options)
        return chosen

    def chance(self, what: str, p: float) -> bool:
        self.said[what] = bool(self.rng.random() < p)
        return bool(self.said[what])

    def write(self, path: Path) -> None:
        packed = self.storage.startswith("NETCDF4") and self.chance("compressed", 0.5)
        written(path, self.variables, self.storage, packed)

    def axes(self) -> None:
        """Horizontal and vertical coordinates, and how the values lie along them."""
        lat, lon = LAT.copy(), LON.copy()
        self.rows, self.columns = np.arange(LAT.size), np.arange(LON.size)
        self.levels = np.arange(self.expected.shape[1])
        if self.chance("southward", 0.4):
            self.rows = self.rows[::-1]
        if self.chance("rolled", 0.3):
            self.columns = np.roll(self.columns, 2)
        self.cyclic = self.chance("cyclic", 0.15)
        if self.cyclic:
            self.columns = np.r_[self.columns, self.columns[0]]
        lat, lon = lat[self.rows], lon[self.columns]
        if self.cyclic:
            lon[-1] += 360
        convention = self.choose("longitudes", "east", "0-360", "west", "degrees")
        units = {"west": "degrees_west", "degrees": "degrees"}.get(
            convention, self.pick("degrees_east", "degree_east", "degrees_E", "degrees East")
        )
        if convention == "0-360":
            lon = np.where(lon < 0, lon + 360, lon + (360 if self.cyclic else 0))
        elif convention == "west":
            lon = -lon
        y, x, names = self.choose("names of axes", *(
            (("lat", "lon"), ("lat", "lon")), (("latitude", "longitude"),) * 2,
            (("y", "x"), ("nav_lat", "nav_lon")), (("j", "i"), ("phi", "lambda")),
        ))[0], None, None  # fmt: skip
        dims, names = self.said["names of axes"]
        y, x = dims
        kind = self.pick("f4", "f8")
        north = {"units": self.pick("degrees_north", "degree_N", "degreesN")}
        east = {"units": units}
        for said, standard in ((north, "latitude"), (east, "longitude")):
            if convention == "degrees" or self.rng.random() < 0.5:
                said["standard_name"] = standard
        if dims == ("lat", "lon") and self.rng.random() < 0.5:
            north["axis"], east["axis"] = "Y", "X"
        if self.chance("two-dimensional", 0.25):
            lon2, lat2 = np.meshgrid(lon, lat)
            if names == dims:
                names = ("nav_lat", "nav_lon")
            self.variables[names[0]] = Stored((y, x), lat2.astype(kind), north)
            self.variables[names[1]] = Stored((y, x), lon2.astype(kind), east)
        else:
            if self.chance("bounds of axes", 0.3):
                for name, dim, values, said in (
                    (names[0], y, lat, north),
                    (names[1], x, lon, east),
                ):
                    said["bounds"] = f"{name}_bnds"
                    bounds = np.stack([values - 0.5, values + 0.5], axis=1)
                    self.variables[f"{name}_bnds"] = Stored((dim, "bnds"), bounds)
            self.variables[names[0]] = Stored((y,), lat.astype(kind), north)
            self.variables[names[1]] = Stored((x,), lon.astype(kind), east)
        self.dims = {"y": y, "x": x}
        self.coordinates = list(names)
        self.vertical()

    def vertical(self) -> None:
        if self.variable == "tos":
            if self.chance("a level of 0 m", 0.3):
                self.variables["zlev"] = Stored(("zlev",), np.zeros(1), {"units": "m", "axis": "Z"})
                self.dims["z"] = "zlev"
            return
        if self.chance("upward", 0.3):
            self.levels = self.levels[::-1]
        depth = DEPTH[self.levels]
        units, scale = self.choose("unit of depth", ("m", 1), ("meters", 1), ("cm", 100),
                                   ("centimeters", 100), ("km", 1e-3), ("METERS", 1))  # fmt: skip
        said = {"units": units}
        sign = self.choose("positive", "down", "up", "up, said down", "")
        depth = depth * scale * (-1 if sign.startswith("up") else 1)
        if sign:
            said["positive"] = "up" if sign == "up" else "down"
        said |= self.pick({"axis": "Z"}, {"standard_name": "depth"}, {"axis": "Z"})
        name = self.choose("name of depth", "lev", "depth", "deptht", "z_t", "zz")
        dim = name
        if self.chance("index of levels", 0.25):
            dim = self.pick("k", "level")
            index = self.pick({"axis": "Z", "long_name": "grid index in z"}, {"units": "1"}, {})
            self.variables[dim] = Stored((dim,), np.arange(3, dtype="i4"), index)
            self.coordinates.append(name)
        elif self.chance("bounds of depths", 0.3):
            said["bounds"] = "depth_bnds"
            edges = np.stack([depth * 0.8, depth * 1.1], axis=1)
            self.variables["depth_bnds"] = Stored((dim, "bnds"), edges)
        self.variables[name] = Stored((dim,), depth.astype(self.pick("f4", "f8")), said)
        self.dims["z"] = dim

    def time(self) -> None:
        calendar = self.choose("calendar", "", "standard", "gregorian", "proleptic_gregorian",
                               "noleap", "365_day")  # fmt: skip
        unit = self.choose("unit of time", *SECONDS)
        since = self.choose("since", "2009-01-01", "2008-12-01 00:00:00", "2009-01-01T00:00:00Z",
                            "2009-01-01 00:00:0.0 UTC")  # fmt: skip
        start = np.datetime64(since[:10], "s")
        stamp = self.choose("stamped", "middle", "start", "end", "middle, no bounds")
        edges = EDGES.astype("datetime64[s]")
        middle = edges[:-1] + (edges[1:] - edges[:-1]) // 2
        when = {"start": edges[:-1], "end": edges[1:]}.get(stamp, middle)
        count = lambda moments: (moments - start).astype(float) / SECONDS[unit]
        said = {"units": f"{unit} since {since}"} | ({"calendar": calendar} if calendar else {})
        name = self.choose("name of time", "time", "TIME", "time_counter", "t")
        if stamp != "middle, no bounds":
            said["bounds"] = f"{name}_bnds"
            bounds = np.stack([count(edges[:-1]), count(edges[1:])], axis=1)
            self.variables[f"{name}_bnds"] = Stored((name, "bnds"), bounds)
        whole = unit not in ("days", "milliseconds") and self.rng.random() < 0.5
        self.variables[name] = Stored((name,), count(when).astype("i4" if whole else "f8"), said)
        self.dims["t"] = name

    def temperature(self) -> None:
        """Values, packed or not, with what stands for missing ones, in any order of dimensions."""
        values = self.expected[:, self.levels][:, :, self.rows][..., self.columns].copy()
        self.missing = np.isnan(values)
        self.wild = np.zeros(values.shape, bool)
        self.rejected = self.choose(
            "rejected by", None, "quality_level", "l2p_flags", "mask", "qc", "valid_range",
            "flag_values",
        )  # fmt: skip
        if self.rejected:
            self.wild[:, :, 1:3, 1] = True
            self.wild &= ~self.missing
            values[self.wild] = 36.25 if self.rejected != "valid_range" else 39.5
            first = np.argsort(self.columns[: LON.size])
            back = self.wild[:, np.argsort(self.levels)][:, :, np.argsort(self.rows)][..., first]
            self.expected[back] = np.nan
        units = self.choose("units", *UNITS)
        scale, offset = UNITS[units]
        stored = values * scale + offset
        said: dict = {"units": units}
        kind = self.choose("dtype", "f4", "f8", "i2", "i4")
        packing = (0.0, 0.0)
        if kind in ("i2", "i4"):
            step = {"i2": 0.01, "i4": 0.001}[kind] * scale
            packing = (step, self.pick(0.0, offset, 20.0 * scale + offset))
            if kind == "i2" and offset > 100 and packing[1] == 0:
                packing = (step, offset)
            stored = np.rint((stored - packing[1]) / step)
            as_type = self.pick(np.float32, np.float64)
            said |= {"scale_factor": as_type(step), "add_offset": as_type(packing[1])}
            self.tolerance = 0.6 * step / scale + 2e-4
        else:
            self.tolerance = 2e-4
        dtype = np.dtype(kind)
        self.fill(stored, said, dtype, packing)
        if self.rejected == "valid_range":
            self.valid_range(said, scale, offset, packing, dtype)
        name = self.choose("name", *NAMES[self.variable], "x1")
        if name == "x1" or self.chance("standard name", 0.6):
            said["standard_name"] = self.pick(*STANDARD[self.variable])
        if self.chance("coordinates attribute", 0.5) or not self.dims["y"].startswith("lat"):
            said["coordinates"] = " ".join(self.coordinates)
        said["cell_methods"] = "time: mean"
        self.name, self.packing = name, packing
        self.place(name, stored.astype(dtype), said, self.declared)

    def place(self, name, values, said, fill=None) -> None:
        """Store [t, z, y, x] values in a random order of the dimensions there are."""
        order = [d for d in ("t", "z", "y", "x") if d in self.dims]
        if "z" not in self.dims:
            values = values[:, 0]
        if not hasattr(self, "order"):
            self.order = order
            if self.chance("other order", 0.3):
                self.order = [order[k] for k in self.rng.permutation(len(order))]
        values = values.transpose([order.index(d) for d in self.order])
        self.variables[name] = Stored(tuple(self.dims[d] for d in self.order), values, said, fill)

    def fill(self, stored, said, dtype, packing) -> None:
        """Put numbers for missing values into `stored`, declared or not."""
        self.declared = None
        how = self.choose("missing", "_FillValue", "missing_value", "both", "undeclared")
        if dtype.kind == "f":
            number = self.pick(-999.0, 1e20, 9.96921e36, -9999.0, 99999.0, -32768.0)
            if how in ("_FillValue", "both") and self.rng.random() < 0.3:
                number = np.nan
        else:
            number = -32768 if dtype.itemsize == 2 else self.pick(-32768000, -99999999)
            if how == "undeclared" and dtype.itemsize == 4:
                how = self.said["missing"] = "_FillValue"
        stored[self.missing] = number
        if how in ("_FillValue", "both"):
            self.declared = dtype.type(number)
        if how in ("missing_value", "both"):
            said["missing_value"] = dtype.type(number)

    def valid_range(self, said, scale, offset, packing, dtype) -> None:
        low, high = (-3 * scale + offset, 38 * scale + offset)
        form = self.choose("valid range", "packed", "unpacked")
        if packing[0] and form == "packed":
            ends = np.array([(end - packing[1]) / packing[0] for end in (low, high)])
            ends = np.rint(ends).astype(dtype)
        else:
            ends = np.array([low, high], "f4" if dtype.kind == "i" else dtype)
        if self.pick(True, False):
            said["valid_range"] = ends
        else:
            said["valid_min"], said["valid_max"] = ends

    def flags(self) -> None:
        """A variable that rejects the wild values."""
        if self.rejected in (None, "valid_range"):
            return
        values = {
            "quality_level": (5, 1), "l2p_flags": (1, 3), "mask": (1, 2), "qc": (1, 4),
            "flag_values": (0, 2),
        }[self.rejected]  # fmt: skip
        name = {"qc": f"{self.name}_qc", "flag_values": f"{self.name}_flag"}.get(
            self.rejected, self.rejected
        )
        kind = self.pick("i1", "i2", "i4")
        level = "no_data bad_data worst_quality low_quality acceptable_quality best_quality"
        ints = lambda *numbers: np.array(numbers, kind)
        said = {
            "quality_level": self.pick(
                {}, {"flag_values": ints(0, 1, 2, 3, 4, 5), "flag_meanings": level}
            ),
            "l2p_flags": {"flag_masks": ints(1, 2, 4), "flag_meanings": "microwave land ice"},
            "mask": {"flag_values": ints(1, 2), "flag_meanings": "water land"},
            "qc": {},
            "flag_values": {"flag_values": ints(0, 1, 2), "flag_meanings": "good suspect bad"},
        }[self.rejected]
        if self.rng.random() < 0.5:
            self.variables[self.name].attributes["ancillary_variables"] = name
        self.place(name, np.where(self.wild, values[1], values[0]).astype(kind), dict(said))

    def others(self) -> None:
        """Variables that are none of ours."""
        y, x = self.dims["y"], self.dims["x"]
        shape = (len(self.rows), len(self.columns))
        if self.chance("a mapping", 0.3):
            self.variables["crs"] = Stored((), np.array(0, "i4"), {"grid_mapping_name": "x"})
        if self.chance("bathymetry", 0.3):
            facts = {"units": "m", "standard_name": "sea_floor_depth_below_geoid"}
            self.variables["bathy"] = Stored((y, x), np.full(shape, 4000.0), facts)
        if self.chance("air", 0.3):
            facts = {"units": "K", "standard_name": "air_temperature"}
            self.variables["tas"] = Stored((self.dims["t"], y, x), np.zeros((3, *shape)), facts)
        if self.chance("anomaly", 0.2):
            facts = {"units": "K", "standard_name": "sea_surface_temperature_anomaly"}
            self.variables["anom"] = Stored((self.dims["t"], y, x), np.zeros((3, *shape)), facts)
