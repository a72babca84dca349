"""The raw files of this system: water by depth, and satellite products of its surface."""

from functools import partial
from pathlib import Path

from thermocline.config import Config
from thermocline.errors import BadFile
from thermocline.files import files_of
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.raw import RawFile
from thermocline.sources import read_field
from thermocline.sources.fields.reader import held
from thermocline.systems.densify.config import settings

WATER = ("thetao", "so")
"""Variables of the answer, at every level."""
SURFACE = ("tos", "sos", "zos")
"""Surface fields, each optional: from products, not from the file of a model."""
DAYS = 3
"""Largest distance in time of observations from the day of a state."""


def raw(config: Config) -> list[RawFile]:
    """Each file once for every variable that is taken from it; raises BadFile if there is none."""
    found = []
    folder = settings(config).data.folder
    folders = [folder] if isinstance(folder, Path) else folder
    # Profiles may lie in a folder below, and one folder below another.
    files = lambda each: files_of(config.data.raw / each, "*.nc", others_below=True)
    for path in (path for each in folders for path in files(each)):
        there = held(path, (*WATER, *SURFACE))
        water, surface = ([n for n in names if n in there] for names in (WATER, SURFACE))
        # Surface salinity is salinity, too; a model's height of the sea is not a satellite's.
        names = water if WATER[0] in water or not surface else surface
        if not names:
            raise BadFile(
                f"none of {', '.join((*WATER, *SURFACE))}",
                where=str(path),
                fix="remove the file, or give one with water by depth or a surface field",
            )
        found += [
            RawFile(
                path,
                VARIABLES[name],
                partial(read_field, variable=name),
                named=config.data.members,
            )
            for name in names
        ]
    return found
