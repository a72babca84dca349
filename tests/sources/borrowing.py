"""NetCDF-4 files that borrow the bytes of another file, in every way that HDF5 knows.

Written by h5py, but for the reference to another file, which it cannot write: there its own copy
of HDF5 is asked directly. A region reference out of a file is one of these to HDF5 1.12 and later;
the older kind, also here, names places of its own file only.
"""

import ctypes
import os
from pathlib import Path

import h5py
import numpy as np

SECRET = 12345.678
SHAPE = (1, 8, 8)
LONG_AGO = 10**9


def lender(path: Path) -> Path:
    """Another file, with a map of `SECRET`; its first bytes are as good as any for raw storage."""
    with h5py.File(path, "w") as file:
        file["sst"] = np.full(SHAPE, SECRET)
        file.create_group("inner")["sst"] = np.full(SHAPE, SECRET)
    # Read before it was last changed: any reading would show in the time of access.
    os.utime(path, (LONG_AGO, LONG_AGO + 1))
    return path


def untouched(other: Path) -> bool:
    return other.stat().st_atime == LONG_AGO


def borrow(form: str, folder: Path, other: Path) -> Path:
    """A file in `folder` that borrows from `other` in one of `FORMS`.

    The parts of "split" and "family" lie beside it instead, with the same values.
    """
    path = folder / "borrower.nc"
    if form == "split":
        parts = {"meta_ext": b".nc", "raw_ext": b"-raw.nc"}
        with h5py.File(folder / "borrower", "w", driver="split", **parts) as file:
            file["sst"] = np.full(SHAPE, SECRET)
        return path
    if form == "family":
        with h5py.File(folder / "family%d.nc", "w", driver="family", memb_size=1024) as file:
            file["sst"] = np.full(SHAPE, SECRET)
        return folder / "family0.nc"
    with h5py.File(path, "w") as file:
        _WAYS[form](file, other)
    return path


def _raw(file: h5py.File, *segments: tuple[str, int, int], name: str = "sst") -> None:
    file.create_dataset(name, SHAPE, "f8", external=list(segments))


def _link(file: h5py.File, other: Path | str, inside: str = "/sst", name: str = "sst") -> None:
    file[name] = h5py.ExternalLink(str(other), inside)


def _chain(file: h5py.File, other: Path) -> None:
    middle = Path(file.filename).with_name("middle.nc")
    with h5py.File(middle, "w") as between:
        _link(between, other)
    _link(file, middle)


def _through_a_mounted_group(file: h5py.File, other: Path) -> None:
    _link(file, other, "/inner", "far")
    file["sst"] = h5py.SoftLink("/far/sst")


def _virtual(file: h5py.File, other: Path) -> None:
    layout = h5py.VirtualLayout(SHAPE, "f8")
    layout[:] = h5py.VirtualSource(str(other), "/sst", SHAPE)
    file.create_virtual_dataset("sst", layout)


def _region(file: h5py.File, other: Path) -> None:
    here = file.create_dataset("here", data=np.arange(4.0))
    file.create_dataset("sst", (1,), h5py.regionref_dtype)[0] = here.regionref[1:2]


def _reference(file: h5py.File, other: Path) -> None:
    with h5py.File(other) as far:
        _write_reference(file, far)
    os.utime(other, (LONG_AGO, LONG_AGO + 1))


def _write_reference(file: h5py.File, far: h5py.File) -> None:
    """A dataset of one H5T_STD_REF to `/sst` of another file, which is then named inside."""
    (library,) = Path(h5py.__file__).parents[1].glob("h5py.libs/libhdf5-*.so*")
    hdf5, number = ctypes.CDLL(str(library)), ctypes.c_int64
    kind = number.in_dll(hdf5, "H5T_STD_REF_g").value
    space, held = h5py.h5s.create_simple((1,)), ctypes.create_string_buffer(64)
    hdf5.H5Rcreate_object.argtypes = [number, ctypes.c_char_p, number, ctypes.c_void_p]
    hdf5.H5Dcreate2.argtypes = [number, ctypes.c_char_p, *[number] * 5]
    hdf5.H5Dcreate2.restype = number
    hdf5.H5Dwrite.argtypes = [*[number] * 5, ctypes.c_void_p]
    hdf5.H5Dclose.argtypes = [number]
    assert hdf5.H5Rcreate_object(far.id.id, b"/sst", 0, held) >= 0
    made = hdf5.H5Dcreate2(file.id.id, b"sst", kind, space.id, 0, 0, 0)
    assert hdf5.H5Dwrite(made, kind, 0, 0, 0, held) >= 0 and hdf5.H5Dclose(made) >= 0


BYTES = 8 * 64
_WAYS = {
    "raw": lambda file, other: _raw(file, (str(other), 0, BYTES)),
    "raw, several": lambda file, other: _raw(file, (str(other), 0, 256), (str(other), 256, 256)),
    "raw, relative": lambda file, other: _raw(file, (other.name, 0, BYTES)),
    "raw, nested": lambda file, other: _raw(file, (str(other), 0, BYTES), name="a/b/sst"),
    "link": _link,
    "link, relative": lambda file, other: _link(file, other.name),
    "chain": _chain,
    "mounted group": lambda file, other: _link(file, other, "/inner", "group"),
    "soft through mounted": _through_a_mounted_group,
    "virtual": _virtual,
    "region": _region,
    "reference": _reference,
}
FORMS = (*_WAYS, "split", "family")
