"""What files of profiles and tables of observations say, and what is done about it."""

from collections.abc import Iterable

from docs.statements import SALINITY, Row

from thermocline.sources.casts.flag_codes import NOMINAL
from thermocline.sources.casts.parameters import BAD, GOOD_FLAGS
from thermocline.sources.casts.vertical import MAX_DEPTH
from thermocline.sources.flags.schemes import ARGO, LEVELS, REJECTED, UNDISPUTED, WOCE, WOD
from thermocline.sources.tables.lines import MAX_COLUMNS


def _codes(codes: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(codes)))


PROFILES: tuple[Row, ...] = (
    (
        "the dimensions of temperatures",
        "casts × levels; the World Ocean Database's ragged arrays",
        "levels × casts, other ragged arrays, a single cast without a dimension of casts, a "
        "trajectory",
    ),
    (
        "`X_QC` of Argo and Copernicus Marine, `X_SEADATANET_QC`",
        f"flags {_codes(GOOD_FLAGS)} are used, as numbers, digits, codes of digits or words such "
        "as good and bad; of depths, pressures and positions nominal ones, too: by the meanings, "
        f"or {NOMINAL} without meanings in files by TIME × DEPTH; a bad temperature leaves "
        "the salinity beside it, a bad salinity the temperature, a bad depth or pressure drops "
        "both; of a depth or pressure that all casts "
        f"share, {_codes(BAD)} or what the meanings call bad drop it, and what is neither good nor "
        "bad is noted",
        "",
    ),
    (
        "flags in other NetCDF of casts: `ancillary_variables`, `x_qc`, `QC_X`, `x_quality_flag`, "
        "`x_qc_agg`, …",
        "found in any case, and used by `flag_meanings` if there are any, else as those of a "
        "table; text such as `data_quality`, called after no variable, with neither numbers nor "
        "words such as good and bad is not used, and noted",
        "flags on the temperature's dimensions that nothing says what they flag; meanings that do "
        "not say which are bad; words that are not known",
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
        "Database: what the meanings call good or accepted, without meanings 0",
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
        "a variable is found by its known name, else by its standard name, else by a name such as "
        "temperature, depth and lat, or a unit such as degrees_north; without a standard name, a "
        "long name says which kind of temperature it is; in-situ and conservative temperature "
        "become potential, and absolute salinity practical (gsw)",
        "anomalies, errors, trends and the like, of salinity too; conservative temperature without "
        "a salinity",
    ),
    (
        "`units` of values",
        "any unit that udunits knows, and common misspellings; the scales ITS-90 and IPTS-68 are "
        "°C; without, the format's",
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
        "the same cast twice, the same row of a table twice",
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
        "are noted, such as a pressure in hPa beside a depth, and `press`, `depth_water`, `sal` "
        "and the like beside a plainer name; `,`, `;` and tab; decimal commas where commas do not "
        "separate, no number has a point, and one cannot be thousands; UTF-8, and UTF-16 that "
        "begins with its mark; a header behind `#` or below other lines; comments behind `#`, and "
        "above the table behind `//`; missing: nothing, NaN, N/A, None, NULL, `<NA>`, `--`; a row "
        "with a salinity alone that cannot be used is dropped; a table may have salinities alone",
        "two columns of one quantity, anomalies, impossible values (with their line), true and "
        f"false, other commas in numbers, more than {MAX_COLUMNS} columns",
    ),
    (
        "tables of Ocean Data View, PANGAEA, CCHDO and ERDDAP",
        "a station's place, date and name in its first row only; a block of comments between `/*` "
        "and `*/`; `END_DATA`, a row of units without those of places, `DEPTH` beside `CTDPRS` for "
        "that of the sea floor where it is the same at all levels of a cast, dates such as "
        "20080315 with times such as 0630, `CTDSAL` before `SALNTY`; `X_adjusted` before `X`, with "
        "the flags of `X` if it has none",
        "lines behind `END_DATA`; a row with an `X` and no `X_adjusted`; CCHDO's files of one CTD "
        "cast, whose place is above the table",
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
