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
    "χ² is that of the histogram of the truth's rank among the members, against a flat one; its "
    "parts are a slope, the sign of a bias, and a convexity, the sign of a wrong spread. Cells "
    "near each other are alike, so p, how often a flat histogram's would be as large, comes from "
    "how much cases differ: Rao and Scott's test of χ², Student's of its parts.",
    "Exchanged: χ² with the truth of every case picked at random from its members and the truth "
    "itself, on average, and how often it is as large as the truths' own. It tells members that "
    "are rougher or smoother than errors are, too, for which a histogram may well be flat.",
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
    degrees = rows[0].extra["flatness"]["degrees"]
    headings = ["Observed", "Spread/skill", "by level", f"χ², {degrees} degrees of freedom", "p"]
    headings += ["slope", "p", "convexity", "p", "exchanged", "p", "Reads as"]
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
    """What the tests say in words, at the 5 % level."""
    low = lambda p: p is not None and p < 0.05
    if test.p is None:
        return "–"
    if not low(test.p):
        return "flat, but unlike a member's" if low(test.exchanged_p) else "flat"
    said = []
    if low(test.slope_p):
        said.append("too cold" if test.slope > 0 else "too warm")
    if low(test.convexity_p):
        said.append("too confident" if test.convexity > 0 else "too cautious")
    return ", ".join(said) or "uneven"


def _cells(row: "Row") -> list[str]:
    levels = np.array(row.extra["spread_skill_by_depth"], np.float64)  # None, as read, is NaN
    return [
        share_observed(row.protocol, row.density),
        number(row.spread_skill, ".2f"),
        f"{np.nanmin(levels):.2f} to {np.nanmax(levels):.2f}",
        *tested(Flatness(**row.extra["flatness"])),
    ]


def tested(test: Flatness) -> list[str]:
    """Cells of a table: χ², slope, convexity and exchanged, each with its p, and in words."""
    return [
        f"{test.chi2:.0f}",
        p_value(test.p),
        f"{test.slope**2:.0f}",
        p_value(test.slope_p),
        f"{test.convexity**2:.0f}",
        p_value(test.convexity_p),
        f"{test.exchanged:.0f}",
        p_value(test.exchanged_p),
        reads_as(test),
    ]
