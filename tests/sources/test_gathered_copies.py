"""Which profiles of many files are copies of others."""

from pathlib import Path

import numpy as np
import xarray as xr

from thermocline.sources import gather, read_casts
from thermocline.sources.gathering.duplicates import (
    HOURS,
    METRES,
    also_in_an_earlier_file,
    repeated,
)

DAY = np.datetime64("2008-01-01", "ns")


def test_copies_are_those_of_a_search_of_all_pairs() -> None:
    rng = np.random.default_rng(0)
    count = 300
    number, platform = rng.integers(0, 3, count), rng.choice(["a", "b"], count)
    time = np.datetime64("2008-01-01", "ns") + rng.permutation(86400)[:count] * np.timedelta64(
        1, "s"
    )
    latitude, longitude = rng.uniform(80, 80.1, count), rng.uniform(179.8, 180.2, count)
    found = also_in_an_earlier_file(number, platform, time, latitude, longitude)
    hours = (time - time[0]) / np.timedelta64(1, "h")
    north = np.radians(latitude)
    pairs = []
    for i in range(count):
        for j in range(count):
            half = (
                np.sin((north[i] - north[j]) / 2) ** 2
                + np.cos(north[i])
                * np.cos(north[j])
                * np.sin(np.radians(longitude[i] - longitude[j]) / 2) ** 2
            )
            near = 2 * 6_371_000 * np.arcsin(np.sqrt(half)) <= METRES
            apart = abs(hours[i] - hours[j])
            if platform[i] == platform[j] and near and apart <= HOURS and number[j] < number[i]:
                pairs.append((number[i], apart, i, j))
    wanted, held = np.zeros(count, bool), np.zeros((count, 3), bool)
    for _, _, i, j in sorted(pairs):  # a profile has one copy in a file
        if not wanted[i] and not held[j, number[i]]:
            wanted[i] = held[j, number[i]] = True
    assert 20 < wanted.sum() < count - 20
    np.testing.assert_array_equal(found, wanted)


def table(path: Path, rows: str) -> Path:
    path.write_text(f"platform,time,latitude,longitude,depth,temperature,salinity\n{rows}")
    return path


def test_one_profile_has_one_copy_in_a_file(tmp_path: Path) -> None:
    """A ship's other casts of the hour are its own."""
    casts = [f"ship,2008-01-01T00:{m:02d},10,20,{d},{d},35\n" for m in (0, 20, 40) for d in (5, 9)]
    one = table(tmp_path / "one.csv", "ship,2008-01-01T00:19,10,20,7,7,35\n")
    all_three = table(tmp_path / "three.csv", "".join(casts))
    found = gather([one, all_three], tmp_path / "all.nc")
    assert found.profiles == 3
    assert found.account.dropped == {"of profiles that an earlier file holds, too": 4}


def test_without_names_only_what_is_equal_is_a_copy(tmp_path: Path) -> None:
    rows = ",2008-01-01,10,20,5,7,35\n,2008-01-01,10,20,9,6,\n,2008-01-02,10,20,5,7,35\n"
    one, other = table(tmp_path / "one.csv", rows), table(tmp_path / "other.csv", rows)
    other.write_text(other.read_text().replace("-02,10,20,5,7,", "-02,10,20,5,7.1,"))
    found = gather([one, other], tmp_path / "all.nc")
    assert found.profiles == read_casts(tmp_path / "all.nc").sizes["n_prof"] == 3
    assert found.account.used == 7 and found.account.held == 10


def test_many_profiles_of_one_day_without_names_are_no_matter_of_pairs(tmp_path: Path) -> None:
    count = 100_000
    surface = xr.Dataset(
        {name: (("n_prof", "n_level"), np.ones((count, 1))) for name in ("depth", "thetao", "so")},
        coords={
            "time": ("n_prof", np.full(count, DAY)),
            "latitude": ("n_prof", np.linspace(-80, 80, count)),
            "longitude": ("n_prof", np.zeros(count)),
            "platform_number": ("n_prof", np.full(count, "")),
        },
    )
    other = surface.isel(n_prof=slice(0, None, 100))
    first, second = repeated([surface, other])
    assert not first.any() and second.all()
