"""What a board of sea ice is shown with."""

from dataclasses import replace

from thermocline.systems.composed_defaults import criterion_of
from thermocline.verify.board.columns import (
    COSTS,
    SCORED_METRICS,
    SCORES,
    SHAPE_DEFINITION,
    Column,
    Metric,
)
from thermocline.verify.board.presentation import Asked, Presentation
from thermocline.verify.board.rows import Context

PRESENTATION = Presentation(
    reference="climatology",
    names={
        "ensemble_oi_anamorphosed": ("ensemble OI, anamorphosed", "anamorphosed OI"),
        "ensemble_oi_clipped": ("ensemble OI, clipped", "clipped OI"),
        "ensemble_oi": ("ensemble OI", "ensemble OI"),
        "oi": ("OI", "OI"),
        "nearest": ("nearest neighbour", "nearest"),
        "climatology": ("climatology", "climatology"),
    },
    protocols={
        "swath": Asked("{percent} % of cells observed", "{percent} %"),
    },
    cases="days",
    metrics=(*SCORED_METRICS, Metric("edge", "edge", "mean", "Ice-edge error")),
    columns=(
        *SCORES,
        Column("stated_skill", "Stated std/skill", ".2f"),
        Column("edge", "Edge error (10⁶ km²)", least=True),
        Column("wrong", "Cells on the wrong side", ".0f", least=True),
        Column("sps", "SPS (10⁶ km²)", least=True),
        Column("fss", "FSS", ".3f"),
        *COSTS,
    ),
    definitions=(
        "All scores are over the sea alone, weighted by cell area, and of the mean of the "
        "posterior. CRPS is the fair one for members and the mean absolute error for a point "
        "estimate. Spread/skill is of members, stated std/skill of the standard deviation that an "
        "answer states of its mean: 1 when it has the size of the error.",
        SHAPE_DEFINITION,
        "The edge error is the integrated ice-edge error (Goessling et al., 2016): the area where "
        "answer and truth differ on which side of 15 % concentration they are. The answer's edge "
        "is where ice is as likely as not.",
        "SPS is the spatial probability score (Goessling & Jung, 2018), fair for members: squared "
        "errors of the probability of ice, as an area. FSS is the fractions skill score (Roberts & "
        "Lean, 2008) of that probability in windows of 3 × 3 cells; 1 is perfect.",
    ),
)
CRITERION = replace(criterion_of(PRESENTATION), metric="crps", words="CRPS")


def presentation(context: Context) -> Presentation:
    """With the grid of a board said."""
    grid = context.grid
    described = f"{grid['rows']} × {grid['columns']} cells of a polar map"
    return replace(PRESENTATION, described=described)
