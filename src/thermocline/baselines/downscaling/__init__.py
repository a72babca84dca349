"""Finer maps from block means: interpolation, regression, kriging."""
