"""Profiles that several files hold, such as a float's in EN4 and in Argo's own files.

Providers round dates and places, and correct values, each in their own way. So a profile counts as
the same as another file's if both are of one platform, and near each other in time and place. One
profile has at most one copy in each other file: a ship's casts within an hour are different ones.
Those of no named platform are the same if all of their values are.
"""

from collections.abc import Iterator, Sequence
from hashlib import sha256

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from thermocline.ocean.sphere import great_circle_distance

HOURS, METRES = 1.0, 5000.0
"""How far apart in time and place the copies of a profile may be."""


def repeated(read: Sequence[xr.Dataset]) -> list[NDArray[np.bool_]]:
    """Which profiles of each file an earlier one holds, too.

    Args:
        read: profiles of files, in the order in which these were given; their times are known.
    """
    sizes = [each.sizes["n_prof"] for each in read]
    file = np.repeat(np.arange(len(read)), sizes)
    joined = lambda name: np.concatenate([each[name].values for each in read])
    platform = np.char.strip(joined("platform_number").astype(str))
    places = [joined(name) for name in ("time", "latitude", "longitude")]
    again, named = _identical(read), platform != ""
    again[named] |= also_in_an_earlier_file(
        file[named], platform[named], *(each[named] for each in places)
    )
    return np.split(again, np.cumsum(sizes)[:-1])


def also_in_an_earlier_file(
    file: NDArray[np.int64],
    platform: NDArray[np.str_],
    time: NDArray[np.datetime64],
    latitude: NDArray[np.float64],
    longitude: NDArray[np.float64],
) -> NDArray[np.bool_]:
    """Which profiles [N] are copies, by platform, time and place; the nearest in time first.

    Args:
        file: number of each profile's file, in the order in which they were given.
        platform, time, latitude, longitude: of each profile; all are known.
    """
    again = np.zeros(len(file), bool)
    found = [*_near(file, platform, time, latitude, longitude)]
    if not found:
        return again
    earlier, later, hours, apart = map(np.concatenate, zip(*found, strict=True))
    order = np.lexsort((later, earlier, apart, hours, file[later]))
    taken: set[tuple[int, int]] = set()
    for i, j in zip(earlier[order].tolist(), later[order].tolist(), strict=True):
        copy = i, int(file[j])
        if not again[j] and copy not in taken:
            again[j] = True
            taken.add(copy)
    return again


def _near(
    file: NDArray, platform: NDArray, time: NDArray, latitude: NDArray, longitude: NDArray
) -> Iterator[tuple[NDArray, NDArray, NDArray, NDArray]]:
    """Pairs of two files' profiles: earlier file's, later one's, hours and metres between them."""
    hours = time.astype("datetime64[ms]").astype(np.int64) / 3_600_000
    order = np.lexsort((file, hours, platform))
    for lag in range(1, len(order)):
        one, other = order[:-lag], order[lag:]  # neighbours in time, if of one platform
        close = (platform[one] == platform[other]) & (hours[other] - hours[one] <= HOURS)
        if not close.any():
            break
        close &= file[one] != file[other]
        one, other = one[close], other[close]
        apart = great_circle_distance(
            latitude[one], longitude[one], latitude[other], longitude[other]
        )
        near = apart <= METRES
        one, other, apart = one[near], other[near], apart[near]
        swapped = file[one] > file[other]
        earlier, later = np.where(swapped, other, one), np.where(swapped, one, other)
        yield earlier, later, hours[other] - hours[one], apart


def _identical(read: Sequence[xr.Dataset]) -> NDArray[np.bool_]:
    """Which profiles [N] are, to the last digit, those of an earlier file."""
    again: list[bool] = []
    before: set[bytes] = set()
    for each in read:
        mine = [*_digests(each)]
        again += [digest in before for digest in mine]
        before.update(mine)
    return np.array(again, bool)


def _digests(found: xr.Dataset) -> Iterator[bytes]:
    """Of platform, time, place and values of each profile; without the levels that it lacks."""
    own = [found[name].values for name in ("time", "latitude", "longitude")]
    values = np.stack([found[name].values for name in ("depth", "thetao", "so")])
    platform = np.char.strip(found["platform_number"].values.astype(str))
    for i, name in enumerate(platform):
        levels = values[:, i, np.isfinite(values[0, i])]
        place = (each[i].tobytes() for each in own)
        yield sha256(b"".join((name.encode(), *place, levels.tobytes()))).digest()
