"""One reader per provider format, each to one canonical xarray.Dataset.

    gathering    profiles of many files in one
    formats      which format a file is in, and the reader of each
    tables       observations as text: CSV and other delimited tables
    casts        observations as NetCDF: profiles of every provider
    fields       gridded files of every provider
    coordinates  the horizontal, vertical and time coordinates of gridded files
    flags        what quality flags mean
    common       units, and what the attributes of a variable say
    files        opening files safely, and decoding the numbers and dates in them
    account      how many values were used, and why the others were dropped

Each imports only from those below it (the layers are in pyproject.toml). Names are resolved on
first use, so that importing this package costs nothing.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from thermocline.sources.casts.profiles import require_profiles
    from thermocline.sources.fields.mitgcm import read_levitus_mitgcm
    from thermocline.sources.formats import read_casts, read_field, read_profiles, sniff
    from thermocline.sources.gathering.gather import gather

_HOME = {
    "gather": "gathering.gather",
    "read_casts": "formats",
    "read_field": "formats",
    "read_profiles": "formats",
    "sniff": "formats",
    "read_levitus_mitgcm": "fields.mitgcm",
    "require_profiles": "casts.profiles",
}

__all__ = [
    "gather",
    "read_casts",
    "read_field",
    "read_levitus_mitgcm",
    "read_profiles",
    "require_profiles",
    "sniff",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
