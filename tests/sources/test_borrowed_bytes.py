"""Files that borrow the bytes of others are refused, before the others are so much as opened."""

import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import netCDF4
import numpy as np
import pytest
from borrowing import FORMS, SHAPE, borrow, lender, untouched

from thermocline.borrowed import NO_PLUGINS, external_allowed, refuse_borrowed
from thermocline.errors import BadFile
from thermocline.netcdf import open_dataset
from thermocline.sources import read_field, read_profiles, sniff
from thermocline.systems.superres.endpoints.coarse import read_coarse

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("form", FORMS)
def test_every_reader_refuses(tmp_path, form):
    other = lender(tmp_path / "lender.nc")
    path = borrow(form, tmp_path, other)
    for read in (read_profiles, read_field, sniff, read_coarse):
        with pytest.raises(BadFile) as caught:
            read(path)
        assert "lender" not in str(caught.value) and "12345" not in str(caught.value)
    assert untouched(other)


def test_a_reading_of_the_other_would_show(tmp_path):
    """Where the system keeps times of access; elsewhere these tests say nothing of them."""
    other = lender(tmp_path / "lender.nc")
    other.read_bytes()
    if untouched(other):
        pytest.skip("this file system keeps no times of access")
    path = borrow("virtual", tmp_path, lender(other))
    with external_allowed(True), open_dataset(path) as file:
        assert float(file["sst"][0, 0, 0]) == pytest.approx(12345.678)
    assert not untouched(other)


def test_the_reference_names_another_file(tmp_path):
    """The form that h5py cannot write is what it should be."""
    path = borrow("reference", tmp_path, lender(tmp_path / "lender.nc"))
    assert b"lender.nc" in path.read_bytes()
    refused(path, "references")


def test_ones_own_files_may_borrow_where_it_is_allowed(tmp_path):
    path = borrow("virtual", tmp_path, lender(tmp_path / "lender.nc"))
    with external_allowed(True):
        refuse_borrowed(path)
    with pytest.raises(BadFile, match=r"virtual.*--allow-external"):
        refuse_borrowed(path)


def refused(path: Path, says: str) -> None:
    with pytest.raises(BadFile, match=says), open_dataset(path):
        pass


def test_a_group_within_itself(tmp_path):
    with h5py.File(tmp_path / "c.nc", "w") as file:
        file.create_group("a")["b"] = file["/"]
    refused(tmp_path / "c.nc", "within itself")


def test_soft_links(tmp_path):
    with h5py.File(tmp_path / "s.nc", "w") as file:
        file["x"] = np.arange(3.0)
        file["y"] = h5py.SoftLink("/x")
    with open_dataset(tmp_path / "s.nc") as file:
        assert set(file.variables) == {"x", "y"}
    with h5py.File(tmp_path / "s.nc", "a") as file:
        file["z"] = h5py.SoftLink("/")
    refused(tmp_path / "s.nc", "soft link")


def test_values_that_are_nowhere(tmp_path):
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_fill_time(h5py.h5d.FILL_TIME_NEVER)
    with h5py.File(tmp_path / "n.nc", "w") as file:
        space = h5py.h5s.create_simple((500,))
        h5py.h5d.create(file.id, b"sst", h5py.h5t.IEEE_F64LE, space, made)
    refused(tmp_path / "n.nc", "without values")


@pytest.mark.parametrize(
    ("code", "says"), [(32001, "blosc"), (32015, "zstd"), (40000, "number 40000")]
)
def test_a_filter_of_a_plugin(tmp_path, code, says):
    """The flag for one's own files does not help: no plugin is ever loaded."""
    made = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    made.set_chunk(SHAPE)
    made.set_filter(code, h5py.h5z.FLAG_OPTIONAL)
    with h5py.File(tmp_path / "f.nc", "w") as file:
        space = h5py.h5s.create_simple(SHAPE)
        h5py.h5d.create(file.id, b"sst", h5py.h5t.IEEE_F64LE, space, made)
    refused(tmp_path / "f.nc", f"filter {says}.*nccopy -d 4.*drop_encoding")
    with external_allowed(True):
        refused(tmp_path / "f.nc", f"filter {says}")


def test_borrowing_behind_the_head_of_a_classic_file(tmp_path):
    with h5py.File(tmp_path / "u.nc", "w", userblock_size=512) as file:
        file["sst"] = h5py.ExternalLink("other.nc", "/sst")
    with (tmp_path / "u.nc").open("r+b") as stream:
        stream.write(b"CDF\x01")
    refused(tmp_path / "u.nc", "external link")


def test_the_bundled_data_are_packed_with_bzip2(tmp_path):
    with netCDF4.Dataset(tmp_path / "b.nc", "w") as file:
        file.createDimension("x", 8)
        file.createVariable("sst", "f8", ("x",), compression="bzip2")[:] = np.arange(8)
    with open_dataset(tmp_path / "b.nc") as file:
        assert file["sst"][:].tolist() == list(range(8))


def test_plugins_are_looked_for_in_the_package_alone():
    """Whatever the environment says. In the service they are looked for nowhere: see its tests."""
    code = (
        "import os, thermocline, netCDF4; from thermocline import borrowed; from h5py import h5pl;"
        "print(os.environ['HDF5_PLUGIN_PATH'], h5pl.size())"
    )
    environment = os.environ | {"HDF5_PLUGIN_PATH": "/tmp/strange"}
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, env=environment
    )
    folder, paths = done.stdout.split()
    assert Path(folder) == Path(netCDF4.__file__).with_name("plugins"), done.stderr
    assert paths == "0"


def test_without_plugins_bzip2_is_refused(tmp_path, monkeypatch):
    """As in the service, where HDF5 is told to look for none."""
    with netCDF4.Dataset(tmp_path / "b.nc", "w") as file:
        file.createDimension("x", 8)
        file.createVariable("sst", "f8", ("x",), compression="bzip2")[:] = np.arange(8)
    assert f'os.environ["HDF5_PLUGIN_PRELOAD"] = "{NO_PLUGINS}"' in (
        ROOT / "bento" / "service.py"
    ).read_text(encoding="utf-8")
    monkeypatch.setenv("HDF5_PLUGIN_PRELOAD", NO_PLUGINS)
    refused(tmp_path / "b.nc", "filter bzip2.*nccopy -d 4.*drop_encoding")


def test_no_other_door():
    """Only the guarded module opens NetCDF files for reading; only the command line allows."""
    for path in (p for room in ("src", "bento", "pipelines") for p in (ROOT / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name != "netcdf.py" or path.parent.name != "thermocline":
            opened = re.findall(r"netCDF4\.Dataset\((?![^\n]*\"w\")", text)
            assert not opened, path
            assert "xr.open_" not in text and "xr.load_" not in text, path
        if path.parent.name != "cli" and path.name != "borrowed.py":
            assert "external_allowed" not in text, path
