"""NSIDC's 25 km sea ice concentration as bytes: with a header of 300 bytes, or in NetCDF.

Source: NSIDC-0051 user guide. 0 to 250 are the concentration times 250; 251 to 255 are codes for
missing values. The first row is the top of the map.
"""

import os
import re
from pathlib import Path

import numpy as np
import xarray as xr

from thermocline.errors import BadFile, shown
from thermocline.sources.coordinates.projection import SHAPES
from thermocline.sources.fields.reader import canonical, read_raw_field
from thermocline.sources.files.opening import local_file

HEADER = 300
CODES = {251: "pole_hole", 252: "unused", 253: "coast", 254: "land", 255: "missing"}
NETCDF = "conc_code"
"""The variable with these bytes in a NetCDF file."""
_BEGINS = re.compile(rb"[ \d]{5}\x00[ \d]{5}\x00[ \d]{5}\x00")


def is_nsidc(path: Path) -> bool:
    """Whether a file begins like the header: numbers of five characters, each with a zero byte."""
    with path.open("rb") as stream:
        return _BEGINS.match(stream.read(18)) is not None


def read_nsidc(path: str | os.PathLike[str], variable: str = "siconc") -> xr.Dataset:
    """The canonical field of a binary file; its header gives hemisphere, shape and date.

    Raises:
        BadFile: for a file of another length than its header says, or a contradictory header.
    """
    from thermocline.ocean.projected import nsidc

    where, content = os.fspath(path), local_file(path).read_bytes()
    if len(content) < HEADER:
        raise _wrong(
            f"is cut short: {len(content)} bytes, and the header alone has {HEADER}", where
        )
    fields = [part.decode("latin-1").strip(" \x00") for part in _split(content[:126], 6)]
    title = content[150:230].decode("latin-1").strip(" \x00")
    columns, rows = (_number(fields[k], what, where) for k, what in ((1, "columns"), (2, "rows")))
    hemisphere = SHAPES.get((rows, columns))
    if hemisphere is None:
        raise _wrong(f"its header says {rows} rows and {columns} columns, no 25 km grid", where)
    if len(content) != HEADER + rows * columns:
        cut = "is cut short" if len(content) < HEADER + rows * columns else "is too long"
        whole = HEADER + rows * columns
        raise _wrong(f"{cut}: {len(content):,} bytes, and its header says {whole:,}", where)
    said = {"ARCTIC": "north", "ANTARCTIC": "south"}.get((title.split() or [""])[0].upper())
    if said not in (None, hemisphere):
        raise _wrong(
            f"its header says {title.split()[0]}, but its shape is that of the {hemisphere}", where
        )
    if fields[20] and _number(fields[20], "scale", where) != 250:
        raise _wrong(f"its header says that values are divided by {shown(fields[20])}", where)
    grid = nsidc(hemisphere)
    values = np.frombuffer(content, np.uint8, offset=HEADER).reshape(1, rows, columns)
    axes = {"y": grid.y[::-1], "x": grid.x}
    raw = xr.Dataset(
        {"icecon": (("time", "y", "x"), values), "crs": grid.coordinates()["crs"]},
        {
            "time": ("time", [_middle(fields, where)], {"units": "days since 1970-01-01"}),
            **{
                a: (a, v, {"units": "m", "standard_name": f"projection_{a}_coordinate"})
                for a, v in axes.items()
            },
        },
        {"institution": "NSIDC", "source_id": " ".join(title.split()[1:])[:60]},
    )
    raw["icecon"].attrs["grid_mapping"] = "crs"
    return canonical(_coded(raw, "icecon"), variable, where)


def read_nsidc_netcdf(path: str | os.PathLike[str], variable: str = "siconc") -> xr.Dataset:
    """The canonical field of a NetCDF file with such bytes in `conc_code`.

    Raises:
        BadFile: if its comment does not say which bytes are concentrations.
    """
    return read_raw_field(path, variable, lambda raw: _stated(raw, os.fspath(path)))


def _stated(raw: xr.Dataset, where: str) -> xr.Dataset:
    found = raw.variables[NETCDF]
    comment = str(found.attrs.get("comment", ""))
    if found.dtype != np.uint8 or not re.search(r"250\D.*\b251\D+pole.*\b254\D+land", comment):
        raise _wrong(f"{NETCDF} does not say which bytes are concentrations", where)
    return _coded(raw, NETCDF)


def _coded(raw: xr.Dataset, name: str) -> xr.Dataset:
    """The dataset with CF's attributes for these bytes, decoded."""
    said = {
        "standard_name": "sea_ice_area_fraction",
        "units": "1",
        "scale_factor": 1 / 250,
        "flag_values": np.array(list(CODES), np.uint8),
        "flag_meanings": " ".join(CODES.values()),
    }
    field = raw.variables[name].copy(deep=False)
    field.attrs = field.attrs | said
    return raw.assign({name: xr.conventions.decode_cf_variable(name, field)})


def _middle(fields: list[str], where: str) -> float:
    """Middle of the header's days, from its first to its last, in days since 1970-01-01."""
    first, last, year = (_number(fields[k], "date", where) for k in (11, 14, 17))
    year += 1900 if year < 100 else 0
    if not 1 <= first <= last <= 366 or not 1970 < year < 2200:
        raise _wrong(f"its header says days {first} to {last} of {year}", where)
    start = np.datetime64(f"{year}-01-01", "D").astype(int)
    return float(start) + (first - 1 + last) / 2


def _split(content: bytes, size: int) -> list[bytes]:
    return [content[k : k + size] for k in range(0, len(content), size)]


def _number(text: str, what: str, where: str) -> int:
    if not re.fullmatch(r"-?\d{1,6}", text):
        raise _wrong(f"its header has {shown(repr(text))} for its {what}", where)
    return int(text)


def _wrong(what: str, where: str) -> BadFile:
    return BadFile(f"an NSIDC ice concentration file: {what}", where=where, fix="download it again")
