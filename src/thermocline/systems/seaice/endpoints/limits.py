"""What requests of this system are limited to, and what their files have to be."""

MAX_OBSERVATIONS = 5000
WANTS = "a gridded NetCDF or NSIDC binary with sea-ice concentration, or a CSV table of points"
