"""Optimal interpolation of whole columns, in the coefficients of vertical modes."""
