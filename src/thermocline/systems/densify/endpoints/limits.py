"""What a question may hold: for the command line, which reads it without arrays or pydantic."""

MAX_OBSERVATIONS = 200_000
WANTS = "EN4 or Argo profiles as NetCDF, or a CSV table"
SURFACE_WANTS = "a gridded NetCDF with sea surface temperature, salinity or height"
