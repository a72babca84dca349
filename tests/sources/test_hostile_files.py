"""Files that are not what they say: every one ends in an error that names it."""

import json
from pathlib import Path

import netCDF4
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from provider_files import cmip6, write_argo, write_en4

from thermocline.errors import BadFile, ThermoclineError
from thermocline.sources import read_field, read_profiles, sniff
from thermocline.sources.files.classic import classic_length


def argo(path: Path, storage: str = "NETCDF3_CLASSIC") -> Path:
    return write_argo(
        path, mode="RR", pres=[[5, 100]] * 2, temp=[[20, 15]] * 2, psal=[[35, 35]] * 2,
        temp_qc=["11"] * 2, latitude=[0, 1], longitude=[-30, -31], storage=storage,
    )  # fmt: skip


@pytest.mark.parametrize("reader", [read_profiles, read_field, sniff])
@pytest.mark.parametrize(
    "name",
    [
        "http://example.org/a.nc",
        "https:/a.nc",
        "file:///etc/passwd",
        "s3://b/a.nc",
        "[dap4]http://example.org/a",
        " HTTPS://EXAMPLE.ORG/a.nc",
    ],
)
def test_urls_are_never_followed(reader, name):
    with pytest.raises(BadFile, match="URL"):
        reader(name)


@pytest.mark.parametrize("reader", [read_profiles, read_field])
@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b"", "empty"),
        (b"\x00\x01\x02\xff" * 500, "truncated or not NetCDF"),
        (b"\x89HDF\r\n\x1a\n" + b"\0" * 100, "truncated or not NetCDF"),
        (b"CDF\x01" + b"\xff" * 100, "truncated or not NetCDF"),
        (b"CDF\x01", "truncated or not NetCDF"),
        (b"<!DOCTYPE html><html><title>Log in</title></html>", "web page"),
        (b"\x1f\x8b\x08\0\0\0\0\0", "compressed with gzip"),
        (b"MATLAB 5.0 MAT-file, Platform" + b" " * 200, "MATLAB"),
        (b"\x80\x04\x95\x10\x00\x00\x00\x00\x00\x00\x00\x8c\x02os", "not NetCDF"),
    ],
)
def test_other_content_behind_a_netcdf_name(tmp_path, reader, content, says):
    path = tmp_path / "data.nc"
    path.write_bytes(content)
    with pytest.raises(ThermoclineError, match=says) as caught:
        reader(path)
    assert "data.nc" in str(caught.value)


def test_folders_and_missing_files(tmp_path):
    with pytest.raises(BadFile, match="is a folder"):
        read_profiles(tmp_path)
    with pytest.raises(BadFile, match="no such file"):
        read_field(tmp_path / "none.nc")


def test_the_suffix_does_not_matter(tmp_path):
    assert read_profiles(argo(tmp_path / "upload.csv")).sizes["n_prof"] == 2
    (tmp_path / "table.nc").write_text("lat,lon,depth,temp\n1,2,3,4\n")
    assert read_profiles(tmp_path / "table.nc").sizes["n_prof"] == 1


@pytest.mark.parametrize(
    "storage", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA", "NETCDF4"]
)
def test_a_file_cut_anywhere_is_refused(tmp_path, storage):
    whole = argo(tmp_path / "whole.nc", storage).read_bytes()
    assert read_profiles(tmp_path / "whole.nc").sizes["n_prof"] == 2
    cut = tmp_path / "cut.nc"
    for length in [*range(1, len(whole) - 8, max(1, len(whole) // 150)), len(whole) - 8]:
        cut.write_bytes(whole[:length])
        with pytest.raises(BadFile, match=r"cut\.nc"):
            read_profiles(cut)


@pytest.mark.parametrize("records", [0, 1, 5])
@pytest.mark.parametrize("names", [("a",), ("a", "b")])
@pytest.mark.parametrize(
    "storage", ["NETCDF3_CLASSIC", "NETCDF3_64BIT_OFFSET", "NETCDF3_64BIT_DATA"]
)
def test_classic_length_is_the_length_the_library_writes(tmp_path, storage, names, records):
    path = tmp_path / "r.nc"
    with netCDF4.Dataset(path, "w", format=storage) as handle:
        handle.createDimension("t", None)
        handle.createDimension("x", 3)
        handle.title = "odd lengths: 7 characters"
        handle.createVariable("fixed", "f8", ("x",)).units = "m"
        handle["fixed"][:] = 1.0
        for name in names:
            handle.createVariable(name, "i2", ("t", "x"))[0:records] = np.ones((records, 3))
    # The library pads the end to four bytes.
    assert 0 <= path.stat().st_size - classic_length(path) < 4


def test_half_a_field_is_refused(tmp_path):
    for storage in ("NETCDF3_CLASSIC", "NETCDF4"):
        cmip6().to_netcdf(tmp_path / "w.nc", format=storage)
        whole = (tmp_path / "w.nc").read_bytes()
        (tmp_path / "half.nc").write_bytes(whole[: len(whole) // 2])
        with pytest.raises(BadFile, match=r"half\.nc.*truncated"):
            read_field(tmp_path / "half.nc")


@pytest.mark.parametrize("gone", ["TEMP", "TEMP_QC", "PRES", "LATITUDE", "JULD"])
def test_missing_variables_are_named(tmp_path, gone):
    argo(tmp_path / "f.nc")
    with netCDF4.Dataset(tmp_path / "f.nc", "a") as handle:
        handle.renameVariable(gone, "OTHER")
    with pytest.raises(BadFile, match=rf"has no variable {gone}\b"):
        read_profiles(tmp_path / "f.nc")


def test_missing_en4_variables_are_named(tmp_path):
    write_en4(
        tmp_path / "e.nc", depth=[[5]], potm=[[20]], potm_qc=["1"], profile_qc="1",
        position_qc="1", psal=[[35]],
    )  # fmt: skip
    with netCDF4.Dataset(tmp_path / "e.nc", "a") as handle:
        handle.renameVariable("POTM_CORRECTED_QC", "OTHER")
    with pytest.raises(BadFile, match="POTM_CORRECTED_QC"):
        read_profiles(tmp_path / "e.nc")


def test_flags_of_another_shape_than_their_values(tmp_path):
    with netCDF4.Dataset(argo(tmp_path / "f.nc"), "a") as handle:
        handle.renameVariable("TEMP_QC", "OTHER")
        handle.createDimension("ODD", 5)
        handle.createVariable("TEMP_QC", "S1", ("N_PROF", "ODD"))[:] = b"1"
    with pytest.raises(BadFile, match="its parts contradict each other"):
        read_profiles(tmp_path / "f.nc")


def test_absurd_sizes_are_refused_before_anything_is_read(tmp_path):
    path = tmp_path / "huge.nc"
    with netCDF4.Dataset(path, "w") as handle:
        handle.createDimension("N_PROF", 10**6)
        handle.createDimension("N_LEVELS", 10**6)
        for name in ("LATITUDE", "LONGITUDE", "JULD"):
            handle.createVariable(name, "f8", ("N_PROF",), chunksizes=(1000,))
        for name in ("PRES", "TEMP"):
            dims = ("N_PROF", "N_LEVELS")
            handle.createVariable(name, "f4", dims, chunksizes=(1, 1000))
            handle.createVariable(f"{name}_QC", "S1", dims, chunksizes=(1, 1000))
    with pytest.raises(BadFile, match="claims"):
        read_profiles(path)


def test_fields_are_not_profiles_nor_profiles_fields(tmp_path):
    cmip6().to_netcdf(tmp_path / "field.nc")
    with pytest.raises(BadFile, match="gridded field, not profiles"):
        read_profiles(tmp_path / "field.nc")
    with pytest.raises(BadFile, match="argo observations"):
        read_field(argo(tmp_path / "f.nc"))


@pytest.mark.parametrize("value", [12.0, 9.96921e36])
def test_tracks_are_recognised(tmp_path, value):
    path = tmp_path / "ship.nc"
    with netCDF4.Dataset(path, "w") as handle:
        handle.createDimension("TIME", 4)
        for name in ("TIME", "LATITUDE", "LONGITUDE", "TEMP"):
            handle.createVariable(name, "f8", ("TIME",), fill_value=-9999.0)[:] = value
    assert sniff(path) == "trajectory"
    with pytest.raises(ThermoclineError, match="a trajectory, not profiles") as caught:
        read_profiles(path)
    assert ("every one of its 4 is missing" in str(caught.value)) == (value > 1e30)


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.data())
def test_damaged_bytes_never_escape_as_another_error(tmp_path, data):
    whole = bytearray(argo(tmp_path / "whole.nc").read_bytes())
    for _ in range(data.draw(st.integers(1, 6))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    path = tmp_path / "damaged.nc"
    path.write_bytes(whole)
    try:
        read = read_profiles(path)
    except ThermoclineError:
        return
    assert read.thetao.dims == ("n_prof", "n_level")


HEADER = "Latitude,LONGITUDE,depth,Temperature"


def table(tmp_path: Path, text: str, encoding: str = "utf-8") -> Path:
    path = tmp_path / "obs.csv"
    path.write_bytes(text.encode(encoding))
    return path


def test_csv_rows_become_profiles(tmp_path):
    path = table(
        tmp_path,
        "Time;LAT;lon;Depth;Temp;salinity;error\n"
        "2008-03-15;10;200;5;20.5;35;0.1\n"
        "2008-03-15;10;200;50;18;;0.2\n"
        "2008-03-16T06:00:00Z;10;200;5;NaN;;\n"
        ";-10;20;5;21;;\n",
        encoding="utf-8-sig",
    )
    assert sniff(path) == "csv"
    read = read_profiles(path)
    assert dict(read.sizes) == {"n_prof": 2, "n_level": 2}
    assert read.thetao.values[0].tolist() == [20.5, 18]
    assert read.longitude.values.tolist() == [-160, 20]
    assert read.time.values[0] == np.datetime64("2008-03-15") and np.isnat(read.time.values[1])
    assert read.error.values[0].tolist() == pytest.approx([0.1, 0.2])
    assert read.so.values[0, 0] == 35 and np.isnan(read.so.values[0, 1])


def test_csv_without_dates_and_in_any_separator(tmp_path):
    for separator in ",;\t":
        text = f"{HEADER}\n1,2,3,4\n1,2,10,3\n".replace(",", separator)
        read = read_profiles(table(tmp_path, text))
        assert dict(read.sizes) == {"n_prof": 1, "n_level": 2} and np.isnat(read.time.values).all()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        (f"{HEADER}\n1,2,3,4\n95,2,3,4\n", "latitude in line 3 is not a number between -90 and 90"),
        (f"{HEADER}\n1,999,3,4\n", "longitude in line 2"),
        (f"{HEADER}\n1,2,-3,4\n", "depth in line 2 is not a number between 0"),
        (f"{HEADER}\n1,2,3,288.15\n", "kelvin"),
        (f"{HEADER}\n1,2,3,warm\n", "temperature in line 2"),
        (f"{HEADER}\n,2,3,4\n", "latitude in line 2"),
        (f"{HEADER}\n1,2,3,4\n1,2\n", "line 3 has 2 cells, the header 4"),
        (f"time,{HEADER}\nyesterday,1,2,3,4\n", "time in line 2 is not a date"),
        ("latitude,longitude,temperature\n1,2,3\n", "has no column depth →"),
        ("latitude,longitude,T,z\n1,2,3,4\n", r"depth, temperature \(of its others, 'T', 'z',"),
        ("1,2,3,4\n", "has no column latitude"),
        (json.dumps({"latitude": 1}), "is JSON"),
        ("just a sentence", "has no column"),
        (f'{HEADER}\n"1,2,3,4\n', "not a CSV table: unexpected end"),
        (f"{HEADER}\n1,2,3,4,5,6\n1,2,3,4\n", "line 2 has 6 cells"),
        (f"{HEADER},temp\n1,2,3,4,5\n", "two columns of temperature"),
    ],
)
def test_csv_errors_name_the_row_and_the_column(tmp_path, text, says):
    with pytest.raises(ThermoclineError, match=says) as caught:
        read_profiles(table(tmp_path, text))
    assert "obs.csv" in str(caught.value)


def test_csv_with_a_header_only_has_no_profiles(tmp_path):
    assert read_profiles(table(tmp_path, HEADER + "\n")).sizes["n_prof"] == 0
