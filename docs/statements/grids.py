"""What gridded files say, and what is done about it."""

from docs.statements import SALINITY, Row

from thermocline.sources.coordinates.grids import MOST_AT_ORIGIN
from thermocline.sources.fields.flags import LEAST_QUALITY
from thermocline.sources.fields.nsidc import CODES
from thermocline.sources.fields.plausible import MOST_IMPOSSIBLE
from thermocline.sources.fields.repeated import OFTEN, TIMES
from thermocline.sources.fields.statuses import FILLS, IMPOSSIBLE
from thermocline.sources.fields.values import MAX_CHUNK

GRIDS: tuple[Row, ...] = (
    (
        "`standard_name`, `long_name`, `cell_methods` of a variable",
        "a variable is found by its standard name whatever it is called, else by a known name; "
        "names such as `unknown` are none; of several a product's result, such as `cdr_…`, goes "
        "before what it was made of; without a standard name, a long name says which kind of "
        "temperature it is; in-situ temperature becomes potential, conservative too where the file "
        "has salinity, practical or absolute (gsw), and is dropped where that is missing",
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
        "an empty range; one that leaves no value; what is no number, and so of `scale_factor`",
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
        "ice; not where it is denied, such as `no_ice` and `cloud_not_detected`; text is read as "
        "numbers, or as words such as good and bad; GHRSST's `sources_of_…` are no flags; other "
        "meanings of the variable's own flags than good ones are noted",
        "the variable's own flags without a meaning, without any that is known as bad or all "
        "known as good, or with more meanings than flags; words of its text that are not known",
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
        "values above 1, such as per cent or unpacked flags, said to be fractions, and per cent of "
        "which none is above 1",
    ),
    (
        "`coordinates` of a variable",
        "of coordinates that fit it, those that are named are its own: places of the centres of "
        "cells beside those of their corners, the time that a forecast is of",
        "",
    ),
    (
        "`grid_mapping`; x and y in a unit of length",
        "metres, rows and columns turned to ascend; latitude and longitude computed where the file "
        "has none; coordinates of the upper left of cells moved to the centre; of two meridians of "
        "a polar map the one that the file's latitudes and longitudes have, or without these "
        "PROJ's text",
        "a map that is not described, that contradicts itself, or that the file's latitudes and "
        "longitudes contradict; a rotated pole without latitudes and longitudes in two dimensions",
    ),
    (
        "`eastward_sea_ice_velocity`, `northward_sea_ice_velocity`",
        "`siu` and `siv` on a grid of latitudes and longitudes",
        "any other grid: the components are not along its lines",
    ),
    (
        "`<name>_qc` and `qc` without meanings",
        "flags 1, 2, 5 and 8 are used; `qc` that is mostly 0 is not, and noted",
        "",
    ),
    (
        "other flags of the whole map without meanings: `quality_flag`, `rejection_flag`, "
        "`l2p_flags`, …, those named in `ancillary_variables`, and text without known words",
        "not used, and noted",
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
        "by y and x or by x and y, with gaps, those of a regular grid are of one; more than "
        f"{MOST_AT_ORIGIN} cells at exactly 0° N 0° E have no place",
        "a unit of the other axis; `degs`, which may be degrees or the south; places missing, "
        "twice, or off the globe by more than 1e-4°",
    ),
    (
        "`units`, `positive` of depth",
        "any unit of length; positive up or down; a depth in metres goes before an index of "
        "levels; without a unit, metres",
        "an index alone, pressures, sigma levels, densities and layers, without a unit numbers "
        "that are all within ±1, heights above the surface, below 12 km, twice",
    ),
    (
        "`units`, `calendar` of time",
        "every CF unit and calendar, with a zone; kept in its calendar; text as ISO 8601 has it; "
        "numbers that count months, days of a year, or days from no date stay numbers, and are "
        "noted unless they are the months 1 to 12 or since the year 0",
        "units that name no date; numbers such as 20080314 without such units, and Julian days; "
        "text that is no date; a date twice",
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
