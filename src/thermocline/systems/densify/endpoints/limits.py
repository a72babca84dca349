"""What requests of this system are limited to, and what their files have to be."""

MAX_OBSERVATIONS = 200_000
WANTS = "EN4 or Argo profiles as NetCDF, or a CSV table"
SURFACE_WANTS = "a gridded NetCDF with sea surface temperature, salinity or height"
