"""What files say of their values, and what is done about it: the table of docs/files.md.

`GRIDS` is of gridded files, `PROFILES` of observations, one row a statement; a test checks that the
tables in the guide have every row and that what the rows name is what the code uses.
"""

from collections.abc import Iterable

from thermocline.sources.flag_columns import ARGO, LEVELS, REJECTED, UNDISPUTED, WOCE, WOD
from thermocline.sources.flags import LEAST_QUALITY
from thermocline.sources.nsidc import CODES
from thermocline.sources.parameters import BAD, GOOD_FLAGS
from thermocline.sources.plausible import MOST_IMPOSSIBLE
from thermocline.sources.repeated import OFTEN, TIMES
from thermocline.sources.salinity import FRACTION, LEAST, MOST
from thermocline.sources.statuses import FILLS, IMPOSSIBLE
from thermocline.sources.table_text import MAX_COLUMNS
from thermocline.sources.values import MAX_CHUNK
from thermocline.sources.vertical import MAX_DEPTH

Row = tuple[str, str, str]
"""The statement, what is done about it, and when the file is refused."""


def _codes(codes: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(codes)))


SALINITY: Row = (
    "`units` of salinity",
    "practical in PSU, ppt, ‰, 1e-3, g/kg and without a unit; kg/kg, % and mg/kg are converted; "
    f"of `1` and other words for none, values of {LEAST:g} to {MOST:g} are practical, those below "
    f"{FRACTION:g} are fractions",
    "units of another quantity, such as a conductivity; practical values said to be kg/kg or %, "
    f"none above {FRACTION:g}",
)

GRIDS: tuple[Row, ...] = (
    (
        "`standard_name`, `long_name`, `cell_methods` of a variable",
        "a variable is found by its standard name whatever it is called, else by a known name; "
        "in-situ temperature becomes potential, conservative too where the file has salinity, "
        "practical or absolute (gsw)",
        "of any variable: anomalies, errors, variances, trends, biases; air temperature; absolute "
        "salinity asked for as salinity; several that nothing tells apart",
    ),
    (
        "`units` of values",
        "any unit of temperature that udunits knows, and common misspellings; without, °C",
        "units of another quantity, or in which nobody gives it, such as 0.1 °C, nm or pptv; "
        "values that contradict theirs, such as kelvin said to be °C",
    ),
    SALINITY,
    (
        "`_FillValue`, `missing_value`",
        "missing",
        "every value is missing",
    ),
    (
        "fills that are not declared",
        f"missing, where outside what the sea can be: ±{', '.join(f'{n:g}' for n in sorted(FILLS))}"
        ", 0 K, and anything beyond 1e10; as they are, and as packed numbers; and the least and "
        "greatest number of a packed type, whatever it unpacks to, if its scale is a round number",
        "a `scale_factor` of 0",
    ),
    (
        "`valid_min`, `valid_max`, `valid_range`",
        "values outside are dropped; packed or unpacked by CF's rule, unless only the other "
        "reading meets what the sea can be",
        "an empty range; one that leaves no value; what is no number",
    ),
    (
        "nothing, of values that the sea cannot have",
        f"dropped as {IMPOSSIBLE}",
        f"more than {MOST_IMPOSSIBLE:.0%} of them; super-resolution: any",
    ),
    (
        "`quality_level`",
        f"levels below {LEAST_QUALITY} (acceptable) are dropped",
        "",
    ),
    (
        "`flag_values`, `flag_masks`, `flag_meanings` of `mask`, `l2p_flags`, `<name>_flag`, "
        "`ancillary_variables` and others on the same map",
        "dropped where a meaning is bad, fail, rejected, unusable, corrupt, missing, suspect, low "
        "quality, cloud, land, lake, river or ice; of sea ice: coast and pole hole too, and not "
        "ice; other meanings of the variable's own flags than good ones are noted",
        "the variable's own flags without a meaning, without any that is known as bad or all "
        "known as good, or with more meanings than flags",
    ),
    (
        "`land_binary_mask`, `sea_binary_mask`, `tmask`, `lsm`, `mask` and the like, without "
        "meanings",
        "land is dropped, by the standard name, by words such as `1 = sea; 0 = land`, or by a name "
        "that has one meaning only; a mask that does not say what 1 is is not used, and noted",
        "",
    ),
    (
        "nothing, of a number that many cells have exactly",
        f"0 (°C, m, PSU) is land, and dropped, if more than {OFTEN:.0%} of the values are, "
        f"{TIMES} times as many as of any other number; another number is used, and noted; of sea "
        "ice neither",
        "",
    ),
    (
        "`flag_values`, `flag_meanings` of the variable itself, such as 254 for land",
        "codes in place of values are dropped, each for its meaning, unless that is water or ice; "
        "bytes of NSIDC: " + ", ".join(f"{code} {said}" for code, said in CODES.items()),
        "",
    ),
    (
        "the header of an NSIDC binary",
        "hemisphere, rows and columns, date",
        "a size other than the header's; a shape of no 25 km grid; another hemisphere's name",
    ),
    (
        "`cell_methods`, `long_name`, `comment` of a sea ice thickness",
        "per grid cell, as it is; per ice area, times `siconc` where the file has it, else as it "
        "is, which a note and the attribute `thickness` say; `sivol` and `sit` are per grid cell, "
        "CMIP6's `sithick` per ice area",
        "",
    ),
    (
        "`units` of a concentration",
        "per cent or fraction",
        "values to 100 said to be fractions, and per cent of which none is above 1",
    ),
    (
        "`grid_mapping`; x and y in a unit of length",
        "metres, rows and columns turned to ascend; latitude and longitude computed where the file "
        "has none; coordinates of the upper left of cells moved to the centre",
        "a map that is not described, or that the file's latitudes and longitudes contradict",
    ),
    (
        "`eastward_sea_ice_velocity`, `northward_sea_ice_velocity`",
        "`siu` and `siv` on a grid of latitudes and longitudes",
        "any other grid: the components are not along its lines",
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
        "degrees north, south, east or west (also `degS`, `°N`, `W`), or without direction; 0 to "
        "360 or −180 to 180; a column that comes again after 360° is left out; in two dimensions, "
        "by y and x or by x and y, with gaps, those of a regular grid are of one",
        "a unit of the other axis; `degs`, which may be degrees or the south; places missing, "
        "twice, or off the globe by more than 1e-4°",
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
        "`bounds`, and `climatology` of time",
        "a mean that is stamped outside its interval, such as at its end, is of the middle of it; "
        "the interval of a climatology is that of its year",
        "a coordinate far outside its bounds",
    ),
    (
        "lat and lon on one dimension",
        "",
        "an unstructured grid: interpolate it first",
    ),
    (
        "variables in groups",
        "",
        "a file that has all of them there, naming the group",
    ),
    (
        "sizes that are declared",
        "looked at before anything is read",
        f"a step of more than 200 million values, a chunk that inflates to {MAX_CHUNK // 2**20} MB",
    ),
)

PROFILES: tuple[Row, ...] = (
    (
        "the dimensions of temperatures",
        "casts × levels; the World Ocean Database's ragged arrays",
        "levels × casts, other ragged arrays, a single cast without a dimension of casts, a "
        "trajectory",
    ),
    (
        "`X_QC` of Argo and Copernicus Marine, `X_SEADATANET_QC`",
        f"flags {_codes(GOOD_FLAGS)} are used, as numbers, digits or codes of digits; a bad "
        "salinity alone is left out, a bad depth or pressure drops the value",
        "",
    ),
    (
        "flags in other NetCDF of casts: `ancillary_variables`, `x_qc`, `QC_X`, `x_quality_flag`, "
        "`x_qc_agg`, …",
        "found in any case, and used by `flag_meanings` if there are any, else as those of a table",
        "flags on the temperature's dimensions that nothing says what they flag; meanings that do "
        "not say which are bad",
    ),
    (
        "names in small or capital letters",
        "the same names",
        "",
    ),
    (
        "`POSITION_QC`, `JULD_QC`, `TIME_QC`, `PROFILE_X_QC`, `X_WODprofileflag`",
        "casts that are rejected as a whole are dropped",
        "",
    ),
    (
        "`X_QC` of EN4, `X_WODflag`, `X_IQUODflag`",
        f"EN4: {_codes(GOOD_FLAGS)} of the temperature, no {_codes(BAD)} of the depth; World Ocean "
        "Database: 0",
        "",
    ),
    (
        "`DATA_MODE`, `PARAMETER_DATA_MODE`",
        "each parameter of each cast by its own mode: adjusted values for A and D, raw ones for R; "
        "never a raw value in place of a rejected adjusted one",
        "",
    ),
    (
        "`X_ADJUSTED` beside `X`, without a mode",
        "casts that have adjusted values are read from them",
        "",
    ),
    (
        "`standard_name` of a variable",
        "a variable is found by its known name, else by its standard name; in-situ and "
        "conservative temperature become potential, and absolute salinity practical (gsw)",
        "anomalies, errors, trends and the like, of salinity too; conservative temperature without "
        "a salinity",
    ),
    (
        "`units` of values",
        "any unit that udunits knows, and common misspellings; without, the format's",
        "units of another quantity, unknown ones, or in which nobody gives it; °C said to be "
        "kelvin, and the reverse",
    ),
    SALINITY,
    (
        "`valid_min`, `valid_max`, `valid_range`, `_FillValue`, `missing_value`, packing",
        "as CF has it, of packed or unpacked values; values outside are dropped, those beyond "
        "1e10 are missing, and so are the least and greatest number of a packed type",
        "a `scale_factor` of 0; what is no number",
    ),
    (
        "pressure beside depth",
        "each value by the one that it has, pressure first",
        "two that contradict each other at most levels; neither",
    ),
    (
        "`positive` of depth",
        "up or down; negative depths are heights below the surface, which the account notes; "
        f"values below {MAX_DEPTH:,.0f} m are dropped",
        "positive up by the attribute and above the surface by the values",
    ),
    (
        "`units`, `calendar` of time",
        "every length of time that udunits knows, in every zone; casts without a date are dropped",
        "units that name no date or no fixed length of time; calendars that nothing is observed in",
    ),
    (
        "latitude, longitude",
        "degrees north, south, east or west; 0 to 360 or −180 to 180; casts without a place are "
        "dropped",
        "places off the globe that no flag rejects; a unit of the other axis",
    ),
    (
        "the same cast twice",
        "the second is dropped",
        "",
    ),
    (
        "flags of a table: `X_QC`, `QF X`, `XQuality`, `QV:SEADATANET:X`, …",
        f"rows: {_codes(ARGO)} of `QC` and `QV`, {_codes(WOCE)} of `X_FLAG_W`, {_codes(WOD)} of "
        f"`X_WODflag` and `QV:ODV`, {_codes(LEVELS)} of `quality_level`; of others "
        f"{_codes(UNDISPUTED)}; a flag of no quantity is the row's, or if there are several, the "
        "one's before it; those of a column that is not used are not",
        "flags that are no numbers, or named after no column; in a scheme that is not named, "
        f"others than {_codes(UNDISPUTED | REJECTED)}",
    ),
    (
        "columns of a table",
        "by name, with a unit in brackets or in a row below the header; those that are not used "
        "are noted; `,`, `;` and tab; decimal commas where commas do not separate, no number has a "
        "point, and one cannot be thousands; UTF-8, and UTF-16 that begins with its mark; a header "
        "behind `#`; missing: nothing, NaN, N/A, None, NULL, `<NA>`, `--`",
        "two columns of one quantity, anomalies, impossible values (with their line), true and "
        f"false, other commas in numbers, more than {MAX_COLUMNS} columns",
    ),
    (
        "dates of a table: `time`, `date`, `timestamp`, `time_utc`, `yyyy-mm-ddThh:mm:ss.sss`, …",
        "ISO 8601, in UTC or with a zone, in one column or in `date` and `time` (of day); numbers "
        "with a unit such as days since 1950-01-01; "
        "without such a column, rows are undated",
        "mere numbers; names of other zones, such as `time (EST)`; no such column, "
        "and others that may say the date, such as `Year [AD]` or `local_time`",
    ),
)
"""Statements in files of profiles and tables of observations."""


def markdown(rows: tuple[Row, ...]) -> str:
    """The rows as a table of Markdown."""
    head = ("The file says", "What is done", "The file is refused for")
    lines = [head, ("---",) * 3, *rows]
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)
