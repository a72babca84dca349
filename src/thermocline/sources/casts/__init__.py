"""Observations as NetCDF (Argo, EN4, Copernicus, …) and as MATLAB files to canonical profiles."""
