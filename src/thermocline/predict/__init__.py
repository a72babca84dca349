"""The facade of the service and the command line: observations in, CF NetCDF out."""
