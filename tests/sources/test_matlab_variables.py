"""Variables of MATLAB files: what they say of themselves is read as scipy reads it, and checked."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat, whosmat

from thermocline.errors import BadFile
from thermocline.sources import sniff
from thermocline.sources.casts.argo_reference import read_matlab_profiles
from thermocline.sources.fields.southern_ocean import read_matlab_field
from thermocline.sources.files.matlab_variables import check_sizes, variables

PACKED, MATRIX = 15, 14
HEAD = b"MATLAB 5.0 MAT-file".ljust(124)
VALUES = {
    "d": np.ones((7, 3000)),
    "lat": np.arange(90.0),
    "a_longer_name": np.zeros((2, 3, 4, 5), np.int16),
    "cells": np.array([[1.0], "a"], dtype=object),
}


def begin(name: str, *shape: int, kind: int = 6, stored: int = 9, length: int = 16) -> bytes:
    """The first bytes of a variable, behind its tag, up to its numbers."""
    flags = struct.pack("<IIII", 6, 8, kind, 0)
    sizes = struct.pack(f"<II{len(shape)}i", 5, 4 * len(shape), *shape)
    sizes += bytes(-len(sizes) % 8)
    letters = struct.pack("<II", 1, len(name)) + name.encode()
    return flags + sizes + letters + bytes(-len(letters) % 8) + struct.pack("<II", stored, length)


def whole(name: str, rows: int, columns: int, **odd: int) -> bytes:
    """A variable that is not packed."""
    content = begin(name, rows, columns, **odd) + bytes(8 * rows * columns)
    return struct.pack("<II", MATRIX, len(content)) + content


def holding(path: Path, size: int, zeros: int, head: bytes = begin("ptm", 2, 3)) -> Path:
    """A file with one packed variable: what it says is its size, its first bytes, and zeros."""
    packer = zlib.compressobj(9)
    packed = packer.compress(struct.pack("<II", MATRIX, size) + head)
    packed += b"".join(packer.compress(bytes(2**20)) for _ in range(zeros // 2**20))
    packed += packer.flush()
    path.write_bytes(HEAD + b"\0\1IM" + struct.pack("<II", PACKED, len(packed)) + packed)
    return path


@pytest.mark.parametrize("packed", [True, False])
def test_names_and_shapes_are_those_of_scipy(tmp_path, packed):
    path = tmp_path / "some.mat"
    savemat(path, VALUES, do_compression=packed)
    found = [(each.name, each.shape) for each in variables(path)]
    assert found == [(name, shape) for name, shape, _ in whosmat(path)]
    check_sizes(path)


def test_in_the_other_order_of_bytes(tmp_path):
    """What is read of a file, turned round number by number."""
    path, name = tmp_path / "turned.mat", b"d" + bytes(7)
    head = struct.pack(">IIII", 6, 8, 6, 0) + struct.pack(">IIii", 5, 8, 4, 2)
    numbers = struct.pack(">II", 9, 64) + np.arange(8, dtype=">f8").tobytes()
    content = head + struct.pack(">II", 1, 1) + name + numbers
    variable = struct.pack(">II", MATRIX, len(content)) + content
    packed = zlib.compress(variable)
    for part in (variable, struct.pack(">II", PACKED, len(packed)) + packed):
        path.write_bytes(HEAD + b"\1\0MI" + part)
        (one,) = variables(path)
        assert [(one.name, one.shape)] == [found[:2] for found in whosmat(path)] == [("d", (4, 2))]
        assert one.size == len(content)
        check_sizes(path)


def test_a_megabyte_that_holds_a_thousand(tmp_path):
    """Refused by what it says, before anything is unpacked."""
    size = 600 * 2**20
    path = holding(tmp_path / "bomb.mat", size, size)
    assert path.stat().st_size < 2**20
    with pytest.raises(BadFile, match="holds more than 512 MB"):
        sniff(path)


def test_a_variable_that_is_larger_than_it_says(tmp_path):
    path = holding(tmp_path / "lie.mat", 2**20, 2**21)
    with path.open("ab") as stream:
        stream.write(b"".join(whole(name, 1, 2) for name in ("lat", "lon", "d")))
    assert [(each.name, each.shape) for each in variables(path)][:1] == [("ptm", (2, 3))]
    with pytest.raises(ValueError, match="larger than it says"):
        check_sizes(path)
    with pytest.raises(BadFile, match="truncated or not MATLAB"):
        read_matlab_field(path)


@pytest.mark.parametrize(
    "odd",
    [
        *({"kind": kind} for kind in (1, 4, 6 | 0x800)),
        *({"stored": stored} for stored in (14, 0x99)),
        {"length": 2**30},
    ],
)
def test_what_scipy_might_not_survive_is_not_given_to_it(tmp_path, odd):
    """Cells within cells, imaginary parts that are not there, and numbers stored as none can be."""
    path = tmp_path / "odd.mat"
    others = b"".join(whole(name, 1, 2) for name in ("lat", "lon", "d"))
    path.write_bytes(HEAD + b"\0\1IM" + whole("ptm", 2, 3, **odd) + others)
    assert [each.numeric for each in variables(path)] == [False, True, True, True]
    with pytest.raises(BadFile, match="ptm is missing or holds no numbers"):
        read_matlab_field(path)


def test_two_variables_of_one_name(tmp_path):
    path = tmp_path / "twice.mat"
    path.write_bytes(HEAD + b"\0\1IM" + whole("ptm", 30_000, 1) + whole("ptm", 1, 1))
    with pytest.raises(BadFile, match="two variables have the same name"):
        sniff(path)


def test_profiles_that_are_no_table(tmp_path):
    path = tmp_path / "odd.mat"
    values = {name: np.zeros((2, 3)) for name in ("pres", "sal", "lat", "long", "dates")}
    for some in (values, values | {"temp": np.zeros((2, 3, 4))}):
        savemat(path, some)
        with pytest.raises(BadFile, match="temp has shape"):
            read_matlab_profiles(path)


@pytest.mark.parametrize("head", [b"", bytes(7), bytes(100), begin("ptm", 2, 3)[:20]])
def test_what_is_no_variable(tmp_path, head):
    with pytest.raises(BadFile, match="truncated or not MATLAB"):
        sniff(holding(tmp_path / "cut.mat", 100, 0, head))
