"""The training archive: runs of the simulator in every region, made from the configuration."""

from collections.abc import Iterable
from itertools import product
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from thermocline.errors import BadConfig, BadData
from thermocline.simulate.mesoscale.configuration import CELLS, LEVELS, MEMBERS, REGIONS, STEP
from thermocline.simulate.mesoscale.run import states
from thermocline.systems.densify.config.data import ArchiveConfig
from thermocline.systems.densify.data.box import Region


class Run(NamedTuple):
    """Weekly states of a member in a region.

    Attributes:
        region, member: their names.
        days: [N].
        fields: by variable, [N, C, H, W] at LEVELS or [N, H, W], land NaN.
    """

    region: str
    member: str
    days: NDArray[np.datetime64]
    fields: dict[str, NDArray[np.float32]]


def jobs(archive: ArchiveConfig, regions: Iterable[str]) -> list[tuple[str, str]]:
    """Member and region of every run.

    Raises:
        BadConfig: for a member or a region that the simulator does not have.
    """
    if not archive.weeks:
        return []
    regions = list(regions)
    for kind, names, known in (
        ("members", archive.members, [member.name for member in MEMBERS]),
        ("regions", regions, [region.name for region in REGIONS]),
    ):
        if unknown := sorted(set(names) - set(known)):
            raise BadConfig(
                f"no simulated {', '.join(unknown)}",
                where=f"{kind} of the archive",
                fix=f"there are {', '.join(known)}; or set `archive.weeks` to 0",
            )
    return list(product(archive.members, regions))


def check_same(region: Region) -> None:
    """Raises BadData unless files have a region on the cells and levels of the simulator."""
    own = next(each for each in REGIONS if each.name == region.name).grid()
    if not (own.same(region.grid) and np.array_equal(region.depth, LEVELS)):
        raise BadData(
            f"water of {region.name} is on other cells or levels than the simulated archive, which "
            f"has {CELLS} × {CELLS} of {STEP} degrees and {len(LEVELS)} levels",
            where="raw data",
            fix="train on files alone: set densify.data.archive.weeks to 0",
        )


def simulated(
    archive: ArchiveConfig, member: str, region: str, ocean: NDArray[np.bool_], seed: int
) -> Run:
    """The run of a member in a region, of which `ocean` [H, W] is the mask; on one thread."""
    import torch

    torch.set_num_threads(1)
    where = next(each for each in REGIONS if each.name == region)
    who = next(each for each in MEMBERS if each.name == member)
    first = np.datetime64(archive.first, "D")
    made = list(states(where, who, first, archive.weeks, ocean, seed))
    stack = lambda name: np.stack([getattr(state, name) for state in made])
    seen = {name: np.stack([s.products[name] for s in made]) for name in made[0].products}
    days = np.array([state.day for state in made])
    return Run(region, member, days, {"thetao": stack("thetao"), "so": stack("so"), **seen})
