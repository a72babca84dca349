"""Profiles of many files, of whatever providers, in one file: what questions are asked with."""

import os
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.errors import BadFile, BadObservations, ThermoclineError
from thermocline.files import sha256_file
from thermocline.ocean.sphere import CLOSE, between
from thermocline.sources.account import ATTRIBUTE, OF_SALINITY, Account
from thermocline.sources.formats import read_casts
from thermocline.sources.gathering.duplicates import repeated
from thermocline.sources.gathering.listing import listed
from thermocline.sources.gathering.one_file import write_profiles

OF = "values of profiles"
MAX_VALUES = 100_000_000
"""Profiles times the levels of the longest: what one file may hold, 0.8 GB of each variable."""
SHOWN = 5
"""Files that cannot be read, and are named."""

Box = tuple[float, float, float, float]
Days = tuple[np.datetime64, np.datetime64]


class Gathered(NamedTuple):
    """What is in the file: how many profiles, of how many files, and what became of the values."""

    profiles: int
    files: int
    account: Account


def gather(
    paths: Sequence[str | os.PathLike[str]],
    output: Path,
    days: Days | None = None,
    box: Box | None = None,
    progress: Callable[[int, int], None] = lambda done, of: None,
) -> Gathered:
    """Write the good values of all profiles in some files to one NetCDF, in the form of EN4.

    Temperatures become potential, pressures depths. A profile that an earlier file holds, too, is
    left out. The account says what became of every value.

    Args:
        paths: files of profiles, and folders of which every file is one; they are read in order.
        output: of the same profiles, the same file is written.
        days: the first and the last day of the profiles that are kept.
        box: west, south, east and north of the profiles that are kept, degrees.
        progress: called with the number of files that are read, and of all.

    Raises:
        BadFile: naming the files that cannot be read, or where nothing is to be read.
        BadObservations: if no profile is left, or too many.
    """
    files = listed(paths, output)
    read: list[xr.Dataset] = []
    digests: list[str] = []
    wrong: list[ThermoclineError] = []
    total = Account(0, 0, of=OF)
    for number, file in enumerate(files):
        try:
            found, account = _chosen(_read(file, digests), days, box)
        except ThermoclineError as problem:
            wrong.append(problem)
        else:
            read.append(found)
            total = total.beside(account, OF)
        progress(number + 1, len(files))
    _refuse(wrong, len(files))
    read, total = _without_duplicates(read, total)
    count = sum(each.sizes["n_prof"] for each in read)
    if not count:
        raise BadObservations(
            f"no profile is left of {len(files):,} files",
            where="; ".join(total.lines()),
            fix="give other files, or a longer period or larger box",
        )
    levels = max(each.sizes["n_level"] for each in read)
    if count * levels > MAX_VALUES:
        raise BadObservations(
            f"{count:,} profiles, the longest with {levels:,} levels, are too many for one file",
            where=str(output),
            fix="gather a shorter period or a smaller box at a time",
        )
    write_profiles([each for each in read if each.sizes["n_prof"]], output, _attributes(digests))
    return Gathered(count, len(files), total)


def _read(path: Path, digests: list[str]) -> xr.Dataset:
    """The profiles of a file, whose digest is added to others."""
    found = read_casts(path)
    if "error" in found and np.isfinite(found["error"].values).any():
        raise BadFile(
            "states errors of its temperatures, which the file of all has no place for",
            where=str(path),
            fix="ask with this table alone, or leave out the column of errors",
        )
    try:
        digests.append(sha256_file(path))
    except OSError as problem:
        raise BadFile(
            f"went away while it was read ({problem.strerror})", where=str(path), fix="try again"
        ) from problem
    return found


def _chosen(found: xr.Dataset, days: Days | None, box: Box | None) -> tuple[xr.Dataset, Account]:
    """The dated profiles of a period and a box, and what became of the values."""
    warm, salt = (Account.from_json(found.attrs[name]) for name in (ATTRIBUTE, OF_SALINITY))
    time = found["time"].values
    undated = np.isnat(time)
    other = ~undated & _outside(time, days)
    away = ~undated & ~other & ~_within(found, box)
    account = warm.beside(salt, OF).without(
        {
            "without a date": _values(found, undated),
            "of other days": _values(found, other),
            "outside the box": _values(found, away),
        }
    )
    return found.isel(n_prof=np.flatnonzero(~undated & ~other & ~away)), account


def _outside(time: NDArray[np.datetime64], days: Days | None) -> NDArray[np.bool_]:
    if days is None:
        return np.zeros(len(time), bool)
    day = time.astype("datetime64[D]")
    return np.asarray((day < days[0]) | (day > days[1]))


def _within(found: xr.Dataset, box: Box | None) -> NDArray[np.bool_]:
    if box is None:
        return np.ones(found.sizes["n_prof"], bool)
    west, south, east, north = box
    latitude, longitude = found["latitude"].values, found["longitude"].values
    across = (latitude >= south - CLOSE) & (latitude <= north + CLOSE)
    return np.asarray(across & between(longitude, west, east))


def _without_duplicates(read: list[xr.Dataset], total: Account) -> tuple[list[xr.Dataset], Account]:
    kept, count = [], 0
    for each, again in zip(read, repeated(read), strict=True):
        count += _values(each, again)
        kept.append(each.isel(n_prof=np.flatnonzero(~again)))
    return kept, total.without({"of profiles that an earlier file holds, too": count})


def _values(found: xr.Dataset, where: NDArray[np.bool_]) -> int:
    """How many temperatures and salinities some profiles have."""
    return int(sum(np.isfinite(found[name].values[where]).sum() for name in ("thetao", "so")))


def _refuse(wrong: list[ThermoclineError], count: int) -> None:
    """Raises BadFile naming what cannot be read, if anything."""
    if len(wrong) == 1:
        raise wrong[0]
    if wrong:
        named = "; ".join(f"{each.where}: {each.what}" for each in wrong[:SHOWN])
        more = f"; and {len(wrong) - SHOWN:,} more" if len(wrong) > SHOWN else ""
        raise BadFile(
            f"{len(wrong):,} of {count:,} files cannot be used: {named}{more}",
            where="files",
            fix="mend them, or leave them out",
        )


def _attributes(digests: list[str]) -> dict[str, str]:
    """Where the profiles are from: the number of files, and one digest of what is in them."""
    return {
        "source": f"{len(digests)} files",
        "source_digest": sha256("".join(digests).encode()).hexdigest(),
        "history": "gathered by Thermocline: good values, potential temperature, depth in metres",
    }
