"""A NetCDF file with all its names in small letters, as some servers write them."""

from pathlib import Path

import netCDF4


def in_small_letters(path: Path, to: Path) -> Path:
    """A copy of a file with variables, dimensions and what names them in small letters."""
    with netCDF4.Dataset(path) as old, netCDF4.Dataset(to, "w", format=old.data_model) as new:
        old.set_auto_maskandscale(False)
        old.set_auto_chartostring(False)
        new.setncatts({key: old.getncattr(key) for key in old.ncattrs()})
        for name, dimension in old.dimensions.items():
            new.createDimension(name.lower(), dimension.size)
        for name, found in old.variables.items():
            if isinstance(found.datatype, netCDF4.CompoundType):
                continue
            said = {key: found.getncattr(key) for key in found.ncattrs()}
            if "ancillary_variables" in said:
                said["ancillary_variables"] = str(said["ancillary_variables"]).lower()
            fill = said.pop("_FillValue", None)
            dims = tuple(dim.lower() for dim in found.dimensions)
            copy = new.createVariable(name.lower(), found.datatype, dims, fill_value=fill)
            copy.set_auto_maskandscale(False)
            copy.set_auto_chartostring(False)
            copy.setncatts(said)
            if found.size:
                copy[...] = found[...]
    return to
