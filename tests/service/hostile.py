"""Uploads that are broken or meant to harm, by name; each made anew, from a seed, in memory."""

import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np
from test_superresolve_service import packed
from tiny_superres import coarse_sst

MAP = packed(coarse_sst())
"""A file that is answered as it is: what is wrong with others is what was done to it."""
TABLE = b"latitude,longitude,depth,temperature,date\n"


def cut(share: float) -> bytes:
    """The map's first part."""
    return MAP[: int(len(MAP) * share)]


def mutated(seed: int, count: int = 16) -> bytes:
    """The map with so many bytes changed, whichever they are."""
    rng, content = np.random.default_rng([count, seed]), bytearray(MAP)
    for place in rng.integers(0, len(content), count):
        content[place] ^= int(rng.integers(1, 256))
    return bytes(content)


def hdf5(write: Callable[[h5py.File], object]) -> bytes:
    """What h5py makes of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.nc"
        with h5py.File(path, "w") as file:
            write(file)
        return path.read_bytes()


def declared(shape: tuple[int, ...], **options: object) -> bytes:
    """A dataset of this shape of which nothing, or next to nothing, is stored."""
    return hdf5(lambda file: file.create_dataset("sst", shape, "f4", **options))


def grid(rows: int, columns: int, value: float, first: float = 0.0) -> bytes:
    """A small map of one value whose first latitude is `first`."""

    def write(file: h5py.File) -> None:
        axes = {"lat": np.arange(rows) + first, "lon": np.arange(columns) * 1.0}
        for name, units in (("lat", "degrees_north"), ("lon", "degrees_east")):
            file[name] = axes[name]
            file[name].make_scale(name)
            file[name].attrs["units"] = units
        sst = file.create_dataset("sst", data=np.full((rows, columns), value, "f4"))
        sst.attrs["units"] = "degree_Celsius"
        for number, name in enumerate(axes):
            sst.dims[number].attach_scale(file[name])

    return hdf5(write)


def bomb(file: h5py.File) -> None:
    """Zeros: 400 MB that are packed in less than one."""
    page = zlib.compress(bytes(4_000_000), 9)
    data = file.create_dataset(
        "sst", (100, 1000, 1000), "f4", chunks=(1, 1000, 1000), compression="gzip"
    )
    for number in range(100):
        data.id.write_direct_chunk((number, 0, 0), page)


def deep(file: h5py.File) -> None:
    """Groups in groups."""
    for _ in range(500):
        file = file.create_group("g")


def loop(file: h5py.File) -> None:
    """A group within itself."""
    file["sst"] = np.zeros((8, 8))
    file["again"] = file["/"]


def zipped(size: int) -> bytes:
    """Zeros in a zip."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("sst.nc", bytes(size))
    return stream.getvalue()


def classic(size: int, version: int = 1) -> bytes:
    """The head of a classic file that says of its one dimension that it has this size."""
    name = struct.pack(">I4s", 3, b"sst\0")
    head = b"CDF" + bytes([version]) + struct.pack(">I", 0)
    dimension = struct.pack(">II", 10, 1) + name + struct.pack(">I", size)
    variable = struct.pack(">II", 11, 1) + name + struct.pack(">II", 1, 0) + bytes(8)
    return head + dimension + bytes(8) + variable + struct.pack(">III", 5, 2**31 - 4, 100)


def matlab(size: int, begin: bytes = b"", *others: bytes) -> bytes:
    """A MATLAB file with one packed element of so many zeros behind its first bytes, and others."""
    content = zlib.compress(begin + bytes(size), 9)
    head = b"MATLAB 5.0 MAT-file".ljust(124) + b"\x00\x01IM"
    return head + struct.pack("<II", 15, len(content)) + content + b"".join(others)


def variable(name: bytes, rows: int, columns: int) -> bytes:
    """The first bytes of a MATLAB variable of doubles, up to them."""
    size = 8 * rows * columns
    head = struct.pack("<IIII", 6, 8, 6, 0) + struct.pack("<IIii", 5, 8, rows, columns)
    head += struct.pack("<HH4s", 1, len(name), name) + struct.pack("<II", 9, size)
    return struct.pack("<II", 14, len(head) + size) + head


def numbers(value: str) -> bytes:
    """A table in which every column of one row is this, one after the other."""
    good = ["1", "2", "5", "20", "2008-03-01"]
    rows = [[*good[:each], value, *good[each + 1 :]] for each in range(4)]
    return TABLE + "\n".join(",".join(row) for row in rows).encode()


HOSTILE: dict[str, Callable[[], bytes]] = {
    **{f"cut at {share}": lambda share=share: cut(share) for share in
       (0.001, 0.01, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.99)},
    **{f"mutated {seed}": lambda seed=seed: mutated(seed) for seed in range(20)},
    "one byte short": lambda: MAP[:-1],
    "empty": lambda: b"",
    "one byte": lambda: b"\x89",
    "magic alone": lambda: MAP[:8],
    "wrong magic": lambda: b"\x89HDG" + MAP[4:],
    "two files in one": lambda: b"CDF\x01" + MAP,
    "noise": lambda: np.random.default_rng(0).bytes(100_000),
    "zeros": lambda: bytes(1_000_000),
    "a web page": lambda: b"<!DOCTYPE html><html><body>log in</body></html>",
    "a program": lambda: b"\x7fELF" + bytes(1000),
    "a path": lambda: b"/etc/passwd",
    "a URL": lambda: b"http://127.0.0.1:1/sst.nc",
    "an OPeNDAP address": lambda: b"[log][fillmismatch]http://127.0.0.1:1/dods",
    "a pickle": lambda: b"\x80\x05cos\nsystem\n(S'true'\ntR.",
    "a pickle of protocol 0": lambda: b"cos\nsystem\n(S'true'\ntR.",
    "an npy of objects": lambda: b"\x93NUMPY\x01\x00v\x00{'descr':'|O','fortran_order':False}\n",
    "many dimensions": lambda: declared((1,) * 30, fillvalue=0.0),
    "huge, nothing stored": lambda: declared((2**20, 2**20), chunks=(1, 1024), fillvalue=1.0),
    "huge, one axis": lambda: declared((2**50,), chunks=(1024,), fillvalue=1.0),
    "no cells": lambda: declared((0, 0), fillvalue=0.0, maxshape=(None, None), chunks=(1, 1)),
    "an HDF5 bomb": lambda: hdf5(bomb),
    "a deep file": lambda: hdf5(deep),
    "a loop": lambda: hdf5(loop),
    "many objects": lambda: hdf5(lambda file: [file.create_group(f"g{n}") for n in range(3000)]),
    "a zip bomb": lambda: zipped(10**9 // 4),
    "a gzip bomb": lambda: b"\x1f\x8b\x08" + bytes(7) + zlib.compress(bytes(10**8), 9),
    "a MATLAB bomb": lambda: matlab(10**9 // 4),
    "a MATLAB bomb that says its size": lambda: matlab(
        10**9 // 4,
        variable(b"ptm", 5000, 6250),
        *(variable(name, 1, 2) + bytes(16) for name in (b"lat", b"lon", b"d")),
    ),
    "a huge classic dimension": lambda: classic(2**31 - 1),
    "a huge classic of version 5": lambda: classic(2**31 - 1, 5),
    "negative classic": lambda: classic(2**32 - 1),
    "all not a number": lambda: grid(8, 8, np.nan),
    "infinite": lambda: grid(8, 8, np.inf),
    "enormous": lambda: grid(8, 8, 1e38),
    "latitudes that are none": lambda: grid(8, 8, 15.0, first=1e9),
    "latitudes not a number": lambda: grid(8, 8, 15.0, first=np.nan),
    "a table of nan": lambda: numbers("nan"),
    "a table of inf": lambda: numbers("inf"),
    "a table of 1e999": lambda: numbers("1e999"),
    "a table of a long number": lambda: numbers("9" * 100_000),
    "a table of one long line": lambda: TABLE + b"1," * 2_000_000,
    "a table of many columns": lambda: b",".join(b"c%d" % n for n in range(200_000)) + b"\n1\n",
    "a table of zero bytes": lambda: TABLE + bytes(1000),
    "an open quotation": lambda: TABLE + b'"' + b"1,2,3,4\n" * 100_000,
}  # fmt: skip
