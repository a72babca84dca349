"""Classical mapping methods: the reference for learned systems.

    ensemble     ensemble optimal interpolation: a localised covariance of training states
    univariate   each level by itself: optimal interpolation, DINEOF, climatology
    columns      optimal interpolation of whole columns, in coefficients of vertical modes
    downscaling  finer maps from block means: interpolation, regression, kriging
    common       covariances of distance, factors, training states, and files

Each imports only from those below it (the layers are in pyproject.toml).
"""
