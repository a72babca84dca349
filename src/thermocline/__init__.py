"""Complete ocean fields with trustworthy uncertainty from sparse observations."""

import os
from importlib.util import find_spec

__version__ = "0.1.0"

# Threads that wait by spinning take the processor from the threads they wait for. On two cores
# shared with anything else that made training five times slower, so they are told to sleep. The
# libraries read this when they are loaded: what runs with `make` has it from the start.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

# A file names the filters it is packed with, and HDF5 loads those that are not its own from the
# disk: code to run. It looks in one folder alone, which is part of the NetCDF package (in none in
# the service, see bento/service.py), and which filters a file may name is said in `borrowed`.
_netcdf = find_spec("netCDF4")
if _netcdf is not None and _netcdf.submodule_search_locations:
    os.environ["HDF5_PLUGIN_PATH"] = f"{_netcdf.submodule_search_locations[0]}/plugins"
