"""From canonical datasets to the training store: regridding, climatology, splits, checks."""
