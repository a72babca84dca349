"""The raw files of `reconstruct`: an archive of simulations and the withheld truth."""

from collections.abc import Iterator
from pathlib import Path

import xarray as xr

from thermocline.files import files_of
from thermocline.sources import read_field

TRUTH = "truth"
"""The member that files of the nature run belong to."""


def archive_files(raw: Path) -> list[Path]:
    """Simulations; raises BadFile if there is none."""
    return files_of(raw / "cmip6", "thetao_*.nc")


def truth_files(raw: Path) -> list[Path]:
    """The withheld truth; raises BadFile if it is not there."""
    return files_of(raw / "nature", "thetao_*.nc")


def members(raw: Path) -> Iterator[xr.Dataset]:
    """Canonical datasets of the archive and of the withheld truth, opened one at a time."""
    archive, nature = archive_files(raw), truth_files(raw)
    for path in archive + nature:
        with read_field(path, "thetao") as dataset:
            name = TRUTH if path in nature else dataset.attrs.get("member", "")
            yield dataset.assign_attrs(member=name, source_file=str(path))
