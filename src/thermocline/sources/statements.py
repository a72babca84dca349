"""What files say of their values, and what is done about it: the table of docs/files.md.

`GRIDS` is of gridded files, one row a statement; a test checks that the table in the guide has
every row and that what the rows name is what the code uses.
"""

from thermocline.sources.flags import LEAST_QUALITY
from thermocline.sources.values import FILLS, MAX_CHUNK

Row = tuple[str, str, str]
"""The statement, what is done about it, and when the file is refused."""

GRIDS: tuple[Row, ...] = (
    (
        "`standard_name`, `long_name`, `cell_methods` of a variable",
        "a variable is found by its standard name whatever it is called, else by a known name; "
        "in-situ temperature becomes potential, conservative too where the file has salinity (gsw)",
        "anomalies, errors, variances, air temperature; several that nothing tells apart",
    ),
    (
        "`units` of values",
        "any unit of temperature that udunits knows, and common misspellings; without, °C",
        "units of another quantity; values that contradict theirs, such as kelvin said to be °C",
    ),
    (
        "`_FillValue`, `missing_value`",
        "missing",
        "every value is missing",
    ),
    (
        "fills that are not declared",
        f"missing, where outside what the sea can be: ±{', '.join(f'{n:g}' for n in sorted(FILLS))}"
        ", 0 K, and anything beyond 1e10; as they are, and as packed numbers",
        "",
    ),
    (
        "`valid_min`, `valid_max`, `valid_range`",
        "values outside are dropped; packed or unpacked by CF's rule, unless only the other "
        "reading meets what the sea can be",
        "an empty range; one that leaves no value",
    ),
    (
        "`quality_level`",
        f"levels below {LEAST_QUALITY} (acceptable) are dropped",
        "",
    ),
    (
        "`flag_values`, `flag_masks`, `flag_meanings` of `mask`, `l2p_flags`, `<name>_flag`, "
        "`ancillary_variables` and others on the same map",
        "dropped where a meaning is bad, missing, suspect, low quality, cloud, land, lake, river "
        "or ice",
        "the variable's own flags without a meaning, or with more meanings than flags",
    ),
    (
        "`<name>_qc` without meanings",
        "flags 1, 2, 5 and 8 are used",
        "",
    ),
    (
        "`adjusted_<name>` beside `<name>`",
        "the adjusted field is read",
        "",
    ),
    (
        "`units` of latitude and longitude",
        "degrees north, south, east or west, or without direction; 0 to 360 or −180 to 180; a "
        "column that comes again after 360° is left out",
        "a unit of the other axis; places missing, twice, or off the globe by more than 1e-4°",
    ),
    (
        "`units`, `positive` of depth",
        "any unit of length; positive up or down; a depth in metres goes before an index of levels",
        "an index alone, pressures, sigma levels, heights above the surface, below 12 km, twice",
    ),
    (
        "`units`, `calendar` of time",
        "every CF unit and calendar, with a zone; kept in its calendar",
        "units that name no date; a date twice",
    ),
    (
        "`bounds`",
        "a mean that is stamped outside its interval, such as at its end, is of the middle of it",
        "a coordinate far outside its bounds",
    ),
    (
        "lat and lon on one dimension",
        "",
        "an unstructured grid: interpolate it first",
    ),
    (
        "sizes that are declared",
        "looked at before anything is read",
        f"a step of more than 200 million values, a chunk that inflates to {MAX_CHUNK // 2**20} MB",
    ),
)


def markdown(rows: tuple[Row, ...]) -> str:
    """The rows as a table of Markdown."""
    head = ("The file says", "What is done", "The file is refused for")
    lines = [head, ("---",) * 3, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
