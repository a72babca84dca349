"""Packed variables of MATLAB files: what they say of their size is checked before they are read."""

import struct
import zlib
from pathlib import Path

import numpy as np
import pytest
from scipy.io import savemat

from thermocline.errors import BadFile
from thermocline.sources import sniff
from thermocline.sources.matlab_size import unpacks_within

PACKED, MATRIX = 15, 14
HEAD = b"MATLAB 5.0 MAT-file".ljust(124)


def holding(path: Path, tag: bytes, zeros: int) -> Path:
    """A file with one packed element: its tag, and so many zeros."""
    packer = zlib.compressobj(9)
    packed = packer.compress(tag)
    packed += b"".join(packer.compress(bytes(2**20)) for _ in range(zeros // 2**20))
    packed += packer.flush()
    path.write_bytes(HEAD + b"\0\1IM" + struct.pack("<II", PACKED, len(packed)) + packed)
    return path


@pytest.mark.parametrize(
    ("tag", "refusal"),
    [
        (struct.pack("<II", MATRIX, 2**20), "larger than it says"),
        (bytes(8), "no variable"),
        (bytes(7), "no variable"),
        (b"", "no variable"),
    ],
)
def test_a_variable_that_is_not_what_it_says(tmp_path, tag, refusal):
    path = holding(tmp_path / "lie.mat", tag, 2**21 if len(tag) == 8 else 0)
    with pytest.raises(zlib.error, match=refusal):
        unpacks_within(path)
    with pytest.raises(BadFile, match="truncated or not MATLAB"):
        sniff(path)


def test_a_megabyte_that_holds_a_thousand(tmp_path):
    """Refused by what it says, before anything is unpacked."""
    size = 600 * 2**20
    path = holding(tmp_path / "bomb.mat", struct.pack("<II", MATRIX, size), size)
    assert path.stat().st_size < 2**20
    with pytest.raises(BadFile, match="unpacks to more than 512 MB"):
        sniff(path)


def parts(path: Path) -> list[bytes]:
    """What the packed elements of a little-endian file hold."""
    content, at, found = path.read_bytes(), 128, []
    while at < len(content):
        kind, size = struct.unpack("<II", content[at : at + 8])
        assert kind == PACKED
        found.append(zlib.decompress(content[at + 8 : at + 8 + size]))
        at += 8 + size
    return found


@pytest.mark.parametrize("order", "<>")
def test_variables_that_say_what_they_hold(tmp_path, order):
    """They are counted rightly, of several and in either order of bytes, to the last byte."""
    path = tmp_path / "packed.mat"
    savemat(path, {"lat": np.arange(90.0), "d": np.ones((7, 300_000))}, do_compression=True)
    held = parts(path)
    if order == ">":
        written = HEAD + b"\1\0MI"
        for part in held:
            packed = zlib.compress(struct.pack(">II", MATRIX, len(part) - 8) + part[8:])
            written += struct.pack(">II", PACKED, len(packed)) + packed
        path.write_bytes(written)
    size = sum(len(part) - 8 for part in held)
    assert size > 16_000_000
    assert unpacks_within(path, size) and not unpacks_within(path, size - 1)
