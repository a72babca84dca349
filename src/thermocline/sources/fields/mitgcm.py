"""The Levitus climatology of MITgcm's tutorials: raw big-endian float32, exactly 0 on land."""

import os
from pathlib import Path

import numpy as np
import xarray as xr

from thermocline.errors import BadFile
from thermocline.ocean.variables import VARIABLES
from thermocline.sources.fields.reader import canonical
from thermocline.sources.files.opening import local_file

THICKNESS = (50, 70, 100, 140, 190, 240, 290, 340, 390, 440, 490, 540, 590, 640, 690)
"""Thickness of the model's layers in metres; values are at their centres."""

SHAPE = (12, len(THICKNESS), 40, 90)
FREEZING = -2.5
"""Lowest temperature of sea water, °C; the file has a few colder cells."""

DIMS = ("time", "depth", "latitude", "longitude")
_FILES = {"thetao": "lev_t.bin", "so": "lev_s.bin"}


def read_levitus_mitgcm(folder: str | os.PathLike[str]) -> xr.Dataset:
    """`thetao` and `so` [12 months, 15, 40, 90] of a folder with lev_t.bin and lev_s.bin.

    `time` is the month, 1–12. Land is NaN: where temperature and salinity are exactly zero.
    Temperatures below `FREEZING` are dropped. Without lev_s.bin only `thetao` is read, and its
    zeros are land.

    Raises:
        BadFile: if a file is missing or is not 12 × 15 × 40 × 90 float32.
    """
    base = Path(folder)
    fields = {"thetao": _read(base / _FILES["thetao"])}
    if (base / _FILES["so"]).is_file():
        fields["so"] = _read(base / _FILES["so"])
    # Sea water may be exactly 0 °C, but it is never exactly without salt.
    land = fields.get("so", fields["thetao"]) == 0
    fields = {name: np.where(land, np.nan, values) for name, values in fields.items()}
    edges = np.concatenate([[0.0], np.cumsum(THICKNESS)])
    raw = xr.Dataset(
        {name: (DIMS, values, VARIABLES[name].attributes) for name, values in fields.items()},
        coords={
            "time": ("time", np.arange(1, 13), {"long_name": "calendar month"}),
            "depth": ("depth", (edges[:-1] + edges[1:]) / 2, {"units": "m"}),
            "latitude": ("latitude", -78.0 + 4.0 * np.arange(40), {"units": "degrees_north"}),
            "longitude": ("longitude", 2.0 + 4.0 * np.arange(90), {"units": "degrees_east"}),
        },
        attrs={"source_id": "Levitus", "institution": "MITgcm"},
    )
    raw["thetao"].attrs["valid_min"] = FREEZING
    return xr.merge([canonical(raw, name, str(base)) for name in fields], combine_attrs="override")


def _read(path: Path) -> np.ndarray:
    found = local_file(path)
    size, whole = found.stat().st_size, 4 * int(np.prod(SHAPE))
    if size != whole:
        raise BadFile(
            f"{size:,} bytes instead of {whole:,}",
            where=str(path),
            fix=f"a Levitus binary holds {' × '.join(map(str, SHAPE))} big-endian float32",
        )
    return np.fromfile(found, dtype=">f4").reshape(SHAPE).astype(np.float32)
