"""The raw files of `reconstruct`: an archive of simulations, the withheld truth, profiles of it."""

from functools import partial

from thermocline.config import Config, DataConfig
from thermocline.files import files_of
from thermocline.ocean.variables import VARIABLES
from thermocline.prepare.raw import RawFile
from thermocline.sources import read_field, read_profiles

VARIABLE = VARIABLES["thetao"]
GROUP = "states"
"""What the store calls them."""
TRUTH = "truth"
"""The member that files of the nature run belong to."""


def raw(config: Config) -> list[RawFile]:
    """All of them; raises BadFile if there is no archive, or no truth where it is asked for."""
    profiles = sorted((config.data.raw / "en4").glob("*.nc"))
    return fields(config.data) + [RawFile(path, VARIABLE, read_profiles) for path in profiles]


def fields(data: DataConfig) -> list[RawFile]:
    """The archive, and the withheld truth if a split names it; raises BadFile if one is absent."""
    read = partial(read_field, variable=VARIABLE.name)
    rooms = {"cmip6": ""} | ({"nature": TRUTH} if TRUTH in data.members else {})
    found = [
        (path, member)
        for room, member in rooms.items()
        for path in files_of(data.raw / room, "thetao_*.nc")
    ]
    return [
        RawFile(path, VARIABLE, read, member, continuous=True, named=data.members)
        for path, member in found
    ]
