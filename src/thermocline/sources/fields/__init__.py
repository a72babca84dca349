"""Gridded files (NetCDF, NSIDC, MITgcm, MATLAB) to canonical fields."""
