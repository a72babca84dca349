"""The raw files of `superres`: fine and coarse sea-surface temperature."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import xarray as xr

from thermocline.config import Config
from thermocline.files import files_of
from thermocline.sources import read_field
from thermocline.systems.superres.config import settings

VARIABLE = "tos"


def fine_files(config: Config) -> list[Path]:
    """What is asked for; raises BadFile if there is none."""
    return files_of(config.data.raw / settings(config).data.fine, "*.nc")


def coarse_files(config: Config) -> list[Path]:
    """What is given; raises BadFile if there is none."""
    return files_of(config.data.raw / settings(config).data.coarse, "*.nc")


def fields(paths: Iterable[Path]) -> Iterator[xr.Dataset]:
    """Canonical datasets, opened one at a time."""
    for path in paths:
        with read_field(path, VARIABLE) as dataset:
            yield dataset
