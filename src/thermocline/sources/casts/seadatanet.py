"""SeaDataNet profiles: INSTANCE × MAXZ, BODC P01 parameter names, flags as ASCII codes.

SeaDataNet file formats, NetCDF (CF) transport. In its flag scheme L20, the codes 1, 2, 5 and 8 have
the same meanings as in Argo's.
"""

import os

import xarray as xr

from thermocline.errors import BadFile
from thermocline.sources.casts.flag_variables import (
    flags_of,
    refuse_unclaimed,
    rejected_casts,
    unclear_flags,
)
from thermocline.sources.casts.instac import DEPTH, PRESSURE, SALINITY, TEMPERATURE
from thermocline.sources.casts.netcdf import open_netcdf
from thermocline.sources.casts.parameters import choice_note, parameter
from thermocline.sources.casts.profiles import profiles_dataset
from thermocline.sources.casts.raw import Casts
from thermocline.sources.common.quantity import Quantity
from thermocline.sources.common.salinity import UNIT


def read_seadatanet(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of a SeaDataNet NetCDF file of CTD casts or bottles.

    Raises:
        BadFile: for a file cut short or without temperature, its flags, and pressure or depth.
    """
    with open_netcdf(path) as file:
        file.require("LATITUDE", "LONGITUDE", "TIME")
        names = file.find((), TEMPERATURE, 2)
        if not names:
            raise BadFile(
                "has no variable with the standard_name sea_water_temperature and its flags",
                where=file.name,
                fix="give a SeaDataNet file of temperature profiles",
            )
        count = file.variables[names[0]].shape[0]
        refuse_unclaimed(file, names[0])
        notes = choice_note(names) + unclear_flags(file, names[0])

        def accepted(unit: str, *standard_names: str) -> Quantity | None:
            nonlocal notes
            found = file.find((), standard_names, 2)
            notes += choice_note(found)
            if not found:
                return None
            return parameter(file, found[0], unit, unit, flags=flags_of(file, found[0]))

        pressure, depth = accepted("dbar", *PRESSURE), accepted("m", *DEPTH)
        if pressure is None and depth is None:
            raise BadFile(
                "has neither pressure nor depth",
                where=file.name,
                fix="give the depth or pressure of each level, with its standard_name",
            )
        station = next((n for n in ("SDN_LOCAL_CDI_ID", "SDN_STATION") if n in file), None)
        casts = Casts(
            parameter(file, names[0], "degC", "degC", flags=flags_of(file, names[0])),
            file.degrees("LATITUDE", count, "latitude"),
            file.degrees("LONGITUDE", count, "longitude"),
            file.dates("TIME"),
            file.text(station) if station else [""] * count,
            pressure=pressure,
            depth=depth,
            salinity=accepted(UNIT, *SALINITY),
            rejected=rejected_casts(file, names[0]),
            notes=notes,
        )
    return profiles_dataset(casts, path, "SeaDataNet")
