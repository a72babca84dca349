"""Uploads that borrow the bytes of the server's files: refused, and nothing given away."""

import re
import struct
from pathlib import Path

import httpx
import netCDF4
import numpy as np
import pytest
from borrowing import FORMS, SECRET, borrow, lender, untouched
from test_service import refused

WAYS = ("/superresolve", "/reconstruct")
GIVEN_AWAY = (str(SECRET).encode(), *(struct.pack(kind, SECRET) for kind in ("<d", ">d", "<f")))


def upload(server: httpx.Client, way: str, content: bytes, name: str) -> httpx.Response:
    return server.post(way, files={"file": (name, content)}, data={"members": "2"})


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("form", FORMS)
def test_refused(
    server: httpx.Client, server_log: Path, tmp_path: Path, form: str, way: str
) -> None:
    other = lender(tmp_path / "lender.nc")
    content = borrow(form, tmp_path, other).read_bytes()
    before = len(server_log.read_bytes())
    answer = upload(server, way, content, "sst.nc")
    refused(answer, 422, "file")
    said = answer.content + server_log.read_bytes()[before:]
    for bytes_ in (*GIVEN_AWAY, b"lender", str(tmp_path).encode()):
        assert bytes_ not in said, said
    assert untouched(other)


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("name", ["..\\a.nc", "\\a.nc", "a\\b.nc", "/etc/a.nc", "../a.nc"])
def test_names_that_are_paths(server: httpx.Client, way: str, name: str) -> None:
    answer = upload(server, way, b"CDF\x01", name)
    refused(answer, 400, "file name")
    assert "tmp" not in answer.text


def test_no_plugin_unpacks_an_upload(server: httpx.Client, tmp_path: Path) -> None:
    """Not even the one that the pipeline reads its bundled data by."""
    with netCDF4.Dataset(tmp_path / "packed.nc", "w") as file:
        file.createDimension("x", 8)
        file.createVariable("sst", "f8", ("x",), compression="bzip2")[:] = np.arange(8)
    for way in WAYS:
        answer = upload(server, way, (tmp_path / "packed.nc").read_bytes(), "packed.nc")
        refused(answer, 422, "bzip2", "plugin", "nccopy")


def test_no_refusal_repeats_a_value(server: httpx.Client, server_log: Path, tmp_path: Path) -> None:
    """Files wrong in many ways, each with one marker where it is wrong."""
    marker = 87654.25
    before = len(server_log.read_bytes())
    for number, wrong in enumerate(("sst", "lat", "lon", "time", "units", "calendar", "depth")):
        path = tmp_path / f"{number}.nc"
        with netCDF4.Dataset(path, "w") as file:
            sizes = {"time": 1, "depth": 1, "lat": 8, "lon": 8}
            for name, size in sizes.items():
                file.createDimension(name, size)
                variable = file.createVariable(name, "f8", (name,))
                variable[:] = np.arange(size) + (marker if wrong == name else 0.5)
                variable.units = {
                    "time": "days since 2008-01-01", "depth": "m", "lat": "degrees_north",
                }.get(name, "degrees_east")  # fmt: skip
            if wrong in ("units", "calendar"):
                file["time"].setncattr(wrong, f"{marker} since")
                file["depth"].units = f"u{marker}"
            sst = file.createVariable("sst", "f8", tuple(sizes))
            sst[:] = marker if wrong == "sst" else 15.0
            sst.units = f"u{marker}" if wrong in ("time", "units") else "degree_Celsius"
        for way in WAYS:
            answer = upload(server, way, path.read_bytes(), "sst.nc")
            if answer.status_code == 200:  # a strange time or calendar is no ground to refuse a map
                continue
            assert 400 <= answer.status_code < 500, answer.text
            assert "87654" not in answer.text, answer.text
    table = "latitude,longitude,depth,temperature,time\n"
    good = ["1", "2", "5", "20", "2008-03-01"]
    for column in range(5):
        row = ",".join([*good[:column], f"{marker}x", *good[column + 1 :]])
        answer = upload(server, "/reconstruct", f"{table}{row}\n".encode(), "casts.csv")
        assert 400 <= answer.status_code < 500 and "87654" not in answer.text, answer.text
        row = ",".join([*good[:column], f"{marker}", *good[column + 1 :]])
        answer = upload(server, "/reconstruct", f"{table}{row}\n".encode(), "casts.csv")
        assert "87654" not in answer.text, answer.text
    assert not re.search(rb"87654", server_log.read_bytes()[before:])


def test_what_a_person_typed_is_repeated(server: httpx.Client) -> None:
    one = {"latitude": 95.5, "longitude": 2.0, "depth": 5.0, "temperature": 20.0}
    answer = server.post("/reconstruct", json={"date": "2008-03", "observations": [one]})
    refused(answer, 422, "latitude 95.5", "observation 0")
