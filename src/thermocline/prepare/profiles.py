"""All profiles of the archive in one file, for scoring and demonstrations."""

from collections.abc import Iterable
from pathlib import Path

import xarray as xr

from thermocline.errors import BadObservations
from thermocline.files import atomic_path


def collect_profiles(path: str | Path, profiles: Iterable[xr.Dataset]) -> None:
    """Join canonical profiles (n_prof × n_level) in time order and write them as NetCDF.

    Datasets with fewer levels are padded with NaN; those without a profile are passed over.

    Raises:
        BadObservations: if there is no profile at all.
    """
    parts = [part for part in profiles if part.sizes["n_prof"]]
    if not parts:
        raise BadObservations(
            "no usable profile in any file", where=str(path), fix="check the raw profile files"
        )
    levels = max(part.sizes["n_level"] for part in parts)
    parts = [part.pad(n_level=(0, levels - part.sizes["n_level"])) for part in parts]
    joined = xr.concat(parts, "n_prof", combine_attrs="drop_conflicts", join="outer")
    joined = joined.sortby("time").reset_coords("platform_number")
    # Fixed-width characters: the same bytes whenever the stage is rerun.
    width = max(1, int(joined["platform_number"].str.len().max()))
    joined["platform_number"] = joined["platform_number"].astype(f"S{width}")
    for variable in joined.variables.values():
        variable.encoding = {}
    encoding = {
        name: {"zlib": True, "complevel": 1, "shuffle": True} for name in ("thetao", "so", "depth")
    }
    with atomic_path(path) as temporary:
        joined.to_netcdf(temporary, engine="netcdf4", encoding=encoding)
