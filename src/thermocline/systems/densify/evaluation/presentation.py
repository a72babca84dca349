"""The presentation of a board: names, columns and definitions."""

from collections.abc import Sequence
from dataclasses import replace

from thermocline.systems.composed_defaults import criterion_of
from thermocline.systems.densify.data.cases import ALONE, COLUMNS, TRACKS, WITHOUT
from thermocline.verify.board.columns import (
    COSTS,
    SCORED_METRICS,
    SHAPE,
    SHAPE_DEFINITION,
    Column,
    Metric,
    Section,
)
from thermocline.verify.board.presentation import Asked, Presentation
from thermocline.verify.board.rows import Context

WATER_COLUMNS = Section(
    "Water columns",
    (
        Column("mixed_layer_rmse", "Mixed layer: RMSE (m)", ".1f", least=True),
        Column("mixed_layer_crps", "CRPS (m)", ".1f", least=True),
        Column("thermocline_rmse", "Thermocline: RMSE (m)", ".1f", least=True),
        Column("heat_rmse", "Heat content: RMSE (GJ/m²)", least=True),
        Column("steric_rmse", "Steric height: RMSE (cm)", ".2f", least=True),
        Column("inverted", "Inverted pairs (%)", ".2f"),
        Column("inverted_members", "of members (%)", ".2f"),
    ),
    (
        "Of columns of the mean, but for CRPS and the last column, which are of the members. The "
        "mixed layer ends where temperature differs by 0.2 °C from that at 10 m; the thermocline "
        "is where it falls most steeply; heat content is that of the upper 700 m; steric height is "
        "that of the surface over the deepest level, by TEOS-10. Pairs of neighbouring levels are "
        "inverted where lighter water lies under heavier, by more than 0.005 kg/m³.",
    ),
)
SEEN = {
    "tos": ("sea surface temperature", "SST"),
    "sos": ("sea surface salinity", "SSS"),
    "zos": ("sea surface height", "SSH"),
}
PRESENTATION = Presentation(
    reference="climatology",
    names={
        "depthdif": ("DepthDif (published preset)", "DepthDif"),
        "ridge_oi": ("regression on surface fields, then OI", "regression + OI"),
        "ensemble_oi": ("ensemble OI with surface fields", "ensemble OI"),
        "armor3d": ("ARMOR3D-like regression and OI", "ARMOR3D-like"),
        "gem": ("gravest empirical modes", "gravest modes"),
        "oi": ("OI of profiles", "OI"),
        "inverse_distance": ("inverse distance", "inverse distance"),
        "climatology": ("climatology", "climatology"),
    },
    protocols={
        COLUMNS: Asked("{percent} % of columns observed", "{percent} %"),
        TRACKS: Asked("{percent} % of columns observed, on tracks", "{percent} %, tracks"),
        **{
            name: Asked(
                f"{{percent}} % of columns observed, without {SEEN[field][0]}",
                f"{{percent}} %, no {SEEN[field][1]}",
            )
            for name, (field,) in WITHOUT.items()
        },
        ALONE: Asked(
            "{percent} % of columns observed, without any surface field",
            "{percent} %, no surface",
        ),
    },
    cases="states",
    metrics=(
        *SCORED_METRICS,
        Metric("mixed_layer_rmse", "mixed_layer_mse", "root_mean", "Mixed-layer RMSE"),
    ),
    columns=(
        Column("rmse", "RMSE (std)", least=True),
        Column("crps", "CRPS (std)", least=True),
        *SHAPE,
        Column("bias", "Bias (std)", "+.3f"),
        Column("spread_skill", "Spread/skill", ".2f"),
        Column("physical_rmse", "RMSE ({unit})", least=True),
        *COSTS,
    ),
    sections=(WATER_COLUMNS,),
    definitions=(
        "Scores marked (std) are over the standard deviation of the level, that of anomalies from "
        "the season in the region's training states: levels in the thermocline vary five to eight "
        "times as much as the deepest, and every level counts alike. RMSE in the variable's unit "
        "is of the same errors as they are. All are weighted by cell area, over the sea alone.",
        "CRPS is the fair one for members, the Gaussian one for a stated standard deviation and "
        "the mean absolute error for a point estimate. Spread/skill is 1 when the stated "
        "uncertainty has the size of the error.",
        SHAPE_DEFINITION,
        "Columns are observed with errors of instrument and representativeness. Surface fields are "
        "products with errors of their own, and cover the region unless they are withheld.",
    ),
)
CRITERION = replace(criterion_of(PRESENTATION), metric="crps", words="CRPS")


def presentation(context: Context, variants: Sequence[str] = ()) -> Presentation:
    """With cells, levels and regions of a board said, and what is asked in other oceans."""
    grid = context.grid
    size = f"{grid['rows']} × {grid['columns']} cells, {len(grid['depth'])} levels"
    regions = ", ".join(name.replace("_", " ") for name in grid["regions"])
    described = f"{size} from {grid['depth'][0]:g} to {grid['depth'][-1]:g} m, in {regions}"
    others = {
        name: Asked(
            f"{{percent}} % of columns observed, in an ocean of another climatology ({name})",
            f"{{percent}} %, {name}",
        )
        for name in variants
    }
    return replace(
        PRESENTATION, protocols={**PRESENTATION.protocols, **others}, described=described
    )
