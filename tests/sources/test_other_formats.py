"""Formats that are not read are called by their names, with what to make of them."""

import zipfile
from pathlib import Path

import pytest

from thermocline.errors import BadFile
from thermocline.sources import read_field, read_profiles

FILES = {
    b"GRIB\0\0\1\2": "is GRIB → write it as NetCDF",
    b"BUFR\0\0\1\4": "is BUFR → save it as CSV",
    b"\x0e\x03\x13\x01" + bytes(60): "is HDF 4 → write it as NetCDF",
    b"\xd0\xcf\x11\xe0" + bytes(60): "is an Excel workbook → save it as CSV",
    b'{"observations": []}': "is JSON → save it as CSV",
    b'\n [{"latitude": 5}]': "is JSON → save it as CSV",
}


@pytest.mark.parametrize("content", FILES)
@pytest.mark.parametrize("reader", [read_field, read_profiles])
def test_files(tmp_path: Path, content: bytes, reader: object) -> None:
    (tmp_path / "f.nc").write_bytes(content)
    with pytest.raises(BadFile, match=rf"f\.nc: {FILES[content]}"):
        reader(tmp_path / "f.nc")


def test_workbooks_are_not_called_compressed(tmp_path: Path) -> None:
    for name, says in (("xl/workbook.xml", "is a workbook → save it as CSV"),
                       ("data.csv", "is compressed with zip → unpack it")):  # fmt: skip
        with zipfile.ZipFile(tmp_path / "f.xlsx", "w") as archive:
            archive.writestr(name, "x")
        with pytest.raises(BadFile, match=says):
            read_profiles(tmp_path / "f.xlsx")


def test_folders(tmp_path: Path) -> None:
    (tmp_path / "f.zarr").mkdir()
    with pytest.raises(BadFile, match="is a folder"):
        read_field(tmp_path / "f.zarr")
    (tmp_path / "f.zarr" / "zarr.json").write_text("{}")
    with pytest.raises(BadFile, match="is a Zarr store → write it as NetCDF"):
        read_field(tmp_path / "f.zarr")
