"""Whether the members can be trusted, as tables of the report."""

from collections.abc import Sequence

import numpy as np

from thermocline.verify.board.presentation import MODEL, Presentation
from thermocline.verify.board.rows import Row
from thermocline.verify.board.text import markdown_table, number, p_value
from thermocline.verify.metrics.ranks import Flatness

READING = (
    "Spread/skill is √(1 + 1/n) · √(mean variance) / RMSE of the mean of the n members: 1 when the "
    "stated uncertainty has the size of the error; with several levels, over all of them and over "
    "the level where it is lowest and highest.",
    "χ² is that of the histogram of the truth's rank among the members, against a flat one; its "
    "parts are a slope, the sign of a bias, and a convexity, the sign of a wrong spread. Cells "
    "near each other are alike, so p, how often a flat histogram's would be as large, comes from "
    "how much blocks of cases differ, those that intervals are drawn in: Rao and Scott's test of "
    "χ², Student's of its parts.",
    "Exchanged: χ² with the truth of a case of every block picked at random from its members and "
    "the truth itself, on average, and how often it is as large as those truths' own. It tells "
    "members that are rougher or smoother than errors are, too, for which a histogram may well be "
    "flat.",
    "CRPS of members is the fair one, and may be compared with the Gaussian one of a method that "
    "states a standard deviation.",
)


def calibration(rows: Sequence[Row], words: Presentation, depth: Sequence[float] = ()) -> list[str]:
    """Lines of the section for the rows with members, in their order; none if there are none.

    Args:
        words: what methods and protocols are called.
        depth: of the levels, metres; with them spread/skill is told level by level.
    """
    rows = [row for row in rows if "flatness" in row.extra]
    if not rows:
        return []
    levels = len(depth) > 1
    called = _labels(rows, words)
    degrees = rows[0].extra["flatness"]["degrees"]
    headings = ["Members of", "Spread/skill", *(["by level"] if levels else [])]
    headings += [f"χ², {degrees} degrees of freedom", "p", "slope", "p", "convexity", "p"]
    headings += ["exchanged", "p", "Reads as"]
    cells = [
        [label, number(row.spread_skill, ".2f"), *_span(row, levels), *tested(row)]
        for label, row in zip(called, rows, strict=True)
    ]
    lines = ["", "## Calibration of the members", "", *markdown_table(headings, cells), ""]
    if levels:
        by_level = [
            [f"{metres:g} m", *(number(r.extra["spread_skill_by_depth"][c], ".2f") for r in rows)]
            for c, metres in enumerate(depth)
        ]
        lines += [*markdown_table(["Spread/skill at", *called], by_level), ""]
    return [*lines, *(f"- {line}" for line in READING)]


def _labels(rows: Sequence[Row], words: Presentation) -> list[str]:
    """What tells the rows apart: what was observed (and asked for), the method, or both."""
    observed = [words.asked(row.protocol, row.density, short=True) for row in rows]
    if len({row.variable for row in rows}) > 1:
        called = (words.variable_title(row.variable).lower() for row in rows)
        observed = [f"{seen}, {name}" for seen, name in zip(observed, called, strict=True)]
    methods = [words.name(row.method) for row in rows]
    if set(row.method for row in rows) == {MODEL} and len(set(observed)) == len(rows):
        return observed if len(rows) > 1 else methods
    if len(set(observed)) == 1:
        return methods
    return [f"{method}, {seen}" for method, seen in zip(methods, observed, strict=True)]


def reads_as(test: Flatness) -> str:
    """What the tests say in words, at the 5 % level."""
    low = lambda p: p is not None and p < 0.05
    if test.p is None:
        return "–"
    if not low(test.p):
        return "flat, but unlike a member's" if low(test.exchanged_p) else "flat"
    said = []
    if low(test.slope_p):
        said.append("too low" if test.slope > 0 else "too high")
    if low(test.convexity_p):
        said.append("too confident" if test.convexity > 0 else "too cautious")
    return ", ".join(said) or "uneven"


def _span(row: Row, levels: bool) -> list[str]:
    """Lowest and highest spread/skill of the levels."""
    if not levels:
        return []
    found = np.array(row.extra["spread_skill_by_depth"], np.float64)  # None, as read, is NaN
    return [f"{np.nanmin(found):.2f} to {np.nanmax(found):.2f}"]


def tested(row: Row) -> list[str]:
    """Cells of a table: χ², slope, convexity and exchanged, each with its p, and in words."""
    test = Flatness(**row.extra["flatness"])
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
