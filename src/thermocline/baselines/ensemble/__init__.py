"""Ensemble optimal interpolation: the covariance of training states, localised, and its draws."""
