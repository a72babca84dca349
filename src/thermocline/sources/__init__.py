"""One reader per provider format, each to one canonical xarray.Dataset."""
