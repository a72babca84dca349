"""Mesoscale eddies of a few regions: layered quasi-geostrophic flow, and the columns it heaves."""
