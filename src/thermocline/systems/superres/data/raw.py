"""The raw files of `superres`: fine and coarse sea-surface temperature."""

from functools import partial
from pathlib import Path

from thermocline.config import Config, DataConfig
from thermocline.files import files_of
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.raw import RawFile
from thermocline.sources import read_field
from thermocline.systems.superres.config import settings

VARIABLE = VARIABLES["tos"]
COARSE, FINE = "coarse", "fine"
"""Names of the fields in the store."""


def raw(config: Config) -> list[RawFile]:
    """All of them; raises BadFile if there is none of either kind."""
    return fine_files(config) + coarse_files(config)


def fine_files(config: Config) -> list[RawFile]:
    """The fine files; raises BadFile if there is none."""
    return _files(config.data, settings(config).data.fine)


def coarse_files(config: Config) -> list[RawFile]:
    """The coarse files; raises BadFile if there is none."""
    return _files(config.data, settings(config).data.coarse)


def _files(data: DataConfig, folder: Path) -> list[RawFile]:
    read = partial(read_field, variable=VARIABLE.name)
    paths = files_of(data.raw / folder, "*.nc")
    return [RawFile(path, VARIABLE, read, named=data.members) for path in paths]
