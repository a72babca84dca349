"""Observations from tables and files: data frames, CSV, and the providers' profile files."""

from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike

from thermocline.errors import BadFile, BadObservations
from thermocline.observe import MAX_OBSERVATIONS, Observations, from_profiles
from thermocline.systems.reconstruct.endpoints.analysis import parse_month
from thermocline.systems.reconstruct.endpoints.request import ReconstructRequest
from thermocline.systems.request import reading

if TYPE_CHECKING:
    import pandas as pd

    from thermocline.systems.reconstruct.model.method import Reconstructor

REQUIRED = ("latitude", "longitude", "depth", "temperature")
OPTIONAL = ("error", "time", "date")
_SYNONYMS = {"lat": "latitude", "lon": "longitude", "long": "longitude", "temp": "temperature"}


def observations_from_table(
    table: "pd.DataFrame", where: str = "observations", quote: bool = True
) -> Observations:
    """Observations from columns latitude, longitude, depth (m), temperature (°C), [error, time].

    Refusals quote the values that are wrong, but if `quote` is false: those of a file.

    Raises:
        BadObservations: if a column is missing or a value impossible.
    """
    missing = [name for name in REQUIRED if name not in table.columns]
    if missing:
        raise BadObservations(
            f"no column {', '.join(missing)}",
            where=where,
            fix=f"give the columns {', '.join(REQUIRED)} and optionally error and time",
        )
    time = None
    for name in ("time", "date"):
        if name in table.columns:
            time = table[name].to_numpy()
    latitude, longitude, depth, value = (table[name].to_numpy() for name in REQUIRED)
    return Observations.checked(
        latitude,
        longitude,
        depth,
        value,
        error=table["error"].to_numpy() if "error" in table.columns else None,
        time=time,
        quote=quote,
    )


def read_csv(path: str | Path) -> "pd.DataFrame":
    """A CSV file of observations as a data frame with the column names of `REQUIRED`.

    The separator (comma, semicolon, tab) is recognised; lines that begin with # are comments;
    lat, lon and temp are understood, and capitals do not matter.

    Raises:
        BadFile: if the file is no table of text.
        BadObservations: if it has more rows than are accepted.
    """
    import pandas as pd

    path = Path(path)
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            head = next((line for line in stream if line.strip() and line[0] != "#"), "")
            separator = max(",;\t", key=head.count)
            stream.seek(0)
            # An open file of text: by a name, pandas would fetch addresses and unpack archives.
            table = pd.read_csv(
                stream,
                sep=separator,
                comment="#",
                skipinitialspace=True,
                nrows=MAX_OBSERVATIONS + 1,
            )
    except (OSError, UnicodeError, ValueError) as problem:
        raise BadFile(
            f"not a CSV table ({type(problem).__name__})",
            where=path.name,
            fix=f"give text with the columns {', '.join(REQUIRED)}",
        ) from problem
    if len(table) > MAX_OBSERVATIONS:
        raise BadObservations(
            f"more than {MAX_OBSERVATIONS:,} rows",
            where=path.name,
            fix="send one month at a time, or thin the observations",
        )
    names = {column: str(column).strip().lower() for column in table.columns}
    return table.rename(columns={k: _SYNONYMS.get(v, v) for k, v in names.items()})


def read_observations(
    path: str | Path,
    depth: ArrayLike,
    date: str | np.datetime64 | None = None,
    window: int = 0,
) -> tuple[Observations, np.datetime64]:
    """The observations of one month from a profile file (EN4, Argo, …) or CSV, and that month.

    Args:
        depth: the model's levels [C], metres; profiles are interpolated to them.
        date: the month wanted; if None, the month of the observation nearest the file's median
            time. A CSV without time needs a date, and all its rows are taken to be of that month.
        window: months on either side whose observations are read too.

    Raises:
        BadFile: if the file cannot be read.
        BadObservations: if it has no usable observation of that month.
    """
    path = Path(path)
    if not path.is_file():
        raise BadFile("no such file", where=str(path), fix="check the path")
    if _is_text(path):
        return _from_csv(path, date, window)
    from thermocline.sources import read_profiles, require_profiles

    profiles = require_profiles(read_profiles(path), path.name)
    month = _choose_month(profiles["time"].values, date, path.name)
    chosen = _near(profiles["time"].values, month, window)
    return from_profiles(profiles.isel(n_prof=np.flatnonzero(chosen)), depth), month


def requested_observations(
    model: "Reconstructor", request: ReconstructRequest, wants: str
) -> tuple[Observations, np.datetime64]:
    """The observations that a request holds, or names a file of, and the month they are for.

    Raises:
        BadObservations: for both or neither, or if there is no usable one.
        BadFile: if the file cannot be read.
    """
    if (request.observations is None) == (request.file is None):
        raise BadObservations(
            "give either a list of observations or a file",
            where="request",
            fix="send `observations` with a `date` as JSON, or upload one `file`",
        )
    if request.file is not None:
        with reading(request.file, wants):
            return read_observations(request.file, model.depth, request.date, model.contract.window)
    columns: dict[str, Any] = {
        name: [getattr(one, name) for one in request.observations or []]
        for name in ("latitude", "longitude", "depth", "temperature", "error", "time")
    }
    columns["value"] = columns.pop("temperature")
    return Observations.checked(**columns), parse_month(request.date or "")


def typical(model: "Reconstructor") -> tuple[float, float, float, float]:
    """Latitude, longitude, depth and March's climatology at the first cell that is sea."""
    ocean = np.asarray(model.statistics.ocean, bool)
    level, row, column = np.argwhere(ocean)[0]
    climate = model.statistics.denormalise(np.zeros(ocean.shape, np.float32), 3)
    latitude, longitude = model.grid.latitude[row], model.grid.longitude[column]
    value = climate[level, row, column]
    return float(latitude), float(longitude), float(model.depth[level]), float(value)


def _is_text(path: Path) -> bool:
    with path.open("rb") as stream:
        head = stream.read(4096)
    return path.suffix.lower() in {".csv", ".tsv", ".txt"} or (
        not head.startswith((b"CDF", b"\x89HDF")) and b"\0" not in head
    )


def _from_csv(
    path: Path, date: str | np.datetime64 | None, window: int
) -> tuple[Observations, np.datetime64]:
    observations = observations_from_table(read_csv(path), path.name, quote=False)
    if observations.time is None:
        if date is None:
            raise BadObservations(
                "the table has no column time and no date was given",
                where=path.name,
                fix='give a date such as "2008-03", or add a column time',
            )
        return observations, parse_month(date)
    month = _choose_month(observations.time, date, path.name)
    return observations.where(_near(observations.time, month, window)), month


def _near(time: np.ndarray, month: np.datetime64, window: int) -> np.ndarray:
    """Which times are at most `window` months away; those unknown are not."""
    apart = (time.astype("datetime64[M]") - month).astype(np.int64)
    return ~np.isnat(time) & (np.abs(apart) <= window)


def _choose_month(time: np.ndarray, date: str | np.datetime64 | None, where: str) -> np.datetime64:
    """The month asked for, if anything was observed then; else that nearest the median time."""
    known = np.sort(time[~np.isnat(time)])
    if known.size == 0:
        raise BadObservations("no observation has a time", where=where, fix="give dates")
    if date is None:
        # The middle element is itself an observation, so that its month holds at least one.
        return known[known.size // 2].astype("datetime64[M]")
    month = parse_month(date)
    months = np.unique(known.astype("datetime64[M]"))
    if month not in months:
        raise BadObservations(
            f"no usable observation in {month}, but in {months.size} other months",
            where=where,
            fix="ask for another month, or leave the date out",
        )
    return month
