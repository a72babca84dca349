"""Profiles of many files in one: the same profiles, each once."""

import os
from pathlib import Path

import netCDF4
import numpy as np
import pytest
import xarray as xr
from encoded_profiles import FORMATS, LATITUDE, LONGITUDE, TIME, Encoding, possible, write
from provider_files import write_argo

from thermocline.errors import BadFile, BadObservations
from thermocline.sources import gather, read_casts

REAL = os.environ.get("THERMOCLINE_REAL_DATA")
NAMES = ("thetao", "so", "depth", "latitude", "longitude", "time", "platform_number")


def same(one: xr.Dataset, other: xr.Dataset) -> None:
    """Every value and place; the longest profile may have had more levels."""
    levels = max(one.sizes["n_level"], other.sizes["n_level"])
    for name in NAMES:
        a, b = (
            each[name].pad(n_level=(0, levels - each.sizes["n_level"])) for each in (one, other)
        )
        np.testing.assert_array_equal(a.values, b.values, err_msg=name)


def file(folder: Path, form: str) -> Path:
    return write(folder / f"{form}.nc", form, possible(form, Encoding()))


@pytest.mark.parametrize("form", FORMATS)
def test_a_file_alone_reads_as_before(tmp_path: Path, form: str) -> None:
    path, out = file(tmp_path, form), tmp_path / "all.nc"
    found = gather([path], out)
    assert (found.profiles, found.files) == (2, 1)
    same(read_casts(path), read_casts(out))


def test_copies_of_other_providers_count_once(tmp_path: Path) -> None:
    casts = {"pres": [[5.0, 60.0, 300.0]] * 2, "temp": [[20.0, 18.0, 12.0], [14.0, 13.0, 8.0]]}
    argo = write_argo(
        tmp_path / "argo.nc",
        mode="RR",
        **casts,
        psal=[[35.0] * 3] * 2,
        temp_qc=["111"] * 2,
        latitude=[35.25, -41.5],
        longitude=[-40.5, 150.25],
        juld=[21000.25, 21002.75],
    )
    out, copy, one = (tmp_path / name for name in ("all.nc", "copy.nc", "one.nc"))
    gather([argo], copy)
    with netCDF4.Dataset(copy, "a") as file:  # as another provider rounds and corrects them
        file["JULD"][:] = file["JULD"][:] + 90
        file["LATITUDE"][:] = file["LATITUDE"][:] + 0.004
        file["POTM_CORRECTED"][:] = file["POTM_CORRECTED"][:] + 0.01
        file["JULD"][1] += 2 * 3600  # not a copy of the second: two hours later
    found = gather([argo, copy], out)
    why = "of profiles that an earlier file holds, too"
    assert found.profiles == 3 and found.account.dropped == {why: 6}
    assert found.account.held == 24
    first, second = read_casts(argo), read_casts(copy)
    same(read_casts(out), xr.concat([first, second.isel(n_prof=[1])], "n_prof"))
    gather([copy, argo], one)  # the first one given counts
    same(read_casts(one), xr.concat([second, first.isel(n_prof=[1])], "n_prof"))
    again = tmp_path / "again.nc"
    gather([argo, copy], again)
    assert again.read_bytes() == out.read_bytes()


def test_dates_stay_those_of_their_days(tmp_path: Path) -> None:
    """Of all years that answers can be dated in, and to the last instant of a day."""
    times = ["1678-01-01", "1899-12-31", "2008-02-29T23:59:59.999999999", "2261-12-31T23:59:59.5"]
    table, out = tmp_path / "casts.csv", tmp_path / "all.nc"
    rows = "".join(f"Größe {k},{time},10,20,5,7\n" for k, time in enumerate(times))
    table.write_text(f"platform,time,latitude,longitude,depth,temperature\n{rows}")
    assert gather([table], out).profiles == 4
    found, days = read_casts(out), "datetime64[D]"
    assert found["platform_number"].values.tolist() == [f"Größe {k}" for k in range(4)]
    np.testing.assert_array_equal(found["time"].values.astype(days), np.array(times, days))
    np.testing.assert_allclose(  # milliseconds at most
        (found["time"].values - np.array(times, "datetime64[ns]")).astype(float), 0, atol=1e6
    )


def test_a_period_and_a_box(tmp_path: Path) -> None:
    path, out = file(tmp_path, "argo"), tmp_path / "all.nc"
    day = TIME[1].astype("datetime64[D]")
    found = gather([path], out, days=(day, day))
    assert found.profiles == 1 and found.account.dropped == {"of other days": 8}
    assert read_casts(out)["latitude"].values == pytest.approx(LATITUDE[1])
    for west, east in ((LONGITUDE[1] - 1, -170.0), (LONGITUDE[1] - 361, 190.0)):  # over 180 degrees
        found = gather([path], out, box=(west, -60.0, east, -30.0))
        assert found.profiles == 1 and found.account.dropped == {"outside the box": 8}
        assert found.account.held == found.account.used + 8 == 16
    for west, east in ((-180.0, 180.0), (0.0, 360.0), (-0.1, 359.9)):  # all around the Earth
        assert gather([path], out, box=(west, -90.0, east, 90.0)).profiles == 2
    edge = round(float(read_casts(path)["longitude"][1]), 9)  # in another way of rounding
    assert gather([path], out, box=(edge, -60.0, edge + 0.1, -30.0)).profiles == 1
    assert gather([path], out, box=(edge - 0.1, -60.0, edge, -30.0)).profiles == 1
    with pytest.raises(BadObservations, match="no profile is left of 1 files"):
        gather([path], out, box=(0.0, -10.0, 10.0, 10.0))


def test_what_cannot_be_read_is_named_and_nothing_is_written(tmp_path: Path) -> None:
    inside = tmp_path / "floats"
    inside.mkdir()
    good, out = file(inside, "argo"), tmp_path / "all.nc"
    (inside / ".cache").mkdir()
    (inside / ".cache" / "half.nc").write_text("not looked at")
    for _ in range(2):  # what it wrote itself is none of the files
        assert gather([inside, good], inside / "all.nc").files == 1
    (inside / "all.nc").unlink()
    for name in ("a.nc", "b.nc"):
        (inside / name).write_bytes(good.read_bytes()[:200])
    with pytest.raises(BadFile, match=r"2 of 3 files cannot be used: .*a.nc.*b.nc"):
        gather([inside], out)
    table = tmp_path / "table.csv"
    table.write_text("latitude,longitude,depth,temperature,time,error\n1,2,3,4,2008-01-01,0.1\n")
    with pytest.raises(BadFile, match="states errors"):
        gather([table], out)
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(BadFile, match="holds no file"):
        gather([empty], out)
    assert not out.exists()


def test_no_file_that_is_given_is_replaced_or_passed_over(tmp_path: Path) -> None:
    inside, elsewhere = tmp_path / "floats", tmp_path / "elsewhere"
    inside.mkdir(), elsewhere.mkdir()
    good = file(inside, "argo")
    content = good.read_bytes()
    with pytest.raises(BadFile, match="would replace a file that was given"):
        gather([inside], good)
    assert good.read_bytes() == content
    link = tmp_path / "link.nc"
    link.symlink_to(good)  # a link is replaced, not what it leads to
    assert gather([inside], link).files == 1 and good.read_bytes() == content
    (inside / "linked").symlink_to(elsewhere)
    (elsewhere / "back").symlink_to(inside)
    file(elsewhere, "en4")
    assert gather([inside], tmp_path / "all.nc").files == 2
    (inside / "lost.nc").symlink_to(tmp_path / "nowhere.nc")
    with pytest.raises(BadFile, match=r"lost.nc: no such file"):
        gather([inside], tmp_path / "all.nc")
    (tmp_path / "loop.nc").symlink_to(tmp_path / "loop.nc")
    with pytest.raises(BadFile, match=r"loop.nc: "):
        gather([tmp_path / "loop.nc"], tmp_path / "all.nc")


@pytest.mark.skipif(REAL is None, reason="THERMOCLINE_REAL_DATA does not name the real files")
def test_real_floats_of_several_providers(tmp_path: Path) -> None:
    folder, out = Path(str(REAL)) / "profiles", tmp_path / "all.nc"
    files = sorted(folder.glob("*.nc"))
    found = gather(files, out)
    each = [read_casts(path) for path in files]
    values = sum(int(np.isfinite(one[n].values).sum()) for one in each for n in ("thetao", "so"))
    again = read_casts(out)
    kept = sum(int(np.isfinite(again[name].values).sum()) for name in ("thetao", "so"))
    copies = found.account.dropped.get("of profiles that an earlier file holds, too", 0)
    assert found.account.used == kept == values - copies > 100_000
