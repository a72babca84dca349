"""What a board of reconstruct is shown with."""

from dataclasses import replace

from thermocline.systems.composed_defaults import criterion_of
from thermocline.verify.board.columns import COSTS, SCORES, SHAPE_DEFINITION, Column
from thermocline.verify.board.presentation import Asked, Presentation
from thermocline.verify.board.rows import Context

PRESENTATION = Presentation(
    reference="climatology",
    names={
        "ensemble_oi": ("localised ensemble OI", "ensemble OI"),
        "ensemble_oi_hybrid": ("partly localised ensemble OI", "partly localised OI"),
        "reconmost": ("ReconMOST (published preset)", "ReconMOST"),
        "oi": ("optimal interpolation, per level", "OI per level"),
        "dineof": ("DINEOF", "DINEOF"),
        "climatology": ("climatology", "climatology"),
    },
    protocols={
        "columns": Asked("{percent} % of columns observed", "{percent} % of columns"),
        "cells": Asked("{percent} % of cells observed at each level", "{percent} % of cells"),
    },
    cases="months",
    columns=(
        *SCORES,
        Column("mse_guidance", "MSE observed ({unit}²)"),
        Column("mse_reconstruction", "MSE others ({unit}²)"),
        Column("mse_total", "MSE total ({unit}²)", least=True),
        *COSTS,
    ),
    definitions=(
        "RMSE, bias, CRPS and spread/skill are over all ocean cells of all levels, weighted by "
        "cell area; every level counts alike, whatever its thickness. CRPS is the fair one for "
        "members, the Gaussian one for a stated standard deviation and the mean absolute error for "
        "a point estimate. Spread/skill is 1 when the stated uncertainty has the size of the "
        "error.",
        SHAPE_DEFINITION,
        "MSE on observed cells, on the others, and in total = density × observed + (1 − density) × "
        "others, are not weighted by area, as published.",
    ),
)
CRITERION = criterion_of(PRESENTATION)


def presentation(context: Context) -> Presentation:
    """With the grid and the levels of a board said."""
    grid = context.grid
    depth = grid["depth"]
    size = f"{grid['rows']} × {grid['columns']} cells, {len(depth)} levels"
    return replace(PRESENTATION, described=f"{size} from {depth[0]:g} to {depth[-1]:g} m")
