"""What files say of their values, and what is done about it: the tables of docs/files.md.

`grids.GRIDS` is of gridded files, `profiles.PROFILES` of observations, one row a statement.
`python -m docs.statements` writes them into the guide; a test compares them with it, and what rows
name with what the code uses.
"""

from thermocline.sources.common.salinity import FRACTION, LEAST, MOST

Row = tuple[str, str, str]
"""The statement, what is done about it, and when the file is refused."""

SALINITY: Row = (
    "`units` of salinity",
    "practical in PSU, ppt, ‰, 1e-3, g/kg and without a unit; kg/kg, % and mg/kg are converted; "
    f"of `1` and other words for none, values of {LEAST:g} to {MOST:g} are practical, those below "
    f"{FRACTION:g} are fractions",
    "units of another quantity, such as a conductivity; practical values said to be kg/kg or %, "
    f"none above {FRACTION:g}; of `1`, most of them between {FRACTION:g} and {LEAST:g}, which may "
    "be either",
)


def markdown(rows: tuple[Row, ...]) -> str:
    """The rows as a table of Markdown."""
    head = ("The file says", "What is done", "The file is refused for")
    lines = [head, ("---",) * 3, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
