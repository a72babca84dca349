"""Complete ocean fields with trustworthy uncertainty from sparse observations."""

import os

__version__ = "0.1.0"

# Threads that wait by spinning take the processor from the threads they wait for. On two cores
# shared with anything else that made training five times slower, so they are told to sleep. The
# libraries read this when they are loaded: what runs with `make` has it from the start.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

# A file names the filters it is packed with, and HDF5 would load them from the disk: code to run.
# This name of no filter tells every copy of HDF5 to look for none; they read it when they start.
os.environ["HDF5_PLUGIN_PRELOAD"] = "::"
