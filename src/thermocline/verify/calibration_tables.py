"""Whether the members can be trusted, as tables of the report."""

from typing import TYPE_CHECKING

import numpy as np

from thermocline.verify.ranks import Flatness
from thermocline.verify.text import markdown_table, number, p_value, share_observed

if TYPE_CHECKING:
    from thermocline.verify.rows import Row

READING = (
    "Spread/skill is √(1 + 1/n) · √(mean variance) / RMSE of the mean of the n members: 1 when the "
    "stated uncertainty has the size of the error, over all levels and over the level where it is "
    "lowest and highest.",
    "χ² is that of the histogram of the truth's rank among the members, against a flat one. Cells "
    "near each other are alike, so it is compared with what a calibrated ensemble of the same "
    "fields has (every case's truth picked at random from its members and the truth itself): "
    "*expected* is the mean of that, p how often it is as large. Its parts are a slope, the sign "
    "of a bias, and a convexity, the sign of a wrong spread.",
    "CRPS of members is the fair one, to be compared above with the Gaussian one of the ensemble "
    "OI; the ratio with its paired interval is below.",
)


def calibration(rows: list["Row"], depth: list[float]) -> list[str]:
    """Lines of the section for the rows with members, in their order; none if there are none.

    Args:
        depth: of the levels, metres.
    """
    rows = [row for row in rows if "flatness" in row.extra]
    if not rows:
        return []
    headings = ["Observed", "Spread/skill", "by level", "χ²", "degrees", "expected", "p"]
    headings += ["slope", "p", "convexity", "p", "Reads as"]
    lines = [
        "",
        "## Calibration of the members",
        "",
        *markdown_table(headings, [_cells(r) for r in rows]),
    ]
    heads = ["Spread/skill at", *(share_observed(r.protocol, r.density) for r in rows)]
    levels = [
        [f"{metres:g} m", *(number(r.extra["spread_skill_by_depth"][c], ".2f") for r in rows)]
        for c, metres in enumerate(depth)
    ]
    return [*lines, "", *markdown_table(heads, levels), "", *(f"- {line}" for line in READING)]


def reads_as(test: Flatness) -> str:
    """What the test says in words, at the 5 % level."""
    if test.p >= 0.05:
        return "flat"
    said = []
    if test.slope_p < 0.05:
        said.append("too cold" if test.slope > 0 else "too warm")
    if test.convexity_p < 0.05:
        said.append("too confident" if test.convexity > 0 else "too cautious")
    return ", ".join(said) or "uneven"


def _cells(row: "Row") -> list[str]:
    test = Flatness(**row.extra["flatness"])
    levels = np.array(row.extra["spread_skill_by_depth"], np.float64)  # None, as read, is NaN
    return [
        share_observed(row.protocol, row.density),
        number(row.spread_skill, ".2f"),
        f"{np.nanmin(levels):.2f} to {np.nanmax(levels):.2f}",
        f"{test.chi2:.0f}",
        str(test.degrees),
        f"{test.expected:.0f}",
        p_value(test.p),
        f"{test.slope**2:.0f}",
        p_value(test.slope_p),
        f"{test.convexity**2:.0f}",
        p_value(test.convexity_p),
        reads_as(test),
    ]
