"""The raw files of this system: fields of five variables of one Arctic each."""

from functools import partial

import numpy as np

from thermocline.config import Config
from thermocline.errors import BadFile
from thermocline.files import files_of
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.raw import RawFile
from thermocline.sources import read_field
from thermocline.sources.fields.reader import held
from thermocline.systems.seaice.config import settings

NAMES = ("sithick", "siconc", "damage", "siu", "siv")
"""In the order of channels."""
ICE = tuple(VARIABLES[name] for name in NAMES)
BOUNDED = ("sithick", "siconc", "damage")
"""Variables whose bounds are physical; those of a drift are only of what is believable."""
LOWER, UPPER = (np.array([getattr(v, end) for v in ICE])[:, None] for end in ("lower", "upper"))
"""Bounds of what is believable, of each variable [5, 1]."""
GROUP = "arctic"


def raw(config: Config) -> list[RawFile]:
    """Each file once for every variable that it holds; raises BadFile if there is none."""
    found = []
    for path in files_of(config.data.raw / settings(config).data.folder, "*.nc"):
        names = held(path, NAMES)
        if not names:
            raise BadFile(
                f"none of {', '.join(NAMES)}",
                where=str(path),
                fix="remove the file, or give one with sea ice",
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
