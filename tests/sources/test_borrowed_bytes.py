"""Files that borrow the bytes of others are refused, before the others are so much as opened."""

import os
import re
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pytest
from borrowing import FORMS, borrow, lender

from thermocline.borrowed import external_allowed, refuse_borrowed
from thermocline.errors import BadFile
from thermocline.netcdf import open_dataset
from thermocline.predict.coarse import read_coarse
from thermocline.sources import read_field, read_profiles, sniff

ROOT = Path(__file__).resolve().parents[2]
LONG_AGO = 10**9


@pytest.mark.parametrize("form", FORMS)
def test_every_reader_refuses(tmp_path, form):
    other = lender(tmp_path / "lender.nc")
    path = borrow(form, tmp_path, other)
    os.utime(other, (LONG_AGO, LONG_AGO + 1))  # older than its change: any reading would show
    for read in (read_profiles, read_field, sniff, read_coarse):
        with pytest.raises(BadFile) as caught:
            read(path)
        assert "lender" not in str(caught.value) and "12345" not in str(caught.value)
    assert other.stat().st_atime == LONG_AGO


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


def test_a_filter_of_a_plugin(tmp_path):
    with h5py.File(tmp_path / "f.nc", "w") as file:
        file.create_dataset("sst", (8,), "f8", chunks=(8,), compression="lzf")
    refused(tmp_path / "f.nc", "filter 32000")


def test_borrowing_behind_the_head_of_a_classic_file(tmp_path):
    with h5py.File(tmp_path / "u.nc", "w", userblock_size=512) as file:
        file["sst"] = h5py.ExternalLink("other.nc", "/sst")
    with (tmp_path / "u.nc").open("r+b") as stream:
        stream.write(b"CDF\x01")
    refused(tmp_path / "u.nc", "external link")


def test_no_plugin_is_looked_for(tmp_path):
    code = (
        "import thermocline, os, netCDF4; from h5py import h5z; "
        "print(os.environ['HDF5_PLUGIN_PRELOAD'], h5z.filter_avail(32015))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout.split() == ["::", "False"], done.stderr


def test_no_other_door():
    """Only the guarded module opens NetCDF files for reading; only the command line allows."""
    for path in (p for room in ("src", "bento", "pipelines") for p in (ROOT / room).rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        if path.name != "netcdf.py" or path.parent.name != "thermocline":
            opened = re.findall(r"netCDF4\.Dataset\((?![^\n]*\"w\")", text)
            assert not opened and "xr.open_" not in text and "xr.load_" not in text, path
        if path.parent.name != "cli" and path.name != "borrowed.py":
            assert "external_allowed" not in text, path
