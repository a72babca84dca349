"""NetCDF-4 files that borrow the bytes of another file, in every way that HDF5 knows."""

from pathlib import Path

import h5py
import numpy as np

SECRET = 12345.678
SHAPE = (1, 8, 8)


def lender(path: Path) -> Path:
    """Another file, with a map of `SECRET`; its first bytes are as good as any for raw storage."""
    with h5py.File(path, "w") as file:
        file["sst"] = np.full(SHAPE, SECRET)
        file.create_group("inner")["sst"] = np.full(SHAPE, SECRET)
    return path


def external(file: h5py.File, *segments: tuple[str, int, int]) -> None:
    file.create_dataset("sst", SHAPE, "f8", external=list(segments))


def borrow(form: str, folder: Path, other: Path) -> Path:
    """A file in `folder` that borrows from `other` in one of `FORMS`."""
    path, name, bytes_ = folder / "borrower.nc", str(other), 8 * 64
    with h5py.File(path, "w") as file:
        if form == "raw":
            external(file, (name, 0, bytes_))
        elif form == "raw, several":
            external(file, (name, 0, 256), (name, 256, 256))
        elif form == "raw, relative":
            external(file, (other.name, 0, bytes_))
        elif form == "link":
            file["sst"] = h5py.ExternalLink(name, "/sst")
        elif form == "link, relative":
            file["sst"] = h5py.ExternalLink(other.name, "/sst")
        elif form == "chain":
            with h5py.File(folder / "middle.nc", "w") as middle:
                middle["sst"] = h5py.ExternalLink(name, "/sst")
            file["sst"] = h5py.ExternalLink(str(folder / "middle.nc"), "/sst")
        elif form == "mounted group":
            file["group"] = h5py.ExternalLink(name, "/inner")
        elif form == "soft through mounted":
            file["far"] = h5py.ExternalLink(name, "/inner")
            file["sst"] = h5py.SoftLink("/far/sst")
        elif form == "virtual":
            layout = h5py.VirtualLayout(SHAPE, "f8")
            layout[:] = h5py.VirtualSource(name, "/sst", SHAPE)
            file.create_virtual_dataset("sst", layout)
        elif form == "region":
            here = file.create_dataset("here", data=np.arange(4.0))
            file.create_dataset("sst", (1,), h5py.regionref_dtype)[0] = here.regionref[1:2]
        elif form == "nested":
            file.create_group("a/b").create_dataset("sst", SHAPE, "f8", external=[(name, 0, 512)])
    return path


FORMS = (
    *("raw", "raw, several", "raw, relative", "link", "link, relative", "chain"),
    *("mounted group", "soft through mounted", "virtual", "region", "nested"),
)
