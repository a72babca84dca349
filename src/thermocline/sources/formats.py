"""Which provider's format a file is in, and the reader that each format has.

A new format is a new file with a reader, a line in a table below, and a line in `sniff`.
"""

import os
from importlib import import_module

import xarray as xr

from thermocline.errors import BadFile, ThermoclineError
from thermocline.sources.casts.argo_reference import PROFILES
from thermocline.sources.casts.dataset import with_temperature
from thermocline.sources.casts.instac import instac_temperature
from thermocline.sources.casts.layouts import a_field, refuse_groups, refused
from thermocline.sources.casts.netcdf import NetCDF, open_netcdf
from thermocline.sources.casts.trajectory import track_variable
from thermocline.sources.fields.nsidc import NETCDF, is_nsidc
from thermocline.sources.fields.southern_ocean import GRID
from thermocline.sources.files.matlab import shapes
from thermocline.sources.files.opening import container, local_file, reason
from thermocline.sources.files.unsupported import refuse_other

PROFILE_READERS = {
    "argo": "casts.argo:read_argo",
    "en4": "casts.en4:read_en4",
    "instac": "casts.instac:read_instac",
    "seadatanet": "casts.seadatanet:read_seadatanet",
    "wod": "casts.wod:read_wod",
    "csv": "tables.reader:read_csv",
    "matlab-profiles": "casts.argo_reference:read_matlab_profiles",
    "trajectory": "casts.trajectory:refuse_trajectory",
}
FIELD_READERS = {
    "field": "fields.reader:read_netcdf_field",
    "matlab-field": "fields.southern_ocean:read_matlab_field",
    "nsidc": "fields.nsidc:read_nsidc",
    "nsidc-netcdf": "fields.nsidc:read_nsidc_netcdf",
}


def sniff(path: str | os.PathLike[str]) -> str:
    """Name of the format of a file, found by its content and never by its suffix.

    Raises:
        BadFile: for a URL, a missing, empty or truncated file, or one of no known format.
    """
    found = local_file(path)
    if is_nsidc(found):
        return "nsidc"
    kind = container(found)
    if kind in ("text", "utf-16"):
        refuse_other(found, kind, os.fspath(path))
        return "csv"
    if kind.startswith("matlab"):
        return _matlab_format(path)
    with open_netcdf(path) as file:
        refuse_groups(file.handle, file.name)
        return _netcdf_format(file)


def _netcdf_format(file: NetCDF) -> str:
    dims = {name.upper() for name in file.handle.dimensions}
    names = set(file.variables)
    if "POTM_CORRECTED" in file or "DEPH_CORRECTED" in file:
        return "en4"
    if "N_PROF" in dims and ("JULD" in file or ("PRES" in names and "TIME" not in file)):
        return "argo"  # argopy exports TIME in place of JULD, in CF's form
    if "Temperature_row_size" in file or "z_row_size" in file:
        return "wod"
    if any(name.upper().endswith("_SEADATANET_QC") for name in names):
        return "seadatanet"
    if instac_temperature(file):
        return "instac"
    if track_variable(file):
        return "trajectory"
    return "nsidc-netcdf" if NETCDF in names else "field"


def _matlab_format(path: str | os.PathLike[str]) -> str:
    """`matlab-field` or `matlab-profiles`, by the variables in the file.

    Raises:
        BadFile: for a file with the variables of neither.
    """
    names = set(shapes(path))
    for kind, needed in (("matlab-field", GRID), ("matlab-profiles", PROFILES)):
        if names >= set(needed):
            return kind
    listed = ", ".join(repr(name[:40])[1:-1] for name in sorted(names)[:8])
    raise BadFile(
        f"a MATLAB file with {listed or 'no variables'}",
        where=os.fspath(path),
        fix=f"give a file with {', '.join(GRID)} or with {', '.join(PROFILES)}",
    )


def read_profiles(path: str | os.PathLike[str]) -> xr.Dataset:
    """Canonical profiles of an observation file, whichever provider's.

    Dims n_prof, n_level: `thetao` (potential temperature, °C), `so`, `depth` (m, positive down);
    coords latitude, longitude, time, platform_number on n_prof. Only good values are kept; a
    file without any gives n_prof = 0 (see `require_profiles`).

    Raises:
        BadFile: for a file without profiles, one that is cut short, or one that lacks variables.
        BadObservations: for an impossible value in a table.
    """
    return with_temperature(read_casts(path))


def read_casts(path: str | os.PathLike[str]) -> xr.Dataset:
    """The profiles of `read_profiles`, with salinities also at levels without a temperature.

    Attributes: `account` counts the temperatures, `salinity_account` the salinities.
    """
    kind = sniff(path)
    if kind == "field":
        with open_netcdf(path) as file:
            raise refused(file)
    if kind not in PROFILE_READERS:
        raise a_field(os.fspath(path))
    return _read(PROFILE_READERS[kind], path)


def read_field(path: str | os.PathLike[str], variable: str = "thetao") -> xr.Dataset:
    """The canonical field of a gridded file: `variable`(time, depth, latitude, longitude).

    Values are °C (kelvin is converted), land NaN, depth metres positive down, longitudes
    −180…180, every coordinate ascending; calendars are kept. Surface variables have one depth,
    0 m; a file without time has one date, NaT. On a curvilinear grid (attrs["grid"]) the dims
    are time, depth, y, x and latitude and longitude are 2-D; a zonal mean has no longitude.
    Values are read when they are used. attrs: source, provider, member (CMIP6's r-part), grid.

    Raises:
        BadFile: for a file that is cut short, not gridded, or lacks the variable.
        BadData: for units that contradict the values, sigma levels, nothing but missing values.
    """
    kind = sniff(path)
    if kind not in FIELD_READERS:
        raise BadFile(
            f"holds {'a table' if kind == 'csv' else f'{kind} observations'}, not a gridded field",
            where=os.fspath(path),
            fix="give a gridded file here; give observations where the command or request asks "
            "for them",
        )
    return _read(FIELD_READERS[kind], path, variable)


def _read(entry: str, path: str | os.PathLike[str], *arguments: object) -> xr.Dataset:
    module, name = entry.split(":")
    reader = getattr(import_module(f"thermocline.sources.{module}"), name)
    try:
        return reader(path, *arguments)
    except ThermoclineError:
        raise
    except (ValueError, IndexError, KeyError, TypeError, OSError, RuntimeError) as problem:
        # Contradictions that no reader looks for, such as flags of another shape than their values.
        raise BadFile(
            f"its parts contradict each other ({reason(problem)})",
            where=os.fspath(path),
            fix="check the file against its format, or download it again",
        ) from problem
