"""The same few casts in many encodings, as different providers would write them."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import gsw
import netCDF4
import numpy as np
from numpy.typing import NDArray

LATITUDE, LONGITUDE = np.array([35.25, -41.5]), np.array([-40.5, 150.25])
PRESSURE = np.array([[5.0, 60.0, 300.0, 1200.0], [10.0, 75.0, 500.0, 900.0]])
IN_SITU = np.array([[20.125, 18.5, 12.25, 4.0], [14.5, 13.0, 8.25, 6.125]])
SALINITY = np.array([[36.0, 36.1, 35.5, 35.0], [34.5, 34.6, 34.75, 34.5]])
TIME = np.array(["2008-03-12T06:00", "2008-03-14T18:00"], "datetime64[ns]")
DEPTH = -gsw.z_from_p(PRESSURE, LATITUDE[:, None])
ABSOLUTE = gsw.SA_from_SP(SALINITY, PRESSURE, LONGITUDE[:, None], LATITUDE[:, None])
POTENTIAL = gsw.pt0_from_t(ABSOLUTE, IN_SITU, PRESSURE)
CONSERVATIVE = gsw.CT_from_t(ABSOLUTE, IN_SITU, PRESSURE)

KINDS = {
    "in situ": (IN_SITU, "sea_water_temperature"),
    "potential": (POTENTIAL, "sea_water_potential_temperature"),
    "conservative": (CONSERVATIVE, "sea_water_conservative_temperature"),
}
FORMATS = ("argo", "instac", "seadatanet", "named", "en4", "wod")


@dataclass(frozen=True)
class Encoding:
    """How the casts are written. Each field's first choice is the plainest."""

    kind: str = "in situ"
    units: str = "degree_Celsius"
    packing: str = "f8"
    limits: str = ""
    fill: float = -9999.0
    vertical: str = "pressure"
    vertical_units: str = ""
    positive: str = "down"
    reverse: bool = False
    longitude: str = "degrees_east"
    unit_of_time: str = "days"
    epoch: str = "1950-01-01"
    wild: str = ""
    salinity: str = "1e-3"
    storage: str = "NETCDF3_CLASSIC"


CHOICES: dict[str, tuple[Any, ...]] = {
    "kind": ("in situ", "potential", "conservative"),
    "units": ("degree_Celsius", "K", "deg celsius", "degrees_C", "degF", "kelvin"),
    "packing": ("f8", "f4", "i4", "i2"),
    "limits": ("", "packed", "unpacked", "range"),
    "fill": (-9999.0, -32768.0),
    "vertical": ("pressure", "depth", "both", "either"),
    "vertical_units": ("", "SI", "small"),
    "positive": ("down", "up", ""),
    "reverse": (False, True),
    "longitude": ("degrees_east", "0-360", "degrees_west"),
    "unit_of_time": (
        "days", "hours", "minutes", "seconds", "milliseconds", "microseconds", "nanoseconds", "ms",
    ),
    "epoch": (
        "1950-01-01", "1970-01-01 00:00:00 UTC", "2008-03-01T00:00:00Z", "2008-03-01 02:00 +02:00",
    ),
    "wild": ("", "flagged", "adjusted"),
    "salinity": ("1e-3", "PSU", "1", "kg/kg", "g kg-1", "%", "ppt", "dimensionless"),
    "storage": ("NETCDF3_CLASSIC", "NETCDF4"),
}  # fmt: skip
LENGTH = {
    "days": 86400e9, "hours": 3600e9, "minutes": 60e9, "seconds": 1e9, "milliseconds": 1e6,
    "ms": 1e6, "microseconds": 1e3, "nanoseconds": 1.0,
}  # fmt: skip
EPOCHS = {text: np.datetime64(text[:10], "ns") for text in CHOICES["epoch"]}


def possible(form: str, how: Encoding) -> Encoding:
    """The nearest encoding that a format allows."""
    if form == "en4":
        how = replace(how, vertical="depth", kind="potential")
    if form == "wod":
        how = replace(how, vertical="depth")
    if form == "argo":
        how = replace(how, vertical="pressure")
    if form not in ("argo", "instac", "named") and how.wild == "adjusted":
        how = replace(how, wild="flagged")
    if how.packing == "i2" and how.units == "degF":
        how = replace(how, units="K")
    if how.packing[0] != "i" and how.limits == "packed":
        how = replace(how, limits="unpacked")
    if how.packing == "i4" and how.fill == -32768.0:
        how = replace(how, fill=-9999.0)
    if how.vertical == "pressure" or how.vertical == "both":
        how = replace(how, positive="down")
    return how


def tolerance(how: Encoding) -> float:
    """Rounding of the encoding, °C."""
    return {"f8": 1e-9, "f4": 2e-5, "i4": 1e-4, "i2": 2e-3}[how.packing] * 1.2


def write(path: Path, form: str, how: Encoding, **wrong: Any) -> Path:
    """The casts in a provider's format; `wrong` overrides what is written, by name."""
    values, standard = KINDS[how.kind]
    with netCDF4.Dataset(path, "w", format=how.storage) as file:
        writer = _Writer(file, form, how, wrong)
        writer.coordinates()
        writer.temperature(values, wrong.get("standard_name", standard))
        if not wrong.get("fresh"):
            share = {"kg/kg": 1e-3, "%": 0.1}.get(how.salinity, 1.0) * wrong.get("salt", 1.0)
            unit = wrong.get("salinity_units", how.salinity)
            writer.parameter("salinity", SALINITY * share, unit, "sea_water_practical_salinity")
        writer.vertical()
    return path


NAMES: dict[str, dict[str, str]] = {
    "argo": {"temperature": "TEMP", "salinity": "PSAL", "pressure": "PRES", "time": "JULD"},
    "instac": {"temperature": "TEMP", "salinity": "PSAL", "pressure": "PRES", "depth": "DEPH"},
    "seadatanet": {
        "temperature": "TEMPPR01", "salinity": "PSLTZZ01",
        "pressure": "PRES", "depth": "ADEPZZ01",
    },
    "named": {
        "temperature": "t_water", "salinity": "s_water", "pressure": "p", "depth": "zz",
        "latitude": "y", "longitude": "x", "time": "when",
    },
    "en4": {
        "temperature": "POTM_CORRECTED", "salinity": "PSAL_CORRECTED",
        "depth": "DEPH_CORRECTED", "time": "JULD",
    },
    "wod": {
        "temperature": "Temperature", "salinity": "Salinity", "depth": "z",
        "latitude": "lat", "longitude": "lon", "time": "time",
    },
}  # fmt: skip
DIMS = {
    "argo": ("N_PROF", "N_LEVELS"), "instac": ("TIME", "DEPTH"), "named": ("cast", "level"),
    "seadatanet": ("INSTANCE", "MAXZ"), "en4": ("N_PROF", "N_LEVELS"), "wod": ("casts", "obs"),
}  # fmt: skip


class _Writer:
    def __init__(self, file: netCDF4.Dataset, form: str, how: Encoding, wrong: dict[str, Any]):
        self.file, self.form, self.how, self.wrong = file, form, how, wrong
        self.dims = DIMS[form]
        casts, levels = PRESSURE.shape
        file.createDimension(self.dims[0], casts)
        file.createDimension(self.dims[1], casts * levels if form == "wod" else levels)
        if form == "argo":
            self._flags("DATA_MODE", np.full(casts, b"D" if how.wild == "adjusted" else b"R"), 1)

    def name(self, what: str) -> str:
        return NAMES[self.form].get(what, what.upper())

    def _flags(self, name: str, flags: NDArray, rank: int) -> None:
        characters = flags.dtype.kind == "S"
        variable = self.file.createVariable(name, "S1" if characters else "i1", self.dims[:rank])
        variable[:] = flags

    def coordinates(self) -> None:
        east = {
            "degrees_east": (LONGITUDE, "degrees_east"),
            "0-360": (LONGITUDE % 360, "degrees_east"),
            "degrees_west": (-LONGITUDE, "degrees_west"),
        }[self.how.longitude]
        for what, values, unit in (("latitude", LATITUDE, "degrees_north"), ("longitude", *east)):
            variable = self.file.createVariable(self.name(what), "f8", self.dims[:1])
            variable[:] = values + self.wrong.get(f"{what}_shift", 0)
            variable.units = self.wrong.get(f"{what}_units", unit)
            variable.standard_name = what
        passed = (TIME - EPOCHS[self.how.epoch]).astype(np.int64)
        variable = self.file.createVariable(self.name("time"), "f8", self.dims[:1])
        variable.standard_name = "time"
        if self.wrong.get("time_units", True):
            variable.units = self.wrong.get(
                "time_units", f"{self.how.unit_of_time} since {self.how.epoch}"
            )
        variable[:] = passed / LENGTH[self.how.unit_of_time]
        good = np.full(len(TIME), b"1")
        if self.form in ("argo", "en4"):
            self._flags("JULD_QC", good, 1)
            self._flags("POSITION_QC", good, 1)

    def temperature(self, values: NDArray, standard: str) -> None:
        unit = self.wrong.get("units", self.how.units)
        shown = self.how.units
        stored = values + 273.15 if shown in ("K", "kelvin") else values
        stored = stored * 1.8 + 32 if shown == "degF" else stored
        stored = self.wrong.get("shift", 0.0) + stored
        wild = stored.copy()
        if self.how.wild:
            # Bad values stand between the good ones, which move one level down.
            stored, wild = (
                np.insert(stored, 2, v, axis=1) for v in (stored[:, 2], 7.7 + stored[:, 2])
            )
        self.levels = stored.shape[1]
        self._resize()
        if self.how.wild == "adjusted":
            self._pair("temperature", wild + 3, unit, standard)  # raw: all of it wrong
            adjusted = wild.copy()
            self._pair("temperature", adjusted, unit, standard, "_ADJUSTED", bad=2)
        else:
            self._pair("temperature", wild, unit, standard, bad=2 if self.how.wild else None)

    def _resize(self) -> None:
        """Nothing is written on the second dimension before this."""
        name = self.dims[1]
        size = self.levels * (2 if self.form == "wod" else 1)
        if self.file.dimensions[name].size != size:
            self.file.renameDimension(name, f"unused_{name}")
            self.file.createDimension(name, size)

    def parameter(self, what: str, values: NDArray, unit: str, standard: str) -> None:
        if self.how.wild:
            values = np.insert(values, 2, values[:, 2], axis=1)
        self._pair(what, values, unit, standard)
        if self.how.wild == "adjusted":
            self._pair(what, values, unit, standard, "_ADJUSTED")

    def vertical(self) -> None:
        factor = {"": (1.0, "dbar", 1.0, "m"), "SI": (1e4, "Pa", 1e-3, "km"),
                  "small": (0.1, "bar", 100.0, "cm")}[self.how.vertical_units]  # fmt: skip
        way = self.how.vertical
        deep = -DEPTH if self.how.positive != "down" else DEPTH
        if way in ("pressure", "both", "either"):
            values = PRESSURE * factor[0] + self.wrong.get("deeper", 0)
            values[1] = np.nan if way == "either" else values[1]
            self.parameter("pressure", values, factor[1], "sea_water_pressure")
        if way in ("depth", "both", "either"):
            values = deep * factor[2]
            values[0] = np.nan if way == "either" else values[0]
            self.parameter("depth", values, factor[3], "depth")
            if self.how.positive:
                self.file.variables[self.name("depth")].positive = self.wrong.get(
                    "positive", self.how.positive
                )

    def _pair(
        self, what: str, values: NDArray, unit: str, standard: str, suffix: str = "",
        bad: int | None = None,
    ) -> None:  # fmt: skip
        flags = np.full(values.shape, 1)
        if bad is not None:
            flags[:, bad] = 4
        flags[np.isnan(values)] = 9
        if self.how.reverse:
            values, flags = values[:, ::-1], flags[:, ::-1]
        name = self.name(what) + suffix
        packing = self.how.packing if what == "temperature" else "f8"
        dims = self.dims[1:] if self.form == "wod" else self.dims
        fill = np.dtype(packing).type(self.how.fill)
        variable = self.file.createVariable(name, packing, dims, fill_value=fill)
        variable.units, variable.standard_name = unit, standard
        scale, offset = {"i2": (0.002, values.min() if packing == "i2" else 0)}.get(
            packing, (1e-4 if packing == "i4" else 1.0, 0.0)
        )
        numbers = (values - offset) / scale
        if packing[0] == "i":
            variable.scale_factor, variable.add_offset = scale, float(offset)
            numbers = np.round(numbers).astype(packing)
        if what == "temperature" and self.how.limits:
            self._limit(variable, packing, numbers, values)
        variable.set_auto_maskandscale(False)
        numbers = np.where(np.isnan(values), fill, numbers)
        variable[:] = numbers.ravel() if self.form == "wod" else numbers
        self._flag(name, flags)

    def _limit(self, variable: Any, packing: str, numbers: NDArray, values: NDArray) -> None:
        low, high = float(values.min()) - 1, float(values.max()) + 1
        if self.how.limits == "packed":
            kind = numbers.dtype.type
            variable.valid_min = kind(max(numbers.min() - 5, -32767))
            variable.valid_max = kind(numbers.max() + 5)
        elif self.how.limits == "range":
            variable.valid_range = np.array([low, high], "f8" if packing[0] == "i" else packing)
        else:
            kind = np.float64 if packing[0] == "i" else np.dtype(packing).type
            variable.valid_min, variable.valid_max = kind(low), kind(high)

    def _flag(self, name: str, flags: NDArray) -> None:
        if self.form == "wod":
            variable = self.file.createVariable(f"{name}_WODflag", "i1", self.dims[1:])
            variable[:] = np.where(flags == 1, 0, flags).ravel()
            variable = self.file.createVariable(f"{name}_row_size", "i4", self.dims[:1])
            variable[:] = [flags.shape[1]] * len(flags)
        elif self.form == "seadatanet":
            self._flags(f"{name}_SEADATANET_QC", flags + 48, 2)
        elif self.form in ("argo", "en4"):
            self._flags(f"{name}_QC", flags.astype("S1"), 2)
        else:
            self._flags(f"{name}_QC", flags, 2)
